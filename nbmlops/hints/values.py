"""Old values: variables in use whose definition no longer stands in the cell that made them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from nbmlops.core.hint import Hint
from nbmlops.core.history import Execution, History, Statement
from nbmlops.core.resource import Effect
from nbmlops.hints.lineage import uses_values
from nbmlops.hints.wording import cite_places, make_hint

__all__ = ["find_old_values"]

_OBSERVED = frozenset({"ok", "error", "interrupted"})


def find_old_values(history: History) -> Iterator[Hint]:
    """Yield a hint for each name that is read while its cell, run again, defines it otherwise or no more.

    A cell that was run again and stopped before it came to the same definition is none: its text stands.
    """
    newest: dict[str, Execution] = {}
    makers: dict[str, Statement] = {}
    executions = {e.number: e for e in history.executions}
    for execution in history.executions:
        if execution.status in _OBSERVED:
            newest[execution.cell] = execution
        for statement in execution.statements:
            if statement.outcome == "not run":
                continue
            for read in statement.reads if uses_values(statement) else ():
                maker = makers.get(read.resource.key) if read.resource.kind == "name" else None
                if maker is None or read.late or not read.certain:
                    continue
                current = newest.get(executions[maker.execution].cell)
                if current is not None and _is_gone(maker, read.resource.key, current):
                    yield _word_old(history, statement, maker, read.resource.key, current)
            _follow_effects(statement, makers)


def _follow_effects(statement: Statement, makers: dict[str, Statement]) -> None:
    for effect in statement.effects:
        if effect.resource.kind == "name":
            if _defines(effect, statement):
                makers[effect.resource.key] = statement
            elif effect.change in ("bound", "deleted"):
                makers.pop(effect.resource.key, None)


def _defines(effect: Effect, statement: Statement) -> bool:
    return (
        effect.change == "bound"
        and effect.certain
        and effect.resource.key in _list_bound(statement.code)
        and not effect.resource.key.startswith("_")
    )


def _is_gone(maker: Statement, name: str, current: Execution) -> bool:
    """Say whether the newest text of a cell no longer has the statement that made a value."""
    if current.number <= maker.execution or not current.statements:
        return False
    return all(s.code != maker.code for s in current.statements) and not any(
        name in _list_bound(s.code) and s.outcome == "ok" for s in current.statements
    )


@functools.lru_cache(maxsize=4096)
def _list_bound(code: str) -> frozenset[str]:
    """Return the names that a text binds outside of functions and classes; imports excepted."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return frozenset()
    found: set[str] = set()
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif not isinstance(node, ast.Lambda | ast.Import | ast.ImportFrom):
            waiting.extend(ast.iter_child_nodes(node))
    return frozenset(found)


def _word_old(
    history: History, statement: Statement, maker: Statement, name: str, current: Execution
) -> Hint:
    defines = any(name in _list_bound(s.code) for s in current.statements)
    now = "defines it otherwise now and did not come to it" if defines else "no longer defines it"
    made = f"it was made by cell {maker.execution}, whose text {now} (cell {current.number})"
    text = f"`{name}` is older than its cell: {made}"
    return make_hint(
        history,
        "old value",
        statement,
        (name, current.cell, maker.code),
        text,
        f"define `{name}` again in a cell that stays, and run what uses it",
        statements=cite_places(history, (maker.place, statement.place)),
    )
