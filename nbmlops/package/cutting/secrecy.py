"""Secrecy: what is learned, and what the model holds, may tell no text that only a few rows have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.errors import PackageError
from nbmlops.package.cutting.freezing import thaw_value
from nbmlops.package.cutting.kept_rows import keeps_rows
from nbmlops.package.cutting.keys import RARE, KeyCounts, Keyed, list_keys
from nbmlops.package.cutting.rewriting import Constant
from nbmlops.package.cutting.texts import TextCounts, list_held

__all__ = ["find_few", "find_told", "holds_rows", "refuse_rare"]


def refuse_rare(texts: TextCounts, constants: Iterable[Constant], columns: Iterable[Any]) -> None:
    """Raise PackageError where a constant holds a text that fewer than ten rows have.

    It may where the model itself has a column of that name, unless the text names a person; so may a
    fitted estimator.
    """
    known = [str(column) for column in columns]
    for constant in constants:
        value = thaw_value(constant.frozen)
        held = [text for _, text in list_held(value)]
        told = [text for text in held if texts.is_naming(text)]
        told += [
            text
            for text in _list_texts(value)
            if texts.is_naming(text)
            or texts.ends_naming(text)
            or (texts.is_rare(text) and not any(name.endswith(text) for name in known))
        ]
        if told:
            raise PackageError(
                f"{_quote(constant.learned.expression)} is learned from the whole table, and holds "
                f"texts that fewer than {RARE} rows have: the package would tell them.",
                "Merge rare values into one ('Other') before that statement, and register the model again.",
            )


def find_told(
    texts: TextCounts, estimator: Any, columns: Iterable[Any], constants: Iterable[Constant]
) -> str | None:
    """Return what would tell of persons: texts that a model holds, or numbers that are keys."""
    named = f"texts that fewer than {RARE} rows have, of a column of such texts, in "
    if any(texts.ends_naming(str(column)) for column in columns):
        return f"{named}the names of its columns"
    held = next((f"'{where}'" for where, text in list_held(estimator) if texts.is_naming(text)), None)
    if held is not None:
        return named + held
    numbers = "numbers that each stand for few rows, as identifiers do, as keys of "
    for constant in constants:
        if any(keyed.numbering for keyed in _judge_keys(texts.keys, thaw_value(constant.frozen))):
            return f"{numbers}{_quote(constant.learned.expression)}"
    own = any(keyed.numbering for keyed in _judge_keys(texts.keys, estimator))
    return f"{numbers}what it encodes" if own else None


def find_few(keys: KeyCounts, constants: Iterable[Constant]) -> tuple[str, ...]:
    """Return what has whole numbers as keys that few rows have, of a column that numbers nobody."""
    return tuple(
        constant.learned.expression
        for constant in constants
        if any(k.rare and not k.numbering for k in _judge_keys(keys, thaw_value(constant.frozen)))
    )


def holds_rows(estimator: Any, constants: Iterable[Constant], width: int) -> bool:
    """Say whether the model, or an estimator that was fitted on the way, holds what may be rows."""
    learned = [thaw_value(c.frozen) for c in constants if c.frozen.text is None]
    tables = [value for value in learned if isinstance(value, dict)]
    several = [value for table in tables for value in table.values()]
    fitted = [value for value in [*learned, *several] if hasattr(value, "get_params")]
    return keeps_rows(estimator, width) or any(keeps_rows(value, 1) for value in fitted)


def _judge_keys(keys: KeyCounts, value: Any) -> list[Keyed]:
    return [keyed for found in list_keys(value) if (keyed := keys.judge(found)) is not None]


def _list_texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, pd.CategoricalDtype):
        yield from _list_texts(value.categories, depth)
    elif isinstance(value, pd.DataFrame):
        for name in value.columns:
            yield from _list_texts(value[name], depth)
    elif isinstance(value, pd.Series):
        yield from _list_texts(value.index, depth)
        yield from _list_texts(value.tolist(), depth)
    elif isinstance(value, pd.Index | np.ndarray | pd.api.extensions.ExtensionArray):
        yield from _list_texts(list(value), depth)
    elif isinstance(value, dict) and depth < 5:
        for key, item in value.items():
            yield from _list_texts(key, depth + 1)
            yield from _list_texts(item, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset) and depth < 5:
        for item in value:
            yield from _list_texts(item, depth + 1)


def _quote(expression: str) -> str:
    """Return code in quotes; what describes code in words has its own."""
    return expression if expression.startswith(("what '", "the ")) else f"'{expression}'"
