"""Magics: the verbs as `%nbmlops VERB`."""

from __future__ import annotations

import json
import shlex
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle, display

from nbmlops.errors import NbmlopsError, UsageError
from nbmlops.faces.calling import call_request
from nbmlops.faces.grammar import Request, parse_request
from nbmlops.faces.marks import PROMPT, ShownError
from nbmlops.faces.page import render_html, style_line
from nbmlops.faces.panel import show_panel
from nbmlops.faces.telling import TerminalLine
from nbmlops.faces.text import clean_text, render_text
from nbmlops.faces.verbs import VERBS
from nbmlops.faces.wording import address_blocks

__all__ = ["run_line"]


class _NotebookLine:
    """Says progress in one output of the cell, which the result then replaces."""

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None

    def __call__(self, message: str) -> None:
        self.show({"text/plain": clean_text(message), "text/html": style_line(message, "quiet")})

    def show(self, bundle: dict[str, str]) -> None:
        """Show a bundle where the last one was."""
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


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
        _run_terminal(request)
    else:
        _run_notebook(request)


def _run_terminal(request: Request) -> None:
    with TerminalLine() as progress:
        record = call_request(request, progress)
    print(_write_text(request, record))  # noqa: T201


def _run_notebook(request: Request) -> None:
    progress = _NotebookLine()
    record = call_request(request, progress)
    bundle = {"text/plain": _write_text(request, record)}
    if not request.json:
        bundle["text/html"] = render_html(address_blocks(request.verb.show(record), PROMPT))
    progress.show(bundle)


def _write_text(request: Request, record: Any) -> str:
    if request.json and request.verb.shaped is not None:
        return json.dumps(request.verb.shape(record), indent=2, ensure_ascii=False)
    return render_text(address_blocks(request.verb.show(record), PROMPT))
