"""Metrics: what the service counts and times since it started, in the text that Prometheus reads."""

from __future__ import annotations

import bisect
import datetime
import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .counts import FOLDER_VARIABLE, Counts, Key
from .drift import Drift

__all__ = ["STARTED", "TYPE", "Metrics"]

TYPE = "text/plain; version=0.0.4; charset=utf-8"
STARTED = "started"
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_MOST_CLASSES = 50
_ROOM = 4096


class Metrics:
    """What the service has answered: every process counts for itself, and tells the sums of all.

    The folder that ``METRICS_FOLDER`` names is where several processes of one service meet.
    """

    def __init__(self, manifest: dict[str, Any], columns: Sequence[dict[str, Any]]) -> None:
        named = os.environ.get(FOLDER_VARIABLE)
        folder = Path(named) if named else None
        bins = sum(len(column["expected"]) for column in columns)
        self._counts = Counts(folder, _ROOM + bins)
        self._values = self._counts.values
        self.drift = Drift(list(columns), self._counts) if columns else None
        self.made = manifest.get("trained") or manifest.get("made")
        self.edges: tuple[float, ...] = tuple(manifest.get("answers") or ())
        self._labels = _quote({"model": manifest["model"], "version": manifest["version"]})
        self._started = float((folder / STARTED).read_text("ascii")) if folder else time.time()
        self._lock = threading.Lock()
        self._rows = self._counts.place("rows")
        self._refused = self._counts.place("refused")
        self._sum = self._counts.place("sum")
        self._bins = [self._counts.place("bin", str(n)) for n in range(len(self.edges) + 1)]
        self._requests: dict[tuple[str, int], int] = {}
        self._timed: dict[str, list[int]] = {}
        self._classes = {key[1]: place for key, place in self._counts.find("class").items()}

    def count_request(self, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered with `status` in so many seconds."""
        with self._lock:
            place = self._requests.get((path, status))
            if place is None:
                place = self._counts.place("requests", path, str(status))
                self._requests[path, status] = place
            timed = self._timed.get(path)
            if timed is None:
                names = [*map(str, range(len(_SECONDS) + 1)), "sum"]
                timed = self._timed[path] = [self._counts.place("seconds", path, name) for name in names]
            values = self._values
            values[place] += 1
            values[timed[bisect.bisect_left(_SECONDS, seconds)]] += 1
            values[timed[-1]] += seconds

    def count_refused(self, rows: int) -> None:
        """Count rows that got no answer."""
        with self._lock:
            self._values[self._refused] += rows

    def count_answers(self, rows: list[dict[str, Any]], answers: list[dict[str, Any]]) -> None:
        """Count rows and what was answered to them."""
        with self._lock:
            self._values[self._rows] += len(rows)
            for answer in answers:
                self._count_answer(answer["prediction"])
            if self.drift is not None:
                self.drift.count_rows(rows)

    def _count_answer(self, prediction: Any) -> None:
        if self.edges and isinstance(prediction, int | float):
            self._values[self._bins[bisect.bisect_left(self.edges, prediction)]] += 1
            self._values[self._sum] += prediction
            return
        label = str(prediction)
        if label not in self._classes:
            label = label if len(self._classes) < _MOST_CLASSES else "(others)"
            self._classes[label] = self._counts.place("class", label)
        self._values[self._classes[label]] += 1

    def write_text(self) -> str:
        """Return all of it as text."""
        with self._lock:
            totals, workers = self._counts.add_up()
        lines = [
            *self._write_requests(totals),
            *self._write_answers(totals),
            *self._write_process(workers),
            *self._write_drift(totals),
        ]
        return "\n".join(lines) + "\n"

    def _write_requests(self, totals: Mapping[Key, float]) -> list[str]:
        asked = {key[1:]: times for key, times in sorted(totals.items()) if key[0] == "requests"}
        lines = _head("requests_total", "counter", "Requests by path and status.")
        lines += [
            self._line("requests_total", times, path=path, status=status)
            for (path, status), times in asked.items()
        ]
        lines += _head(
            "errors_total", "counter", "Requests that were not answered, by path: status 400 and above."
        )
        paths = sorted({path for path, _ in asked})
        for path in paths:
            wrong = sum(times for (name, status), times in asked.items() if name == path and status >= "400")
            lines.append(self._line("errors_total", wrong, path=path))
        lines += _head("request_seconds", "histogram", "Time from a request's first byte to its answer.")
        for path in paths:
            places = [totals["seconds", path, str(n)] for n in range(len(_SECONDS) + 1)]
            spent = totals["seconds", path, "sum"]
            lines += self._write_histogram("request_seconds", _SECONDS, places, spent, path=path)
        return lines

    def _write_answers(self, totals: Mapping[Key, float]) -> list[str]:
        lines = _head("rows_total", "counter", "Rows that were answered.")
        lines.append(self._line("rows_total", totals["rows",]))
        lines += _head("refused_rows_total", "counter", "Rows that were sent and could not be answered.")
        lines.append(self._line("refused_rows_total", totals["refused",]))
        if self.edges:
            lines += _head(
                "predictions", "histogram", "What was predicted; the bounds are tenths of the training data."
            )
            bins = [totals["bin", str(n)] for n in range(len(self._bins))]
            lines += self._write_histogram("predictions", self.edges, bins, totals["sum",])
        else:
            lines += _head("predictions_total", "counter", "What was predicted, by class.")
            lines += [
                self._line("predictions_total", times, prediction=key[1])
                for key, times in sorted(totals.items())
                if key[0] == "class"
            ]
        return lines

    def _write_process(self, workers: int) -> list[str]:
        lines = _head("process_start_seconds", "gauge", "When the service started, in seconds since 1970.")
        lines.append(self._line("process_start_seconds", self._started))
        lines += _head("workers", "gauge", "Processes that answer now; the counts are those of all.")
        lines.append(self._line("workers", workers))
        if self.made:
            age = time.time() - datetime.datetime.fromisoformat(self.made).timestamp()
            lines += _head("model_age_seconds", "gauge", "How long ago the model was registered.")
            lines.append(self._line("model_age_seconds", round(age, 3)))
        return lines

    def _write_drift(self, totals: Mapping[Key, float]) -> list[str]:
        if self.drift is None:
            return []
        lines = _head(
            "drift_index",
            "gauge",
            "Population stability index of what was sent since the start; 0.2 is a lot.",
        )
        for name, index in self.drift.measure(totals).items():
            lines.append(self._line("drift_index", index, column=name))
        lines += _head("drift_rows", "gauge", "Rows that the index is of.")
        return [*lines, self._line("drift_rows", totals["drift_rows",])]

    def _write_histogram(
        self, name: str, bounds: tuple[float, ...], places: list[float], total: float, **labels: Any
    ) -> list[str]:
        lines = []
        below = 0.0
        for bound, times in zip((*bounds, "+Inf"), places, strict=True):
            below += times
            lines.append(self._line(f"{name}_bucket", below, **labels, le=bound))
        return [
            *lines,
            self._line(f"{name}_sum", total, **labels),
            self._line(f"{name}_count", below, **labels),
        ]

    def _line(self, name: str, value: float, **labels: Any) -> str:
        more = "," + _quote(labels) if labels else ""
        shown = int(value) if float(value).is_integer() else value
        return f"model_{name}{{{self._labels}{more}}} {shown!r}"


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP model_{name} {text}", f"# TYPE model_{name} {kind}"]


def _quote(labels: dict[str, Any]) -> str:
    return ",".join(f'{name}="{_escape(str(value))}"' for name, value in labels.items())


def _escape(text: str) -> str:
    return (
        text.replace("\\", "\\\\")
        .replace("\n", "\\n")
        .replace('"', '\\"')
        .encode("utf-8", "replace")
        .decode()
    )
