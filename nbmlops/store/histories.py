"""Histories: what kernels executed, kept execution by execution and never changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from nbmlops.core.encoding import load
from nbmlops.core.history import Environment, Execution, History
from nbmlops.core.revision import Revision
from nbmlops.errors import UnknownNameError
from nbmlops.store.failures import StoreFullError
from nbmlops.store.records import plain_text, write_record

if TYPE_CHECKING:
    from nbmlops.core.resource import Effect, Read
    from nbmlops.core.value import SavedValue
    from nbmlops.store.database import Database
    from nbmlops.store.kept import Kept
    from nbmlops.values.pieces import Pieces

__all__ = ["LAST", "Histories", "SavedBytes"]

LAST = "last"
SavedBytes: TypeAlias = "tuple[SavedValue, bytes | Pieces | None]"
"""A saved value and its bytes; None where there are none, or where the store has them already."""

_HEADER = (
    "select h.record, h.ended, e.record from histories h join environments e on e.digest = h.environment "
)
_NEWEST = "order by h.rowid desc "  # a clock may go back, and this does not
_STILL = (
    "not exists (select 1 from bindings b where b.history = s.history and b.name = s.name "
    "and b.execution > s.execution)"
)
_RECORDED = "select h.id from histories h where not exists (select 1 from sources s where s.history = h.id) "
_MAIN = "and not exists (select 1 from histories o where o.id = json_extract(h.record, '$.origin')) "
_NOWHERE = Environment("", "")
_BINDING = {"bound", "changed"}


@dataclass(frozen=True, slots=True)
class Histories:
    """The histories of a store."""

    database: Database
    kept: Kept

    def begin(self, history: History) -> None:
        """Keep a new history, with the executions that it may have already."""
        header = dataclasses.replace(history, environment=_NOWHERE, executions=())
        notebook = None if history.notebook is None else plain_text(history.notebook)
        with self.database.transaction() as connection:
            digest = self._keep_environment(history.environment)
            values = (history.id, notebook, history.started, history.ended, digest, write_record(header))
            connection.execute(
                "insert into histories (id, notebook, started, ended, environment, record) "
                "values (?, ?, ?, ?, ?, ?)",
                values,
            )
            for execution in history.executions:
                self.add_execution(history.id, execution)

    def add_execution(
        self, history: str, execution: Execution, contents: Iterable[bytes] = ()
    ) -> tuple[str, ...]:
        """Keep an execution and the contents it refers to, all or nothing.

        Returns a note for each content that a cap of the store forbade.
        """
        record = write_record(execution)
        bound = {
            (plain_text(effect.resource.key), history, execution.number)
            for statement in execution.statements
            for effect in statement.effects
            if effect.resource.kind == "name" and effect.change in _BINDING
        }
        with self.database.transaction() as connection:
            notes = self.kept.contents.put_all(contents)
            connection.execute("insert into executions values (?, ?, ?)", (history, execution.number, record))
            connection.executemany("insert into bindings values (?, ?, ?)", sorted(bound))
        return notes

    def has_execution(self, history: str, number: int) -> bool:
        """Say whether an execution was kept."""
        found = "select 1 from executions where history = ? and number = ?"
        return self.database.row(found, (history, number)) is not None

    def _keep_environment(self, environment: Environment) -> str:
        record = write_record(environment)
        from nbmlops.core.digest import digest_text  # loads OpenSSL, which who only reads can do without

        digest = digest_text(record)
        self.database.write("insert or ignore into environments values (?, ?)", (digest, record))
        return digest

    def note_revision(self, history: str, execution: int, revision: Revision) -> None:
        """Keep at which commit the notebook's folder stood after an execution."""
        self.database.write(
            "insert or replace into revisions values (?, ?, ?)",
            (history, execution, write_record(revision)),
        )

    def revision_at(self, history: str, execution: int) -> Revision | None:
        """Return the commit that the notebook's folder stood at when an execution ended, if it was seen."""
        row = self.database.row(
            "select record from revisions where history = ? and execution <= ? "
            "order by execution desc limit 1",
            (history, execution),
        )
        return load(Revision, row[0]) if row else None

    def note_machine(self, history: str, machine: Mapping[str, str]) -> None:
        """Say on what machine a history runs, as its libraries tell it once they are loaded."""
        with self.database.transaction():
            environment = self.header(history).environment
            if environment.machine != machine:
                digest = self._keep_environment(dataclasses.replace(environment, machine=dict(machine)))
                self.database.write("update histories set environment = ? where id = ?", (digest, history))

    def set_notebook(self, history: str, notebook: str) -> None:
        """Say which notebook a history belongs to, once that is known."""
        with self.database.transaction():
            header = dataclasses.replace(self.header(history), notebook=notebook, environment=_NOWHERE)
            self.database.write(
                "update histories set notebook = ?, record = ? where id = ?",
                (plain_text(notebook), write_record(header), history),
            )

    def finish(self, history: str, ended: str, values: Sequence[SavedBytes] = ()) -> tuple[SavedValue, ...]:
        """Close a history and keep the values it left; return them as they were kept."""
        with self.database.transaction() as connection:
            connection.execute("update histories set ended = ? where id = ?", (ended, history))
            last = connection.execute(
                "select coalesce(max(number), 0) from executions where history = ?", (history,)
            ).fetchone()[0]
            return self.save_values(history, last, values)

    def save_values(
        self, history: str, execution: int, values: Sequence[SavedBytes], force: bool = False
    ) -> tuple[SavedValue, ...]:
        """Keep values as they stood after an execution; return them as they were kept.

        A value that a cap forbids is kept without its bytes, and its `note` says why; `force` keeps it
        all the same.
        """
        with self.database.transaction() as connection:
            made = (self._keep_bytes(value, content, force) for value, content in values)
            kept = tuple(self._find_earlier(history, value) for value in made)
            connection.executemany(
                "insert into saved_values (history, execution, name, content, record) values (?, ?, ?, ?, ?) "
                "on conflict (history, name, execution) do update set "
                "content = excluded.content, record = excluded.record",
                [(history, execution, plain_text(v.name), v.content, write_record(v)) for v in kept],
            )
        return kept

    def _keep_bytes(self, value: SavedValue, content: bytes | Pieces | None, force: bool) -> SavedValue:
        if content is None:
            return value
        size = len(content) if isinstance(content, bytes) else content.size
        try:
            digest = self.kept.contents.put(content, force=force)
        except StoreFullError as error:
            return dataclasses.replace(value, content=None, size=size, note=str(error))
        return dataclasses.replace(value, content=digest, size=size)

    def _find_earlier(self, history: str, value: SavedValue) -> SavedValue:
        """Return a value that is not kept now with the bytes that were kept of it when it was the same."""
        if value.content is not None or value.digest is None or value.note is None:
            return value
        row = self.database.row(
            "select record from saved_values where history = ? and name = ? and content is not null "
            "and json_extract(record, '$.digest') = ? order by execution desc limit 1",
            (history, plain_text(value.name), value.digest),
        )
        return value if row is None else dataclasses.replace(_load_saved(row[0]), fit=value.fit)

    def load(self, history: str) -> History:
        """Return a whole history, with the executions that it has of another one."""
        header = self.header(history)
        rows = self.database.rows(
            "select number, record from executions where history = :history or (history = :origin and "
            "number <= :until and number not in (select number from executions where history = :history)) "
            "order by number",
            {"history": history, "origin": header.origin, "until": header.until},
        )
        return dataclasses.replace(header, executions=tuple(load(Execution, record) for _, record in rows))

    def has(self, history: str) -> bool:
        """Say whether a history is in the store."""
        return self.database.row("select 1 from histories where id = ?", (history,)) is not None

    def header(self, history: str) -> History:
        """Return a history without its executions."""
        row = self.database.row(_HEADER + "where h.id = ?", (history,))
        if row is None:
            raise self._unknown(history)
        return _read_header(row)

    def list_headers(self) -> tuple[History, ...]:
        """Return all histories without their executions, the newest first."""
        return tuple(_read_header(row) for row in self.database.rows(_HEADER + _NEWEST))

    def latest(self, name: str | None = None, notebook: str | Path | None = None) -> str | None:
        """Return the newest history, of a notebook, in which a name was bound, if there is one.

        Without a name, histories that executed anything go before those that did not.
        """
        query, parameters = _RECORDED + _MAIN, []
        if name is not None:
            query += "and exists (select 1 from bindings b where b.name = ? and b.history = h.id) "
            parameters.append(plain_text(name))
        if notebook is not None:
            path = Path(notebook)
            query += "and h.notebook in (?, ?, ?) "
            parameters += [plain_text(str(one)) for one in (notebook, path.absolute(), path.resolve())]
        executed = "exists (select 1 from executions e where e.history = h.id) desc, "
        query += _NEWEST.replace("order by ", f"order by {executed}") + "limit 1"
        row = self.database.row(query, parameters)
        return str(row[0]) if row else None

    def resolve(self, text: str) -> str:
        """Return the id that ``last``, an id or the unique beginning of one stands for."""
        if text == LAST:
            found = self.latest()
            if found is None:
                raise self._unknown(text)
            return found
        if self.database.row("select 1 from histories where id = ?", (text,)):
            return text
        matching = [one for one in self._list_ids() if text and one.startswith(text)]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise UnknownNameError(
                f"'{text}' begins the ids of {len(matching)} histories: {', '.join(matching[:5])}.",
                "Type more of the one you mean.",
            )
        raise self._unknown(text)

    def saved_value(self, history: str, name: str) -> SavedValue | None:
        """Return a value as it was when the history was last added to, if it was kept since it changed."""
        row = self.database.row(
            f"select record from saved_values s where history = ? and name = ? and {_STILL} "
            "order by execution desc limit 1",
            (history, plain_text(name)),
        )
        return _load_saved(row[0]) if row else None

    def saved_values(self, history: str) -> tuple[SavedValue, ...]:
        """Return the values that were kept in a history since they changed, in the order of their names."""
        rows = self.database.rows(
            f"select record, max(execution) from saved_values s where history = ? and {_STILL} "
            "group by name order by name",
            (history,),
        )
        return tuple(_load_saved(record) for record, _ in rows)

    def saved_versions(self, history: str, name: str) -> tuple[tuple[int, SavedValue], ...]:
        """Return a name's values as they were kept, each with its execution, the oldest first."""
        rows = self.database.rows(
            "select execution, record from saved_values where history = ? and name = ? order by execution",
            (history, plain_text(name)),
        )
        return tuple((number, _load_saved(record)) for number, record in rows)

    def changed_at(self, history: str, name: str) -> tuple[int, ...]:
        """Return the executions that bound a name or may have changed its value."""
        rows = self.database.rows(
            "select execution from bindings where history = ? and name = ? order by execution",
            (history, plain_text(name)),
        )
        return tuple(number for (number,) in rows)

    def list_files(self) -> frozenset[str]:
        """Return the digests of all files that statements read or wrote, kept or not."""
        found: set[str] = set()
        for (record,) in self.database.rows("select record from executions"):
            for statement in load(Execution, record).statements:
                touched: tuple[Read | Effect, ...] = (*statement.reads, *statement.effects)
                found |= {one.content for one in touched if one.resource.kind == "file" and one.content}
        return frozenset(found)

    def count_executions(self) -> int:
        """Return the number of executions in the store."""
        row = self.database.row("select count(*) from executions")
        return int(row[0]) if row else 0

    def _list_ids(self) -> list[str]:
        query = "select h.id from histories h " + _NEWEST
        return [row[0] for row in self.database.rows(query)]

    def _unknown(self, text: str) -> UnknownNameError:
        ids = self._list_ids()
        if not ids:
            return UnknownNameError(
                f"The store '{self.database.path}' holds no history yet.",
                "Record a notebook first: `%load_ext nbmlops` in it, or `nbmlops run NOTEBOOK`.",
            )
        import difflib  # only who mistypes waits for it

        close = difflib.get_close_matches(text, ids, n=3, cutoff=0.5) or ids[:3]
        return UnknownNameError(
            f"There is no history '{text}' in the store '{self.database.path}'; close: {', '.join(close)}.",
            f"Use one of these ids, their beginning, or `{LAST}`.",
        )


def _read_header(row: tuple[Any, ...]) -> History:
    record, ended, environment = row
    header = load(History, record)
    return dataclasses.replace(header, ended=ended, environment=load(Environment, environment))


def _load_saved(record: str) -> SavedValue:
    from nbmlops.core.value import SavedValue  # a list of cells does not wait for it

    return load(SavedValue, record)
