"""CLI: the verbs as commands, with exit codes that a script can rely on."""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from types import FrameType

from nbmlops.core.progress import silent
from nbmlops.errors import NbmlopsError
from nbmlops.faces.calling import call_request
from nbmlops.faces.grammar import Request, build_parser, parse_request
from nbmlops.faces.telling import TerminalLine
from nbmlops.faces.text import clean_text, render_text
from nbmlops.faces.verbs import VERBS
from nbmlops.faces.wording import address_blocks, address_text

__all__ = ["main"]

_PROMPT = "nbmlops"
_DONE, _NO, _INTERRUPTED, _TERMINATED = 0, 1, 130, 143


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done; 1 the answer is no; 2 the command cannot be understood; 3 an error with a message; 130 and
    143 interrupted and terminated.
    """
    if words is None and "COMP_LINE" in os.environ:
        return _complete(os.environ["COMP_LINE"], os.environ.get("COMP_POINT", ""))
    words = sys.argv[1:] if words is None else words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with _unwind_terminated():
            return _answer(words)
    except NbmlopsError as error:
        _write_error(clean_text(address_text(str(error), _PROMPT)))
        return error.exit_code
    except KeyboardInterrupt:
        _write_error("Interrupted.")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has gone: Python must not complain again while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _DONE


def _complete(line: str, point: str) -> int:
    """Answer bash, which asks so after `complete -C nbmlops nbmlops`."""
    from nbmlops.faces.completion import complete_line

    typed = line[: int(point)] if point.isdigit() else line
    sys.stdout.writelines(f"{word}\n" for word in complete_line(typed, ()))
    return _DONE


@contextlib.contextmanager
def _unwind_terminated() -> Iterator[None]:
    """Let a request to end (of a CI, a container, systemd) clean up as an interrupt does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: FrameType | None) -> None:
        _write_error("Terminated.")
        raise SystemExit(_TERMINATED)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _answer(words: Sequence[str]) -> int:
    if not words:
        sys.stdout.write(build_parser(VERBS, _PROMPT).format_help())
        return _DONE
    if tuple(words) == ("--version",):
        sys.stdout.write(f"nbmlops {importlib.metadata.version('nbmlops')}\n")
        return _DONE
    try:
        request = parse_request(VERBS, words, _PROMPT)
    except SystemExit as helped:
        return int(helped.code or 0)
    with contextlib.ExitStack() as stack:
        progress = silent if request.json else stack.enter_context(TerminalLine())
        record = call_request(request, progress)
    _write(request, record)
    return _DONE if request.verb.agrees(record) else _NO


def _write(request: Request, record: object) -> None:
    verb = request.verb
    if request.json and verb.shaped is not None:
        text = json.dumps(verb.shape(record), indent=2, ensure_ascii=False)
    else:
        text = render_text(address_blocks(verb.show(record), _PROMPT))
    if text:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _write_error(text: str) -> None:
    sys.stderr.write(f"nbmlops: {text}\n")
