"""Texts: which words of the rows few rows have, in the table that was read and in all that was made of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.package.cutting.keys import RARE, KeyCounts

__all__ = ["TextCounts", "list_held", "normalize_text"]

_NAMING = 0.2
_WORD = re.compile(r"[^\W_]+")
_SHORTEST = 4
_MANY = 1_000_000
_PASSIVE = (bytes, int, float, complex, type, np.generic)


def normalize_text(text: str) -> str:
    """Return a text without case, blanks and punctuation.

    >>> normalize_text(" Zoe-Ann Q.")
    'zoeannq'
    """
    return "".join(_WORD.findall(text)).lower()


class TextCounts:
    """Counts the texts of rows: `rare` ones, and the `naming` ones of columns that nearly name a person.

    A column names persons where a fifth of its rows hold a text that fewer than ten rows have; then each
    of their words that fewer than ten rows have counts as naming too. `keys` counts whole numbers.
    """

    def __init__(self) -> None:
        self._rare: set[str] = set()
        self._common: set[str] = set()
        self._naming: set[str] = set()
        self.keys = KeyCounts()

    def count(self, value: Any) -> None:
        """Count the texts of a column, or of each column of a frame, that holds an entry for each row."""
        if isinstance(value, pd.DataFrame):
            for number in range(value.shape[1]):
                self.count(value.iloc[:, number])
            return
        texts = _take_texts(value)
        if texts is None:
            self.keys.count(value)
            return
        counts = Counter(texts)
        rare = [text for text, count in counts.items() if count < RARE]
        self._common |= {normalize_text(text) for text, count in counts.items() if count >= RARE}
        found = {normalize_text(text) for text in rare}
        self._rare |= found
        if sum(counts[text] for text in rare) > _NAMING * len(texts):
            words = Counter(word.lower() for text in counts for word in set(_WORD.findall(text)))
            self._common |= {word for word, count in words.items() if count >= RARE}
            self._naming |= found | {w for w, n in words.items() if n < RARE and len(w) >= _SHORTEST}

    def is_rare(self, text: str) -> bool:
        """Say whether fewer than ten rows have a text, or a word of a column that names persons."""
        plain = normalize_text(text)
        return bool(plain) and plain in (self._rare | self._naming) and plain not in self._common

    def is_naming(self, text: str) -> bool:
        """Say whether a text is of a column that names persons, and few rows have it."""
        plain = normalize_text(text)
        return bool(plain) and plain in self._naming and plain not in self._common

    def ends_naming(self, column: str) -> bool:
        """Say whether the name of a made column ends with a text that names a person."""
        plain = normalize_text(column)
        return any(self.is_naming(plain[at:]) for at in range(max(0, len(plain) - _SHORTEST + 1)))


def _take_texts(value: Any) -> list[str] | None:
    """Return the texts of a column; None where it holds none."""
    if isinstance(value, pd.Series | pd.Index | pd.Categorical):
        kind = value.dtype
        if isinstance(kind, pd.CategoricalDtype):
            kind = kind.categories.dtype
        if not (isinstance(kind, pd.StringDtype) or kind == np.dtype(object)):
            return None
    elif isinstance(value, np.ndarray):
        if value.dtype.kind not in "OUT" or value.ndim != 1:
            return None
    elif not isinstance(value, list | tuple) or not value or not isinstance(value[0], str):
        return None
    return [text for text in value if isinstance(text, str)]


def list_held(holder: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts in the containers inside of an estimator, with the attribute that holds them."""
    waiting: list[tuple[str, Any, bool]] = [(type(holder).__name__, holder, False)]
    met: dict[int, Any] = {}
    while waiting and len(met) < _MANY:
        where, value, inside = waiting.pop()
        if isinstance(value, str):
            if inside:
                yield where, str(value)
            continue
        if value is None or isinstance(value, _PASSIVE) or id(value) in met or callable(value):
            continue
        # Kept alive: the id of a freed part would be met again.
        met[id(value)] = value
        if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
            value = [*value.index, *np.ravel(value.to_numpy())] if hasattr(value, "index") else list(value)
        if isinstance(value, pd.api.extensions.ExtensionArray):
            value = list(value)
        if isinstance(value, np.ndarray):
            value = value.ravel().tolist() if value.dtype.kind in "OUT" else []
        if isinstance(value, dict):
            value = [*value, *value.values()]
        if isinstance(value, list | tuple | set | frozenset):
            waiting += [(where, part, True) for part in value]
        elif hasattr(value, "__dict__"):
            kind = type(value).__name__
            waiting += [(f"{kind}.{name}", part, False) for name, part in vars(value).items()]
