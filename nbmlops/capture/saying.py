"""Saying: calls that log to a run, collected as they come and left out of the code that leaves."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbmlops.core.learned import Scalar
from nbmlops.core.resource import Read
from nbmlops.core.said import Said, SaidKind

__all__ = ["LOG_CALLS", "Clearing", "Sayings", "drop_calls"]

LOG_CALLS = frozenset({"log_metric", "log_parameter", "log_figure", "tag"})
"""What a person calls to log to a run."""

_PACKAGE = "nbmlops"
_HOME = "nbmlops.api.saying"
_MENTIONS = re.compile(r"\bnbmlops\b|\blog_(?:metric|parameter|figure)\b")
_QUIET = frozenset({"float", "int", "str", "len", "round", "abs", "sum", "min", "max", "bool", "repr"})
_QUIET_METHODS = frozenset({"item", "mean", "sum", "std", "min", "max", "detach", "cpu", "numpy", "format"})


@dataclass(frozen=True, slots=True)
class _Call:
    """One call: what it says, the model that was given with it, and the fits that the statement had made."""

    kind: SaidKind
    name: str
    value: Scalar
    step: float | None
    model: Any
    order: int
    media: str
    size: int


@dataclass(slots=True)
class Sayings:
    """What calls of the statement that runs have said so far.

    `listener` is told each metric as it comes (a sweep that prunes stops a cell by what it raises).
    """

    listener: Callable[[str, float, float | None], None] | None = None
    _calls: list[_Call] = field(default_factory=list)

    def add(
        self,
        kind: SaidKind,
        name: str,
        value: Scalar,
        *,
        step: float | None = None,
        model: Any = None,
        order: int = 0,
        media: str = "",
        size: int = 0,
    ) -> None:
        """Note one call."""
        self._calls.append(_Call(kind, name, value, step, model, order, media, size))
        if kind == "metric" and self.listener is not None and isinstance(value, float):
            self.listener(name, value, step)

    def has_any(self) -> bool:
        """Say whether anything was said."""
        return bool(self._calls)

    def list_models(self) -> tuple[Any, ...]:
        """Return the models that were given."""
        return tuple(call.model for call in self._calls if call.model is not None)

    def collect(self, place: Callable[[Any], str]) -> tuple[Said, ...]:
        """Return what was said, a record for each name, and forget it; `place` says where a model is."""
        calls, self._calls = self._calls, []
        groups: dict[tuple[SaidKind, str, str, int], list[_Call]] = {}
        for call in calls:
            about = "" if call.model is None else place(call.model)
            groups.setdefault((call.kind, call.name, about, call.order), []).append(call)
        return tuple(
            Said(
                kind,
                name,
                tuple(call.value for call in many),
                _list_steps(many),
                about,
                order,
                many[-1].media,
                many[-1].size,
            )
            for (kind, name, about, order), many in groups.items()
        )


def _list_steps(calls: Sequence[_Call]) -> tuple[float, ...]:
    """Return the step of each call where every one has its own; those in order from 0 need no telling."""
    steps = [call.step for call in calls if call.step is not None]
    told = len(steps) == len(calls) and steps != list(range(len(calls)))
    return tuple(steps) if told else ()


@dataclass(slots=True)
class Clearing:
    """Leaves calls that log out of the records of statements, and what only they read of the package."""

    namespace: Mapping[str, Any]
    _needed: set[str] = field(default_factory=set)

    def clear(self, reads: Sequence[Read], code: str) -> tuple[list[Read], str]:
        """Return the reads of a statement without the package, and its code without calls that log.

        Once code uses the package for something else, its name is read as any other.
        """
        left = drop_calls(code, self.namespace)
        keys = {read.resource.key for read in reads if read.resource.kind == "name"}
        if _PACKAGE not in keys and _HOME not in sys.modules:
            return list(reads), left
        roots = _find_roots(self.namespace).keys() & keys
        if not roots:
            return list(reads), left
        mentioned = _list_used(left)
        self._needed |= roots & mentioned
        spared = roots - self._needed
        return [r for r in reads if r.resource.kind != "name" or r.resource.key not in spared], left


def _list_used(code: str) -> set[str]:
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set(re.findall(r"[^\W\d]\w*", code))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _find_roots(namespace: Mapping[str, Any]) -> dict[str, str]:
    """Return the names that hold the package, or one of its calls that log: then the call's name."""
    package, home = sys.modules.get(_PACKAGE), sys.modules.get(_HOME)
    calls = {id(getattr(home, name)): name for name in LOG_CALLS} if home is not None else {}
    found: dict[str, str] = {}
    for name, value in namespace.items():
        if value is package:
            found[name] = ""
        elif id(value) in calls and getattr(value, "__module__", None) == _HOME:
            found[name] = calls[id(value)]
    return found


def drop_calls(code: str, namespace: Mapping[str, Any]) -> str:
    """Return code without the calls that log, and without imports that it then does not need.

    What an argument calls is still called. Code with other uses of the package stays as it is there.
    """
    if not _MENTIONS.search(code) and _HOME not in sys.modules:
        return code
    roots = _find_roots(namespace)
    if not _MENTIONS.search(code) and not any(re.search(rf"\b{re.escape(name)}\b", code) for name in roots):
        return code
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return code
    roots |= _list_imported(tree)
    for name in _list_stored(tree):
        roots.pop(name, None)
    dropped = {id(n): _list_left(n) for n in ast.walk(tree) if _is_call(n, roots)}
    if not dropped:
        return code
    return _cut_out(code, tree, dropped, roots)


def _list_imported(tree: ast.AST) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {a.asname or a.name: "" for a in names if a.name == _PACKAGE}
            case ast.ImportFrom(module="nbmlops", names=names):
                found |= {a.asname or a.name: a.name for a in names if a.name in LOG_CALLS}
    return found


def _list_stored(tree: ast.AST) -> Iterator[str]:
    """Yield the names that code binds in another way than by an import."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name


def _is_call(node: ast.AST, roots: Mapping[str, str]) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return bool(roots.get(name))
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=call, value=ast.Name(id=name)))):
            return roots.get(name) == "" and call in LOG_CALLS
    return False


def _list_left(node: ast.AST) -> tuple[ast.expr, ...]:
    """Return the arguments of a call that may do something by themselves."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return ()
    parts = [*call.args, *(keyword.value for keyword in call.keywords)]
    return tuple(part for part in parts if not _is_quiet(part))


def _is_quiet(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name not in _QUIET:
            return False
        case ast.Call(func=ast.Attribute(attr=name)) if name not in _QUIET_METHODS:
            return False
        case ast.Call(func=ast.Name() | ast.Attribute()):
            pass
        case ast.Call() | ast.NamedExpr() | ast.Await() | ast.Yield() | ast.YieldFrom():
            return False
    return all(_is_quiet(inner) for inner in ast.iter_child_nodes(node))


def _cut_out(
    code: str, tree: ast.Module, dropped: Mapping[int, tuple[ast.expr, ...]], roots: Mapping[str, str]
) -> str:
    gone = set(dropped) | {id(node) for node in _list_idle_imports(tree, dropped, roots)}
    lines = [line.encode() for line in re.split(r"\r\n|\r|\n", code)]
    edits: list[tuple[ast.stmt, str]] = []
    for block in _list_blocks(tree):
        left = [node for node in block if id(node) not in gone]
        for at, node in enumerate(block):
            if id(node) in gone:
                kept = "; ".join(ast.unparse(part) for part in dropped.get(id(node), ()))
                empty = not left and at == 0 and block is not tree.body
                edits.append((node, kept or ("pass" if empty else "")))
    for node, text in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):
        _replace(lines, node, text)
    return b"\n".join(lines).decode().rstrip()


def _replace(lines: list[bytes], node: ast.stmt, text: str) -> None:
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    alone = not before.strip() and not after.split(b"#")[0].strip()
    if alone and not text:
        del lines[first : last + 1]
    else:
        lines[first : last + 1] = [before + (text or "pass").encode() + after]


def _list_blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield block


def _list_idle_imports(tree: ast.AST, dropped: Iterable[int], roots: Mapping[str, str]) -> Iterator[ast.stmt]:
    """Yield imports of the package within functions, where nothing else in the code uses what they bind."""
    gone = set(dropped)
    skipped = {id(inner) for node in ast.walk(tree) if id(node) in gone for inner in ast.walk(node)}
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in skipped}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound = {alias.asname or alias.name for alias in names}
                if bound <= roots.keys() and not bound & used:
                    yield node
