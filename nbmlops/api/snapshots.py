"""Snapshots: keep a value now, bring one back, and compare two."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.opening import choose_history, find_following, use_store
from nbmlops.core.snapshot import Difference, Restored, Snapshot
from nbmlops.errors import CaptureError, UnknownNameError, UsageError
from nbmlops.lifecycle.snapshots import (
    FILE,
    compare_snapshots,
    find_snapshot,
    keep_file,
    profile_content,
    split_reference,
)
from nbmlops.values.codec import load_value

if TYPE_CHECKING:
    from nbmlops.capture.following import Following
    from nbmlops.core.value import SavedValue
    from nbmlops.store.opening import Store

__all__ = ["diff_snapshots", "restore_snapshot", "take_snapshot"]


def take_snapshot(name: str, force: bool = False, store: Path | None = None) -> Snapshot:
    """Keep what a name, or a file, holds now, and describe it; of a table over the cap only what it is like.

    Parameters
    ----------
    name
        A variable of this kernel, or the path of a file.
    force
        Keep it though it is larger than the cap of a value, or the store than its own.

    Raises
    ------
    CaptureError
        If no kernel is recorded here, or the value cannot be kept.
    UnknownNameError
        If there is neither such a name nor such a file.
    """
    with use_store(store) as opened:
        following = _require_kernel(opened, name)
        before = opened.contents.used()
        value: SavedValue | None
        if name not in following.shell.user_ns and Path(name).is_file():
            path = Path(name).absolute()
            value = keep_file(opened, following.history.id, following.recorder.executions, path, force)
        else:
            value = next((v for v in following.hold([name], force) if v.name == name), None)
        if value is None:
            raise UnknownNameError(
                f"There is no variable '{name}' that may be kept.",
                "Names that a `%%private` cell made are not kept; see the others with `%whos`.",
            )
        if value.content is None and value.profile is None:
            raise CaptureError(f"'{name}' was not kept: {value.note or 'it holds code only'}.", _force(name))
        added = max(0, opened.contents.used() - before)
        return Snapshot(
            value.name,
            following.history.id,
            following.recorder.executions,
            value,
            value.profile or profile_content(opened, value),
            added,
        )


def restore_snapshot(
    reference: str,
    bind: str | None = None,
    output: Path | None = None,
    history: str | None = None,
    notebook: Path | None = None,
    store: Path | None = None,
) -> Restored:
    """Bring a value back into this kernel, or write a value or a file as it was to a file.

    Parameters
    ----------
    reference
        ``NAME@EXECUTION``, or a name alone for what was kept last.
    bind
        The name to bind in this kernel (default: its own).
    output
        A file to write instead: the bytes of a file, or the pickle of a value, which is not opened.
    history, notebook
        Which history to take, by id or by the notebook's file.

    Raises
    ------
    UnknownNameError
        If nothing of it was kept.
    UsageError
        If there is no kernel to bring it back into, or the file is there already.
    """
    with use_store(store, runs=output is None) as opened:
        name, _ = split_reference(reference)
        found = find_snapshot(opened, choose_history(opened, name, history, notebook), reference)
        content = opened.contents.get(found.value.content or "")
        restored = Restored(found.name, found.history, found.execution, found.value.type)
        following = find_following()
        if output is not None or found.value.codec == FILE or following is None:
            path = output or Path(f"{Path(found.name).name}{'' if found.value.codec == FILE else '.pkl'}")
            _write_new(path, content)
            return dataclasses.replace(restored, path=str(path))
        bound = bind or name
        if not bound.isidentifier():
            raise UsageError(f"'{bound}' is no name.", "Type `--as NAME` with a name of your own.")
        following.shell.user_ns[bound] = load_value(found.value.codec or "", content)
        return dataclasses.replace(restored, bound=bound)


def diff_snapshots(
    before: str,
    after: str,
    history: str | None = None,
    notebook: Path | None = None,
    store: Path | None = None,
) -> Difference:
    """Compare two snapshots: rows, columns, types and distributions; neither is loaded.

    Parameters
    ----------
    before, after
        ``NAME@EXECUTION``, or a name alone: what it holds now in a recorded kernel, else what was kept last.
    history, notebook
        Which history to take, by id or by the notebook's file.

    Raises
    ------
    UnknownNameError
        If nothing of one of them was kept.
    """
    with use_store(store) as opened:
        return compare_snapshots(
            opened,
            _find_live(opened, before, history, notebook),
            _find_live(opened, after, history, notebook),
        )


def _find_live(store: Store, text: str, history: str | None, notebook: Path | None) -> Snapshot:
    name, number = split_reference(text)
    chosen = choose_history(store, name, history, notebook)
    following = find_following()
    is_own = following is not None and following.store is store and following.history.id == chosen.id
    if number is None and following is not None and is_own and name in following.shell.user_ns:
        following.hold([name])
    return find_snapshot(store, chosen, text)


def _require_kernel(store: Store, name: str) -> Following:
    following = find_following()
    if following is None or following.store is not store:
        raise CaptureError(
            f"'{name}' cannot be kept here: no kernel is being recorded.",
            f"Type `%load_ext nbmlops` and `%nbmlops snapshot {name}` in the notebook.",
        )
    return following


def _force(name: str) -> str:
    return f"If it is too large: `%nbmlops snapshot {name} --force`, or keep a sample of it."


def _write_new(path: Path, content: bytes) -> None:
    if path.exists():
        raise UsageError(f"The file '{path}' is there already.", "Name another: `--output FILE`.")
    path.write_bytes(content)
