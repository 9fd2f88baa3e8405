"""Paths: which files and folders a statement read, wrote, listed and made."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from nbmlops.capture.files import Observed, is_own_file
from nbmlops.capture.mentions import Mentions
from nbmlops.capture.modules import is_reloaded, read_module
from nbmlops.capture.stamps import Stamp, stamp_file
from nbmlops.core.digest import digest_bytes, digest_file
from nbmlops.core.resource import Effect, Read, Resource

__all__ = [
    "candidate_files",
    "conclude_files",
    "conclude_folders",
    "conclude_imports",
]


def candidate_files(mentions: Mentions, namespace: Mapping[str, Any], reached: Iterable[str]) -> set[str]:
    """Find files that a statement names: native code opens files unseen."""
    values = [namespace[n] for n in reached if issubclass(type(namespace.get(n)), str | Path)]
    texts = [str(v) for v in (*mentions.strings, *values) if 0 < len(str(v)) < 1024 and "\n" not in str(v)]
    likely = [t for t in texts if mentions.makes_folder or "." in t or "/" in t]
    return {p for t in likely for p in [os.path.abspath(t)] if is_own_file(p)}


def conclude_files(observed: Observed, before: Mapping[str, Stamp | None]) -> tuple[list[Read], list[Effect]]:
    """Turn what was opened, and what changed on disk unseen, into reads and effects.

    `before` holds the stamps of the files that the statement names, as they were before it, and
    None for what did not exist.
    """
    unseen = _note_unseen(observed, before)
    reads = [
        Read(
            Resource("file", path),
            "the statement names it" if path in unseen else "the statement opened it for reading",
            certain=path not in unseen,
            content=_digest_before(observed, path),
        )
        for path in observed.read
        if not os.path.isdir(path)
    ]
    for path in observed.written:
        observed.links.find_other(path)  # a file that was made is known from now on
    effects = [
        Effect(
            Resource("file", path),
            "written",
            "the statement wrote it",
            definite=truncates,
            content=None if path in observed.databases.origins else _digest_if_file(path),
        )
        for path, truncates in observed.written.items()
        if os.path.isfile(path)
    ]
    effects += [
        Effect(Resource("file", path), "deleted", "the statement removed it", definite=True)
        for path in observed.deleted
        if not os.path.exists(path)
    ]
    reads += [Read(Resource("outside", what), "the statement called it") for what in observed.outside]
    return reads, effects


def _note_unseen(observed: Observed, before: Mapping[str, Stamp | None]) -> set[str]:
    """Add what happened to files without an event; return those that are only named."""
    named: set[str] = set()
    for path in observed.databases.find_changed():
        if observed.databases.origins[path] is not None:
            observed.read[path] = None
        observed.written.setdefault(path, False)
    for path, stamp in before.items():
        now = stamp_file(path)
        if now is None and stamp is not None and path not in observed.deleted:
            observed.note_unknown(path)
            observed.deleted[path] = None
        elif now != stamp and now is not None:
            observed.note_unseen(path, is_new=stamp is None)
        elif path not in observed.read and path not in observed.written and not os.path.isdir(path):
            named.add(path)
            observed.note_read(path)
    for path, is_new in observed.stamps.find_written().items() if observed.stamps else ():
        if is_own_file(path):
            observed.note_unseen(path, is_new)
    return named


def _digest_before(observed: Observed, path: str) -> str | None:
    """Return the digest of what a statement read, as it was before the statement wrote; None if unknown."""
    if path in observed.kept:
        return digest_bytes(observed.kept[path])
    if path in observed.databases.origins:
        return observed.databases.origins[path]
    return None if path in observed.lost else _digest_if_file(path)


def conclude_folders(
    mentions: Mentions,
    observed: Observed,
    reached: Iterable[str],
    namespace: Mapping[str, Any],
    made: Collection[str],
    files: Collection[str] = (),
) -> tuple[list[Read], list[Effect]]:
    """Tell which folders a statement made, listed, or needed: `made` are those made by earlier ones.

    touched = [*observed.read, *observed.written, *observed.entered, *observed.listed, *observed.made]
    touched += files
    """
    named = candidate_files(mentions, namespace, reached) if mentions.makes_folder else set()
    new = {p for p in (*observed.made, *named) if os.path.isdir(p)}
    touched = [*observed.read, *observed.written, *observed.entered, *observed.listed, *observed.made, *files]
    needed = {folder for path in touched for folder in (path, *_parents(path)) if folder in made} - new
    reads = [Read(Resource("file", p), "the statement uses the folder") for p in sorted(needed)]
    reads += [Read(Resource("file", f"{p}/*"), "the statement lists the folder") for p in observed.listed]
    effects = [Effect(Resource("file", p), "written", "the statement makes the folder") for p in sorted(new)]
    filled = {os.path.dirname(p) for p in (*observed.written, *observed.deleted, *new)}
    effects += [
        Effect(Resource("file", f"{p}/*"), "changed", "the statement changes what is in the folder")
        for p in sorted(filled)
    ]
    return reads, effects


def _parents(path: str) -> Iterator[str]:
    while (parent := os.path.dirname(path)) != path:
        path = parent
        yield path


def _digest_if_file(path: str) -> str | None:
    try:
        return digest_file(path)
    except OSError:
        return None


def conclude_imports(
    mentions: Mentions, known: Collection[str], modules: Mapping[str, ModuleType]
) -> list[Read]:
    """Note the text of the person's own modules that a statement loaded, or may have: `known` were there."""
    roots = {module.__name__.partition(".")[0] for module in modules.values()}
    again = not roots.isdisjoint(mentions.imported)
    loaded = [
        module for key, module in sorted(modules.items()) if again or key not in known or is_reloaded(module)
    ]
    reads = [read_module(module, "the statement imports it") for module in loaded]
    return [read for read in reads if read is not None]
