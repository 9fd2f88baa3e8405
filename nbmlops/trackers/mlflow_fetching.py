"""Fetching from MLflow: its runs as ours, those that we sent as they were, the others by what they tell."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from nbmlops.core.digest import digest_text
from nbmlops.core.encoding import decode
from nbmlops.core.exchange import Found
from nbmlops.core.learned import Scalar
from nbmlops.core.run import DataUse, MetricValue, Run
from nbmlops.trackers.mlflow_client import Connection
from nbmlops.trackers.mlflow_words import CODE, FIGURES, FILES, LARGEST, PARENT, RECORD, RUN, read_marks
from nbmlops.trackers.spelling import read_scalar

__all__ = ["Fetching"]

_TYPES = ("estimator_name", "mlflow.autologging", "estimator_class")
_STATUSES: dict[str, Literal["finished", "failed", "interrupted"]] = {
    "FINISHED": "finished",
    "FAILED": "failed",
}
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)


class Fetching:
    """Fetches runs from a server."""

    def __init__(self, connection: Connection, notes: list[str]) -> None:
        self.connection = connection
        self.notes = notes
        self._runs: dict[str, Any] = {}
        self._names: dict[str, str] = {}

    def list_found(self, experiment: str | None) -> Iterator[Found]:
        """Yield every run there, of one experiment or of all, page by page; parents may come later."""
        from mlflow.entities import ViewType

        listing = self.connection.client.search_experiments
        experiments = list(
            self.connection.pages(
                "listing experiments", lambda token: listing(ViewType.ALL, page_token=token)
            )
        )
        self._names = {one.experiment_id: one.name for one in experiments}
        for one in experiments:
            if experiment not in (None, one.name):
                continue

            def ask(token: str | None, key: str = one.experiment_id) -> Any:
                order = ["attributes.start_time"]
                return self.connection.client.search_runs([key], "", ViewType.ALL, 1000, order, token)

            for run in self.connection.pages(f"listing the runs of '{one.name}'", ask):
                self._runs[run.info.run_id] = run
                gone = "active" not in (run.info.lifecycle_stage,) or one.lifecycle_stage != "active"
                yield self._describe(run, gone)

    def _describe(self, run: Any, deleted: bool) -> Found:
        tags = run.data.tags
        ours = RUN in tags
        whole = json.dumps(run.to_dictionary(), sort_keys=True, default=str)
        return Found(
            run=tags.get(RUN, run.info.run_id),
            remote=run.info.run_id,
            state=digest_text(whole),
            ours=ours,
            deleted=deleted,
            running=run.info.status in ("RUNNING", "SCHEDULED"),
            marks=read_marks(tags, ours),
        )

    def fetch_run(self, found: Found, history: str) -> tuple[Run, ...]:
        """Return a run with all that is known of it; one of ours as its own records, by history."""
        run = self._runs[found.remote]
        if found.ours:
            records = tuple(self._read_records(found, run))
            if records:
                return records
        parent = run.data.tags.get(PARENT)
        there = self._runs.get(parent)
        if there is not None:
            parent = there.data.tags.get(RUN, parent)
        return (
            Run(
                id=found.run,
                experiment=self._names[run.info.experiment_id],
                history=history,
                model_name=run.info.run_name or "",
                model_type=next((run.data.tags[t] for t in _TYPES if t in run.data.tags), ""),
                parameters=tuple((name, read_scalar(text)) for name, text in sorted(run.data.params.items())),
                metrics=tuple(self._read_metrics(run)),
                data=tuple(map(_read_data, run.inputs.dataset_inputs if run.inputs else ())),
                occurrences=1,
                status=_STATUSES.get(run.info.status, "interrupted"),
                started=_read_time(run.info.start_time),
                executions=(),
                parent=parent,
            ),
        )

    def _read_metrics(self, run: Any) -> Iterator[MetricValue]:
        """Yield the metrics of a run, each with all its points where there are several."""
        for name in sorted(run.data.metrics):
            with self.connection.explain(f"reading '{name}' of run {run.info.run_id}"):
                history = self.connection.client.get_metric_history(run.info.run_id, name)
            history = sorted(history, key=lambda point: (point.step, point.timestamp))
            points = tuple(_read_number(point.value) for point in history)
            steps = tuple(float(point.step) for point in history)
            last = _read_number(run.data.metrics[name])
            if len(points) == 1 and steps == (0.0,):
                points = ()
            told = steps if points and steps != tuple(map(float, range(len(points)))) else ()
            yield MetricValue(name, last, "", 0, points, told)

    def _read_records(self, found: Found, run: Any) -> Iterator[Run]:
        """Yield the records that stores of ours sent of a run, one a history; what is none is said."""
        known: dict[str, Run] = {}
        for key, text in sorted(run.data.tags.items()):
            if not key.startswith(RECORD):
                continue
            whole = text if text.startswith("[") else self._fetch_text(found, text)
            try:
                for data in json.loads(whole or ""):
                    record = _check_run(decode(Run, data), found.run)
                    known.setdefault(record.history, record)
            except _BROKEN as error:
                self.notes.append(f"a record of run {found.run} cannot be read ({type(error).__name__})")
        yield from known.values()

    def _fetch_text(self, found: Found, path: str) -> str | None:
        if not path.startswith(f"{FILES}/") or ".." in path:
            return None
        sizes = {one.path: one.file_size for one in self._list_files(found, FILES)}
        if path not in sizes:
            return None
        return self._download(found, path).decode("utf-8", "replace")

    def _list_files(self, found: Found, folder: str | None = None) -> Sequence[Any]:
        with self.connection.explain(f"listing the files of run {found.remote}"):
            listed: Sequence[Any] = self.connection.client.list_artifacts(found.remote, folder)
        return listed

    def _download(self, found: Found, path: str) -> bytes:
        with (
            tempfile.TemporaryDirectory(prefix="nbmlops-") as folder,
            self.connection.explain(f"fetching '{path}' of run {found.remote}"),
        ):
            return Path(self.connection.client.download_artifacts(found.remote, path, folder)).read_bytes()

    def fetch_files(self, found: Found, most: int, whole: bool) -> Mapping[str, bytes]:
        """Return a run's files, those of more than `most` bytes left out and said.

        Only its code and figures, and only of a run of ours, unless the `whole` is asked for.
        """
        files: dict[str, bytes] = {}
        if not whole:
            listed = self._list_files(found, FILES) if found.ours else ()
            if CODE in {one.path for one in listed}:
                files[CODE] = self._download(found, CODE)
            folders: list[str | None] = [one.path for one in listed if one.path == FIGURES]
        else:
            folders = [None]
        while folders:
            for one in self._list_files(found, folders.pop()):
                if one.is_dir:
                    folders.append(one.path)
                elif one.file_size is not None and one.file_size > most:
                    self.notes.append(f"'{one.path}' of run {found.run} is too large: it stays there")
                else:
                    files[one.path] = self._download(found, one.path)
        return files


def _check_run(run: Run, expected: str) -> Run:
    """Return a record as it is if it is one of the run that it is said to be of; else ValueError."""
    texts = (run.id, run.experiment, run.history, run.model_name, run.model_type, run.started, run.note)
    if run.id != expected or not all(isinstance(text, str) for text in texts):
        raise ValueError(run.id)
    if run.status not in ("finished", "failed", "interrupted") or type(run.occurrences) is not int:
        raise ValueError(run.status)
    for metric in run.metrics:
        if not (isinstance(metric.name, str) and isinstance(metric.value, float | int)):
            raise ValueError(metric.name)
    for name, value in run.parameters:
        if not isinstance(name, str) or not isinstance(value, Scalar):
            raise ValueError(name)
    return run


def _read_number(value: float) -> float:
    """Return a number; what a server keeps in the place of an infinite one is infinite."""
    return value if abs(value) != LARGEST else value * 10


def _read_time(milliseconds: int | None) -> str:
    return datetime.datetime.fromtimestamp((milliseconds or 0) / 1000, datetime.UTC).isoformat()


def _read_data(used: Any) -> DataUse:
    dataset = used.dataset
    try:
        told = json.loads(dataset.profile or "{}")
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    rows, columns = (_read_count(told.get(key)) for key in ("num_rows", "num_columns"))
    return DataUse(dataset.name, dataset.digest, rows, columns)


def _read_count(value: Any) -> int | None:
    return value if type(value) is int else None
