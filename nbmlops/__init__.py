"""nbmlops: the whole way from a notebook cell to a served, monitored model."""

from __future__ import annotations

import gc
import importlib
from typing import Any

__all__ = ["__version__", "load_ipython_extension", "runs", "unload_ipython_extension"]

__version__ = "0.1.0"

_HOMES = {
    "load_ipython_extension": "nbmlops.faces.extension",
    "runs": "nbmlops.api.frames",
    "unload_ipython_extension": "nbmlops.faces.extension",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(_import_calmly(_HOMES[name]), name)
    raise AttributeError(f"module 'nbmlops' has no attribute '{name}'")


def _import_calmly(name: str) -> Any:
    # The collector would walk all of pandas again and again while the classes are made: half of the time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        if enabled:
            gc.enable()
