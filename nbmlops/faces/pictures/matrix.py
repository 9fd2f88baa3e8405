"""Matrices: how many rows of each class were answered as which, and what weighs how much."""

from __future__ import annotations

from collections.abc import Iterator

from nbmlops.core.plot import Plot
from nbmlops.faces.blocks import Picture, Table
from nbmlops.faces.pictures.axes import cut_label, frame_picture, write_label
from nbmlops.faces.pictures.palette import INK, choose_colour
from nbmlops.faces.shapes import Shape
from nbmlops.faces.wording import count_things, show_number

__all__ = ["draw_matrix", "draw_ranks"]

_LEFT, _TOP, _CELL = 120, 58, 44
_MOST_RANKS, _ROW, _NAMES, _BARS, _NUMBERS = 20, 20, 180, 240, 80


def draw_matrix(plot: Plot, caption: str) -> Picture:
    """Draw a confusion matrix: each cell is as dark as its share of the row's true class, with its count."""
    count = len(plot.labels)
    cell = _CELL if count <= 12 else 24
    inside = [
        write_label("answered", _LEFT + cell * count / 2, 10, "middle"),
        write_label("true", _LEFT - 8, 10, "end"),
    ]
    for at, label in enumerate(plot.labels):
        short = cut_label(label, 6 if cell == _CELL else 3)
        inside.append(write_label(short, _LEFT + cell * (at + 0.5), _TOP - 22, "middle"))
        inside.append(write_label(cut_label(label, 16), _LEFT - 8, _TOP - 8 + cell * (at + 0.5), "end"))
    for row, counts in enumerate(plot.counts):
        inside += _draw_row(counts, _TOP - 8 + cell * row, cell)
    table = Table(
        ("true \\ answered", *plot.labels),
        tuple((label, *(f"{n:,}" for n in row)) for label, row in zip(plot.labels, plot.counts, strict=True)),
        frozenset(range(1, count + 1)),
    )
    size = frame_picture(_LEFT + cell * count + 10, _TOP + cell * count, caption, inside)
    return Picture(size, caption, table)


def _draw_row(counts: tuple[int, ...], top: float, cell: float) -> Iterator[Shape]:
    total = sum(counts)
    for at, count in enumerate(counts):
        left = _LEFT + cell * at
        frame: dict[str, str | float] = {"x": left + 1, "y": top + 1, "width": cell - 2, "height": cell - 2}
        shade = round(0.05 + 0.4 * (count / total if total else 0.0), 3)
        yield Shape("rect", {**frame, "fill": choose_colour(0), "opacity": shade})
        yield write_label(
            f"{count:,}", left + cell / 2, top + cell / 2, "middle", size=11 if cell > 30 else 8
        )


def draw_ranks(plot: Plot, caption: str) -> Picture:
    """Draw what weighs how much as bars from nought, the twenty heaviest, with their deviation."""
    shown = list(zip(plot.labels, plot.values, strict=True))[:_MOST_RANKS]
    if len(plot.labels) > _MOST_RANKS:
        caption += f"; the first {_MOST_RANKS} of {count_things(len(plot.labels), 'column')}"
    low = min(0.0, *(value for _, value in shown))
    high = max(0.0, *(value for _, value in shown))
    scale = _BARS / ((high - low) or 1.0)
    zero = _NAMES - low * scale
    inside = [write_label(plot.x_label, _NAMES, 8)]
    for at, (label, value) in enumerate(shown):
        y = 24 + _ROW * at
        left, right = sorted((zero, zero + value * scale))
        bar: dict[str, str | float] = {
            "x": round(left, 2),
            "y": y,
            "width": round(right - left, 2),
            "height": 13,
        }
        inside.append(Shape("rect", {**bar, "fill": choose_colour(0 if value >= 0 else 1)}))
        inside.append(write_label(cut_label(label, 24), _NAMES - 8, y + 6.5, "end"))
        inside.append(write_label(f"{value:.4g}", _NAMES + _BARS + 8, y + 6.5))
    height = 26 + _ROW * len(shown)
    inside.append(
        Shape("line", {"x1": zero, "y1": 20, "x2": zero, "y2": height - 4, "stroke": INK, "opacity": 0.6})
    )
    picture = frame_picture(_NAMES + _BARS + _NUMBERS, height, caption, inside)
    return Picture(picture, caption, _list_ranks(plot))


def _list_ranks(plot: Plot) -> Table:
    with_spread = len(plot.deviations) == len(plot.values)
    rows = tuple(
        (label, show_number(value), *((f"± {plot.deviations[at]:.2g}",) if with_spread else ()))
        for at, (label, value) in enumerate(zip(plot.labels, plot.values, strict=True))
    )
    headings = ("column", plot.x_label, *(("over its trees",) if with_spread else ()))
    return Table(headings, rows[: 5 * _MOST_RANKS], frozenset(range(1, len(headings))))
