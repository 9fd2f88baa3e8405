"""Trees: how the trees of scikit-learn's ensembles are described, of which one model has hundreds."""

from __future__ import annotations

import copyreg
import ctypes
import marshal
import sys
from typing import Any, NamedTuple

from nbmlops.values.arrays import has_rubbish, spell_dtype
from nbmlops.values.classes import locate

__all__ = ["TREE", "take_tree"]

TREE = "sklearn.tree._tree.Tree"
_MOST_TREES = 10_000
_LARGE = 1 << 16
_MADE = 3  # arrays: that of the numbers of classes, and views of the nodes and of their values
_MADE_OF = (
    marshal.dumps((TREE, 3, 0), 2) + marshal.dumps(("items", []), 2) + marshal.dumps(("class", TREE), 2)
)
_HEADER = object.__basicsize__


class _Known(NamedTuple):
    """How a tree was told: in words, and by two stretches of memory where its `fields` point to.

    Its fields say all but what lies there, so that the same fields are the same words. `hashed` is the
    hash of the nodes: while it is the same, there are zeros in the gaps between their fields still.
    """

    fields: bytes
    head: bytes
    nodes: tuple[int, int]
    middle: bytes
    values: tuple[int, int]
    hashed: bytes
    nbytes: int


_trees: dict[int, _Known] = {}


def take_tree(walk: Any, value: Any, kind: Any) -> bool:
    """Describe a tree, in the very words of any other value; False if it is unusual, and nothing was told."""
    if walk.remembers and _take_again(walk, value):
        return True
    if kind.type in copyreg.dispatch_table:
        return False
    maker, arguments, state, *others = kind.type.__reduce_ex__(value, 4)
    unusual = others or len(arguments) != 3 or maker is not kind.type or type(state) is not dict
    if unusual or state.keys() != {"max_depth", "node_count", "nodes", "values"}:
        return False
    classes, nodes, values = arguments[1], state["nodes"], state["values"]
    if not (_is_plain(classes, "biu") and _is_plain(nodes, "V") and _is_plain(values, "f")):
        return False
    if not nodes.dtype.names or not nodes.size or has_rubbish(nodes):
        return False
    head, middle = _spell_words(arguments, state)
    memory = nodes.reshape(-1).view("u1")
    for word in (head, memory, middle, values):
        walk.update(word)
    nbytes = classes.nbytes + nodes.nbytes + values.nbytes
    walk.nbytes += nbytes
    walk.skip_made(_MADE)
    places = (nodes.ctypes.data, nodes.nbytes), (values.ctypes.data, values.nbytes)
    _note_places(walk, *places)
    if walk.remembers and len(classes) == 1:  # of several outputs, the numbers of classes lie elsewhere
        fields = _read_fields(value)
        if {places[0][0], places[1][0]} <= {*_read_pointers(fields)}:
            if len(_trees) >= _MOST_TREES:
                _trees.clear()
            hashed = walk.digest_memory(memory)
            _trees[locate(value)] = _Known(fields, head, places[0], middle, places[1], hashed, nbytes)
    return True


def _take_again(walk: Any, value: Any) -> bool:
    """Describe a tree that was described before, by what lies in its memory now; False if it is not known."""
    known = _trees.get(locate(value))
    if known is None or known.fields != _read_fields(value):
        return False
    nodes = _see_memory(*known.nodes)
    if walk.digest_memory(nodes) != known.hashed:
        return False
    for word in (known.head, nodes, known.middle, _see_memory(*known.values)):
        walk.update(word)
    walk.nbytes += known.nbytes
    walk.skip_made(_MADE)
    _note_places(walk, known.nodes, known.values)
    return True


def _is_plain(cells: Any, kinds: str) -> bool:
    return (
        type(cells) is sys.modules["numpy"].ndarray and cells.dtype.kind in kinds and cells.flags.c_contiguous
    )


def _spell_words(arguments: Any, state: dict[str, Any]) -> tuple[bytes, bytes]:
    """Return what is told before the nodes, and between them and their values."""
    features, classes, outputs = arguments
    nodes, values = state["nodes"], state["values"]
    atoms = (("max_depth", state["max_depth"]), ("node_count", state["node_count"]))
    told = [
        marshal.dumps((TREE, atoms, ["nodes", "values"]), 2),
        _MADE_OF,
        marshal.dumps(features, 2),
        _spell_array(classes),
        classes.tobytes(),
        marshal.dumps(outputs, 2),
        _spell_array(nodes),
    ]
    return b"".join(told), _spell_array(values)


def _spell_array(cells: Any) -> bytes:
    spelled = spell_dtype(cells.dtype)
    return marshal.dumps(("numpy.ndarray", cells.shape, None), 2) + marshal.dumps((spelled,), 2)


def _note_places(walk: Any, *places: tuple[int, int]) -> None:
    if "torch" in sys.modules:  # a tensor may lie in the same memory
        for address, _ in places:
            walk.note_address(address)


def _see_memory(address: int, nbytes: int) -> Any:
    """Return what lies in a stretch of memory; to make a type of it takes longer than to copy a little."""
    if nbytes < _LARGE:
        return ctypes.string_at(address, nbytes)
    return (ctypes.c_char * nbytes).from_address(address)


def _read_fields(value: Any) -> bytes:
    """Return the fields of an object of C's, without its header, which counts references."""
    return ctypes.string_at(id(value) + _HEADER, type(value).__basicsize__ - _HEADER)


def _read_pointers(fields: bytes) -> list[int]:
    return memoryview(fields).cast("Q").tolist() if len(fields) % 8 == 0 else []
