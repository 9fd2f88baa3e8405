"""Offline runs are written by W&B's own client, and read back with its own messages."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import pytest

from nbmlops.api.exchanging import push_runs
from nbmlops.api.experiments import mark_run
from nbmlops.core.exchange import Parcel, Point, Series
from nbmlops.core.run import DataUse
from nbmlops.errors import TrackerError
from nbmlops.faces.cli import main
from nbmlops.trackers.wandb import WandbFolder

_BLOCK = 32768


def read_records(path):
    """Yield the records of a run's log: as LevelDB keeps them, each a message of W&B's."""
    from wandb.proto import wandb_internal_pb2

    content, at, parts = path.read_bytes(), 7, b""
    while at + 7 <= len(content):
        room = _BLOCK - at % _BLOCK
        if room < 7:
            at += room
            continue
        _, size, kind = struct.unpack("<IHB", content[at : at + 7])
        parts, at = parts + content[at + 7 : at + 7 + size], at + 7 + size
        if kind in (1, 4):  # whole, or the last part
            record = wandb_internal_pb2.Record()
            record.ParseFromString(parts)
            yield record
            parts = b""


def read_run(folder):
    """Return what an offline run holds: about it, its config, its rows, its files, its exit code."""
    (log,) = folder.glob("*.wandb")
    rows, files, config, about, code = [], [], {}, None, None
    for record in read_records(log):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            about = about or record.run
            config |= {u.key: json.loads(u.value_json) for u in record.run.config.update}
        elif kind == "history":
            rows.append(
                {".".join(i.nested_key) or i.key: json.loads(i.value_json) for i in record.history.item}
            )
        elif kind == "files":
            files += [one.path for one in record.files.files]
        elif kind == "exit":
            code = record.exit.exit_code
    return about, config, rows, files, code


def folders(place):
    return sorted(place.glob("wandb/offline-run-*"))


def test_runs_are_written_once(make_store, tmp_path, capsys):
    store, place = make_store("here"), tmp_path / "out"
    found = push_runs("wandb", str(place), store=store)
    assert (found.new, found.updated, found.same) == (4, 0, 0)
    runs = {
        about.run_id: (about, config, rows, files, code)
        for about, config, rows, files, code in map(read_run, folders(place))
    }
    assert len(runs) == 4
    (model,) = (told for told in runs.values() if told[0].display_name == "model")
    about, config, rows, files, code = model
    assert (config["C"], config["max_iter"], config["nbmlops"]["status"], code) == (0.5, 70, "finished", 0)
    assert {"acc", "folds", "folds_std", "folds.points"} <= {name for row in rows for name in row}
    assert len([row for row in rows if "folds.points" in row]) == 3
    assert set(files) == {"nbmlops/code.py", "nbmlops/record.json"}
    (written,) = place.glob(f"wandb/*{about.run_id}/files/nbmlops/code.py")
    assert "LogisticRegression(C=0.5" in written.read_text()
    groups = {told[0].run_group for told in runs.values()} - {""}
    assert groups <= runs.keys()
    assert len(groups) == 1
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()}
    assert main(["push", "wandb", str(place), "--store", str(store)]) == 0
    assert "0 new runs, 0 updated, 4 as before" in " ".join(capsys.readouterr().out.split())
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()} == before
    mark_run(about.run_id, note="told", tags=[("team", "blue")], store=store)
    found = push_runs("wandb", str(place), store=store)
    assert (found.new, found.updated, found.same) == (0, 1, 3)
    assert len(folders(place)) == 4
    (again,) = (told for told in map(read_run, folders(place)) if told[0].run_id == about.run_id)
    assert (again[0].notes, list(again[0].tags)) == ("told", ["team=blue"])


def make_parcel(**fields):
    settings = {
        "id": "abc123",
        "name": "n<'",
        "experiment": "e",
        "status": "failed",
        "began": 1700000000000,
        "ended": 1700000005000,
        "parameters": (),
        "series": (),
        "data": (),
        "parent": None,
        "records": ('{"a":1}',),
        "state": "s",
    }
    return Parcel(**settings | fields)


def test_hostile_names_come_through_or_are_told(tmp_path):
    names = ("a.b", "x'\"", "_u", "", "-", "a-", "é\n<b>", "nbmlops", "name(_u)", "k" * 400)
    points = tuple(Point(value, step, 1) for step, value in enumerate((1.0, math.nan, math.inf)))
    parcel = make_parcel(
        experiment="e: x/y",
        parameters=(*((name, at) for at, name in enumerate(names)), ("none", None), ("nan", math.nan)),
        series=(*(Series(name, (Point(0.5, 0, 5),)) for name in names), Series("loss", points)),
        data=(DataUse("X", "d" * 64, 3, 4),),
        marks={"note": "nöte", "tag t": "v" * 100, "pinned": ""},
    )
    place = WandbFolder(str(tmp_path))
    place.send_run(parcel, None, "store")
    notes = place.notes
    place.close()
    (folder,) = folders(tmp_path)
    about, config, rows, files, code = read_run(folder)
    renamed = {"": "name()", "-": "name(-)", "a-": "name(a-)", "_u": "name(_u)", "nbmlops": "name(nbmlops)"}
    spelled = {renamed.get(name, f"name({name})" if name == "name(_u)" else name) for name in names}
    assert len(spelled) == len(names)
    assert {key for key in config if key not in ("_wandb", "nbmlops")} == {*spelled, "none", "nan"}
    assert {name for row in rows for name in row if name[:1] != "_"} == {*spelled, "loss"}
    losses = [row["loss"] for row in rows if "loss" in row]
    assert (losses[0], math.isnan(losses[1]), losses[2]) == (1.0, True, math.inf)
    assert (about.project, about.notes, code, files) == ("e- x-y", "nöte", 1, ["nbmlops/record.json"])
    assert config["nbmlops"]["data"] == [["X", "d" * 64, 3, 4]]
    assert any("spelled otherwise" in note for note in notes)
    assert any("cut there" in note for note in notes)


def test_a_synced_run_is_not_taken_away(tmp_path):
    place = WandbFolder(str(tmp_path))
    place.send_run(make_parcel(), None, "store")
    (first,) = folders(tmp_path)
    (first / "run-abc123.wandb.synced").touch()
    renamed = first.rename(first.with_name(first.name.replace("-run-2", "-run-1")))
    place._ledger["abc123"]["folder"] = renamed.name
    place.send_run(make_parcel(status="finished"), next(place.list_known()), "store")
    place.close()
    assert len(folders(tmp_path)) == 2
    assert renamed.is_dir()


def test_a_ledger_that_is_none_is_told(tmp_path):
    Path(tmp_path, "nbmlops.json").write_text("{")
    with pytest.raises(TrackerError, match="cannot be read"):
        WandbFolder(str(tmp_path))


def test_no_key_reaches_the_client(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    monkeypatch.setenv("WANDB_MODE", "online")
    place = WandbFolder(str(tmp_path))
    place.send_run(make_parcel(), None, "store")
    place.close()
    assert all(b"k" * 40 not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
