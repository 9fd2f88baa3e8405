"""Axes: from numbers to places in a picture, with ticks at round numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbmlops.faces.pictures.palette import INK
from nbmlops.faces.shapes import Shape

__all__ = ["Plane", "choose_ticks", "cut_label", "frame_picture", "write_label", "write_tick"]

_TICKS = 5
_SIZE = 11


@dataclass(frozen=True, slots=True)
class Plane:
    """A rectangle of a picture, and the numbers at its sides; `low` and `high` of x, then of y."""

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def place_x(self, number: float) -> float:
        """Return where a number lies from left to right."""
        return round(self.left + self.width * _share(number, self.x), 2)

    def place_y(self, number: float) -> float:
        """Return where a number lies from top to bottom."""
        return round(self.top + self.height * (1 - _share(number, self.y)), 2)

    def draw_frame(self, x_label: str, y_label: str) -> Iterator[Shape]:
        """Draw the ticks of both axes, a faint line at each of the upright one, and their labels."""
        right, bottom = self.left + self.width, self.top + self.height
        for number in choose_ticks(*self.y):
            at = self.place_y(number)
            yield _draw_line(self.left, at, right, at, 0.18)
            yield write_label(write_tick(number), self.left - 6, at, "end")
        for number in choose_ticks(*self.x):
            at = self.place_x(number)
            yield _draw_line(at, bottom, at, bottom + 4, 0.6)
            yield write_label(write_tick(number), at, bottom + 13, "middle")
        yield _draw_line(self.left, bottom, right, bottom, 0.6)
        yield write_label(x_label, self.left + self.width / 2, bottom + 29, "middle")
        yield write_label(y_label, self.left, self.top - 11, "start")


def _share(number: float, bounds: tuple[float, float]) -> float:
    low, high = bounds
    return (number - low) / (high - low) if high > low else 0.5


def choose_ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers from `low` to `high`.

    >>> choose_ticks(0, 1)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if not high > low:
        return [low]
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(at * step, 12 - math.floor(math.log10(step))) + 0.0 for at in range(first, last + 1)]


def write_tick(number: float) -> str:
    """Write a number at an axis."""
    return f"{number:.4g}"


def write_label(
    text: str, x: float, y: float, anchor: str = "start", opacity: float = 1.0, size: float = _SIZE
) -> Shape:
    """Write a text whose middle line is at `y`; what is long is cut."""
    attributes: dict[str, str | float] = {
        "x": round(x, 2),
        "y": round(y, 2),
        "text-anchor": anchor,
        "dominant-baseline": "central",
        "font-size": size,
        "fill": INK,
    }
    if opacity != 1.0:
        attributes["opacity"] = opacity
    return Shape("text", attributes, (text,))


def cut_label(text: str, most: int) -> str:
    """Cut a text that is too long for its place."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _draw_line(x1: float, y1: float, x2: float, y2: float, opacity: float) -> Shape:
    return Shape(
        "line",
        {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": INK, "stroke-width": 1, "opacity": opacity},
    )


def frame_picture(width: float, height: float, said: str, inside: Sequence[Shape]) -> Shape:
    """Return a picture of a size, with the name by which it is told to who does not see it."""
    attributes: dict[str, str | float] = {
        "viewBox": f"0 0 {width:g} {height:g}",
        "width": width,
        "height": height,
        "role": "img",
        "aria-label": said,
        "class": "nbmlops-drawn",
        "font-family": "sans-serif",
        "fill": INK,
    }
    return Shape("svg", attributes, tuple(inside))
