"""Parameters: the literals of a slice that a pipeline's caller may want to change."""

from __future__ import annotations

import ast
import keyword
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from nbmlops.core.pipeline import InputFile, Parameter
from nbmlops.core.resource import Read
from nbmlops.core.slice import Slice
from nbmlops.pipeline.ambiguity import is_ambiguous
from nbmlops.pipeline.listings import read_literal, tell_type
from nbmlops.pipeline.parts import OWN_NAMES, Part

__all__ = [
    "Replacement",
    "find_inputs",
    "find_parameters",
    "list_inputs",
    "make_replacement",
    "path_literals",
    "tell_where",
]

_TYPES = frozenset({"str", "int", "float", "bool"})


@dataclass(frozen=True, slots=True)
class Replacement:
    """A piece of a statement's text that becomes an attribute of the parameters, or a new list of it.

    Lines count from 1 and columns from 0, in bytes, within the statement's code.
    """

    place: tuple[int, int]
    line: int
    column: int
    end_line: int
    end_column: int
    parameter: str
    as_list: bool = False


def list_inputs(slice_: Slice) -> list[Read]:
    """Return the reads of data files that came from outside, the person's own modules left out."""
    return [r for r in slice_.inputs if r.resource.kind == "file" and r.content is not None and not r.module]


def find_inputs(
    reads: Sequence[Read], parts: Sequence[Part], directory: str
) -> tuple[list[InputFile], list[Parameter], list[Replacement]]:
    """Turn each file that came from outside into a parameter, where a literal names it.

    Where none does, where the pipeline writes to it later, or where the literal may mean something else
    as well, the file keeps the relative path that the notebook used, and is put there.
    """
    written = {
        e.resource.key for p in parts for e in p.statement.effects if e.change in {"written", "deleted"}
    }
    inputs: list[InputFile] = []
    parameters: list[Parameter] = []
    replacements: list[Replacement] = []
    taken: set[str] = set()
    for read in reads:
        path, content = read.resource.key, str(read.content)
        found = [(part, node) for part in parts for node in path_literals(part.tree, path, directory)]
        if not found or path in written or is_ambiguous(path, found, parts):
            staged = os.path.relpath(path, directory)
            inputs.append(InputFile(path, content, staged=None if staged.startswith("..") else staged))
            continue
        name = _unique(_name_of(path), taken)
        where = f"{tell_where(*found[0])}: the file that was read"
        inputs.append(InputFile(path, content, parameter=name))
        parameters.append(Parameter(name, "str", path, where, is_input=True))
        replacements += [make_replacement(part, node, name) for part, node in found]
    return inputs, parameters, replacements


def path_literals(tree: ast.AST, path: str, directory: str) -> list[ast.Constant]:
    """Return the string constants of a text that name a file; those within f-strings are part of a text."""
    inside = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value
        and id(node) not in inside
        and os.path.normpath(Path(directory, node.value)) == path
    ]


def _name_of(path: str) -> str:
    stem = PurePath(path).name
    while PurePath(stem).suffix:
        stem = PurePath(stem).stem
    name = re.sub(r"\W+", "_", stem).strip("_").lower() or "input"
    return f"input_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    taken.add(candidate)
    return candidate


def find_parameters(
    parts: Sequence[Part], paths: Sequence[Parameter], places: Sequence[Replacement], target: str
) -> tuple[list[Parameter], list[Replacement]]:
    """Find names that are bound once in the slice, at the top level, to a number, a text or a flag.

    A name that nothing kept reads, but for what may read any name, is left out: to change it changes nothing.

    `paths` are the parameters that there are already, and `places` the literals they have replaced.
    """
    taken = {p.name for p in paths}
    replaced = {r.place for r in places}
    counts = Counter(name for part in parts for name in part.binds)
    asked = {target} | {
        r.resource.key
        for p in parts
        for r in p.statement.reads
        if r.resource.kind == "name" and (r.certain or r.late)
    }
    parameters: list[Parameter] = []
    replacements: list[Replacement] = []
    for part in parts:
        match part.tree.body:
            case [ast.Assign(targets=[ast.Name(id=name)], value=value)]:
                literal = read_literal(value)
                hidden = name.startswith("_") or name in OWN_NAMES or name in _TYPES
                if part.statement.place in replaced:
                    continue
                if literal is None or counts[name] != 1 or name in taken or hidden or name not in asked:
                    continue
                where = f"{tell_where(part, value)}: `{name}`"
                parameters.append(Parameter(name, tell_type(literal), literal, where))
                replacements.append(make_replacement(part, value, name))
                taken.add(name)
    return parameters, replacements


def tell_where(part: Part, node: ast.expr) -> str:
    """Say in which cell, and on which of its lines, an expression stands."""
    statement = part.statement
    if statement.code != statement.source:
        return f"cell {statement.execution}"
    return f"cell {statement.execution}, line {statement.line + node.lineno - part.tree.body[0].lineno}"


def make_replacement(part: Part, node: ast.expr, parameter: str, as_list: bool = False) -> Replacement:
    """Say which piece of a statement's text a parameter, or a list of what it holds, stands for."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    place = part.statement.place
    return Replacement(place, node.lineno, node.col_offset, end_line, end_column, parameter, as_list)
