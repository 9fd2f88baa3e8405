"""Sending to MLflow: runs with their parameters, metrics, data, files and tags, found again by our id."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from nbmlops.core.digest import digest_text
from nbmlops.core.exchange import Known, Parcel
from nbmlops.core.run import DataUse
from nbmlops.errors import TrackerError
from nbmlops.trackers.mlflow_client import Connection
from nbmlops.trackers.mlflow_words import (
    FILES,
    NAME,
    PARENT,
    RECORD,
    RUN,
    STATE,
    STATUSES,
    TEXT,
    VALUE,
    read_marks,
    spell_mark,
)
from nbmlops.trackers.spelling import Spelling

__all__ = ["Sending"]

_AT_ONCE, _MOST_EXPERIMENTS = 100, 200
_MOST_BYTES = 300_000


class Sending:
    """Sends runs to a server, and knows those that are there."""

    def __init__(self, connection: Connection, spelling: Spelling, notes: list[str]) -> None:
        self.connection = connection
        self.spelling = spelling
        self.notes = notes
        self.remotes: dict[str, str] = {}
        self._params: dict[str, dict[str, str]] = {}
        self._experiments: dict[str, Any] | None = None

    @property
    def experiments(self) -> dict[str, Any]:
        """The experiments there by name, deleted ones too."""
        if self._experiments is None:
            from mlflow.entities import ViewType

            ask = self.connection.client.search_experiments
            found = self.connection.pages(
                "listing experiments", lambda token: ask(view_type=ViewType.ALL, page_token=token)
            )
            self._experiments = {one.name: one for one in found}
        return self._experiments

    def list_known(self) -> Iterator[Known]:
        """Yield the runs there that any store of ours has sent; of doubles the one that is not deleted."""
        from mlflow.entities import ViewType

        ids = [one.experiment_id for one in self.experiments.values()]
        found: dict[str, Known] = {}
        for first in range(0, len(ids), _MOST_EXPERIMENTS):
            some = ids[first : first + _MOST_EXPERIMENTS]

            def ask(token: str | None, some: list[str] = some) -> Any:
                return self.connection.client.search_runs(
                    some, f"tags.`{RUN}` LIKE '%'", ViewType.ALL, 1000, ["attributes.start_time"], token
                )

            for run in self.connection.pages("listing runs", ask):
                known = self._read_known(run)
                if known.run not in found or found[known.run].deleted:
                    found[known.run] = known
        self.remotes.update({known.run: known.remote for known in found.values()})
        yield from found.values()

    def _read_known(self, run: Any) -> Known:
        tags = run.data.tags
        self._params[run.info.run_id] = dict(run.data.params)
        states = {key.removeprefix(STATE): value for key, value in tags.items() if key.startswith(STATE)}
        deleted = run.info.lifecycle_stage != "active"
        return Known(tags[RUN], run.info.run_id, states, read_marks(tags, ours=True), deleted)

    def restore_run(self, known: Known) -> None:
        """Bring back a run that was deleted there."""
        with self.connection.explain(f"restoring run {known.remote}"):
            self.connection.client.restore_run(known.remote)

    def send_run(self, parcel: Parcel, known: Known | None, store: str) -> None:
        """Send a run, new or to the one that is known there; its state goes last."""
        remote = self._create(parcel) if known is None else known.remote
        self.remotes[parcel.id] = remote
        with self.connection.explain(f"sending run {parcel.id}"):
            self._send_data(remote, parcel.data)
            record = f"[{','.join(parcel.records)}]"
            files, tags = dict(parcel.files), self._spell_marks(parcel)
            if len(record) <= TEXT:
                tags[f"{RECORD}{store}"] = record
            else:
                name = f"record-{store}.json"
                files[name] = record.encode("utf-8", "backslashreplace")
                tags[f"{RECORD}{store}"] = f"{FILES}/{name}"
            self._send_files(remote, files)
            self._send_batches(remote, parcel, tags)
            for key in parcel.unmarked:
                self._drop_mark(remote, key)
            client = self.connection.client
            client.set_terminated(remote, STATUSES[parcel.status], parcel.ended)
            client.set_tag(remote, f"{STATE}{store}", parcel.state)

    def _create(self, parcel: Parcel) -> str:
        experiment = self._find_experiment(parcel.experiment)
        tags = {RUN: parcel.id, "mlflow.source.type": "NOTEBOOK"}
        if parcel.parent is not None and parcel.parent in self.remotes:
            tags[PARENT] = self.remotes[parcel.parent]
        name = self.spelling.text("name of a run", parcel.name, 250)
        with self.connection.explain(f"sending run {parcel.id}"):
            made = self.connection.client.create_run(experiment, parcel.began, tags, name or None)
        return str(made.info.run_id)

    def _find_experiment(self, name: str) -> str:
        spelled = self.spelling.text("name of an experiment", name, 250) or "Default"
        known = self.experiments.get(spelled)
        if known is None:
            with self.connection.explain(f"making experiment '{spelled}'"):
                made = self.connection.client.create_experiment(spelled)
                known = self.connection.client.get_experiment(made)
            self.experiments[spelled] = known
        if known.lifecycle_stage != "active":
            raise TrackerError(
                f"The experiment '{spelled}' was deleted on '{self.connection.place}'.",
                f"Bring it back there: `mlflow experiments restore -x {known.experiment_id}`.",
            )
        return str(known.experiment_id)

    def _send_batches(self, remote: str, parcel: Parcel, tags: dict[str, str]) -> None:
        """Send parameters, metrics and tags, as many at once as a server takes."""
        from mlflow.entities import Metric, Param, RunTag

        spell, client = self.spelling, self.connection.client
        have = self._params.get(remote, {})
        params = []
        for name, value in dict(parcel.parameters).items():
            key, text = spell.name(name), spell.text(name, value, VALUE)
            if key not in have:
                params.append(Param(key, text))
            elif have[key] != text:
                self.notes.append(f"parameter '{name}' of run {parcel.id} cannot be changed there")
        metrics = [
            Metric(spell.name(one.name), spell.number(one.name, p.value), p.at, p.step)
            for one in parcel.series
            for p in one.points
        ]
        said = [RunTag(key, value) for key, value in tags.items()]
        batches = zip_longest(_cut(metrics, 800), _cut(params, _AT_ONCE), _cut(said, _AT_ONCE), fillvalue=())
        for some_metrics, some_params, some_tags in batches:
            client.log_batch(remote, some_metrics, some_params, some_tags)

    def _send_data(self, remote: str, data: Sequence[DataUse]) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag

        inputs = []
        for use in data:
            name = self.spelling.text("name of data", use.name, 500)
            source = json.dumps({"digest": use.digest, "rows": use.rows, "columns": use.columns})
            profile = json.dumps({"num_rows": use.rows, "num_columns": use.columns})
            dataset = Dataset(name or "-", use.digest[:36], "nbmlops", source, None, profile)
            inputs.append(DatasetInput(dataset, [InputTag("mlflow.data.context", "training")]))
        for some in _cut(inputs, _AT_ONCE):
            self.connection.client.log_inputs(remote, some)

    def _send_files(self, remote: str, files: dict[str, bytes]) -> None:
        if not files:
            return
        with tempfile.TemporaryDirectory(prefix="nbmlops-") as folder:
            for name, content in files.items():
                path = Path(folder) / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
            self.connection.client.log_artifacts(remote, folder, FILES)

    def _spell_marks(self, parcel: Parcel) -> dict[str, str]:
        tags: dict[str, str] = {}
        for key, value in parcel.marks.items():
            spelled = spell_mark(key)
            tags[spelled] = self.spelling.text(key, value or "true", TEXT)
            name = key.removeprefix("tag ")
            if spelled != name and key.startswith("tag "):
                self.spelling.renamed[name] = spelled
                tags[f"{NAME}{digest_text(spelled)[:12]}"] = self.spelling.text(key, name, TEXT)
        return tags

    def _drop_mark(self, remote: str, key: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self.connection.client.delete_tag(remote, spell_mark(key))
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise


def _cut(things: Sequence[Any], most: int) -> Iterator[list[Any]]:
    """Yield things, not too many at once and not too large together as JSON: a server takes a megabyte."""
    some: list[Any] = []
    size = 0
    for thing in things:
        weight = len(json.dumps([str(value) for value in vars(thing).values()]))
        if some and (len(some) == most or size + weight > _MOST_BYTES):
            yield some
            some, size = [], 0
        some.append(thing)
        size += weight
    if some:
        yield some
