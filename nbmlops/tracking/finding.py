"""Finding runs: each fitted model is the result of one, and lineage says what belongs to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nbmlops.core.digest import digest_text
from nbmlops.core.history import SCRIPT, Execution, History, Statement
from nbmlops.core.learned import ModelSeen, Scalar
from nbmlops.core.resource import Resource
from nbmlops.core.run import DataUse, MetricValue, Run
from nbmlops.tracking.fits import Fit, Place, find_fits
from nbmlops.tracking.lineage import Ancestry, trace_ancestry
from nbmlops.tracking.merging import merge_runs
from nbmlops.tracking.metrics import attribute_metrics
from nbmlops.tracking.parameters import find_parameters
from nbmlops.tracking.saying import Share, attribute_said
from nbmlops.tracking.siblings import Siblings

__all__ = ["find_run_behind", "find_runs"]


def find_runs(histories: Sequence[History]) -> tuple[Run, ...]:
    """Return the runs of some histories, the newest first, each once with its occurrences."""
    merged = merge_runs(run for history in histories for run in _runs_of(history))
    return tuple(sorted(merged, key=lambda run: run.started, reverse=True))


def find_run_behind(history: History, name: str) -> Run | None:
    """Return the run whose model a name holds at the end of a history: fitted by that name, or behind it."""
    found = _find_in(history)
    runs = merge_runs(run for _, run in found.fits)
    statements = history.statements()
    held = Resource("name", name)
    changes = [(p, e.change) for p, s in enumerate(statements) for e in s.effects if e.resource == held]
    own = {fit.position: run.id for fit, run in found.fits if fit.model.place == name}
    for position, change in reversed(changes):
        if position in own:  # of several fits of one statement, the last
            return next(run for run in runs if run.id == own[position])
        if change == "bound":
            break
    made = [position for position, _ in changes]
    learned = statements[made[-1]].learned if made else None
    seen = next((m for m in learned.models if m.place == name), None) if learned else None
    if seen is None:
        return None
    ancestors = trace_ancestry(statements).ancestors(made[-1])
    behind = {statements[p].execution for p in (made[-1], *ancestors)}
    alike = [
        run
        for run in runs
        if run.fitted_at in behind
        and run.model_type == seen.type.rpartition(".")[2]
        and set(seen.parameters) <= set(run.parameters)
    ]
    last = max((run.fitted_at for run in alike), default=0)
    latest = [run for run in alike if run.fitted_at == last]
    if not alike and seen.fitted:
        return _find_search(found.fits, seen, ancestors)
    return latest[0] if len(latest) == 1 else None


def _find_search(fits: Iterable[tuple[Fit, Run]], seen: ModelSeen, positions: Collection[int]) -> Run | None:
    """Return the run of the one search among some statements that tried models of this class."""
    searches = {
        run.id: run
        for fit, run in fits
        if fit.position in positions
        and fit.model.children
        and dict(run.parameters).get("estimator") == seen.type.rpartition(".")[2]
    }
    return next(iter(searches.values())) if len(searches) == 1 else None


@dataclass(frozen=True, slots=True)
class _Found:
    """The fits of a history, each with the run that it is, and the run of what was logged without one."""

    fits: tuple[tuple[Fit, Run], ...]
    said: Run | None


def _runs_of(history: History) -> Iterator[Run]:
    found = _find_in(history)
    for fit, run in found.fits:
        yield run
        yield from _list_children(run, fit)
    if found.said is not None:
        yield found.said


def _find_in(history: History) -> _Found:
    statements = history.statements()
    executions = {e.number: e for e in history.executions}
    ancestry = trace_ancestry(statements)
    fits = find_fits(statements, ancestry)
    metrics = dict(attribute_metrics(statements, ancestry, fits))
    for place, named in _list_named(executions, statements, fits):
        metrics[place] = tuple({m.name: m for m in (*named, *metrics.get(place, ()))}.values())
    shares = attribute_said(statements, executions, ancestry, fits)
    siblings = Siblings(statements)
    pairs: list[tuple[Fit, Run]] = []
    for fit in _settle_tried(fits, ancestry, metrics):
        if history.ran_here(statements[fit.position]):
            measured = metrics.get(fit.place, ())
            run = _describe_run(history, statements, executions, fit, siblings, measured)
            pairs.append((fit, _add_share(run, shares.of(fit))))
    own, ran = shares.nobodys.executions, {number for number, _ in history.own}
    is_own = bool(own) and (history.origin is None or ran.issuperset(own))
    return _Found(tuple(pairs), _describe_said(history, executions, shares.nobodys) if is_own else None)


def _add_share(run: Run, share: Share) -> Run:
    """Add what was logged; it says nothing of which run it is."""
    metrics = {m.name: m for m in run.metrics} | share.metrics
    return dataclasses.replace(
        run,
        parameters=tuple((dict(run.parameters) | share.parameters).items()),
        metrics=tuple(metrics.values()),
        figures=tuple(share.figures.values()),
        tags=tuple(share.tags.items()),
    )


def _describe_said(history: History, executions: Mapping[int, Execution], share: Share) -> Run:
    """Describe the run of a history in which nothing was seen to be fitted, and something was logged."""
    own = [executions[number] for number in sorted(share.executions)]
    mark = next((e.experiment for e in reversed(own) if e.experiment is not None), None)
    last = own[-1].status
    plain = Run(
        id=digest_text(f"said\0{history.id}")[:12],
        experiment=mark.name if mark else _name_experiment(history),
        history=history.id,
        model_name="",
        model_type="",
        parameters=(),
        metrics=(),
        data=(),
        occurrences=1,
        status="failed" if last == "error" else "interrupted" if last == "interrupted" else "finished",
        started=own[0].started,
        executions=tuple(e.number for e in own),
        fitted_at=own[-1].number,
        note=mark.note if mark else "",
    )
    return _add_share(plain, share)


def _list_named(
    executions: Mapping[int, Execution], statements: Sequence[Statement], fits: Sequence[Fit]
) -> Iterator[tuple[Place, Sequence[MetricValue]]]:
    """Yield the numbers of marked cells that a person calls metrics, for the last fit of the cell."""
    for number, execution in executions.items():
        mark = execution.experiment
        own = [f for f in fits if statements[f.position].execution == number]
        if mark is None or not own:
            continue
        held = {e.resource.key: e.scalar for s in execution.statements for e in s.effects}
        named = [(name, held.get(name)) for name in mark.metrics]
        yield own[-1].place, [MetricValue(n, float(v), "", number) for n, v in named if v is not None]


def _settle_tried(
    fits: Sequence[Fit], ancestry: Ancestry, metrics: dict[Place, Sequence[MetricValue]]
) -> Iterator[Fit]:
    """Give what a model scored on parts of the data to the run in which it was fitted, if it was."""
    whole = [f for f in fits if not f.model.tried]
    owners: dict[Place, Fit] = {}
    for fit in fits:
        if fit.model.tried and fit.model.place:
            made = ancestry.behind(fit.position, [fit.model.place])
            same = [
                f
                for f in whole
                if f.model.place == fit.model.place
                and f.model.parameters == fit.model.parameters
                and (made & f.line or f.position in made)
            ]
            owner = next((f for f in same if f.position >= fit.position), same[-1] if same else None)
            if owner is not None:
                owners[fit.place] = owner
    for place, owner in owners.items():
        metrics[owner.place] = (*metrics.get(owner.place, ()), *metrics.get(place, ()))
    return (f for f in fits if f.place not in owners)


def _describe_run(
    history: History,
    statements: Sequence[Statement],
    executions: Mapping[int, Execution],
    fit: Fit,
    siblings: Siblings,
    metrics: Sequence[MetricValue],
) -> Run:
    line = sorted(fit.line)
    execution = executions[statements[fit.position].execution]
    codes = tuple(statements[p].code for p in sorted(fit.reach))
    found = find_parameters(codes, fit.model, siblings.list_classes(fit))
    parameters = tuple({**found, **dict(fit.parameters)}.items())
    data = tuple(_list_data(statements, line))
    mark = execution.experiment
    if mark is not None:
        parameters += tuple(_read_named(mark.parameters, statements[: fit.position + 1], dict(parameters)))
    content = fit.model.fingerprint if fit.model.fitted and not fit.model.tried else None
    identity = [
        fit.model.place,
        fit.model.type,
        repr(parameters),
        *sorted(use.digest for use in data),
        content or _spell_code(statements, line, fit.model.order),
        *([history.id] if execution.cell == SCRIPT else ()),  # what a script read and drew is not known
    ]
    return Run(
        id=digest_text("\0".join(identity))[:12],
        experiment=mark.name if mark else _name_experiment(history),
        history=history.id,
        model_name=fit.model.place,
        model_type=fit.model.type.rpartition(".")[2],
        parameters=parameters,
        metrics=tuple(metrics),
        data=data,
        occurrences=1,
        status=_judge_status(statements[fit.position], execution, fit),
        started=execution.started,
        executions=tuple(sorted({statements[p].execution for p in line})),
        fitted_at=execution.number,
        note=mark.note if mark else "",
    )


def _read_named(
    names: Iterable[str], statements: Sequence[Statement], known: Mapping[str, Scalar]
) -> Iterator[tuple[str, Scalar]]:
    """Yield the numbers that names held last which a person calls parameters."""
    held = {e.resource.key: e.scalar for s in statements for e in s.effects if e.resource.kind == "name"}
    for name in names:
        if name not in known and held.get(name) is not None:
            yield name, held[name]


def _spell_code(statements: Sequence[Statement], line: Iterable[int], order: int) -> str:
    """Return what a run that left nothing to be compared is known by: its code and its random states."""
    states = [content for p in line for _, content in statements[p].origin]
    return "\0".join([*dict.fromkeys(statements[p].code for p in line), *states, str(order)])


def _judge_status(
    statement: Statement, execution: Execution, fit: Fit
) -> Literal["finished", "failed", "interrupted"]:
    if fit.model.fitted or fit.model.tried or statement.outcome == "ok":
        return "finished" if statement.outcome == "ok" or fit.model.fitted else "failed"
    return "interrupted" if execution.status == "interrupted" else "failed"


def _name_experiment(history: History) -> str:
    if history.notebook is None:
        return "default"
    return history.notebook.replace("\\", "/").rpartition("/")[2].removesuffix(".ipynb")


def _list_data(statements: Sequence[Statement], line: Sequence[int]) -> Iterator[DataUse]:
    """Yield the files that a line read, and the tables that its last statement fitted on."""
    seen: set[str] = set()
    for position in line:
        learned = statements[position].learned
        tables = learned.tables if learned and position != line[-1] else ()
        shape = tables[0] if len(tables) == 1 else None
        for read in statements[position].reads:
            path = read.resource.key
            plain = read.resource.kind == "file" and not path.endswith(".py") and "/." not in path
            if plain and read.content and path not in seen:
                seen.add(path)
                name = path.replace("\\", "/").rpartition("/")[2]
                rows, columns = (shape.rows, shape.columns) if shape else (None, None)
                yield DataUse(name, read.content, rows, columns)
    learned = statements[line[-1]].learned
    for table in learned.tables if learned else ():
        if table.fingerprint is not None:
            yield DataUse(table.name, table.fingerprint, table.rows, table.columns)


def _list_children(run: Run, fit: Fit) -> Iterator[Run]:
    """Yield a run for each candidate of a search."""
    for number, child in enumerate(fit.model.children, 1):
        values = {"score": child.score, "score_std": child.deviation}
        yield dataclasses.replace(
            run,
            id=f"{run.id}.{number}",
            parameters=child.parameters,
            metrics=tuple(
                MetricValue(name, value, "score", run.executions[-1])
                for name, value in values.items()
                if value is not None
            ),
            parent=run.id,
        )
