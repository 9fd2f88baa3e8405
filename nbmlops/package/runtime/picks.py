"""Picks: a row function that only chooses columns, recognised by its text, so that no frame is needed."""

from __future__ import annotations

import ast
from collections.abc import Sequence

__all__ = ["read_picks"]

_Names = tuple[str, ...]


def read_picks(source: str, columns: Sequence[str]) -> _Names | None:
    """Return the columns that ``features`` of `source` returns a frame of; None where it may do more.

    `columns` are those of the raw rows. What counts are copies, assignments, ``[[...]]`` and
    ``drop(columns=...)`` with names that are written out: all else may change a value.
    """
    tree = ast.parse(source)
    if _count_bindings(tree, "features") != 1:
        return None
    reader = _Reader(tuple(columns))
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "features":
            if statement.decorator_list or len(statement.args.args) != 1:
                return None
            return reader.follow(statement)
        if not isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef):
            is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not is_docstring and not reader.assign(statement):
                reader.lists.clear()  # it may have changed any of them
    return None


def _count_bindings(tree: ast.Module, name: str) -> int:
    """Return how often anything in the module gives a meaning to a name."""
    found = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found += node.name == name
        elif isinstance(node, ast.Name):
            found += node.id == name and not isinstance(node.ctx, ast.Load)
        elif isinstance(node, ast.alias):
            found += (node.asname or node.name) in (name, "*")
    return found


class _Reader:
    """Follows statements: `frames` are names of frames of chosen columns, `lists` names of known lists."""

    def __init__(self, columns: _Names) -> None:
        self.columns = columns
        self.frames: dict[str, _Names] = {}
        self.lists: dict[str, _Names] = {}

    def follow(self, function: ast.FunctionDef) -> _Names | None:
        """Return the columns of what a function returns, if all its statements are known."""
        self.frames = {function.args.args[0].arg: self.columns}
        for statement in function.body:
            if isinstance(statement, ast.Return):
                return None if statement.value is None else self._read_frame(statement.value)
            is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not is_docstring and not self.assign(statement):
                return None
        return None

    def assign(self, statement: ast.stmt) -> bool:
        """Follow the assignment of a frame or a list to a name; False where it is none."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return False
        target = statement.targets[0]
        if not isinstance(target, ast.Name):
            return False
        self.frames.pop(target.id, None)
        self.lists.pop(target.id, None)
        names, chosen = self._read_names(statement.value), self._read_frame(statement.value)
        if names is not None:
            self.lists[target.id] = names
        if chosen is not None:
            self.frames[target.id] = chosen
        return names is not None or chosen is not None

    def _read_frame(self, value: ast.expr) -> _Names | None:
        if isinstance(value, ast.Name):
            return self.frames.get(value.id)
        if isinstance(value, ast.Subscript):
            return self._select(self._read_frame(value.value), self._read_names(value.slice))
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
            return None
        held = self._read_frame(value.func.value)
        if held is None:
            return None
        if value.func.attr == "copy" and not value.args and not value.keywords:
            return held
        if value.func.attr == "drop":
            return self._drop(held, value)
        return None

    def _drop(self, held: _Names, call: ast.Call) -> _Names | None:
        """Return what ``drop(columns=names)`` or ``drop(names, axis=1)`` leaves."""
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if not call.args and set(given) == {"columns"}:
            asked = given["columns"]
        elif len(call.args) == 1 and set(given) == {"axis"} and _is_columns(given["axis"]):
            asked = call.args[0]
        else:
            return None
        names = self._read_names(asked)
        if names is None and isinstance(asked, ast.Constant) and isinstance(asked.value, str):
            names = (asked.value,)
        if names is None or not set(names) <= set(held):
            return None
        return tuple(name for name in held if name not in names)

    def _select(self, held: _Names | None, names: _Names | None) -> _Names | None:
        if held is None or names is None or not set(names) <= set(held) or len(set(names)) != len(names):
            return None
        return names

    def _read_names(self, value: ast.expr) -> _Names | None:
        if isinstance(value, ast.Name):
            return self.lists.get(value.id)
        if not isinstance(value, ast.List):
            return None
        names = [item.value for item in value.elts if isinstance(item, ast.Constant)]
        found = tuple(name for name in names if isinstance(name, str))
        return found if len(found) == len(value.elts) else None


def _is_columns(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in (1, "columns") and value.value is not True
