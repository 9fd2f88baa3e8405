"""Columns: distributions before and after, as bars beside each other, one small chart a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbmlops.faces.blocks import Picture, Table
from nbmlops.faces.pictures.axes import cut_label, frame_picture, write_label
from nbmlops.faces.pictures.palette import INK, choose_colour
from nbmlops.faces.shapes import Shape
from nbmlops.faces.wording import count_things

__all__ = ["Pair", "draw_pairs"]

_WIDE, _HIGH, _TOP, _ACROSS, _MOST = 220, 74, 22, 3, 9
_GAP = 16


@dataclass(frozen=True, slots=True)
class Pair:
    """One column's distribution twice, each as shares of its own rows in the same bins, with a remark."""

    name: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    remark: str = ""
    labels: tuple[str, ...] = ()


def draw_pairs(pairs: Sequence[Pair], before: str, after: str, caption: str) -> Picture | None:
    """Draw pairs of distributions, the first nine of them; None where there is none to draw.

    What was before is drawn as an outline, what is after as a bar that is filled.
    """
    drawn = [pair for pair in pairs if len(pair.before) == len(pair.after) > 1]
    if not drawn:
        return None
    shown = drawn[:_MOST]
    if len(drawn) > _MOST:
        caption += f" The first {_MOST} of {count_things(len(drawn), 'column')}."
    inside = [*_draw_key(before, after)]
    for index, pair in enumerate(shown):
        left = (index % _ACROSS) * (_WIDE + _GAP) + 2
        top = 24 + (index // _ACROSS) * (_TOP + _HIGH + _GAP)
        inside += _draw_pair(pair, left, top)
    across = min(_ACROSS, max(2, len(shown)))
    rows = -(-len(shown) // _ACROSS)
    picture = frame_picture(across * (_WIDE + _GAP), 24 + rows * (_TOP + _HIGH + _GAP), caption, inside)
    return Picture(picture, caption, _list_pairs(shown, before, after), repeats=True)


def _draw_key(before: str, after: str) -> Iterator[Shape]:
    yield Shape("rect", {"x": 2, "y": 5, "width": 14, "height": 9, "fill": "none", "stroke": INK})
    yield write_label(cut_label(before, 26), 22, 10)
    yield Shape("rect", {"x": 222, "y": 5, "width": 14, "height": 9, "fill": choose_colour(1)})
    yield write_label(cut_label(after, 26), 242, 10)


def _draw_pair(pair: Pair, left: float, top: float) -> Iterator[Shape]:
    highest = max((*pair.before, *pair.after), default=0.0) or 1.0
    step = _WIDE / len(pair.before)
    bottom = top + _TOP + _HIGH
    yield write_label(cut_label(pair.name, 20), left, top + 8)
    if pair.remark:
        yield write_label(cut_label(pair.remark, 18), left + _WIDE, top + 8, "end")
    for at, (one, other) in enumerate(zip(pair.before, pair.after, strict=True)):
        x = left + at * step
        high = round(_HIGH * other / highest, 2)
        yield Shape(
            "rect",
            {
                "x": round(x + step * 0.3, 2),
                "y": round(bottom - high, 2),
                "width": round(step * 0.55, 2),
                "height": high,
                "fill": choose_colour(1),
            },
        )
        high = round(_HIGH * one / highest, 2)
        yield Shape(
            "rect",
            {
                "x": round(x + step * 0.1, 2),
                "y": round(bottom - high, 2),
                "width": round(step * 0.55, 2),
                "height": high,
                "fill": "none",
                "stroke": INK,
            },
        )
    yield Shape(
        "line",
        {"x1": left, "y1": bottom, "x2": left + _WIDE, "y2": bottom, "stroke": INK, "opacity": 0.6},
    )


def _list_pairs(pairs: Sequence[Pair], before: str, after: str) -> Table:
    rows = tuple(
        (
            pair.name if at == 0 else "",
            pair.labels[at] if at < len(pair.labels) else str(at + 1),
            f"{one:.1%}",
            f"{other:.1%}",
        )
        for pair in pairs
        for at, (one, other) in enumerate(zip(pair.before, pair.after, strict=True))
    )
    return Table(("column", "bin", before, after), rows, frozenset({2, 3}))
