"""A champion becomes a package and a service whose answers are the notebook's own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from nbmlops.errors import NbmlopsError, PackageError, UsageError
from nbmlops.lifecycle.demonstrating import ask_service, list_rows
from nbmlops.lifecycle.packaging import locate_log, package_version, ready_package, start_service
from nbmlops.lifecycle.rowcutting import cut_version, keep_cut
from nbmlops.lifecycle.unpacking import load_estimator, unpack_version
from nbmlops.monitor.reading import read_log
from nbmlops.package.rowcut import Form
from nbmlops.processes.child import python_command
from nbmlops.processes.server import choose_port, start_server
from nbmlops.registry.versions import find_version
from nbmlops.store.opening import Store
from nbmlops.values.codec import load_value
from nbmlops.values.profile import read_table


def test_package_is_verified_and_remembered(champion_store: Store, tmp_path: Path) -> None:
    said: list[str] = []
    record = package_version(champion_store, "income@champion", tmp_path / "dist", (), said.append)
    assert record.module == "income_model"
    assert (record.format, record.because) == ("skops", None)
    assert json.loads((tmp_path / "dist" / "manifest.json").read_text())["pickles"] == []
    readme = (tmp_path / "dist" / "README.md").read_text()
    assert "kept beside the code" in readme
    assert "(pickle)" not in readme
    assert {"Dockerfile", ".github/workflows/ci.yml", "income_model/rows.py"} <= record.files.keys()
    (kept,) = champion_store.packages.list_packages("income", 1)
    assert (kept.path, kept.manifest) == (str(tmp_path / "dist"), record.manifest)
    assert not any("cutting the row function" in line for line in said), "it was cut before"


def test_rows_leave_with_the_estimator_only_when_asked(champion_store: Store, tmp_path: Path) -> None:
    version = find_version(champion_store, "income@champion")
    cut = replace(cut_version(champion_store, version), keeps_rows=True)
    keep_cut(champion_store, cut, version.recipe or "", version.artifact)
    with pytest.raises(PackageError, match=r"holds rows that it was fitted on.*--with-rows"):
        package_version(champion_store, "income@champion", tmp_path / "dist")
    assert not (tmp_path / "dist").exists()
    package_version(champion_store, "income@champion", tmp_path / "dist", with_rows=True, verify=False)
    assert "keeps rows" in (tmp_path / "dist" / "README.md").read_text()
    assert (
        json.loads((tmp_path / "dist" / "income_model" / "manifest.json").read_text())["holds_rows"] is True
    )


@pytest.mark.slow
def test_registered_model_leaves_as_a_pickle_where_that_is_asked(
    champion_store: Store, tmp_path: Path
) -> None:
    place = tmp_path / "dist"
    package_version(champion_store, "income@champion", place, verify=False, form=Form("pickle"))
    manifest = json.loads((place / "manifest.json").read_text())
    assert (manifest["format"], manifest["pickles"][0]) == ("pickle", "model.pkl")
    assert (place / "income_model" / "model.pkl").is_file()


def test_format_is_refused_before_the_long_work(champion_store: Store, tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(UsageError, match="no `--tolerance`"):
        package_version(champion_store, "income", tmp_path / "dist", (), said.append, form=Form("onnx"))
    assert said == []
    assert not (tmp_path / "dist").exists()


def test_service_answers_as_the_notebook_did(
    champion_store: Store, champion_folder: Path, tmp_path: Path
) -> None:
    version = find_version(champion_store, "income")
    model = load_value(*load_estimator(champion_store, version))
    saved = champion_store.histories.saved_value(version.history, "X_test")
    assert saved is not None and saved.content is not None and saved.codec is not None
    tested = load_value(saved.codec, champion_store.contents.get(saved.content)).head(40)
    rows = list(list_rows(read_table(champion_folder / "adult.csv").loc[tested.index]))
    with start_service(champion_store, version, "127.0.0.1", choose_port()) as server:
        reply = ask_service(server.url, "predict_proba", {"rows": rows})
        refused = ask_service(server.url, "predict", {**rows[0], "native_country": None})
    assert reply.status == 200
    assert reply.content["predictions"] == model.predict(tested).tolist()
    assert [list(p.values()) for p in reply.content["probabilities"]] == model.predict_proba(tested).tolist()
    assert refused.status == 422 and "dropna" in refused.content["detail"][0]["problem"]
    logged = read_log(locate_log(champion_store, "income"), "income", 1)
    assert list(logged.rows) == rows


def test_package_of_the_store_is_built_once(champion_store: Store) -> None:
    version = find_version(champion_store, "income")
    first = ready_package(champion_store, version)
    before = (first / "manifest.json").stat().st_mtime_ns
    assert ready_package(champion_store, version) == first
    assert (first / "manifest.json").stat().st_mtime_ns == before


def test_somebodys_directory_is_left_alone(champion_store: Store, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(PackageError):
        package_version(champion_store, "income", tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


def test_changed_input_is_taken_from_the_store(
    champion_store: Store, champion_folder: Path, tmp_path: Path
) -> None:
    version = find_version(champion_store, "income")
    source = champion_folder / "adult.csv"
    shutil.copyfile(source, tmp_path / "original.csv")
    try:
        source.write_text(source.read_text().replace("39,", "40,", 1))
        with unpack_version(champion_store, version) as unpacked:
            (entry,) = unpacked.inputs
            assert Path(entry.path) != source
            assert Path(entry.path).read_bytes() == (tmp_path / "original.csv").read_bytes()
            assert unpacked.parameters["adult"] == entry.path
    finally:
        shutil.copyfile(tmp_path / "original.csv", source)


def test_unknown_version_is_told(champion_store: Store, tmp_path: Path) -> None:
    with pytest.raises(NbmlopsError, match="no version 7"):
        package_version(champion_store, "income@7", tmp_path / "dist")


def test_serving_ends_with_an_interrupt(champion_store: Store) -> None:
    """The command serves until Ctrl-C, and then no longer."""
    port = choose_port()
    place = str(champion_store.path)
    command = python_command("-m", "nbmlops", "serve", "income", "--port", str(port), "--store", place)
    with start_server(command, cwd=champion_store.path.parent, port=port, timeout=180) as server:
        reply = ask_service(server.url, "predict", json.loads(await_example(champion_store)))
        os.kill(server.child.pid, signal.SIGINT)
        assert server.wait() == 0
        assert "answers no longer" in server.read_log()
    assert reply.status == 200
    with pytest.raises(OSError, match="refused"):
        ask_service(server.url, "predict", {})


def await_example(store: Store) -> str:
    """Return the example of a request that the command writes when the service answers."""
    place = store.path.with_name("income.json")
    while not place.exists() or not place.read_text("utf-8"):
        time.sleep(0.05)
    return place.read_text("utf-8")
