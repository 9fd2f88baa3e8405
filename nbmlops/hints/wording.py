"""Wording: hints as records, with names that stay and the statements that they rest on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from nbmlops.core.digest import digest_text
from nbmlops.core.hint import Cited, Hint, HintKind
from nbmlops.core.history import History, Statement
from nbmlops.core.witness import RowsUsed

__all__ = ["cite_places", "find_cell", "make_hint", "name_cell", "name_model", "name_table"]

_LONGEST = 40
_COUNTED = re.compile(r"cell-\d+")


def make_hint(
    history: History,
    kind: HintKind,
    statement: Statement,
    known_by: Sequence[str],
    text: str,
    then: str,
    **evidence: Any,
) -> Hint:
    """Return a hint; what it is `known_by` makes its id, together with its kind and the notebook."""
    cell = find_cell(history, statement.execution)
    identity = [kind, history.notebook or "", *known_by]
    return Hint(
        id=digest_text("\0".join(identity))[:8],
        kind=kind,
        execution=statement.execution,
        cell=cell,
        text=f"cell {statement.execution}: {text}",
        then=then,
        **evidence,
    )


def find_cell(history: History, execution: int) -> str:
    """Return the notebook's id of the cell that an execution was of."""
    return next((e.cell for e in history.executions if e.number == execution), "")


def name_cell(history: History, statement: Statement) -> str:
    """Return the notebook's id of a statement's cell; nothing where it has none that lasts."""
    cell = find_cell(history, statement.execution)
    return "" if _COUNTED.fullmatch(cell) else cell


def cite_places(history: History, places: Iterable[tuple[int, int] | None]) -> tuple[Cited, ...]:
    """Return the statements at some places, each once."""
    wanted = {place for place in places if place is not None}
    return tuple(
        Cited(s.execution, s.index, e.cell, s.source)
        for e in history.executions
        for s in e.statements
        if s.place in wanted
    )


def name_model(name: str, kind: str) -> str:
    """Return how a model is called in a line: its name, else its type."""
    short = kind.rpartition(".")[2]
    return f"`{name}` ({short})" if name.isidentifier() else f"the {short}"


def name_table(used: RowsUsed) -> str:
    """Return how a table is called in a line."""
    if not used.table:
        return f"the part of {used.rows} rows"
    return f"`{used.table}`" if len(used.table) <= _LONGEST else f"`{used.table[: _LONGEST - 1]}…`"
