"""A table is described as its notebook read it, from what was read, or not at all; nobody's row leaves."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name
from nbmlops.core.encoding import load
from nbmlops.core.model import ModelVersion
from nbmlops.core.pipeline import Recipe
from nbmlops.core.proof import Divergence, Proof
from nbmlops.errors import MonitorError
from nbmlops.lifecycle.reading import describe_reference, profile_inputs
from nbmlops.lifecycle.reasons import add_reasons
from nbmlops.lifecycle.registering import register_object
from nbmlops.lifecycle.retraining import retrain_champion
from nbmlops.registry.versions import find_version
from nbmlops.store.opening import Store, open_store
from tests.lifecycle.census_model import CELLS, ROWS, crown_version, write_rows


def write_bare(place: Path, start: int, stop: int) -> list[str]:
    """Write rows without their header, with semicolons; return the names."""
    lines = write_rows(place, start, stop).read_text().splitlines()
    place.write_text("".join(line.replace(",", ";") + "\n" for line in lines[1:]))
    return lines[0].split(",")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose notebook reads a file without a header; not to be changed."""
    folder = tmp_path_factory.mktemp("bare")
    names = write_bare(folder / "adult.csv", 0, ROWS)
    read = (
        f'names = {names}\nadult = pd.read_csv("adult.csv", header=None, names=names, sep=";")\ndata = adult'
    )
    cells = [nbformat.v4.new_code_cell(source) for source in (CELLS[0], read, *CELLS[2:])]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "bare.ipynb")
    store = folder / ".nbmlops" / "store.db"
    run_notebook(folder / "bare.ipynb", store=store)
    with open_store(store) as opened:
        history = opened.histories.load(opened.histories.resolve("last"))
        crown_version(opened, register_object(opened, history, "model", "income"))
    return folder


@pytest.fixture
def bare_store(bare: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copytree(bare / ".nbmlops", tmp_path / ".nbmlops")
    with open_store(tmp_path / ".nbmlops" / "store.db") as store:
        yield store


def load_recipe(store: Store, version: ModelVersion) -> Recipe:
    return load(Recipe, store.contents.get(version.recipe or ""))


def test_export_of_a_bare_file_holds_no_row(bare: Path, bare_store: Store, tmp_path: Path) -> None:
    exported = export_name("model", tmp_path / "out", store=bare_store.path)
    assert exported.verdict == "identical"
    (entry,) = json.loads((tmp_path / "out" / "inputs.json").read_text())
    assert entry["schema"] is None
    first = (bare / "adult.csv").read_text().splitlines()[0].split(";")
    left = b"\0".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert re.search(rb"\b%s\b" % first[2].encode(), left) is None  # nor within a random state


def test_reference_of_a_bare_file_has_the_notebooks_columns(bare_store: Store) -> None:
    version = find_version(bare_store, "income@champion")
    assert version.reference is not None and version.signature is not None
    assert version.reference.rows == ROWS
    assert [c.name for c in version.reference.columns][:3] == ["age", "workclass", "fnlwgt"]
    assert version.signature.inputs[0].name == "age"


def test_bare_file_is_retrained(bare_store: Store, tmp_path: Path) -> None:
    write_bare(tmp_path / "second.csv", ROWS, ROWS + 1_000)
    outcome = retrain_champion(bare_store, "income", {"adult": tmp_path / "second.csv"})
    assert outcome.rows == 1_000 and outcome.excluded < 20
    candidate = find_version(bare_store, "income@2")
    assert candidate.reference is not None and candidate.reference.columns[0].name == "age"
    crown_version(bare_store, candidate)
    write_bare(tmp_path / "third.csv", 0, ROWS)
    with pytest.raises(MonitorError, match="has 0 rows that the champion was not trained on"):
        retrain_champion(bare_store, "income", {"adult": tmp_path / "third.csv"})


def test_what_was_read_is_described_and_not_what_is_there_now(
    champion_store: Store, champion_folder: Path
) -> None:
    recipe = load_recipe(champion_store, find_version(champion_store, "income@1"))
    before = describe_reference(champion_store, recipe)
    assert before[0] is not None and before[0].rows == ROWS
    (entry,) = recipe.pipeline.inputs
    gone = replace(entry, path=str(champion_folder / "gone" / "adult.csv"))
    moved = replace(recipe, pipeline=replace(recipe.pipeline, inputs=(gone,)))
    assert describe_reference(champion_store, moved) == before
    assert profile_inputs(champion_store, moved) == profile_inputs(champion_store, recipe) != {}
    lost = replace(recipe, pipeline=replace(recipe.pipeline, inputs=(replace(gone, digest="0" * 64),)))
    assert describe_reference(champion_store, lost) == (None, None)


MESSAGE = "ValueError: could not convert string to float: 'Alice'"


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (f"statement 1 of execution 2 raised {MESSAGE}", MESSAGE),
        (f"statement 1 of execution 2 raised {MESSAGE}\nSince the notebook ran: 'x' is 2.", MESSAGE),
        (f"it raised {MESSAGE}, and its inputs were the same.", f"it raised {MESSAGE}"),
        (f"It raised {MESSAGE}\nand: 'Alice'", None),
        ("The process ended with code 1. It last said: Alice", None),
    ],
)
def test_exception_text_stays_in_the_store(champion_store: Store, cause: str, message: str | None) -> None:
    recipe = load_recipe(champion_store, find_version(champion_store, "income@1"))
    diverged = Divergence(2, 0, "x = float(name)", None, message) if message else None
    proof = Proof("model", "failed", (), None, None, cause=cause, diverged_at=diverged)
    text = add_reasons(proof, recipe, "model")
    assert "Alice" not in text
    assert "ValueError" in text or "It last said" in cause
    if message:
        assert json.loads(text)["proof"]["diverged_at"]["source"] == "x = float(name)"
    if "Since" in cause:
        assert "'x' is 2" in text
