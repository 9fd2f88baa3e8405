"""Describing: what a sweep is made of, by which it is known again and gone on with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from nbmlops.capture.restoring import read_state
from nbmlops.capture.streams import encode_state
from nbmlops.core.digest import digest_text
from nbmlops.core.history import Execution, History
from nbmlops.core.sweep import SweepReport, SweepRequest
from nbmlops.errors import StoreError, SweepError, UnknownNameError
from nbmlops.lifecycle.sweeping.planning import Plan
from nbmlops.lifecycle.sweeping.proposing import count_trials
from nbmlops.lifecycle.sweeping.starting import Start
from nbmlops.store.opening import Store

__all__ = ["describe_sweep", "keep_states", "load_states", "resume_sweep"]

_RANDOM = "the random streams"
_BEGIN = "Leave `--resume` out to begin anew."


def describe_sweep(
    history: History, cell: Execution, request: SweepRequest, start: Start, plan: Plan, text: str
) -> SweepReport:
    """Say what a sweep is made of: the same of it all is the same sweep."""
    parts = {
        "the space": " ".join(dimension.spell() for dimension in request.space),
        "the way of choosing": _spell_choosing(request),
        "the seed": str(request.seed),
        "the metric": f"{request.metric} {request.minimize}",
        "the cell": digest_text(text),
        "the statements before it": digest_text("\0".join(s.source for s in plan.again)),
        _RANDOM: digest_text(repr(sorted(start.states.items()))),
        **{f"the value of '{name}'": digest for name, digest in start.prints.items()},
    }
    experiment = cell.experiment.name if cell.experiment else _name_experiment(history)
    return SweepReport(
        id=digest_text("\0".join((experiment, *(f"{k}={v}" for k, v in parts.items()))))[:12],
        history=history.id,
        execution=cell.number,
        experiment=experiment,
        started=cell.started,
        space=parts["the space"],
        metric=request.metric,
        minimize=request.minimize,
        total=count_trials(request),
        parts=parts,
    )


def _spell_choosing(request: SweepRequest) -> str:
    words = [request.sampler, f"of {request.trials}" if request.trials else "", request.pruner or ""]
    return " ".join(word for word in words if word)


def _name_experiment(history: History) -> str:
    return "default" if history.notebook is None else Path(history.notebook).name.removesuffix(".ipynb")


def keep_states(store: Store, report: SweepReport, start: Start) -> SweepReport:
    """Keep the states of the random streams that children start from, for those that are run later."""
    states = {}
    for stream, state in start.states.items():
        if state is not None:
            states[stream] = store.contents.put(encode_state(stream, state), force=True)
    return replace(report, states=states)


def load_states(store: Store, report: SweepReport) -> dict[str, Any]:
    """Return the states of the random streams that the children before these started from.

    Raises SweepError where they are not kept any more.
    """
    try:
        return {k: v for c in report.states.values() for k, v in read_state(store.contents.get(c)).items()}
    except (StoreError, UnknownNameError) as problem:
        raise SweepError(f"The sweep {report.id} cannot be gone on with: {problem.what}", _BEGIN) from problem


def resume_sweep(store: Store, report: SweepReport) -> SweepReport:
    """Return a sweep with the children that an earlier attempt has run, and the random states of that.

    Raises SweepError where there was none that was made of the same.
    """
    alike = store.sweeps.list_alike(report.experiment)
    same = [one for one in alike if not _list_differing(one, report)]
    if same:
        earlier = max(same, key=lambda one: (one.id == report.id, len(one.children)))
        children = earlier.children
        return replace(
            report,
            id=earlier.id,
            parts=earlier.parts,
            states=earlier.states,
            children=children,
            again=len(children),
        )
    if not alike:
        raise SweepError(f"There is no sweep of '{report.experiment}' to go on with.", _BEGIN)
    near = min(alike, key=lambda one: len(_list_differing(one, report)))
    differ = _list_differing(near, report)
    raise SweepError(
        f"The sweep {near.id} cannot be gone on with: {', '.join(differ[:5])} "
        f"{'is' if len(differ) == 1 else 'are'} not what {'it was' if len(differ) == 1 else 'they were'}.",
        f"Put that back as it was. {_BEGIN}",
    )


def _list_differing(earlier: SweepReport, report: SweepReport) -> list[str]:
    keys = dict.fromkeys((*earlier.parts, *report.parts))
    return [k for k in keys if k != _RANDOM and earlier.parts.get(k) != report.parts.get(k)]
