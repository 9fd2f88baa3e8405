"""Trees: whether the nodes of loaded trees lead only to nodes and columns that there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["find_astray"]

# Ensembles that hand the columns that they were sent to compiled code, without asking the trees.
_DIRECT = ("sklearn.ensemble._forest", "sklearn.ensemble._gb", "sklearn.ensemble._iforest")
_WIDTH = "n_features_in_"


def find_astray(value: Any) -> str | None:
    """Say what is wrong with a tree in `value`; None where every tree stays within its bounds.

    Compiled code follows the numbers in a tree unchecked: those of a forged file would lead anywhere.
    """
    for part, width in _walk(value):
        kind = type(part).__name__
        if kind == "Tree" and _strays(part, width):
            return "a tree in it has nodes that lead nowhere, or asks for columns that there are not"
        if kind == "TreePredictor" and _leaves(part, width):
            return "a boosted tree in it has nodes that lead nowhere, or asks for columns that there are not"
    return None


def _walk(value: Any) -> Iterator[tuple[Any, int | None]]:
    """Yield whatever `value` holds, once for each number of columns that it is asked about."""
    waiting: list[tuple[Any, int | None]] = [(value, None)]
    seen: dict[tuple[int, int | None], Any] = {}
    while waiting:
        part, width = waiting.pop()
        if (id(part), width) in seen or isinstance(part, str | bytes | int | float | type | None):
            continue
        seen[id(part), width] = part
        yield part, width
        if isinstance(part, dict):
            waiting += [(item, width) for item in (*part.keys(), *part.values())]
        elif isinstance(part, list | tuple | set | frozenset):
            waiting += [(item, width) for item in part]
        elif isinstance(part, np.ndarray):
            waiting += [(item, width) for item in part.ravel()] if part.dtype == object else []
        known = getattr(part, "__dict__", None)
        if isinstance(known, dict):
            waiting += [(item, _narrow(part, known, width)) for item in known.values()]


def _narrow(owner: Any, known: dict[str, Any], width: int | None) -> int | None:
    """Return how many columns what an object holds may ask for."""
    own = known.get(_WIDTH)
    if not isinstance(own, int | np.integer):
        return width
    inherited = width if "tree_" in known and width is not None else int(own)
    if type(owner).__module__ in _DIRECT or "tree_" in known:
        return min(int(own), inherited)
    return int(own) if "_predictors" in known else None


def _strays(tree: Any, width: int | None) -> bool:
    numbers = np.arange(tree.node_count)
    left, right = tree.children_left, tree.children_right
    ends = left == -1
    inside = (left > numbers) & (right > numbers) & (left < tree.node_count) & (right < tree.node_count)
    widest = int(tree.n_features) if width is None else min(width, int(tree.n_features))
    asks = (tree.feature >= 0) & (tree.feature < widest)
    return tree.node_count == 0 or not bool(np.all(np.where(ends, right == -1, inside & asks)))


def _leaves(predictor: Any, width: int | None) -> bool:
    nodes = predictor.nodes
    count = len(nodes)
    numbers = np.arange(count)
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    inside = (left > numbers) & (right > numbers) & (left < count) & (right < count)
    features = nodes["feature_idx"].astype(np.int64)
    asks = (features >= 0) & (features < (width or 0))
    sets = min(len(predictor.raw_left_cat_bitsets), len(predictor.binned_left_cat_bitsets))
    known = (nodes["is_categorical"] == 0) | (nodes["bitset_idx"] < sets)
    return count == 0 or not bool(np.all((nodes["is_leaf"] == 1) | (inside & asks & known)))
