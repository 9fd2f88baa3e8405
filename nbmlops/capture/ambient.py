"""Ambient settings: what a statement may have changed without naming it, and what depends on it unseen."""

from __future__ import annotations

import decimal
import os
import sys
import warnings
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

__all__ = ["take_settings"]

_COSMETIC = frozenset({"display", "plotting", "styler", "io"})


def take_settings() -> dict[str, Hashable]:
    """Return a comparable token for each setting that can change what code computes.

    How numbers and plots are shown is left out: nothing that is computed depends on it. Warning
    filters count only where they turn a warning into an error.
    """
    settings: dict[str, Hashable] = {
        "environ": hash(frozenset(_raw_environ().items())),
        "cwd": os.getcwd(),
        "sys.path": tuple(map(str, sys.path)),
        "warnings": tuple(str(f) for f in warnings.filters if f[0] == "error"),
        "decimal": str(decimal.getcontext()),
    }
    for name, take in (("pandas", _take_pandas), ("numpy", _take_numpy), ("sklearn", _take_sklearn)):
        module = sys.modules.get(name)
        if module is not None:
            settings[name] = take(module)
    return settings


def _raw_environ() -> Mapping[Any, Any]:
    """Return the environment as the interpreter holds it: decoding it costs ten times as much."""
    raw: Mapping[Any, Any] = getattr(os.environ, "_data", os.environ)
    return raw


def _take_pandas(pandas: Any) -> Hashable:
    config = sys.modules.get("pandas._config.config")
    if config is None:
        return None
    tree = {k: v for k, v in getattr(config, "_global_config", {}).items() if k not in _COSMETIC}
    return tuple((k, str(v)) for k, v in _flatten("", tree))


def _flatten(prefix: str, tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten(f"{prefix}{key}.", value)
        else:
            yield prefix + key, value


def _take_numpy(numpy: Any) -> Hashable:
    return tuple(sorted(numpy.geterr().items())) if hasattr(numpy, "geterr") else None


def _take_sklearn(sklearn: Any) -> Hashable:
    return str(sklearn.get_config()) if hasattr(sklearn, "get_config") else None
