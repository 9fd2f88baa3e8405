"""A proof is attacked: answers that are loaded and not computed, and both sides broken alike."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import pytest

from nbmlops.api.exporting import export_name, prove_export
from nbmlops.core.proof import Proof
from nbmlops.values.structure import structural_digest
from tests.lifecycle.census_model import run_census

ANSWER = [1.0, {"a": 2}]


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    """A file outside of the export that holds what it is to make."""
    path = tmp_path / "elsewhere" / "answer.pkl"
    path.parent.mkdir()
    path.write_bytes(pickle.dumps(ANSWER))
    return path


@pytest.mark.parametrize(
    "reading",
    [
        "import pickle; value = pickle.loads(open({!r}, 'rb').read())",
        "import pickle, io; value = pickle.load(io.FileIO({!r}))",
        "import pickle, os; value = pickle.loads(os.read(os.open({!r}, os.O_RDONLY), 9999))",
        "import pathlib, pickle; value = pickle.loads(pathlib.Path({!r}).read_bytes())",
        "import pandas; value = pandas.read_pickle({!r})",
        "import joblib; value = joblib.load({!r})",
    ],
    ids=["open", "io", "os", "pathlib", "pandas", "joblib"],
)
def test_an_answer_that_is_loaded_is_none(make_export, answer, reading):
    export = make_export(reading.format(str(answer)))
    proof = export.prove(structural_digest(ANSWER))
    assert proof.verdict == "failed"
    assert f"reading '{answer}', which is no input of the export" in (proof.cause or "")
    assert proof.diverged_at is not None
    assert proof.diverged_at.execution == 1
    allowed = export.prove(structural_digest(ANSWER), allow=(f"read:{answer}",))
    assert (allowed.verdict, allowed.allowed) == ("identical", (f"read:{answer}",))


def test_a_link_inside_the_export_leads_out(make_export, answer):
    export = make_export("import pickle", "value = pickle.loads(open('{}', 'rb').read())")
    link = export.directory / "data.pkl"
    link.symlink_to(answer)
    script = export.directory / "pipeline.py"
    script.write_text(script.read_text().replace("{}", str(link)))
    proof = export.prove(structural_digest(ANSWER))
    assert proof.verdict == "failed"
    assert str(answer) in (proof.cause or "")


def test_an_answer_is_not_tried_and_swallowed(make_export, answer):
    export = make_export(
        f"""
        import pickle
        try:
            value = pickle.loads(open({str(answer)!r}, 'rb').read())
        except BaseException:
            value = None
        """
    )
    assert export.prove(structural_digest(ANSWER)).verdict == "failed"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "pyproject.toml").touch()
    store = run_census(folder)
    assert export_name("model", folder / "out", store=store).verdict == "identical"
    return folder


@pytest.fixture
def attacked(project: Path, tmp_path: Path) -> Path:
    """A copy of an export of a model in the folder where it was written, to be tampered with."""
    kept = tmp_path / "kept"
    shutil.copytree(project / "out", kept)
    yield project / "out"
    shutil.rmtree(project / "out")
    shutil.copytree(kept, project / "out")


def prove(folder: Path) -> Proof:
    found = prove_export(folder, store=folder.parent / ".nbmlops" / "store.db")
    assert isinstance(found, Proof)
    return found


def make_answer(folder: Path) -> bytes:
    """Return the pickle of the model that the pipeline makes."""
    import subprocess
    import sys

    command = [sys.executable, str(folder / "pipeline.py"), "--workdir", str(folder.parent / "made")]
    subprocess.run(command, check=True, capture_output=True)
    content = (folder.parent / "made" / "model.pkl").read_bytes()
    shutil.rmtree(folder.parent / "made")
    return content


def replace_run(folder: Path, body: str) -> None:
    """Let the pipeline's `run` do something else before all else."""
    script = folder / "pipeline.py"
    text = script.read_text()
    head, found, rest = text.partition("\ndef run(")
    signature, colon, tail = rest.partition(":\n")
    assert found
    assert colon
    script.write_text(f"{head}{found}{signature}{colon}    {body}\n{tail}")


@pytest.mark.parametrize("place", ["answer.pkl", "inputs/answer.pkl", "random_state/numpy_6_0.json"])
def test_an_answer_that_was_put_into_the_export(attacked, place):
    content = make_answer(attacked)
    path = attacked / place
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    replace_run(attacked, f"import pickle; return pickle.loads((HERE / {place!r}).read_bytes())")
    proof = prove(attacked)
    assert proof.verdict == "failed"
    assert "no input of the export" in (proof.cause or "")


def test_an_input_that_holds_the_answer(attacked):
    """The list of inputs is part of the attack: what it names now was never read by the notebook."""
    place = attacked / "inputs"
    place.mkdir(exist_ok=True)
    (place / "answer.pkl").write_bytes(make_answer(attacked))
    entries = json.loads((attacked / "inputs.json").read_text())
    entries.append({**entries[0], "path": "inputs/answer.pkl", "parameter": None, "digest": "0" * 64})
    (attacked / "inputs.json").write_text(json.dumps(entries))
    replace_run(attacked, "import pickle; return pickle.loads((HERE / 'inputs/answer.pkl').read_bytes())")
    assert prove(attacked).verdict == "failed"


@pytest.mark.parametrize(
    "body",
    [
        "import nbmlops.store.opening",
        "import importlib; importlib.import_module('nbmlops.values.structure')",
        "import sys; del sys.modules['nbmlops']; import nbmlops",
    ],
)
def test_a_pipeline_that_imports_nbmlops(attacked, body):
    replace_run(attacked, body)
    proof = prove(attacked)
    assert proof.verdict == "failed"
    assert "nbmlops" in (proof.cause or "")


@pytest.mark.parametrize(
    "body",
    [
        "import sys; sys.modules['structure'] = None; model = 1",
        "import hashlib; hashlib.sha256 = lambda *a: None",
        "import marshal; marshal.dumps = lambda *a: b''",
        "import builtins; builtins.sorted = lambda *a, **k: []",
    ],
    ids=["module", "hash", "marshal", "sorted"],
)
def test_what_a_comparison_rests_on_cannot_be_broken(attacked, body):
    """Broken on both sides alike, a comparison would find everything the same."""
    script = attacked / "pipeline.py"
    broken = script.read_text().replace("max_iter=parameters.max_iter", "max_iter=7")
    assert broken != script.read_text()
    script.write_text(broken)
    replace_run(attacked, body)
    assert prove(attacked).verdict != "identical"


def test_the_description_of_values_cannot_be_replaced(attacked):
    structure = attacked / "tests" / "structure.py"
    structure.write_text("def structural_digest(value):\n    return 'the same'\n")
    proof = prove(attacked)
    assert proof.verdict == "failed"
    assert "structure.py" in (proof.cause or "")
