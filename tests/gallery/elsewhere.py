"""Elsewhere: a process that knows the libraries but not nbmlops, and forks for each export that it runs."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

__all__ = ["main"]

_LIBRARIES = ("matplotlib.pyplot", "pandas", "sklearn.datasets", "sklearn.ensemble", "sklearn.pipeline")


def main() -> None:
    """Answer requests, one JSON line each: which export to run, in which folder, for how many seconds."""
    sys.modules["nbmlops"] = None  # type: ignore[assignment]
    for name in _LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            _answer(request)
        os.waitpid(child, 0)
        sys.stdout.write("done\n")
        sys.stdout.flush()


def _answer(request: dict[str, Any]) -> None:
    signal.alarm(request["seconds"])
    try:
        told = _run_export(Path(request["export"]), Path(request["folder"]))
    except BaseException as problem:  # noqa: BLE001 - whatever ended the export is the answer
        told = {"error": traceback.format_exception_only(problem)[-1].strip()[:300]}
    Path(request["answer"]).write_text(json.dumps(told))
    os._exit(0)


def _run_export(export: Path, folder: Path) -> dict[str, Any]:
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.path.insert(0, str(export))
    import pipeline  # type: ignore[import-not-found]
    import walk  # type: ignore[import-not-found]

    described: dict[str, Any] = walk.describe(pipeline.run(pipeline.Parameters()))
    return described


if __name__ == "__main__":
    main()
