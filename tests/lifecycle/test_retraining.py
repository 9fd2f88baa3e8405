"""A candidate is promoted only if it proves better on rows that neither model has seen."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from nbmlops.core.encoding import load
from nbmlops.core.pipeline import Recipe
from nbmlops.errors import MonitorError, NbmlopsError, UnknownNameError
from nbmlops.lifecycle.packaging import package_version
from nbmlops.lifecycle.retraining import AUTOMATIC, retrain_champion, take_scores
from nbmlops.monitor.comparing import compare_scores
from nbmlops.package.rowcut import Scored
from nbmlops.registry.versions import find_version
from nbmlops.store.opening import Store
from nbmlops.values.profile import read_table
from tests.lifecycle.census_model import ROWS, write_rows


def write_changed(place: Path, start: int, stop: int) -> Path:
    """Write rows of a world in which those who studied earn more."""
    frame = read_table(write_rows(place.with_suffix(".csv"), start, stop))
    frame.loc[frame["education_num"] >= 10, "income"] = ">50K"
    frame.to_csv(place, index=False)
    return place


def read_contents(store: Store, version: Any, path: str) -> bytes:
    return store.contents.get(version.pipeline[path])


def test_better_candidate_is_promoted_with_its_approval(
    champion_store: Store, champion_folder: Path, tmp_path: Path
) -> None:
    new = write_changed(tmp_path / "new.csv.gz", ROWS - 500, ROWS + 1_500)
    said: list[str] = []
    outcome = retrain_champion(
        champion_store, "income", {"adult": new}, auto_approve=True, progress=said.append
    )
    assert (outcome.decision, outcome.champion, outcome.candidate) == ("promoted", 1, 2)
    assert outcome.comparison.metric == "accuracy_score"
    assert outcome.comparison.lower > 0
    assert outcome.rows == 2_000 and outcome.held_back == round(0.2 * (2_000 - outcome.excluded))
    candidate = find_version(champion_store, "income@champion")
    assert (candidate.version, candidate.parent, candidate.proof.verdict) == (2, 1, "identical")
    assert "two fresh processes" in candidate.proof.compared[0]
    trail = champion_store.trail.approvals("income", 2)
    assert [(entry.decision, entry.by == AUTOMATIC) for entry in trail] == [
        ("registered", False),
        ("approved", True),
        ("promoted", True),
    ]
    assert "held back with seed" in trail[0].note
    check_training_rows(champion_store, candidate, champion_folder, new)
    record = package_version(champion_store, "income@champion", tmp_path / "dist", verify=False)
    assert record.version == 2


def check_training_rows(store: Store, candidate: Any, folder: Path, new: Path) -> None:
    """The candidate was trained on the new file without the held-back rows and without their like."""
    assert candidate.recipe is not None
    recipe = load(Recipe, store.contents.get(candidate.recipe))
    (entry,) = recipe.pipeline.inputs
    trained = gzip.decompress(store.contents.get(entry.digest))
    held = set(gzip.decompress(new.read_bytes()).splitlines()) - set(trained.splitlines())
    known = set((folder / "adult.csv").read_bytes().splitlines())
    assert len(held) > 0 and not held & known
    assert entry.path == str(new)
    listed = json.loads(read_contents(store, candidate, "inputs.json"))
    assert listed[0]["digest"] == entry.digest
    assert b"inputs/new.csv.gz" in read_contents(store, candidate, "pipeline.py")
    assert json.loads(read_contents(store, candidate, "tests/golden.json"))["value"] == candidate.digest


def test_better_candidate_awaits_its_approval(champion_store: Store, tmp_path: Path) -> None:
    new = write_changed(tmp_path / "new.csv.gz", ROWS, ROWS + 1_500)
    outcome = retrain_champion(champion_store, "income", {"adult": new}, metric="balanced_accuracy_score")
    assert outcome.decision == "awaits approval"
    assert outcome.comparison.metric == "balanced_accuracy_score"
    assert find_version(champion_store, "income@champion").version == 1
    assert find_version(champion_store, "income@2").approved is None


def test_candidate_that_is_not_better_is_kept_and_not_promoted(champion_store: Store, tmp_path: Path) -> None:
    new = write_rows(tmp_path / "new.csv", ROWS, ROWS + 600)
    outcome = retrain_champion(champion_store, "income", {"adult": new}, margin=0.05, auto_approve=True)
    assert outcome.decision == "not better" and outcome.excluded < 10
    assert find_version(champion_store, "income@champion").version == 1
    assert find_version(champion_store, "income@2").parent == 1


@pytest.mark.parametrize(
    ("inputs", "words"),
    [({}, "takes one new file"), ({"census": "x"}, "has no input 'census'"), ({"adult": "x"}, "no file")],
)
def test_wrong_inputs_are_told(
    champion_store: Store, tmp_path: Path, inputs: dict[str, str], words: str
) -> None:
    given = {name: tmp_path / path for name, path in inputs.items()}
    with pytest.raises(NbmlopsError, match=words) as error:
        retrain_champion(champion_store, "income", given)
    assert error.value.then


def test_known_rows_alone_are_refused(champion_store: Store, champion_folder: Path) -> None:
    with pytest.raises(MonitorError, match="50 are needed"):
        retrain_champion(champion_store, "income", {"adult": champion_folder / "adult.csv"})


def test_rows_on_which_the_pipeline_fails_are_told(champion_store: Store, tmp_path: Path) -> None:
    new = write_rows(tmp_path / "new.csv", ROWS, ROWS + 500)
    text = new.read_text().replace(">50K", "<=50K")
    new.write_text(text)
    with pytest.raises(MonitorError, match=r"fails on the new data.*class"):
        retrain_champion(champion_store, "income", {"adult": new})
    assert [version.version for version in champion_store.models.versions("income")] == [1]


def test_model_without_a_champion_is_refused(champion_store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="There is no model"):
        retrain_champion(champion_store, "churn", {"adult": tmp_path / "x"})


def test_regressions_are_compared_too() -> None:
    """A regression has neither classes nor probabilities."""
    labels = tuple(float(n % 7) for n in range(80))
    near = tuple(label + 0.1 * (n % 3) for n, label in enumerate(labels))
    far = tuple(label + n % 5 for n, label in enumerate(labels))
    scored = Scored(tuple(range(80)), labels, (far, near), ((), ()))
    found = compare_scores(None, *take_scores(scored))
    assert found.metric == "r2_score" and found.lower > 0


def test_other_classes_are_told() -> None:
    shares = (tuple((0.5, 0.5) for _ in range(3)), tuple((0.2, 0.3, 0.5) for _ in range(3)))
    scored = Scored((0, 1, 2), ("a", "b", "a"), (("a",) * 3, ("b",) * 3), shares, ("a", "b"))
    with pytest.raises(MonitorError, match="knows 3 classes and the champion 2"):
        take_scores(scored)
