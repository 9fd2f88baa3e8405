"""Trees: how the trees of scikit-learn's ensembles are described, of which one model has hundreds."""

from __future__ import annotations

from typing import Any

from nbmlops.values.arrays import take_made
from nbmlops.values.classes import name_type

__all__ = ["TREE", "take_tree"]

TREE = "sklearn.tree._tree.Tree"


def take_tree(walk: Any, kind: Any, maker: Any, arguments: Any, state: Any, *others: Any) -> bool:
    """Describe a tree that was taken apart, in the very words of any other value; False if it is unusual.

    All its parts were made only now, or are views of its own memory.
    """
    unusual = others or len(arguments) != 3 or maker is not kind.type or type(state) is not dict
    if unusual or state.keys() != {"max_depth", "node_count", "nodes", "values"}:
        return False
    features, classes, outputs = arguments
    nodes, values = state["nodes"], state["values"]
    if {type(part).__name__ for part in (classes, nodes, values)} != {"ndarray"}:
        return False
    atoms = (("max_depth", state["max_depth"]), ("node_count", state["node_count"]))
    walk.mark(kind.label, atoms, ["nodes", "values"])
    walk.mark(kind.label, 3, 0)
    walk.mark("items", [])
    walk.mark("class", name_type(maker))
    walk.tell_atom(features)
    take_made(walk, classes)
    walk.tell_atom(outputs)
    take_made(walk, nodes)
    take_made(walk, values)
    return True
