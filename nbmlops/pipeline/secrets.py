"""Secrets: the marks that stand for them in recorded code become variables of the environment."""

from __future__ import annotations

import ast
import io
import re
import tokenize

from nbmlops.core.secret import MARK
from nbmlops.errors import ExportError

__all__ = ["list_secrets", "spell_secrets"]

_PREFIX = re.compile(r"[A-Za-z]*")


def list_secrets(code: str) -> tuple[str, ...]:
    """Return the variables of the environment that the secrets of a code are read from."""
    return tuple(dict.fromkeys(MARK.findall(code)))


def spell_secrets(code: str) -> str:
    """Replace the marks in the literals of a code by expressions that read the environment.

    Raises
    ------
    ExportError
        If a secret stands in a formatted text, where no expression can take its place.
    """
    if not MARK.search(code):
        return code
    starts = [0]
    for line in code.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    pieces, at = [], 0
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        formatted = getattr(tokenize, "FSTRING_MIDDLE", None)
        if token.type not in (tokenize.STRING, formatted) or not MARK.search(token.string):
            continue
        start, end = (starts[row - 1] + column for row, column in (token.start, token.end))
        pieces += [code[at:start], _spell_literal(code[start:end], token.type == formatted)]
        at = end
    return "".join([*pieces, code[at:]])


def _spell_literal(literal: str, inside: bool) -> str:
    prefix = _PREFIX.match(literal)
    kind = prefix[0].lower() if prefix else ""
    if inside or "f" in kind:
        raise ExportError(
            "A secret stands inside an f-string, where an export cannot read it from the environment.",
            "Give it a name of its own, as in `password = ...`, run the cell again, and export.",
        )
    value = ast.literal_eval(literal)
    text = value if isinstance(value, str) else value.decode("latin-1")
    terms = [
        f'os.environ["{piece}"]' if number % 2 else repr(piece)
        for number, piece in enumerate(MARK.split(text))
        if piece
    ]
    spelled = " + ".join(terms)
    if isinstance(value, bytes):
        return f"({spelled}).encode()" if len(terms) > 1 else f"{spelled}.encode()"
    return f"({spelled})" if len(terms) > 1 else spelled
