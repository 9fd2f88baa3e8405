"""Filters: what a run has to be, as a small language with a grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from unicodedata import category, combining, east_asian_width

from nbmlops.errors import UsageError

__all__ = [
    "FIELDS",
    "Comparison",
    "Condition",
    "Every",
    "Not",
    "Sign",
    "Some",
    "list_comparisons",
    "quote_text",
    "read_filter",
]

Sign = Literal["=", "!=", "<", "<=", ">", ">=", "contains"]
FIELDS = ("model", "name", "experiment", "status", "started", "occurrences", "run")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.:-])|[-+]inf\b)|(?P<sign><=|>=|!=|==|=|<|>)|"
    r"(?P<open>\()|(?P<close>\))|`(?P<quoted>(?:[^`]|``)+)`|'(?P<single>(?:[^']|'')*)'|\"(?P<double>(?:[^\"]|\"\")*)\"|"
    r"(?P<word>[^\W\d][\w.@%:-]*|\d[\w.:-]*))"
)
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "none": None}
_MARKS = {"quoted": "`", "single": "'", "double": '"'}
_MOST, _DEEPEST, _SHOWN = 500, 100, 60
_JOINS = frozenset({"and", "or", "not", "contains"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field with a value; `group` is ``metrics``, ``parameters`` or ``tags``, or empty."""

    group: str
    name: str
    sign: Sign
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that must not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """Conditions that all have to hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Conditions of which one has to hold."""

    parts: tuple[Condition, ...]


Condition = Comparison | Not | Every | Some


def read_filter(text: str) -> Condition:
    """Parse a filter.

    ::

        filter      =  every ("or" every)*
        every       =  one ("and" one)*
        one         =  "not" one  |  "(" filter ")"  |  comparison
        comparison  =  field sign value  |  field "contains" text
        field       =  a metric or a parameter, or metrics.NAME, parameters.NAME, tags.NAME, model, name,
                       experiment, status, started, occurrences, run; with other characters in `backticks`,
                       metrics.`also here`
        sign        =  "="  |  "!="  |  "<"  |  "<="  |  ">"  |  ">="
        value       =  a number, nan, inf, 'text', "text", a word, true, false or none

    What a text or a name in backticks is enclosed in is doubled within it.

    >>> read_filter("accuracy > 0.8 and model = 'SVC'")
    Every(parts=(Comparison(group='', name='accuracy', sign='>', value=0.8), \
Comparison(group='', name='model', sign='=', value='SVC')))

    Raises
    ------
    UsageError
        If it does not parse: the message shows where.
    """
    return _Reader(text).read_whole()


def list_comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield every comparison in a condition, from left to right."""
    if isinstance(condition, Comparison):
        yield condition
    else:
        for part in (condition.part,) if isinstance(condition, Not) else condition.parts:
            yield from list_comparisons(part)


def quote_text(text: str) -> str:
    """Return a text as a filter has it.

    >>> quote_text("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


class _Reader:
    """Reads a filter from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._cut())
        self._next = 0
        self._depth = 0
        self._count = 0

    def _cut(self) -> Iterator[_Token]:
        position = 0
        while self._text[position:].strip():
            match = _TOKEN.match(self._text, position)
            if match is None or match.lastgroup is None:
                start = position + len(self._text[position:]) - len(self._text[position:].lstrip())
                raise self._refuse("This cannot be read", start)
            kind = match.lastgroup
            mark = _MARKS.get(kind, "")
            yield _Token(
                kind, match[kind].replace(2 * mark, mark) if mark else match[kind], match.start(kind)
            )
            position = match.end()

    def _refuse(self, what: str, at: int) -> UsageError:
        first, last = max(0, at - _SHOWN), at + _SHOWN
        before = ("…" if first else "") + self._text[first:at]
        after = self._text[at:last] + ("…" if last < len(self._text) else "")
        return UsageError(
            f"{what}:\n  {_flatten(before)}{_flatten(after)}\n  {' ' * _measure(_flatten(before))}^\n",
            "Write `accuracy > 0.8`, `model = SVC and not status = failed` or `parameters.C < 1`.",
        )

    def _peek(self) -> _Token:
        if self._next < len(self._tokens):
            return self._tokens[self._next]
        return _Token("end", "", len(self._text))

    def _take(self) -> _Token:
        token = self._peek()
        self._next += 1
        return token

    def _takes_word(self, word: str) -> bool:
        token = self._peek()
        if token.kind == "word" and token.text.lower() == word:
            self._next += 1
            return True
        return False

    def read_whole(self) -> Condition:
        """Read all of the text."""
        found = self._read_some()
        rest = self._peek()
        if rest.kind != "end":
            raise self._refuse("Here `and`, `or` or the end was expected", rest.start)
        return found

    def _read_some(self) -> Condition:
        parts = [self._read_every()]
        while self._takes_word("or"):
            parts.append(self._read_every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _read_every(self) -> Condition:
        parts = [self._read_one()]
        while self._takes_word("and"):
            parts.append(self._read_one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _read_one(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refuse(f"This is more than {_DEEPEST} levels deep", self._peek().start)
        found = self._read_inner()
        self._depth -= 1
        return found

    def _read_inner(self) -> Condition:
        if self._takes_word("not"):
            return Not(self._read_one())
        if self._peek().kind == "open":
            self._take()
            found = self._read_some()
            closing = self._take()
            if closing.kind != "close":
                raise self._refuse("Here `)` was expected", closing.start)
            return found
        self._count += 1
        if self._count > _MOST:
            raise self._refuse(f"These are more than {_MOST} comparisons", self._peek().start)
        return self._read_comparison()

    def _read_comparison(self) -> Comparison:
        field = self._take()
        if field.kind not in {"word", "quoted"} or (field.kind == "word" and field.text.lower() in _JOINS):
            raise self._refuse("Here a metric, a parameter or another field was expected", field.start)
        group, name = "", field.text
        if field.kind == "word" and field.text.partition(".")[0] in {"metrics", "parameters", "tags"}:
            group, dot, name = field.text.partition(".")
            if dot and not name and self._peek().kind == "quoted":
                name = self._take().text
            if not name:
                raise self._refuse(f"Here the name of one of the {group} was expected", field.start)
        if self._takes_word("contains"):
            return Comparison(group, name, "contains", str(self._read_value()))
        sign = self._take()
        if sign.kind != "sign":
            raise self._refuse("Here one of = != < <= > >= was expected", sign.start)
        value = self._read_value()
        if isinstance(value, bool | None) and sign.text not in {"=", "==", "!="}:
            raise self._refuse("Truth values and none can only be equal or not", sign.start)
        return Comparison(group, name, sign.text.replace("==", "="), value)  # type: ignore[arg-type]

    def _read_value(self) -> str | float | bool | None:
        token = self._take()
        if token.kind == "number":
            return float(token.text)
        if token.kind == "word" and token.text.lower() in _CONSTANTS:
            return _CONSTANTS[token.text.lower()]
        if token.kind in {"word", "single", "double"}:
            return token.text
        raise self._refuse("Here a number or a text was expected", token.start)


def _flatten(text: str) -> str:
    """Return a text with nothing in it that moves what follows: one space for each control character."""
    return "".join(" " if category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else one for one in text)


def _measure(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(0 if combining(one) else 2 if east_asian_width(one) in {"W", "F"} else 1 for one in text)
