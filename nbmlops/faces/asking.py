"""Asking: the verbs that only ask, as Python functions whose answers display themselves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.core.progress import silent
from nbmlops.faces.calling import call_request
from nbmlops.faces.displays import add_displays, blocks_of
from nbmlops.faces.grammar import Request
from nbmlops.faces.verbs import find_verb

if TYPE_CHECKING:
    from nbmlops.core.answers import Answers
    from nbmlops.core.comparison import Comparison, RunDetail
    from nbmlops.core.model import ModelVersion
    from nbmlops.core.slice import Slice
    from nbmlops.core.snapshot import Difference

__all__ = ["as_text", "compare", "diff", "models", "show", "why"]


def show(run: str, *, store: Path | None = None) -> RunDetail:
    """Return all that is known of a run: its code, metrics, data and repeats, and where it was made.

    `run` is what `nbmlops show` takes: an id or its beginning, a model's name, a number as it was shown.
    """
    found: RunDetail = _ask("show", run=str(run), store=store)
    return found


def compare(*runs: str, store: Path | None = None) -> Comparison:
    """Return what differs between two runs or more: parameters, metrics, code, data, environment."""
    found: Comparison = _ask("compare", runs=[str(run) for run in runs], store=store)
    return found


def why(
    name: str, *, history: str | None = None, notebook: Path | None = None, store: Path | None = None
) -> Slice:
    """Return every statement with the reasons why a name needs it, or does not."""
    found: Slice = _ask("why", name=name, history=history, notebook=notebook, store=store)
    return found


def diff(
    before: str,
    after: str,
    *,
    history: str | None = None,
    notebook: Path | None = None,
    store: Path | None = None,
) -> Difference:
    """Return which rows, columns, types and distributions of two snapshots differ (``df@3``, ``df``)."""
    found: Difference = _ask(
        "diff", before=before, after=after, history=history, notebook=notebook, store=store
    )
    return found


def models(*, store: Path | None = None) -> Answers[ModelVersion]:
    """Return every version of every model."""
    from nbmlops.core.answers import Answers

    return Answers(_ask("models", store=store))


def as_text(record: Any) -> str:
    """Return what the verbs say of a record as plain text, to be printed or logged."""
    from nbmlops.faces.text import render_text

    return render_text(blocks_of(record))


def _ask(verb: str, **keywords: Any) -> Any:
    answer = call_request(Request(find_verb(verb), keywords), silent)
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:  # also where the extension is not loaded: registering twice changes nothing
        add_displays(shell)
    return answer
