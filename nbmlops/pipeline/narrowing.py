"""Narrowing: where statements are cut into steps, so that little crosses each cut and steps are of a size."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from nbmlops.pipeline.parts import Part
from nbmlops.pipeline.phases import Phase, find_phases

__all__ = ["cut_narrow"]

_FEW, _MANY = 3, 8
"""A step of fewer statements is small, and one of more is large."""
_STEPS = 6
"""More steps than this are made only where headings ask for them."""
_REACH = 60
"""No step goes over more places than this at which it could be cut."""
_UNKEPT = frozenset(
    {"generator", "zip", "map", "filter", "enumerate", "reversed", "coroutine", "module", "function", "lock"}
    | {"list_iterator", "TextIOWrapper", "BufferedReader", "BufferedWriter", "Connection", "Cursor"}
    | {"Figure", "Axes", "Axes3D", "SubplotBase", "csv_reader", "_io", "socket", "Thread"}
)
"""Types whose values a step would leave in no file, or in one that says nothing."""


_Way = tuple[float, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Price:
    """What steps cost: all of the numbers together decide, none of them alone."""

    cut: float = 3.0
    name: float = 0.7
    unkept: float = 40.0
    empty: float = 3.0
    phase: float = 6.0
    near: float = 3.0
    back: float = 1.5
    cell: float = 1.0
    heading: float = 8.0
    inside: float = 4.5
    tiny: float = 2.6
    tiny_of_many: float = 0.3
    large: float = 0.6
    beyond: float = 4.0


_PRICE = _Price()


def cut_narrow(
    parts: Sequence[Part],
    titles: Sequence[str],
    later: Collection[str],
    kept: Collection[str] = (),
    bound: Collection[int] = (),
) -> list[int]:
    """Return at which statements a new step begins, the first left out: the cuts that cost least of all.

    `titles` holds the heading above each statement; `later` are the names that are needed afterwards, and
    `kept` those that no step hands on, since all see them. Before the statements of `bound` there is no cut.
    """
    count = len(parts)
    cuts = _price_cuts(parts, titles, later, kept)
    sizes = [_measure(part) for part in parts]
    tiny = _PRICE.tiny_of_many if sum(sizes) > _MANY else _PRICE.tiny
    spoken = titles if len(set(titles)) > 1 else [""] * count
    most = 2 * _STEPS + len({title for title in titles if title})
    places = [position for position in range(count) if not position or position not in bound]
    best: dict[int, dict[int, _Way]] = {0: {0: (0.0, ())}}
    for end in [*places[1:], count]:
        here: dict[int, _Way] = {}
        for begin in [position for position in places if position < end][-_REACH:]:
            price = _price_step(sizes[begin:end], spoken[begin:end], tiny) + cuts[begin]
            for number, (cost, chosen) in best[begin].items():
                if number < most:
                    way = (cost + price, (*chosen, begin))
                    here[number + 1] = min(here.get(number + 1, way), way)
        best[end] = here
    ways = ((cost + _PRICE.beyond * max(0, n - _STEPS), chosen) for n, (cost, chosen) in best[count].items())
    return list(min(ways, default=(0.0, (0,)))[1][1:])


def _price_step(sizes: Sequence[float], titles: Sequence[str], tiny: float) -> float:
    weight = sum(sizes)
    return _PRICE.large * max(0.0, weight - _MANY) + tiny * (weight < _FEW and not any(titles))


def _price_cuts(
    parts: Sequence[Part], titles: Sequence[str], later: Collection[str], kept: Collection[str]
) -> list[float]:
    """Return what a cut before each statement costs."""
    phases, crossing = find_phases(parts), _find_crossing(parts, later, kept)
    types = {name: kind.rpartition(".")[2] for part in parts for name, kind in part.types.items()}
    several = len(set(titles)) > 1
    prices = [0.0]
    for position in range(1, len(parts)):
        before, part = parts[position - 1], parts[position]
        names = crossing[position]
        unkept = sum(types.get(name) in _UNKEPT for name in names)
        price = _PRICE.cut + _PRICE.name * max(0, len(names) - 1) + _PRICE.unkept * unkept
        price += 0.0 if names else _PRICE.empty
        price -= _PRICE.cell * (before.statement.execution != part.statement.execution)
        if titles[position - 1] != titles[position]:
            price -= _PRICE.heading
        elif several and titles[position]:
            price += _PRICE.inside
        prices.append(price - _price_phase(phases[position - 1], phases[position]))
    return prices


def _price_phase(before: Phase, after: Phase) -> float:
    if before == after:
        return 0.0
    near = after is Phase.PREPARE or (before is Phase.PREPARE and after is Phase.EVALUATE)
    if before > after:
        return _PRICE.back
    return _PRICE.near if near else _PRICE.phase


def _find_crossing(parts: Sequence[Part], later: Collection[str], kept: Collection[str]) -> list[set[str]]:
    """Return the names that hold, before each statement, what a later one needs."""
    made: set[str] = set()
    before = []
    for part in parts:
        before.append(set(made))
        made |= part.binds
    live = set(later)
    crossing: list[set[str]] = [set() for _ in parts]
    for position in range(len(parts) - 1, -1, -1):
        live = (live - parts[position].rebinds) | parts[position].reads
        crossing[position] = (live & before[position]) - set(kept)
    return crossing


def _measure(part: Part) -> float:
    """Return how much a statement is: one that holds others is as much as they are, a constant is little."""
    held = sum(isinstance(n, ast.stmt) for n in ast.walk(part.tree))
    match part.tree.body:
        case [ast.Assign(value=ast.Constant())]:
            return 0.5
    return min(float(held), _MANY)
