"""Histories: what happened, and what an object needs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.opening import choose_history, use_store

if TYPE_CHECKING:
    from nbmlops.core.history import History
    from nbmlops.core.slice import Slice

__all__ = ["explain_name", "list_history", "slice_name"]


def list_history(
    history: str | None = None, notebook: Path | None = None, store: Path | None = None
) -> History:
    """Return what was executed: this kernel's history, the one that is named, or the newest.

    The execution in which a kernel was killed comes last, without its source.
    """
    with use_store(store) as opened:
        found = choose_history(opened, None, history, notebook)
        last = opened.running.find_interrupted(found.id)
        return found if last is None else dataclasses.replace(found, executions=(*found.executions, last))


def slice_name(
    name: str, history: str | None = None, notebook: Path | None = None, store: Path | None = None
) -> Slice:
    """Return the slice of a name: the statements that its value needs.

    Raises
    ------
    UnknownNameError
        If no recorded statement made the name.
    """
    from nbmlops.slicing.cutting import cut_slice  # a list of cells or runs does not wait for it

    with use_store(store) as opened:
        return cut_slice(choose_history(opened, name, history, notebook), name)


def explain_name(
    name: str, history: str | None = None, notebook: Path | None = None, store: Path | None = None
) -> Slice:
    """Return every statement with the reasons why the name needs it, or does not.

    Raises
    ------
    UnknownNameError
        If no recorded statement made the name.
    """
    return slice_name(name, history, notebook, store)
