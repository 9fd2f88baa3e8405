"""Freezing: a value that was learned becomes a literal of the source, or bytes beside it."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.values.codec import Unsavable, load_value, save_value

__all__ = ["Frozen", "freeze_value", "show_value", "thaw_value"]

_LITERAL_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Frozen:
    """A learned value: `text` is its literal, or `codec` and `content` are its saved bytes."""

    text: str | None
    codec: str | None = None
    content: bytes | None = None


def freeze_value(value: Any) -> Frozen | None:
    """Freeze a value; None where it is no value that can be frozen (a group-by, a plot, an iterator)."""
    text = _literal(value)
    if text is not None and len(text) <= _LITERAL_CHARACTERS:
        return Frozen(text)
    if not _is_content(value):
        return None
    try:
        codec, content = save_value(value)
    except Unsavable:
        return None
    return Frozen(None, codec, content)


def thaw_value(frozen: Frozen, names: dict[str, Any] | None = None) -> Any:
    """Return the value that was frozen."""
    if frozen.content is not None and frozen.codec is not None:
        return load_value(frozen.codec, frozen.content)
    return eval(frozen.text or "None", {"np": np, "pd": pd, **(names or {})})


def show_value(frozen: Frozen) -> str:
    """Return a short text of a frozen value, for a person."""
    if frozen.text is not None:
        text = re.sub(r"\bnp\.float64\(([^()]*)\)", r"\1", frozen.text)
        return text if len(text) <= 80 else text[:77] + "..."
    return f"about {len(frozen.content or b''):,} bytes, kept beside the code"


def _literal(value: Any) -> str | None:
    kind = type(value)
    if value is None or kind in (bool, int, str, bytes):
        return repr(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f'float("{value!r}")'
    if isinstance(value, np.generic):
        return _numpy_literal(value)
    if kind in (list, tuple, set, frozenset, dict):
        return _container_literal(value)
    return None


def _numpy_literal(value: np.generic) -> str | None:
    name = type(value).__name__
    if isinstance(value, np.bool_):
        return f"np.bool_({bool(value)})"
    if isinstance(value, np.float16 | np.float32 | np.float64):
        number = float(value)
        return f"np.{name}({number!r})" if math.isfinite(number) else f'np.{name}("{number!r}")'
    if isinstance(value, np.integer):
        return f"np.{name}({int(value)})"
    return None


def _container_literal(value: Any) -> str | None:
    if isinstance(value, dict):
        pairs = [(_literal(k), _literal(v)) for k, v in value.items()]
        if any(k is None or v is None for k, v in pairs):
            return None
        return "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}"
    items = [_literal(item) for item in value]
    if any(item is None for item in items):
        return None
    if isinstance(value, set | frozenset):
        inner = "{" + ", ".join(sorted(str(item) for item in items)) + "}" if items else "set()"
        return f"frozenset({inner})" if isinstance(value, frozenset) else inner
    inner = ", ".join(str(item) for item in items)
    if isinstance(value, tuple):
        return f"({inner},)" if len(items) == 1 else f"({inner})"
    return f"[{inner}]"


def _is_content(value: Any, depth: int = 0) -> bool:
    """Say whether a value is data or a fitted estimator, all through."""
    if value is None or isinstance(value, str | bytes | int | float | complex | np.generic | np.ndarray):
        return True
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index | pd.api.extensions.ExtensionArray | np.dtype):
        return True
    if isinstance(value, pd.api.extensions.ExtensionDtype | pd.Timestamp | pd.Timedelta | pd.Interval):
        return True
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return True
    if depth < 4 and isinstance(value, list | tuple | set | frozenset):
        return all(_is_content(item, depth + 1) for item in value)
    if depth < 4 and isinstance(value, dict):
        return all(_is_content(k, depth + 1) and _is_content(v, depth + 1) for k, v in value.items())
    return hasattr(value, "get_params") and hasattr(type(value), "fit")
