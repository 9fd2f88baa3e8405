"""Requests: the rows of a request's body, or what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

__all__ = ["BadRequestError", "find_twice", "read_body", "read_json", "read_rows"]


class BadRequestError(Exception):
    """A body that holds no rows: the text says why."""


async def read_body(receive: Callable[[], Awaitable[MutableMapping[str, Any]]], limit: int) -> bytes | None:
    """Return the body of a request, or the beginning of a long one; None where the caller went away."""
    body = b""
    while len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body = body + message.get("body", b"") if body else message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


def read_json(body: bytes) -> Any:
    """Return what a body of JSON holds; a field that is there twice is an error."""
    try:
        return json.loads(body, object_pairs_hook=_read_object)
    except RecursionError as error:
        raise BadRequestError("the JSON is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise BadRequestError(f"the body is no JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise BadRequestError("the body is no text in UTF-8") from error
    except ValueError as error:
        raise BadRequestError("a number in the body has too many digits") from error


def read_rows(body: bytes) -> list[Any]:
    """Return the rows of ``{"rows": [{...}, ...]}``, or the single row that the body is."""
    content = read_json(body)
    if not isinstance(content, dict):
        raise BadRequestError('send a row {column: value}, or {"rows": [row, ...]}')
    rows = content.get("rows")
    if set(content) == {"rows"} and isinstance(rows, list):
        return rows
    return [content]


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = find_twice([name for name, _ in pairs])
        raise BadRequestError(f"the field {twice!r} is there twice")
    return made


def find_twice(names: list[str]) -> str | None:
    """Return the first name that is there again; None where each is there once."""
    met: set[str] = set()
    for name in names:
        if name in met:
            return name
        met.add(name)
    return None
