"""Snapshots: what is kept of a name or a file is found, described, compared and written to a file."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbmlops.core.history import History
from nbmlops.core.snapshot import Difference, Snapshot
from nbmlops.core.table import TableLayout
from nbmlops.core.value import Profile, SavedValue
from nbmlops.errors import DataError, UnknownNameError, UsageError
from nbmlops.store.opening import Store
from nbmlops.values.difference import compare_columns, count_rows
from nbmlops.values.layout import outline_frame, read_layout
from nbmlops.values.profile import profile_frame, read_table

__all__ = ["FILE", "compare_snapshots", "find_snapshot", "keep_file", "profile_content", "split_reference"]

FILE = "file"
"""The codec of a content that is a file's own bytes."""


def split_reference(text: str) -> tuple[str, int | None]:
    """Return the name and the execution that ``NAME@EXECUTION`` or ``NAME`` stands for."""
    name, at, number = text.rpartition("@")
    if not at:
        return text, None
    if not name or not number.isdigit():
        raise UsageError(f"'{text}' is no snapshot.", "Type a name and an execution, for example `df@3`.")
    return name, int(number)


def find_snapshot(store: Store, history: History, text: str) -> Snapshot:
    """Return what was kept of a name or a file as it was after an execution, without an execution the last.

    A value that was kept at another execution counts where the name was not bound or changed between.

    Raises
    ------
    UnknownNameError
        If nothing of it was kept, or there was no such execution.
    """
    name, number = split_reference(text)
    path = str(Path(history.directory, name))
    versions = store.histories.saved_versions(history.id, name) or [
        (n, v) for n, v in store.histories.saved_versions(history.id, path) if v.type == FILE
    ]
    _check_execution(history, text, number, [n for n, _ in versions])
    kept = [(n, v) for n, v in versions if v.content]
    changes = store.histories.changed_at(history.id, name)
    if number is not None:
        kept = [(n, v) for n, v in kept if not any(min(n, number) < c <= max(n, number) for c in changes)]
        kept.sort(key=lambda item: -abs(item[0] - number))
    found = None if kept and kept[-1][1].type != FILE else _find_file(store, history, name, number)
    if found is not None and not (kept and kept[-1][0] >= found.execution):
        return found
    if kept:
        return Snapshot(kept[-1][1].name, history.id, kept[-1][0], kept[-1][1])
    raise _tell_missing(store, history, text, name)


def _check_execution(history: History, text: str, number: int | None, kept: Sequence[int]) -> None:
    """Refuse an execution that is yet to come; one whose cell was private is none that was not."""
    last = max([*(e.number for e in history.executions), *kept], default=0)
    if number is not None and not 1 <= number <= last:
        ran = f"the last of history {history.id} is {last}" if last else f"history {history.id} has none"
        raise UnknownNameError(
            f"'{text}' means execution {number}, and {ran}.",
            "Type one that `nbmlops history` lists, or the name alone for the last value that was kept.",
        )


def _find_file(store: Store, history: History, name: str, number: int | None) -> Snapshot | None:
    """Return a file as the last statement that read it, up to an execution, found it."""
    found = None
    for execution in history.executions:
        if number is not None and execution.number > number:
            break
        for read in (read for statement in execution.statements for read in statement.reads):
            path = read.resource.key
            named = path == name or Path(path).parts[-len(Path(name).parts) :] == Path(name).parts
            if read.resource.kind == "file" and named and read.content and store.contents.has(read.content):
                size = store.contents.size(read.content)
                value = SavedValue(path, FILE, read.content, read.content, FILE, size)
                found = Snapshot(path, history.id, execution.number, value)
    return found


def _tell_missing(store: Store, history: History, text: str, name: str) -> UnknownNameError:
    versions = store.histories.saved_versions(history.id, name)
    kept = sorted({number for number, value in versions if value.content})
    notes = [value.note for _, value in versions if value.note]
    if kept:
        places = ", ".join(f"{name}@{number}" for number in kept)
        return UnknownNameError(
            f"'{text}' was not kept in history {history.id}; kept of it: {places}.",
            f"Type one of these, or make it again from its statements: `nbmlops export {name} DIR`.",
        )
    why = f": {notes[-1]}" if notes else ""
    again = f", or make it again: `nbmlops export {name} DIR`" if name.isidentifier() else ""
    return UnknownNameError(
        f"Nothing was kept of '{name}' in history {history.id}{why}.",
        f"Keep it in its kernel: `%nbmlops snapshot {name}`{again}.",
    )


def keep_file(store: Store, history: str, execution: int, path: Path, force: bool) -> SavedValue:
    """Keep a file's bytes as they are now."""
    content = path.read_bytes()
    value = SavedValue(str(path), FILE, None, None, FILE, len(content))
    (kept,) = store.histories.save_values(history, execution, [(value, content)], force)
    return dataclasses.replace(kept, digest=kept.content)


def profile_content(store: Store, value: SavedValue) -> Profile | None:
    """Return the profile of a table that is kept, taken now where nobody has; None for anything else."""
    if value.content is None:
        return None
    known = store.tables.profile(value.content)
    if known is not None:
        return known
    read = _read_frame(store, value)
    if read is None:
        return None
    profile = profile_frame(read[1])
    store.tables.set_profile(value.content, profile)
    return profile


def compare_snapshots(store: Store, before: Snapshot, after: Snapshot) -> Difference:
    """Compare two snapshots; tables column by column, without loading either."""
    one, other = before.value, after.value
    same = one.content == other.content or (one.digest is not None and one.digest == other.digest)
    tables = [_read_frame(store, value) for value in (one, other)]
    if tables[0] is None or tables[1] is None:
        return Difference(before, after, same)
    (old, old_frame), (new, new_frame) = tables[0], tables[1]
    rows = count_rows(old_frame, new_frame)
    columns = compare_columns((old, old_frame), (new, new_frame))
    hidden = [c.name for layout in (old, new) for c in layout.columns if c.form == "hidden"]
    notes = [f"'{name}' can only be told apart as a whole" for name in dict.fromkeys(hidden)]
    if not same and rows in (None, (0, 0)) and all(c.change == "same" for c in columns):
        notes.append("they differ in something else: labels, order, attributes or flags")
    return Difference(
        before,
        after,
        same,
        old.rows,
        new.rows,
        rows[0] if rows else None,
        rows[1] if rows else None,
        columns,
        tuple(notes),
    )


def _read_frame(store: Store, value: SavedValue) -> tuple[TableLayout, Any] | None:
    """Return a table that is kept, as far as it can be read without loading it."""
    if value.content is None:
        return None
    layout = store.tables.layout(value.content)
    if layout is not None:
        return layout, read_layout(store.contents.get(value.content), layout)
    if value.codec != FILE:
        return None
    with tempfile.TemporaryDirectory(prefix="nbmlops-snapshot-") as folder:
        copy = Path(folder) / Path(value.name).name
        copy.write_bytes(store.contents.get(value.content))
        try:
            frame = read_table(copy)
        except DataError:
            return None
    return outline_frame(frame), frame
