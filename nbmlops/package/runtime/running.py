"""Running: one process that answers, or several and one that starts them anew, until they are to end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from .counts import FOLDER_VARIABLE
from .events import write_requests
from .locks import are_there
from .manifest import read_manifest
from .metrics import STARTED
from .seal import check_package

__all__ = ["DRAIN_VARIABLE", "create_worker", "run_service"]

DRAIN_VARIABLE = "DRAIN_SECONDS"

_DRAIN_SECONDS = 20
_CLOSE_SECONDS = 5
_SILENT_SECONDS = 60
_BROKEN_OFF = 4
_MEMORY_FOLDER = "/dev/shm"


def run_service(host: str, port: int, workers: int) -> int:
    """Answer until SIGTERM or SIGINT: what is under way is answered, what is new is refused; return 0.

    What takes longer than ``DRAIN_SECONDS`` then is broken off.
    """
    drain = int(os.environ.get(DRAIN_VARIABLE) or _DRAIN_SECONDS)
    config = uvicorn.Config(
        f"{__package__}.running:create_worker",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=drain,
        timeout_worker_healthcheck=_SILENT_SECONDS,
    )
    if workers == 1:
        # uvicorn raises the signal again when all is done, as if it had ended the program.
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, _end_well)
        server = uvicorn.Server(config)
        server.run()
        return 0 if server.started else 3
    if not are_there():
        raise ValueError(
            "This system has no locks of files, which several workers need. Leave --workers out."
        )
    check_package(Path(__file__).parent)
    with _share_figures():
        supervisor = _Supervisor(config, [config.bind_socket()])
        supervisor.run()
    codes = {process.exitcode for process in supervisor.processes}
    return 0 if codes <= {0, -signal.SIGTERM, -signal.SIGINT} else 3


def create_worker() -> Any:
    """Make the service as a process of its own runs it, with its log on standard output."""
    from .service import create_app

    manifest = read_manifest(Path(__file__).parent)
    events = write_requests({"name": manifest["model"], "version": str(manifest["version"])})
    return create_app(events=events, at_end=_end_soon)


def _end_soon() -> None:
    """Let the process end also where a row is still computed that nobody waits for any more."""
    watch = threading.Timer(_CLOSE_SECONDS, os._exit, [_BROKEN_OFF])
    watch.daemon = True
    watch.start()


class _Supervisor(Multiprocess):
    """Starts the processes, and those that died anew; when it ends nobody is let in any more."""

    def init_processes(self) -> None:
        """Start the processes."""
        super().init_processes()
        self._leave_answers_to_them()

    def keep_subprocess_alive(self) -> None:
        """Start those anew that died or are silent."""
        super().keep_subprocess_alive()
        self._leave_answers_to_them()

    def _leave_answers_to_them(self) -> None:
        # While the end that answers is open here too, a death during a question is only silence.
        for each in self.processes:
            each.child_conn.close()

    def terminate_all(self) -> None:
        """Refuse new connections, and let the processes end."""
        for each in self.sockets:
            each.close()
        super().terminate_all()


@contextlib.contextmanager
def _share_figures() -> Iterator[None]:
    """Make the folder in which the processes' figures lie, in memory where the system has such a place."""
    place = _MEMORY_FOLDER if os.access(_MEMORY_FOLDER, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="model-figures-", dir=place))
    (folder / STARTED).write_text(repr(time.time()), encoding="ascii")
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _end_well(number: int, frame: FrameType | None) -> None:
    sys.exit(0)
