"""What the system refuses: other people's files and folders, as a person without root's rights meets them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.bad_input.desk import JARGON, photograph

SCRIPT = Path(__file__).with_name("ordinary.py")
OWNER = 65534 if os.getuid() == 0 else os.getuid()

# Each: what is spoiled (path: mode), the command, what is said.
CASES = {
    "a folder to run in": (
        {"locked": 0o555},
        "run fit.ipynb --store locked/.nbmlops/store.db",
        "cannot be made",
    ),
    "a folder above": ({"locked": 0o000}, "runs --store locked/store.db", "Permission denied"),
    "a store": ({".nbmlops/store.db": 0o400}, "runs", "read-only for you"),
    "a store's folder": ({".nbmlops": 0o500}, "models", "read-only for you"),
    "a hidden store": ({".nbmlops": 0o000}, "doctor", "Permission denied"),
    "a notebook": ({"fit.ipynb": 0o000}, "run fit.ipynb", "'fit.ipynb' cannot be read: Permission denied"),
    "a folder for an export": (
        {"locked": 0o555},
        "export model locked/out --no-prove",
        "/locked/out' cannot be",
    ),
    "a folder for a package": ({"locked": 0o555}, "package income locked/out", "/locked/out' cannot be"),
    "a folder for an output": (
        {"locked": 0o555},
        "run fit.ipynb --output locked/o.ipynb",
        "you may not write",
    ),
    "a folder for a demo": ({"locked": 0o555}, "demo locked/demo", "/locked/demo'"),
    "a log": ({"log.jsonl": 0o000}, "monitor income --log log.jsonl", "'log.jsonl' cannot be read"),
}


@pytest.fixture(scope="module")
def answers(stocked):
    """Each case's folder, what was in it before, and the exit code; all in one process, which forks."""
    # Not in pytest's own folder: every start of pytest closes that to others.
    base = Path(tempfile.mkdtemp(prefix="nbmlops-rights-"))
    base.chmod(0o755)
    folders = {}
    for number, (case, (spoiled, line, _)) in enumerate(CASES.items()):
        folder = base / str(number)
        shutil.copytree(stocked.folder, folder)
        (folder / "locked").mkdir()
        (folder / "log.jsonl").write_text("{}\n")
        (folder / "command.txt").write_text(line)
        folders[case] = folder, photograph(folder)
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, OWNER, -1)
        for name, mode in spoiled.items():
            (folder / name).chmod(mode)
    command = [sys.executable, str(SCRIPT), *(str(folder) for folder, _ in folders.values())]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPT.parents[2]), "HOME": str(base)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield {
        case: (folder, before, int(code))
        for (case, (folder, before)), code in zip(folders.items(), done.stdout.split(), strict=True)
    }
    shutil.rmtree(base)


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_of_the_system(answers, case):
    spoiled, _, told = CASES[case]
    folder, before, code = answers[case]
    said = (folder / "said.txt").read_text()
    assert code == 3, said
    assert said.count("nbmlops: ") == 1
    message = said[said.rindex("nbmlops: ") :]
    assert told in message
    assert message.rstrip().replace("`.", ".").endswith(".")
    assert not [word for word in JARGON if word in said], said
    for name in spoiled:
        (folder / name).chmod(0o700)
    assert photograph(folder, "said.txt") == before
