"""A package that holds a skops file: no pickle in it, the same bits, and forged files refused."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

from nbmlops.package.build import build_package, serve_package
from nbmlops.package.cutting.shaping import write_skops
from nbmlops.package.forming import Source, form_model
from nbmlops.package.rowcut import Form
from nbmlops.package.runtime.seal import check_package, sign_manifest
from tests.package.skops_forging import call_system, forge

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def listed(census, tmp_path_factory) -> Path:
    """The census forest as a package that holds a skops file, verified."""
    home = tmp_path_factory.mktemp("listed")
    source = Source(tuple(census.pieces), census.parameters, home)
    formed = form_model(census.cut, census.estimator, Form("skops"), source)
    record = build_package(
        census.cut, census.estimator, "income", 3, home / "dist", ["docker"], verify=True, formed=formed
    )
    assert (record.format, record.verified.state) == ("skops", "verified")
    return Path(record.path)


def test_package_with_a_skops_file_holds_no_pickle(listed, census):
    assert {path.suffix for path in listed.rglob("*")} & {".pkl", ".joblib", ".pickle"} == set()
    for path in listed.rglob("*"):
        assert not path.is_file() or not path.read_bytes().startswith(b"\x80")
    assert census.cut.learned_content is not None
    assert (listed / "income_model" / "learned.json").is_file()
    for name in ("manifest.json", "income_model/manifest.json"):
        manifest = json.loads((listed / name).read_text())
        assert (manifest["format"], manifest["pickles"]) == ("skops", [])
    assert "skops==" in (listed / "requirements.txt").read_text()
    assert "pytest==" not in (listed / "requirements.txt").read_text()
    materials = json.loads((listed / "sbom.cdx.json").read_text())
    assert {"model.skops", "pkg:pypi/skops@0.16.0"} <= {item["bom-ref"] for item in materials["components"]}
    assert "| skops |" in (listed / "LICENSES.md").read_text()
    assert "Nothing in it is a pickle" in (listed / "README.md").read_text()
    assert "Nothing in the package is a pickle" in (listed / "MODEL_CARD.md").read_text()


def test_service_and_batch_answer_the_same_bits_from_a_skops_file(listed, census, tmp_path):
    cases = [case for case in census.cut.golden if case.dropped is None]
    with serve_package(listed) as server:
        with urllib.request.urlopen(f"{server.url}/version") as response:
            told = json.load(response)
        body = json.dumps({"rows": [case.row for case in cases]}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{server.url}/predict_proba", body)) as response:
            shares = json.load(response)["probabilities"]
    assert (told["format"], told["answers"]) == ("skops", "bit for bit the notebook's")
    assert [tuple(share.values()) for share in shares] == [case.together_probabilities for case in cases]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(case.row) + "\n" for case in cases))
    code = [sys.executable, "-m", "income_model", "score", str(tmp_path / "rows.jsonl")]
    subprocess.run(
        [*code, str(tmp_path / "out.jsonl"), "--alone"], check=True, cwd=listed, capture_output=True
    )
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [tuple(line["probabilities"].values()) for line in lines] == [case.probabilities for case in cases]


@pytest.mark.parametrize("name", ["model.skops", "learned.json"])
def test_changed_file_is_named_and_nothing_is_loaded(listed, tmp_path, name):
    place = tmp_path / "dist"
    shutil.copytree(listed, place)
    changed = place / "income_model" / name
    changed.write_bytes(changed.read_bytes() + b" ")
    code = [sys.executable, "-m", "income_model", "serve"]
    done = subprocess.run(code, check=False, cwd=place, capture_output=True, text=True)
    assert done.returncode != 0
    assert f"{name}' is not the one that was packaged" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["model.skops", "learned.json"])
def test_forged_file_is_refused_though_its_seal_is_good(listed, tmp_path, name):
    place = tmp_path / "dist"
    shutil.copytree(listed, place)
    home = place / "income_model"
    forged = forge(write_skops(LogisticRegression().fit([[0.0], [1.0]], [0, 1])), call_system)
    if name == "learned.json":
        forged = json.dumps(["dict", [["scaler", ["skops", base64.b64encode(forged).decode()]]]]).encode()
    (home / name).write_bytes(forged)
    manifest = json.loads((home / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256(forged).hexdigest()
    (home / "manifest.json").write_text(json.dumps(manifest))
    sign_manifest(home, b"a seed of somebody else's, 32 by")
    check_package(home)
    code = [sys.executable, "-m", "income_model", "serve"]
    done = subprocess.run(code, check=False, cwd=place, capture_output=True, text=True)
    assert done.returncode != 0
    assert "not on the list of what may be loaded: os.system" in done.stdout + done.stderr


def test_pickle_that_is_put_beside_a_skops_file_is_never_opened(listed, tmp_path):
    place = tmp_path / "dist"
    shutil.copytree(listed, place)
    for name in ("model.pkl", "learned.pkl"):
        (place / "income_model" / name).write_bytes(b"cos\nsystem\n(S'touch opened'\ntR.")
    code = "from income_model.model import Model; print(type(Model().estimator).__name__)"
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=place, capture_output=True, text=True)
    assert done.stdout.strip() == "RandomForestClassifier"
    assert not (place / "opened").exists()
