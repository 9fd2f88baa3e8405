"""Reducing: a value that is taken apart as pickle would, where its attributes do not say it all."""

from __future__ import annotations

import copyreg
from typing import Any

from nbmlops.values.classes import mro_of, name_type, vars_of
from nbmlops.values.kinds import Undescribable, read_attributes
from nbmlops.values.trees import TREE, take_tree

__all__ = ["take_reduced"]


def take_reduced(walk: Any, value: Any, kind: Any) -> None:
    """Describe a value as pickle would take it apart."""
    if kind.label == TREE and take_tree(walk, value, kind):
        return
    passing = any("__next__" in vars_of(base) for base in mro_of(kind.type))
    if passing and kind.label not in ("_io.BytesIO", "_io.StringIO"):
        raise Undescribable(f"a {name_type(kind.type)} cannot be described: reading it would use it up")
    reducer: Any = kind.type
    # How exceptions are to be pickled is registered by libraries that send them: they stay what they are.
    is_error = issubclass(reducer, BaseException)
    take_apart: Any = None if is_error else copyreg.dispatch_table.get(reducer)
    parts = take_apart(value) if take_apart else reducer.__reduce_ex__(value, 4)
    if type(parts) is str:
        walk.mark("global", str(getattr(value, "__module__", None)), parts)
        walk.tell_state(kind, read_attributes(value, kind))
        return
    walk.note_parts(parts)
    maker, arguments, state, items, pairs = (*parts, None, None, None)[:5]
    if kind.type.__name__.startswith(("KDTree", "BallTree")) and type(state) is tuple:
        state = state[:7] + state[11:]
    if type(state) is dict and set(map(type, state)) <= {str}:
        walk.tell_state(kind, state)
        state = ()
    pieces = state if type(state) is tuple else (state,)
    flat = [*(items or ()), *(part for pair in pairs or () for part in pair)]
    walk.mark(kind.label, len(arguments), len(pieces))
    walk.push([maker, *arguments, *pieces])
    walk.tell_items("items", flat)
