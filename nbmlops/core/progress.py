"""Progress: how long work tells a face what it is doing."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "silent"]

Progress = Callable[[str], None]
"""Called with one line in the present tense ("replaying step 2 of 5: train") as work goes on."""


def silent(message: str) -> None:
    """Tell nobody."""
