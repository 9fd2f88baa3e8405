from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name, prove_export
from nbmlops.errors import ExportError
from nbmlops.lifecycle.locking import make_environment, write_lock
from nbmlops.processes.child import python_command, run_child

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PROJECT = """\
[project]
name = "made-pipeline"
version = "1.0.0"
requires-python = "=={python}.*"
dependencies = {needs}
"""


def write_project(folder: Path, *needs: str) -> Path:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT.format(python=PYTHON, needs=list(needs)))
    return folder


def test_a_lock_has_every_version_with_hashes(tmp_path):
    import packaging

    lock = write_lock(write_project(tmp_path / "export", f"packaging=={packaging.__version__}"))
    written = tomllib.loads(lock.read_text())
    assert written["lock-version"] == "1.0"
    (package,) = written["packages"]
    assert (package["name"], package["version"]) == ("packaging", packaging.__version__)
    assert package["wheels"][0]["hashes"]["sha256"]
    assert str(tmp_path) not in lock.read_text()
    assert sorted(p.name for p in lock.parent.iterdir()) == ["pylock.toml", "pyproject.toml"]


def test_an_environment_has_what_the_lock_says_and_nothing_else(tmp_path):
    import packaging

    export = write_project(tmp_path / "export", f"packaging=={packaging.__version__}")
    heard = []
    python = make_environment(export, tmp_path / "environment", heard.append)
    assert heard == ["locking every version, with hashes", "building a new environment from the lock"]
    code = "import importlib.metadata as m; print([f'{d.name}=={d.version}' for d in m.distributions()])"
    finished = run_child(python_command("-c", code, isolated=True, python=python), cwd=tmp_path)
    assert finished.output == f"{[f'packaging=={packaging.__version__}']}\n", finished


def test_versions_that_contradict_each_other_are_told(tmp_path):
    with pytest.raises(ExportError, match="uv could not do `pip compile`") as raised:
        write_lock(write_project(tmp_path / "export", "packaging==24.0", "packaging==24.1"))
    assert "packaging==24.0" in str(raised.value)
    assert "Check the versions" in raised.value.then


WITHOUT_UV = """
import sys
from pathlib import Path
sys.modules["uv"] = None
from nbmlops.errors import ExportError
from nbmlops.lifecycle.locking import write_lock
try:
    write_lock(Path(sys.argv[1]))
except ExportError as error:
    print(error)
"""


def test_without_uv_a_person_is_told_what_to_install(tmp_path):
    export = write_project(tmp_path / "export")
    env = {**os.environ, "PATH": str(tmp_path)}
    finished = run_child(python_command("-c", WITHOUT_UV, export), cwd=tmp_path, env=env)
    assert "made by uv, which is not installed" in finished.output, finished
    assert "Install it: `python -m pip install uv`" in finished.output


@pytest.fixture
def store(tmp_path):
    """The store of a notebook whose model needs one small package."""
    cells = [
        "from packaging.version import Version\nversions = ['3.1', '2.10', '2.9']",
        "ordered = sorted(versions, key=Version)\nmodel = {'oldest': ordered[0]}",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, tmp_path / "small.ipynb")
    path = tmp_path / ".nbmlops" / "store.db"
    run_notebook(tmp_path / "small.ipynb", store=path)
    return path


def test_a_locked_export_is_an_unmodified_one(tmp_path, store):
    directory = tmp_path / "out"
    exported = export_name("model", directory, lock=True, store=store)
    assert exported.verdict == "identical", exported.proof
    assert "pylock.toml" in exported.files
    names = {p["name"] for p in tomllib.loads((directory / "pylock.toml").read_text())["packages"]}
    assert "packaging" in names
    again = export_name("model", directory, store=store)
    assert "pylock.toml" not in again.files
    assert not (directory / "pylock.toml").exists()


@pytest.mark.slow
def test_a_clean_environment_makes_the_same(tmp_path, store):
    directory = tmp_path / "out"
    export_name("model", directory, prove=False, store=store)
    proof = prove_export(directory, clean_env=True, store=store)
    assert proof.verdict == "identical", proof.cause
    assert proof.compared[0].endswith("in a fresh process of a clean environment, bit by bit")
    assert "pandas" not in proof.environment
    assert (directory / "pylock.toml").is_file()
    export_name("model", directory, store=store)
