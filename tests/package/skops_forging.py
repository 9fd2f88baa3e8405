"""Skops files that were changed by hand, as somebody would who wants code to run."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

__all__ = ["call_system", "forge"]


def forge(content: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a skops file whose schema was changed by hand."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "schema.json":
                schema = json.loads(data)
                change(schema)
                data = json.dumps(schema).encode()
            new.writestr(name, data)
    return made.getvalue()


def call_system(schema: dict[str, Any]) -> None:
    """Put a function of the operating system where a number stood."""
    schema["content"]["content"]["C"] = {
        "__class__": "system",
        "__module__": "os",
        "__loader__": "FunctionNode",
        "__id__": 1,
    }
