"""Foreseeing: what a cell would read if it ran now, by its text and by what the names hold."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from nbmlops.capture.bindings import is_user_name
from nbmlops.capture.formulas import find_evaluated_names, find_formula_names
from nbmlops.capture.magics import read_call
from nbmlops.capture.mentions import Mentions, find_mentions
from nbmlops.capture.observing import Observer
from nbmlops.capture.statements import Span, cut_cell, is_envelope, parse_code, watched_code
from nbmlops.core.resource import GONE

__all__ = ["Foreseen", "foresee_cell"]

_OUTPUTS = re.compile(r"_+|_i{1,3}|_i?\d+|_[oid]h|In|Out")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a cell would read: names that are there now; `outputs` are what the shell remembers of cells.

    `anything` says that any name at all may be meant.
    """

    names: frozenset[str]
    outputs: tuple[str, ...]
    anything: bool


def foresee_cell(shell: Any, observer: Observer, cell: str) -> Foreseen:
    """Return what a cell would read; a name counts until a statement of the cell has bound it for certain.

    Raises SyntaxError where the cell has no meaning.
    """
    text = shell.transform_cell(cell)
    spans = cut_cell(ast.parse(text), text, cell, 1, shell.user_ns)
    call = read_call(spans[0].node) if len(spans) == 1 and is_envelope(spans[0].node) else None
    if call is not None:
        return foresee_cell(shell, observer, call.arguments[2])
    names: set[str] = set()
    outputs: set[str] = set()
    bound: set[str] = set()
    anything = False
    for span in spans:
        mentions, read, dynamic = _foresee_statement(span, shell.user_ns, observer, bound)
        anything = anything or dynamic
        names |= read - bound
        outputs |= {n for n in mentions.loaded if _OUTPUTS.fullmatch(n)} - bound
        bound |= mentions.definite
    if anything:
        names |= {n for n in shell.user_ns if is_user_name(n)}
    return Foreseen(frozenset(names), tuple(sorted(outputs)), anything)


def _foresee_statement(
    span: Span, namespace: dict[str, Any], observer: Observer, bound: Collection[str]
) -> tuple[Mentions, frozenset[str], bool]:
    """Return what a statement mentions, the names it would read, and whether any may be meant."""
    code = watched_code(span)
    node = parse_code(code, span.node)
    mentions = find_mentions(code or "pass", node)
    more = _list_late(span.code).difference(bound)
    if mentions.has_call:
        more |= find_formula_names(node, span.code, namespace)
    if mentions.dynamic:
        evaluated = find_evaluated_names(node, namespace)
        mentions = replace(mentions, dynamic=evaluated is None)
        more |= evaluated or frozenset()
    mentions = replace(mentions, loaded=mentions.loaded | more)
    before, reads = observer.look_now(mentions)
    names = {r.resource.key for r in reads if r.resource.kind == "name" and r.because != GONE}
    return mentions, frozenset(names), before.dynamic


def _list_late(code: str) -> set[str]:
    """Return the global names that functions, classes and lambdas in some code look up."""
    found: set[str] = set()
    waiting = list(symtable.symtable(code, "<cell>", "exec").get_children()) if code else []
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        found |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and s.is_global()}
    return found
