"""MLflow's words: how what is ours is called on a server, and how much it takes."""

from __future__ import annotations

from collections.abc import Mapping

from nbmlops.trackers.spelling import spell_name

__all__ = [
    "CODE",
    "FIGURES",
    "FILES",
    "LARGEST",
    "NAME",
    "NOTE",
    "OURS",
    "PARENT",
    "RECORD",
    "RUN",
    "STATE",
    "STATUSES",
    "TEXT",
    "VALUE",
    "read_marks",
    "spell_mark",
]

OURS = "nbmlops."
RUN = "nbmlops.run"
RECORD = "nbmlops.record."
STATE = "nbmlops.state."
NAME = "nbmlops.name."
FILES = "nbmlops"
CODE = "nbmlops/code.py"
FIGURES = "nbmlops/figures"
PARENT = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
VALUE = 6000
TEXT = 5000
"""The longest parameter, and the longest tag that servers of all ages take."""
LARGEST = 1.7976931348623157e308
"""What a server keeps of an infinite number."""
STATUSES = {"finished": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}

_KEPT = ("mlflow.user", "mlflow.source.name", "mlflow.source.git.commit")
_SAID = ("pinned", "archived")


def spell_mark(key: str) -> str:
    """Return the tag that stands there for what is said of a run under a key of ours."""
    if key == "note":
        return NOTE
    if not key.startswith("tag "):
        return f"{OURS}{key}"
    spelled = spell_name(key.removeprefix("tag "))
    if spelled.startswith(("mlflow.", OURS)):  # by these a server means something else
        return spelled.replace(".", "-u2E-", 1)
    return spelled


def read_marks(tags: Mapping[str, str], ours: bool) -> dict[str, str]:
    """Return what is said of a run by its tags there, under keys of ours."""
    true = (value for key, value in tags.items() if key.startswith(NAME))
    names = {spell_mark(f"tag {name}"): name for name in true} if ours else {}
    found: dict[str, str] = {}
    for key, value in tags.items():
        if key == NOTE:
            found["note"] = value
        elif key.startswith(OURS):
            if key.removeprefix(OURS) in _SAID:
                found[key.removeprefix(OURS)] = ""
        elif not key.startswith("mlflow.") or (key in _KEPT and not ours):
            found[f"tag {names.get(key, key)}"] = value
    return found
