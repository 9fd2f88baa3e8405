"""Arguments: those that several verbs take, each written once."""

from __future__ import annotations

from nbmlops.faces.grammar import Argument

__all__ = ["WHICH"]

WHICH = (
    Argument(
        "history",
        "the id of a history, or 'last' (default: this kernel's, else the newest that bound the name)",
        flags=("--history",),
        metavar="ID",
    ),
    Argument(
        "notebook",
        "take the newest history of this notebook",
        flags=("--notebook",),
        kind="path",
        metavar="PATH",
    ),
)
"""Which history a verb is to look at."""
