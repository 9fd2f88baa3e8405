"""Special calls: those whose result on one row needs what was learned from all rows."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.package.cutting.freezing import Frozen, freeze_value
from nbmlops.package.cutting.grouping import learn_encoders, learn_factors, learn_groups
from nbmlops.package.cutting.probing import Node

__all__ = ["SPLITTERS", "Keep", "Seen", "callee_name", "is_split", "look_special"]

SPLITTERS = {"train_test_split": 2, "shuffle": 1, "resample": 1}
_SAMPLERS = ("sample", "head", "tail")

Keep = Callable[[int, Any], None]


@dataclass(eq=False)
class Seen:
    """What the probes saw of one expression over all its turns."""

    aligned: bool = False
    learned: bool = False
    opaque: bool = False
    too_large: bool = False
    passes: bool = False
    split: bool = False
    transforms: bool = False
    forced: bool = False
    drawn: bool = False
    over_rows: bool = False
    bins: tuple[int, Frozen] | None = None
    dummies: tuple[int, Frozen, Frozen] | None = None
    groups: Frozen | None = None
    factors: Frozen | None = None
    categorical: Frozen | None = None
    tags: Frozen | None = None
    encoders: Frozen | None = None
    turns: dict[tuple[tuple[str, Any], ...], Frozen] = field(default_factory=dict)
    varies: bool = False

    def add_turn(self, keys: dict[str, Any], frozen: Frozen) -> None:
        """Remember the value of one turn under the names that were bound then."""
        key = tuple(sorted(keys.items()))
        if self.turns.setdefault(key, frozen) != frozen:
            self.varies = True

    def keep_groups(self, frozen: Frozen | None) -> None:
        """Remember what each group was given."""
        self.varies = self.varies or (self.groups is not None and self.groups != frozen)
        self.groups = frozen

    def keep_tags(self, frozen: Frozen | None) -> None:
        """Remember the columns that the parts of texts became."""
        self.varies = self.varies or (self.tags is not None and self.tags != frozen)
        self.tags = frozen

    def keep_encoders(self, frozen: Frozen | None) -> None:
        """Remember the encoder of each column."""
        self.varies = self.varies or (self.encoders is not None and self.encoders != frozen)
        self.encoders = frozen

    def keep_factors(self, frozen: Frozen | None) -> None:
        """Remember the values that were numbered."""
        self.varies = self.varies or (self.factors is not None and self.factors != frozen)
        self.factors = frozen


def _look_categorical(node: Node, seen: Seen, value: Any) -> None:
    call = node.tree
    plain = isinstance(call, ast.Call) and len(call.args) == 1 and not call.keywords
    if plain and isinstance(value, pd.Categorical):
        frozen = freeze_value(value.dtype)
        seen.varies = seen.varies or (seen.categorical is not None and seen.categorical != frozen)
        seen.categorical = frozen


def callee_name(tree: ast.expr) -> str:
    """Return the last part of the name of what a call calls."""
    if not isinstance(tree, ast.Call):
        return ""
    if isinstance(tree.func, ast.Attribute):
        return tree.func.attr
    return tree.func.id if isinstance(tree.func, ast.Name) else ""


def look_special(node: Node, seen: Seen, value: Any, last: dict[int, Any], keep: Keep) -> None:
    """Take note of a call or a subscript that needs more than its own text on a single row.

    `keep(number, value)` freezes the value of the expression with that number for this turn.
    """
    name = callee_name(node.tree)
    receiver = last.get(node.parts.get("receiver", -1))
    if is_split(node, receiver):
        seen.split = True
    elif name in ("cut", "qcut") and ("receiver" not in node.parts or _is_module(receiver)):
        _look_bins(node, seen, name, last)
    elif name == "get_dummies" and type(receiver).__name__ == "StringMethods":
        seen.keep_tags(freeze_value(value.columns))
    elif name == "get_dummies":
        _look_dummies(node, seen, value, last)
    elif name == "astype":
        _look_categories(node, value, receiver, keep)
    elif name == "Categorical":
        _look_categorical(node, seen, value)
    elif name == "transform" and learn_groups(receiver, value) is not None:
        seen.keep_groups(learn_groups(receiver, value))
    elif name == "factorize" and not node.has_options():
        seen.keep_factors(learn_factors(value))
    elif name == "fit_transform" and hasattr(receiver, "transform"):
        seen.transforms = True
        keep(node.parts["receiver"], receiver)
    elif name == "apply" and not node.has_options() and isinstance(receiver, pd.DataFrame):
        given: Any = last.get(node.parts.get("first", -1))
        if getattr(given, "__name__", "") == "fit_transform" and hasattr(given, "__self__"):
            seen.keep_encoders(learn_encoders(receiver, given.__self__))
    elif name in _SAMPLERS or isinstance(node.tree, ast.Subscript):
        seen.passes = seen.passes or _passes_over(node.tree, receiver, value)


def is_split(node: Node, receiver: Any) -> bool:
    """Say whether a call divides or shuffles rows, whatever they hold."""
    if callee_name(node.tree) not in SPLITTERS:
        return False
    return "receiver" not in node.parts or _is_module(receiver)


def _look_bins(node: Node, seen: Seen, name: str, last: dict[int, Any]) -> None:
    """Learn the edges of the bins where they follow from the values."""
    asked_by = "bins" if name == "cut" else "q"
    values = _argument(node, last, 0, "x")
    asked = _argument(node, last, 1, asked_by)
    where = node.parts.get("second", node.parts.get(asked_by, -1))
    if where < 0 or values is None or (name == "cut" and not isinstance(asked, int)):
        return
    make: Any = pd.cut if name == "cut" else pd.qcut
    if name == "cut":
        options: dict[str, Any] = {"right": _argument(node, last, 2, "right") is not False}
    else:
        options = {"duplicates": _argument(node, last, 5, "duplicates") or "raise"}
    edges = make(values, asked, labels=False, retbins=True, **options)[1]
    frozen = freeze_value(np.asarray(edges))
    if frozen is not None:
        seen.varies = seen.varies or (seen.bins is not None and seen.bins[1] != frozen)
        seen.bins = (where, frozen)


def _argument(node: Node, last: dict[int, Any], place: int, name: str) -> Any:
    """Return the value of an argument of a call that is given by its place or its name."""
    call = node.tree
    if not isinstance(call, ast.Call):
        return None
    given = [k.value for k in call.keywords if k.arg == name] + call.args[place : place + 1]
    if not given or isinstance(given[0], ast.Constant):
        return given[0].value if given else None  # type: ignore[attr-defined]
    number = node.parts.get(name, node.parts.get(("first", "second", "", "", "", "")[place], -1))
    return last.get(number)


def _is_module(value: Any) -> bool:
    return type(value).__name__ == "module"


def _look_dummies(node: Node, seen: Seen, value: Any, last: dict[int, Any]) -> None:
    where = node.parts.get("first", node.parts.get("data", -1))
    whole = last.get(where)
    if isinstance(whole, pd.Series):
        categories: Any = pd.CategoricalDtype(pd.Categorical(whole).categories)
    elif isinstance(whole, pd.DataFrame):
        chosen = last.get(node.parts.get("columns", -1))
        if not isinstance(chosen, list | tuple | pd.Index):
            chosen = [c for c in whole.columns if _is_encoded(whole[c].dtype)]
        categories = {c: pd.CategoricalDtype(pd.Categorical(whole[c]).categories) for c in chosen}
    else:
        return
    columns = freeze_value(value.columns)
    dtypes = freeze_value(categories)
    if columns is not None and dtypes is not None:
        seen.varies = seen.varies or (seen.dummies is not None and seen.dummies[1:] != (dtypes, columns))
        seen.dummies = (where, dtypes, columns)


def _is_encoded(dtype: Any) -> bool:
    return isinstance(dtype, pd.CategoricalDtype | pd.StringDtype) or dtype == np.dtype(object)


def _look_categories(node: Node, value: Any, receiver: Any, keep: Keep) -> None:
    where = node.parts.get("first", node.parts.get("dtype", -1))
    if where < 0:
        return
    if isinstance(value, pd.Series) and isinstance(value.dtype, pd.CategoricalDtype):
        keep(where, value.dtype)
    elif isinstance(value, pd.DataFrame) and isinstance(receiver, pd.DataFrame):
        made = {c: value[c].dtype for c in value.columns if value[c].dtype != receiver[c].dtype}
        if any(isinstance(dtype, pd.CategoricalDtype) for dtype in made.values()):
            keep(where, made)


def _passes_over(tree: ast.expr, receiver: Any, value: Any) -> bool:
    """Say whether an expression picks rows by their position alone."""
    whole = getattr(receiver, "obj", receiver)
    if not isinstance(value, pd.DataFrame | pd.Series | np.ndarray) or not hasattr(whole, "__len__"):
        return False
    if type(whole).__module__.startswith("scipy.sparse"):
        return False
    if isinstance(tree, ast.Call):
        return isinstance(whole, pd.DataFrame | pd.Series) and len(value) <= len(whole)
    if not isinstance(tree, ast.Subscript):
        return False
    several = isinstance(tree.slice, ast.Tuple) and tree.slice.elts
    first = tree.slice.elts[0] if several else tree.slice  # type: ignore[attr-defined]
    return isinstance(first, ast.Slice) and len(value) < len(whole)
