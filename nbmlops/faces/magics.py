"""Magics: the verbs as `%nbmlops VERB`."""

from __future__ import annotations

import json
import shlex
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from nbmlops.errors import NbmlopsError, UsageError
from nbmlops.faces.calling import call_request
from nbmlops.faces.fitting import make_bundle
from nbmlops.faces.grammar import Request, parse_request
from nbmlops.faces.hint_line import follow_hints
from nbmlops.faces.marks import PROMPT, ShownError
from nbmlops.faces.outputs import NotebookLine
from nbmlops.faces.panel.opening import show_panel
from nbmlops.faces.telling import TerminalLine
from nbmlops.faces.text import render_text
from nbmlops.faces.verbs import VERBS
from nbmlops.faces.wording import address_blocks

__all__ = ["run_line"]


def run_line(shell: InteractiveShell, line: str) -> None:
    """Run what stands behind `%nbmlops`; without a verb, open the panel."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ShownError(UsageError(f"'{line}' cannot be read: {error}.", "Close the quotation.")) from None
    try:
        if not words:
            show_panel(shell)
            return
        _run_words(shell, words)
    except NbmlopsError as error:
        raise ShownError(error) from None


def _run_words(shell: InteractiveShell, words: list[str]) -> None:
    try:
        request = parse_request(VERBS, words, PROMPT)
    except SystemExit:
        return
    if getattr(shell, "kernel", None) is None:
        _run_terminal(shell, request)
    else:
        _run_notebook(shell, request)


def _run_terminal(shell: InteractiveShell, request: Request) -> None:
    with TerminalLine() as progress:
        record = call_request(request, progress)
    follow_hints(shell)
    print(_write_text(request, record))  # noqa: T201


def _run_notebook(shell: InteractiveShell, request: Request) -> None:
    progress = NotebookLine()
    record = call_request(request, progress)
    follow_hints(shell)
    if request.json:
        progress.show({"text/plain": _write_text(request, record)})
    else:
        progress.show(make_bundle(address_blocks(request.verb.show(record), PROMPT)))


def _write_text(request: Request, record: Any) -> str:
    if request.json and request.verb.shaped is not None:
        return json.dumps(request.verb.shape(record), indent=2, ensure_ascii=False)
    return render_text(address_blocks(request.verb.show(record), PROMPT))
