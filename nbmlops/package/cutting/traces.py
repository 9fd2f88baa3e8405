"""Traces: what a run of the recipe showed, statement by statement, and how a statement is refused."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nbmlops.errors import PackageError
from nbmlops.package.cutting.freezing import Frozen
from nbmlops.package.cutting.probing import Node
from nbmlops.package.cutting.special import Seen
from nbmlops.package.cutting.statements import Recipe, SourceStatement
from nbmlops.package.cutting.texts import TextCounts

__all__ = ["Fit", "Trace", "Traced", "refuse_statement"]


@dataclass(eq=False)
class Traced:
    """What a statement did: `snapshots` are the learned values that it left in names."""

    source: SourceStatement
    tainted: bool = False
    bound: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    mentions: frozenset[str] = frozenset()
    aligned: frozenset[str] = frozenset()
    snapshots: dict[str, Frozen] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(eq=False)
class Fit:
    """The call that fitted the estimator: the nodes of X and y and copies of what they were."""

    statement: int
    features: Node
    target: Node | None
    seen: Any
    labels: Any
    receiver: Any
    result: Any


@dataclass(eq=False)
class Trace:
    """All that a run of the recipe showed."""

    recipe: Recipe
    nodes: list[Node]
    of_tree: dict[ast.expr, int]
    statements: list[Traced]
    namespace: dict[str, Any]
    seen: dict[int, Seen]
    raw_node: Node
    path_node: Node
    raw_statement: int
    parameter: str
    raw: pd.DataFrame
    fits: list[Fit]
    splits: dict[int, list[Any]]
    texts: TextCounts


def refuse_statement(recipe: Recipe, statement: SourceStatement, reason: str) -> PackageError:
    """Return the error that names the statement that no row function can be cut from."""
    return PackageError(
        f"The statement '{recipe.title(statement)}' cannot become part of a function of one row: {reason}.",
        "Let each row depend on itself and on what was learned in training only, and register again.",
    )
