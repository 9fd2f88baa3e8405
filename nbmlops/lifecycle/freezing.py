"""Freezing: a history in which the answers of the outside world are known, so that nothing is asked again."""

from __future__ import annotations

from dataclasses import replace

from nbmlops.core.history import Execution, History, Statement

__all__ = ["freeze_history"]


def freeze_history(history: History) -> History:
    """Return a history whose statements need nothing where the answer to what they asked was kept.

    What they asked through (a connection, a widget) is then not needed for their sake either.
    """
    executions = tuple(_freeze_execution(execution) for execution in history.executions)
    return replace(history, executions=executions)


def _freeze_execution(execution: Execution) -> Execution:
    return replace(execution, statements=tuple(_freeze_statement(s) for s in execution.statements))


def _freeze_statement(statement: Statement) -> Statement:
    outside = tuple(read for read in statement.reads if read.resource.kind == "outside")
    answers = tuple(e for e in statement.effects if e.resource.kind == "name" and e.content is not None)
    others = [e for e in statement.effects if e.resource.kind == "name" and e.certain and e.content is None]
    if not outside or not answers or others or statement.outcome != "ok":
        return statement
    return replace(statement, reads=outside, effects=answers)
