"""A pipeline that makes two different models, or does what it may not, is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.core.digest import digest_bytes
from nbmlops.errors import MonitorError
from nbmlops.lifecycle.training import train_candidate
from nbmlops.lifecycle.unpacking import Unpacked, unpack_version
from nbmlops.registry.versions import find_version
from nbmlops.store.opening import Store
from nbmlops.values.codec import load_value
from tests.lifecycle.census_model import ROWS, write_rows

FIT = "model.fit(X_train, y_train)"


@pytest.fixture
def unpacked(champion_store: Store) -> Iterator[Unpacked]:
    with unpack_version(champion_store, find_version(champion_store, "income")) as found:
        yield found


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "new.csv", ROWS, ROWS + 400)


def spoil(unpacked: Unpacked, statement: str) -> None:
    """Let the pipeline do something more before it fits."""
    place = unpacked.directory / "pipeline.py"
    text = place.read_text("utf-8")
    assert text.count(FIT) == 1
    place.write_text(text.replace(FIT, f"{statement}; {FIT}"), "utf-8")


def test_the_same_data_makes_the_same_model(
    unpacked: Unpacked, champion_store: Store, champion_folder: Path
) -> None:
    """On the champion's own data its pipeline makes the champion again, bit for bit."""
    data = champion_folder / "adult.csv"
    made = train_candidate(unpacked, {"adult": data}, {"adult": data})
    assert made.digest == unpacked.version.digest
    assert made.proof.verdict == "identical"
    assert type(load_value(*made.estimator)).__name__ == "LogisticRegression"
    assert made.files["inputs/adult.csv"] == data.read_bytes()
    assert made.recipe.pipeline.inputs[0].digest == digest_bytes(data.read_bytes())


def test_two_different_models_stop_it(unpacked: Unpacked, new: Path) -> None:
    spoil(unpacked, "import os; model.set_params(C=1 + os.getpid() / 1e5)")
    with pytest.raises(MonitorError, match="made two different 'model'"):
        train_candidate(unpacked, {"adult": new}, {"adult": new})


def test_a_side_effect_stops_it(unpacked: Unpacked, new: Path, tmp_path: Path) -> None:
    spoil(unpacked, f"open({str(tmp_path / 'canary')!r}, 'w').close()")
    with pytest.raises(MonitorError, match="fails on the new data"):
        train_candidate(unpacked, {"adult": new}, {"adult": new})
    assert not (tmp_path / "canary").exists()


def test_a_model_without_content_stops_it(unpacked: Unpacked, new: Path) -> None:
    spoil(unpacked, "model.handle = open(__file__)")
    with pytest.raises(MonitorError, match="fails on the new data"):
        train_candidate(unpacked, {"adult": new}, {"adult": new})
