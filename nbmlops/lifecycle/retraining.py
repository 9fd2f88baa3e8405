"""Retraining: a candidate from new data, promoted only if it proves better on rows that neither has seen."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from nbmlops.core.clock import now
from nbmlops.core.digest import digest_bytes
from nbmlops.core.drift import Comparison, Retrained
from nbmlops.core.encoding import dump
from nbmlops.core.model import ModelVersion
from nbmlops.core.pipeline import InputFile, Reader
from nbmlops.core.progress import Progress, silent
from nbmlops.errors import DataError, MonitorError, RegistryError, UsageError
from nbmlops.lifecycle.reading import choose_reader
from nbmlops.lifecycle.rowcutting import cut_unpacked, cut_version, keep_cut
from nbmlops.lifecycle.training import Trained, train_candidate
from nbmlops.lifecycle.unpacking import (
    Unpacked,
    load_estimator,
    load_recipe,
    place_inputs,
    unpack_version,
)
from nbmlops.monitor.comparing import RESAMPLES, compare_scores
from nbmlops.monitor.holding import LEAST_HELD, HeldBack, hold_back
from nbmlops.monitor.scoring import Scores, check_metric
from nbmlops.package.rowcut import RowCut, Scored
from nbmlops.package.score import score_rows
from nbmlops.registry.decisions import decide_version, promote_version
from nbmlops.registry.names import CHAMPION
from nbmlops.registry.versions import find_version, register_version
from nbmlops.store.opening import Store

__all__ = ["AUTOMATIC", "retrain_champion", "take_scores"]

AUTOMATIC = "auto-approve"
"""Who approves in the audit trail when a person said beforehand that the figures shall decide."""


@dataclass(frozen=True, slots=True)
class _Contest:
    """A candidate that was trained, beside the champion on the rows that were held back."""

    trained: Trained
    held: HeldBack
    comparison: Comparison
    cut: RowCut


def retrain_champion(
    store: Store,
    model: str,
    inputs: Mapping[str, Path],
    metric: str | None = None,
    margin: float = 0.0,
    auto_approve: bool = False,
    progress: Progress = silent,
) -> Retrained:
    """Train the champion's pipeline on a new file, compare on held-back rows, register and decide.

    Parameters
    ----------
    inputs
        The new file, by the name of the input that it replaces.
    metric
        A scoring function by its name in scikit-learn; by default the one that the notebook used.
    margin
        What the lower end of the 95% interval of the difference has to exceed.
    auto_approve
        Approve and promote where it does.

    Raises
    ------
    MonitorError
        If too few rows are new, the pipeline fails on them or makes two models of them, or the
        metric is not known.
    """
    if not math.isfinite(margin):
        raise UsageError(f"'{margin}' is no margin.", "Give a number: `--margin 0.01`.")
    champion = find_version(store, f"{model}@{CHAMPION}")
    metric = check_metric(metric or champion.metric)
    with (
        tempfile.TemporaryDirectory(prefix="nbmlops-retrain-") as folder,
        unpack_version(store, champion) as unpacked,
    ):
        name, new = _choose_input(unpacked, inputs)
        before = [
            _locate_input(unpacked.inputs, name),
            *_list_ancestors(store, champion, name, Path(folder), progress),
        ]
        progress(f"holding back a fifth of the new rows of '{new.name}'")
        held = hold_back(before, new, _require_reader(unpacked, name), Path(folder))
        contest = _hold_contest(store, unpacked, name, new, held, metric, progress)
        version = _register(store, champion, contest)
    return _decide(store, version, contest, margin, auto_approve)


def _choose_input(champion: Unpacked, inputs: Mapping[str, Path]) -> tuple[str, Path]:
    known = [entry.parameter for entry in champion.inputs if entry.parameter]
    if not known:
        raise MonitorError(
            f"'{champion.version.name}' reads no file that could be another, so it cannot be retrained.",
            "Read its data from a file in the notebook, and register the model again.",
        )
    shown = f"nbmlops retrain {champion.version.name} --input {known[0]}=NEW_FILE"
    if len(inputs) != 1:
        raise UsageError(
            f"A retraining takes one new file, and {len(inputs)} were given.", f"Type `{shown}`."
        )
    name, path = next(iter(inputs.items()))
    if name not in known:
        there = ", ".join(f"'{one}'" for one in known)
        raise UsageError(
            f"The pipeline of '{champion.version.name}' has no input '{name}'; it has: {there}.",
            f"Type `{shown}`.",
        )
    if not path.is_file():
        raise DataError(f"There is no file '{path}'.", "Check its name and give the path again.")
    return name, path.absolute()


def _require_reader(champion: Unpacked, name: str) -> Reader:
    """Return how the champion's pipeline reads an input; its rows cannot be told apart in any other way."""
    reader = choose_reader(champion.recipe, name)
    if reader is None:
        raise MonitorError(
            f"Rows of '{name}' cannot be held back: how the notebook of '{champion.version.name}' reads that "
            "file cannot be told from its text.",
            "Read it by one `pd.read_csv(...)` whose options are literals, and register the model again.",
        )
    return reader


def _locate_input(inputs: Iterable[InputFile], name: str) -> Path:
    return Path(next(entry.path for entry in inputs if entry.parameter == name))


def _list_ancestors(
    store: Store, champion: ModelVersion, name: str, folder: Path, progress: Progress
) -> Iterator[Path]:
    """Yield the files that the versions before the champion were trained on, as far as they are kept."""
    version = champion
    while version.parent is not None:
        version = find_version(store, f"{version.name}@{version.parent}")
        place = folder / "ancestors" / str(version.version)
        try:
            placed = place_inputs(store, version, load_recipe(store, version), place)
        except RegistryError as gone:
            progress(f"rows of version {version.version} are not told from new ones: {gone.what}")
            continue
        yield _locate_input(placed, name)


def _hold_contest(
    store: Store,
    champion: Unpacked,
    name: str,
    new: Path,
    held: HeldBack,
    metric: str | None,
    progress: Progress,
) -> _Contest:
    """Train on what is left of the new rows, and score both models on those held back."""
    progress(f"{held.held} rows held back, {held.known} known already, {held.train} left to train on")
    version = champion.version
    first = cut_version(store, version, progress), load_estimator(store, version)
    trained = train_candidate(champion, {name: held.train_file}, {name: new}, progress)
    progress("cutting the row function of the candidate")
    changed = replace(champion, parameters={**champion.parameters, name: str(held.train_file)})
    cut = cut_unpacked(changed, trained.recipe, trained.estimator, progress)
    progress(f"scoring both models on the {held.held} rows held back")
    scored = score_rows([first, (cut, trained.estimator)], held.held_file, progress)
    if len(scored.kept) < LEAST_HELD:
        raise MonitorError(
            f"The cleaning keeps {len(scored.kept)} of the {held.held} rows held back; "
            f"{LEAST_HELD} are needed to compare two models.",
            "Retrain when there are more new rows.",
        )
    progress(f"comparing on {len(scored.kept)} rows, {RESAMPLES} resamples")
    comparison = compare_scores(metric, *take_scores(scored))
    return _Contest(trained, held, comparison, cut)


def take_scores(scored: Scored) -> tuple[Scores, Scores]:
    """Return the answers of the champion and of the candidate."""
    labels = _make_array(scored.labels)
    taken = []
    for predicted, shares in zip(scored.predictions, scored.probabilities, strict=True):
        matrix = np.array(shares, dtype=np.float64) if shares else np.empty((0, 0))
        if matrix.size and matrix.shape[1] != len(scored.classes):
            raise MonitorError(
                f"The candidate knows {matrix.shape[1]} classes and the champion {len(scored.classes)}: "
                "the new data has others.",
                "Retrain on data that has every class.",
            )
        taken.append(Scores(labels, _make_array(predicted), matrix, scored.classes))
    return taken[0], taken[1]


def _make_array(values: tuple[Any, ...]) -> Any:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _register(store: Store, champion: ModelVersion, contest: _Contest) -> ModelVersion:
    """Keep the candidate with its pipeline, its data and the rows that were held back."""
    trained, held, found = contest.trained, contest.held, contest.comparison
    recipe = dump(trained.recipe).encode()
    version = ModelVersion(
        name=champion.name,
        version=0,
        created=now(),
        history=champion.history,
        target=champion.target,
        type=trained.type,
        run=None,
        artifact=digest_bytes(trained.estimator[1]),
        digest=trained.digest,
        proof=trained.proof,
        pipeline={path: digest_bytes(content) for path, content in trained.files.items()},
        reference=contest.cut.reference,
        signature=contest.cut.signature,
        metrics=((f"{found.metric} on held-back rows", found.candidate),),
        metric=found.metric,
        recipe=digest_bytes(recipe),
        parent=champion.version,
    )
    kept_back = held.held_file.read_bytes()
    contents = [recipe, trained.estimator[1], kept_back, *trained.files.values()]
    note = (
        f"retrained from version {champion.version}: {held.rows} rows, {held.known} known already, "
        f"{held.held} held back with seed {held.seed} (content {digest_bytes(kept_back)[:16]}), "
        f"{held.repeated} like them left out; "
        f"{found.metric} {found.difference:+.6g} ({found.lower:+.6g} to {found.upper:+.6g})"
    )
    registered = register_version(store, version, contents, note=note)
    keep_cut(store, contest.cut, registered.recipe or "", registered.artifact)
    return registered


def _decide(
    store: Store, candidate: ModelVersion, contest: _Contest, margin: float, auto_approve: bool
) -> Retrained:
    """Promote a candidate that has proved better, if its approval was given beforehand."""
    held, found = contest.held, contest.comparison
    decision: Literal["promoted", "awaits approval", "not better"] = "not better"
    if found.lower > margin:
        decision = "awaits approval"
        if auto_approve:
            note = f"{found.metric}: {found.lower:+.6g} to {found.upper:+.6g} lies above {margin:g}"
            decide_version(store, candidate.name, candidate.version, "approved", by=AUTOMATIC, note=note)
            promote_version(store, candidate.name, candidate.version, CHAMPION, by=AUTOMATIC)
            decision = "promoted"
    return Retrained(
        model=candidate.name,
        champion=candidate.parent or 0,
        candidate=candidate.version,
        comparison=found,
        rows=held.rows,
        excluded=held.known,
        held_back=held.held,
        margin=margin,
        decision=decision,
    )
