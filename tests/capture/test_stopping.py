"""Somebody presses stop while evidence is taken: the cell stops, and the record says what ran."""

from __future__ import annotations

import os
import signal
import weakref

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbmlops.capture.recorder import Recorder
from nbmlops.capture.signals import hold_signals


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


def test_a_stop_waits_for_the_evidence_and_is_not_lost():
    """Raised inside the callback of a weak reference, an interrupt would be printed and forgotten."""

    class Thing:
        """Something that can be referred to weakly."""

    done = []

    def press_stop(_):
        os.kill(os.getpid(), signal.SIGINT)
        done.append("callback")

    with pytest.raises(KeyboardInterrupt), hold_signals():
        thing = Thing()
        known = weakref.ref(thing, press_stop)
        del thing
        done.append("evidence")
    assert known() is None
    assert done == ["callback", "evidence"]


def test_a_second_stop_does_not_wait():
    done = []
    with pytest.raises(KeyboardInterrupt), hold_signals():
        os.kill(os.getpid(), signal.SIGINT)
        done.append("first")
        os.kill(os.getpid(), signal.SIGINT)
        done.append("second")
    assert done == ["first"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
