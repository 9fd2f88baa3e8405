"""Trees: how the trees of scikit-learn's ensembles are described, of which one model has hundreds."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import Any

from nbmlops.values.arrays import take_made
from nbmlops.values.classes import locate, name_type

__all__ = ["TREE", "take_again", "take_tree"]

TREE = "sklearn.tree._tree.Tree"
_MOST_TREES = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    """How a tree was told: in `words`, and by two stretches of memory where its `fields` point to.

    Its fields say all but what lies there, so that the same fields are the same words. `nodes` is the
    hash of the first stretch: while it is the same, there are zeros in the gaps between fields still.
    """

    fields: bytes
    words: tuple[bytes | tuple[int, Any], ...]
    nodes: bytes
    nbytes: int


_trees: dict[int, _Known] = {}


def take_again(walk: Any, value: Any) -> bool:
    """Describe a tree that was described before, by what lies in its memory now; False if it is not known."""
    known = _trees.get(locate(value))
    if known is None or known.fields != _read_fields(value):
        return False
    memory = [word[1].from_address(word[0]) for word in known.words if type(word) is tuple]
    if walk.digest_memory(memory[0]) != known.nodes:
        return False
    lying = iter(memory)
    for word in known.words:
        walk.update(word if type(word) is bytes else next(lying))
    walk.nbytes += known.nbytes
    walk.skip_made(3)
    if "torch" in sys.modules:
        for word in known.words:
            if type(word) is tuple:
                walk.note_address(word[0])
    return True


def take_tree(walk: Any, value: Any, kind: Any, parts: tuple[Any, ...]) -> bool:
    """Describe a tree that was taken apart, in the very words of any other value; False if it is unusual."""
    if not walk.remembers:
        return _tell_tree(walk, kind, *parts)
    told: list[Any] = []
    before = walk.nbytes
    update, walk.update = walk.update, told.append
    try:
        usual = _tell_tree(walk, kind, *parts)
    finally:
        walk.update = update
    for word in told:
        update(word)
    if usual and len(parts[1][1]) == 1:  # of several outputs, the numbers of classes lie elsewhere
        _remember(walk, value, told, (parts[2]["nodes"], parts[2]["values"]), walk.nbytes - before)
    return usual


def _remember(walk: Any, value: Any, told: list[Any], lying: tuple[Any, Any], nbytes: int) -> None:
    fields = _read_fields(value)
    pointers = memoryview(fields).cast("Q").tolist() if len(fields) % 8 == 0 else []
    places = [(cells.__array_interface__["data"][0], cells.nbytes) for cells in lying]
    words: list[bytes | tuple[int, int]] = []
    for word in told:
        spelled = word if type(word) is bytes else _spell_cells(word, places)
        if type(spelled) is bytes and words and type(words[-1]) is bytes:
            words[-1] += spelled
        else:
            words.append(spelled)
    if [word for word in words if type(word) is tuple] == places and {at for at, _ in places} <= {*pointers}:
        if len(_trees) >= _MOST_TREES:
            _trees.clear()
        # To make a type of memory takes longer than to read what lies there.
        kept = tuple(w if type(w) is bytes else (w[0], ctypes.c_char * int(w[1])) for w in words)
        nodes = walk.digest_memory(lying[0].reshape(-1).view("u1"))
        _trees[locate(value)] = _Known(fields, kept, nodes, nbytes)


def _spell_cells(cells: Any, places: list[tuple[int, int]]) -> bytes | tuple[int, int]:
    """Return where cells lie, if that is memory of the tree's own, and what is in them otherwise."""
    place = cells.__array_interface__["data"][0], cells.nbytes
    return place if place in places else bytes(cells.tobytes())


def _read_fields(value: Any) -> bytes:
    """Return the fields of an object of C's, without its header, which counts references."""
    header = object.__basicsize__
    return ctypes.string_at(id(value) + header, type(value).__basicsize__ - header)


def _tell_tree(walk: Any, kind: Any, maker: Any, arguments: Any, state: Any, *others: Any) -> bool:
    """Describe the parts of a tree: they were made only now, or are views of its own memory."""
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
