"""A disk that is full: one message, nothing half-written, and what was there is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.bad_input.desk import Desk, photograph


@pytest.fixture
def small_disk():
    """A disk of 3 MB that is filled by a file named ballast."""
    if os.getuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder = Path(tempfile.mkdtemp(prefix="nbmlops-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        folder.rmdir()
        pytest.skip("no small disk can be mounted here")
    yield folder
    # Lazily: a process that is about to end may have a foot in it still.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def fill_disk(folder: Path) -> None:
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"\0" * 4096)
        except OSError:
            return


def test_exports_and_packages_on_a_full_disk(stocked, small_disk):
    out = small_disk / "out"
    assert stocked.type("export", "X", str(out), "--no-prove").code == 0
    before = photograph(out)
    fill_disk(small_disk)
    for words in (
        ["export", "model", str(out), "--no-prove"],
        ["package", "income", str(small_disk / "dist")],
    ):
        stocked.type(*words).refuses("No space left on device", "Free some space")
    assert photograph(out) == before
    assert sorted(path.name for path in small_disk.iterdir()) == ["ballast", "out"]


def test_a_store_on_a_full_disk(stocked, small_disk):
    shutil.copytree(stocked.folder / ".nbmlops", small_disk / ".nbmlops")
    desk = Desk(small_disk, small_disk / ".nbmlops" / "store.db")
    (small_disk / "people.csv").write_bytes((stocked.folder / "people.csv").read_bytes())
    desk.write_notebook("nb.ipynb", ["a = 1", "import os; x = os.urandom(5_000_000)"])
    before = {verb: desk.type(verb, "--json").output for verb in ("models", "runs")}
    fill_disk(small_disk)
    answer = desk.spawn("run", "nb.ipynb").refuses("full", "disk", "Free some space")
    assert "pip install" not in answer.message
    desk.type("export", "model", "out", "--no-prove").refuses("Free some space")
    (small_disk / "ballast").unlink()
    assert {verb: desk.type(verb, "--json").output for verb in ("models", "runs")} == before
    assert desk.type("doctor").code == 0
    assert desk.type("run", "nb.ipynb").code in (0, 3)
    assert desk.type("approve", "spare", "1").code == 0
