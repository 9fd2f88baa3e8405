"""Numerics: what of a machine the last bits of a computation follow from: instructions, BLAS, threads."""

# Also read as a single file by processes that cannot import nbmlops: the standard library only.

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["describe_machine"]


def describe_machine() -> dict[str, str]:
    """Return the machine as the libraries that are loaded see it, in words, by what is described."""
    found = {"machine": f"{platform.system()} {platform.machine()}", "cores": str(os.cpu_count() or 1)}
    instructions = _list_instructions()
    if instructions is not None:
        found["numpy instructions"] = instructions
    found |= dict(_describe_pools())
    return found


def _list_instructions() -> str | None:
    """Return the sets of instructions beyond the least that numpy chooses its loops by."""
    module: Any = sys.modules.get("numpy._core._multiarray_umath")
    features = getattr(module, "__cpu_features__", None)
    if not isinstance(features, dict):
        return None
    return " ".join(name for name in module.__cpu_dispatch__ if features.get(name)) or "none"


def _describe_pools() -> Iterator[tuple[str, str]]:
    """Yield the kernel and the number of threads of each library that computes with several."""
    if "numpy" not in sys.modules:
        return
    try:
        pools = importlib.import_module("threadpoolctl").threadpool_info()
    except ImportError:
        return
    for pool in sorted(pools, key=lambda pool: str(pool["filepath"])):
        package = Path(str(pool["filepath"])).parent.name.removesuffix(".libs")
        label = f"{pool['internal_api']} of {package}"
        kernel = " ".join(str(pool[key]) for key in ("version", "architecture") if pool.get(key))
        yield label, f"{kernel or 'some version'}, {pool['num_threads']} threads"
