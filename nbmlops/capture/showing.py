"""Showing: the pictures that a cell shows, taken as they are published."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbmlops.core.said import Figure

__all__ = ["Showing"]

_PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
_CHARTS = ("application/vnd.plotly.v1+json", "application/vnd.vegalite.v5+json")
_MOST, _LARGEST = 50, 5 * 2**20


@dataclass(slots=True)
class Showing:
    """Listens to what a shell publishes while one of its cells runs.

    A kernel offers hooks for it; a terminal's IPython keeps what it showed in its history.
    """

    shell: Any
    _bundles: list[Mapping[str, Any]] = field(default_factory=list)
    _counted: int = 0
    _open: bool = False

    def start(self) -> None:
        """Begin to listen."""
        register = getattr(self.shell.display_pub, "register_hook", None)
        if register is not None:
            register(self._hear)

    def stop(self) -> None:
        """Listen no more."""
        unregister = getattr(self.shell.display_pub, "unregister_hook", None)
        if unregister is not None:
            unregister(self._hear)

    def begin(self) -> None:
        """Forget what was shown before the cell that begins."""
        self._bundles.clear()
        self._open = True
        self._counted = self.shell.execution_count

    def _hear(self, message: Any) -> Any:
        if self._open and len(self._bundles) < _MOST and message.get("msg_type") == "display_data":
            data = message.get("content", {}).get("data", {})
            if any(media in data for media in (*_PICTURES, *_CHARTS)):
                self._bundles.append(data)
        return message

    def end(self) -> Iterator[tuple[Figure, bytes]]:
        """Yield each picture that the cell which ends has shown, once, with its bytes."""
        self._open = False
        known: set[bytes] = set()
        for bundle in (*self._bundles, *self._list_remembered()):
            found = _read_picture(bundle)
            if found is not None and found[1] not in known and len(known) < _MOST:
                known.add(found[1])
                yield Figure("", found[0], len(found[1])), found[1]
        self._bundles.clear()

    def _list_remembered(self) -> Iterator[Mapping[str, Any]]:
        """Yield what the shell remembers of the cell: its value, and in a terminal all that it showed."""
        manager = self.shell.history_manager
        outputs = getattr(manager, "outputs", None) if manager is not None else None
        for one in outputs.get(self._counted, ()) if outputs else ():
            if one.output_type in {"execute_result", "display_data"}:
                yield one.bundle


def _read_picture(bundle: Mapping[str, Any]) -> tuple[str, bytes] | None:
    for media in _PICTURES:
        if media in bundle:
            content = _read_bytes(bundle[media], media)
            return (media, content) if content and len(content) <= _LARGEST else None
    for media in _CHARTS:
        if media in bundle:
            content = json.dumps(bundle[media], sort_keys=True).encode()
            return (media, content) if len(content) <= _LARGEST else None
    return None


def _read_bytes(value: Any, media: str) -> bytes:
    if isinstance(value, bytes):
        return value
    text = "".join(value) if isinstance(value, list) else str(value)
    return text.encode() if media.endswith("xml") else base64.b64decode(text)
