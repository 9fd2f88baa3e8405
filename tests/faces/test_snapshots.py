"""Snapshots in a real kernel: kept, compared, brought back bit for bit, and nothing is opened on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nbmlops.faces.blocks import Bars, Table
from nbmlops.faces.page import render_html
from nbmlops.faces.text import render_text
from tests.faces.conftest import start_kernel

MAKE = """\
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
df = pd.DataFrame({"age": rng.integers(18, 90, 3000), "name": [f"n{i}" for i in range(3000)]})
df["kind"] = pd.Categorical(["a", "b", None] * 1000)
"""
CHANGE = """\
before = df.copy()
df.loc[5:104, "age"] = 17
df["new"] = df.age * 2.5
df = pd.concat([df, df.tail(7)], ignore_index=True)
"""
BOMB = """\
class Bomb:
    def __reduce__(self):
        return open, ("went off", "w")
bomb = {"table": Bomb()}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("snapshots")
    (made / "people.csv").write_text("age,name\n" + "".join(f"{n % 80},p{n}\n" for n in range(500)))
    return made


@pytest.fixture(scope="module")
def kernel(folder):
    started = start_kernel(folder)
    for cell in (
        "%load_ext nbmlops",
        MAKE,
        "%nbmlops snapshot df",
        CHANGE,
        "people = pd.read_csv('people.csv')",
    ):
        reply = started.run(cell)
        assert reply.error == "", reply.error
    yield started
    started.stop()


def ask_json(kernel, line):
    reply = kernel.run(f"%nbmlops {line} --json")
    assert reply.error == "", reply.error
    return json.loads(reply.shown[-1]["text/plain"])


def test_snapshot_says_what_it_keeps(kernel):
    shown = kernel.run("%nbmlops snapshot df").shown[-1]["text/plain"]
    assert "kept 'df@" in shown
    assert "3,007 rows" in shown
    assert "n17" not in shown
    again = ask_json(kernel, "snapshot df")
    assert again["added"] < 10_000
    assert again["profile"]["rows"] == 3007


def test_diff_shows_what_changed(kernel):
    found = ask_json(kernel, "diff df@3 df")
    assert (found["rows_before"], found["rows_after"]) == (3000, 3007)
    changes = {column["name"]: column["change"] for column in found["columns"]}
    assert changes == {"age": "changed", "name": "changed", "kind": "changed", "new": "added"}
    assert found["rows_added"] >= 107
    shown = kernel.run("%nbmlops diff df@3 df").shown[-1]
    assert "3,000 → 3,007 rows" in shown["text/plain"]
    assert "█" in shown["text/plain"]
    assert "<svg" in shown["text/html"]
    assert "n17" not in shown["text/plain"]


def test_restore_is_bit_for_bit(kernel):
    reply = kernel.run("%nbmlops restore df@3 --as old")
    assert reply.error == ""
    assert kernel.ask("old.equals(before) and old.dtypes.equals(before.dtypes)") == "True"
    assert kernel.ask("len(df)") == "3007"
    assert kernel.run("%nbmlops restore df@3").error == ""
    assert kernel.ask("df.equals(before)") == "True"
    assert kernel.run("df = people").error == ""


def test_what_a_restored_name_makes_is_not_called_proven(kernel):
    assert kernel.run("%nbmlops restore df@3 --as again").error == ""
    assert kernel.run("total = int(again.age.sum())").error == ""
    reply = kernel.run("%nbmlops export total pipelines/total --json")
    verdict = json.loads(reply.shown[-1]["text/plain"])["verdict"] if not reply.error else None
    assert verdict != "identical"


def test_files_come_back(kernel, folder):
    content = (folder / "people.csv").read_bytes()
    kernel.run("open('people.csv', 'w').write('gone')")
    assert kernel.run("%nbmlops restore people.csv --output back.csv").error == ""
    assert (folder / "back.csv").read_bytes() == content
    assert "is there already" in kernel.run("%nbmlops restore people.csv --output back.csv").error


def test_a_file_can_be_kept(kernel, folder):
    (folder / "notes.bin").write_bytes(bytes(range(256)) * 10)
    kept = ask_json(kernel, "snapshot notes.bin")
    assert kept["value"]["size"] == 2560
    (folder / "notes.bin").unlink()
    assert kernel.run("%nbmlops restore notes.bin --output notes.bin").error == ""
    assert (folder / "notes.bin").read_bytes() == bytes(range(256)) * 10


def test_unknown_ones_are_told(kernel):
    for line, said in (
        ("restore nothing@3", "Nothing was kept of 'nothing'"),
        ("restore df@x", "is no snapshot"),
        ("restore df@999", "'df@999' means execution 999, and the last of history"),
        ("restore df@0", "means execution 0"),
        ("diff df@3 people.csv@999", "means execution 999"),
        ("snapshot nothing", "There is no variable 'nothing'"),
        ("diff df@3 nothing", "Nothing was kept"),
        ("restore df@3 --as 3x", "is no name"),
    ):
        reply = kernel.run(f"%nbmlops {line}")
        assert reply.status == "error"
        assert said in reply.error, (line, reply)


def run_command(folder, *words):
    command = [sys.executable, "-m", "nbmlops", *words, "--store", ".nbmlops/store.db"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)


def test_commands_open_nothing(kernel, folder):
    assert kernel.run(BOMB).error == ""
    assert kernel.run("%nbmlops snapshot bomb").error == ""
    assert kernel.run("bomb['other'] = 1").error == ""
    assert kernel.run("%nbmlops snapshot bomb").error == ""
    found = run_command(folder, "diff", "df@3", "df")
    assert found.returncode == 1, found.stderr
    for words in (
        ["diff", "bomb", "bomb"],
        ["restore", "bomb", "--output", "bomb.pkl"],
        ["doctor"],
        ["runs"],
    ):
        done = run_command(folder, *words)
        assert done.returncode == 0, done.stderr
    assert not Path(folder / "went off").exists()
    assert (folder / "bomb.pkl").stat().st_size > 0


def test_pausing_keeps_nothing_of_what_follows(kernel, folder):
    assert "paused" in kernel.run("%nbmlops disable").shown[-1]["text/plain"]
    assert kernel.run("hush = 'a word that nobody may see'").error == ""
    assert "paused" in kernel.run("%nbmlops").shown[0]["text/plain"]
    assert "recording" in kernel.run("%nbmlops enable").shown[-1]["text/plain"]
    assert kernel.run("loud = hush.upper()").error == ""
    assert kernel.run("seen = 3").error == ""
    sources = [e["source"] for e in ask_json(kernel, "history")]
    assert "seen = 3" in sources
    assert [s for s in sources if s.startswith("# paused")] and "%%private" not in sources
    assert not any("a word" in source for source in sources)
    refused = kernel.run("%nbmlops export loud pipelines/loud").error
    assert "hush" in refused
    assert "while recording is on" in refused
    for file in (folder / ".nbmlops").glob("store.db*"):
        assert b"a word that nobody may see" not in file.read_bytes()


def test_bars():
    assert Bars([]) == ""
    assert Bars([0, 0]) == "  "
    assert Bars([1, 1000]) == "▁█"


def test_a_page_draws_bars_as_a_picture():
    table = Table(("column", "before"), (("<age>", Bars([0, 1, 1000])), ("none", Bars([]))))
    page = render_html([table])
    assert page.count("<rect") == 3
    assert 'fill="currentColor"' in page
    assert 'aria-label="counts: 0, 1, 1,000"' in page
    assert "<age>" not in page
    assert "▁█" in render_text([table])
