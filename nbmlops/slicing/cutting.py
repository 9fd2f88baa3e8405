"""Cutting: the slice of one object out of a history, with a reason for every statement kept or dropped."""

from __future__ import annotations

import builtins
import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from nbmlops.core.history import History, Statement
from nbmlops.core.resource import Read, Resource
from nbmlops.core.slice import Explained, Reason, Slice
from nbmlops.errors import UnknownNameError
from nbmlops.slicing.guards import find_guards
from nbmlops.slicing.reach import Reached, walk_back
from nbmlops.slicing.streams import StreamPlan, plan_streams
from nbmlops.slicing.wording import explain_dropped

__all__ = ["cut_slice", "require_bound"]

_BUILTINS = frozenset(dir(builtins))
_SHELL = frozenset({"In", "Out", "_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh", "_dh", "get_ipython"})
_COUNTED = re.compile(r"_i?\d+")
_FUTURE = Reason(None, "it changes what the statements after it mean")


def cut_slice(
    history: History, name: str, until: int | None = None, without: Collection[tuple[int, int]] = ()
) -> Slice:
    """Cut the slice of what `name` held at the end of the history.

    Parameters
    ----------
    history
        What was executed.
    name
        A variable of the notebook.
    until
        Number of the last execution to take into account; all by default.
    without
        Places of statements that a trial has shown, or is to show, to be needless.

    Raises
    ------
    UnknownNameError
        If no recorded statement ever bound the name, or it was deleted.
    """
    statements = [s for s in history.statements() if until is None or s.execution <= until]
    _check_bound(statements, name)
    late = _find_late(statements, name)
    seen = [_leave_draws(s) if s.place in without else s for s in statements]
    reached, plan = _settle(seen, [Resource("name", n) for n in (name, *late)], without)
    explained = tuple(
        Explained(s, True, tuple(reached.kept[p]))
        if p in reached.kept
        else Explained(s, False, (explain_dropped(s, s.place in without),))
        for p, s in enumerate(statements)
    )
    return Slice(
        history=history.id,
        target=name,
        explained=explained,
        inputs=tuple(_find_inputs(reached)),
        restores=plan.restores,
        missing=_find_missing(reached),
        late=late,
    )


def _find_late(statements: Sequence[Statement], name: str) -> tuple[str, ...]:
    """Return the names that a value and what it calls look up, as long as statements made them."""
    last = {
        e.resource.key: e.late if e.change != "deleted" else ()
        for s in statements
        for e in s.effects
        if e.resource.kind == "name"
    }
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for one in last.get(waiting.pop(), ()):
            if one in last and one != name and one not in found:
                found[one] = None
                waiting.append(one)
    return tuple(sorted(found))


def _settle(
    statements: Sequence[Statement], targets: Sequence[Resource], without: Collection[tuple[int, int]]
) -> tuple[Reached, StreamPlan]:
    """Follow names and streams in turn until neither asks for more; then add what checks what is kept."""
    forced = {p: _FUTURE for p, s in enumerate(statements) if s.code.lstrip().startswith("from __future__ ")}
    while True:
        reached = walk_back(statements, targets, forced.items())
        plan = plan_streams(statements, reached.kept)
        more = {p: reason for p, reason in plan.forced if p not in forced and p not in reached.kept}
        if not more:
            break
        forced |= more

    def walk_again(position: int, reason: Reason) -> Reached:
        return walk_back(statements, targets, [*forced.items(), (position, reason)])

    guards = find_guards(statements, reached, walk_again, without)
    return (walk_back(statements, targets, (forced | guards).items()) if guards else reached), plan


def _find_inputs(reached: Reached) -> list[Read]:
    inputs: list[Read] = []
    for resource, reads in sorted(reached.open_reads.items()):
        if resource.kind == "file":
            inputs += [read for _, read in reads if read.module]
            others = [found for found in reads if not found[1].module]
            earliest = min(others, key=lambda found: found[0]) if others else None
            if earliest is not None and earliest[1].content:
                inputs.append(earliest[1])
        elif resource.kind == "outside":
            inputs += [read for _, read in reads]
    return inputs


def _find_missing(reached: Reached) -> tuple[str, ...]:
    names = {r.key for r, reads in reached.open_reads.items() if r.kind == "name" and reads}
    certain = {
        r.key
        for r, reads in reached.open_reads.items()
        if r.kind == "name" and any(read.certain for _, read in reads)
    }
    return tuple(sorted((names & certain) - _BUILTINS))


def _leave_draws(statement: Statement) -> Statement:
    """Leave of what a statement did only its draws of random numbers, for which it may still be kept."""
    return replace(statement, effects=tuple(e for e in statement.effects if e.resource.kind == "random"))


def require_bound(history: History, name: str) -> None:
    """Raise UnknownNameError, naming close ones, unless a recorded statement made the name."""
    _check_bound(history.statements(), name)


def _check_bound(statements: Sequence[Statement], name: str) -> None:
    state: dict[str, str] = {}
    for statement in statements:
        for effect in statement.effects:
            if effect.resource.kind == "name":
                state[effect.resource.key] = effect.change
    if state.get(name) == "deleted":
        raise UnknownNameError(
            f"The name '{name}' was deleted later in the notebook, so there is nothing to slice.",
            "Run the cell that makes it again, and then this command.",
        )
    if name not in state:
        raise _unknown(name, [n for n, change in state.items() if change != "deleted"])


def _unknown(name: str, known: Sequence[str]) -> UnknownNameError:
    """Return what to say of a name that nothing bound: what it is instead, or which names are close."""
    see = "Type `nbmlops history` to see what was recorded."
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name[:60]) + "…" * (len(name) > 60)
    if name in _BUILTINS or name in _SHELL or _COUNTED.fullmatch(name):
        whose = "Python's" if name in _BUILTINS else "IPython's"
        return UnknownNameError(f"'{shown}' is {whose} own, and no recorded statement made it.", see)
    if not name.isidentifier():
        return UnknownNameError(
            f"'{shown}' is no name that a statement can bind.",
            f"Give the value a name in a cell, `NAME = ...`, and use that. {see}",
        )
    close = difflib.get_close_matches(name, known, n=3)
    if close:
        then = f"Did you mean {' or '.join(map(repr, close))}?"
    else:
        then = "Run the cell that makes it after `%load_ext nbmlops`."
    return UnknownNameError(f"No recorded statement made the name '{shown}'.", f"{then} {see}")
