"""A kernel as a notebook uses it: cells with ids, recorded from the first to the last."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

__all__ = ["PROBLEMS", "Answer", "NotebookKernel", "open_kernel"]

_SECONDS = 600
PROBLEMS = """
from nbmlops.api.capturing import capture_status
answer = [capture_status().missed, capture_status().unsure]
del capture_status
"""
"""Code to ask: what the recording says that it missed, and what it is not sure of."""


@dataclass
class Answer:
    """What the frontend received for one cell: each message as (type, content), without ids and times."""

    status: str
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def printed(self) -> str:
        return "".join(c["text"] for kind, c in self.messages if kind == "stream" and c["name"] == "stdout")

    @property
    def error(self) -> str:
        return "".join(f"{c['ename']}: {c['evalue']}" for kind, c in self.messages if kind == "error")


class NotebookKernel:
    """One kernel in a folder; each cell is sent with its id, as JupyterLab sends it."""

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self._sockets = Path(tempfile.mkdtemp(prefix="kernel-"))
        self._manager = KernelManager(kernel_name="python3", transport="ipc", ip=str(self._sockets / "k"))
        self._manager.start_kernel(cwd=str(folder), env={**os.environ, **(variables or {})})
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=_SECONDS)
        self._cell: str | None = None
        plain = self._client.session.msg

        def message(kind: str, *arguments: Any, **named: Any) -> Any:
            made = plain(kind, *arguments, **named)
            if kind == "execute_request" and self._cell:
                made["metadata"]["cellId"] = self._cell
            return made

        self._client.session.msg = message

    def run(
        self,
        source: str,
        cell: str | None = None,
        seconds: float = _SECONDS,
        answers: list[str] | None = None,
        stop_at: str | None = None,
        **options: Any,
    ) -> Answer:
        """Execute a cell and return all that a frontend would show.

        `answers` are typed when it asks; when it prints `stop_at`, the stop button is pressed.
        """
        self._cell = cell
        messages: list[tuple[str, dict[str, Any]]] = []

        def note(message: dict[str, Any]) -> None:
            kind, content = message["msg_type"], message["content"]
            if stop_at and kind == "stream" and stop_at in content["text"]:
                self.interrupt()
            if kind == "stream" and messages and messages[-1][1].get("name") == content["name"]:
                messages[-1][1]["text"] += content["text"]  # where a stream is cut is chance
            elif kind not in ("status", "execute_input"):
                messages.append((kind, content))

        def answer(message: dict[str, Any]) -> None:
            self._client.input(answers.pop(0) if answers else "")

        options |= {"allow_stdin": True, "stdin_hook": answer} if answers else {}
        reply = self._client.execute_interactive(source, output_hook=note, timeout=seconds, **options)
        return Answer(reply["content"]["status"], messages)

    def ask(self, code: str) -> Any:
        """Run code unseen and return what it leaves in `answer`, a value that JSON can hold."""
        expressions = {"v": "__import__('json').dumps(answer)"}
        self._cell = None
        reply = self._client.execute(
            code, silent=True, store_history=False, user_expressions=expressions, reply=True, timeout=_SECONDS
        )
        assert reply["content"]["status"] == "ok", reply["content"]
        value = reply["content"]["user_expressions"]["v"]
        assert value["status"] == "ok", value
        self._client.execute("del answer", silent=True, store_history=False, reply=True, timeout=_SECONDS)
        return json.loads(eval(value["data"]["text/plain"]))

    def interrupt(self) -> None:
        """Press the stop button."""
        os.kill(self._manager.provisioner.pid, signal.SIGINT)

    def kill(self) -> None:
        """End the process as a crash does: nothing in it is asked first."""
        os.kill(self._manager.provisioner.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the kernel at once."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()
        shutil.rmtree(self._sockets, ignore_errors=True)


@contextmanager
def open_kernel(folder: Path, variables: Mapping[str, str] | None = None) -> Iterator[NotebookKernel]:
    """Start a kernel in a folder, with a store in it, and end it afterwards."""
    store = {"NBMLOPS_STORE": str(folder / ".nbmlops" / "store.db")}
    kernel = NotebookKernel(folder, {**store, **(variables or {})})
    try:
        yield kernel
    finally:
        kernel.stop()
