"""Talking: a program that answers each line that it is told with a line, until it is let go."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbmlops.processes.child import ProgramError, end_group, open_child

__all__ = ["Talk"]


class Talk:
    """A program that was started to be asked; it is ended by `close`, whatever it does."""

    def __init__(self, arguments: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> None:
        pipe = subprocess.PIPE
        self._child = open_child(
            arguments, cwd=cwd, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
        )

    def ask(self, line: str) -> str:
        """Tell the program a line, and return its answer; a ProgramError where it has ended."""
        told, answers = self._child.stdin, self._child.stdout
        if told is None or answers is None:
            raise ProgramError("The program cannot be asked.", "Start it anew.")
        try:
            told.write(line.encode() + b"\n")
            told.flush()
            answer = answers.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            raise ProgramError(f"'{self._child.args!r}' ended before it answered.", "Try again.")
        return answer.decode("utf-8", "replace")

    def close(self, grace: float = 10.0) -> None:
        """Let the program end, and make it end after `grace` seconds."""
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue
        end_group(self._child, grace)
