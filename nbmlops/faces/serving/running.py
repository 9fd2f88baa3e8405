"""Running: the page is offered on this machine until it is interrupted."""

from __future__ import annotations

import contextlib
import html
import os
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from nbmlops.api.opening import find_recorder, use_store
from nbmlops.core.progress import Progress, silent
from nbmlops.core.settings import find_store
from nbmlops.errors import UsageError

__all__ = ["serve_page"]

_LOOPBACK = "127.0.0.1"
_GRACE = 2


def serve_page(
    port: int = 0, browser: bool = True, store: Path | None = None, progress: Progress = silent
) -> str:
    """Offer the panel's screens as a page of this machine, strictly read-only, until it is interrupted.

    Parameters
    ----------
    port
        The port to listen on; 0 takes a free one. No other machine can reach it.
    browser
        Open the page in the browser, too.

    Raises
    ------
    UsageError
        If the port is taken or is none, or a kernel asks: there `%nbmlops` opens the same screens.
    """
    if find_recorder() is not None:
        raise UsageError(
            "A page cannot be offered from a notebook's kernel: it would be busy with nothing else.",
            "Type `nbmlops ui` in a terminal; here a bare `%nbmlops` opens the same screens.",
        )
    path = (store or find_store()).absolute()
    with use_store(path):  # refuses what is no store before anything listens
        pass
    with _listen(port) as listening:
        _run_server(listening, path, browser, progress)
    return "The page is closed."


@contextlib.contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    if not 0 <= port <= 65535:
        raise UsageError(f"{port} is no port.", "Give a number from 1 to 65535, or 0 for a free one.")
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((_LOOPBACK, port))
            made.listen()  # who is faster than the server waits for it
        except OSError as problem:
            raise UsageError(
                f"The port {port} cannot be listened on: {problem.strerror}.", "Leave `--port` away."
            ) from problem
        yield made


def _run_server(listening: socket.socket, store: Path, browser: bool, progress: Progress) -> None:
    import uvicorn

    from nbmlops.faces.serving.gate import Keys
    from nbmlops.faces.serving.pages import Pages
    from nbmlops.faces.serving.site import make_site

    keys = Keys(listening.getsockname()[1])
    config = uvicorn.Config(
        make_site(Pages(store), keys),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
    )
    progress(f"-> {keys.url}")
    progress("-> only you can open it, and nothing can be changed there; Ctrl-C ends it")
    with contextlib.ExitStack() as stack:
        if browser:
            stack.enter_context(_open_browser(keys.url))
        with contextlib.suppress(KeyboardInterrupt):  # how a person ends it
            uvicorn.Server(config).run(sockets=[listening])


@contextlib.contextmanager
def _open_browser(url: str) -> Iterator[None]:
    """Open the address through a file that only its person can read: all see a program's arguments."""
    with tempfile.TemporaryDirectory(prefix="nbmlops-ui-") as folder:
        file = Path(folder) / "open.html"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(
                '<!doctype html><meta charset="utf-8"><title>nbmlops</title>'
                f'<meta http-equiv="refresh" content="0;url={html.escape(url)}">'
            )
        threading.Thread(target=webbrowser.open, args=(file.as_uri(),), daemon=True).start()
        yield
