"""Arguments: those that several verbs take, or that belong together, each written once."""

from __future__ import annotations

from nbmlops.faces.grammar import Argument

__all__ = ["FORM", "WHICH"]

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
FORM = (
    Argument(
        "format",
        "how the model travels: skops (runs nothing when loaded), pickle, or onnx (nearly the same answers); "
        "by itself skops where that can hold it, else pickle",
        ("--format",),
        default="auto",
        metavar="WORD",
        offers="nbmlops.api.offering:list_model_formats",
    ),
    Argument(
        "tolerance",
        "how far the numbers of onnx may be off; needed there",
        ("--tolerance",),
        "number",
        metavar="NUMBER",
    ),
    Argument(
        "allow_flips",
        "how many labels of onnx may differ, of all rows that are compared",
        ("--allow-flips",),
        "integer",
        metavar="N",
        default=0,
    ),
)
"""In which format a model travels, and how near its answers have to be."""
