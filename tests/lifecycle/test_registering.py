"""A registered version holds what it was made from, how it was proven, and nobody's rows."""

from __future__ import annotations

import pytest

from nbmlops.core.encoding import load
from nbmlops.core.pipeline import Recipe
from nbmlops.errors import NbmlopsError, UnknownNameError, UsageError
from nbmlops.lifecycle.registering import register_object
from nbmlops.registry.versions import get_version, list_versions
from nbmlops.values.codec import load_value
from nbmlops.values.structure import structural_digest


@pytest.fixture
def history(champion_store):
    return champion_store.histories.load(champion_store.histories.resolve("last"))


def test_version_holds_its_lineage(champion_store, history):
    version = get_version(champion_store, "income", 1)
    assert version.proof.verdict == "identical"
    assert (version.history, version.target) == (history.id, "model")
    assert version.type.endswith("LogisticRegression")
    assert dict(version.metrics).keys() == {"accuracy"}
    assert version.metric == "accuracy_score"
    assert {f.name for f in version.signature.inputs} >= {"age", "sex", "native_country"}
    assert version.reference.rows == 2_000


def test_artifact_is_the_notebooks_object(champion_store):
    version = get_version(champion_store, "income", 1)
    saved = champion_store.histories.saved_value(version.history, version.target)
    value = load_value(saved.codec, champion_store.contents.get(version.artifact))
    assert structural_digest(value) == version.digest == version.proof.expected


def test_pipeline_and_recipe_can_be_read_back(champion_store):
    version = get_version(champion_store, "income", 1)
    files = {name: champion_store.contents.get(digest) for name, digest in version.pipeline.items()}
    assert b"def run(" in files["pipeline.py"]
    assert b'"identical"' in files["proof.json"]
    recipe = load(Recipe, champion_store.contents.get(version.recipe))
    assert recipe.pipeline.target == "model"
    assert [p.code for p in recipe.pieces][-1] == "model.fit(X_train, y_train)"


def test_the_same_again_is_the_next_version(champion_store, history):
    again = register_object(champion_store, history, "model", "income")
    assert again.version == 2
    assert again.approved is None
    assert again.digest == get_version(champion_store, "income", 1).digest
    assert len(list_versions(champion_store)) == 2


def test_what_is_no_model_is_refused(champion_store, history):
    with pytest.raises(NbmlopsError, match="'accuracy'"):
        register_object(champion_store, history, "accuracy", "income")
    with pytest.raises(UnknownNameError, match="'model'"):
        register_object(champion_store, history, "modle", "income")
    with pytest.raises(UsageError, match="no/such name"):
        register_object(champion_store, history, "model", "no/such name")
    assert len(list_versions(champion_store)) == 1
