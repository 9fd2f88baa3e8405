"""Reading: what a service logged, the newest predictions of one version, over all rotated files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.errors import MonitorError

__all__ = ["MOST_ROWS", "Logged", "read_log"]

MOST_ROWS = 100_000
"""How many of the newest predictions are looked at."""


@dataclass(frozen=True, slots=True)
class Logged:
    """Predictions of one version: the rows as they were sent, and what was answered, oldest first.

    `unread` counts the lines that are no predictions.
    """

    rows: tuple[dict[str, Any], ...]
    predictions: tuple[Any, ...]
    since: str | None
    until: str | None
    unread: int = 0


def read_log(path: Path, model: str, version: int, most: int = MOST_ROWS) -> Logged:
    """Read the predictions of a version; lines that are none, as a crash cuts them off, are counted.

    Raises
    ------
    MonitorError
        If there is no log, or it holds nothing of this version.
    """
    found: list[dict[str, Any]] = []
    others: set[str] = set()
    unread = 0
    for file in _list_files(path):
        for line in _read_newest(file):
            if line is None:
                unread += 1
                continue
            if line.get("model") != model or line.get("version") != version:
                others.add(f"{line.get('model')}@{line.get('version')}")
                continue
            found.append(line)
            if len(found) == most:
                break
        if len(found) == most:
            break
    if not found:
        known = f"; it holds those of {', '.join(sorted(others))}" if others else ""
        known += f"; {unread} of its lines are no predictions at all" if unread else ""
        raise MonitorError(
            f"The log '{path}' holds no prediction of '{model}' version {version}{known}.",
            f"Serve it and send it rows first: `nbmlops serve {model}@{version}`.",
        )
    found.reverse()
    times = sorted(str(line["time"]) for line in found if line.get("time"))
    return Logged(
        rows=tuple(line["row"] for line in found),
        predictions=tuple(line.get("prediction") for line in found),
        since=times[0] if times else None,
        until=times[-1] if times else None,
        unread=unread,
    )


def _list_files(path: Path) -> list[Path]:
    """Return the log and what it became when it was full (``NAME.1``, ...), the newest first."""
    older = [p for p in path.parent.glob(f"{path.name}.*") if p.suffix[1:].isdigit()]
    files = [p for p in [path, *sorted(older, key=lambda p: int(p.suffix[1:]))] if p.is_file()]
    if not files:
        raise MonitorError(
            f"There is no log of predictions at '{path}'.",
            "Serve the model and send it rows first, or name the log: `--log FILE`.",
        )
    return files


def _read_newest(file: Path) -> Iterator[dict[str, Any] | None]:
    """Yield the lines of a log, the newest first, and None for one that is no prediction."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError as problem:
        raise MonitorError(
            f"The log '{file}' cannot be read: {problem.strerror}.", "Change its permissions, or copy it."
        ) from problem
    for line in reversed(lines):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        whole = isinstance(record, dict) and isinstance(record.get("row"), dict)
        yield record if whole else None
