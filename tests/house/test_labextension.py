"""Labextension: what is built is of the sources that stand beside it, of our version, and small."""

from __future__ import annotations

import importlib.util
import json
import tomllib

from tests.house.source import ROOT

FOLDER = ROOT / "labextension"
BUILT = FOLDER / "built" / "nbmlops"


def load_digest():
    spec = importlib.util.spec_from_file_location("digest", FOLDER / "digest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_built_is_current():
    digest = load_digest()
    assert digest.KEPT.read_text().strip() == digest.digest_sources(), "type `make labextension`"


def test_what_is_built_is_whole_and_small():
    built = json.loads((BUILT / "package.json").read_text())["jupyterlab"]["_build"]
    assert (BUILT / built["load"]).is_file()
    assert sum(file.stat().st_size for file in BUILT.rglob("*") if file.is_file()) < 100_000


def test_version_is_the_package_s():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for file in (FOLDER / "package.json", BUILT / "package.json"):
        assert json.loads(file.read_text())["version"] == project["version"]


def test_the_lock_pins_everything_and_names_no_place():
    packages = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    pinned = [package for name, package in packages.items() if name]
    assert all("integrity" in package and "resolved" not in package for package in pinned)
    assert json.loads((FOLDER / "package.json").read_text())["devDependencies"].keys() == {"@jupyter/builder"}
