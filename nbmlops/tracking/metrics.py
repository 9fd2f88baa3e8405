"""Metrics: numbers that were computed from a model, wherever, and whose they are."""

from __future__ import annotations

import ast
import math
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nbmlops.core.history import Statement
from nbmlops.core.learned import Measure
from nbmlops.core.resource import Effect
from nbmlops.core.run import MetricValue
from nbmlops.tracking.fits import Fit
from nbmlops.tracking.lineage import Ancestry

__all__ = ["attribute_metrics"]

_NAMES = re.compile(
    r"loss|acc|auc|score|err|rmse|mse|mae|mape|r2|f1|prec|recall|metric|iou|dice|kappa|mcc|brier|perplex|bleu|"
    r"best_value|rsquared|aic|bic|inertia|likelihood|llf",
    re.IGNORECASE,
)
_Found = dict[tuple[int, int], list[MetricValue]]


def attribute_metrics(
    statements: Sequence[Statement], ancestry: Ancestry, fits: Sequence[Fit]
) -> Mapping[tuple[int, int], Sequence[MetricValue]]:
    """Return the metrics of each fit, by its place; of one name the last number counts.

    A number belongs to the fits that the names in its expression rest on, as far as no other of these rests
    on them: also three cells later, and after the fit of something else.
    """
    found: _Found = {}
    for position, statement in enumerate(statements):
        if statement.outcome != "ok":
            continue
        for measure in _list_measures(statement):
            for fit in _find_owners(measure, position, statements, ancestry, fits):
                known = found.setdefault(fit.place, [])
                known += _list_values(measure, statement, known)
    return {place: _keep_last(values) for place, values in found.items()}


def _list_measures(statement: Statement) -> Iterator[Measure]:
    noted = statement.learned.measures if statement.learned else ()
    bound = {e.resource.key: e for e in statement.effects if e.resource.kind == "name"}
    for measure in noted:
        effect = bound.pop(measure.label, None)
        scalar = None if effect is None else effect.scalar
        if scalar is None or len(measure.values) != 1 or isinstance(scalar, bool):
            yield measure
        else:  # what it is bound to, which may be rounded
            yield Measure(measure.label, measure.function, (float(scalar),), (), measure.names, measure.order)
    for effect in bound.values():
        by_hand = _read_scalar(effect, statement)
        if by_hand is not None:
            yield by_hand


def _read_scalar(effect: Effect, statement: Statement) -> Measure | None:
    """Return a number that was computed by hand and bound to a name, if it can be about a model."""
    if type(effect.scalar) is not float or effect.change not in {"bound", "changed"}:
        return None
    names, computes, attribute = _read_binding(statement.code, effect.resource.key)
    if not (computes or _NAMES.search(effect.resource.key) or _NAMES.search(attribute)):
        return None
    order = max((m.order for m in statement.learned.models), default=0) if statement.learned else 0
    return Measure(effect.resource.key, None, (effect.scalar,), (), names, order)


def _read_binding(code: str, name: str) -> tuple[tuple[str, ...], bool, str]:
    """Return the names that the value bound to a name mentions, whether it is computed, and its attribute."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return (), False, ""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value) if any(
                isinstance(t, ast.Name) and t.id == name for t in targets
            ):
                names = tuple(dict.fromkeys(n.id for n in ast.walk(value) if isinstance(n, ast.Name)))
                computes = any(isinstance(n, ast.Call | ast.BinOp | ast.Compare) for n in ast.walk(value))
                return names, computes, value.attr if isinstance(value, ast.Attribute) else ""
    return (), True, ""


def _find_owners(
    measure: Measure,
    position: int,
    statements: Sequence[Statement],
    ancestry: Ancestry,
    fits: Sequence[Fit],
) -> list[Fit]:
    if measure.order:
        return [f for f in fits if f.place == (position, measure.order)]
    here = [f for f in fits if f.position == position and not f.model.order]
    if here and not measure.names:  # a loop that trains and gathers its losses
        return here
    names = measure.names
    behind = ancestry.behind(position, names) if names else ancestry.ancestors(position)
    own = [f for f in fits if f.position in behind and not f.model.tried]
    latest = ancestry.latest({f.position for f in own})
    owners = [f for f in own if f.position in latest]
    by_statement: dict[int, list[Fit]] = {}
    for fit in owners:
        by_statement.setdefault(fit.position, []).append(fit)
    chosen: list[Fit] = []
    for many in by_statement.values():
        chosen += many if len(many) == 1 else _choose_one(measure, position, statements, many, behind)
    return chosen


def _choose_one(
    measure: Measure,
    position: int,
    statements: Sequence[Statement],
    many: Sequence[Fit],
    behind: Iterable[int],
) -> list[Fit]:
    """Tell which of several models that one statement trained a number is about."""
    codes = [statements[position].code, *(statements[p].code for p in behind if p > many[0].position)]
    mentioned = [f for f in many if f.model.place and any(f.model.place in _unquote(c) for c in codes)]
    if len(mentioned) == 1:
        return mentioned
    learned = statements[position].learned
    measures = learned.measures if learned else ()
    alike = [m for m in measures if (m.label, m.names) == (measure.label, measure.names)]
    if len(alike) == len(many):  # a loop over all of them
        return [many[next(n for n, m in enumerate(alike) if m is measure)]]
    return []


def _unquote(code: str) -> str:
    return code.replace('"', "'")


def _list_values(
    measure: Measure, statement: Statement, known: Sequence[MetricValue]
) -> Iterator[MetricValue]:
    function = measure.function or ""
    name = _name_metric(measure, statement, known)
    if measure.keys:
        for key, value in zip(measure.keys, measure.values, strict=True):
            if not key.endswith("support"):
                yield MetricValue(f"{name}.{key}", value, function, statement.execution)
    elif len(measure.values) == 1:
        yield MetricValue(name, measure.values[0], function, statement.execution)
    elif function.startswith("cross_val") or function.endswith("scores"):
        mean = statistics.fmean(measure.values)
        yield MetricValue(name, mean, function, statement.execution, measure.values)
        if all(map(math.isfinite, measure.values)):
            deviation = statistics.stdev(measure.values)
            yield MetricValue(f"{name}_std", deviation, function, statement.execution)
    else:
        yield MetricValue(name, measure.values[-1], function, statement.execution, measure.values)


def _name_metric(measure: Measure, statement: Statement, known: Sequence[MetricValue]) -> str:
    """Return what the notebook calls a number; two of one function are told apart by what they are about."""
    taken = {
        m.name for m in known if m.execution == statement.execution and m.name == measure.label == m.function
    }
    if measure.label in taken and len(measure.names) > 1:
        about = next((n for n in measure.names if n != measure.function), "")
        return f"{measure.label}_{about}"
    return measure.label or measure.function or "value"


def _keep_last(values: Iterable[MetricValue]) -> tuple[MetricValue, ...]:
    return tuple({value.name: value for value in values}.values())
