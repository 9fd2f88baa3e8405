"""The keeper: runs a program, and ends it when whoever started the keeper is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

__all__ = ["keep_program"]

_GRACE = 5.0
_NOT_FOUND = 127


def keep_program(command: list[str]) -> int:
    """Run a program until it ends, or until standard input closes, and return its exit code.

    The code is that of `subprocess`: negative where a signal ended the program; 127 where it could not be
    started, as in a shell.
    """
    # Whoever ends the group means the program: it ends, and its code is passed on.
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.stderr.write(f"'{command[0]}' could not be started: {error.strerror}.\n")
        return _NOT_FOUND
    threading.Thread(target=_await_end, args=(child,), daemon=True).start()
    return child.wait()


def _await_end(child: subprocess.Popen[bytes]) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        continue
    child.terminate()
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()


def _end_alike(code: int) -> int:
    """End as the program did: by the signal that ended it, or with its code."""
    if code < 0:
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(_end_alike(keep_program(sys.argv[1:])))
