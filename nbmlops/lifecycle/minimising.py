"""Minimising: statements that were only assumed to matter are dropped, each on the proof of a trial."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbmlops.capture.secrecy import live_secrets
from nbmlops.core.history import History
from nbmlops.core.pipeline import Exported, ExportSettings
from nbmlops.core.progress import Progress, silent
from nbmlops.core.slice import Slice
from nbmlops.errors import ExportError, ProofError
from nbmlops.lifecycle.building import build_export
from nbmlops.lifecycle.exporting import check_place, export_object, find_original, write_files
from nbmlops.package.placing import name_place, stage_place
from nbmlops.proof.prove import prove_export
from nbmlops.slicing.cutting import cut_slice
from nbmlops.store.opening import Store

__all__ = ["Minimised", "Place", "export_minimal", "minimise_slice"]

Place = tuple[int, int]


@dataclass(slots=True)
class Minimised:
    """What trials left of a slice: it is cut without `dropped`; `ran_out` says that time did."""

    slice: Slice
    dropped: set[Place] = field(default_factory=set)
    trials: int = 0
    ran_out: bool = False


def export_minimal(
    store: Store,
    history: History,
    name: str,
    directory: Path,
    settings: ExportSettings,
    seconds: float,
    progress: Progress = silent,
) -> Exported:
    """Export a name without those assumed statements that trials of `seconds` in all prove needless.

    A trial is a proof: the pipeline runs in a fresh process under guard, and its value has to be
    identical. Raises ExportError as `export_object` does.
    """
    directory = name_place(directory)
    check_place(store, directory, settings.overwrite)
    saved = store.histories.saved_value(history.id, name)
    if saved is None or saved.digest is None:
        exported = export_object(store, history, name, directory, settings, progress)
        note = "nothing was dropped by trial: the notebook's own value was not kept to compare with."
        return replace(exported, notes=(*exported.notes, note))

    def try_slice(candidate: Slice, left: float) -> bool:
        built = build_export(store, history, name, directory, settings, saved, candidate)
        late = find_original(store, history.id, built.recipe).late
        with stage_place(directory) as staged:
            write_files(staged, built.files)
            proof = prove_export(
                staged,
                target=name,
                expected=saved.digest,
                lines={},
                statements={},
                late=late,
                variables=live_secrets(),
                timeout=left,
            )
        return proof.verdict == "identical"

    began = time.monotonic()
    found = minimise_slice(lambda w: cut_slice(history, name, without=w), try_slice, seconds, progress)
    spent = time.monotonic() - began
    exported = export_object(store, history, name, directory, settings, progress, found.slice)
    return replace(exported, notes=(*exported.notes, _tell_outcome(found, spent)))


def minimise_slice(
    cut: Callable[[set[Place]], Slice],
    try_slice: Callable[[Slice, float], bool],
    seconds: float,
    progress: Progress = silent,
) -> Minimised:
    """Drop what is assumed: all of it at once, else by halves, until each is dropped or known to be needed.

    Parameters
    ----------
    cut
        Cuts the slice without the statements at the places given.
    try_slice
        Says whether what is left makes the same value, given the seconds that are left.
    seconds
        How long all trials may take together.

    This is delta debugging (Zeller and Hildebrandt 2002), with the slicing in the place of their
    subsets: what only a dropped statement needs goes with it. A statement that was seen to matter is
    no candidate: what it does may show under other parameters only.
    """
    found = Minimised(cut(set()))
    end = time.monotonic() + seconds
    waiting: list[list[Place]] = []
    known: set[Place] = set()
    while waiting or (fresh := [p for p in _list_assumed(found.slice) if p not in known]):
        if not waiting:  # what an assumed statement read for certain may be assumed itself without it
            known |= set(fresh)
            waiting = [fresh]
        assumed = _list_assumed(found.slice)
        group = [place for place in waiting.pop() if place in assumed]
        if not group:
            continue
        left = end - time.monotonic()
        if left <= 0:
            found.ran_out = True
            break
        dropped = _try_group(found, group, cut, try_slice, left, progress)
        half = len(group) // 2
        waiting += [] if dropped or not half else [group[:half], group[half:]]
    return found


def _list_assumed(slice_: Slice) -> list[Place]:
    return [e.statement.place for e in slice_.explained if e.kept and not e.certain]


def _try_group(
    found: Minimised,
    group: list[Place],
    cut: Callable[[set[Place]], Slice],
    try_slice: Callable[[Slice, float], bool],
    left: float,
    progress: Progress,
) -> bool:
    """Drop a group if the value stays the same without it; say whether it did."""
    candidate = cut(found.dropped | set(group))
    kept = {statement.place for statement in candidate.kept}
    if not kept.isdisjoint(group) or _injects_more(candidate, found.slice):
        return False
    found.trials += 1
    count = "1 assumed statement" if len(group) == 1 else f"{len(group)} assumed statements"
    progress(f"trying without {count} (trial {found.trials}, {left:.0f} s left)")
    try:
        same = try_slice(candidate, left)
    except (ExportError, ProofError):  # without these no pipeline can be written: they are needed
        return False
    if same:
        found.slice = candidate
        found.dropped |= set(group)
    return same


def _injects_more(candidate: Slice, whole: Slice) -> bool:
    """Whether a slice reads or puts back what the whole one makes: then it computes less, not the same."""
    inputs = {(r.resource, r.content) for r in whole.inputs}
    return (
        not {(r.resource, r.content) for r in candidate.inputs} <= inputs
        or not set(candidate.restores) <= set(whole.restores)
        or not set(candidate.missing) <= set(whole.missing)
    )


def _tell_outcome(found: Minimised, spent: float) -> str:
    left, gone = len(_list_assumed(found.slice)), len(found.dropped)
    if not left and not gone:
        return "nothing was left to drop by trial: every statement is kept on evidence."
    end = "; the time ran out before all were tried" if found.ran_out else ""
    tried = f"{found.trials} trial{'' if found.trials == 1 else 's'} of {spent:.1f} s in all{end}"
    if not gone:
        return f"no trial proved any of the {left} assumed statements unnecessary ({tried})."
    verb = "was" if gone == 1 else "were"
    return (
        f"{gone} of {gone + left} assumed statements {verb} dropped, proved unnecessary by trial ({tried})."
    )
