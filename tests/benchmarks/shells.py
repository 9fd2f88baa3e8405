"""Shells: two IPythons, one recorded and one plain, each in a process of its own, driven in turn."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Pair", "Shells", "Side", "open_shells", "open_side"]

_PROGRAM = Path(__file__).with_name("side.py")
# Threads of BLAS and OpenMP spin while they wait, which would count as time of the cell.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Side:
    """A running IPython that is sent cells and answers with the CPU seconds each took."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, source: str) -> float:
        """Run a cell; raise RuntimeError if it raised."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(source), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return float(answer)


@dataclass(frozen=True, slots=True)
class Pair:
    """CPU seconds of a cell: medians of each side and of the differences and ratios of its pairs."""

    plain: float
    recorded: float
    added: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Shells:
    """The two sides; each cell is run by both, the one that begins changing each time."""

    plain: Side
    recorded: Side

    def prepare(self, source: str) -> None:
        """Run a cell on both sides without taking times."""
        self.plain.ask(source)
        self.recorded.ask(source)

    def compare(self, source: str, pairs: int) -> Pair:
        """Run a cell `pairs` times on each side, after two times that do not count."""
        for _ in range(2):
            self.prepare(source)
        times: list[tuple[float, float]] = []
        for turn in range(pairs):
            if turn % 2:
                plain, recorded = self.plain.ask(source), self.recorded.ask(source)
            else:
                recorded, plain = self.recorded.ask(source), self.plain.ask(source)
            times.append((plain, recorded))
        return Pair(
            plain=statistics.median(p for p, _ in times),
            recorded=statistics.median(r for _, r in times),
            added=statistics.median(r - p for p, r in times),
            ratio=statistics.median(r / p for p, r in times),
        )


def _plain_environment() -> dict[str, str]:
    """Return this environment, in which Python may keep what it compiled, as it does for a person."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@contextlib.contextmanager
def open_side(kind: str, folder: Path, python: str = sys.executable) -> Iterator[Side]:
    """Start one IPython in a folder, with a store in it, and end it afterwards."""
    own = {"IPYTHONDIR": str(folder / "ipython"), "NBMLOPS_STORE": str(folder / kind / "store.db")}
    own["LINEAPY_HOME_DIR"] = str(folder / "lineapy")
    process = subprocess.Popen(
        [python, "-c", _PROGRAM.read_text(), kind, str(folder)],
        env={**_plain_environment(), **_ONE_THREAD, **own},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Side(process)


@contextlib.contextmanager
def open_shells(folder: Path, kind: str = "recorded", python: str = sys.executable) -> Iterator[Shells]:
    """Start both sides in a folder, by the same Python, and end them afterwards."""
    with open_side("plain", folder, python) as plain, open_side(kind, folder, python) as recorded:
        yield Shells(plain, recorded)
