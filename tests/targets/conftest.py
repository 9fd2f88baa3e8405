"""An export of a forest for every engine, made once."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from nbmlops.api.exporting import export_name
from nbmlops.plugins.manager import targets_for
from tests.targets.engines import make_environment
from tests.targets.forest import run_forest


@pytest.fixture(scope="session")
def forest_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the notebook and its model's export `out` for every engine; not to be changed."""
    folder = tmp_path_factory.mktemp("forest")
    store = run_forest(folder)
    exported = export_name("model", folder / "out", store=store, targets=list(targets_for("export")))
    assert exported.verdict == "identical", exported.proof
    return folder


@pytest.fixture
def forest(forest_project: Path, tmp_path: Path) -> Path:
    """A copy of that folder, to be worked in."""
    shutil.copytree(forest_project, tmp_path / "forest")
    return tmp_path / "forest"


@pytest.fixture
def needs(forest_project: Path) -> list[str]:
    """What the export's pyproject.toml asks for."""
    project = tomllib.loads((forest_project / "out" / "pyproject.toml").read_text())
    return list(project["project"]["dependencies"])


@pytest.fixture
def pipeline_bin(needs: list[str]) -> Path:
    """The programs of a fresh environment that holds what the export asks for, and nothing else."""
    return make_environment("pipeline", *needs)
