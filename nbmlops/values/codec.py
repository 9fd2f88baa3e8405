"""Codec: how a value is written as bytes and read back."""

from __future__ import annotations

import pickle
from typing import Any

import cloudpickle

__all__ = ["Unsavable", "load_value", "save_value"]

_HERE = b"__main__"


class Unsavable(TypeError):  # noqa: N818 - a verdict on a value, said as an adjective
    """A value cannot be written, or what was written cannot be read back here."""


def save_value(value: Any) -> tuple[str, bytes]:
    """Return the codec's name and the bytes; raise Unsavable where the value has no form in bytes.

    ``pickle`` where every class and function in it can be imported; ``cloudpickle``, which carries
    their code along, where some were made in the notebook.
    """
    try:
        content = pickle.dumps(value, protocol=5)
        if _HERE not in content:
            return "pickle", content
    except Exception:  # noqa: BLE001 - whatever a type raises here, the other codec may know better
        content = b""
    try:
        return "cloudpickle", cloudpickle.dumps(value, protocol=5)
    except Exception as error:
        raise Unsavable(f"a '{type(value).__qualname__}' cannot be saved: {error}") from error


def load_value(codec: str, content: bytes) -> Any:
    """Read back what `save_value` wrote; this runs code from `content`, so only on content one has made."""
    if codec not in ("pickle", "cloudpickle"):
        raise Unsavable(f"the codec '{codec}' is not known")
    try:
        return pickle.loads(content)
    except Exception as error:
        raise Unsavable(
            f"the saved value cannot be read back here: {type(error).__name__}: {error}"
        ) from error
