"""Edited cells: those whose text in the notebook's file is not the one that was run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nbmlops.core.hint import CellText, Hint
from nbmlops.core.history import Execution, History, Statement
from nbmlops.hints.changes import list_changed
from nbmlops.hints.lineage import trace_makers, uses_values
from nbmlops.hints.wording import cite_places, make_hint

__all__ = ["find_edited_cells"]


def find_edited_cells(history: History, texts: Sequence[CellText], saved: str) -> Iterator[Hint]:
    """Yield a hint for each cell that was edited and saved after its last execution, and rested on since.

    `texts` are the code cells of the notebook's file, `saved` the time when it was written. A cell that
    nothing rests on which was run later says nothing wrong: it is only not run yet.
    """
    now = {text.cell: text.source for text in texts}
    newest = {e.cell: e for e in history.executions}
    edited = {
        e.number: e
        for e in newest.values()
        if e.cell in now
        and e.status in ("ok", "error")
        and e.started < saved
        and e.statements
        and not _is_same(e.source, now[e.cell])
    }
    if not edited:
        return
    makers = trace_makers(history.statements())
    statements = history.statements()
    said: set[int] = set()
    for position, statement in reversed(list(enumerate(statements))):
        if not uses_values(statement):
            continue
        for maker in makers.direct(position):
            number = statements[maker].execution
            if number not in edited or number in said or statement.execution <= number:
                continue
            names = makers.names(position, maker)
            here = {p for p in makers.behind(position, names) if statements[p].execution == number}
            if _touches(now[edited[number].cell], edited[number], names, [statements[p] for p in here]):
                said.add(number)
                yield _word_edited(history, statement, statements[maker], edited[number], names)


def _is_same(executed: str, saved: str) -> bool:
    """Say whether two texts are the same but for comments, blank lines and spacing."""
    if executed.strip() == saved.strip():
        return True
    try:
        return ast.dump(ast.parse(executed)) == ast.dump(ast.parse(saved))
    except (SyntaxError, ValueError):
        return [line.rstrip() for line in executed.split("\n") if line.strip()] == [
            line.rstrip() for line in saved.split("\n") if line.strip()
        ]


def _touches(saved: str, edited: Execution, names: Sequence[str], here: Sequence[Statement]) -> bool:
    """Say whether an edit concerns names: what made them is gone, or what is new may change them."""
    try:
        after = {ast.dump(node): node for node in ast.parse(saved).body}
        before = {ast.dump(node) for s in edited.statements for node in ast.parse(s.code).body}
        made = [ast.dump(node) for s in here for node in ast.parse(s.code).body]
    except (SyntaxError, ValueError):  # magics: a statement that stands there in its own words is the same
        return any(s.source.strip() not in saved for s in here)
    changed = {name for text, node in after.items() if text not in before for name in list_changed(node)}
    return any(text not in after for text in made) or not changed.isdisjoint(names)


def _word_edited(
    history: History, statement: Statement, maker: Statement, edited: Execution, names: Sequence[str]
) -> Hint:
    listed = ", ".join(f"`{name}`" for name in names[:3])
    text = f"{listed} came out of cell {edited.number}, which was edited since and not run again"
    return make_hint(
        history,
        "edited cell",
        statement,
        (edited.cell, edited.source),
        text,
        f"run the edited cell, then cell {statement.execution} again",
        statements=cite_places(history, (maker.place, statement.place)),
    )
