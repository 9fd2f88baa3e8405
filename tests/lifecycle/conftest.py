"""The champion of a small notebook; what is slow about it is done once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.store.opening import Store, open_store
from tests.lifecycle.census_model import make_champion, run_census


@pytest.fixture(scope="session")
def champion_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the notebook, its data and a store whose champion is `income` version 1."""
    folder = tmp_path_factory.mktemp("census")
    make_champion(run_census(folder))
    return folder


@pytest.fixture
def champion_store(champion_folder: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of that store of the test's own; the data stays where the notebook read it."""
    shutil.copytree(champion_folder / ".nbmlops", tmp_path / ".nbmlops")
    with open_store(tmp_path / ".nbmlops" / "store.db") as store:
        yield store
