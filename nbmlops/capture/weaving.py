"""Weaving: calls of hooks between the statements of a cell, and around its fits and scores."""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nbmlops.capture.magics import read_call
from nbmlops.core.flows import FITS, follow_names, list_fitted, list_names, trace_flows

__all__ = ["MEASURES", "Hooks", "Site", "Weaver", "install_hooks", "remove_hooks", "weave_hook"]

Hooks = Mapping[str, Callable[..., Any]]

_SCORES = re.compile(
    r"(?:^|_)(?:scores?|accuracy|precision|recall|error|loss|deviance|auc|report|rmse|mse|mae|mape|evaluate|"
    r"kappa|index|information|perplexity)(?:_|$)|^cross_val|^(?:f1|r2|fbeta)_"
)
_MAY_HAVE = re.compile(
    r"\.\s*(?:partial_)?fit\w*\s*\(|score|accuracy|precision|recall|error|loss|deviance|auc|report|rmse|mse|mae|"
    r"mape|evaluate|kappa|index|information|perplexity|cross_val|\bf1_|\br2_|fbeta_|print|display|"
    r"result|metric|[\"'](?:f1|r2)"
)
MEASURES = re.compile(
    r"loss|accuracy|score|rmse|error|metric|perplex|best_value|rsquared|inertia|likelihood|"
    r"(?<![^\W\d_])(?:acc|auc|err|mse|mae|mape|r2|f1|prec|recall|iou|dice|kappa|mcc|brier|bleu|aic|bic|llf|"
    r"hist|report|result|eval|cv)|(?:acc|auc|err|mse|mae|mape|r2|f1)(?![^\W\d_])",
    re.IGNORECASE,
)
"""What numbers are called that say how good a model is."""

_SHOWN = frozenset({"print", "display"})
_WORDS = re.compile(r"[^\W_][\w @%().-]*?(?=\s*[:=]*\s*$)")
_OPAQUE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPUTES = (ast.Call, ast.BinOp, ast.Subscript, ast.Attribute)
_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def install_hooks(hooks: Hooks) -> None:
    """Put hooks among the builtins."""
    for name, hook in hooks.items():
        setattr(builtins, name, hook)


def remove_hooks(hooks: Hooks) -> None:
    """Take hooks out of the builtins, where they are still the same."""
    for name, hook in hooks.items():
        if getattr(builtins, name, None) == hook:
            delattr(builtins, name)


def weave_hook(body: list[ast.stmt], hook_name: str) -> list[ast.stmt]:
    """Put a call of a hook before every statement but the first, after imports from ``__future__``."""
    woven: list[ast.stmt] = []
    for index, node in enumerate(body):
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if index and not is_future:
            where = {name: getattr(node, name) for name in node._attributes}
            hook, number = ast.Name(hook_name, ast.Load(), **where), ast.Constant(index, **where)
            woven.append(ast.Expr(ast.Call(hook, [number], [], **where), **where))
        woven.append(node)
    return woven


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a cell where a value is noted: what is called there, and the sites within.

    `kind` is ``fits`` for what is fitted, ``tries`` for what is tried on parts of the data, ``fitted`` for
    what a fit gives, and ``number`` for what may be a measure: it is one if it `scores`.
    `names` are those that the value rests on, also through what the statement binds on the way, `roots` those
    of them by which the statement reaches what it fits itself, `turns` the names of loops that the data of a
    fit, or a number, rests on.
    """

    kind: str
    label: str = ""
    function: str | None = None
    names: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    within: tuple[int, ...] = ()
    scores: bool = False
    turns: tuple[str, ...] = ()


class Weaver:
    """Copies the way to each site of a statement, and leaves the rest as it is.

    `trains` says of a name whether it is that of a function of the person's own that fits something.
    """

    def __init__(self, hook: str, sites: list[Site], trains: Callable[[str], bool]) -> None:
        self._hook, self._sites, self._trains = hook, sites, trains
        self._flows: Mapping[str, frozenset[str]] = {}
        self._fitted: frozenset[str] = frozenset()
        self._turns: tuple[str, ...] = ()

    def weave_statement(self, node: ast.stmt, text: str) -> ast.stmt:
        """Return a statement with its sites woven: itself where its text says that there are none."""
        self._flows, self._fitted = {}, frozenset()
        self._turns = ()
        if _MAY_HAVE.search(text) or (
            isinstance(node, ast.For) and any(map(self._hides_fit, ast.walk(node)))
        ):
            self._flows, self._fitted = trace_flows(node), list_fitted(node)
            woven: Any = self._descend(node, in_loop=False, bound="")
            return woven  # type: ignore[no-any-return]
        if isinstance(node, ast.Expr):
            shown = self._note_shown(node.value, "")
            return node if shown is node.value else _copy_with(node, value=shown)
        return node

    def _descend(self, node: ast.AST, in_loop: bool, bound: str) -> ast.AST:
        if isinstance(node, _OPAQUE):
            return node
        in_loop = in_loop or isinstance(node, _LOOPS)
        match node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(key)))]) if MEASURES.search(
                key
            ):
                bound = key
            case (
                ast.Assign(targets=[ast.Name(id=name)])
                | ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))])
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                bound = name
        first, turns = len(self._sites), self._turns
        if isinstance(node, ast.For | ast.AsyncFor):
            self._turns = (*turns, *list_names(node.target))
        changed = {}
        for key, part in ast.iter_fields(node):
            if key in ("decorator_list", "targets", "target", "returns", "annotation"):
                continue
            new = self._descend_field(node, part, in_loop, bound)
            if new is not part:
                changed[key] = new
        self._turns = turns
        if changed:
            node = copy.copy(node)
            for key, new in changed.items():
                setattr(node, key, new)
        return self._weave_node(node, first, in_loop, bound)

    def _descend_field(self, node: ast.AST, part: Any, in_loop: bool, bound: str) -> Any:
        if isinstance(part, ast.AST):
            new = self._descend(part, in_loop, bound)
            if isinstance(node, ast.Expr) and isinstance(new, ast.expr) and not in_loop:
                return self._note_shown(new, "")
            return new
        if not isinstance(part, list):
            return part
        labels = [bound] * len(part)
        if in_loop and isinstance(node, ast.Dict) and part is node.values:
            labels = [_read_key(key) or bound for key in node.keys]
        found = [
            self._descend(one, in_loop, label) if isinstance(one, ast.AST) else one
            for one, label in zip(part, labels, strict=True)
        ]
        if part is getattr(node, "args", None) and _shows(node):
            texts = ["", *(_read_text(one) for one in found)]
            found = [self._note_argument(one, texts[i]) for i, one in enumerate(found)]
        same = all(new is old for new, old in zip(found, part, strict=True))
        return part if same else found

    def _weave_node(self, node: ast.AST, first: int, in_loop: bool, bound: str) -> ast.AST:
        match node:
            case ast.Call(func=ast.Attribute(attr=name, value=receiver)) if name in FITS:
                own = receiver.id if isinstance(receiver, ast.Name) else ""
                within = self._add(Site("fits", bound or own, name, turns=self._list_turns(node)))
                fitting = copy.copy(node)
                fitting.func = _copy_with(node.func, value=self._wrap(receiver, within))
                return self._wrap(fitting, self._add(Site("fitted", within=(within,))))
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if _SCORES.search(name) or (
                self._turns and self._hides_fit(node)
            ):
                if name.startswith("cross_val"):
                    node = self._note_tried(node)
                inside = tuple(range(first, len(self._sites)))
                return self._wrap(node, self._add_number(bound or name, name, node, inside, scores=True))
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))], value=value)
            ) if in_loop and self._fitted and isinstance(value, _COMPUTES) and MEASURES.search(name):
                return self._note_bound(node, name, value, first)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Constant())]) if (
                not in_loop and isinstance(node.value, _COMPUTES) and MEASURES.search(f"{name} {bound}")
            ):
                return self._note_item(node, bound, first)
        return node

    def _hides_fit(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and self._trains(node.func.id)

    def _list_turns(self, node: ast.Call) -> tuple[str, ...]:
        """Return the names of loops that the data of a fit rests on: of the model itself, it says so."""
        parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        names = follow_names([name for part in parts for name in list_names(part)], self._flows)
        return tuple(name for name in self._turns if name in names)

    def _note_bound(self, node: ast.Assign, name: str, value: ast.expr, first: int) -> ast.Assign:
        """Note what each turn of a loop computes by hand of what it fits."""
        if not self._list_rests(value)[1] or _read_site(value, self._hook) is not None:
            return node
        site = self._add_number(name, None, value, tuple(range(first, len(self._sites))), scores=True)
        return _copy_with(node, value=self._wrap(value, site))  # type: ignore[no-any-return]

    def _note_item(self, node: ast.Assign, label: str, first: int) -> ast.Assign:
        """Note what a mapping of measures is given, which no function that is known gave."""
        if _read_site(node.value, self._hook) is not None:
            return node
        within = tuple(range(first, len(self._sites)))
        site = self._add_number(label, None, node.value, within, scores=False)
        return _copy_with(node, value=self._wrap(node.value, site))  # type: ignore[no-any-return]

    def _list_rests(self, node: ast.AST) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names that an expression rests on, and by which of them it rests on a fit."""
        names = follow_names(list_names(node), self._flows)
        return names, tuple(name for name in names if name in self._fitted)

    def _note_argument(self, node: Any, label: str) -> Any:
        if isinstance(node, ast.JoinedStr):
            return self._note_text(node)
        return self._note_shown(node, label) if isinstance(node, ast.expr) else node

    def _note_text(self, node: ast.JoinedStr) -> Any:
        label, parts = "", []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                noted = self._note_shown(part.value, label)
                parts.append(part if noted is part.value else _copy_with(part, value=noted))
                label = ""
            else:
                label = _read_text(part)
                parts.append(part)
        return _copy_with(node, values=parts)

    def _note_tried(self, node: ast.Call) -> ast.Call:
        """Note the model that is tried on parts of the data."""
        site = Site("tries", turns=self._list_turns(_copy_with(node, args=node.args[1:])))
        if node.args and not isinstance(node.args[0], ast.Starred):
            tried = self._wrap(node.args[0], self._add(site))
            return _copy_with(node, args=[tried, *node.args[1:]])  # type: ignore[no-any-return]
        keywords = [
            _copy_with(k, value=self._wrap(k.value, self._add(site))) if k.arg == "estimator" else k
            for k in node.keywords
        ]
        return _copy_with(node, keywords=keywords)  # type: ignore[no-any-return]

    def _note_shown(self, node: ast.expr, label: str) -> ast.expr:
        """Note a value that is shown, unless it has a name: then it is seen where that is bound."""
        if not isinstance(node, _COMPUTES) or read_call(ast.Expr(node)):
            return node
        inside = _list_sites(node, self._hook) if self._sites else ()
        scores = [self._sites[i] for i in inside if self._sites[i].kind == "number"]
        if scores and inside[0] == _read_site(node, self._hook):  # it is the score itself
            own = self._sites[inside[0]]
            self._sites[inside[0]] = replace(own, label=label or own.label)
            return node
        name = label or _spell_short(node, self._hook)
        return self._wrap(node, self._add_number(name, None, node, inside, scores=bool(scores)))

    def _add_number(
        self, label: str, function: str | None, node: ast.AST, within: tuple[int, ...], *, scores: bool
    ) -> int:
        names, roots = self._list_rests(node)
        turns = tuple(name for name in self._turns if name in names)
        return self._add(Site("number", label, function, names, roots, within, scores, turns))

    def _add(self, site: Site) -> int:
        self._sites.append(site)
        return len(self._sites) - 1

    def _wrap(self, node: ast.expr, site: int) -> ast.expr:
        where = {name: getattr(node, name) for name in node._attributes}
        hook, number = ast.Name(self._hook, ast.Load(), **where), ast.Constant(site, **where)
        return ast.Call(hook, [number, node], [], **where)


def _read_key(key: ast.expr | None) -> str:
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def _copy_with(node: Any, /, **parts: Any) -> Any:
    new = copy.copy(node)
    for name, part in parts.items():
        setattr(new, name, part)
    return new


def _list_sites(node: ast.AST, hook: str) -> tuple[int, ...]:
    """Return the sites that were woven within a tree."""
    return tuple(
        inner.args[0].value  # type: ignore[attr-defined]
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == hook
    )


def _shows(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SHOWN


def _read_site(node: ast.expr, hook: str) -> int | None:
    """Return the site that a woven expression is."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=int(site)), _]) if name == hook:
            return site
    return None


def _spell_short(node: ast.expr, hook: str) -> str:
    """Return an expression without its arguments: what a number is called that has no name."""

    def spell(part: ast.expr) -> str:
        match part:
            case ast.Call(func=ast.Name(id=name), args=[_, inner]) if name == hook:
                return spell(inner)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args):
                inner_names = [spell(one) for one in args if _list_sites(one, hook)]
                return f"{name}({', '.join(inner_names)})" if inner_names else name
            case ast.BinOp(left=left, right=right):
                return f"{spell(left)} {_SIGNS.get(type(part.op), '?')} {spell(right)}"
            case ast.Attribute(attr=name) | ast.Name(id=name):
                return name
            case ast.Constant(value=value):
                return str(value)
            case ast.Subscript(value=value):
                return spell(value)
        return type(part).__name__.lower()

    return spell(node)[:80]


def _read_text(node: Any) -> str:
    """Return the last words of a text, as they stand before a number."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return ""
    found = _WORDS.search(node.value.rpartition("\n")[2].rpartition(",")[2])
    return found[0].strip() if found else ""
