"""Proposing: which values the next child is run with: a grid or draws of our own, or Optuna's samplers."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from nbmlops.core.sweep import Choice, Dimension, SweepChild, SweepRequest
from nbmlops.errors import SweepError

__all__ = ["Proposer", "count_trials", "make_proposer"]

_SAMPLERS = {
    "tpe": "TPESampler",
    "cmaes": "CmaEsSampler",
    "gp": "GPSampler",
    "qmc": "QMCSampler",
    "nsgaii": "NSGAIISampler",
}
_PRUNERS = {"median": "MedianPruner", "halving": "SuccessiveHalvingPruner", "hyperband": "HyperbandPruner"}
_NEEDED = {"cmaes": "cmaes", "gp": "torch", "qmc": "scipy"}
_Values = dict[str, Any]


class Proposer(Protocol):
    """Whoever says what is tried next, and hears what came of it."""

    def propose(self, number: int) -> _Values:
        """Return the values of a child."""
        ...

    def learn(self, child: SweepChild, values: _Values | None) -> None:
        """Hear of a child that ended; `values` are None where it was proposed just now."""
        ...

    def hear(self, number: int, step: int, value: float) -> bool:
        """Hear of a number on a child's way; say whether it shall stop."""
        ...


def count_trials(request: SweepRequest) -> int:
    """Return how many children a sweep has."""
    whole = math.prod(len(d.values) for d in request.space if isinstance(d, Choice))
    if request.sampler == "grid":
        return min(whole, request.trials or whole)
    return request.trials or 0


def make_proposer(request: SweepRequest) -> Proposer:
    """Return what proposes the children of a sweep.

    Raises
    ------
    SweepError
        If it is Optuna's, and Optuna is not installed or refuses.
    """
    own = None if request.sampler not in ("grid", "random") else _Own(request)
    if own is not None and request.pruner is None:
        return own
    return _Optuna(request, own)


class _Own:
    """A grid in the order of the names, or values drawn anew for each number: the same for the same seed."""

    def __init__(self, request: SweepRequest) -> None:
        self._request = request

    def propose(self, number: int) -> _Values:
        """Return the values of a child."""
        space = self._request.space
        if self._request.sampler == "grid":
            lists = [d.values for d in space if isinstance(d, Choice)]
            row = next(itertools.islice(itertools.product(*lists), number - 1, None))
            return dict(zip((d.name for d in space), row, strict=True))
        draw = random.Random(f"{self._request.seed} {number}")
        return {d.name: _draw_value(d, draw) for d in space}

    def learn(self, child: SweepChild, values: _Values | None) -> None:
        """Nothing is learned."""

    def hear(self, number: int, step: int, value: float) -> bool:
        """Nothing is stopped."""
        return False


def _draw_value(dimension: Dimension, draw: random.Random) -> Any:
    if isinstance(dimension, Choice):
        return draw.choice(dimension.values)
    if dimension.whole:
        return draw.randint(int(dimension.low), int(dimension.high))
    if dimension.log:
        drawn = math.exp(draw.uniform(math.log(dimension.low), math.log(dimension.high)))
        return min(max(drawn, dimension.low), dimension.high)
    return draw.uniform(dimension.low, dimension.high)


class _Optuna:
    """A study of Optuna's, which is asked and told."""

    def __init__(self, request: SweepRequest, own: _Own | None) -> None:
        self._optuna = _import_optuna()
        self._request, self._own = request, own
        self._optuna.logging.set_verbosity(self._optuna.logging.ERROR)
        self._trials: dict[int, Any] = {}
        needed = _NEEDED.get(request.sampler)
        if needed is not None and importlib.util.find_spec(needed) is None:
            raise SweepError(
                f"The sampler '{request.sampler}' needs '{needed}', which is not installed.",
                f"Install it: `pip install {needed}`; or choose `--sampler tpe`.",
            )
        direction = "minimize" if request.minimize else "maximize"
        samplers = self._optuna.samplers
        sampler = None if own else getattr(samplers, _SAMPLERS[request.sampler])(seed=request.seed)
        pruner = self._make_pruner()
        self._study = self._optuna.create_study(sampler=sampler, pruner=pruner, direction=direction)

    def _make_pruner(self) -> Any:
        if self._request.pruner is None:
            return self._optuna.pruners.NopPruner()
        return getattr(self._optuna.pruners, _PRUNERS[self._request.pruner])()

    def _list_distributions(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        kinds = self._optuna.distributions
        for dimension in self._request.space:
            if isinstance(dimension, Choice):
                found[dimension.name] = kinds.CategoricalDistribution(range(len(dimension.values)))
            elif dimension.whole:
                found[dimension.name] = kinds.IntDistribution(int(dimension.low), int(dimension.high))
            else:
                found[dimension.name] = kinds.FloatDistribution(
                    dimension.low, dimension.high, log=dimension.log
                )
        return found

    def propose(self, number: int) -> _Values:
        """Return the values of a child."""
        if self._own is not None:
            self._study.enqueue_trial(self._encode(self._own.propose(number)))
        trial = self._trials[number] = self._study.ask(self._list_distributions())
        return {
            d.name: d.values[trial.params[d.name]] if isinstance(d, Choice) else trial.params[d.name]
            for d in self._request.space
        }

    def _encode(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            d.name: _find_equal(d.values, values[d.name]) if isinstance(d, Choice) else values[d.name]
            for d in self._request.space
        }

    def learn(self, child: SweepChild, values: _Values | None) -> None:
        """Tell the study of a child, also of one that it has not proposed itself."""
        states = self._optuna.trial.TrialState
        metric = child.metric if child.metric is not None and math.isfinite(child.metric) else None
        state = (
            states.PRUNED
            if child.status == "interrupted"
            else states.FAIL
            if metric is None
            else states.COMPLETE
        )
        told = metric if state == states.COMPLETE else None
        if values is None:
            self._study.tell(self._trials.pop(child.number), told, state=state)
        elif state == states.COMPLETE:
            kinds = self._list_distributions()
            made = self._optuna.trial.create_trial(
                params=self._encode(values), distributions=kinds, value=told
            )
            self._study.add_trial(made)

    def hear(self, number: int, step: int, value: float) -> bool:
        """Tell the study of a number on the way, and ask its pruner."""
        trial = self._trials[number]
        trial.report(value, step)
        return bool(self._request.pruner and trial.should_prune())


def _find_equal(values: Sequence[Any], value: Any) -> int:
    return next(i for i, one in enumerate(values) if repr(one) == repr(value))


def _import_optuna() -> Any:
    try:
        return importlib.import_module("optuna")
    except ImportError as problem:
        raise SweepError(
            f"This sampler or pruner is Optuna's, which is not installed here: {problem}.",
            "Install it: `pip install 'nbmlops[sweep]'`; or take `--sampler random`.",
        ) from problem
