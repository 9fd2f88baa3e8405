"""Calls: what a statement calls, and which of the arguments a person may want to change."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nbmlops.pipeline.parts import Part

__all__ = ["Argument", "Naming", "import_paths", "is_reached", "list_reached", "name_nothing", "spell_path"]

Naming = Callable[[str, int], str]
"""What the function at a dotted path calls the argument at a position; nothing where that is not known."""

_LIBRARIES = frozenset({"sklearn", "xgboost", "lightgbm", "catboost", "imblearn"})
_TECHNICAL = frozenset({"n_jobs", "verbose", "copy", "copy_X", "memory", "as_frame", "return_X_y", "dtype"})
_METHODS = {
    "sample": ("n", "frac", "random_state"),
    "quantile": ("q",),
    "clip": ("lower", "upper"),
    "rolling": ("window",),
    "nlargest": ("n",),
    "nsmallest": ("n",),
}
"""Arguments of methods of tables, in the order in which they are given where they have no name."""
_POSITIONAL = {"sample": 1}
"""How many of these may be given by position, where that is not all: the rest would be read as another."""
_TABLES = {"cut": ("bins",), "qcut": ("q",)}
_READERS = frozenset({"nrows", "skiprows"})
_TRAINERS = frozenset({"train", "cv"})


@dataclass(frozen=True, slots=True)
class Argument:
    """What a call gives by a name: `path` is what is called, and no `name` stands for ``**value``."""

    path: str
    name: str
    value: ast.expr


def name_nothing(path: str, position: int) -> str:
    """Know of no argument by its position."""
    return ""


def list_reached(call: ast.Call, paths: dict[str, str], naming: Naming) -> Iterator[Argument]:
    """Give the arguments of a call that a person may want to change, those by position where known."""
    path = spell_path(call.func, paths)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    for name, value in _list_arguments(call, path, method, naming):
        if name is None and is_reached(path, method, ""):
            yield Argument(path, "", value)
        elif name and is_reached(path, method, name):
            yield Argument(path or method, name, value)


def _list_arguments(
    call: ast.Call, path: str, method: str, naming: Naming
) -> Iterator[tuple[str | None, ast.expr]]:
    for position, value in enumerate(call.args):
        if isinstance(value, ast.Starred):
            break
        name = naming(path, position) if path else _name_position(method, position)
        if not name and path.startswith("pandas.") and position:
            name = dict(enumerate(_TABLES.get(path.rpartition(".")[2], ()), 1)).get(position, "")
        yield name, value
    yield from ((given.arg, given.value) for given in call.keywords)


def _name_position(method: str, position: int) -> str:
    names = _METHODS.get(method, ())[: _POSITIONAL.get(method)]
    return names[position] if position < len(names) else ""


def is_reached(path: str, method: str, argument: str) -> bool:
    """Whether an argument of what is called is one that a person may want to change."""
    if argument in _TECHNICAL:
        return False
    if not path and (method == "set_params" or argument in _METHODS.get(method, ())):
        return True
    home, _, last = path.rpartition(".")
    if home == "pandas":
        reads = last.startswith("read_") and argument in _READERS
        return reads or argument in _TABLES.get(last, ())
    inside = home.partition(".")[0] in _LIBRARIES and home not in _LIBRARIES
    makes = last[:1].isupper() or (last in _TRAINERS and home != "sklearn")
    return (inside or (home in _LIBRARIES and makes)) and not last.endswith("Display")


def import_paths(parts: Sequence[Part]) -> dict[str, str]:
    """Return what each imported name stands for, as a dotted path."""
    paths: dict[str, str] = {}
    for part in parts:
        for node in ast.walk(part.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name if alias.asname else alias.name.partition(".")[0]
                    paths[alias.asname or root] = root
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                paths |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    bound = {n for p in parts for n in p.binds if not isinstance(p.tree.body[0], ast.Import | ast.ImportFrom)}
    return {name: path for name, path in paths.items() if name not in bound}


def spell_path(function: ast.expr, paths: dict[str, str]) -> str:
    """Return the dotted path of what is called; nothing where it is no imported name's."""
    match function:
        case ast.Name(id=name):
            return paths.get(name, "")
        case ast.Attribute(value=value, attr=attribute):
            before = spell_path(value, paths)
            return f"{before}.{attribute}" if before else ""
    return ""
