"""Redacting: code and text in which every secret is replaced by its mark, and nothing else has changed."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Sequence

from nbmlops.core.secret import Secret, write_mark

__all__ = ["Unredactable", "holds_secret", "redact_code", "redact_text"]

_SURE = 6
"""Characters from which on a secret is replaced wherever it stands; a shorter one only as a whole literal."""


class Unredactable(ValueError):  # noqa: N818 - a verdict on a text, said as an adjective
    """A secret cannot be taken out of a code without changing what the code does."""


def redact_code(code: str, secrets: Sequence[Secret]) -> str:
    """Replace secrets in the literals and comments of Python code; nothing but literals changes.

    Raises
    ------
    Unredactable
        If a secret stands anywhere else, or the code without it would be another.
    """
    pieces, at = [], 0
    lines = [0]
    for line in code.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in _TEXTS:
                start, end = (lines[row - 1] + column for row, column in (token.start, token.end))
                pieces += [code[at:start], _redact_token(token, code[start:end], secrets)]
                at = end
        redacted = "".join([*pieces, code[at:]])
        same = redacted == code or _outline(code) == _outline(redacted)
    except (SyntaxError, tokenize.TokenError, ValueError) as problem:
        raise Unredactable(str(problem)) from problem
    if not same or holds_secret(redacted.encode("utf-8", "surrogatepass"), secrets):
        raise Unredactable("a secret stands where no mark can stand for it")
    return redacted


_TEXTS = {
    kind
    for kind in (tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", None))
    if kind is not None
}


def redact_text(text: str, secrets: Iterable[Secret]) -> str:
    """Replace secrets in any text; a short one, which may be any word, only behind `:` or `=`."""
    for secret in _longest_first(secrets):
        mark, value = write_mark(secret.name), secret.value
        if len(value) >= _SURE:
            text = text.replace(value, mark)
        else:
            text = re.sub(rf"(?<=[:=]){re.escape(value)}(?=[@;&\s\"']|$)", mark, text)
    return text


def holds_secret(content: bytes, secrets: Iterable[Secret]) -> bool:
    """Say whether bytes hold one of the secrets that are long enough to be no mere word."""
    return any(s.value.encode("utf-8", "surrogatepass") in content for s in secrets if len(s.value) >= _SURE)


def _redact_token(token: tokenize.TokenInfo, text: str, secrets: Iterable[Secret]) -> str:
    if token.type != tokenize.STRING:
        return redact_text(text, secrets)
    prefix = re.match(r"[A-Za-z]*", text)
    kind = prefix[0].lower() if prefix else ""
    if "f" not in kind:
        value = ast.literal_eval(text)
        plain = value if isinstance(value, str) else value.decode("latin-1")
        for secret in secrets:
            if secret.value == plain:
                return f'{"b" if "b" in kind else ""}"{write_mark(secret.name)}"'
        redacted = redact_text(plain, secrets)
        if redacted != plain and redact_text(text, secrets) == text:  # it is written with escapes
            return repr(redacted if isinstance(value, str) else redacted.encode("latin-1"))
    return redact_text(text, secrets)


def _longest_first(secrets: Iterable[Secret]) -> list[Secret]:
    return sorted(secrets, key=lambda secret: -len(secret.value))


def _outline(code: str) -> str:
    """Return what the code is but for the texts in it."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            node.value = type(node.value)()
    return ast.dump(tree)
