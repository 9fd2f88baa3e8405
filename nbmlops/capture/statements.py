"""Statements: cut a cell into top-level statements with their own text, and magics into plain Python."""

from __future__ import annotations

import ast
import keyword
import os
import re
from dataclasses import dataclass

__all__ = ["ENVELOPES", "Span", "cut_cell", "is_envelope", "is_magic", "plain_code", "watched_code"]

ENVELOPES = frozenset({"time", "capture"})
"""Cell magics whose body is ordinary statements that run in the user's namespace."""

_SILENT = frozenset(
    {
        "matplotlib", "load_ext", "reload_ext", "unload_ext", "autoreload", "config", "who", "whos",
        "history", "timeit", "pip", "conda", "precision", "nbmlops", "xmode", "pinfo", "pinfo2",
        "doctest_mode", "pprint",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A statement of a cell: its tree, the text as typed, and plain Python that means the same."""

    node: ast.stmt
    line: int
    source: str
    code: str


def cut_cell(tree: ast.Module, transformed: str, raw: str, first_line: int = 1) -> tuple[Span, ...]:
    """Cut a parsed cell into spans.

    `transformed` is the text that `tree` was parsed from, `raw` what the user typed; comments
    directly above a statement, and on its last line, belong to it. `first_line` is the number that
    the first line of the text has in the cell.
    """
    lines = _split_lines(transformed)
    typed = _split_lines(raw)
    same_shape = len(lines) == len(typed)
    is_magic = len(tree.body) == 1 and _ipython_call(tree.body[0]) is not None
    spans: list[Span] = []
    end = (0, 0)
    for position, node in enumerate(tree.body):
        following = tree.body[position + 1] if position + 1 < len(tree.body) else None
        begin = _first_line(node)
        code = _cut_text(lines, node, end, following)
        changed = same_shape and lines[begin - 1 : node.end_lineno] != typed[begin - 1 : node.end_lineno]
        source = _cut_text(typed, node, end, following, whole=True) if changed else code
        source = raw.strip() if is_magic and not same_shape else source
        spans.append(Span(node, begin + first_line - 1, source, plain_code(code, node)))
        end = (node.end_lineno or 0, node.end_col_offset or 0)
    return tuple(spans)


def _split_lines(text: str) -> list[str]:
    """Cut a text into lines where Python does, and nowhere else: a form feed ends none."""
    return re.split(r"\r\n|\r|\n", text.rstrip("\r\n"))


def watched_code(span: Span) -> str:
    """Return code that mentions every name which a statement may touch."""
    call = _ipython_call(span.node)
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
    """Return the name of the cell magic that `node` is, if its body is ordinary statements."""
    call = _ipython_call(node)
    if call is not None and call.method == "run_cell_magic" and call.arguments[0] in ENVELOPES:
        return call.arguments[0]
    return None


def is_magic(node: ast.stmt) -> bool:
    """Say whether a statement is a magic or a line for the system shell."""
    return _ipython_call(node) is not None


@dataclass(frozen=True, slots=True)
class _IPythonCall:
    method: str
    arguments: tuple[str, ...]
    target: str


def _ipython_call(node: ast.stmt) -> _IPythonCall | None:
    match node:
        case ast.Expr(value=ast.Call() as call):
            target = ""
        case ast.Assign(targets=[left], value=ast.Call() as call):
            target = f"{ast.unparse(left)} = "
        case _:
            return None
    match call.func:
        case ast.Attribute(attr=method, value=ast.Call(func=ast.Name(id="get_ipython"))):
            texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            return _IPythonCall(method, tuple(texts), target) if len(texts) == len(call.args) else None
        case _:
            return None


def plain_code(code: str, node: ast.stmt) -> str:
    """Return plain Python for a statement; empty where nothing of a magic remains.

    What has no plain form is returned as it is, and still calls ``get_ipython``.
    """
    call = _ipython_call(node)
    if call is None:
        return code
    plain = _plain_call(call)
    return code if plain is None else plain


def _plain_call(call: _IPythonCall) -> str | None:
    first, *rest = call.arguments or ("",)
    match call.method:
        case "run_line_magic" if first == "time":
            return call.target + rest[0] if rest else ""
        case "run_line_magic" if first in _SILENT:
            return ""
        case "run_line_magic" if first in {"env", "set_env"} and rest and "=" in rest[0]:
            name, _, value = rest[0].partition("=")
            return f"import os; os.environ[{name.strip()!r}] = {value.strip()!r}"
        case "run_line_magic" if first == "cd" and rest and rest[0]:
            return f"import os; os.chdir({os.path.expanduser(rest[0])!r})"
        case "run_cell_magic" if first == "timeit":
            return ""
        case "getoutput" if not re.search(r"[{$]", first):
            run = f"subprocess.run({first!r}, shell=True, text=True, check=False, stdout=-1, stderr=-2)"
            return f"{call.target}{run}.stdout.splitlines()"
        case "system" if not re.search(r"[{$]", first):
            return f"{call.target}subprocess.run({first!r}, shell=True, check=False)"
        case _:
            return None
