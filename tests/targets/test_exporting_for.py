"""What is exported for engines is one export: proven, watched for changes and replaced as a whole."""

from __future__ import annotations

import json

import pytest

from nbmlops.api.exporting import export_name, prove_export
from nbmlops.errors import ExportError, UsageError


def read_reasons(directory):
    record = json.loads((directory / "proof.json").read_text())
    return {key: value for key, value in record.items() if key != "proof"}, record["proof"]


def test_the_proof_is_the_same_without_them(forest):
    store = forest / ".nbmlops" / "store.db"
    plain = export_name("model", forest / "plain", store=store, prove=False)
    reasons, proof = read_reasons(forest / "out")
    assert reasons == read_reasons(forest / "plain")[0]
    assert proof["verdict"] == "identical"
    added = {p.relative_to(forest / "out").as_posix() for p in (forest / "out").rglob("*") if p.is_file()}
    assert {"Makefile", "dvc.yaml", ".github/workflows/prove-model.yml"} <= added - set(plain.files)


def test_a_changed_file_of_a_target_is_somebodys_work(forest):
    store = forest / ".nbmlops" / "store.db"
    made = export_name("model", forest / "made", store=store, prove=False, targets=["make", "make"])
    assert "Makefile" in made.files
    export_name("model", forest / "made", store=store, prove=False, targets=["make"])
    (forest / "made" / "Makefile").write_text("mine")
    with pytest.raises(ExportError, match="was changed after it was written"):
        export_name("model", forest / "made", store=store, prove=False)
    assert prove_export(forest / "made", store=store).verdict == "identical"
    assert (forest / "made" / "Makefile").read_text() == "mine"
    export_name("model", forest / "made", store=store, prove=False, overwrite=True)
    assert not (forest / "made" / "Makefile").exists()


def test_an_unknown_target_writes_nothing(forest):
    with pytest.raises(UsageError, match="close: dvc"):
        export_name("model", forest / "made", store=forest / ".nbmlops" / "store.db", targets=["dcv"])
    assert not (forest / "made").exists()
