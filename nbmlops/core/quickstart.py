"""Quickstart: where the notebook that ships, and its data, are on this machine."""

from __future__ import annotations

from pathlib import Path

__all__ = ["QUICKSTART_FILES", "locate_quickstart"]

QUICKSTART_FILES = ("quickstart.ipynb", "adult.csv.gz")


def locate_quickstart() -> Path:
    """Return the folder that holds the quickstart: inside an installed package, or in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "quickstart"
    return installed if installed.is_dir() else package.parent / "notebooks"
