"""Encodings by hand: columns that hold means of what is predicted, computed before the split."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbmlops.core.hint import Hint
from nbmlops.core.history import History, Statement
from nbmlops.hints.lineage import Makers, trace_makers
from nbmlops.hints.wording import cite_places, make_hint, name_cell

__all__ = ["find_early_encodings"]


@dataclass(frozen=True, slots=True)
class _Encoding:
    """`table[column]` was made from `table.groupby(...)[target]`."""

    position: int
    table: str
    column: str
    target: str


def find_early_encodings(history: History) -> Iterator[Hint]:
    """Yield a hint for each column made of what is predicted, whose rows were split and measured later.

    Everything has to stand in the text: the column and the target by their names, the target as what the
    split is given second, and the column among what it is given first.
    """
    statements = [s for s in history.statements() if s.outcome == "ok"]
    trees = [_parse(s) for s in statements]
    found = [e for p, tree in enumerate(trees) if (e := _read_encoding(p, tree)) is not None]
    if not found:
        return
    makers = trace_makers(statements)
    for position, tree in enumerate(trees):
        split = _read_split(tree)
        if split is None:
            continue
        features, target, test = split
        for encoding in found:
            if not _is_certain(statements[encoding.position], encoding):
                continue
            given = _resolve(features, position, trees, makers), _resolve(target, position, trees, makers)
            if _takes_target(given[1][0], encoding) and _takes_column(given[0], encoding, makers):
                yield from _list_measured(history, statements, makers, encoding, position, test)


def _parse(statement: Statement) -> ast.stmt | None:
    try:
        body = ast.parse(statement.code).body
    except SyntaxError:
        return None
    return body[0] if len(body) == 1 else None


def _read_encoding(position: int, tree: ast.stmt | None) -> _Encoding | None:
    match tree:
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Name(id=table), slice=ast.Constant(value=str(column)))],
            value=value,
        ):
            for node in ast.walk(value):
                match node:
                    case ast.Subscript(
                        value=ast.Call(func=ast.Attribute(attr="groupby", value=ast.Name(id=grouped))),
                        slice=ast.Constant(value=str(target)),
                    ) if grouped == table:
                        return _Encoding(position, table, column, target)
    return None


def _read_split(tree: ast.stmt | None) -> tuple[ast.expr, ast.expr, str] | None:
    """Return what a split is given first and second, and the name of the part that it holds out."""
    match tree:
        case ast.Assign(
            targets=[ast.Tuple(elts=[ast.Name(), ast.Name(id=test), *_])],
            value=ast.Call(
                func=ast.Name(id="train_test_split") | ast.Attribute(attr="train_test_split"),
                args=[features, target, *_],
            ),
        ):
            return features, target, test
    return None


def _is_certain(statement: Statement, encoding: _Encoding) -> bool:
    return any(
        e.certain and e.resource.kind == "name" and e.resource.key == encoding.table
        for e in statement.effects
    )


def _resolve(
    node: ast.expr, position: int, trees: Sequence[ast.stmt | None], makers: Makers
) -> tuple[ast.expr, int]:
    """Return the expression behind a name that one statement alone made, and where it stands."""
    if isinstance(node, ast.Name):
        made = makers.of(position, node.id)
        if len(made) == 1:
            match trees[made[0]]:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == node.id:
                    return value, made[0]
    return node, position


def _takes_target(node: ast.expr, encoding: _Encoding) -> bool:
    match node:
        case ast.Subscript(value=ast.Name(id=table), slice=ast.Constant(value=column)):
            return (table, column) == (encoding.table, encoding.target)
    return False


def _takes_column(given: tuple[ast.expr, int], encoding: _Encoding, makers: Makers) -> bool:
    """Say whether an expression is the table as it was encoded, with the column among the others."""
    node, position = given
    if encoding.position not in makers.of(position, encoding.table):
        return False
    texts = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    match node:
        case ast.Call(func=ast.Attribute(attr="drop", value=ast.Name(id=table))):
            return table == encoding.table and encoding.column not in texts and names == {table}
        case ast.Subscript(value=ast.Name(id=table), slice=ast.List()):
            return table == encoding.table and encoding.column in texts
    return False


def _list_measured(
    history: History,
    statements: Sequence[Statement],
    makers: Makers,
    encoding: _Encoding,
    split: int,
    test: str,
) -> Iterator[Hint]:
    """Yield the hint at the first measure that rests on the part that was held out."""
    for position in range(split + 1, len(statements)):
        statement = statements[position]
        measures = statement.learned.measures if statement.learned else ()
        asked = {position, *makers.behind(position, {n for m in measures for n in m.names})}
        if measures and any(split in makers.of(one, test) for one in asked if one > split):
            column, target = f"`{encoding.table}['{encoding.column}']`", f"`{encoding.target}`"
            made = statements[encoding.position]
            yield make_hint(
                history,
                "early fit",
                statement,
                (encoding.table, encoding.column, name_cell(history, made)),
                f"{column} was computed (cell {made.execution}) from {target} of all rows, also of `{test}`",
                "compute it from the training rows alone, and map it onto the others",
                statements=cite_places(history, (made.place, statements[split].place, statement.place)),
            )
            return
