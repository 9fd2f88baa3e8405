"""Asking: a row for a service as fields that can be typed into, and what was typed as a row again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from nbmlops.core.overview import Offered
from nbmlops.core.value import SignatureField
from nbmlops.errors import UsageError
from nbmlops.faces.panel.parts import Field

__all__ = ["list_fields", "read_row"]

_MOST = 60
_YES, _NO, _NOTHING = "true", "false", ""


def list_fields(offered: Offered, example: int, texts: Mapping[str, Any] | None) -> tuple[Field, ...]:
    """Return a field for each column that an example has, filled from it or from what was typed."""
    row = _take_example(offered, example)
    return tuple(
        _make_field(field, str((texts or {}).get(field.name, _spell(row[field.name]))))
        for field in _list_columns(offered, row)[:_MOST]
    )


def _list_columns(offered: Offered, row: Mapping[str, Any]) -> list[SignatureField]:
    return [field for field in offered.signature.inputs if field.name in row]


def _take_example(offered: Offered, example: int) -> Mapping[str, Any]:
    if not 0 <= example < len(offered.examples):
        return {field.name: None for field in offered.signature.inputs if field.required}
    return offered.examples[example].row


def _make_field(field: SignatureField, text: str) -> Field:
    label = field.name if field.required else f"{field.name} (not needed)"
    choices = (_YES, _NO) if field.kind == "boolean" else field.values
    if choices:
        empty = (_NOTHING,) if field.nullable else ()
        options = tuple(dict.fromkeys([*empty, *choices, text]))
        return Field(field.name, label, "choice", text, options)
    return Field(
        field.name,
        label,
        "text",
        text,
        hint=f"{field.dtype}, may be empty" if field.nullable else field.dtype,
    )


def _spell(value: Any) -> str:
    if value is None:
        return _NOTHING
    return value if isinstance(value, str) else json.dumps(value)


def read_row(offered: Offered, example: int, texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row that was typed; what was not changed stays as the example has it.

    Raises
    ------
    UsageError
        Where a number was expected and something else was typed.
    """
    row = dict(_take_example(offered, example))
    for field in _list_columns(offered, row)[:_MOST]:
        text = str(texts.get(field.name, _spell(row[field.name])))
        if text != _spell(row[field.name]):
            row[field.name] = _read_value(field, text)
    return row


def _read_value(field: SignatureField, text: str) -> Any:
    if text == _NOTHING and field.kind not in ("text", "category"):
        return None
    try:
        if field.kind == "boolean":
            return {_YES: True, _NO: False}[text]
        if field.kind == "integer":
            return int(text)
        if field.kind == "number":
            number = float(text)
            return number if math.isfinite(number) else text
    except (ValueError, KeyError):
        raise UsageError(
            f"'{text}' is no {field.kind}, as '{field.name}' has to be.", "Type another."
        ) from None
    return None if text == _NOTHING and field.nullable else text
