"""Inputs of an export are where the file system says, and are named by that place."""

from __future__ import annotations

import json
from pathlib import Path

from nbmlops.proof.inputs import read_inputs


def list_paths(folder, *paths):
    entries = [
        {"path": path, "digest": "0", "parameter": None, "staged": None, "copied": False} for path in paths
    ]
    (folder / "inputs.json").write_text(json.dumps(entries))
    return [entry.path for entry in read_inputs(folder)]


def test_no_path_goes_up_and_down_again(tmp_path):
    out = tmp_path / "project" / "out"
    out.mkdir(parents=True)
    (tmp_path / "project" / "data.csv").touch()
    found = list_paths(out, "../data.csv", "inputs/a/data.csv", "/elsewhere/data.csv")
    root = tmp_path.resolve()
    assert found == [
        str(root / "project" / "data.csv"),
        str(root / "project" / "out" / "inputs" / "a" / "data.csv"),
        "/elsewhere/data.csv",
    ]


def test_a_path_through_a_link_is_the_file_that_is_read(tmp_path):
    real = tmp_path / "real" / "out"
    real.mkdir(parents=True)
    (tmp_path / "real" / "data.csv").write_text("what the pipeline reads")
    (tmp_path / "data.csv").write_text("what is beside the link")
    (tmp_path / "linked").symlink_to(real)
    (found,) = list_paths(tmp_path / "linked", "../data.csv")
    assert Path(found).read_text() == "what the pipeline reads"
    assert ".." not in found
