"""Rewriting: the user's own text, with what was learned from the whole table put in as constants."""

from __future__ import annotations

import ast
import re
import types
from dataclasses import dataclass
from typing import Any

from nbmlops.package.cutting.freezing import Frozen, freeze_value, show_value, thaw_value
from nbmlops.package.cutting.naming import free_name, name_constant
from nbmlops.package.cutting.options import inline_options
from nbmlops.package.cutting.special import SPLITTERS, Seen, callee_name
from nbmlops.package.cutting.statements import SourceStatement, mentioned_names
from nbmlops.package.cutting.traces import Trace, refuse_statement
from nbmlops.package.cutting.tracing import is_file
from nbmlops.package.cutting.unseen import find_unseen
from nbmlops.package.rowcut import Learned

__all__ = ["Constant", "Rewriter"]

_SILENT = ("print", "display")


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of the module: what it stands for, and its value."""

    learned: Learned
    frozen: Frozen

    def is_used(self, text: str) -> bool:
        """Say whether the text of the functions uses it, and not only a name like its own."""
        name = self.learned.name
        if self.frozen.text is None:
            return f'["{name}"]' in text
        return re.search(rf"\b{name}\b", text) is not None


class Rewriter:
    """Renders statements and expressions of a trace as code for a function of rows."""

    def __init__(self, trace: Trace, taken: set[str]) -> None:
        self.trace = trace
        self.taken = taken
        self.rows = self.take_name("rows")
        self.require_rows = self.take_name("require_rows")
        self.use_categories = self.take_name("use_categories")
        self.use_groups = self.take_name("use_groups")
        self.use_factors = self.take_name("use_factors")
        self.learned = self.take_name("LEARNED")
        self.constants: dict[str, Constant] = {}
        self.literals: list[Constant] = []
        self.by_node: dict[int, str] = {}
        self.source = trace.recipe.statements[0]

    def take_name(self, wanted: str) -> str:
        """Return a name that the recipe does not use, and reserve it."""
        name = free_name(wanted, self.taken)
        self.taken.add(name)
        return name

    def statement(self, source: SourceStatement) -> str:
        """Return a top-level statement rewritten, without the comments above it."""
        self.source = source
        self._require_seen(source.tree)
        code = self.trace.recipe.codes[source.piece]
        edits = self._edits(source.tree, top=True)
        return _splice(code, source.start, source.end, edits) + code[source.end : source.after].decode()

    def expression(self, source: SourceStatement, tree: ast.expr) -> str:
        """Return an expression of a statement rewritten."""
        self.source = source
        self._require_seen(tree)
        return self._render(tree)

    def root_frozen(self, tree: ast.expr) -> Frozen | None:
        """Return the value of an expression that was learned, if it was and had one value."""
        seen = self._seen(tree)
        if seen is None or seen.aligned or seen.opaque or not seen.learned or seen.varies:
            return None
        values = set(seen.turns.values())
        return values.pop() if len(values) == 1 else None

    def reader(self) -> str | None:
        """Return the expression that reads the rows from ``path``, where modules and plain values suffice."""
        node = self.trace.raw_node
        self.source = self.trace.recipe.statements[node.statement]
        start, end = self.trace.recipe.span(self.source, node.tree)
        where = self.trace.recipe.span(self.source, self.trace.path_node.tree)
        code = self.trace.recipe.codes[self.source.piece]
        text = _splice(code, start, end, [(*where, "path")])
        needed = mentioned_names(ast.parse(text, mode="eval").body) - {"path"}
        modules = {name for name in needed if isinstance(self.trace.namespace.get(name), types.ModuleType)}
        if not (start <= where[0] and where[1] <= end):
            return None
        return inline_options(text, needed - modules, modules, self.trace) if needed != modules else text

    def split_parts(self, source: SourceStatement, tree: ast.expr) -> list[str]:
        """Return what each part of a split was made of; nothing where the expression is no split."""
        seen = self._seen(tree)
        self.source = source
        return self._parts(tree) if seen is not None and seen.split else []

    def constant_text(self, name: str, frozen: Frozen, expression: str) -> str:
        """Return an expression for a learned value: its literal, or its place in the file beside."""
        if frozen.text is not None:
            self.literals.append(Constant(Learned(name, expression, show_value(frozen)), frozen))
            return frozen.text
        key = free_name(name, self.constants)
        self.constants[key] = Constant(Learned(key, expression, show_value(frozen)), frozen)
        return f'{self.learned}["{key}"]'

    def _seen(self, tree: ast.expr) -> Seen | None:
        return self.trace.seen.get(self.trace.of_tree.get(tree, -1))

    def _require_seen(self, tree: ast.AST) -> None:
        name = find_unseen(self.trace, tree)
        if name is not None:
            raise self._refuse(
                f"a branch that no row of the training data took reads '{name}': what it would learn there "
                "is not known"
            )

    def _refuse(self, reason: str) -> Exception:
        return refuse_statement(self.trace.recipe, self.source, reason)

    def _edits(self, tree: ast.AST, top: bool = False) -> list[tuple[int, int, str]]:
        """Return the changes to the parts right below a statement or an expression."""
        edits: list[tuple[int, int, str]] = []
        for child in ast.iter_child_nodes(tree):
            if isinstance(child, ast.expr):
                at_root = top and isinstance(tree, ast.Expr)
                edits += self._expression_edits(child, at_root)
            elif isinstance(child, ast.stmt):
                edits += self._nested(child)
            elif isinstance(child, ast.arguments | ast.JoinedStr):
                continue
            else:
                edits += self._edits(child)
        return edits

    def _nested(self, tree: ast.stmt) -> list[tuple[int, int, str]]:
        if isinstance(tree, ast.Expr) and self._is_silent(tree.value):
            start, end = self.trace.recipe.span(self.source, tree)
            return [(start, end, "pass")]
        return self._edits(tree, top=True)

    def _is_silent(self, tree: ast.expr) -> bool:
        seen = self._seen(tree)
        return callee_name(tree) in _SILENT or (seen is not None and seen.drawn)

    def _expression_edits(self, tree: ast.expr, at_root: bool) -> list[tuple[int, int, str]]:
        start, end = self.trace.recipe.span(self.source, tree)
        text = self._render(tree, at_root)
        code = self.trace.recipe.codes[self.source.piece]
        return [] if text == code[start:end].decode() else [(start, end, text)]

    def _render(self, tree: ast.expr, at_root: bool = False) -> str:
        number = self.trace.of_tree.get(tree, -1)
        seen = self.trace.seen.get(number)
        if number == self.trace.raw_node.number:
            return f"{self.rows}.copy()"
        literal = self._parameter(tree)
        if literal is not None:
            return literal
        if seen is not None:
            special = self._special(tree, number, seen, at_root)
            if special is not None:
                return special
        return self._plain(tree)

    def _plain(self, tree: ast.expr) -> str:
        start, end = self.trace.recipe.span(self.source, tree)
        code = self.trace.recipe.codes[self.source.piece]
        edits = [] if isinstance(tree, ast.JoinedStr) else self._edits(tree)
        return _splice(code, start, end, edits)

    def _special(self, tree: ast.expr, number: int, seen: Seen, at_root: bool) -> str | None:
        if seen.too_large and not at_root:
            raise self._refuse("it makes a table that is neither a row for each row nor a statistic of them")
        frozen = seen.learned and not seen.aligned and not seen.opaque and bool(seen.turns)
        if (seen.forced or frozen) and not at_root:
            return self._constant(tree, number, seen)
        if seen.split:
            return self._split(tree)
        if seen.passes:
            return self._passed(tree)
        if seen.dummies is not None:
            return self._dummies(tree, seen)
        if seen.bins is not None:
            return self._bins(tree, seen)
        if seen.tags is not None and not seen.varies:
            shown = self._named("TAGS", seen.tags, f"the columns that '{ast.unparse(tree)}' made")
            return f"{self._plain(tree)}.reindex(columns={shown}, fill_value=0)"
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and seen.encoders:
            return self._encoded(tree.func.value, tree, seen.encoders, seen.varies)
        if isinstance(tree, ast.Call) and (seen.groups or seen.factors or seen.categorical):
            return self._numbered(tree, seen)
        if seen.transforms and isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute):
            given = tree.args[:1] or [k.value for k in tree.keywords if k.arg == "X"]
            return f"{self._render(tree.func.value)}.transform({self._render(given[0])})"
        return None

    def _parameter(self, tree: ast.expr) -> str | None:
        if (
            isinstance(tree, ast.Attribute)
            and isinstance(tree.value, ast.Name)
            and tree.value.id == "parameters"
        ):
            value = getattr(self.trace.namespace["parameters"], tree.attr)
            return repr(tree.attr if is_file(value) else value)
        return None

    def _constant(self, tree: ast.expr, number: int, seen: Seen) -> str:
        if number in self.by_node:
            return self.by_node[number]
        if seen.varies:
            raise self._refuse(f"'{ast.unparse(tree)}' has different values each time that it runs")
        shown = ast.unparse(tree)
        values = set(seen.turns.values())
        if len(values) == 1:
            text = self._named(name_constant(tree), values.pop(), shown)
        else:
            keys, frozen = self._keyed(seen, shown)
            text = f"{self._named(name_constant(tree), frozen, shown)}[{keys}]"
        self.by_node[number] = text
        return text

    def _named(self, wanted: str, frozen: Frozen, shown: str) -> str:
        name = self.take_name(wanted)
        self.constants[name] = Constant(Learned(name, shown, show_value(frozen)), frozen)
        return name if frozen.text is not None else f'{self.learned}["{name}"]'

    def _keyed(self, seen: Seen, shown: str) -> tuple[str, Frozen]:
        """Return the expression that picks a turn's value, and the table to pick from."""
        names = sorted(set.intersection(*({name for name, _ in key} for key in seen.turns)))
        for chosen in [[name] for name in names] + [names]:
            table: dict[Any, Frozen] = {}
            for key, frozen in seen.turns.items():
                given = dict(key)
                picked = tuple(given[name] for name in chosen)
                index = picked[0] if len(picked) == 1 else picked
                if table.setdefault(index, frozen) != frozen:
                    break
            else:
                whole = freeze_value({key: thaw_value(frozen) for key, frozen in table.items()})
                if chosen and whole is not None:
                    return ", ".join(chosen), whole
        raise self._refuse(f"'{shown}' has different values each time that it runs")

    def _split(self, tree: ast.expr) -> str:
        items = self._parts(tree)
        return items[0] if len(items) == 1 else f"[{', '.join(items)}]"

    def _parts(self, tree: ast.expr) -> list[str]:
        assert isinstance(tree, ast.Call)
        each = SPLITTERS[callee_name(tree)]
        return [part for part in map(self._render, tree.args) for _ in range(each)]

    def _passed(self, tree: ast.expr) -> str:
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute):
            return self._render(tree.func.value)
        assert isinstance(tree, ast.Subscript)
        indexer = tree.value
        if not isinstance(indexer, ast.Attribute) or indexer.attr not in ("iloc", "loc"):
            indexer_text = self._render(indexer)
            several = isinstance(tree.slice, ast.Tuple)
            return f"{indexer_text}[:, {self._rest(tree.slice)}]" if several else indexer_text
        whole = self._render(indexer.value)
        if isinstance(tree.slice, ast.Tuple) and len(tree.slice.elts) > 1:
            return f"{whole}.{indexer.attr}[:, {self._rest(tree.slice)}]"
        return whole

    def _rest(self, tree: ast.expr) -> str:
        assert isinstance(tree, ast.Tuple)
        return ", ".join(self._render(item) for item in tree.elts[1:])

    def _bins(self, tree: ast.expr, seen: Seen) -> str:
        assert seen.bins is not None and isinstance(tree, ast.Call)
        if seen.varies:
            raise self._refuse("it makes other bins each time that it runs")
        edges = seen.bins[1]
        name = self._named("BINS", edges, f"the edges of '{ast.unparse(tree)}'")
        module = f"{self._render(tree.func.value)}." if isinstance(tree.func, ast.Attribute) else ""
        values = self._render(tree.args[0]) if tree.args else ""
        parts = [values] if values else []
        parts.append(name if values else f"bins={name}")
        further = [self._render(argument) for argument in tree.args[2:]]
        if callee_name(tree) == "qcut" and further:
            further[0] = f"labels={further[0]}"
        parts += further
        for keyword in tree.keywords:
            if keyword.arg not in ("bins", "q", "duplicates"):
                parts.append(f"{keyword.arg}={self._render(keyword.value)}")
        if callee_name(tree) == "qcut":
            parts.append("include_lowest=True")
        return f"{module}cut({', '.join(parts)})"

    def _numbered(self, tree: ast.Call, seen: Seen) -> str | None:
        """Return a call that gives each row what training gave its group or its value."""
        learned = seen.groups or seen.factors or seen.categorical
        assert learned is not None
        if seen.varies:
            raise self._refuse("it numbers values otherwise each time that it runs")
        shown = ast.unparse(tree)
        name = self._named("GROUPS" if seen.groups else "FACTORS", learned, f"what '{shown}' saw")
        if seen.categorical:
            return f"{self._plain(tree.func)}({self._render(tree.args[0])}, dtype={name})"
        receiver = tree.func.value if isinstance(tree.func, ast.Attribute) else None
        if seen.groups and receiver is not None:
            return f"{self.use_groups}({self._render(receiver)}, {name})"
        given = tree.args[0] if tree.args else receiver
        return None if given is None else f"{self.use_factors}({self._render(given)}, {name})"

    def _encoded(self, frame: ast.expr, tree: ast.expr, encoders: Frozen, varies: bool) -> str:
        """Return a call that encodes each column with what was learned of it."""
        if varies:
            raise self._refuse("it learns other encoders each time that it runs")
        name, column = self._named("ENCODERS", encoders, ast.unparse(tree)), self.take_name("column")
        return f"{self._render(frame)}.apply(lambda {column}: {name}[{column}.name].transform({column}))"

    def _dummies(self, tree: ast.expr, seen: Seen) -> str:
        assert seen.dummies is not None and isinstance(tree, ast.Call)
        if seen.varies:
            raise self._refuse("it makes other columns each time that it runs")
        where, categories, columns = seen.dummies
        whole = self.trace.nodes[where].tree
        start, end = self.trace.recipe.span(self.source, tree)
        inner = self.trace.recipe.span(self.source, whole)
        shown = ast.unparse(tree)
        known = self._named("DUMMY_CATEGORIES", categories, f"the categories that '{shown}' saw")
        made = self._named("DUMMY_COLUMNS", columns, f"the columns that '{shown}' made")
        edits = [edit for edit in self._edits(tree) if not inner[0] <= edit[0] < inner[1]]
        edits.append((*inner, f"{self.use_categories}({self._render(whole)}, {known})"))
        code = self.trace.recipe.codes[self.source.piece]
        return f"{_splice(code, start, end, edits)}.set_axis({made}, axis=1)"


def _splice(code: bytes, start: int, end: int, edits: list[tuple[int, int, str]]) -> str:
    """Return the bytes from `start` to `end` as text, with the edits made."""
    out: list[bytes] = []
    at = start
    for first, last, text in sorted(edits):
        out += [code[at:first], text.encode()]
        at = last
    return b"".join([*out, code[at:end]]).decode()
