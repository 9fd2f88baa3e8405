"""Texts: where a cell writes down the values of names, and the cell with other values in their place."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from nbmlops.errors import SweepError

__all__ = ["Slot", "find_slots", "put_value", "put_values"]

_MAGIC = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_WRITE = "Write it once, as `{name} = VALUE` on a line of its own, or take it out of the sweep."


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the value of a name stands in a cell: from the first to the last byte, of which lines."""

    name: str
    first: tuple[int, int]
    last: tuple[int, int]


def find_slots(cell: str, names: Collection[str]) -> dict[str, Slot]:
    """Return where a cell binds names to literals.

    Raises
    ------
    SweepError
        If it binds one of them otherwise, or several times: then it is not known what is to be put where.
    """
    tree = _parse(cell)
    found: dict[str, Slot] = {}
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name in names and name not in found and _is_literal(value):
                found[name] = Slot(name, (value.lineno, value.col_offset), _end_of(value))
            case _:
                for name, line in _list_bound(node):
                    if name in names:
                        twice = "a second time" if name in found else "to no literal"
                        raise SweepError(
                            f"Line {line} of the cell binds '{name}' {twice}: nothing else can be put there.",
                            _WRITE.format(name=name),
                        )
    return found


def put_values(cell: str, slots: Collection[Slot], values: Mapping[str, str]) -> str:
    """Return a cell with values, as they are spelled, in their places."""
    lines = cell.encode().split(b"\n")
    for slot in sorted(slots, key=lambda slot: slot.first, reverse=True):
        (first, start), (last, end) = slot.first, slot.last
        head, tail = lines[first - 1][:start], lines[last - 1][end:]
        lines[first - 1 : last] = [head + values[slot.name].encode() + tail]
    return b"\n".join(lines).decode()


def put_value(statement: str, name: str, value: str) -> str | None:
    """Return a statement that binds one name by itself with another value; None where it does more."""
    try:
        body = ast.parse(statement).body
    except SyntaxError:
        return None
    match body:
        case [ast.Assign(targets=[ast.Name(id=bound)], value=old)] if bound == name:
            pass
        case [ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as old)] if bound == name:
            pass
        case _:
            return None
    return put_values(statement, [Slot(name, (old.lineno, old.col_offset), _end_of(old))], {name: value})


def _parse(cell: str) -> ast.Module:
    plain = _MAGIC.sub(r"\1pass", cell)
    try:
        return ast.parse(plain)
    except SyntaxError as problem:
        raise SweepError(
            f"Line {problem.lineno} of the cell is no Python: {problem.msg}.",
            "Mend it, and run the cell again.",
        ) from None


def _end_of(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _list_bound(node: ast.stmt) -> Iterator[tuple[str, int]]:
    """Yield the names that a statement may bind, each with the line."""
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        match one:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name, one.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, one.lineno
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0], getattr(one, "lineno", node.lineno)
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                yield name, one.lineno
        if isinstance(one, _SCOPES):
            for inner in ast.walk(one):
                if isinstance(inner, ast.Global):
                    yield from ((name, inner.lineno) for name in inner.names)
        elif not isinstance(one, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            waiting += ast.iter_child_nodes(one)
        else:
            waiting += [n for n in ast.walk(one) if isinstance(n, ast.NamedExpr)]
