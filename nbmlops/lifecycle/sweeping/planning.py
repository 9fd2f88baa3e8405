"""Planning: which earlier statements run again, so that a cell reads what it would with other values."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nbmlops.capture.restoring import CARRIED
from nbmlops.core.digest import has_digest
from nbmlops.core.history import Execution, History, Statement
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.core.slice import Restore
from nbmlops.errors import SweepError
from nbmlops.lifecycle.sweeping.texts import put_value
from nbmlops.slicing.streams import plan_streams
from nbmlops.tracking.lineage import Ancestry, trace_ancestry

__all__ = ["Plan", "drop_stale", "plan_sweep"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a child runs before the cell.

    `again` are earlier statements in their order; `values` says of the place of some which name they bind to
    a swept value; `stale` are the places of those that rest on these, run again or not; `restores` the
    random states that are put back, and `flows` the streams that go on from what ran again. `names` are
    those whose values come from the kernel.
    """

    again: tuple[Statement, ...]
    values: Mapping[tuple[int, int], str]
    stale: frozenset[tuple[int, int]]
    restores: tuple[Restore, ...]
    flows: frozenset[str]
    names: frozenset[str]

    def spell(self, statement: Statement, values: Mapping[str, str]) -> str:
        """Return the text of a statement as a child runs it."""
        name = self.values.get(statement.place)
        if name is None:
            return statement.source
        own = put_value(statement.source, name, values[name]) if statement.source == statement.code else None
        return own or f"{name} = {values[name]}"


def plan_sweep(
    history: History,
    swept: Collection[str],
    read: Collection[str],
    bound: Collection[str],
    present: Collection[str],
) -> Plan:
    """Plan what runs again for the names that are `swept` and that the cell does not bind itself.

    Parameters
    ----------
    history
        What was executed before the cell.
    read
        The names that the cell would read.
    bound
        The names that the cell binds to swept values itself.
    present
        The names that the kernel holds.

    Raises
    ------
    SweepError
        If that would not be sound; the message names the statement.
    """
    return _Planner(history, read, present).plan([name for name in swept if name not in bound])


class _Planner:
    """Finds a set of statements that is closed: each reads what is still there, or what runs again."""

    def __init__(self, history: History, read: Collection[str], present: Collection[str]) -> None:
        self._read, self._present = frozenset(read), frozenset(present)
        self._seen = {e.number: e for e in history.executions}
        own = history.statements()
        cell = Statement(0, 0, 1, "", "", reads=tuple(Read(Resource("name", n), "") for n in sorted(read)))
        self._statements: Sequence[Statement] = (*own, cell)
        self._ancestry: Ancestry = trace_ancestry(self._statements)
        self._last = len(own)
        self._changes: dict[Resource, list[int]] = {}
        for position, statement in enumerate(own):
            for effect in statement.effects:
                self._changes.setdefault(effect.resource, []).append(position)
        self._again: set[int] = set()
        self._carried: set[str] = set()

    def plan(self, swept: Sequence[str]) -> Plan:
        bindings = {self._find_binding(name): name for name in swept}
        stale = self._find_stale(bindings)
        self._again |= bindings.keys() | set(self._list_set_up())
        self._settle(stale, frozenset(bindings))
        restores: tuple[Restore, ...] = ()
        while self._again:
            chosen = dict.fromkeys(sorted(self._again), ())
            found = plan_streams(self._statements[: self._last], chosen)
            restores = found.restores
            more = {p for p, _ in found.forced} - self._again
            if not more:
                break
            self._again |= more
            self._settle(stale, frozenset(bindings))
        for position in sorted(self._again):
            self._require_sound(position, position in bindings)
        self._require_use(bindings)
        if any(r.after for r in restores):
            self._refuse_generator(next(r for r in restores if r.after))
        places = [self._statements[p].place for p in sorted(stale)]
        return Plan(
            again=tuple(self._statements[p] for p in sorted(self._again)),
            values={self._statements[p].place: name for p, name in bindings.items()},
            stale=frozenset(places),
            restores=restores,
            flows=frozenset(self._list_flows()),
            names=frozenset(self._carried),
        )

    def _find_binding(self, name: str) -> int:
        found = self._changes.get(Resource("name", name), [])
        definite = [p for p in found if self._effect_on(p, name).definite]
        if not definite or self._effect_on(found[-1], name).change == "deleted":
            raise SweepError(
                f"Neither the cell nor an observed cell before it binds '{name}'.",
                f"Write `{name} = VALUE` into the cell, and run it again.",
            )
        position = definite[-1]
        statement = self._statements[position]
        if put_value(statement.code, name, "0") is None:
            raise SweepError(
                f"{self._name(position)} binds '{name}' and does more, so no other value can be put there.",
                f"Write `{name} = VALUE` on a line of its own, there or in the cell.",
            )
        return position

    def _effect_on(self, position: int, name: str) -> Effect:
        held = Resource("name", name)
        return next(e for e in reversed(self._statements[position].effects) if e.resource == held)

    def _find_stale(self, bindings: Mapping[int, str]) -> set[int]:
        """Return what rests on the bindings, themselves included, or may: what nobody observed."""
        stale = set(bindings)
        for position in range(min(bindings, default=self._last), self._last):
            unseen = self._seen[self._statements[position].execution].status == "not observed"
            if position not in bindings and (unseen or self._ancestry.makers(position) & stale):
                stale.add(position)
        return stale

    def _list_set_up(self) -> Iterator[int]:
        """Yield what changed libraries in ways that no value shows: it has to happen in a worker, too."""
        for position, statement in enumerate(self._statements[: self._last]):
            keys = {e.resource.key for e in statement.effects if e.resource.kind == "ambient"}
            if {k for k in keys - CARRIED if not k.startswith("module ")}:
                yield position

    def _settle(self, stale: Collection[int], bindings: Collection[int]) -> None:
        """Let run again what made something that is needed and is not there any more, until all is there."""
        while True:
            self._carried.clear()
            before = len(self._again)
            for position in (*sorted(self._again - set(bindings)), self._last):
                for read in self._statements[position].reads:
                    if read.resource.kind in ("name", "file"):
                        self._provide(read, position, stale)
            if len(self._again) == before:
                return

    def _provide(self, read: Read, position: int, stale: Collection[int]) -> None:
        resource = read.resource
        makers = self._ancestry.makers(position, {resource.key}) & set(self._changes.get(resource, []))
        changes = self._changes.get(resource, [])
        gone = any(p >= position for p in changes) and resource.kind == "name"
        again = any(p in self._again for p in changes if p < position)
        if makers & set(stale) or gone or again:
            if not makers and resource.key in self._present:
                raise SweepError(
                    f"{self._name(position)} has to run again, and what `{resource.key}` held then is gone.",
                    "Sweep a name that the cell itself binds.",
                )
            self._again |= makers
        elif resource.kind == "name" and resource.key in self._present:
            self._carried.add(resource.key)

    def _require_sound(self, position: int, replaced: bool) -> None:
        statement, execution = self._statements[position], self._seen[self._statements[position].execution]
        if replaced:
            return
        why = _find_obstacle(statement, execution)
        if why is not None:
            raise SweepError(
                f"{self._name(position)} would have to run again in each child, and {why}.",
                "Bind the name in the cell itself, or after that statement.",
            )

    def _require_use(self, bindings: Mapping[int, str]) -> None:
        used = self._ancestry.ancestors(self._last)
        for position, name in bindings.items():
            if position not in used:
                raise SweepError(
                    f"Nothing that the cell reads depends on '{name}': all children would be the same.",
                    f"Use `{name}` in the cell, or take it out of the sweep.",
                )

    def _list_flows(self) -> Iterator[str]:
        for resource, positions in self._changes.items():
            if resource.kind == "random" and positions[-1] in self._again:
                yield resource.key

    def _refuse_generator(self, restore: Restore) -> None:
        position = next(p for p, s in enumerate(self._statements) if s.place == restore.place)
        raise SweepError(
            f"{self._name(position)} would have to run again, and makes a generator without a seed.",
            "Give it a seed, run what follows again, and sweep then.",
        )

    def _name(self, position: int) -> str:
        statement = self._statements[position]
        first = statement.source.strip().partition("\n")[0]
        return (
            f"The statement `{first if len(first) <= 70 else first[:69] + '…'}` of cell {statement.execution}"
        )


def _find_obstacle(statement: Statement, execution: Execution) -> str | None:
    """Return why a statement cannot be run again in a worker as it ran in the kernel."""
    if execution.status == "not observed":
        return "nobody observed it"
    if statement.outcome != "ok":
        return "it raised an error"
    if _only_imports(statement):
        return None
    if any(r.resource.kind == "outside" for r in statement.reads):
        return "it asks the outside world, which may answer otherwise"
    written = [e.resource.key for e in statement.effects if e.resource.kind == "file"]
    if written:
        return f"it writes '{Path(written[0]).name}', which the children would do at the same time"
    for read in statement.reads:
        path = Path(read.resource.key)
        if read.resource.kind == "file" and read.content and not has_digest(path, read.content):
            return f"'{path.name}' is no longer what it read"
    return None


def _only_imports(statement: Statement) -> bool:
    """Say whether a statement only imports libraries: what they ask the machine, every process asks anew."""
    try:
        body = ast.parse(statement.code).body
    except SyntaxError:
        return False
    own = any(read.module for read in statement.reads)
    return not own and all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)


def drop_stale(executions: Iterable[Execution], stale: Collection[tuple[int, int]]) -> tuple[Execution, ...]:
    """Return executions without the statements that rest on a swept value; only those that had any."""
    found = []
    for execution in executions:
        kept = tuple(s for s in execution.statements if s.place not in stale)
        if len(kept) < len(execution.statements):
            found.append(replace(execution, statements=kept))
    return tuple(found)
