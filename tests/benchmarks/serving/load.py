"""Load: what wrk measures of a service on loopback, and the CPU that the service takes meanwhile."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Load", "find_wrk", "measure_load", "read_cpu", "read_memory"]

_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [==[{body}]==]
"""


@dataclass(frozen=True)
class Load:
    """Requests a second, milliseconds of the median and of the slowest hundredth, CPU milliseconds each."""

    rate: float
    median: float
    slowest: float
    cpu: float


def find_wrk() -> str:
    """Return the load generator; SystemExit says how to get it."""
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit(
            "wrk is not installed, and without it nothing is measured (Debian: apt-get install wrk)."
        )
    return found


def measure_load(folder: Path, url: str, body: str, root: int, seconds: int, connections: int = 8) -> Load:
    """Ask a service, whose processes are those of a group, as fast as it answers."""
    script = folder / "post.lua"
    script.write_text(_SCRIPT.format(body=body))
    before = read_cpu(root)
    command = [
        find_wrk(),
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--latency",
        "--timeout",
        "30s",
        "-s",
        str(script),
        url,
    ]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = read_cpu(root) - before
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(text)
    times = {
        part: float(n) * _UNITS[unit] for part, n, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s|m)", text)
    }
    count = int(re.findall(r"(\d+) requests in", text)[0])
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", text)[0])
    return Load(rate, times["50"], times["99"], spent / count * 1e3)


def _list_tree(root: int) -> list[tuple[list[str], Path]]:
    """Return the figures and the place in /proc of a process and all that descend from it."""
    known: dict[int, tuple[list[str], Path]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            known[int(place.name)] = ((place / "stat").read_text().rpartition(")")[2].split(), place)
    found, waiting = [], [root]
    while waiting:
        parent = waiting.pop()
        if parent in known:
            found.append(known[parent])
        waiting += [number for number, (fields, _) in known.items() if int(fields[1]) == parent]
    return found


def read_cpu(root: int) -> float:
    """Return the CPU seconds that a process and all that descend from it have taken."""
    ticks = sum(int(fields[11]) + int(fields[12]) for fields, _ in _list_tree(root))
    return ticks / os.sysconf("SC_CLK_TCK")


def read_memory(root: int) -> float:
    """Return the megabytes that a process and all that descend from it hold."""
    pages = sum(int((place / "statm").read_text().split()[1]) for _, place in _list_tree(root))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
