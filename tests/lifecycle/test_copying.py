"""Copies of inputs: files of one name from different folders never become one."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name
from nbmlops.lifecycle.copying import place_copies


@pytest.mark.parametrize(
    ("paths", "placed"),
    [
        (["/a/x.csv", "/b/y.csv"], ["x.csv", "y.csv"]),
        (["/a/x.csv", "/b/x.csv"], ["a/x.csv", "b/x.csv"]),
        (["/a/x.csv", "/b/X.CSV"], ["a/x.csv", "b/X.CSV"]),
        (["/1/a/x.csv", "/2/a/x.csv", "/2/a/y"], ["a/x.csv", "a_2/x.csv", "a_2/y"]),
        (["/a/x.shp", "/b/x.shp", "/b/x.dbf"], ["a/x.shp", "b/x.shp", "b/x.dbf"]),
        (["/a/x", "/a/x"], ["a/x", "a_2/x"]),
        (["/x", "/a/x"], ["root/x", "a/x"]),
        (["/a/taken.pkl"], ["a/taken.pkl"]),
    ],
)
def test_each_copy_has_its_own_place(paths, placed):
    found = place_copies([Path(p) for p in paths], ["inputs/taken.pkl"])
    assert list(found) == [f"inputs/{p}" for p in placed]


CELLS = [
    "import pandas as pd\na = pd.read_csv('a/data.csv')\nb = pd.read_csv('b/data.csv')",
    "made = a.x.tolist(), b.x.tolist()",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twice")
    for name, number in (("a", 1), ("b", 2)):
        (folder / name).mkdir()
        (folder / name / "data.csv").write_text(f"x\n{number}\n")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    nbformat.write(notebook, folder / "twice.ipynb")
    run_notebook(folder / "twice.ipynb", store=folder / "s.db")
    return folder


@pytest.mark.parametrize("how", [{"with_rows": True}, {"frozen": True}, {"changed": True}])
def test_two_files_of_one_name_stay_two(folder, tmp_path, how):
    held = {name: (folder / name / "data.csv").read_text() for name in "ab"}
    try:
        if how.pop("changed", False):
            for name in "ab":
                (folder / name / "data.csv").write_text("x\n9\n")
        export_name("made", tmp_path / "out", store=folder / "s.db", prove=False, **how)
    finally:
        for name, text in held.items():
            (folder / name / "data.csv").write_text(text)
    listed = [entry["path"] for entry in json.loads((tmp_path / "out" / "inputs.json").read_text())]
    assert listed == ["inputs/a/data.csv", "inputs/b/data.csv"]
    done = subprocess.run(
        [sys.executable, tmp_path / "out" / "pipeline.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "is not what" not in done.stderr
    assert pickle.loads((tmp_path / "made.pkl").read_bytes()) == ([1], [2])


def test_their_copies_are_proven(folder, tmp_path):
    exported = export_name("made", tmp_path / "out", store=folder / "s.db", with_rows=True)
    assert exported.verdict == "identical", exported.proof
