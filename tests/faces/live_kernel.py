"""Live kernel: a real ipykernel in its own process, asked as Jupyter asks it."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

__all__ = ["LiveKernel", "Reply"]

_SECONDS = 600


@dataclass
class Reply:
    """What the execution of one cell came to."""

    status: str
    printed: str = ""
    warned: str = ""
    shown: list[dict[str, str]] = field(default_factory=list)
    result: str | None = None
    error: str = ""
    traceback: str = ""


class LiveKernel:
    """One kernel in a directory, with a store of its own."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self._sockets = Path(tempfile.mkdtemp(prefix="kernel-"))
        self._manager = KernelManager(kernel_name="python3", transport="ipc", ip=str(self._sockets / "k"))
        self._manager.start_kernel(cwd=str(directory), env=environment)
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=_SECONDS)

    def run(self, code: str, **options: Any) -> Reply:
        """Execute a cell and return what came of it."""
        reply = Reply("ok")

        def note(message: dict[str, Any]) -> None:
            _note_output(reply, message["msg_type"], message["content"])

        answer = self._client.execute_interactive(code, output_hook=note, timeout=_SECONDS, **options)
        reply.status = answer["content"]["status"]
        return reply

    def ask(self, expression: str) -> str:
        """Return the repr of an expression, unseen by the kernel's history."""
        answer = self._client.execute(
            "", silent=True, store_history=False, user_expressions={"v": expression}, reply=True
        )
        value = answer["content"]["user_expressions"]["v"]
        assert value["status"] == "ok", value
        return str(value["data"]["text/plain"])

    def complete(self, code: str) -> list[str]:
        """Return what the TAB key offers at the end of `code`."""
        answer = self._client.complete(code, reply=True, timeout=_SECONDS)
        return list(answer["content"]["matches"])

    def stop(self) -> None:
        """Shut the kernel down."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()
        shutil.rmtree(self._sockets, ignore_errors=True)


def _note_output(reply: Reply, kind: str, content: dict[str, Any]) -> None:
    if kind == "stream" and content["name"] == "stdout":
        reply.printed += content["text"]
    elif kind == "stream":
        reply.warned += content["text"]
    elif kind in ("display_data", "update_display_data"):
        reply.shown.append(content["data"])
    elif kind == "execute_result":
        reply.result = content["data"]["text/plain"]
    elif kind == "error":
        reply.error = f"{content['ename']}: {content['evalue']}"
        reply.traceback = "\n".join(content["traceback"])
