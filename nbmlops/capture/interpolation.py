"""Interpolation: the Python that stands in a shell line or a magic's line, as an expression of its own."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection

__all__ = ["spell_calls", "spell_text"]

_BUILTINS = frozenset(dir(builtins))
_STILL = (ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.expr_context)
"""What the parts of an expression are that only looks something up."""


def spell_text(text: str, known: Collection[str]) -> str:
    """Return an expression of Python for a text in which IPython puts ``{expression}`` and ``$name``.

    IPython leaves the whole text as it is where anything in it cannot be evaluated: so does this, for
    what names that are not among the `known` ones.

    >>> spell_text("ls {folder} $HOME", {"folder"})
    "'ls {folder} $HOME'"
    >>> spell_text("ls {folder}", {"folder"})
    "f'ls {folder}'"
    """
    from IPython.utils.text import DollarFormatter

    try:
        pieces = list(DollarFormatter().parse(text))
    except ValueError:
        return repr(text)
    values: list[ast.expr] = []
    plain = ""
    for literal, given, rest, conversion in pieces:
        plain += literal or ""
        if given is None:
            continue
        expression = _parse_known(f"{given}:{rest}" if rest else given, known)
        if expression is None:
            return repr(text)
        values += [ast.Constant(plain)] if plain else []
        values.append(ast.FormattedValue(expression, ord(conversion) if conversion else -1))
        plain = ""
    if not values:
        return repr(plain)
    values += [ast.Constant(plain)] if plain else []
    return _spell(values)


def spell_calls(text: str, known: Collection[str]) -> str:
    """Return an expression for a text that leaves nothing but what is called in it; empty where nothing is.

    >>> spell_calls("export {name} {make_folder()}", {"name", "make_folder"})
    "f'export {name} {make_folder()}'"
    >>> spell_calls("export {name} out", {"name"})
    ''
    """
    if "{" not in text:
        return ""
    spelled = spell_text(text, known)
    given = [n for n in ast.walk(ast.parse(spelled)) if isinstance(n, ast.FormattedValue | ast.Call)]
    parts = (part for one in given for part in ast.walk(getattr(one, "value", one)))
    return "" if all(isinstance(part, _STILL) for part in parts) else spelled


def _parse_known(source: str, known: Collection[str]) -> ast.expr | None:
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except SyntaxError:
        return None
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    missing = {n.id for n in names if isinstance(n.ctx, ast.Load)} - stored - _BUILTINS
    return tree if all(name in known for name in missing) else None


def _spell(values: list[ast.expr]) -> str:
    """Spell an f-string, or what means the same where its quotes or backslashes cannot stand in one."""
    try:
        text = ast.unparse(ast.fix_missing_locations(ast.Expression(ast.JoinedStr(values))))
        ast.parse(text, mode="eval")
    except (ValueError, SyntaxError):
        parts = [
            repr(v.value) if isinstance(v, ast.Constant) else f"format({ast.unparse(v.value)})"
            for v in values
            if isinstance(v, ast.Constant | ast.FormattedValue)
        ]
        return f"''.join([{', '.join(parts)}])"
    return text
