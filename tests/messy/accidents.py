"""Accidents: what happens to the cells of a notebook while somebody works in it."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator, Sequence

__all__ = ["STOP", "change_number", "find_bound", "insert_stop", "make_poke", "spoil_cell"]

STOP = "print('waiting', flush=True); __import__('time').sleep(60)"
"""What is put into a cell so that there is something to interrupt."""

_BUILTINS = ("list", "sum", "max", "min", "sorted", "len", "type", "id", "dict", "print", "range", "str")


def change_number(source: str, draw: random.Random) -> str:
    """Change one number of a cell, as somebody does who tries what another value gives."""
    numbers = [n for n in _walk(source) if _is_number(n)]
    if not numbers:
        return source
    node = draw.choice(numbers)
    value = node.value
    if isinstance(value, int):
        new = draw.choice([value + 1, max(value - 1, 0), value * 2 if value < 50 else value // 2, 3, 1])
    else:
        new = round(draw.choice([value * 1.5, value / 2, value + 0.25, 1 - value]), 6)
    return _replace(source, node, repr(new) if new >= 0 else f"({new!r})")


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _walk(source: str) -> Iterator[ast.AST]:
    try:
        yield from ast.walk(ast.parse(_hide_magics(source)))
    except SyntaxError:
        return


def _hide_magics(source: str) -> str:
    """Blank out lines that are no Python, keeping the place of all others."""
    return re.sub(r"^[%!].*$", lambda m: "0" + " " * (len(m[0]) - 1), source, flags=re.MULTILINE)


def _replace(source: str, node: ast.AST, text: str) -> str:
    lines = [line.encode() for line in source.split("\n")]
    if node.lineno != node.end_lineno:
        return source
    line = lines[node.lineno - 1]
    lines[node.lineno - 1] = line[: node.col_offset] + text.encode() + line[node.end_col_offset :]
    return b"\n".join(lines).decode()


def _places(source: str, deep: bool) -> list[tuple[int, int]]:
    """Return line and indentation of each statement before which a line can be put."""
    found = []
    top = ast.parse(_hide_magics(source)).body
    nodes = list(_walk(source)) if deep else top
    for node in nodes:
        for block in ("body", "orelse", "finalbody"):
            inside = getattr(node, block, None)
            if deep and isinstance(inside, list) and not isinstance(node, ast.Module):
                found += [(_first_line(inner), inner.col_offset) for inner in inside]
    found += [(_first_line(n), 0) for n in top if n.col_offset == 0]
    lines = source.split("\n")
    return sorted({(n, c) for n, c in found if not lines[n - 1][:c].strip()})


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])


def _insert(source: str, line: str, draw: random.Random, deep: bool = True) -> str:
    try:
        places = _places(source, deep)
    except SyntaxError:
        return source
    if not places or source.startswith("%%"):
        return source
    number, indent = draw.choice(places)
    lines = source.split("\n")
    return "\n".join([*lines[: number - 1], " " * indent + line, *lines[number - 1 :]])


def insert_stop(source: str, draw: random.Random) -> str:
    """Put a long pause somewhere into a cell: between its statements or inside one."""
    return _insert(source, STOP, draw)


def find_bound(cells: Sequence[str]) -> list[str]:
    """Return the names that the cells bind to data, as far as the text tells."""
    found: dict[str, None] = {}
    for cell in cells:
        try:
            tree = ast.parse(_hide_magics(cell))
        except SyntaxError:
            continue
        for node in tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            found |= dict.fromkeys(n for n in names if n != "_")
    return list(found) or ["x"]


def spoil_cell(source: str, names: Sequence[str], draw: random.Random) -> str:
    """Make a mistake in a cell: a name, key or column that is not there, or a helper that raises."""
    name = draw.choice(list(names))
    line = draw.choice(
        (
            f"{name}['colunm']",
            f"{name}.fitt()",
            f"prin({name})",
            "raise ValueError('not yet')",
            f"assert {name} is None, 'look again'",
            "1 / 0",
            f"[{name}, undefined_name]",
        )
    )
    if draw.random() < 0.3:
        text = _misspell(source, draw)
        if text != source:
            return text
    return _insert(source, line, draw)


def _misspell(source: str, draw: random.Random) -> str:
    texts = [n for n in _walk(source) if isinstance(n, ast.Constant) and type(n.value) is str and n.value]
    names = [n for n in _walk(source) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    if texts and draw.random() < 0.6:
        node = draw.choice(texts)
        line = source.split("\n")[node.lineno - 1].encode()[node.col_offset : node.end_col_offset].decode()
        return _replace(source, node, repr(node.value + "x")) if line == repr(node.value) else source
    if not names:
        return source
    node = draw.choice(names)
    return _replace(source, node, node.id + "_")


def make_poke(names: Sequence[str], draw: random.Random) -> str:
    """Write a small cell of the kind that is typed between two others; it may well raise."""
    x, y, k = draw.choice(list(names)), draw.choice(list(names)), draw.randint(0, 9)
    builtin = draw.choice(_BUILTINS)
    return draw.choice(_POKES).format(x=x, y=y, k=k, b=builtin)


_POKES = (
    "{x}",
    "len({x})",
    "print({x})",
    "{x}.head()",
    "type({x}), {y}",
    "%time {y}2 = {x}",
    "{x}.append({k})",
    "{x}[{k}] = {k}",
    "{x}['n{k}'] = {k}",
    "{x}[0] = {x}[1]",
    "{x} *= 2",
    "{x} += {x}",
    "{x} = {x}[:-1]",
    "{x} = {x}[::-1]",
    "{y} = {x}",
    "{y}_copy = {x}",
    "{y}_copy = {x}.copy()",
    "old = {x}\n{x} = {y}\n{y} = old",
    "del {x}",
    "del {x}, {y}",
    "%reset_selective -f ^{x}$",
    "{b} = {k}",
    "{b} = {x}",
    "del {b}",
    "tmp = [{x}, {y}]",
    "tmp.append({x})",
    "tmp[0] = {k}",
    "pair = ({x}, {y})\npair[0].append({k})",
    "box = {{'x': {x}}}\nbox['x'] += {x}",
    "for tmp in {x}:\n    print(tmp)",
    "for {y} in {x}:\n    pass",
    "try:\n    {x}.append({y})\nexcept Exception as e:\n    err = str(e)",
    "try:\n    {x} = {y}[{k}]\nfinally:\n    done = {k}",
    "if len({x}) > {k}:\n    {y} = {x}",
    "{x}.sort()",
    "{x}.clear()",
    "{x}.pop()",
    "{x}.update(a={k})",
    "{x}.columns = [str(c) for c in {x}.columns]",
    "{x}.iloc[0, 0] = {k}",
    "{x}.loc[0] = {k}",
    "{x}.fillna({k}, inplace=True)",
    "{x}.drop(columns={x}.columns[0], inplace=True)",
    "{x}.attr = {k}",
    "view = {x}[:2]\nview[0] = {k}",
    "def peek(n=2):\n    return {x}[:n]\npeeked = peek()",
    "def bump():\n    global {x}\n    {x} = {y}\n    return {k}\nbump()",
    "again = [v for v in {x}]",
    "{x}, {y} = {y}, {x}",
    "import numpy as np; np.random.seed({k})",
    "import random; random.random()",
    "_",
    "saved = _",
    "with open('notes.txt', 'a') as f:\n    f.write(str({k}))\nnotes = open('notes.txt').read()",
)
