"""The page of packaged models: every notebook from its run to its wheel, asked in each way, as a table."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.package.models.asking import ask_batch, ask_http, ask_schemathesis, start_wheel
from tests.package.models.malformed import ask_malformed
from tests.package.models.notebooks import NOTEBOOKS
from tests.package.models.walk import install_wheel, walk_notebook

__all__ = ["main"]

_HEAD = """# Packaged models

Written by `make models-page`: twelve notebooks of 600 customers, each run in a new kernel, exported, proved,
registered, approved, packaged and verified. The wheel is then installed from the package's lock in another
new environment and started in an empty folder. Equal means bit-equal; over HTTP: the golden rows alone and
together, 25 rows of the notebook alone and all of its rows together, with the answers that the notebook
itself wrote down; in a batch: its whole file, and the golden rows. Malformed are 10,000 bodies (spoiled
texts, values, MLflow's spellings, CSV and bytes): how often they were answered and refused; never a 5xx.

| notebook | export | golden rows | HTTP | batch | schemathesis | malformed | wheel | requirements | seconds |
|---|---|---|---|---|---|---|---|---|---|
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the notebooks through it all, print the table and write it."""
    parser = argparse.ArgumentParser(prog="python -m tests.package.models")
    parser.add_argument("--page", type=Path, help="where to write the table")
    parser.add_argument("names", nargs="*", help="only these notebooks")
    given = parser.parse_args(arguments)
    # uv looks where pip is told to look for wheels that no index has.
    if os.environ.get("PIP_FIND_LINKS"):
        os.environ.setdefault("UV_FIND_LINKS", os.environ["PIP_FIND_LINKS"])
    lines = []
    for name in given.names or NOTEBOOKS:
        lines.append(_take(name))
        print(lines[-1], flush=True)
    if given.page is not None:
        given.page.write_text(_HEAD + "\n".join(lines) + "\n", "utf-8")
    return 0 if not any("FAILED" in line for line in lines) else 1


def _take(name: str) -> str:
    started = time.monotonic()
    found = [NOTEBOOKS[name].title]
    with tempfile.TemporaryDirectory(prefix=f"nbmlops-{name}-") as folder:
        try:
            found += _walk(name, Path(folder))
        except Exception as error:  # noqa: BLE001 - the table says what failed, and goes on
            found.append(f"FAILED: {type(error).__name__}: {' '.join(str(error).split())[-500:]}")
    return f"| {' | '.join(found)} | {time.monotonic() - started:.0f} |"


def _walk(name: str, folder: Path) -> list[str]:
    packaged = walk_notebook(name, folder)
    work = folder / "installed"
    (work / "empty").mkdir(parents=True)
    python, size = install_wheel(packaged, work)
    with start_wheel(packaged, python, work / "empty") as server:
        golden = ask_http(packaged, server.url)
        ask_schemathesis(server.url, work)
        told = ask_malformed(server, packaged.golden)
    ask_batch(packaged, python, folder / "customers.csv", work)
    assert packaged.manifest["verified"]["state"] == "verified"
    rows = " (`--with-rows`)" if NOTEBOOKS[name].with_rows else ""
    verdict = f"{packaged.verdict}{rows}"
    counted = str(packaged.count_requirements())
    return [verdict, str(golden), "equal", "equal", "no fault", _tell(told), f"{size / 1024:.0f} KB", counted]


def _tell(told: dict[int, int]) -> str:
    return ", ".join(f"{count} × {status}" for status, count in sorted(told.items()))


if __name__ == "__main__":
    sys.exit(main())
