"""Forking: run a function in a child process of its own, with the libraries that are loaded already."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Answer", "run_forked"]


@dataclass(frozen=True)
class Answer:
    """What came back from a child: a value, or why there is none."""

    value: Any = None
    error: str = ""


def run_forked(function: Callable[..., Any], *arguments: Any, seconds: float) -> Answer:
    """Return what a function answers in a child, where nothing that is printed is seen."""
    with tempfile.TemporaryDirectory(prefix="nbmlops-tightness-") as name:
        answer = Path(name) / "answer"
        child = os.fork()
        if child == 0:
            _answer(answer, function, arguments, seconds)
        os.waitpid(child, 0)
        with contextlib.suppress(ProcessLookupError):  # what it has started goes with it
            os.killpg(child, signal.SIGKILL)
        if not answer.exists():
            return Answer(error=f"it died, or took more than {seconds:.0f} seconds")
        found: Answer = pickle.loads(answer.read_bytes())
        return found


def _answer(place: Path, function: Callable[..., Any], arguments: Any, seconds: float) -> None:
    try:
        os.setpgid(0, 0)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        try:
            answer = Answer(function(*arguments))
        except BaseException as problem:  # noqa: BLE001 - whatever ended it is the answer
            answer = Answer(error=traceback.format_exception_only(problem)[-1].strip()[:300])
        part = place.with_suffix(".part")
        part.write_bytes(pickle.dumps(answer))
        part.rename(place)
    finally:
        os._exit(0)
