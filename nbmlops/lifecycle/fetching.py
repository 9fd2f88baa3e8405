"""Fetching: the runs and versions of another tracker into a store, as data that nothing opens."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.core.digest import digest_text
from nbmlops.core.encoding import dump, load
from nbmlops.core.exchange import Exchanged, Found, FoundVersion
from nbmlops.core.meeting import is_same, meet_marks, settle_marks
from nbmlops.core.model import ModelVersion
from nbmlops.core.progress import Progress, silent
from nbmlops.core.proof import Proof
from nbmlops.core.run import Run, RunQuery
from nbmlops.lifecycle.sending import key_version, marks_of
from nbmlops.store.exchanges import Exchange
from nbmlops.store.failures import StoreFullError
from nbmlops.store.opening import open_store
from nbmlops.tracking.merging import merge_runs

if TYPE_CHECKING:
    from nbmlops.plugins.tracker import Remote
    from nbmlops.store.opening import Store

__all__ = ["Fetching"]

_Fetched = tuple[Found, tuple[Run, ...]]


@dataclass(slots=True)
class Fetching:
    """What is fetched from one place into a store: `files` says that files come too, `dry` keeps nothing."""

    store: Store
    remote: Remote
    system: str
    files: bool = False
    most: int = 2**29
    dry: bool = False
    progress: Progress = silent
    counts: dict[str, int] = field(default_factory=lambda: {"new": 0, "updated": 0, "same": 0})
    deleted: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _source: str = ""

    def fetch_all(self, experiment: str | None, conditions: Sequence[str], versions: bool) -> Exchanged:
        """Fetch the runs, of one experiment or of all, that meet conditions, and the registry's versions."""
        place = self.remote.place
        self._source = f"{self.system}-{digest_text(place)[:8]}"
        if not self.dry:
            self._source = self.store.exchanges.open_source(self._source, place)
        changed = 0 if not versions else self._fetch_versions()
        fetched = self._list_changed(experiment)
        for found, runs in self._place(self._choose(list(fetched), conditions) if conditions else fetched):
            self._keep(found, runs)
        return Exchanged(
            "pulled",
            self.system,
            place,
            self.counts["new"],
            self.counts["updated"],
            self.counts["same"],
            changed,
            tuple(self.deleted),
            tuple(dict.fromkeys([*self.remote.notes, *self.notes])),
            self.dry,
        )

    def _list_changed(self, experiment: str | None) -> Iterator[_Fetched]:
        """Yield the runs there that are new or have changed since they were last fetched."""
        met = self.store.exchanges.list_exchanged(self.remote.place)
        running = 0
        for at, found in enumerate(self.remote.list_found(experiment), 1):
            self.progress(f"reading run {at} of {self.remote.place}")
            exchange = met.get(found.run)
            if found.deleted:
                if exchange is not None:
                    self.deleted.append(found.run)
                continue
            running += found.running and not found.ours
            if exchange is not None and exchange.state == found.state and not self.files:
                self.counts["same"] += 1
                continue
            yield found, self.remote.fetch_run(found, self._source)
        if running:
            self.notes.append(f"{running} still running there: pull again when they have ended")

    def _place(self, fetched: Iterable[_Fetched]) -> Iterator[_Fetched]:
        """Yield runs behind those that tried them; one whose parent is nowhere belongs to none."""
        waiting: dict[str, _Fetched] = {}
        for found, runs in fetched:
            parent = _find_parent(runs)
            if parent is None or (parent != found.run and self.store.runs.parts_of(parent)):
                yield found, runs
            else:
                waiting[found.run] = found, runs
        for found, runs in waiting.values():
            if self._has_root(found.run, waiting):
                yield found, runs
                continue
            self.notes.append("runs whose parents were not pulled are listed by themselves")
            # Without a state it is looked at again when its parent has come.
            alone = tuple(dataclasses.replace(run, parent=None) for run in runs)
            yield dataclasses.replace(found, state=""), alone

    def _has_root(self, run: str, waiting: Mapping[str, _Fetched]) -> bool:
        """Say whether the parents of a run that waits lead to one that is listed."""
        seen: set[str] = set()
        while run in waiting and run not in seen:
            seen.add(run)
            parent = _find_parent(waiting[run][1])
            if parent is None:
                return True
            run = parent
        return run not in seen and bool(self.store.runs.parts_of(run))

    def _choose(self, fetched: Sequence[_Fetched], conditions: Sequence[str]) -> Iterator[_Fetched]:
        """Yield the runs that meet all conditions, and what the searches among them tried."""
        with (
            tempfile.TemporaryDirectory(prefix="nbmlops-") as folder,
            open_store(Path(folder) / "scratch.db") as scratch,
        ):
            source = scratch.exchanges.open_source(self._source, self.remote.place)
            for found, runs in fetched:
                for run in merge_runs(dataclasses.replace(one, history=source) for one in runs):
                    scratch.exchanges.keep_run(self.remote.place, run, found.marks, Exchange(run.id, ""))
            query = RunQuery(tuple(conditions), archived=True)
            chosen = {run.id for run in scratch.runs.search(query)}
        before = -1
        while before != len(chosen):  # what searches tried may be searches
            before = len(chosen)
            chosen |= {found.run for found, runs in fetched if any(run.parent in chosen for run in runs)}
        yield from (one for one in fetched if one[0].run in chosen)

    def _keep(self, found: Found, runs: Sequence[Run]) -> None:
        """Keep what is new of a run: what other histories than ours found, and what is said of it."""
        exchanges, place = self.store.exchanges, self.remote.place
        mine = [run for run in runs if self.store.histories.has(run.history)]
        theirs = [run for run in runs if run not in mine or run.history == self._source]
        met = exchanges.find_exchange(place, found.run)
        base, there = met.marks if met else {}, self._read_marks(found, runs)
        parts = self.store.runs.parts_of(found.run)
        here = [marks_of(run) for run in merge_runs(parts)]
        meeting = meet_marks(base, here[0] if here else {}, there)
        self.notes += [
            f"'{key}' of run {found.run} was changed on both sides: each keeps its own"
            for key in meeting.parted
        ]
        same = parts and not meeting.here and not self._has_news(parts, theirs)
        self.counts["same" if same else "updated" if parts else "new"] += 1
        if self.dry:
            return
        marks = settle_marks(base, there, (*meeting.there, *meeting.parted))
        files = dict(met.files) if met else {}
        files |= self._keep_files(found, bool(theirs))
        exchange = Exchange(found.run, found.state, marks, files)
        if not theirs:
            exchanges.keep_marks(place, meeting.here, exchange)
            return
        (run,) = merge_runs(dataclasses.replace(one, history=self._source) for one in theirs)
        exchanges.keep_run(place, _bare_run(run), meeting.here, exchange)

    def _has_news(self, parts: Sequence[Run], theirs: Sequence[Run]) -> bool:
        wanted = merge_runs(_bare_run(dataclasses.replace(run, history=self._source)) for run in theirs)
        here = [dump(_bare_run(run)) for run in parts]
        return any(dump(run) not in here for run in wanted)

    def _read_marks(self, found: Found, runs: Sequence[Run]) -> dict[str, str]:
        """Return what is said of a run there, what had to be cut as its records have it."""
        whole = [dict(marks_of(run)) for run in runs]
        return {
            key: next((known[key] for known in whole if is_same(value, known.get(key))), value)
            for key, value in found.marks.items()
        }

    def _keep_files(self, found: Found, foreign: bool) -> dict[str, str]:
        if not (foreign or self.files):
            return {}
        wanted = self.remote.fetch_files(found, self.most, self.files)
        kept: dict[str, str] = {}
        for name, content in wanted.items():
            try:
                kept[name] = self.store.contents.put(content)
            except StoreFullError as error:
                self.notes.append(f"'{name}' of run {found.run} stays there: {error.what}")
        return kept

    def _fetch_versions(self) -> int:
        own = {key_version(version): version for version in self.store.models.versions()}
        changed = 0
        for found in self.remote.list_versions():
            mine = own.get(found.key or "")
            if mine is not None:
                self._compare_aliases(mine, found)
            elif not self.dry:
                version = self._make_version(found)
                changed += self.store.exchanges.keep_version(self.remote.place, version, found.state)
        return changed

    def _compare_aliases(self, mine: ModelVersion, found: FoundVersion) -> None:
        for alias in sorted({*found.aliases} - {*mine.aliases}):
            self.notes.append(
                f"alias '{alias}' of '{mine.name}' points there at what is version {mine.version} here: "
                f"if that is meant, `nbmlops promote {mine.name} {mine.version} {alias}`"
            )

    def _make_version(self, found: FoundVersion) -> ModelVersion:
        """Return a version of a foreign registry, by our own record of it where a store of ours sent it."""
        place = self.remote.place
        nowhere = Proof("", None, (), None, None, cause=f"pulled from {place}")
        bare = ModelVersion(
            name=found.model,
            version=found.version,
            created=found.created,
            history=self._source,
            target="",
            type="",
            run=found.run,
            artifact="",
            digest="",
            proof=nowhere,
            pipeline={},
            reference=None,
            signature=None,
            aliases=found.aliases,
            source=place,
        )
        if found.key is None or found.record is None:
            return bare
        try:
            told = load(ModelVersion, found.record)
            same = key_version(told) == found.key
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            same = False
            self.notes.append(
                f"the record of '{found.model}' {found.version} cannot be read ({type(error).__name__})"
            )
        if not same:
            return bare
        return dataclasses.replace(
            told,
            version=found.version,
            history=self._source,
            aliases=found.aliases,
            source=place,
            recipe=None,
        )


def _bare_run(run: Run) -> Run:
    """Return a run without what people say of it."""
    return dataclasses.replace(run, tags=(), note="", pinned=False, archived=False)


def _find_parent(runs: Iterable[Run]) -> str | None:
    return next((run.parent for run in runs if run.parent), None)
