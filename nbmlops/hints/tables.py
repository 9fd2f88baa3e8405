"""Whole tables: models measured with the table that they were fitted on, as the ordinary record shows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbmlops.core.history import Statement
from nbmlops.core.learned import ModelSeen, TableSeen
from nbmlops.core.witness import Measured, RowsUsed

__all__ = ["find_whole_tables"]

_ANSWERS = frozenset({"predict", "predict_proba", "predict_log_proba", "decision_function", "score"})


@dataclass(frozen=True, slots=True)
class _Fit:
    statement: Statement
    model: ModelSeen
    table: TableSeen


def find_whole_tables(statements: Sequence[Statement]) -> Iterator[tuple[Statement, Measured]]:
    """Yield what was measured with a table whose content is that of the fit, where rows were not looked at.

    Nothing is said of a model that is asked about any other table, whatever that holds.
    """
    fits: dict[str, _Fit] = {}
    asked = _list_asked(statements)
    for statement in statements:
        tree = _parse(statement)
        if tree is None or statement.learned is None or statement.witnessed is not None:
            _forget_changed(statement, fits)
            continue
        for name, call in _list_calls(tree) if statement.learned.measures else ():
            fit = fits.get(name)
            used = _find_table(statement, call.args[0]) if call.args else None
            if fit is None or used is None or used.fingerprint != fit.table.fingerprint:
                continue
            if len(asked.get(name, ())) == 1:
                yield statement, _describe(fit, used, call)
        _forget_changed(statement, fits)
        for fit in _list_fits(statement, tree):
            fits[fit.model.place] = fit


def _parse(statement: Statement) -> ast.Module | None:
    if statement.outcome != "ok":
        return None
    try:
        return ast.parse(statement.code)
    except SyntaxError:
        return None


def _forget_changed(statement: Statement, fits: dict[str, _Fit]) -> None:
    for effect in statement.effects:
        if effect.resource.kind == "name":
            fits.pop(effect.resource.key, None)


def _list_calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls that ask a name for an answer or a score."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=method, value=ast.Name(id=name))) if method in _ANSWERS:
                yield name, node


def _list_asked(statements: Sequence[Statement]) -> dict[str, set[str]]:
    """Return about which tables each name is asked, by their text."""
    found: dict[str, set[str]] = {}
    for statement in statements:
        tree = _parse(statement)
        for name, call in _list_calls(tree) if tree is not None else ():
            found.setdefault(name, set()).add(ast.unparse(call.args[0]) if call.args else "")
        if tree is not None and "cross_val" in statement.code:
            mentioned = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
            for name in mentioned:
                found.setdefault(name, set()).add("cross_val")
    return found


def _list_fits(statement: Statement, tree: ast.Module) -> Iterator[_Fit]:
    """Yield the fits of a statement whose model has a name, which are given a table and the answers."""
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "fit"
        and len(node.args) == 2
    ]
    learned = statement.learned
    models = (
        [m for m in learned.models if m.order and m.fitted and m.predicts and not m.tried] if learned else []
    )
    if len(calls) == len(models) == 1 and models[0].place.isidentifier():
        table = _find_table(statement, calls[0].args[0])
        if table is not None and table.fingerprint is not None:
            yield _Fit(statement, models[0], table)


def _find_table(statement: Statement, node: ast.expr) -> TableSeen | None:
    if not isinstance(node, ast.Name) or statement.learned is None:
        return None
    return next((t for t in statement.learned.tables if t.name == node.id), None)


def _describe(fit: _Fit, used: TableSeen, call: ast.Call) -> Measured:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    rows = RowsUsed(used.name, used.rows, used.columns, used.fingerprint or "", used.rows)
    fitted = RowsUsed(fit.table.name, fit.table.rows, fit.table.columns, rows.digest, fit.table.rows)
    return Measured(
        function="score" if method == "score" else "a metric",
        name=fit.model.place,
        type=fit.model.type,
        used=rows,
        compared=used.rows,
        equal=used.rows,
        expected=0.0,
        whole=True,
        supervised=True,
        place=fit.statement.place,
        fitted=fitted,
    )
