"""Statements: the text of each top-level statement of a recipe, with the comments that belong to it."""

from __future__ import annotations

import ast
import builtins
import re
from dataclasses import dataclass, field

from nbmlops.core.pipeline import Piece

__all__ = ["Recipe", "SourceStatement", "bound_names", "mentioned_names", "read_recipe"]

_QUERIES = ("query", "eval")


@dataclass(frozen=True, slots=True)
class SourceStatement:
    """A statement: bytes `start` to `end` of its piece's code, and from `above` with its comments."""

    index: int
    piece: int
    tree: ast.stmt
    above: int
    start: int
    end: int
    after: int

    @property
    def is_definition(self) -> bool:
        """Whether it makes a function or a class."""
        return isinstance(self.tree, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)

    @property
    def is_import(self) -> bool:
        """Whether it is an import."""
        return isinstance(self.tree, ast.Import | ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The pieces' code in UTF-8, with the offset of each line, and their statements in order."""

    codes: tuple[bytes, ...]
    lines: tuple[tuple[int, ...], ...]
    statements: tuple[SourceStatement, ...] = field(default=())

    def offset(self, piece: int, line: int, column: int) -> int:
        """Return where a line and column of ``ast`` are in the piece's bytes."""
        return self.lines[piece][line - 1] + column

    def span(self, statement: SourceStatement, tree: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return the bytes of the piece from which an expression or statement starts and ends."""
        assert tree.end_lineno is not None and tree.end_col_offset is not None
        start = self.offset(statement.piece, tree.lineno, tree.col_offset)
        return start, self.offset(statement.piece, tree.end_lineno, tree.end_col_offset)

    def text(self, statement: SourceStatement, tree: ast.expr | ast.stmt | None = None) -> str:
        """Return the text of a statement without its comments, or of one of its expressions."""
        start, end = (statement.start, statement.end) if tree is None else self.span(statement, tree)
        return self.codes[statement.piece][start:end].decode()

    def title(self, statement: SourceStatement) -> str:
        """Return a statement's text in one line, to name it in a message."""
        text = " ".join(line.strip() for line in self.text(statement).splitlines())
        return text if len(text) <= 120 else text[:117] + "..."


def read_recipe(pieces: list[Piece]) -> Recipe:
    """Parse the pieces of a recipe."""
    codes = tuple(piece.code.encode() for piece in pieces)
    starts = []
    for code in codes:
        offsets = [0]
        for line in code.splitlines(keepends=True):
            offsets.append(offsets[-1] + len(line))
        starts.append(tuple(offsets))
    bare = Recipe(codes, tuple(starts))
    found: list[SourceStatement] = []
    for number, code in enumerate(codes):
        above = 0
        for tree in ast.parse(code).body:
            statement = _place(bare, number, tree, len(found), above)
            found.append(statement)
            above = statement.after
    return Recipe(codes, tuple(starts), tuple(found))


def _place(recipe: Recipe, piece: int, tree: ast.stmt, index: int, above: int) -> SourceStatement:
    assert tree.end_lineno is not None and tree.end_col_offset is not None
    first = [d.lineno for d in getattr(tree, "decorator_list", [])]
    start = recipe.offset(piece, tree.lineno, tree.col_offset)
    if first:
        start = recipe.lines[piece][min(first) - 1]
    end = recipe.offset(piece, tree.end_lineno, tree.end_col_offset)
    code = recipe.codes[piece]
    line_end = code.find(b"\n", end)
    rest = code[end : line_end if line_end >= 0 else len(code)]
    after = end
    if not rest.strip() or rest.strip().startswith(b"#"):
        after = end + len(rest.rstrip())
    elif rest.strip().startswith(b";"):
        after = end + rest.index(b";") + 1
    return SourceStatement(index, piece, tree, above, start, end, after)


def bound_names(tree: ast.AST) -> set[str]:
    """Return the names that a statement binds or deletes in its own scope."""
    found: set[str] = set()
    for node in _own_scope(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def mentioned_names(tree: ast.AST) -> set[str]:
    """Return the names that a statement or a function in it may read from outside."""
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    found |= _queried_names(tree)
    augmented = {
        n.target.id for n in ast.walk(tree) if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)
    }
    inner = {
        a.arg
        for n in ast.walk(tree)
        if isinstance(n, ast.FunctionDef | ast.Lambda)
        for a in (*n.args.posonlyargs, *n.args.args, *n.args.kwonlyargs)
    }
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
        inner |= set().union(*(bound_names(s) for s in tree.body))
    else:
        inner = set()
    return {name for name in (found | augmented) - inner if not hasattr(builtins, name)}


def _queried_names(tree: ast.AST) -> set[str]:
    """Return the names after ``@`` in the texts that ``query`` and ``eval`` of pandas are given."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _QUERIES:
            texts = [
                part for given in node.args for part in ast.walk(given) if isinstance(part, ast.Constant)
            ]
            found |= {name for text in texts for name in re.findall(r"@(\w+)", str(text.value))}
    return found


def _own_scope(tree: ast.AST) -> list[ast.AST]:
    """Return the nodes of a statement without the bodies of functions, classes and comprehensions."""
    found: list[ast.AST] = [tree]
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return found
    if isinstance(tree, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return found
    for child in ast.iter_child_nodes(tree):
        found += _own_scope(child)
    return found
