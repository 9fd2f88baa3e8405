"""Planning: what becomes of each statement of the recipe in the functions of rows."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from nbmlops.errors import PackageError
from nbmlops.package.cutting.freezing import thaw_value
from nbmlops.package.cutting.rewriting import Rewriter
from nbmlops.package.cutting.special import SPLITTERS, callee_name
from nbmlops.package.cutting.statements import SourceStatement, mentioned_names
from nbmlops.package.cutting.traces import Fit, Trace, Traced

__all__ = ["Item", "Plan", "choose_items", "plan_function", "plan_items"]

_SETTINGS = ("set_option", "set_config", "seterr", "options")


@dataclass(eq=False)
class Item:
    """A statement as it will stand: `definite` names need nothing from before it.

    `drops` is the name of the rows that it drops some of, with how many of the captured ones.
    """

    source: SourceStatement
    text: str
    reads: frozenset[str]
    writes: frozenset[str]
    definite: frozenset[str]
    of_rows: bool
    definition: bool = False
    always: bool = False
    drops: tuple[str, int] | None = None
    refusal: PackageError | None = None


@dataclass(eq=False)
class Plan:
    """The items of one function in order, and the expression that it returns."""

    items: list[Item]
    result: str


def plan_items(trace: Trace, rewriter: Rewriter, fit: Fit) -> list[Item]:
    """Return what each statement before the fit becomes, in order."""
    counts: dict[str, int] = {}
    items: list[Item] = []
    for done in trace.statements:
        if done.source.index >= fit.statement:
            break
        try:
            items += _plan_statement(trace, rewriter, done)
        except PackageError as error:
            made = done.bound | done.changed
            items.append(Item(done.source, "pass", done.mentions, made, frozenset(), True, refusal=error))
        if items and items[-1].source is done.source:
            items[-1].drops = items[-1].drops or _find_drop(trace, done, counts)
        counts.update(done.counts)
    return items


def plan_function(items: list[Item], result: str, rewriter: Rewriter) -> Plan:
    """Choose the items that an expression needs."""
    plan = choose_items(items, result)
    for item in reversed(plan.items):
        if item.refusal is not None:
            raise item.refusal
    return plan


def choose_items(items: list[Item], result: str) -> Plan:
    """Return the items that an expression needs, whether or not one of them is refused."""
    callables = _find_callables(items)
    needs = _with_callables(mentioned_names(ast.parse(result, mode="eval").body), callables)
    chosen: list[Item] = []
    for item in reversed(items):
        if not item.always and not (item.writes & needs):
            continue
        chosen.append(item)
        needs = (needs - item.definite) | _with_callables(item.reads, callables)
    return Plan(chosen[::-1], result)


def _find_callables(items: list[Item]) -> list[Item]:
    """Return the items that make functions, and what holds them: what they read, they read when called."""
    found: list[Item] = []
    names: set[str] = set()
    for item in items:
        holds = not item.of_rows and (bool(item.reads & names) or _has_lambda(item))
        if not item.source.is_import and (item.definition or holds):
            found.append(item)
            names |= item.writes
    return found


def _has_lambda(item: Item) -> bool:
    return "lambda" in item.text and any(isinstance(n, ast.Lambda) for n in ast.walk(ast.parse(item.text)))


def _with_callables(names: frozenset[str] | set[str], callables: list[Item]) -> set[str]:
    """Add what the functions among these names read, and what the functions in that read."""
    found, waiting = set(names), list(names)
    while waiting:
        name = waiting.pop()
        for item in callables:
            if name in item.writes:
                waiting += item.reads - found
                found |= item.reads
    return found


def _plan_statement(trace: Trace, rewriter: Rewriter, done: Traced) -> list[Item]:
    source, tree = done.source, done.source.tree
    if source.is_import or source.is_definition:
        return [_item(done, rewriter.statement(source), definition=True)]
    if not done.tainted:
        return [_item(done, rewriter.statement(source), always=_is_setting(trace, source))]
    if isinstance(tree, ast.Expr):
        return _plan_call(rewriter, done, trace)
    if isinstance(tree, ast.Assign | ast.AnnAssign) and tree.value is not None:
        frozen = rewriter.root_frozen(tree.value)
        if frozen is not None:
            return [_freeze_root(trace, rewriter, done, tree)]
        parts = rewriter.split_parts(source, tree.value)
        if parts and isinstance(tree, ast.Assign):
            return _plan_split(done, tree, parts) or [_item(done, rewriter.statement(source))]
        # What is fitted on the way is fitted from the beginning on: the statement may ask it for more.
        fitted = [name for name in sorted(done.snapshots) if name in done.changed and _is_fitted(trace, name)]
        items = [_freeze_name(rewriter, done, name, trace) for name in fitted]
        return [*items, _item(done, rewriter.statement(source))]
    items = [_item(done, rewriter.statement(source))]
    for name in sorted(done.snapshots):
        items.append(_freeze_name(rewriter, done, name, trace))
    return items


def _plan_split(done: Traced, tree: ast.Assign, parts: list[str]) -> list[Item]:
    """Return an item for each name of a split: each part stands for every row."""
    target = tree.targets[0]
    names = target.elts if isinstance(target, ast.Tuple | ast.List) else []
    if len(tree.targets) > 1 or len(names) != len(parts):
        return []
    items = []
    for name, part in zip(names, parts, strict=True):
        if not isinstance(name, ast.Name):
            return []
        reads = frozenset(mentioned_names(ast.parse(part)))
        made = frozenset({name.id})
        items.append(Item(done.source, f"{name.id} = {part}", reads, made, made, of_rows=True))
    return items


def _plan_call(rewriter: Rewriter, done: Traced, trace: Trace) -> list[Item]:
    items: list[Item] = []
    if done.aligned:
        items.append(_item(done, rewriter.statement(done.source)))
    return items + [_freeze_name(rewriter, done, name, trace) for name in sorted(done.snapshots)]


def _freeze_root(trace: Trace, rewriter: Rewriter, done: Traced, tree: ast.Assign | ast.AnnAssign) -> Item:
    assert tree.value is not None
    frozen = rewriter.root_frozen(tree.value)
    assert frozen is not None
    source = done.source
    first = tree.targets[0] if isinstance(tree, ast.Assign) else tree.target
    name = first.id if isinstance(first, ast.Name) else "values"
    shown = trace.recipe.text(source, tree.value)
    value = rewriter.constant_text(name, frozen, " ".join(shown.split()))
    if frozen.text is None and _changes_later(trace, done, name) and hasattr(thaw_value(frozen), "copy"):
        value = f"{value}.copy()"
    start, _ = trace.recipe.span(source, tree.value)
    code = trace.recipe.codes[source.piece]
    note = " ".join(shown.split())
    text = f"{code[source.start : start].decode()}{value}  # learned: {note}"
    return _item(done, text)


def _freeze_name(rewriter: Rewriter, done: Traced, name: str, trace: Trace) -> Item:
    shown = trace.recipe.title(done.source)
    text = rewriter.constant_text(name, done.snapshots[name], shown)
    return Item(
        done.source,
        f"{name} = {text}  # learned: {shown}",
        frozenset({rewriter.learned} if rewriter.learned in text else ()),
        frozenset({name}),
        frozenset({name}),
        of_rows=False,
    )


def _item(done: Traced, text: str, definition: bool = False, always: bool = False) -> Item:
    tree = ast.parse(text)
    reads = frozenset().union(*(mentioned_names(statement) for statement in tree.body))
    simple = isinstance(done.source.tree, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom)
    definite = done.bound - reads if simple or definition else frozenset()
    return Item(
        done.source,
        text,
        reads,
        done.bound | done.changed,
        frozenset(definite),
        of_rows=bool(done.aligned),
        definition=definition,
        always=always,
    )


def _is_fitted(trace: Trace, name: str) -> bool:
    value = trace.namespace.get(name)
    return hasattr(value, "get_params") and hasattr(type(value), "fit")


def _changes_later(trace: Trace, done: Traced, name: str) -> bool:
    """Say whether a later statement changes a name in place, so that it must be its own."""
    following = (other for other in trace.statements if other.source.index > done.source.index)
    return any(name in other.changed for other in following)


def _is_setting(trace: Trace, source: SourceStatement) -> bool:
    tree = source.tree
    if not isinstance(tree, ast.Expr | ast.Assign):
        return False
    target = tree.value if isinstance(tree, ast.Expr) else tree.targets[0]
    names = {node.attr for node in ast.walk(target) if isinstance(node, ast.Attribute)}
    return bool(names & set(_SETTINGS))


def _find_drop(trace: Trace, done: Traced, counts: dict[str, int]) -> tuple[str, int] | None:
    """Return the name whose rows a statement dropped some of, unless it only split them."""
    calls = [node for node in ast.walk(done.source.tree) if isinstance(node, ast.Call)]
    if not done.counts or any(callee_name(call) in SPLITTERS for call in calls):
        return None
    if any(
        seen.passes
        for n in ast.walk(done.source.tree)
        if isinstance(n, ast.expr) and (seen := trace.seen.get(trace.of_tree.get(n, -1)))
    ):
        return None
    before = max((counts[name] for name in done.mentions if name in counts), default=0)
    if not before and done.source.index == trace.raw_statement:
        before = len(trace.raw)
    name, after = max(done.counts.items(), key=lambda pair: pair[1])
    return (name, before - after) if after < before else None
