"""Statements: cut a cell into top-level statements with their own text, and magics into plain Python."""

from __future__ import annotations

import ast
import json
import keyword
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from nbmlops.capture.magics import find_run, read_call, spell_call

__all__ = [
    "ENVELOPES",
    "Span",
    "cut_cell",
    "is_envelope",
    "is_magic",
    "only_gathers",
    "parse_code",
    "plain_code",
    "watched_code",
]

ENVELOPES = frozenset({"time", "capture"})
"""Cell magics whose body is ordinary statements that run in the user's namespace."""


@dataclass(frozen=True, slots=True)
class Span:
    """A statement of a cell: its tree, the text as typed, and plain Python that means the same."""

    node: ast.stmt
    line: int
    source: str
    code: str


def cut_cell(
    tree: ast.Module, transformed: str, raw: str, first_line: int = 1, known: Collection[str] = ()
) -> tuple[Span, ...]:
    """Cut a parsed cell into spans.

    `transformed` is the text that `tree` was parsed from, `raw` what the user typed; comments
    directly above a statement, and on its last line, belong to it. `first_line` is the number that
    the first line of the text has in the cell. `known` are the names that are bound before the cell.
    """
    lines = _split_lines(transformed)
    typed = _split_lines(raw)
    same_shape = len(lines) == len(typed)
    alone = len(tree.body) == 1 and is_magic(tree.body[0])
    before = _Known(known)
    spans: list[Span] = []
    end = (0, 0)
    for position, node in enumerate(tree.body):
        following = tree.body[position + 1] if position + 1 < len(tree.body) else None
        begin = _first_line(node)
        code = _cut_text(lines, node, end, following)
        changed = same_shape and lines[begin - 1 : node.end_lineno] != typed[begin - 1 : node.end_lineno]
        source = _cut_text(typed, node, end, following, whole=True) if changed else code
        source = raw.strip() if alone and not same_shape else source
        spans.append(Span(node, begin + first_line - 1, source, plain_code(code, node, before)))
        before.add_stored(node)
        end = (node.end_lineno or 0, node.end_col_offset or 0)
    return tuple(spans)


def _split_lines(text: str) -> list[str]:
    """Cut a text into lines where Python does, and nowhere else: a form feed ends none."""
    return re.split(r"\r\n|\r|\n", text.rstrip("\r\n"))


def watched_code(span: Span) -> str:
    """Return code that mentions every name which a statement may touch."""
    call = read_call(span.node)
    if span.code or call is None or call.arguments[:1] != ("timeit",):
        return span.code
    names = sorted(set(re.findall(r"[^\W\d]\w*", " ".join(call.arguments[1:]))))
    return f"print({', '.join(n for n in names if not keyword.iskeyword(n))})"


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _cut_text(
    lines: list[str], node: ast.stmt, end: tuple[int, int], following: ast.stmt | None, whole: bool = False
) -> str:
    begin, last = _first_line(node), node.end_lineno or node.lineno
    alone_before = end[0] < begin
    alone_after = following is None or _first_line(following) > last
    above: list[str] = []
    if alone_before:
        row = begin - 2
        while row >= end[0] and lines[row].lstrip().startswith("#"):
            above.insert(0, lines[row])
            row -= 1
    body = lines[begin - 1 : last]
    if whole and alone_before and alone_after:
        return "\n".join([*above, *body]).rstrip()
    encoded = [line.encode() for line in body]
    if not alone_after:
        encoded[-1] = encoded[-1][: node.end_col_offset]
    if not alone_before:
        encoded[0] = encoded[0][node.col_offset :]
    text = [line.decode() for line in encoded]
    return "\n".join([*above, *text]).rstrip().rstrip(";").rstrip()


def is_envelope(node: ast.stmt) -> str | None:
    """Return the name of the cell magic that `node` is, if its body is ordinary statements.

    One that gives the output a name is a statement of its own, as far as that can be written.
    """
    call = read_call(node)
    if call is None or call.method != "run_cell_magic" or call.name not in ENVELOPES:
        return None
    return None if call.name == "capture" and spell_call(call, ()) is not None else call.name


def is_magic(node: ast.stmt) -> bool:
    """Say whether a statement is a magic or a line for the system shell, or holds one."""
    return any(read_call(inner) is not None for inner in ast.walk(node) if isinstance(inner, ast.stmt))


class _Known(Collection[str]):
    """The names that are bound where a statement stands: those before the cell, and those in it so far."""

    def __init__(self, before: Collection[str]) -> None:
        self._before = before
        self._stored: set[str] = set()
        self._waiting: list[ast.AST] = []

    def add_stored(self, node: ast.AST) -> None:
        """Add every name that a tree binds; it is read when somebody asks, which is only where magics are."""
        self._waiting.append(node)

    def _read_stored(self) -> set[str]:
        nodes, self._waiting = self._waiting, []
        for inner in (inner for node in nodes for inner in ast.walk(node)):
            match inner:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    self._stored.add(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    self._stored.add(name)
                case ast.alias(name=name, asname=other):
                    self._stored.add(other or name.partition(".")[0])
        return self._stored

    def __contains__(self, name: object) -> bool:
        return name in self._read_stored() or name in self._before

    def __iter__(self) -> Iterator[str]:
        return iter({*self._read_stored(), *self._before})

    def __len__(self) -> int:
        return len({*self._read_stored(), *self._before})


def plain_code(code: str, node: ast.stmt, known: Collection[str] = ()) -> str:
    """Return plain Python for a statement; empty where nothing of a magic remains.

    What has no plain form is returned as it is, and still calls ``get_ipython``.
    """
    call = read_call(node)
    if call is None:
        return _plain_inside(code, known) if "get_ipython(" in code else code
    path = find_run(call)
    if path is not None and path.endswith(".ipynb"):
        plain = _inline_notebook(path, known)
    else:
        plain = spell_call(call, known)
    return code if plain is None else plain


def _inline_notebook(path: str, known: Collection[str]) -> str | None:
    """Return the code of a notebook that ``%run`` runs in this one's namespace, if all of it is plain."""
    from IPython.core.inputtransformer2 import TransformerManager

    found = _Known(known)
    codes: list[str] = []
    for source in _read_notebook(path):
        text = TransformerManager().transform_cell(source)
        for span in cut_cell(ast.parse(text), text, source, known=found):
            if "get_ipython(" in span.code:
                return None
            codes += [span.code] if span.code.strip() else []
            found.add_stored(span.node)
    return "\n".join(codes)


def _read_notebook(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8") as file:
            cells = json.load(file)["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):  # it is no notebook: then the cell raises, too
        return []


def _plain_inside(code: str, known: Collection[str]) -> str:
    """Replace the magics within a compound statement by plain Python, if all of them have a plain form."""
    tree = ast.parse(code)
    inside = _Known(known)
    inside.add_stored(tree)
    found = [(n, read_call(n)) for n in ast.walk(tree) if isinstance(n, ast.stmt)]
    lines = [line.encode() for line in _split_lines(code)]
    for node, call in sorted(found, key=lambda pair: (pair[0].lineno, pair[0].col_offset), reverse=True):
        if call is None:
            continue
        plain = spell_call(call, inside)
        if plain is None or "\n" in plain:
            return code
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        after = lines[last][node.end_col_offset :]
        lines[first : last + 1] = [lines[first][: node.col_offset] + (plain or "pass").encode() + after]
    return b"\n".join(lines).decode()


_GATHERING = (ast.Assign, ast.Name, ast.expr_context, ast.Dict, ast.List, ast.Tuple, ast.Constant)


def only_gathers(node: ast.stmt) -> bool:
    """Say whether a statement puts values into names, lists or dicts, and calls none of them."""
    is_plain = isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets)
    return is_plain and all(isinstance(inner, _GATHERING) for inner in ast.walk(node))


def parse_code(code: str, node: ast.stmt) -> ast.stmt:
    """Parse plain code, several statements as one; where that cannot be, keep the tree that runs."""
    if not code:
        return ast.Pass()
    try:
        body = ast.parse(code).body
    except SyntaxError:
        return node
    if len(body) == 1:
        return body[0]
    return ast.fix_missing_locations(ast.If(ast.Constant(True), body or [ast.Pass()], []))
