"""Codec: how a value is written as bytes and read back."""

from __future__ import annotations

import contextlib
import dataclasses
import pickle
from typing import Any

from nbmlops.values.layout import ScatteredError, describe_layout
from nbmlops.values.pickling import Pickled, pickle_plain, pickle_with_code
from nbmlops.values.pieces import Pieces

__all__ = ["Unsavable", "load_value", "save_pieces", "save_value"]


class Unsavable(TypeError):  # noqa: N818 - a verdict on a value, said as an adjective
    """A value cannot be written, or what was written cannot be read back here."""


def save_value(value: Any) -> tuple[str, bytes]:
    """Return the codec's name and the bytes; raise Unsavable where the value has no form in bytes.

    ``pickle`` where every class and function in it can be imported; ``cloudpickle``, which carries
    their code along, where some were made in the notebook.
    """
    codec, pickled = _pickle(value)
    return codec, pickled.pieces.join()


def save_pieces(value: Any) -> tuple[str, Pieces]:
    """Return the codec's name and the same bytes as `save_value` in pieces: nothing long is copied.

    They are those of the value only until it is changed.
    """
    codec, pickled = _pickle(value)
    try:
        layout = describe_layout(value, pickled)
    except ScatteredError:
        copied = value.copy()
        codec, pickled = _pickle(copied)
        with contextlib.suppress(ScatteredError):
            return codec, dataclasses.replace(pickled.pieces, layout=describe_layout(copied, pickled))
        layout = None
    return codec, dataclasses.replace(pickled.pieces, layout=layout)


def _pickle(value: Any) -> tuple[str, Pickled]:
    with contextlib.suppress(Exception):  # whatever a type raises here, the other codec may know better
        pickled = pickle_plain(value)
        if not pickled.names_main:
            return "pickle", pickled
    try:
        return "cloudpickle", pickle_with_code(value)
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
