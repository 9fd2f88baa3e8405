"""A package is built, installed from its lock, started and asked before it is handed over."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from nbmlops.errors import PackageError
from nbmlops.package.build import build_package
from nbmlops.package.rowcut import PackageRecord
from nbmlops.package.trying import Installed, install_lock, try_package

QUIET = lambda line: None  # noqa: E731


@pytest.fixture(scope="session")
def verified(census, tmp_path_factory) -> PackageRecord:
    """The census package, verified."""
    place = tmp_path_factory.mktemp("verified") / "dist"
    return build_package(census.cut, census.estimator, "income", 3, place, ["docker"], verify=True)


@pytest.fixture(scope="module")
def installed(verified, tmp_path_factory) -> Installed:
    """A copy of it and an environment from its lock."""
    work = tmp_path_factory.mktemp("work")
    shutil.copytree(verified.path, work / "package")
    return install_lock(work / "package", work, QUIET)


def test_verdict_is_in_the_manifest(census, verified):
    told = json.loads((Path(verified.path) / "manifest.json").read_text())["verified"]
    assert told["state"] == verified.verified.state == "verified"
    assert told["rows"] == len(census.cut.golden) > 10
    assert len(told["wheel"]) == 64


def test_lock_holds_every_requirement_with_hashes(verified):
    lines = (Path(verified.path) / "requirements.txt").read_text().splitlines()
    pinned = [line.partition(" ")[0] for line in lines if line[:1].isalpha()]
    assert {name.lower().replace("_", "-") for name in verified.requirements} <= set(pinned)
    assert all("==" in name for name in pinned)
    assert sum("--hash=sha256:" in line for line in lines) >= len(pinned)
    assert "requirements.txt" in verified.files
    assert "--require-hashes" in (Path(verified.path) / "Dockerfile").read_text()


def test_answer_that_differs_is_found_over_http(census, installed):
    answered = [case for case in census.cut.golden if case.dropped is None]
    bits = tuple(p + 2**-53 for p in answered[0].probabilities)
    spoiled = [dataclasses.replace(answered[0], probabilities=bits), *answered[1:]]
    for folder in ("source", "run", "wheel"):
        shutil.rmtree(installed.work / folder, ignore_errors=True)
    with pytest.raises(PackageError, match="does not answer 1 golden questions"):
        try_package(installed.work / "package", "income_model", spoiled, installed, QUIET)


def test_failed_package_is_kept_aside_with_the_reason(census, tmp_path, monkeypatch):
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    place = tmp_path / "dist"
    for _ in range(2):
        with pytest.raises(PackageError, match=r"dist\.failed.*uv could not do"):
            build_package(census.cut, census.estimator, "income", 3, place, verify=True)
    assert not place.exists()
    told = json.loads((tmp_path / "dist.failed" / "manifest.json").read_text())["verified"]
    assert told["state"] == "failed"
    assert "uv could not do `pip compile`" in told["what"]
    (tmp_path / "dist.failed" / "README.md").write_text("mine")
    with pytest.raises(PackageError, match=r"dist\.failed2"):
        build_package(census.cut, census.estimator, "income", 3, place, verify=True)


def test_package_that_was_not_tried_says_so(census):
    told = json.loads((census.path / "manifest.json").read_text())["verified"]
    assert told["state"] == "not verified"
    assert "--no-verify" in told["what"]
