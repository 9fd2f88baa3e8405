"""Spelling: names and values as another tracker takes them, with what had to be spelled otherwise noted."""

from __future__ import annotations

import hashlib
import math
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbmlops.core.learned import Scalar

__all__ = ["Spelling", "count_things", "read_scalar", "spell_name"]

_ALLOWED = re.compile(r"[\w. /-]")
_ESCAPE = re.compile(r"-(?=u[0-9A-F]+-)")
_NUMBER = re.compile(r"-?\d[\d.]*(e[+-]?\d+)?", re.ASCII)
_SCALARS: dict[str, Scalar] = {"True": True, "False": False, "None": None}


def spell_name(name: str, longest: int = 250) -> str:
    """Return a name in letters, digits, ``_``, ``-``, ``.``, ``/`` and spaces, another one for each name.

    >>> spell_name("acc: C=1")
    'acc-u3A- C-u3D-1'
    """
    spelled = "".join(c if _ALLOWED.match(c) else _escape(c) for c in _ESCAPE.sub("-u2D-", name)) or "-u-"
    if posixpath.normpath(spelled) != spelled or spelled.startswith((".", "/")):
        spelled = spelled.replace("/", _escape("/")).replace(".", _escape("."))
    if spelled != spelled.strip():
        spelled = spelled.replace(" ", _escape(" "))
    if len(spelled) <= longest:
        return spelled
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{spelled[: longest - 20]}-u-{digest}"


def _escape(character: str) -> str:
    return f"-u{ord(character):X}-"


def read_scalar(text: str) -> Scalar:
    """Return what a text stands for, where writing that gives the very text again.

    >>> read_scalar("0.1"), read_scalar("007"), read_scalar("None")
    (0.1, '007', None)
    """
    if text in _SCALARS:
        return _SCALARS[text]
    if text in ("nan", "inf", "-inf"):
        return float(text)
    if not _NUMBER.fullmatch(text) or len(text) > 300:
        return text
    for kind in (int, float):
        try:
            if str(kind(text)) == text:
                return kind(text)
        except ValueError:
            continue
    return text


def count_things(count: int, thing: str) -> str:
    """Return a count with what is counted."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


@dataclass(slots=True)
class Spelling:
    """Spells for one tracker and remembers what could not stay as it is."""

    longest_name: int = 250
    renamed: dict[str, str] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    infinite: set[str] = field(default_factory=set)

    def name(self, name: str) -> str:
        """Return a name as the tracker takes it."""
        spelled = spell_name(name, self.longest_name)
        if spelled != name:
            self.renamed[name] = spelled
        return spelled

    def text(self, what: str, value: object, longest: int) -> str:
        """Return a value as text, its end left off where it is too long."""
        text = str(value).encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
        if len(text) <= longest:
            return text
        self.cut.add(what)
        told = f"… ({len(text)} characters)"
        return text[: longest - len(told)] + told

    def number(self, what: str, value: float) -> float:
        """Return a number; of an infinite one it is noted that it is one."""
        if math.isinf(value):
            self.infinite.add(what)
        return value

    def tell(self, record: str) -> Iterator[str]:
        """Yield what was spelled otherwise; `record` says where the true one is."""
        if self.renamed:
            name, spelled = next(iter(self.renamed.items()))
            many = count_things(len(self.renamed), "name")
            yield f"{many} spelled otherwise there, such as {_show(name)} as {_show(spelled)}: {record}"
        if self.cut:
            yield f"{count_things(len(self.cut), 'text')} cut there, such as {_show(min(self.cut))}: {record}"
        if self.infinite:
            many = count_things(len(self.infinite), "metric")
            name = _show(min(self.infinite))
            yield f"{many} infinite, such as {name}, kept there as the largest number: {record}"


def _show(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:59]}…")
