"""The walk of one notebook: run, exported, proved, registered, approved, packaged, served, asked."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from nbmlops.api.deploying import package_model
from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name
from nbmlops.api.models import approve_model, promote_model, register_model
from tests.package.models.notebooks import NOTEBOOKS
from tests.package.models.table import write_customers

__all__ = ["Packaged", "install_wheel", "walk_notebook"]

ALONE = 25
# The notebook's own answers, written by the notebook: nothing of nbmlops has a hand in them.
TRUTH = """
import json as _json
_labels = list(getattr({features}, "index", getattr(df, "index", [])))
_together = model.predict({features}).tolist()
_one = {features}.iloc if hasattr({features}, "iloc") else {features}
_alone = [model.predict(_one[[at]]).tolist()[0] for at in range({alone})]
with open("truth.json", "w") as _file:
    _json.dump({{"labels": [int(n) for n in _labels], "together": _together, "alone": _alone}}, _file)
"""


@dataclass(frozen=True)
class Packaged:
    """A package, what the notebook itself answers, and the raw rows; `seconds` from run to package."""

    name: str
    place: Path
    module: str
    verdict: str | None
    truth: dict[str, Any]
    rows: list[dict[str, Any]]
    seconds: float

    @property
    def manifest(self) -> dict[str, Any]:
        """The outer manifest."""
        return json.loads((self.place / "manifest.json").read_text("utf-8"))  # type: ignore[no-any-return]

    @property
    def golden(self) -> list[dict[str, Any]]:
        """The golden rows with their answers."""
        return json.loads((self.place / "tests" / "golden.json").read_text("utf-8"))  # type: ignore[no-any-return]

    def count_requirements(self) -> int:
        """Return how many distributions the lock names."""
        lines = (self.place / "requirements.txt").read_text("utf-8").splitlines()
        return sum("==" in line for line in lines)


def walk_notebook(name: str, folder: Path, verify: bool = True) -> Packaged:
    """Take a notebook of the twelve from its run to its package, in `folder`."""
    chosen = NOTEBOOKS[name]
    started = time.monotonic()
    frame = write_customers(folder / "customers.csv")
    truth = TRUTH.format(features=chosen.features, alone=ALONE)
    sources = [*chosen.code.strip().split("\n# %%\n"), truth.strip()]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{name}.ipynb")
    store = folder / ".nbmlops" / "store.db"
    run_notebook(folder / f"{name}.ipynb", store=store)
    exported = export_name("model", folder / "pipeline", store=store)
    register_model("model", name, store=store)
    approve_model(name, 1, store=store)
    promote_model(name, 1, "champion", store=store)
    place = folder / "dist"
    record = package_model(f"{name}@champion", place, (), chosen.with_rows, verify, store)
    return Packaged(
        name,
        place,
        record.module,
        exported.verdict,
        json.loads((folder / "truth.json").read_text("utf-8")),
        [{k: None if v != v else v for k, v in row.items()} for row in frame.to_dict("records")],
        time.monotonic() - started,
    )


def install_wheel(packaged: Packaged, work: Path) -> tuple[Path, int]:
    """Install the wheel and its lock in a new environment; return its Python and the wheel's size."""
    uv = [sys.executable, "-m", "uv", "--quiet"]
    python = work / "env" / "bin" / "python"
    wheel = work / "wheel"
    lock = packaged.place / "requirements.txt"
    for command in (
        ["venv", "--python", sys.executable, str(work / "env")],
        ["pip", "install", "--python", str(python), "--require-hashes", "--requirements", str(lock)],
        ["build", "--wheel", "--python", sys.executable, "--out-dir", str(wheel), str(packaged.place)],
    ):
        subprocess.run([*uv, *command], check=True, cwd=work)
    (built,) = wheel.glob("*.whl")
    subprocess.run(
        [*uv, "pip", "install", "--python", str(python), "--no-deps", "--no-index", str(built)], check=True
    )
    return python, built.stat().st_size
