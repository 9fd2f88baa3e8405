"""Curves: numbers in their order, one line a series, told apart by dashes and by names as by colour."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbmlops.faces.blocks import Picture, Table
from nbmlops.faces.pictures.axes import Plane, cut_label, frame_picture, write_label
from nbmlops.faces.pictures.palette import INK, choose_colour, choose_dash
from nbmlops.faces.shapes import Shape
from nbmlops.faces.wording import show_number

__all__ = ["Curve", "draw_curves"]

_WIDTH, _HEIGHT = 460, 190
_LARGEST = 1e150
_LEFT, _TOP, _LEGEND = 56, 26, 18
_MOST_POINTS, _MOST_DOTS, _MOST_ROWS, _MOST_CURVES = 400, 30, 12, 6


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line through points; one that is only for `reference` is drawn faintly and has no row."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    reference: bool = False


def draw_curves(
    curves: Sequence[Curve],
    caption: str,
    x_label: str,
    y_label: str,
    x_bounds: tuple[float, float] | None = None,
    y_bounds: tuple[float, float] | None = None,
) -> Picture:
    """Draw curves over each other; numbers that are not finite leave a gap.

    At most six are drawn, each through at most 400 of its points, evenly chosen: the caption says so.
    """
    drawn = [_thin(curve) for curve in curves[:_MOST_CURVES]]
    told = [curve for curve in curves if not curve.reference]
    named = [curve for curve in drawn if not curve.reference]
    rows_of_names = -(-len(named) // 2) if len(named) > 1 else 0
    plane = Plane(
        *(_LEFT, _TOP, _WIDTH - _LEFT - 14, _HEIGHT - _TOP - 8),
        x_bounds or _find_bounds([x for curve in drawn for x in curve.x], 0.0),
        y_bounds or _find_bounds([y for curve in drawn for y in curve.y], 0.05),
    )
    inside = [*plane.draw_frame(x_label, y_label)]
    for index, curve in enumerate(drawn):
        inside += _draw_curve(curve, plane, index)
    inside += _draw_names(named, _HEIGHT + 44) if len(named) > 1 else ()
    if len(curves) > _MOST_CURVES:
        caption += f" The first {_MOST_CURVES} of {len(curves)}."
    longest = max((len(curve.x) for curve in told), default=0)
    if longest > _MOST_POINTS:
        caption += f" {_MOST_POINTS} of {longest:,} points are drawn."
    height = _HEIGHT + 32 + _LEGEND * rows_of_names
    return Picture(
        frame_picture(_WIDTH, height, caption, inside), caption, _list_points(told, x_label, longest)
    )


def _thin(curve: Curve) -> Curve:
    """Choose points of a long curve evenly, its first and its last among them."""
    chosen = _choose_places(len(curve.x), _MOST_POINTS)
    x, y = (tuple(_keep_drawable(numbers[i]) for i in chosen) for numbers in (curve.x, curve.y))
    return Curve(curve.name, x, y, curve.reference)


def _keep_drawable(number: float) -> float:
    """Return a number, or none where differences of such numbers would be infinite."""
    return number if abs(number) < _LARGEST else math.nan


def _choose_places(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return [round(at * (count - 1) / (most - 1)) for at in range(most)]


def _find_bounds(numbers: Sequence[float], margin: float) -> tuple[float, float]:
    finite = [number for number in numbers if math.isfinite(number)]
    if not finite:
        return (0.0, 1.0)
    low, high = min(finite), max(finite)
    if low == high:
        room = abs(low) * 0.1 or 0.5
        return (low - room, high + room)
    room = (high - low) * margin
    return (low - room, high + room)


def _draw_curve(curve: Curve, plane: Plane, index: int) -> Iterator[Shape]:
    colour = INK if curve.reference else choose_colour(index)
    pieces: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(curve.x, curve.y, strict=True):
        if math.isfinite(x) and math.isfinite(y):
            pieces[-1].append((plane.place_x(x), plane.place_y(y)))
        elif pieces[-1]:
            pieces.append([])
    for piece in pieces:
        if len(piece) > 1:
            yield _draw_through(piece, colour, index, curve.reference)
        if piece and not curve.reference and len(curve.x) <= _MOST_DOTS:
            for x, y in piece:
                yield Shape("circle", {"cx": x, "cy": y, "r": 2.5, "fill": colour})


def _draw_through(points: Sequence[tuple[float, float]], colour: str, index: int, reference: bool) -> Shape:
    attributes: dict[str, str | float] = {
        "points": " ".join(f"{x:g},{y:g}" for x, y in points),
        "fill": "none",
        "stroke": colour,
        "stroke-width": 1 if reference else 2,
    }
    dash = "4 4" if reference else choose_dash(index)
    if dash:
        attributes["stroke-dasharray"] = dash
    if reference:
        attributes["opacity"] = 0.6
    return Shape("polyline", attributes)


def _draw_names(curves: Sequence[Curve], top: float) -> Iterator[Shape]:
    """Write what each line is, with a piece of it; two beside each other."""
    for index, curve in enumerate(curves):
        x, y = _LEFT + (index % 2) * (_WIDTH - _LEFT) / 2, top + _LEGEND * (index // 2)
        yield _draw_through([(x, y), (x + 26, y)], choose_colour(index), index, False)
        yield write_label(cut_label(curve.name, 28), x + 32, y)


def _list_points(curves: Sequence[Curve], x_label: str, longest: int) -> Table:
    """Return some of the points as a table; where all have the same steps, side by side."""
    shared = len({curve.x for curve in curves}) == 1
    if shared and curves:
        chosen = _choose_places(longest, _MOST_ROWS)
        rows = tuple(
            (show_number(curves[0].x[i]), *(show_number(curve.y[i]) for curve in curves)) for i in chosen
        )
        headings = (x_label, *(cut_label(curve.name, 40) for curve in curves))
        return Table(headings, rows, frozenset(range(len(headings))))
    some = max(3, _MOST_ROWS // max(1, len(curves)))
    rows = tuple(
        (cut_label(curve.name, 40), show_number(curve.x[i]), show_number(curve.y[i]))
        for curve in curves
        for i in _choose_places(len(curve.x), some)
    )
    return Table(("", x_label, "value"), rows, frozenset({1, 2}))
