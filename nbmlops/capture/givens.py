"""Givens: calls of a hook around what fits, predictions, metrics and splits of a cell are given and give."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["FITS", "GivenSite", "weave_givens"]

FITS = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit"})
_ANSWERS = frozenset({"predict", "predict_proba", "predict_log_proba", "decision_function"})
_METHODS = FITS | _ANSWERS | {"transform", "score"}
_METRIC = re.compile(
    r"_(?:scores?|error|loss|deviance|report)$|^(?:roc_)?auc$|^(?:rmse|mse|mae|mape|accuracy|r2|f1)$"
)
_CLUSTERS = re.compile(
    r"rand_score|info_score|silhouette|homogeneity|completeness|v_measure|mallows|bouldin|harabasz|consensus"
)
_MAY_HAVE = re.compile(
    r"fit|predict|decision_function|transform|score|error|loss|report|auc|mse|mae|train_test_split"
)
_OPAQUE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class GivenSite:
    """A place where a value goes by.

    `kind` is ``model`` for what is called, ``rows`` for the table that it is given, ``argument`` for what
    a metric is given; and ``called``, ``measured``, ``crossed`` and ``split`` for what comes out, with the
    sites of what went in. `text` is how the notebook spells it, `supervised` says that answers were given
    as well.
    """

    kind: str
    text: str = ""
    model: int = -1
    rows: int = -1
    supervised: bool = False


def weave_givens(body: Sequence[ast.stmt], hook: str, sites: list[GivenSite]) -> list[ast.stmt]:
    """Return the statements of a cell with their sites woven; those that have none are left as they are."""
    woven = []
    for node in body:
        weaver = _Weaver(hook, sites)
        may_have = not isinstance(node, _OPAQUE) and any(
            _MAY_HAVE.search(inner.attr if isinstance(inner, ast.Attribute) else inner.id)
            for inner in ast.walk(node)
            if isinstance(inner, ast.Attribute | ast.Name)
        )
        woven.append(weaver.visit(copy.deepcopy(node)) if may_have else node)
    return woven


class _Weaver(ast.NodeTransformer):
    def __init__(self, hook: str, sites: list[GivenSite]) -> None:
        self._hook, self._sites, self._bound = hook, sites, ""

    def visit(self, node: ast.AST) -> Any:
        return node if isinstance(node, _OPAQUE) else super().visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        match node.targets:
            case [ast.Tuple(elts=[ast.Name(id=first), ast.Name(id=second), *_])]:
                self._bound = f"{first},{second}"
            case [ast.Name(id=name)]:
                self._bound = name
        self.generic_visit(node)
        self._bound = ""
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        text = ast.unparse(_Bare().visit(copy.deepcopy(node.func)))[:_LONGEST]
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(attr=name, value=receiver) if name in _METHODS:
                own = text.rpartition(".")[0]
                called = self._bound if "(" in own and "," not in self._bound else ""
                node.func.value, model = self._wrap(receiver, GivenSite("model", called or own))
                given = self._wrap_rows(node, 0)
                asked = GivenSite("called", name, model, given, _has_answers(node, 1))
                return self._wrap(node, asked)[0]
            case ast.Attribute(attr=name) | ast.Name(id=name) if name.startswith("cross_val"):
                model = self._wrap_rows(node, 0, "estimator", "model")
                given = self._wrap_rows(node, 1)
                return self._wrap(node, GivenSite("crossed", name, model, given, _has_answers(node, 2)))[0]
            case ast.Attribute(attr=name) | ast.Name(id=name) if name == "train_test_split":
                given = self._wrap_rows(node, 0)
                return self._wrap(node, GivenSite("split", self._bound, rows=given))[0]
            case ast.Attribute(attr=name) | ast.Name(id=name) if _METRIC.search(name):
                if not _CLUSTERS.search(name):
                    return self._wrap_arguments(node, name)
        return node

    def _wrap_rows(self, node: ast.Call, position: int, keyword: str = "X", kind: str = "rows") -> int:
        """Wrap one argument, and return its site; -1 where the call does not show it."""
        if any(isinstance(one, ast.Starred) for one in node.args[: position + 1]):
            return -1
        if len(node.args) > position:
            shown = GivenSite(kind, _spell(node.args[position]))
            node.args[position], site = self._wrap(node.args[position], shown)
            return site
        for one in node.keywords:
            if one.arg == keyword:
                one.value, site = self._wrap(one.value, GivenSite(kind, _spell(one.value)))
                return site
        return -1

    def _wrap_arguments(self, node: ast.Call, name: str) -> ast.expr:
        self._sites.append(GivenSite("measured", name))
        whole = len(self._sites) - 1
        for position, one in enumerate(node.args):
            if not isinstance(one, ast.Constant | ast.Starred):
                node.args[position] = self._wrap(one, GivenSite("argument", model=whole))[0]
        for each in node.keywords:
            if each.arg and not isinstance(each.value, ast.Constant):
                each.value = self._wrap(each.value, GivenSite("argument", model=whole))[0]
        return self._call(node, whole)

    def _wrap(self, node: ast.expr, site: GivenSite) -> tuple[ast.expr, int]:
        self._sites.append(site)
        return self._call(node, len(self._sites) - 1), len(self._sites) - 1

    def _call(self, node: ast.expr, site: int) -> ast.Call:
        where = {name: getattr(node, name) for name in node._attributes}
        hook, number = ast.Name(self._hook, ast.Load(), **where), ast.Constant(site, **where)
        return ast.Call(hook, [number, node], [], **where)


class _Bare(ast.NodeTransformer):
    """Takes the calls of hooks out again, for what is shown to a person."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        own = isinstance(node.func, ast.Name) and node.func.id.startswith("__nbmlops")
        return node.args[1] if own else node


def _has_answers(node: ast.Call, position: int) -> bool:
    if any(isinstance(one, ast.Starred) for one in node.args):
        return False
    given = node.args[position] if len(node.args) > position else None
    given = given or next((k.value for k in node.keywords if k.arg == "y"), None)
    return given is not None and not (isinstance(given, ast.Constant) and given.value is None)


def _spell(node: ast.expr) -> str:
    text = ast.unparse(_Bare().visit(copy.deepcopy(node)))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
