"""Checks: what is surely right in a row, decided by one closure a column that is made once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .schema import Field, Schema

__all__ = ["compile_checks"]

_Check = Callable[[Any], bool]


def compile_checks(schema: Schema) -> _Check:
    """Return what says that a row is surely right; of any other, `Schema.check_rows` finds out what is wrong.

    A yes means that `check_rows` has nothing to say. A no means only that it has to be asked.
    """
    checks = {field.name: _make_check(field) for field in schema.fields}
    required = frozenset(field.name for field in schema.fields if field.required)

    def accept(row: Any) -> bool:
        if type(row) is not dict or not required <= row.keys():
            return False
        for name, value in row.items():
            check = checks.get(name)
            if check is None or not check(value):
                return False
        return True

    return accept


def _make_check(field: Field) -> _Check:
    check = _make_type_check(field)
    if not field.nullable and field.required:
        return check
    return lambda value: value is None or check(value)


def _make_type_check(field: Field) -> _Check:
    if field.values:
        allowed = frozenset(field.values)
        return lambda value: type(value) is str and value in allowed
    if field.dtype.startswith(("int", "uint")):
        bounds = np.iinfo(field.dtype)
        least, most = int(bounds.min), int(bounds.max)
        return lambda value: type(value) is int and least <= value <= most
    if field.dtype.startswith("float"):
        isfinite = math.isfinite
        return lambda value: type(value) is float and isfinite(value)
    if field.dtype == "bool":
        return lambda value: type(value) is bool
    if field.dtype.startswith("datetime"):
        return lambda value: False
    return lambda value: type(value) is str
