"""Requests: the rows of a request's body, or what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["BadRequestError", "read_rows"]


class BadRequestError(Exception):
    """A body that holds no rows: the text says why."""


def read_rows(body: bytes) -> list[Any]:
    """Return the rows of ``{"rows": [{...}, ...]}``, or the single row that the body is."""
    try:
        content = json.loads(body, object_pairs_hook=_read_object)
    except RecursionError as error:
        raise BadRequestError("the JSON is nested too deeply") from error
    except ValueError as error:
        raise BadRequestError(f"the body is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise BadRequestError('send a row {column: value}, or {"rows": [row, ...]}')
    rows = content.get("rows")
    if set(content) == {"rows"} and isinstance(rows, list):
        return rows
    return [content]


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequestError(f"the field {twice!r} is there twice")
    return made
