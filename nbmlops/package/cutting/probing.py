"""Probes: each expression of a statement gets a number and, at run time, shows its value."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass, field

__all__ = ["PROBE", "Loop", "Node", "Prober"]

PROBE = "__nbmlops_probe__"

_UNWRAPPED = (ast.Constant, ast.Starred, ast.Slice, ast.Lambda, ast.Yield, ast.YieldFrom, ast.Await)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Loop:
    """A loop or comprehension around an expression: what it runs over, and the names it gives values to."""

    over: ast.expr
    names: frozenset[str]


@dataclass(eq=False)
class Node:
    """An expression: the probed expressions right below it, and the names that may tell its turns apart.

    `parts` maps the expression's own roles (``receiver``, ``first``, ``second``) to node numbers.
    """

    number: int
    tree: ast.expr
    statement: int
    keys: tuple[str, ...]
    in_function: bool
    children: list[int] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=dict)
    loops: tuple[Loop, ...] = ()
    runs_over: bool = False

    def has_options(self) -> bool:
        """Say whether a call is given more than the values that it works on."""
        call = self.tree
        if not isinstance(call, ast.Call):
            return False
        return bool(call.keywords) or len(call.args) > 1


class Prober:
    """Numbers the expressions of statements and returns copies of them that call the probe."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.of_tree: dict[ast.expr, int] = {}
        self.statement = 0
        self.keys: list[str] = []
        self.loops: list[Loop] = []
        self.depth = 0

    def instrument(self, statement: ast.stmt, index: int) -> ast.Module:
        """Return a module that runs `statement` and shows the value of each expression to the probe."""
        self.statement, self.keys, self.loops, self.depth = index, [], [], 0
        module = ast.Module(body=[self._statement(statement)], type_ignores=[])
        return ast.fix_missing_locations(module)

    def list_below(self, node: Node) -> list[int]:
        """Return the numbers of the expressions that an expression is made of, at any depth."""
        found = list(node.children)
        for child in node.children:
            found += self.list_below(self.nodes[child])
        return found

    def _statement(self, tree: ast.stmt) -> ast.stmt:
        if isinstance(
            tree, ast.ClassDef | ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal | ast.Match
        ):
            return copy.deepcopy(tree)
        new = copy.copy(tree)
        kept, around = len(self.keys), len(self.loops)
        function = isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
            self.keys += [a.arg for a in (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs)]
        self.depth += function
        if isinstance(tree, ast.For | ast.AsyncFor):
            new.iter = self._expression(tree.iter)[0]  # type: ignore[attr-defined]
            self.nodes[self.of_tree[tree.iter]].runs_over = True
            self.keys += _stored(tree.target)
            self.loops.append(Loop(tree.iter, frozenset(_stored(tree))))
        for name, value in ast.iter_fields(tree):
            if function and name != "body":
                continue
            if isinstance(tree, ast.AnnAssign) and name == "annotation":
                continue
            if isinstance(tree, ast.For | ast.AsyncFor) and name == "iter":
                continue
            setattr(new, name, self._field(value))
        self.depth -= function
        del self.keys[kept:], self.loops[around:]
        return new

    def _field(self, value: object) -> object:
        if isinstance(value, list):
            return [self._field(item) for item in value]
        if isinstance(value, ast.stmt):
            return self._statement(value)
        if isinstance(value, ast.expr):
            return self._expression(value)[0]
        if isinstance(value, ast.withitem | ast.ExceptHandler):
            new = copy.copy(value)
            for name, inner in ast.iter_fields(value):
                setattr(new, name, self._field(inner))
            return new
        return value

    def _expression(self, tree: ast.expr, wrap: bool = True) -> tuple[ast.expr, list[int]]:
        """Return the probed copy of an expression and the numbers that stand for it in its parent."""
        node = self._number(tree)
        kept, around = len(self.keys), len(self.loops)
        new, below = self._inner(tree, node)
        del self.keys[kept:], self.loops[around:]
        node.children = below
        context = getattr(tree, "ctx", None)
        if not wrap or isinstance(tree, _UNWRAPPED) or isinstance(context, ast.Store | ast.Del):
            return new, ([] if isinstance(tree, ast.Lambda) else below)
        if isinstance(tree, ast.Tuple) and any(isinstance(item, ast.Slice) for item in tree.elts):
            return new, below
        call = ast.Call(func=ast.Name(PROBE, ast.Load()), args=[ast.Constant(node.number), new], keywords=[])
        return ast.copy_location(call, tree), [node.number]

    def _number(self, tree: ast.expr) -> Node:
        number = len(self.nodes)
        node = Node(number, tree, self.statement, tuple(dict.fromkeys(self.keys)), self.depth > 0)
        node.loops = tuple(self.loops)
        node.runs_over = any(loop.over is tree for loop in self.loops)
        self.nodes.append(node)
        self.of_tree[tree] = number
        return node

    def _inner(self, tree: ast.expr, node: Node) -> tuple[ast.expr, list[int]]:
        if isinstance(tree, ast.Call):
            return self._call(tree, node)
        if isinstance(tree, ast.Lambda):
            return self._lambda(tree)
        if isinstance(tree, _COMPREHENSIONS):
            for generator in tree.generators:
                self.keys += _stored(generator.target)
                self.loops.append(Loop(generator.iter, frozenset(_stored(generator.target))))
        new = copy.copy(tree)
        below: list[int] = []
        for name, value in ast.iter_fields(tree):
            setattr(new, name, self._part(value, below))
        if isinstance(tree, ast.Subscript | ast.Attribute):
            node.parts["receiver"] = self.of_tree[tree.value]
        return new, below

    def _part(self, value: object, below: list[int]) -> object:
        if isinstance(value, list):
            return [self._part(item, below) for item in value]
        if isinstance(value, ast.FormattedValue):
            new_text = copy.copy(value)
            new_text.value, inner = self._expression(value.value)
            below += inner
            return new_text
        if isinstance(value, ast.expr):
            new, inner = self._expression(value)
            below += inner
            return new
        if isinstance(value, ast.comprehension | ast.keyword):
            copied = copy.copy(value)
            for name, part in ast.iter_fields(value):
                setattr(copied, name, self._part(part, below))
            return copied
        return value

    def _lambda(self, tree: ast.Lambda) -> tuple[ast.expr, list[int]]:
        new = copy.copy(tree)
        self.keys += [a.arg for a in (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs)]
        self.depth += 1
        new.body = self._expression(tree.body)[0]
        self.depth -= 1
        return new, []

    def _call(self, tree: ast.Call, node: Node) -> tuple[ast.expr, list[int]]:
        new = copy.copy(tree)
        below: list[int] = []
        if isinstance(tree.func, ast.Attribute):
            function = copy.copy(tree.func)
            function.value, inner = self._expression(tree.func.value)
            below += inner
            node.parts["receiver"] = self.of_tree[tree.func.value]
            new.func = function
        elif not isinstance(tree.func, ast.Name):
            new.func = self._part(tree.func, below)  # type: ignore[assignment]
        new.args = self._part(tree.args, below)  # type: ignore[assignment]
        new.keywords = self._part(tree.keywords, below)  # type: ignore[assignment]
        given = [a for a in tree.args if not isinstance(a, ast.Starred)]
        for role, argument in zip(("first", "second"), given, strict=False):
            node.parts[role] = self.of_tree[argument]
        for keyword in tree.keywords:
            if keyword.arg:
                node.parts[keyword.arg] = self.of_tree[keyword.value]
        return new, below


def _stored(tree: ast.AST) -> list[str]:
    """Return the names that are given values in a target or in the body of a loop."""
    return [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
