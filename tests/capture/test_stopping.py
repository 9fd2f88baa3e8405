"""Somebody presses stop while evidence is taken: the cell stops, and the record says what ran."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbmlops.capture.recorder import Recorder


def run_stopped(moment, source):
    """Run a cell in a recorded shell, and interrupt it when `moment` of the second statement is reached."""
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    executions = []
    recorder = Recorder(shell, lambda execution, contents: executions.append(execution), dict)
    recorder.start()
    plain, calls = getattr(recorder.observer, moment), []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return plain(*arguments)

    setattr(recorder.observer, moment, interrupted)
    try:
        result = shell.run_cell(source, store_history=True)
    finally:
        recorder.stop()
    return executions[0], recorder.problems, result, shell.user_ns


@pytest.mark.parametrize(
    ("moment", "outcomes", "left"),
    [("before", ["ok", "not run", "not run"], {"a"}), ("after", ["ok", "ok", "not run"], {"a", "b"})],
)
def test_stop_while_evidence_is_taken(moment, outcomes, left):
    execution, problems, result, names = run_stopped(moment, "a = [1]\nb = [a]\nc = [b]")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert execution.status == "interrupted"
    assert [s.outcome for s in execution.statements] == outcomes
    assert {n for n in "abc" if n in names} == left
    assert problems == []
