"""Casting: the dtypes that the estimator saw, given to a row whose own values suggest others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nbmlops.package.cutting.freezing import freeze_value
from nbmlops.package.cutting.rewriting import Constant, Rewriter
from nbmlops.package.rowcut import Learned

__all__ = ["cast_result", "find_casts"]


def find_casts(many: Any, alone: Any) -> list[str] | None:
    """Return the columns whose dtype one row alone does not have; None where other things differ."""
    if isinstance(many, pd.DataFrame) and isinstance(alone, pd.DataFrame):
        if list(many.columns) != list(alone.columns) or not many.columns.is_unique:
            return None
        return [c for c in many.columns if many[c].dtype != alone[c].dtype]
    if type(many) is not type(alone) or not hasattr(many, "dtype"):
        return None
    return [""] if many.dtype != alone.dtype else []


def cast_result(result: str, columns: list[str], many: Any, rewriter: Rewriter) -> str:
    """Return the expression `result` with these columns cast to the dtypes of `many`."""
    if isinstance(many, pd.DataFrame):
        dtypes = {column: many[column].dtype for column in columns}
        simple = all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in dtypes.values())
        if simple and all(isinstance(column, str) for column in columns):
            return f"{_bracket(result)}.astype({ {c: str(d) for c, d in dtypes.items()}!r})"
        return f"{_bracket(result)}.astype({_beside(dtypes, rewriter)})"
    if isinstance(many.dtype, np.dtype) and many.dtype.kind in "biuf":
        return f"{_bracket(result)}.astype({str(many.dtype)!r})"
    return f"{_bracket(result)}.astype({_beside(many.dtype, rewriter)})"


def _bracket(result: str) -> str:
    return result if result.isidentifier() or result.endswith((")", "]")) else f"({result})"


def _beside(value: Any, rewriter: Rewriter) -> str:
    frozen = freeze_value(value)
    assert frozen is not None
    name = rewriter.take_name("DTYPES")
    rewriter.constants[name] = Constant(Learned(name, "the dtypes that the estimator saw", "dtypes"), frozen)
    return f'{rewriter.learned}["{name}"]'
