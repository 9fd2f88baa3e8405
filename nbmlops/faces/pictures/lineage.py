"""Lineage: the cells that an object needs, and what passes from one to the other, as arcs beside a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nbmlops.core.history import Statement
from nbmlops.core.resource import Resource
from nbmlops.core.slice import Slice
from nbmlops.faces.blocks import Picture, Table
from nbmlops.faces.pictures.axes import cut_label, frame_picture, write_label
from nbmlops.faces.pictures.palette import INK, choose_colour
from nbmlops.faces.shapes import Shape
from nbmlops.faces.wording import count_things

__all__ = ["draw_lineage"]

_ROW, _LEFT, _WIDTH, _MOST = 24, 124, 640, 40
_SHOWN = ("name", "file", "outside")


@dataclass(slots=True)
class _Node:
    """A cell, or what came from outside: what it makes, and what it takes from which other."""

    label: str
    source: str
    outside: bool = False
    made: dict[str, None] = field(default_factory=dict)
    taken: dict[int, dict[str, None]] = field(default_factory=dict)


def draw_lineage(found: Slice) -> Picture | None:
    """Draw the cells of a slice in the order in which they ran; None where it is of one cell.

    Of more than forty the last are drawn, and the caption says so.
    """
    nodes = _make_nodes(found)
    if len(nodes) < 2:
        return None
    first = max(0, len(nodes) - _MOST)
    caption = (
        f"How '{found.target}' came about: {count_things(len(nodes), 'place')} and what passes between them"
    )
    if first:
        caption += f"; the last {_MOST} are drawn"
    inside: list[Shape] = []
    for index in range(first, len(nodes)):
        for origin in sorted(nodes[index].taken):
            if origin >= first:
                inside.append(_draw_arc(origin - first, index - first))
    for index, node in enumerate(nodes[first:]):
        inside += _draw_node(node, index, last=index + first == len(nodes) - 1)
    height = _ROW * (len(nodes) - first) + 8
    rows = tuple(
        (nodes[origin].label, node.label, ", ".join(names))
        for node in nodes[first:]
        for origin, names in sorted(node.taken.items())
    )
    table = Table(("from", "to", "what"), rows, empty="nothing passes between them")
    drawn = frame_picture(_WIDTH, height, caption, inside)
    return Picture(drawn, caption, table, folded=True, repeats=True)


def _make_nodes(found: Slice) -> list[_Node]:
    nodes: list[_Node] = []
    made: dict[Resource, int] = {}
    for read in found.inputs:
        if read.resource not in made:
            made[read.resource] = len(nodes)
            nodes.append(_Node("input", read.resource.key, outside=True))
    cells: dict[int, int] = {}
    for statement in found.kept:
        at = cells.get(statement.execution)
        if at is None:
            at = cells[statement.execution] = len(nodes)
            nodes.append(_Node(f"[{statement.execution}]", ""))
        _join_statement(nodes, at, statement, made)
    return nodes


def _join_statement(nodes: list[_Node], at: int, statement: Statement, made: dict[Resource, int]) -> None:
    """Note where a statement takes its resources from, then what it makes itself."""
    node = nodes[at]
    if not node.source or node.source.startswith(("import ", "from ")):
        node.source = statement.code or statement.source
    needed = [read.resource for read in statement.reads]
    needed += [effect.resource for effect in statement.effects if not effect.definite]
    for resource in needed:
        origin = made.get(resource, at)
        if origin != at and resource.kind in _SHOWN:
            node.taken.setdefault(origin, {})[resource.key] = None
    for effect in statement.effects:
        if effect.resource.kind in _SHOWN:
            made[effect.resource] = at
            node.made[effect.resource.key] = None


def _draw_arc(one: int, other: int) -> Shape:
    top, bottom = _place(one), _place(other)
    out = round(_LEFT - min(20 + 7.0 * (other - one), _LEFT - 8) * 1.3, 2)
    return Shape(
        "path",
        {
            "d": f"M{_LEFT} {top} C{out} {top} {out} {bottom} {_LEFT} {bottom}",
            "fill": "none",
            "stroke": INK,
            "stroke-width": 1.2,
            "opacity": 0.55,
        },
    )


def _place(index: int) -> float:
    return _ROW * index + _ROW / 2 + 4


def _draw_node(node: _Node, index: int, last: bool) -> Iterator[Shape]:
    y = _place(index)
    colour = choose_colour(1) if node.outside else choose_colour(0)
    if node.outside:
        yield Shape("rect", {"x": _LEFT - 5, "y": y - 5, "width": 10, "height": 10, "fill": colour})
    else:
        yield Shape("circle", {"cx": _LEFT, "cy": y, "r": 7 if last else 5, "fill": colour})
    said = _word_node(node)
    yield write_label(f"{node.label} {cut_label(said, 74)}", _LEFT + 14, y)


def _word_node(node: _Node) -> str:
    names = [name for name in node.made if not name.startswith("_")]
    made = _join_names(names)
    return f"{made} — {node.source}" if made and not node.outside else node.source


def _join_names(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
