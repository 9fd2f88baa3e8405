"""A notebook with twelve side effects: to make its values again touches nothing, and names the statement."""

from __future__ import annotations

import http.server
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import nbformat

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import prove_export
from nbmlops.core.standing import Standing

SET_UP = """\
import os, pathlib, shutil, sqlite3, subprocess, threading, time, urllib.request
import pandas as pd
outside = {outside!r}
url = {url!r}
frame = pd.DataFrame({{"a": [1, 2]}})"""

SIDE_EFFECTS = {
    "to_sql": "with sqlite3.connect(outside + '/canary.db') as db:\n"
    "    wrote = frame.to_sql('t', db, if_exists='append')",
    "post": "posted = urllib.request.urlopen(url, data=b'x').status",
    "shell": "!rm -f {outside}/canary.txt\nshelled = os.path.exists(outside + '/canary.txt')",
    "absolute": "absolute = pathlib.Path(outside, 'canary.txt').write_text('dead')",
    "program": "program = subprocess.run(['touch', outside + '/new.txt']).returncode",
    "thread": "def later():\n    time.sleep(0.3)\n    pathlib.Path(outside, 'late.txt').write_text('x')\n"
    "threading.Thread(target=later).start()\nthread = 1 + len(threading.enumerate()) * 0",
    "remove": "os.remove(outside + '/removed.txt')\nremoved = os.path.exists(outside + '/removed.txt')",
    "rename": "os.rename(outside + '/renamed.txt', outside + '/other.txt')\n"
    "renamed = os.path.exists(outside + '/other.txt')",
    "tree": "shutil.rmtree(outside + '/tree')\ntree = os.path.exists(outside + '/tree')",
    "append": "with open(outside + '/canary.txt', 'a') as out:\n    appended = out.write('more')",
    "csv": "frame.to_csv(outside + '/canary.csv')\nwritten = open(outside + '/canary.csv').read()",
    "folder": "os.makedirs(outside + '/made/deep')\nmade = os.path.exists(outside + '/made/deep')",
}
AWAIT_THREAD = "while not os.path.exists(outside + '/late.txt'):\n    time.sleep(0.05)"
NAMES = {
    "wrote",
    "posted",
    "shelled",
    "absolute",
    "program",
    "removed",
    "renamed",
    "tree",
    "appended",
    "written",
    "made",
}


@contextmanager
def serve_posts() -> Iterator[tuple[str, list[bytes]]]:
    """Serve on loopback whatever is posted: its address, and what has come so far."""
    heard: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", heard
        finally:
            server.shutdown()
            thread.join()


def set_out(outside: Path) -> None:
    """Put the canaries where the notebook's statements reach them."""
    outside.mkdir(exist_ok=True)
    for name in ("canary.txt", "removed.txt", "renamed.txt", "canary.csv"):
        (outside / name).write_text("alive")
    (outside / "tree").mkdir()
    (outside / "tree" / "leaf.txt").write_text("alive")
    with closing(sqlite3.connect(outside / "canary.db")) as database:
        database.execute('create table if not exists t ("index", a)')
        database.execute("delete from t")
        database.commit()


def look_over(outside: Path) -> dict[str, bytes]:
    """Return every file outside with its content."""
    return {str(p.relative_to(outside)): p.read_bytes() for p in sorted(outside.rglob("*")) if p.is_file()}


def test_nothing_outside_is_touched_when_values_are_made_again(tmp_path: Path) -> None:
    outside, store = tmp_path / "outside", tmp_path / "work" / "store.db"
    (tmp_path / "work").mkdir()
    set_out(outside)
    with serve_posts() as (url, heard):
        first = SET_UP.format(outside=str(outside), url=url)
        cells = [
            nbformat.v4.new_code_cell(source) for source in (first, *SIDE_EFFECTS.values(), AWAIT_THREAD)
        ]
        notebook = tmp_path / "work" / "harmful.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
        run_notebook(notebook, store=store)
        assert heard == [b"x"]
        assert (outside / "late.txt").exists()
        for path in sorted(outside.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        set_out(outside)
        before = look_over(outside)
        found = prove_export(store=store)
        assert heard == [b"x"]
    assert look_over(outside) == before
    assert isinstance(found, Standing)
    by_name = {name.name: name for name in found.names}
    assert by_name.keys() >= NAMES
    assert {name for name in NAMES if by_name[name].verdict == "identical"} == set()
    refused = {name for name in NAMES if (by_name[name].cause or "").startswith("side effect at")}
    assert refused >= NAMES
    assert by_name["frame"].verdict == "identical"
