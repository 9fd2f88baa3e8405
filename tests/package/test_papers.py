"""What a package says of itself on paper is true, valid for machines, and signed."""

from __future__ import annotations

import importlib.util
import json
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from nbmlops.core.digest import digest_file
from nbmlops.package.runtime.manifest import DamagedError
from nbmlops.package.runtime.seal import check_package, sign_manifest
from nbmlops.package.runtime.signing import derive_public, sign_bytes, verify_bytes

# RFC 8032, section 7.1: seed, public key, message, signature
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), VECTORS)
def test_signatures_are_those_of_the_standard(seed, public, message, signature):
    seed, public, message, signature = map(bytes.fromhex, (seed, public, message, signature))
    assert derive_public(seed) == public
    assert sign_bytes(seed, message) == signature
    assert verify_bytes(public, message, signature)
    assert not verify_bytes(public, message + b" ", signature)
    assert not verify_bytes(public, message, signature[:32] + bytes(32))
    assert not verify_bytes(public, message, signature[:-1])
    assert not verify_bytes(bytes(31) + b"\x80", message, signature)


def test_materials_are_valid_cyclonedx(census):
    text = (census.path / "sbom.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    components = {c["name"]: c for c in json.loads(text)["components"]}
    pinned = dict(line.split("==") for line in census.record.requirements)
    assert components["scikit-learn"]["version"] == pinned["scikit-learn"]
    assert components["scikit-learn"]["licenses"][0]["license"]["name"] == "BSD-3-Clause"
    assert components["income"]["hashes"][0]["content"] == digest_file(census.path / "income_model/model.pkl")
    assert "| scikit-learn |" in (census.path / "LICENSES.md").read_text()


def test_provenance_names_what_was_packaged(census):
    told = json.loads((census.path / "provenance.json").read_text())
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    subjects = {item["name"]: item["digest"]["sha256"] for item in told["subject"]}
    assert subjects == {n: digest_file(census.path / n) for n in subjects}
    assert {"income_model/model.pkl", "income_model/rows.py", "income_model/manifest.sig"} <= subjects.keys()


def test_card_says_what_is_known_and_what_is_not(census):
    card = (census.path / "MODEL_CARD.md").read_text()
    assert "accuracy_score: 0.84" in card
    assert "32561 rows" in card
    assert "is not known here" in card


def test_package_is_sealed_whole(census, tmp_path):
    assert check_package(census.path / "income_model")["model"] == "income"
    for name in sorted(p.name for p in (census.path / "income_model").iterdir() if p.is_file()):
        place = tmp_path / name
        shutil.copytree(census.path / "income_model", place)
        content = bytearray((place / name).read_bytes())
        content[len(content) // 2] ^= 1
        (place / name).write_bytes(bytes(content))
        with pytest.raises(DamagedError, match=name.replace(".sig", "")):
            check_package(place)


def test_unsigned_package_does_not_start(census, tmp_path):
    shutil.copytree(census.path / "income_model", tmp_path / "income_model")
    (tmp_path / "income_model" / "manifest.sig").unlink()
    done = _start(tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert "manifest.sig' is no signature" in done.stderr


def test_package_of_another_key_does_not_start_where_one_is_named(census, tmp_path, monkeypatch):
    shutil.copytree(census.path / "income_model", tmp_path / "income_model")
    key = json.loads((tmp_path / "income_model" / "manifest.sig").read_text())["key"]
    monkeypatch.setenv("PACKAGE_KEY", key)
    assert check_package(tmp_path / "income_model")["version"] == 3
    sign_manifest(tmp_path / "income_model", bytes(32))
    with pytest.raises(DamagedError, match="PACKAGE_KEY is another"):
        check_package(tmp_path / "income_model")
    assert "PACKAGE_KEY is another" in _start(tmp_path, PACKAGE_KEY=key).stderr


@pytest.mark.parametrize(
    "name", ["rows.cpython-311-x86_64-linux-gnu.so", "rows/__init__.py", "more.pth", "json.py"]
)
def test_what_is_beside_the_packages_files_is_named_and_nothing_starts(census, tmp_path, name):
    place = tmp_path / "income_model"
    shutil.copytree(census.path / "income_model", place)
    check_package(place)
    (place / name).parent.mkdir(exist_ok=True)
    (place / name).write_text("print('foreign')")
    done = _start(tmp_path)
    assert (done.returncode, "foreign" in done.stdout) == (3, False)
    assert f"{name.partition('/')[0]}' is not in the manifest" in done.stderr


def test_files_that_a_desktop_leaves_everywhere_are_no_harm(census, tmp_path):
    place = tmp_path / "income_model"
    shutil.copytree(census.path / "income_model", place)
    (place / ".DS_Store").write_bytes(b"icons")
    check_package(place)


def test_bytecode_of_the_row_function_is_what_the_text_says(census, tmp_path):
    place = tmp_path / "income_model"
    shutil.copytree(census.path / "income_model", place)
    cached = Path(importlib.util.cache_from_source(str(place / "rows.py")))
    py_compile.compile(str(place / "rows.py"), str(cached))
    check_package(place)
    content = bytearray(cached.read_bytes())
    place_of_flip = content.index(b"features") + 1
    content[place_of_flip] ^= 1
    cached.write_bytes(content)
    with pytest.raises(DamagedError, match="was not made of"):
        check_package(place)
    os.utime(place / "rows.py", (1, 1))  # Python compiles anew where the module is of another time
    check_package(place)


def _start(folder, **environment):
    command = [sys.executable, "-m", "income_model", "serve", "--port", "1"]
    return subprocess.run(
        command, check=False, cwd=folder, env=os.environ | environment, capture_output=True, text=True
    )
