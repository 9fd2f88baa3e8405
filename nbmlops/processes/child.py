"""Children: programs that are run to their end, never left behind, with what they printed."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import site
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nbmlops.core.progress import ask_watcher
from nbmlops.errors import NbmlopsError

__all__ = [
    "Finished",
    "ProgramError",
    "ProgramTimeoutError",
    "clean_environment",
    "end_group",
    "has_ended",
    "open_child",
    "python_command",
    "run_child",
]

_DRAIN_SECONDS, _SILENT_TURNS = 60.0, 100
_POLL_SECONDS = 0.05
_OURS = ("NBMLOPS_", "PYTHON")


class ProgramError(NbmlopsError):
    """A program could not be started, or did not do what it was started for."""


class ProgramTimeoutError(ProgramError):
    """A program was stopped because it took longer than it was given."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: `code` is negative where a signal ended it."""

    code: int
    output: str
    errors: str


def python_command(
    *arguments: str | Path, isolated: bool = False, python: str | Path | None = None
) -> list[str]:
    """Return the command that runs this interpreter, or another one: `python`.

    `isolated` ignores ``PYTHON*`` variables, keeps the script's folder off ``sys.path`` and writes
    no bytecode, yet sees the same installed packages as this process; another interpreter sees its
    own, and none of the person's.
    """
    command = [str(python or sys.executable)]
    if isolated:
        command += ["-E", "-P", "-B"]
        if python is not None or not site.ENABLE_USER_SITE:
            command.append("-s")
    return [*command, *map(str, arguments)]


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what steers Python or nbmlops, plus `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return kept | dict(extra or {})


def open_child(
    arguments: Sequence[str | Path],
    *,
    cwd: str | Path,
    env: Mapping[str, str] | None,
    stdin: int,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
) -> subprocess.Popen[bytes]:
    """Start a program as the leader of a process group of its own; a ProgramError says why not."""
    command = [str(argument) for argument in arguments]
    try:
        return subprocess.Popen(
            command,
            cwd=str(cwd),
            env=None if env is None else dict(env),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramError(
            f"The program '{command[0]}' could not be started in '{cwd}': {error.strerror or error}.",
            f"Check that '{command[0]}' is installed and that the folder exists, then try again.",
        ) from error


def has_ended(child: subprocess.Popen[bytes]) -> bool:
    """Say whether a child is gone, without reaping it: its group's number stays its own."""
    if child.returncode is not None or not hasattr(os, "waitid"):
        return child.poll() is not None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def end_group(child: subprocess.Popen[bytes], grace: float = 0.0) -> int:
    """End a child and everything that it started, and return the child's exit code.

    Politely first, for `grace` seconds; then at once. Nothing is signalled once the child has been
    reaped: its number may be another program's by then.
    """
    if child.returncode is None:
        until = time.monotonic() + grace
        if grace > 0:
            _signal_group(child, signal.SIGTERM)
        while time.monotonic() < until and not has_ended(child):
            time.sleep(_POLL_SECONDS)
        _signal_group(child, getattr(signal, "SIGKILL", signal.SIGTERM))
    return child.wait()


def run_child(
    arguments: Sequence[str | Path],
    *,
    cwd: str | Path,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    on_line: Callable[[str], None] | None = None,
    stdin: str | None = None,
) -> Finished:
    """Run a program to its end and return what it printed.

    `on_line` is called, in the calling thread, with each line of standard output as it comes;
    `stdin` is what the child reads (nothing, unless given). After `timeout` seconds the whole
    process group is killed and ProgramTimeoutError raised; it is killed as well where anything
    else ends the waiting: an interrupt, an error in `on_line`, or whoever watches this work.
    """
    pipe = subprocess.PIPE
    given = subprocess.DEVNULL if stdin is None else pipe
    child = open_child(arguments, cwd=cwd, env=env, stdin=given, stdout=pipe, stderr=pipe)
    listener = _Listener(child, stdin, on_line)
    try:
        listener.listen(timeout)
    finally:
        code = end_group(child)
    return Finished(code, "".join(listener.heard["output"]), "".join(listener.heard["errors"]))


class _Listener:
    """Reads both streams of one child until it ends."""

    def __init__(
        self, child: subprocess.Popen[bytes], stdin: str | None, on_line: Callable[[str], None] | None
    ) -> None:
        self.child = child
        self.on_line = on_line
        self.heard: dict[str, list[str]] = {"output": [], "errors": []}
        self.lines: queue.SimpleQueue[tuple[str, str | None]] = queue.SimpleQueue()
        self.open = 2
        for name, stream in (("output", child.stdout), ("errors", child.stderr)):
            threading.Thread(target=self._read, args=(name, stream), daemon=True).start()
        if stdin is not None:
            threading.Thread(target=self._write, args=(stdin,), daemon=True).start()

    def listen(self, timeout: float | None) -> None:
        """Take lines until the child has ended and both streams are closed."""
        deadline = None if timeout is None else time.monotonic() + timeout
        ended: float | None = None
        silent = 0  # turns, not seconds: on a machine that stands still nothing is read either
        while ended is None or (
            self.open and silent < _SILENT_TURNS and time.monotonic() < ended + _DRAIN_SECONDS
        ):
            try:
                self._take(*self.lines.get(timeout=_POLL_SECONDS))
            except queue.Empty:
                silent += ended is not None
            if ended is not None:
                continue
            ask_watcher()
            if has_ended(self.child):
                # A grandchild that holds the streams open must not keep us waiting.
                _signal_group(self.child, getattr(signal, "SIGKILL", signal.SIGTERM))
                ended = time.monotonic()
            elif deadline is not None and time.monotonic() > deadline:
                raise self._late(timeout or 0.0)

    def _take(self, name: str, line: str | None) -> None:
        if line is None:
            self.open -= 1
            return
        self.heard[name].append(line)
        if name == "output" and self.on_line is not None:
            self.on_line(line.rstrip("\r\n"))

    def _read(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self.lines.put((name, line.decode("utf-8", "replace")))
        self.lines.put((name, None))

    def _write(self, text: str) -> None:
        stream = self.child.stdin
        if stream is not None:
            with contextlib.suppress(BrokenPipeError), stream:
                stream.write(text.encode("utf-8"))

    def _late(self, timeout: float) -> ProgramTimeoutError:
        program = str(self.child.args[0] if isinstance(self.child.args, list) else self.child.args)
        return ProgramTimeoutError(
            f"The program '{Path(program).name}' did not finish within {timeout:g} seconds and was stopped.",
            "Give it more time, or find out what it waits for.",
        )


def _signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    if os.name != "posix":
        child.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
