"""Forms: how the texts of a column are written, as far as many rows share it, and made-up texts like them."""

from __future__ import annotations

import random
import re
from collections import Counter

import pandas as pd

__all__ = ["find_forms", "make_text"]

_COMMON = 10
_MOST = 5
_LONGEST = 60
_YEAR_FIRST = re.compile(r"0000(?P<sign>[-/.])00(?P=sign)00")
_YEAR_LAST = re.compile(r"00(?P<sign>[-/.])00(?P=sign)0000")
_CLOCK = re.compile(r"00:00")


def find_forms(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the forms that at least ten texts of a column have: 0 for each digit, a for each letter."""
    found: dict[str, list[str]] = {}
    for name in table.columns:
        texts = [text for text in table[name] if isinstance(text, str)]
        counts = Counter(re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", text)) for text in texts)
        common = [form for form, count in counts.most_common(_MOST) if count >= _COMMON]
        found[str(name)] = [form for form in common if len(form) <= _LONGEST]
    return found


def make_text(form: str, dice: random.Random) -> str:
    """Return a made-up text of a form; what looks like a date or a time of day is one.

    >>> make_text("0000-00-00", random.Random(0))
    '2010-07-07'
    """
    month, day = f"{dice.randint(1, 12):02}", f"{dice.randint(1, 12):02}"
    year = str(dice.randint(2010, 2020))
    text = _YEAR_FIRST.sub(lambda found: f"{year}{found['sign']}{month}{found['sign']}{day}", form)
    if text == form:
        text = _YEAR_LAST.sub(lambda found: f"{day}{found['sign']}{month}{found['sign']}{year}", form)
    if text != form:
        return _CLOCK.sub("11:45", text)
    draw = {"0": "0123456789", "a": "abcdefghijklmnopqrstuvwxyz"}
    return "".join(dice.choice(draw[sign]) if sign in draw else sign for sign in form)
