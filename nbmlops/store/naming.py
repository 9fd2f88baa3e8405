"""Naming: what of a filter no run has, and what it may have been meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from nbmlops.errors import UnknownNameError
from nbmlops.store.filters import FIELDS, list_comparisons, read_filter

if TYPE_CHECKING:
    from nbmlops.store.runs import Runs

__all__ = ["check_names", "suggest_close", "suggest_names"]

_LIST = "List them: `nbmlops runs`."
_ONE = {"metrics": "metric", "parameters": "parameter", "tags": "tag"}


def check_names(runs: Runs, conditions: Sequence[str]) -> None:
    """Raise UnknownNameError where a condition asks for a metric, a parameter or a tag that no run has."""
    if not conditions or not runs.count():
        return
    names = runs.list_names()
    for text in conditions:
        for asked in list_comparisons(read_filter(text)):
            if not asked.group and asked.name in FIELDS:
                continue
            groups = (asked.group,) if asked.group else ("metrics", "parameters")
            known = frozenset[str]().union(*(names[group] for group in groups))
            if asked.name not in known:
                what = " or ".join(f"a {_ONE[group]}" for group in groups)
                fields = known if asked.group else known.union(FIELDS)
                raise UnknownNameError(
                    f"No run has {what} '{asked.name}'.", suggest_close(asked.name, fields)
                )


def suggest_names(runs: Runs, name: str) -> str:
    """Return what to do about a name of a metric or a parameter that no run has."""
    names = runs.list_names()
    return suggest_close(name, names["metrics"] | names["parameters"])


def suggest_close(name: str, known: Iterable[str]) -> str:
    """Return the question whether one of the known names was meant; where none is close, how to see them."""
    import difflib  # only who mistypes waits for it

    folded = {one.casefold(): one for one in sorted(known, reverse=True)}
    close = difflib.get_close_matches(name.casefold(), folded, n=3)
    return f"Did you mean {' or '.join(repr(folded[one]) for one in close)}?" if close else _LIST
