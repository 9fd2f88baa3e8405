"""The documents' own example of a target is installed, and makes what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from nbmlops.plugins.manager import targets_for

DOCUMENT = Path(__file__).parents[2] / "docs" / "targets.md"


def write_example(folder):
    found = re.findall(r"^`([\w./]+)`\n\n```\w+\n(.*?)```$", DOCUMENT.read_text(), re.M | re.S)
    for path, text in found:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return [path for path, _ in found]


def test_the_example_of_the_documents(forest, tmp_path):
    written = write_example(tmp_path / "plugin")
    assert written == ["pyproject.toml", "nbmlops_shell/__init__.py", "nbmlops_shell/templates/run.sh.j2"]
    site = tmp_path / "site"
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--target", str(site)]
    subprocess.run([*uv, str(tmp_path / "plugin")], check=True)
    env = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{os.getcwd()}"}
    command = [sys.executable, "-m", "nbmlops", "export", "model", "shelled", "--for", "shell", "--no-prove"]
    said = subprocess.run(command, cwd=forest, env=env, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "note: shell: `sh run.sh` runs the steps" in said.stdout
    run = ["sh", "shelled/run.sh", "--n-trees", "3"]
    subprocess.run(
        run, cwd=forest, env={**os.environ, "PYTHON": sys.executable}, check=True, capture_output=True
    )
    assert (forest / "shelled" / "work" / "model.pkl").is_file()


def test_every_target_is_documented():
    exports, packages = DOCUMENT.read_text().split("## Packages")
    for text, kind in ((exports, "export"), (packages, "package")):
        rows = re.findall(r"^\| `(\w+)` \|", text, re.M)
        assert sorted(rows) == sorted(targets_for(kind))
