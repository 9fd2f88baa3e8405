"""Servers: programs that answer on a port until they are told to stop."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from nbmlops.core.progress import ask_watcher
from nbmlops.errors import UsageError
from nbmlops.processes.child import ProgramError, end_group, has_ended, open_child, python_command

__all__ = ["Server", "choose_port", "require_port", "start_server"]

_LOG_TAIL = 2_000
_POLL_SECONDS = 0.05
_KEEPER = "nbmlops.processes.keeper"


class Server:
    """A program that answers at `host`:`port`; leaving a ``with`` block stops it."""

    def __init__(
        self, child: subprocess.Popen[bytes], host: str, port: int, log: Path, passing: bool = False
    ) -> None:
        self.child = child
        self.host = host
        self.port = port
        self.log = log
        self._passing = passing

    @property
    def url(self) -> str:
        """Where the server answers."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the program is still there."""
        return not has_ended(self.child)

    def wait(self) -> int:
        """Wait until the program ends by itself; an interrupt stops it."""
        try:
            while self.running:
                time.sleep(_POLL_SECONDS)
        finally:
            self.stop()
        return self.stop()

    def stop(self, grace: float = 10.0) -> int:
        """Ask the program to end, make it end after `grace` seconds, and return its exit code."""
        try:
            return end_group(self.child, grace)
        finally:
            if self.child.stdin is not None:
                self.child.stdin.close()

    def read_log(self) -> str:
        """Return the end of what the program printed."""
        with contextlib.suppress(FileNotFoundError):
            return self.log.read_text("utf-8", "replace")[-_LOG_TAIL:].strip()
        return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        code = self.stop()
        # The log of a program that ended because it was told to is nobody's business any more.
        if self._passing and code in (0, -signal.SIGTERM):
            shutil.rmtree(self.log.parent, ignore_errors=True)


def choose_port(host: str = "127.0.0.1") -> int:
    """Return a TCP port of `host` that is free now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def require_port(host: str, port: int) -> None:
    """Refuse a port that is none, or that somebody answers on: what is started would not be what answers."""
    if not 0 < port < 65536:
        raise UsageError(f"There is no port {port}.", "Choose one from 1 to 65535, for example --port 8000.")
    if _answers(host, port):
        other = port + 1 if port < 65535 else 8000
        raise ProgramError(f"Port {port} of '{host}' is already in use.", f"Choose another: --port {other}.")


def start_server(
    arguments: Sequence[str | Path],
    *,
    cwd: str | Path,
    host: str = "127.0.0.1",
    port: int,
    env: Mapping[str, str] | None = None,
    timeout: float = 180.0,
    log: Path | None = None,
    tied: bool = False,
) -> Server:
    """Start a program and return once `host`:`port` answers.

    What the program prints goes to the file `log` (default: a temporary file, which is gone once the
    program has ended as it was told to). One that is `tied` ends with this process, however that ends.
    Raises ProgramError with the end of that log where the
    program ends, or does not answer within `timeout` seconds, and where the port is already taken;
    UsageError where there is no such port.
    """
    require_port(host, port)
    passing = log is None
    log = log or Path(tempfile.mkdtemp(prefix="nbmlops-server-")) / "server.log"
    given = subprocess.PIPE if tied else subprocess.DEVNULL
    command = [*python_command("-m", _KEEPER), *arguments] if tied else arguments
    with log.open("ab") as file:
        child = open_child(command, cwd=cwd, env=env, stdin=given, stdout=file, stderr=subprocess.STDOUT)
    server = Server(child, host, port, log, passing)
    try:
        _await_answer(server, timeout)
    except BaseException:
        server.stop(grace=0.0)
        raise
    return server


def _await_answer(server: Server, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not _answers(server.host, server.port):
        if not server.running:
            raise _failure(server, f"ended with code {server.stop()} before it answered")
        if time.monotonic() > deadline:
            raise _failure(server, f"did not answer on port {server.port} within {timeout:g} seconds")
        ask_watcher()
        time.sleep(_POLL_SECONDS)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1.0).close()
    except OSError:
        return False
    return True


def _failure(server: Server, what: str) -> ProgramError:
    said = server.read_log()
    printed = f" It printed:\n{said}\n" if said else " It printed nothing."
    return ProgramError(f"The server {what}.{printed}", f"The whole log is in '{server.log}'.")
