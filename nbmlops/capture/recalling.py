"""Recalling: what can be said of cells that ran unobserved, from their text or from what they left."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from nbmlops.capture.bindings import is_user_name
from nbmlops.capture.mentions import Mentions, find_mentions
from nbmlops.capture.statements import Span, cut_cell
from nbmlops.core.clock import now
from nbmlops.core.history import EARLIER, Execution, Statement
from nbmlops.core.marks import cut_marks
from nbmlops.core.resource import BOUND_BY_TEXT, UNWATCHED, Effect, Read, Resource
from nbmlops.values.structure import locate

__all__ = [
    "PAUSED",
    "PRIVATE",
    "describe_private",
    "is_private",
    "keep_names",
    "recall_cells",
    "recall_statement",
    "spell_error",
]

PRIVATE = "%%private"
"""What stands in the record for a cell that asked to be kept out of it."""

PAUSED = "# paused: nothing of this cell was recorded"
"""What stands in the record for a cell that ran while recording was paused."""


def recall_cells(sources: Iterable[str], transform: Callable[[str], str]) -> list[Execution]:
    """Turn cells that ran before capture began into executions that were not observed.

    Each has the number of its place; what is blank is left out. Their effects are read off the text:
    every name that is bound, and every name whose value a call may have changed, which is assumed.
    """
    executions: list[Execution] = []
    for number, source in enumerate(sources, 1):
        if not source.strip():
            continue
        try:
            text = transform(source)
            spans = cut_cell(ast.parse(text), text, source, known=_AnyName())
        except (SyntaxError, ValueError):
            spans = ()
        statements = tuple(recall_statement(number, i, span) for i, span in enumerate(spans))
        kept = source
        if is_private(source):
            kept, statements = PRIVATE, (keep_names(number, statements),)
        executions.append(
            Execution(number, f"{EARLIER}{number}", kept, "not observed", now(), 0.0, statements=statements)
        )
    return executions


class _AnyName(frozenset[str]):
    """Every name: which ones were bound when a cell ran is not known."""

    def __contains__(self, name: object) -> bool:
        return True


def recall_statement(number: int, index: int, span: Span, error: str | None = None) -> Statement:
    """Describe a statement without evidence, from its text alone."""
    plain = Statement(number, index, span.line, span.source, span.code, error=error)
    if error is not None:
        plain = replace(plain, outcome="raised")
    body = ast.parse(span.code).body if span.code else []
    if len(body) != 1:
        return plain
    mentions = find_mentions(span.code, body[0])
    reads = tuple(Read(Resource("name", n), "the statement mentions it") for n in sorted(mentions.loaded))
    return replace(plain, reads=reads, effects=tuple(_assume_effects(mentions, body[0])))


def _assume_effects(mentions: Mentions, node: ast.stmt) -> list[Effect]:
    effects = [
        Effect(Resource("name", n), "bound", BOUND_BY_TEXT, definite=n in mentions.definite, certain=False)
        for n in sorted(mentions.bound)
    ]
    effects += [
        Effect(Resource("name", n), "deleted", "the text deletes it", definite=True, certain=False)
        for n in sorted(mentions.deleted)
    ]
    if mentions.is_import or mentions.is_definition:
        return effects
    effects += [
        Effect(
            Resource("name", n),
            "changed",
            UNWATCHED,
            certain=False,
        )
        for n in sorted(_may_change(node) - mentions.bound)
    ]
    return effects


def _may_change(node: ast.stmt) -> set[str]:
    """Return names whose attributes, items or methods the statement uses, or that it passes on."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute | ast.Subscript) and isinstance(inner.value, ast.Name):
            found.add(inner.value.id)
        elif isinstance(inner, ast.Call):
            found |= {a.id for a in inner.args if isinstance(a, ast.Name)}
    return found


def is_private(source: str) -> bool:
    """Say whether a cell asks to be kept out of the record."""
    return cut_marks(source)[0].private


def keep_names(
    number: int, statements: Iterable[Statement], because: str = "a private cell did it"
) -> Statement:
    """Keep nothing of statements but the names that they bound or changed."""
    effects = {
        e.resource: Effect(e.resource, e.change, because, e.definite, certain=False)
        for s in statements
        for e in s.effects
    }
    return Statement(number, 0, 1, "", "", effects=tuple(effects.values()))


def describe_private(
    number: int,
    before: Mapping[str, int],
    namespace: Mapping[str, Any],
    changed: Iterable[str],
    what: str = "a private cell",
) -> Statement:
    """Record of a private cell nothing but the names that it bound to something else or changed."""
    rebound = {n for n, value in namespace.items() if is_user_name(n) and before.get(n) != locate(value)}
    effects = [
        Effect(Resource("name", n), "bound", f"{what} bound it", definite=True, certain=False)
        for n in sorted(rebound)
    ]
    effects += [
        Effect(Resource("name", n), "changed", f"{what} changed it", certain=False)
        for n in sorted(set(changed) - rebound)
    ]
    return Statement(number, 0, 1, "", "", effects=tuple(effects))


def spell_error(error: BaseException) -> str:
    """Return the kind and the words of what was raised."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - an exception of the user's may not know how to say what it is
        return type(error).__name__
