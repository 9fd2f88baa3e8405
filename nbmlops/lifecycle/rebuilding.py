"""Rebuilding: every value that a history left is made again at once, and what cannot be says why."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbmlops.capture.secrecy import live_secrets
from nbmlops.core.history import Execution, History, Statement
from nbmlops.core.pipeline import ExportSettings
from nbmlops.core.progress import Progress, silent
from nbmlops.core.proof import Divergence, Proof
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.core.slice import Slice
from nbmlops.core.standing import NameStanding, Standing
from nbmlops.core.value import SavedValue
from nbmlops.errors import ExportError
from nbmlops.lifecycle.building import build_export
from nbmlops.lifecycle.exporting import find_original, prove_built, write_files
from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.proof.prove import prove_export
from nbmlops.slicing.cutting import cut_slice
from nbmlops.store.opening import Store

__all__ = ["survey_names"]

_CODE = re.compile(r"(^|\.)(module|function|type|builtin_function_or_method|ABCMeta|.*ufunc)$")

_SHELLS_OWN = "_exit_code"  # IPython binds it after every shell line


@dataclass(slots=True)
class _Survey:
    """The names that are still to be judged, and those that have been."""

    store: Store
    history: History
    saved: Mapping[str, SavedValue]
    allow: Collection[str]
    progress: Progress
    slices: dict[str, Slice] = field(default_factory=dict)
    judged: dict[str, NameStanding] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def judge(self, name: str, verdict: NameStanding) -> None:
        """Settle a name."""
        self.judged[name] = verdict
        self.slices.pop(name, None)


def survey_names(
    store: Store, history: History, allow: Collection[str] = (), progress: Progress = silent
) -> Standing:
    """Make every value that a history left again in a fresh process, and say which came out the same.

    All names are made by one pipeline, whose value is a mapping of them; a statement that fails
    settles the names that need it, and the others are tried again without it. A name that came
    out otherwise is proven alone, which finds the statement at which it parts.
    """
    saved = {value.name: value for value in store.histories.saved_values(history.id)}
    survey = _Survey(store, history, saved, allow, progress)
    for name, kind in _list_names(history).items():
        _cut_name(survey, name, kind)
    while survey.slices:
        proof = _prove_together(survey)
        if proof is None or not (
            _settle_failure(survey, proof) if proof.verdict == "failed" else _settle_values(survey, proof)
        ):
            _prove_singly(survey, list(survey.slices))
    order = list(_list_names(history))
    names = tuple(survey.judged[name] for name in sorted(survey.judged, key=order.index))
    return Standing(history.id, history.notebook, len(history.executions), names, tuple(survey.notes))


def _list_names(history: History) -> dict[str, str]:
    """Return the names that the history left, in the order of their making, with the type of each."""
    found: dict[str, str] = {}
    for statement in history.statements():
        for effect in statement.effects:
            if effect.resource.kind != "name":
                continue
            if effect.change == "bound":
                found.pop(effect.resource.key, None)
            if effect.change == "deleted":
                found.pop(effect.resource.key, None)
            else:
                found[effect.resource.key] = effect.type or found.get(effect.resource.key, "")
    found.pop(_SHELLS_OWN, None)
    return {name: kind for name, kind in found.items() if not _CODE.search(kind)}


def _cut_name(survey: _Survey, name: str, kind: str) -> None:
    """Cut the slice of a name, or settle why there is none to run."""
    slice_ = cut_slice(survey.history, name)
    base = NameStanding(name, kind, None, len(slice_.kept))
    survey.slices[name] = slice_
    try:
        cut_pipeline(slice_, survey.history)
    except ExportError as problem:
        since = _find_gap(survey.history, slice_)
        survey.judge(name, replace(base, verdict="failed", since=since, cause=str(problem)))
        return
    saved = survey.saved.get(name)
    if saved is None or saved.digest is None:
        why = (saved.note if saved else None) or "what it held was not kept"
        survey.judge(name, replace(base, cause=f"there is nothing to compare with: {why}"))


def _find_gap(history: History, slice_: Slice) -> int | None:
    """Return the first execution that a slice needs and that nobody watched; else its last one."""
    unseen = {e.number for e in history.executions if e.status == "not observed"}
    needed = [s.execution for s in slice_.kept]
    return min((n for n in needed if n in unseen), default=max(needed, default=None))


def _prove_together(survey: _Survey) -> Proof | None:
    """Run one pipeline that makes all names that are left; None where none can be written."""
    names = tuple(survey.slices)
    survey.progress(f"making {len(names)} value{'' if len(names) == 1 else 's'} again in a fresh process")
    target = _find_free(survey.history)
    history = _gather_names(survey, names, target)
    slice_ = cut_slice(history, target)
    with tempfile.TemporaryDirectory(prefix="nbmlops-survey-") as folder:
        directory = Path(folder) / "pipeline"
        try:
            built = build_export(survey.store, history, target, directory, ExportSettings(), None, slice_)
        except ExportError:
            return None
        survey.notes |= dict.fromkeys(built.notes)
        write_files(directory, built.files)
        return prove_export(
            directory,
            target=target,
            expected=None,
            lines=built.written.lines,
            statements={s.place: s for s in slice_.kept},
            allow=survey.allow,
            parts=names,
            variables=live_secrets(),
            progress=survey.progress,
        )


def _find_free(history: History) -> str:
    taken = {e.resource.key for s in history.statements() for e in s.effects}
    name = "everything"
    while name in taken:
        name += "_"
    return name


def _gather_names(survey: _Survey, names: Iterable[str], target: str) -> History:
    """Return the history as if its last statement had put some names into one mapping."""
    number = max((e.number for e in survey.history.executions), default=0) + 1
    code = f"{target} = {{{', '.join(f'{name!r}: {name}' for name in names)}}}"
    late = sorted({n for name in names for n in survey.slices[name].late})
    effect = Effect(
        Resource("name", target), "bound", "it is bound", definite=True, type="dict", late=tuple(late)
    )
    reads = tuple(Read(Resource("name", name), "the statement mentions it") for name in names)
    last = Statement(number, 0, 1, code, code, reads=reads, effects=(effect,))
    execution = Execution(number, target, code, "ok", survey.history.started, 0.0, statements=(last,))
    return replace(survey.history, executions=(*survey.history.executions, execution))


def _settle_failure(survey: _Survey, proof: Proof) -> bool:
    """Settle the names that need the statement at which the pipeline failed; say whether there are any."""
    guilty = _list_needing(survey, proof.diverged_at) if proof.diverged_at else []
    for name in guilty:
        _settle(survey, name, proof, proof.cause)
    return bool(guilty)


def _settle_values(survey: _Survey, proof: Proof) -> bool:
    """Settle the names that came out as they were; the others are proven alone, one at a time."""
    same = [n for n in survey.slices if proof.parts.get(n) == survey.saved[n].digest]
    for name in same:
        survey.judge(name, replace(_describe(survey, name), verdict="identical"))
    _prove_singly(survey, list(survey.slices), differ=True)
    return True


def _prove_singly(survey: _Survey, names: Iterable[str], *, differ: bool = False) -> None:
    """Prove names alone; `differ` says that they are known to have come out otherwise."""
    for name in names:
        if name not in survey.slices:
            continue
        proof = _prove_name(survey, name)
        _settle(survey, name, proof, proof.cause)
        if differ and proof.diverged_at is not None:
            said = f"It needs the statement at which '{name}' parts. {proof.cause or ''}".rstrip()
            for other in _list_needing(survey, proof.diverged_at):
                _settle(survey, other, proof, said)


def _list_needing(survey: _Survey, found: Divergence) -> list[str]:
    place = (found.execution, found.statement)
    return [n for n, s in survey.slices.items() if any(k.place == place for k in s.kept)]


def _settle(survey: _Survey, name: str, proof: Proof, cause: str | None) -> None:
    found = proof.diverged_at
    since = found.execution if found else None
    base = _describe(survey, name)
    survey.judge(name, replace(base, verdict=proof.verdict, since=since, cause=cause, diverged_at=found))


def _prove_name(survey: _Survey, name: str) -> Proof:
    with tempfile.TemporaryDirectory(prefix="nbmlops-survey-") as folder:
        directory = Path(folder) / "pipeline"
        saved = survey.saved.get(name)
        built = build_export(survey.store, survey.history, name, directory, ExportSettings(), saved)
        write_files(directory, built.files)
        original = find_original(survey.store, survey.history.id, built.recipe)
        return prove_built(built, directory, original, survey.allow, survey.progress)


def _describe(survey: _Survey, name: str) -> NameStanding:
    saved = survey.saved.get(name)
    return NameStanding(name, saved.type if saved else "", None, len(survey.slices[name].kept))
