"""nbmlops: the whole way from a notebook cell to a served, monitored model."""

from __future__ import annotations

import gc
import importlib
from typing import Any

__all__ = [
    "__version__",
    "as_text",
    "compare",
    "diff",
    "load_ipython_extension",
    "log_figure",
    "log_metric",
    "log_parameter",
    "models",
    "runs",
    "show",
    "tag",
    "unload_ipython_extension",
    "why",
]

__version__ = "0.1.0"

_HOMES = {
    "as_text": "nbmlops.faces.asking",
    "compare": "nbmlops.faces.asking",
    "diff": "nbmlops.faces.asking",
    "load_ipython_extension": "nbmlops.faces.extension",
    "log_figure": "nbmlops.api.saying",
    "log_metric": "nbmlops.api.saying",
    "log_parameter": "nbmlops.api.saying",
    "models": "nbmlops.faces.asking",
    "runs": "nbmlops.api.frames",
    "show": "nbmlops.faces.asking",
    "tag": "nbmlops.api.saying",
    "unload_ipython_extension": "nbmlops.faces.extension",
    "why": "nbmlops.faces.asking",
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
