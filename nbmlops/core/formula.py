"""Formulas: names that stand inside a text which is evaluated where the names can be seen."""

from __future__ import annotations

import re

__all__ = ["EVALUATORS", "list_formula_names"]

_MARKED = frozenset({"query", "eval"})
_SQL = frozenset({"sql", "execute", "sqldf", "query_df", "from_query"})
_MODELS = frozenset(
    {"ols", "logit", "glm", "gls", "wls", "probit", "poisson", "mixedlm", "rlm", "quantreg", "mnlogit"}
)
_MATRICES = frozenset({"dmatrix", "dmatrices", "from_formula", "evaluate"})
_BARE = _SQL | _MODELS | _MATRICES
EVALUATORS = _MARKED | _BARE
"""Functions and methods that evaluate a text: pandas, DuckDB, pandasql, patsy, statsmodels, numexpr."""


def list_formula_names(text: str, evaluators: frozenset[str], owner: str = "") -> set[str]:
    """Return the names that a text may look up where it is evaluated.

    `evaluators` are the functions that it may be given to, `owner` what the function is taken from:
    a frame's own ``query`` and ``eval`` take only what is marked with ``@`` from outside.

    >>> sorted(list_formula_names("a > @low and b < @high", frozenset({"query"})))
    ['high', 'low']
    >>> sorted(list_formula_names("select * from sales", frozenset({"sql"})))
    ['from', 'sales', 'select']
    """
    found = set(re.findall(r"@([^\W\d]\w*)", text))
    if evaluators & _BARE or ("eval" in evaluators and owner in {"pd", "pandas"}):
        found |= set(re.findall(r"[^\W\d]\w*", text))
    return found
