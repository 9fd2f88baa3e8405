"""Replies: a status and the bytes that go with it."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

__all__ = ["Reply", "refuse", "reply_json", "send_reply", "spell_json"]

_JSON = "application/json"


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered; `rows` is how many rows it answers."""

    status: int
    content: bytes
    kind: str = _JSON
    rows: int | None = None


def refuse(status: int, detail: Any) -> Reply:
    """Say what is wrong with a request."""
    return reply_json(status, {"detail": detail})


def reply_json(status: int, content: Any, rows: int | None = None) -> Reply:
    """Return content as JSON; what JSON has no number for is null."""
    return Reply(status, spell_json(content), rows=rows)


def spell_json(content: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """Return content as a line of JSON; what JSON has no number for is null; `default` spells the rest."""
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, default=default)
    except ValueError:
        text = json.dumps(_finite(content), ensure_ascii=False, allow_nan=False, default=default)
    return text.encode("utf-8", "backslashreplace")


async def send_reply(send: Callable[[MutableMapping[str, Any]], Awaitable[None]], reply: Reply) -> None:
    """Send a reply as ASGI asks."""
    headers = [
        (b"content-type", reply.kind.encode()),
        (b"content-length", str(len(reply.content)).encode()),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.content})


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value
