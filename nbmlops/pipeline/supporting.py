"""Supporting: the modules that stand beside every pipeline, as they import one another there."""

from __future__ import annotations

import re
from importlib import resources

__all__ = ["SUPPORT", "copy_support"]

SUPPORT = ("support", "stepping", "checking", "command")
"""The modules of this package that every export has a copy of, as ``pipeline_NAME``."""
_MODULE = re.compile(r"^from nbmlops\.pipeline import (\w+)$", re.MULTILINE)
_NAMES = re.compile(r"^from nbmlops\.pipeline\.(\w+) import ", re.MULTILINE)


def copy_support() -> dict[str, bytes]:
    """Return the modules by the names of their files."""
    folder = resources.files("nbmlops.pipeline")
    return {
        f"pipeline_{name}.py": _move(folder.joinpath(f"{name}.py").read_text("utf-8")).encode()
        for name in SUPPORT
    }


def _move(text: str) -> str:
    text = _MODULE.sub(r"import pipeline_\1 as \1", text)
    return _NAMES.sub(r"from pipeline_\1 import ", text)
