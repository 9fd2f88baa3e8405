"""Trying: a package is built, installed from its lock in a new environment, started, and asked."""

from __future__ import annotations

import http.client
import json
import math
import os
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.core.clock import now
from nbmlops.core.digest import digest_file
from nbmlops.core.encoding import encode
from nbmlops.core.progress import Progress
from nbmlops.errors import PackageError
from nbmlops.package.rowcut import Close, Golden, Tried
from nbmlops.package.runtime.closeness import allows_gap, measure_gap
from nbmlops.processes.child import python_command
from nbmlops.processes.server import Server, choose_port, start_server
from nbmlops.processes.uv import locate_python, run_uv

__all__ = ["LOCK", "Installed", "install_lock", "try_package"]

LOCK = "requirements.txt"
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment that holds what the lock of a package names, and nothing else; `work` is its folder."""

    work: Path
    python: Path


def install_lock(staging: Path, work: Path, progress: Progress) -> Installed:
    """Write the lock of a package beside its pyproject.toml, and make an environment of it in `work`.

    Raises ProgramError where uv is not installed or does not find a version.
    """
    progress("locking what inference imports, with hashes")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    python = ("--python", sys.executable)
    asked = ("--python-version", version, "--no-header", "--no-annotate", "--generate-hashes")
    run_uv(staging, "pip", "compile", "pyproject.toml", *python, *asked, "--output-file", LOCK)
    progress("installing the lock in a new environment")
    run_uv(work, "venv", *python, "env")
    found = locate_python(work / "env")
    run_uv(staging, "pip", "install", "--python", str(found), "--require-hashes", "--requirements", LOCK)
    return Installed(work, found)


def try_package(
    staging: Path,
    module: str,
    golden: Sequence[Golden],
    installed: Installed,
    progress: Progress,
    close: Close | None = None,
) -> Tried:
    """Build the wheel, install it, start its service, and compare what it answers over HTTP.

    Its answers have to be the golden ones, or as near as `close` says.

    Raises PackageError where an answer differs, ProgramError where it does not get that far.
    """
    started = time.monotonic()
    progress("building the wheel and installing it")
    wheel = _install_wheel(staging, installed)
    progress("starting the service and asking the golden rows over HTTP")
    with _start_service(module, installed) as server:
        differences = [*_ask_alone(server, golden, close), *_ask_together(server, golden, close)]
    if differences:
        raise PackageError(
            f"The installed package does not answer {len(differences)} golden questions over HTTP as the "
            f"notebook's code did; the first: {json.dumps(differences[0], ensure_ascii=False)[:400]}.",
            "Register the model again in this environment, then package it.",
        )
    if all(case.dropped is not None for case in golden):
        return Tried(
            "not verified",
            "it was installed and started, but no made-up row has an answer that could be compared",
        )
    return Tried(
        "verified",
        f"installed from {LOCK} with hashes, and asked over HTTP, row by row and all at once: {_tell(close)}",
        len(golden),
        now(),
        platform.python_version(),
        platform.platform(terse=True),
        digest_file(wheel),
        round(time.monotonic() - started, 1),
    )


def _install_wheel(staging: Path, installed: Installed) -> Path:
    # A build leaves things behind, which are no part of the package.
    source = installed.work / "source"
    shutil.copytree(staging, source, ignore=shutil.ignore_patterns("__pycache__"))
    run_uv(source, "build", "--wheel", "--python", sys.executable, "--out-dir", str(installed.work / "wheel"))
    (wheel,) = (installed.work / "wheel").glob("*.whl")
    run_uv(
        installed.work,
        "pip",
        "install",
        "--python",
        str(installed.python),
        "--no-deps",
        "--no-index",
        str(wheel),
    )
    return wheel


def _start_service(module: str, installed: Installed) -> Server:
    empty = installed.work / "run"
    empty.mkdir()
    port = choose_port()
    command = python_command(
        "-m", module, "serve", "--port", str(port), isolated=True, python=installed.python
    )
    env = {n: v for n, v in os.environ.items() if n in _KEPT or n.endswith("_NUM_THREADS")}
    return start_server(command, cwd=empty, port=port, env=env, timeout=_SECONDS)


def _tell(close: Close | None) -> str:
    if close is None:
        return "bit for bit"
    told = f", {close.made_differing} labels of them differ" if close.labels else ""
    return f"within {close.tolerance:g} of the notebook's answers{told}"


def _ask_alone(server: Server, golden: Sequence[Golden], close: Close | None) -> list[dict[str, Any]]:
    """Return what differs where each row is sent for itself."""
    found: list[dict[str, Any]] = []
    pairs: list[tuple[Any, Any]] = []
    for number, case in enumerate(golden):
        status, content = _ask(server, _choose_path(case), case.row)
        if case.dropped is not None:
            same = status == 422 and case.dropped in json.dumps(content, ensure_ascii=False)
            same = same or (status == 422 and case.dropped in str(content["detail"][0].get("problem")))
        elif close is not None and status == 200:
            pairs += zip(_read_answers(content), [_expect(case.prediction, case.probabilities)], strict=True)
            same = True
        else:
            same = status == 200 and _read_answers(content) == [_expect(case.prediction, case.probabilities)]
        if not same:
            found.append({"row": number, "alone": True, "status": status, "answer": content})
    if close is not None and not allows_gap(encode(close), pairs):
        found.append({"alone": True, "answers": _tell_gap(close, pairs)})
    return found


def _tell_gap(close: Close, pairs: list[tuple[Any, Any]]) -> str:
    gap = measure_gap(pairs, close.labels)
    return f"{gap.difference:.3g} off, {gap.flips} labels differ"


def _ask_together(server: Server, golden: Sequence[Golden], close: Close | None) -> list[dict[str, Any]]:
    """Return what differs where all rows are sent at once."""
    answered = [case for case in golden if case.dropped is None]
    if not answered:
        return []
    status, content = _ask(server, _choose_path(answered[0]), {"rows": [case.row for case in answered]})
    wanted = [_expect(case.together, case.together_probabilities) for case in answered]
    if status == 200 and _read_answers(content) == wanted:
        return []
    if status == 200 and close is not None and len(content["predictions"]) == len(wanted):
        pairs = list(zip(_read_answers(content), wanted, strict=True))
        return (
            [] if allows_gap(encode(close), pairs) else [{"alone": False, "answers": _tell_gap(close, pairs)}]
        )
    return [{"alone": False, "status": status, "answer": content}]


def _choose_path(case: Golden) -> str:
    return "/predict" if case.probabilities is None else "/predict_proba"


def _expect(prediction: Any, probabilities: tuple[float, ...] | None) -> Any:
    """Return an answer as it comes back from JSON, where floats keep every bit."""
    return _blank([prediction, None if probabilities is None else list(probabilities)])


def _blank(value: Any) -> Any:
    """Return a value with null for what JSON has no number for."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return [_blank(item) for item in value] if isinstance(value, list | tuple) else value


def _read_answers(content: Any) -> list[Any]:
    shares = content.get("probabilities") or [None] * len(content["predictions"])
    return [
        [prediction, None if share is None else list(share.values())]
        for prediction, share in zip(content["predictions"], shares, strict=True)
    ]


def _ask(server: Server, path: str, body: Any) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=_SECONDS)
    try:
        connection.request("POST", path, json.dumps(body).encode(), {"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise PackageError(
            f"The service that was installed from the package broke off: {error!r}.",
            f"Look at what it printed: {server.read_log() or 'nothing'}",
        ) from error
    finally:
        connection.close()
