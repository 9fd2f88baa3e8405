"""Sending: the runs and versions of a store to another tracker, as often as one likes."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbmlops.core.digest import digest_text
from nbmlops.core.encoding import dump
from nbmlops.core.exchange import Exchanged, Known, Parcel, Point, Series, VersionParcel
from nbmlops.core.meeting import Meeting, meet_marks, settle_marks
from nbmlops.core.progress import Progress, silent
from nbmlops.core.run import MetricValue, Run
from nbmlops.lifecycle.comparing import describe_run
from nbmlops.store.exchanges import CODE, Exchange
from nbmlops.tracking.merging import merge_runs

if TYPE_CHECKING:
    from nbmlops.core.history import Execution, History
    from nbmlops.core.model import ModelVersion
    from nbmlops.plugins.tracker import Remote
    from nbmlops.store.opening import Store

__all__ = ["Sending", "key_version", "marks_of"]

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}


@dataclass(slots=True)
class Sending:
    """What is sent of a store to a place; `restore` brings back what was deleted there, `dry` only asks."""

    store: Store
    remote: Remote
    with_rows: bool = False
    restore: bool = False
    dry: bool = False
    progress: Progress = silent
    counts: dict[str, int] = field(default_factory=lambda: {"new": 0, "updated": 0, "same": 0})
    deleted: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def send_all(self, runs: Sequence[Run], versions: Sequence[ModelVersion], system: str) -> Exchanged:
        """Send runs, each as its histories found it, parents before their children, and versions."""
        place, sources = self.remote.place, self.store.exchanges.list_sources()
        exchanges = self.store.exchanges
        name = exchanges.find_name() if self.dry else exchanges.name_store()
        parts: dict[str, list[Run]] = {}
        for run in runs:
            if sources.get(run.history) != place:
                parts.setdefault(run.id, []).append(run)
        self.progress(f"asking {place} what it has")
        known = {one.run: one for one in self.remote.list_known()}
        met = exchanges.list_exchanged(place)
        load = functools.lru_cache(maxsize=4)(self.store.histories.load)
        for at, (key, found) in enumerate(parts.items(), 1):
            self.progress(f"sending run {at} of {len(parts)} to {place}")
            self._send_run(key, found, known.get(key), met.get(key), name, load)
        self.progress(f"sending versions to {place}")
        sent = 0 if self.dry else self._send_versions(versions)
        told = dict.fromkeys([*self.remote.notes, *self.notes])
        return Exchanged(
            "pushed",
            system,
            place,
            self.counts["new"],
            self.counts["updated"],
            self.counts["same"],
            sent,
            tuple(self.deleted),
            tuple(told),
            self.dry,
        )

    def _send_run(
        self,
        run: str,
        parts: Sequence[Run],
        known: Known | None,
        met: Exchange | None,
        name: str,
        load: Callable[[str], History],
    ) -> None:
        records = tuple(sorted(dump(part) for part in parts))
        state = digest_text("\n".join(records))
        here, base = marks_of(merge_runs(parts)[0]), {} if met is None or known is None else met.marks
        meeting = meet_marks(base, here, known.marks if known else {})
        self.notes += [
            f"'{key}' of run {run} was changed on both sides: each keeps its own" for key in meeting.parted
        ]
        if known is not None and known.deleted:
            if not self.restore:
                self.deleted.append(run)
                return
            if not self.dry:
                self.remote.restore_run(known)
        elif known is not None and known.states.get(name) == state and not meeting.there:
            self.counts["same"] += 1
            return
        self.counts["new" if known is None else "updated"] += 1
        if self.dry:
            return
        parcel = self._pack_run(parts, records, state, meeting, load)
        self.remote.send_run(parcel, known, name)
        marks = settle_marks(base, here, (*meeting.here, *meeting.parted))
        before = met or Exchange(run, "")
        self.store.exchanges.note(self.remote.place, dataclasses.replace(before, marks=marks))

    def _pack_run(
        self,
        parts: Sequence[Run],
        records: tuple[str, ...],
        state: str,
        meeting: Meeting,
        load: Callable[[str], History],
    ) -> Parcel:
        (run,) = merge_runs(parts)
        histories = {part.history: load(part.history) for part in parts}
        executions = {key: {e.number: e for e in history.executions} for key, history in histories.items()}
        last = executions[run.history].get(run.fitted_at)
        return Parcel(
            id=run.id,
            name=run.model_name or run.model_type,
            experiment=run.experiment,
            status=run.status,
            began=_read_time(run.started),
            ended=_find_end(last) or _read_time(run.started),
            parameters=run.parameters,
            series=tuple(
                series
                for part in sorted(parts, key=lambda one: one.started)
                for metric in part.metrics
                for series in _spread_points(metric, part, executions[part.history])
            ),
            data=run.data,
            parent=run.parent,
            records=records,
            state=state,
            marks={key: value for key, value in meeting.there.items() if value is not None},
            unmarked=tuple(key for key, value in meeting.there.items() if value is None),
            files=dict(self._list_files(run, histories[run.history])),
        )

    def _list_files(self, run: Run, history: History) -> Iterator[tuple[str, bytes]]:
        for figure in run.figures:
            if self.store.contents.has(figure.digest):
                name = f"{figure.digest[:32]}.{_ENDINGS.get(figure.media, 'json')}"
                yield f"figures/{name}", self.store.contents.get(figure.digest)
        if self.store.exchanges.place_of(run.history) is not None:
            code = self.store.exchanges.find_file(run.id, CODE)
            if code is not None:
                yield "code.py", _write_text(code)
            return
        revision = self.store.histories.revision_at(run.history, run.fitted_at)
        detail = describe_run(run, history, (), 0, revision)
        yield "code.py", _write_text("\n\n".join(detail.code) + "\n")
        if revision is not None and revision.changes:
            yield "uncommitted.diff", _write_text(revision.changes)

    def _send_versions(self, versions: Sequence[ModelVersion]) -> int:
        own = {key_version(version) for version in self.store.models.versions()}
        return self.remote.send_versions(map(self._pack_version, versions), own.__contains__)

    def _pack_version(self, version: ModelVersion) -> VersionParcel:
        record = dataclasses.replace(version, reference=None, aliases=())
        decision = next(
            (
                entry
                for entry in reversed(self.store.trail.approvals(version.name, version.version))
                if entry.decision in ("approved", "rejected")
            ),
            None,
        )
        tags: dict[str, str] = {"nbmlops.verdict": version.proof.verdict or "none"}
        if decision is not None:
            said = f": {decision.note}" if decision.note else ""
            tags["nbmlops.approval"] = f"{decision.decision} by {decision.by} at {decision.at}{said}"
        return VersionParcel(
            version.name,
            version.version,
            key_version(version),
            version.run,
            dump(record),
            tags,
            lambda: dict(self._list_contents(version)),
            version.aliases,
        )

    def _list_contents(self, version: ModelVersion) -> Iterator[tuple[str, bytes]]:
        wanted = dict(version.pipeline)
        if self.with_rows:
            wanted["estimator.bin"] = version.artifact
        else:
            self.notes.append(
                "the estimators themselves stay here, since they may hold rows that they were fitted on: "
                "`--with-rows` sends them too"
            )
        for path, digest in wanted.items():
            if (self.with_rows or not path.startswith("inputs/")) and self.store.contents.has(digest):
                yield path, self.store.contents.get(digest)


def _write_text(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def key_version(version: ModelVersion) -> str:
    """Return what a version is known by wherever it goes."""
    parts = (version.name, str(version.version), version.created, version.artifact, version.digest)
    return digest_text("\n".join(parts))[:32]


def marks_of(run: Run) -> Mapping[str, str]:
    """Return what is said of a run, by the keys under which it is kept."""
    marks = {f"tag {name}": value for name, value in run.tags}
    if run.note:
        marks["note"] = run.note
    return marks | {key: "" for key in ("pinned", "archived") if getattr(run, key)}


def _spread_points(metric: MetricValue, run: Run, executions: Mapping[int, Execution]) -> Iterator[Series]:
    """Yield a metric with its points; the points beside it where it sums them up."""
    at = _find_end(executions.get(metric.execution)) or _read_time(run.started)
    steps = [round(step) for step in metric.steps]
    if steps != list(metric.steps) or not steps:
        steps = list(range(len(metric.points)))
    points = tuple(Point(value, step, at) for step, value in zip(steps, metric.points, strict=True))
    last = points[-1].value if points else math.nan
    if points and (last == metric.value or (math.isnan(last) and math.isnan(metric.value))):
        yield Series(metric.name, points)
        return
    yield Series(metric.name, (Point(metric.value, 0, at),))
    if points:
        yield Series(f"{metric.name}.points", points)


def _find_end(execution: Execution | None) -> int | None:
    return None if execution is None else _read_time(execution.started) + round(execution.elapsed * 1000)


def _read_time(text: str) -> int:
    """Return a time as milliseconds since 1970; the beginning of them where it is none."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return 0
    zone = moment.tzinfo or datetime.UTC
    return round(moment.replace(tzinfo=zone).timestamp() * 1000)
