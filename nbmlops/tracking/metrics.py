"""Metrics: numbers that were computed from a model, wherever, and whose they are."""

from __future__ import annotations

import ast
import dataclasses
import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbmlops.core.flows import follow_names, list_fitted, list_names, trace_flows, walk_outside
from nbmlops.core.history import Statement
from nbmlops.core.learned import Measure
from nbmlops.core.resource import Effect
from nbmlops.core.run import MetricValue
from nbmlops.tracking.fits import Fit, Place
from nbmlops.tracking.lineage import Ancestry

__all__ = ["attribute_metrics"]

_NAMES = re.compile(
    r"loss|accuracy|score|rmse|error|metric|perplex|best_value|rsquared|inertia|likelihood|"
    r"(?<![^\W\d_])(?:acc|auc|err|mse|mae|mape|r2|f1|prec|recall|iou|dice|kappa|mcc|brier|bleu|aic|bic|llf)|"
    r"(?:acc|auc|err|mse|mae|mape|r2|f1)(?![^\W\d_])",
    re.IGNORECASE,
)
_FITS = re.compile(r"\.\s*(?:partial_)?fit\w*\s*\(")
_Found = dict[Place, list[MetricValue]]


def attribute_metrics(
    statements: Sequence[Statement], ancestry: Ancestry, fits: Sequence[Fit]
) -> Mapping[Place, Sequence[MetricValue]]:
    """Return the metrics of each fit, by its place; of one name the last number counts.

    A number belongs to the fits that the names in its expression rest on, as far as no other of these rests
    on them: also three cells later, and after the fit of something else. What one statement measured of one
    fit again and again is a series.
    """
    found: _Found = {}
    placed = {fit.place: [fit] for fit in fits}
    turned = {(fit.position, fit.turn): [fit] for fit in fits if fit.turn}
    for position, statement in enumerate(statements):
        if statement.outcome != "ok":
            continue
        told: dict[tuple[Any, ...], tuple[Measure, list[float]]] = {}
        for number, measure in enumerate(_list_measures(statement), 1):
            one = 0 if len(measure.values) == 1 and not measure.keys else number
            if measure.order:
                owners = placed.get((position, measure.order, 0), [])
            elif (position, measure.turns) in turned:
                owners = turned[position, measure.turns]
            else:
                owners = _find_owners(measure, position, statements, ancestry, fits)
            for fit in owners:
                key = (fit.place, measure.label, measure.function, measure.names, one)
                told.setdefault(key, (measure, []))[1].extend(measure.values)
        for (place, *_), (measure, values) in told.items():
            known = found.setdefault(place, [])
            whole = dataclasses.replace(measure, values=tuple(values))
            known += _list_values(whole, statement, known)
    return {place: _keep_last(values) for place, values in found.items()}


def _list_measures(statement: Statement) -> Iterator[Measure]:
    noted = statement.learned.measures if statement.learned else ()
    bound = {e.resource.key: e for e in statement.effects if e.resource.kind == "name"}
    often = Counter(measure.label for measure in noted)
    for measure in noted:
        effect = bound.pop(measure.label, None)
        scalar = None if effect is None else effect.scalar
        if (
            scalar is None
            or isinstance(scalar, bool)
            or (len(measure.values), often[measure.label]) != (1, 1)
        ):
            yield measure
        else:  # what it is bound to, which may be rounded
            yield dataclasses.replace(measure, values=(float(scalar),), keys=())
    for effect in bound.values():
        by_hand = _read_scalar(effect, statement)
        if by_hand is not None:
            yield by_hand


def _read_scalar(effect: Effect, statement: Statement) -> Measure | None:
    """Return a number that was computed by hand and bound to a name, if it can be about a model."""
    if type(effect.scalar) not in (int, float) or effect.change not in {"bound", "changed"}:
        return None
    name, number = effect.resource.key, effect.scalar
    made = _read_binding(statement.code, name)
    named = bool(_NAMES.search(name) or _NAMES.search(made.attribute))
    if not (named or made.computes) or (type(number) is int and not (named and made.computes)):
        return None
    models = statement.learned.models if statement.learned else ()
    last = max((m.order for m in models), default=0)
    if last and not made.rests:
        return None
    order = max((m.order for m in models if m.place in made.names), default=last)
    if last and not order:  # of a model that was fitted when too many had been
        return None
    return Measure(name, None, (float(number or 0),), (), made.names, order)


@dataclass(frozen=True, slots=True)
class _Binding:
    """What a name is bound to: the names behind it, whether it is computed, and an attribute's name.

    `rests` says whether it comes from something that the same statement fits.
    """

    names: tuple[str, ...] = ()
    computes: bool = True
    attribute: str = ""
    rests: bool = True


def _read_binding(code: str, name: str) -> _Binding:
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return _Binding(computes=False)
    flows, fitted = trace_flows(tree), list_fitted(tree)
    for node in walk_outside(tree):
        match node:
            case ast.Assign(targets=targets, value=value) if any(
                isinstance(t, ast.Name) and t.id == name for t in targets
            ):
                names = follow_names(list_names(value), flows)
                computes = any(isinstance(n, ast.Call | ast.BinOp | ast.Compare) for n in ast.walk(value))
                attribute = value.attr if isinstance(value, ast.Attribute) else ""
                fits = _FITS.search(ast.unparse(value)) is not None
                return _Binding(names, computes, attribute, fits or bool(fitted & {*names}))
            case ast.For(target=target) | ast.AsyncFor(target=target) if name in list_names(target):
                return _Binding(computes=False, rests=False)
    names = follow_names(sorted(flows.get(name, ())), flows)
    return _Binding(names, rests=bool(fitted & {*names}))


def _find_owners(
    measure: Measure,
    position: int,
    statements: Sequence[Statement],
    ancestry: Ancestry,
    fits: Sequence[Fit],
) -> list[Fit]:
    here = [f for f in fits if f.position == position and not f.model.order]
    if here and (not measure.names or not here[0].model.place):
        # a loop that trains and gathers its losses, or a function that gives numbers alone
        return here if len(here) == 1 or here[0].model.place else _choose_turn(measure, here)
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


def _choose_turn(measure: Measure, calls: Sequence[Fit]) -> list[Fit]:
    """Return the call in whose turn a number came out: the last one of what is left when the loop ends.

    A list or a dict that gathers what all turns came out with is nobody's.
    """
    if not measure.names:
        return []
    turn = dict(measure.turns)
    same = [call for call in calls if all(turn.get(name, value) == value for name, value in call.turn)]
    return same[-1:]


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
