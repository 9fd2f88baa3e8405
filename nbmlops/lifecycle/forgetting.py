"""Forgetting: what somebody named is found in all that is kept, taken out, and what rests on it is listed."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Collection

from nbmlops.core.history import History
from nbmlops.core.housekeeping import Forgotten
from nbmlops.errors import StoreError, UnknownNameError
from nbmlops.lifecycle.snapshots import find_snapshot, split_reference
from nbmlops.store.forgetting import Forgetting
from nbmlops.store.opening import Store

__all__ = ["forget_column", "forget_history", "forget_value"]

_STAYS = (
    "What was typed into cells stays in their text, single numbers and fingerprints in their records: "
    "the whole history goes with `nbmlops forget"
)
_LATER = "Copies that were made before still hold it: backups, bundles, exports with rows, packages, git."


def forget_value(store: Store, history: History, text: str) -> Forgotten:
    """Forget a name's value after an execution, or all that was kept of a name, or a file.

    Raises
    ------
    UnknownNameError
        If nothing of it was kept.
    """
    name, number = split_reference(text)
    versions = store.histories.saved_versions(history.id, name)
    contents = {v.content for n, v in versions if v.content and number in (None, n)}
    if not contents and not (number is None and any(v.digest or v.profile for _, v in versions)):
        contents = {_find_file(store, history, text)}
    what = f"'{text}' of history {history.id}"
    found = _forget(store, what, contents, history.id, name, whole=number is None)
    return dataclasses.replace(found, notes=(*found.notes, f"{_STAYS} {history.id}`."))


def _find_file(store: Store, history: History, text: str) -> str:
    """Return the content of a file that was read, or say that there is nothing to forget."""
    try:
        return find_snapshot(store, history, text).value.content or ""
    except UnknownNameError as error:
        places = [f"{text}@{n}" for n, v in store.histories.saved_versions(history.id, text) if v.content]
        raise UnknownNameError(
            f"Nothing is kept of '{text}' in history {history.id}: there is nothing to forget.",
            f"Kept of it: {', '.join(places)}."
            if places
            else "Name what is kept: a variable, a file that a cell read, `column:NAME`, or the id of a run "
            "(`nbmlops runs`) or a history; `--history ID` looks in another one.",
        ) from error


def forget_column(store: Store, column: str) -> Forgotten:
    """Forget every kept table and file that has a column of some name.

    Raises
    ------
    UnknownNameError
        If none has one.
    """
    contents = {c for c in store.tables.find_column(column) if store.contents.has(c)}
    contents |= {digest for digest in store.histories.list_files() if _has_column(store, digest, column)}
    if not contents:
        raise UnknownNameError(
            f"No table or file that is kept has a column '{column}': there is nothing to forget.",
            "See the columns of a value: `nbmlops diff NAME NAME`.",
        )
    return _forget(store, f"the column '{column}'", contents)


def forget_history(store: Store, history: History) -> Forgotten:
    """Forget all texts, evidence and values of a history that has ended."""
    if not history.ended and store.running.find_interrupted(history.id) is None:
        raise StoreError(
            f"History {history.id} may still be recorded.",
            "End its kernel first, or forget single values: `nbmlops forget NAME`.",
        )
    versions = _list_versions(store, {history.id}, (), None)
    before = store.contents.count()
    records = Forgetting(store.database).forget_history(history.id)
    gone = before - store.contents.count()
    return Forgotten(f"history {history.id}", gone, records, versions, (_LATER,))


def _has_column(store: Store, digest: str, column: str) -> bool:
    if not store.contents.has(digest):
        return False
    first = store.contents.get(digest)[:65536].decode("utf-8", "replace").partition("\n")[0]
    return any(column in row for row in csv.reader([first]))


def _forget(
    store: Store,
    what: str,
    contents: Collection[str],
    history: str | None = None,
    name: str | None = None,
    whole: bool = False,
) -> Forgotten:
    forgetting = Forgetting(store.database)
    shared = forgetting.find_sharing(contents)
    versions = _list_versions(store, {history} if history else set(), contents, name)
    before = store.contents.count()
    described = (history, name) if whole and history and name else None
    records = forgetting.forget_contents(what, contents, described)
    notes = [f"some of the same columns are also in {other}: forget that as well" for other in shared]
    gone = max(len(contents), before - store.contents.count())
    return Forgotten(what, gone, records, versions, (*notes, _LATER))


def _list_versions(
    store: Store, histories: Collection[str], contents: Collection[str], name: str | None
) -> tuple[str, ...]:
    """Return the versions that were made with a name of a history, or with a content."""
    found = []
    for version in store.models.versions():
        known = version.recipe is not None and store.contents.has(version.recipe)
        recipe = store.contents.get(version.recipe or "").decode() if known else ""
        named = version.history in histories and (
            name is None or name == version.target or f'"key": "{name}"' in recipe
        )
        if named or version.artifact in contents or any(content in recipe for content in contents):
            found.append(f"{version.name} version {version.version}")
    return tuple(found)
