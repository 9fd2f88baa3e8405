"""Guards: statements that only check what a slice holds, and would stop it on other data."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence

from nbmlops.core.history import Statement
from nbmlops.core.resource import Resource
from nbmlops.core.slice import Reason
from nbmlops.slicing.reach import Reached

__all__ = ["find_guards"]

_INERT = frozenset({"builtins.module", "builtins.function", "builtins.type"})
_SPEAKING = frozenset({"print", "display"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def find_guards(
    statements: Sequence[Statement],
    reached: Reached,
    again: Callable[[int, Reason], Reached],
    without: Collection[tuple[int, int]],
) -> dict[int, Reason]:
    """Return the dropped statements that check what is kept, each with what it checks.

    Only those count whose every read is made by statements that are kept anyway: `again` walks once
    more with one of them kept, and nothing else may be added. `without` are places that are to go.
    """
    checkers: dict[str, ast.stmt] = {}
    guards: dict[int, Reason] = {}
    made: dict[str, int] = {}
    for position, statement in enumerate(statements):
        checked = _find_checked(statement, made, checkers, position in reached.kept)
        if checked is not None and statement.place not in without:
            because = f"it checks `{checked}`, which the slice uses: on other data it may stop"
            reason = Reason(Resource("name", checked), because, certain=False)
            found = again(position, reason)
            if found.kept.keys() == reached.kept.keys() | {position} and (
                found.open_reads.keys() == reached.open_reads.keys()
            ):
                guards[position] = reason
        if position in reached.kept:
            _note_made(statement, made, position)
        _note_checker(statement, checkers)
    return guards


def _note_made(statement: Statement, made: dict[str, int], position: int) -> None:
    """Note the values, apart from modules, functions and classes, that a kept statement makes."""
    for effect in statement.effects:
        if effect.resource.kind == "name":
            made.pop(effect.resource.key, None)
            if effect.type is not None and effect.type not in _INERT:
                made[effect.resource.key] = position


def _note_checker(statement: Statement, checkers: dict[str, ast.stmt]) -> None:
    if not statement.code.lstrip().startswith(("def ", "async def ")):
        for effect in statement.effects:
            checkers.pop(effect.resource.key, None)
        return
    tree = _parse(statement.code)
    if isinstance(tree, _Function):
        checkers.pop(tree.name, None)
        if _only_checks(tree.body, checkers):
            checkers[tree.name] = tree


def _find_checked(
    statement: Statement, made: dict[str, int], checkers: dict[str, ast.stmt], kept: bool
) -> str | None:
    """Return the name of the newest value that a dropped statement checks, if that is all it does."""
    if kept or statement.outcome != "ok" or any(e.resource.kind != "name" for e in statement.effects):
        return None
    if any(r.resource.kind in {"file", "outside", "random"} for r in statement.reads):
        return None
    text = statement.code
    if "assert" not in text and "raise" not in text and not any(name in text for name in checkers):
        return None
    tree = _parse(text)
    if tree is None or not _only_checks([tree], checkers):
        return None
    read = [r.resource.key for r in statement.reads if r.resource.key in made and not r.late]
    return max(read, key=lambda name: made[name], default=None)


def _parse(code: str) -> ast.stmt | None:
    try:
        body = ast.parse(code).body
    except SyntaxError:
        return None
    return body[0] if len(body) == 1 else None


def _only_checks(body: Sequence[ast.stmt], checkers: Collection[str]) -> bool:
    """Say whether statements check something, and do nothing else."""
    found = list(_judge_block(body, checkers))
    return all(verdict is not None for verdict in found) and any(found)


def _judge_block(body: Sequence[ast.stmt], checkers: Collection[str]) -> Iterator[bool | None]:
    """Yield for each statement: True where it may stop, False where it is idle, None where it does more."""
    for node in body:
        match node:
            case ast.Assert() | ast.Raise():
                yield True
            case ast.If(body=inner, orelse=other):
                yield from _judge_block([*inner, *other], checkers)
            case ast.For(body=inner, orelse=[]):
                yield from _judge_block(inner, checkers)
            case ast.Expr(value=ast.Constant()) | ast.Pass() | ast.Continue() | ast.Return(value=None):
                yield False
            case ast.Return(value=ast.Name() | ast.Constant()):
                yield False
            case ast.Assign(targets=targets) if all(isinstance(t, ast.Name) for t in targets):
                yield False
            case ast.Expr(value=ast.Call(func=func)):
                yield _judge_call(func, checkers)
            case _:
                yield None


def _judge_call(func: ast.expr, checkers: Collection[str]) -> bool | None:
    match func:
        case ast.Name(id=name) if name in checkers or name.startswith("assert_"):
            return True
        case ast.Attribute(attr=name) if name.startswith("assert_"):
            return True
        case ast.Name(id=name) if name in _SPEAKING:
            return False
        case _:
            return None
