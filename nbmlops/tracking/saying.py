"""Saying: what people logged and what cells showed, and whose it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nbmlops.core.history import SCRIPT, Execution, Statement
from nbmlops.core.learned import Scalar
from nbmlops.core.run import MetricValue
from nbmlops.core.said import Figure, Said
from nbmlops.tracking.fits import Fit, Place
from nbmlops.tracking.lineage import Ancestry

__all__ = ["Share", "Shares", "attribute_said"]


@dataclass(slots=True)
class Share:
    """What was logged to one run, and the figures that show it; `executions` are those that logged."""

    metrics: dict[str, MetricValue] = field(default_factory=dict)
    parameters: dict[str, Scalar] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    executions: set[int] = field(default_factory=set)

    def add(self, said: Said, execution: int) -> None:
        """Add what was said in an execution."""
        self.executions.add(execution)
        if said.kind == "metric":
            known = self.metrics.get(said.name)
            self.metrics[said.name] = _continue_metric(known, said, execution)
        elif said.kind == "parameter":
            self.parameters[said.name] = said.values[-1]
        elif said.kind == "tag":
            self.tags[said.name] = str(said.values[-1])
        else:
            digest = str(said.values[-1])
            self.figures[digest] = Figure(digest, said.media, said.size, said.name, execution)


@dataclass(slots=True)
class Shares:
    """The share of each fit, by its place; `nobodys` is what was said where nothing was fitted at all."""

    of_fits: dict[Place, Share] = field(default_factory=dict)
    nobodys: Share = field(default_factory=Share)

    def of(self, fit: Fit) -> Share:
        """Return the share of a fit."""
        return self.of_fits.setdefault(fit.place, Share())


def attribute_said(
    statements: Sequence[Statement],
    executions: Mapping[int, Execution],
    ancestry: Ancestry,
    fits: Sequence[Fit],
) -> Shares:
    """Return what was logged to each fit, and the figures of the cells that depend on it.

    What is logged belongs to the model that was given with it; else to the fit that the same statement made
    before; else to what the logged value rests on; else to the last fit in the same cell, or the next one
    there; else to the last fit before. What is logged before any fit is nobody's: a run of its own. All that
    a script logs belongs to the one model that it named, if it named one.
    """
    shares = Shares()
    fits = [fit for fit in fits if not fit.model.tried] or fits
    for execution in executions.values():
        for figure in execution.figures:
            shown = dataclasses.replace(figure, execution=execution.number)
            for fit in _find_shown(execution.number, statements, ancestry, fits):
                shares.of(fit).figures.setdefault(figure.digest, shown)
    for position, statement in enumerate(statements):
        for said in statement.learned.said if statement.learned else ():
            if executions[statement.execution].cell == SCRIPT and not said.about:
                owners: Sequence[Fit] = fits if len(fits) == 1 else ()
            else:
                owners = _find_owners(said, position, statements, ancestry, fits)
            for share in [shares.of(fit) for fit in owners] or [shares.nobodys]:
                share.add(said, statement.execution)
    return shares


def _find_shown(
    execution: int, statements: Sequence[Statement], ancestry: Ancestry, fits: Sequence[Fit]
) -> list[Fit]:
    """Return the last fits that the statements of a cell rest on, its own included."""
    own = {p for p, s in enumerate(statements) if s.execution == execution}
    behind = own.union(*(ancestry.ancestors(p) for p in own))
    return _choose_latest((f for f in fits if f.position in behind), ancestry)


def _choose_latest(fits: Iterable[Fit], ancestry: Ancestry) -> list[Fit]:
    own = [fit for fit in fits if not fit.model.tried]
    latest = ancestry.latest({fit.position for fit in own})
    return [fit for fit in own if fit.position in latest]


def _find_owners(
    said: Said, position: int, statements: Sequence[Statement], ancestry: Ancestry, fits: Sequence[Fit]
) -> Sequence[Fit]:
    before = [fit for fit in fits if fit.position <= position]
    if said.about:
        own = [fit for fit in before if fit.model.place == said.about]
        if own:
            return own[-1:]
    here = [fit for fit in before if fit.position == position]
    if here and said.order:
        return [fit for fit in here if fit.model.order == said.order] or here[-1:]
    if here:
        return here if len(here) == 1 or not here[0].model.order else here[:1]
    behind = ancestry.ancestors(position)
    rests = _choose_latest((fit for fit in fits if fit.position in behind), ancestry)
    return rests or next(_list_near(position, statements, before, fits), ())


def _list_near(
    position: int, statements: Sequence[Statement], before: Sequence[Fit], fits: Sequence[Fit]
) -> Iterator[Sequence[Fit]]:
    cell = statements[position].execution
    same = [fit for fit in fits if statements[fit.position].execution == cell]
    if same:
        yield [fit for fit in same if fit in before][-1:] or same[:1]
    if before:
        yield before[-1:]


def _continue_metric(known: MetricValue | None, said: Said, execution: int) -> MetricValue:
    new = tuple(float(value) for value in said.values if isinstance(value, float | int))
    old = () if known is None else known.points or (known.value,)
    points = (*old, *new)
    steps: tuple[float, ...] = ()
    if said.steps or (known is not None and known.steps):
        earlier = tuple(map(float, range(len(old)))) if known is None or not known.steps else known.steps
        steps = (*earlier, *(said.steps or map(float, range(len(new)))))
    return MetricValue(said.name, points[-1], "", execution, points if len(points) > 1 else (), steps)
