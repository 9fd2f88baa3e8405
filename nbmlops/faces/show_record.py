"""Show record: any record as its own fields, where nothing more is to be said."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from nbmlops.faces.blocks import Block, Line, Table
from nbmlops.faces.wording import show_number

__all__ = ["show_record"]


def show_record(record: Any) -> Sequence[Block]:
    """Show the fields of a record, or a text as it is."""
    if record is None:
        return ()
    if not dataclasses.is_dataclass(record) or isinstance(record, type):
        return (Line(str(record)),)
    rows = tuple(
        (field.name.replace("_", " "), _word_value(getattr(record, field.name)))
        for field in dataclasses.fields(record)
    )
    return (Table(("", ""), rows),)


def _word_value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={show_number(item)}" for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(show_number(item) for item in value)
    return show_number(value)
