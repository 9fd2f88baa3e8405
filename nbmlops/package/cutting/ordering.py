"""Ordering: whether a row function may put rows into another order, so that answers are mixed up."""

from __future__ import annotations

import ast

__all__ = ["may_reorder"]

_SORTS = frozenset(
    {"sort", "sorted", "sort_values", "sort_index", "argsort", "lexsort", "argpartition", "partition"}
    | {"nlargest", "nsmallest", "sample", "permutation", "permuted", "shuffle", "reversed", "flip", "flipud"}
    | {"roll", "take", "reindex", "reindex_like", "merge_asof", "merge_ordered", "pivot", "pivot_table"}
    | {"stack", "unstack", "melt", "explode", "concat", "concatenate", "vstack", "r_", "append", "extend"}
)
_GROUPS, _JOINS = frozenset({"groupby"}), frozenset({"merge", "join"})
_KEEPING = ("left", "inner")
_ACROSS = (1, "columns")


def may_reorder(source: str) -> bool:
    """Say whether anything in the text of a row function may change the order of rows.

    On the rows of the notebook it may have changed nothing: a column that is sorted by may hold one value
    there. A yes costs time only: each row is then answered for itself.

    >>> may_reorder("rows.sort_values('k').reset_index(drop=True)"), may_reorder("rows['a'] * 2")
    (True, False)
    """
    words: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), keywords=keywords):
                given = {
                    k.arg: k.value.value if isinstance(k.value, ast.Constant) else None for k in keywords
                }
                across = given.get("axis") in _ACROSS or ("columns" in given and name == "reindex")
                joined = name in _JOINS and (given.get("how", "left") not in _KEEPING or "sort" in given)
                if joined or (name in _SORTS and not across):
                    return True
                words.add(name)
            case ast.Attribute(attr="r_") | ast.Slice(step=ast.expr()):
                return True
    return not words.isdisjoint(_GROUPS) and "apply" in words
