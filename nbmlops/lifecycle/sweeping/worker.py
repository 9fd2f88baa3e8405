"""The worker: a process that runs the children of a sweep, one after the other."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from nbmlops.processes.workers import DONE, LAST, REPORTS, STOP, serve_wire

if TYPE_CHECKING:
    from nbmlops.lifecycle.sweeping.starting import Start

__all__ = ["COMMAND", "main"]

COMMAND = "from nbmlops.lifecycle.sweeping.worker import main; main()"
"""What Python is told to run in a worker."""


def main() -> None:
    """Run what comes over the wire until the other side ends."""
    wire = serve_wire()
    start: Start = pickle.loads(wire.receive())
    shell = _make_shell()

    def ask(step: int, value: float) -> bool:
        wire.send(REPORTS + pickle.dumps((step, value)))
        return wire.receive() == STOP

    while True:
        task = pickle.loads(wire.receive())
        from nbmlops.lifecycle.sweeping.child import run_child

        shell.reset(new_session=False)
        came = run_child(shell, start, task, ask)
        said = LAST if came.changed_process else DONE
        wire.send(said + pickle.dumps(came))


def _make_shell() -> Any:
    from nbmlops.capture.shells import make_shell

    return make_shell()
