"""Shrinking: the fewest events, and the fewest statements in them, with which a session still fails."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.messy.session import Event, Session

__all__ = ["drop_parts", "shrink_session", "write_case"]

_Part = TypeVar("_Part")


def drop_parts(parts: Sequence[_Part], fails: Callable[[list[_Part]], bool]) -> list[_Part]:
    """Return a list from which no single part can be left out without `fails` becoming false.

    Delta debugging (Zeller and Hildebrandt 2002): large pieces are tried first, then smaller ones.
    """
    kept, size = list(parts), max(len(parts) // 2, 1)
    while kept:
        start, dropped = 0, False
        while start < len(kept):
            shorter = kept[:start] + kept[start + size :]
            if fails(shorter):
                kept, dropped = shorter, True
            else:
                start += size
        if size == 1 and not dropped:
            break
        size = max(size // 2, 1)
    return kept


def shrink_session(session: Session, fails: Callable[[Session], bool]) -> Session:
    """Leave out events, then statements of those that are left, as long as it still fails."""

    def events_fail(events: Sequence[Event]) -> bool:
        return fails(replace(session, events=tuple(events)))

    events = drop_parts(session.events, events_fail)
    for number, event in enumerate(events):
        parts = _split_cell(event.source)
        if len(parts) > 1:

            def parts_fail(left: list[str], number: int = number, event: Event = event) -> bool:
                other = replace(event, source="\n".join(left))
                return bool(left) and events_fail([*events[:number], other, *events[number + 1 :]])

            events[number] = replace(event, source="\n".join(drop_parts(parts, parts_fail)))
    return replace(session, events=tuple(drop_parts(events, events_fail)))


def _split_cell(source: str) -> list[str]:
    try:
        nodes = ast.parse(source).body
    except SyntaxError:
        return [source]
    return [ast.unparse(node) for node in nodes]


def write_case(session: Session, name: str, note: str) -> str:
    """Write a shrunk session as a case: the same form as those in tests/cases."""
    cells = [{"id": e.cell, "src": e.source} for e in session.events]
    record = {"name": note, "target": name, "cells": cells, "keep": [], "drop": [], "files": {}, "note": ""}
    return json.dumps(record, indent=1)
