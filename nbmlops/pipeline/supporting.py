"""Supporting: the package that stands beside every pipeline, made of modules of this one."""

from __future__ import annotations

import re
from importlib import resources

__all__ = ["copy_support"]

_PACKAGE = "pipeline_support"
_MODULES = ("stepping", "checking", "reading", "command")
"""The modules of this package that every export has a copy of, beside `support`, which is its root."""
_ROOT = re.compile(r"^from nbmlops\.pipeline import support$", re.MULTILINE)
_NAMES = re.compile(r"^from nbmlops\.pipeline\.(\w+) import ", re.MULTILINE)


def copy_support() -> dict[str, bytes]:
    """Return the modules by the paths of their files."""
    files = {name: f"{_PACKAGE}/{name}.py" for name in _MODULES} | {"support": f"{_PACKAGE}/__init__.py"}
    folder = resources.files("nbmlops.pipeline")
    return {
        path: _move(folder.joinpath(f"{name}.py").read_text("utf-8")).encode() for name, path in files.items()
    }


def _move(text: str) -> str:
    text = _ROOT.sub(f"import {_PACKAGE} as support", text)
    return _NAMES.sub(rf"from {_PACKAGE}.\1 import ", text)
