"""CLI: the verbs as commands, with exit codes that a script can rely on."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Sequence

from nbmlops.core.progress import silent
from nbmlops.errors import NbmlopsError
from nbmlops.faces.calling import call_request
from nbmlops.faces.grammar import Request, build_parser, parse_request
from nbmlops.faces.telling import TerminalLine
from nbmlops.faces.text import clean_text, render_text
from nbmlops.faces.verbs import VERBS

__all__ = ["main"]

_DONE, _NO, _INTERRUPTED = 0, 1, 130


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done; 1 the answer is no; 2 the command cannot be understood; 3 an error with a message.
    """
    words = sys.argv[1:] if words is None else words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _answer(words)
    except NbmlopsError as error:
        _write_error(clean_text(str(error)))
        return error.exit_code
    except KeyboardInterrupt:
        _write_error("Interrupted.")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has gone: Python must not complain again while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _DONE


def _answer(words: Sequence[str]) -> int:
    if not words:
        sys.stdout.write(build_parser(VERBS, "nbmlops").format_help())
        return _DONE
    try:
        request = parse_request(VERBS, words, "nbmlops")
    except SystemExit as helped:
        return int(helped.code or 0)
    with contextlib.ExitStack() as stack:
        progress = silent if request.json else stack.enter_context(TerminalLine())
        record = call_request(request, progress)
    _write(request, record)
    return _DONE if request.verb.agrees(record) else _NO


def _write(request: Request, record: object) -> None:
    verb = request.verb
    if request.json and verb.shape is not None:
        text = json.dumps(verb.shape(record), indent=2, ensure_ascii=False)
    else:
        text = render_text(verb.show(record))
    if text:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _write_error(text: str) -> None:
    sys.stderr.write(f"nbmlops: {text}\n")
