"""Mentions: what a statement's text alone says it reads, binds, deletes and calls."""

from __future__ import annotations

import ast
import copy
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nbmlops.capture.drawing import find_drawn
from nbmlops.capture.exposure import find_exposed
from nbmlops.capture.handing import called_name, find_attached, find_decorators, find_handed, find_started
from nbmlops.capture.scene import list_words
from nbmlops.capture.tuning import find_settings
from nbmlops.capture.turns import find_literal, find_turns
from nbmlops.capture.unseeded import find_unseeded
from nbmlops.capture.untaken import find_untaken
from nbmlops.capture.writes import find_written
from nbmlops.core.bodies import find_inherited

__all__ = ["DYNAMIC", "STATE_TAKERS", "Mentions", "acts_now", "find_mentions", "list_nodes"]

_BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
DYNAMIC = frozenset({"eval", "exec", "globals"})
"""Functions of Python through which another function may look up or bind any name at all."""
_DYNAMIC = DYNAMIC | {"locals", "vars", "compile", "run_line_magic", "run_cell_magic"}
_SEEDS = frozenset({"seed", "set_state", "setstate", "manual_seed", "set_seed"})
STATE_TAKERS = frozenset({"getstate", "get_state", "get_rng_state"})
"""Functions that tell the state of a random stream, and move nothing."""
_GENERATORS = frozenset({"default_rng", "RandomState", "Random", "Generator"})
_QUIET_MAGICS = frozenset(
    {
        "matplotlib",
        "load_ext",
        "reload_ext",
        "autoreload",
        "config",
        "time",
        "timeit",
        "pip",
        "nbmlops",
        "env",
        "cd",
    }
)


_FLAT = ast.Assign | ast.AugAssign | ast.Expr | ast.Delete | ast.Import | ast.ImportFrom
"""Statements whose names are all their own, unless an expression in them has names for itself."""
_SCOPES = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_INERT = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True)
class Mentions:
    """What can be read off a statement.

    `late` are names that a function defined here will look up when it is called. `definite` are
    those of `bound` that are bound whenever the statement completes, but those `within` a block that
    can be left early only if their object is another one afterwards; `turns` those that a loop binds,
    with the names that must be bound to a `literal` which is not empty. `dynamic` says that any name
    at all may be meant; `strings` are the string constants; `calls` the names called directly;
    `imported` the roots of imported modules; `patched` what attributes are assigned to
    (``pd.DataFrame``); `states` on what names a random state is asked for; `registers` through what
    names something is told to a registry; `handed` names that something keeps and may call later,
    `attached` those that become a method of what they are assigned to, or that are registered, and
    `started` those in what runs on beside the statements after it;
    `makes_folder` that one is made; `written` what the text writes to, though it may come out the same,
    and `settings` what it sets; `words` the names and attributes in what runs with the statement; `drawn`
    those that it draws on, if they are figures.
    """

    loaded: frozenset[str]
    bound: frozenset[str]
    definite: frozenset[str]
    turns: dict[str, frozenset[str]]
    literal: str | None
    within: frozenset[str]
    deleted: frozenset[str]
    calls: frozenset[str]
    strings: tuple[str, ...]
    has_call: bool
    dynamic: bool
    is_import: bool
    imported: frozenset[str]
    patched: frozenset[str]
    states: frozenset[str]
    registers: frozenset[str]
    handed: frozenset[str]
    attached: frozenset[str]
    started: frozenset[str]
    makes_folder: bool
    is_definition: bool
    is_seed: bool
    makes_generator: bool
    written: dict[str, bool]
    settings: frozenset[str]
    words: frozenset[str]
    drawn: frozenset[str]


def find_mentions(code: str, node: ast.stmt) -> Mentions:
    """Read a statement: `code` is its text, `node` its tree."""
    nodes = list_nodes(node)
    loaded, bound, deleted = _find_names(code, node, nodes)
    acts = acts_now(node)
    loaded |= deleted | set(_find_augmented(node))
    if isinstance(node, _BLOCKS):
        loaded -= bound - deleted - find_exposed(node)
    calls = [n for n in nodes if isinstance(n, ast.Call)]
    named = frozenset(c.func.id for c in calls if isinstance(c.func, ast.Name))
    return Mentions(
        loaded=frozenset(loaded),
        bound=frozenset(bound),
        definite=frozenset(_bind_definitely(node)) & frozenset(bound),
        turns=find_turns(node, _bind_definitely),
        literal=find_literal(node),
        within=frozenset(_bind_within(node)),
        deleted=frozenset(deleted),
        calls=named,
        strings=tuple(_find_strings(nodes)),
        has_call=bool(calls),
        dynamic=any(_is_dynamic(c) for c in calls),
        is_import=isinstance(node, ast.Import | ast.ImportFrom),
        imported=frozenset(_find_imports(nodes)),
        patched=frozenset(_find_patched(nodes)),
        states=frozenset(_find_root(c.func) for c in calls if called_name(c) in STATE_TAKERS),
        registers=frozenset(
            _find_root(c.func) or "?"
            for c in (*calls, *find_decorators(node))
            if called_name(c).startswith("register")
        ),
        handed=frozenset(find_handed(nodes)),
        attached=frozenset(find_attached(node, nodes)),
        started=frozenset(find_started(calls)),
        makes_folder=any(called_name(c) in {"mkdir", "makedirs"} for c in calls),
        is_definition=isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef),
        is_seed=isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _is_seed(node.value),
        written=dict.fromkeys(bound | deleted, False) | dict(find_written(nodes)) if acts else {},
        settings=find_settings(nodes) | find_untaken(nodes) | find_unseeded(nodes) if acts else frozenset(),
        words=frozenset(list_words(node, nodes)),
        drawn=find_drawn(nodes),
        makes_generator=any(called_name(c) in _GENERATORS and not _has_seed(c) for c in calls),
    )


def acts_now(node: ast.stmt) -> bool:
    """Say whether a statement does more than to import or to define something."""
    return not (isinstance(node, _INERT) or _makes_lambda(node))


def list_nodes(root: ast.stmt) -> list[ast.AST]:
    """Return every node of a tree but the contexts of names, breadth first."""
    found: list[ast.AST] = [root]
    for node in found:  # it grows while it is read
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                found += [part for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                found.append(value)
    return found


def _find_names(code: str, node: ast.stmt, nodes: Sequence[ast.AST]) -> tuple[set[str], set[str], set[str]]:
    names = [n for n in nodes if isinstance(n, ast.Name)]
    deleted = {n.id for n in names if isinstance(n.ctx, ast.Del)}
    if isinstance(node, _FLAT) and not any(isinstance(n, _SCOPES) for n in nodes):
        stored = {n.id for n in names if isinstance(n.ctx, ast.Store)} - deleted
        return {n.id for n in names if isinstance(n.ctx, ast.Load)}, stored | _bind_definitely(node), deleted
    try:
        table = symtable.symtable(_part_scopes(code, node, nodes), "<statement>", "exec")
    except SyntaxError:  # a top-level await: fall back to every name in sight
        stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        return {n.id for n in names if isinstance(n.ctx, ast.Load)}, stored | _bind_definitely(node), deleted
    loaded = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    bound = {
        s.get_name()
        for s in table.get_symbols()
        if (s.is_assigned() or s.is_imported()) and s.get_name() not in deleted
    } | _bind_definitely(node)
    if _is_star_import(node):
        bound.discard("*")
    for child in table.get_children():
        loaded |= _read_scope(child, _runs_late(node))
    return loaded | {*find_inherited(nodes)}, bound, deleted


def _part_scopes(code: str, node: ast.stmt, nodes: Sequence[ast.AST]) -> str:
    """Spell comprehensions as generators: from Python 3.12 on the names of these alone are a scope apart."""
    if not any(isinstance(n, ast.ListComp | ast.SetComp | ast.DictComp) for n in nodes):
        return code
    return ast.unparse(_Generators().visit(copy.deepcopy(node)))


class _Generators(ast.NodeTransformer):
    def visit_ListComp(self, node: ast.ListComp | ast.SetComp) -> ast.AST:
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    visit_SetComp = visit_ListComp  # noqa: N815

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        self.generic_visit(node)
        return ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators)


def _find_augmented(node: ast.AST) -> Iterator[str]:
    """Find names that are added to here or in a block, and so read, which no symbol table says."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    for inner in ast.iter_child_nodes(node):
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            yield from _find_augmented(inner)


def _runs_late(node: ast.stmt) -> bool:
    """Whether the functions inside run later, if at all, and not within this statement."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return not node.decorator_list
    return _makes_lambda(node)


def _makes_lambda(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)


def _read_scope(table: symtable.SymbolTable, late: bool) -> set[str]:
    """Return the global names that a nested scope reads while the statement runs."""
    is_function = table.get_type() == "function" and table.get_name() not in _COMPREHENSIONS
    if is_function and late:
        return set()
    found = {s.get_name() for s in table.get_symbols() if s.is_referenced() and s.is_global()}
    for child in table.get_children():
        found |= _read_scope(child, late)
    return found


_COMPREHENSIONS = frozenset({"listcomp", "setcomp", "dictcomp", "genexpr"})


def _bind_definitely(node: ast.stmt) -> set[str]:
    match node:
        case ast.Assign(targets=targets):
            return {name for target in targets for name in _target_names(target)}
        case (
            ast.AnnAssign(target=ast.Name(id=name), value=ast.expr())
            | ast.AugAssign(target=ast.Name(id=name))
        ):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names):
            return {a.asname or a.name.partition(".")[0] for a in names}
        case ast.ImportFrom(names=names):
            return {a.asname or a.name for a in names if a.name != "*"}
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            targets = [i.optional_vars for i in items if i.optional_vars is not None]
            return {n for t in targets for n in _target_names(t)} | {
                n for s in body for n in _bind_definitely(s)
            }
        case ast.If(body=body, orelse=other):
            return _bind_branch(body) & _bind_branch(other)
        case _:
            return set()


def _bind_branch(body: Sequence[ast.stmt]) -> set[str]:
    """Return what one branch binds if it is taken; it may bind nothing where its turn of a loop may end."""
    found: set[str] = set()
    for statement in body:
        if any(isinstance(n, ast.Break | ast.Continue) for n in ast.walk(statement)):
            break
        found |= _bind_definitely(statement)
    return found


def _bind_within(node: ast.stmt) -> set[str]:
    """Return names bound in the body of a ``with`` block: it may have swallowed an error before that."""
    if not isinstance(node, ast.With | ast.AsyncWith):
        return set()
    return {name for statement in node.body for name in _bind_definitely(statement)}


def _target_names(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _target_names(part)
        case ast.Starred(value=value):
            yield from _target_names(value)


def _find_strings(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for inner in nodes:
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and 0 < len(inner.value) < 1024:
            yield inner.value


def _find_imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for inner in nodes:
        if isinstance(inner, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in inner.names)
        elif isinstance(inner, ast.ImportFrom) and inner.module:
            yield inner.module.partition(".")[0]


def _find_patched(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for inner in nodes:
        match inner:
            case ast.Attribute(value=owner, ctx=ast.Store() | ast.Del()):
                yield ast.unparse(owner)
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[owner, *_]):
                yield ast.unparse(owner)


def _find_root(node: ast.expr) -> str:
    """Return the name that a chain of attributes begins with; empty if it begins with none."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_dynamic(call: ast.Call) -> bool:
    name = called_name(call)
    if name in {"run_line_magic", "run_cell_magic"}:
        first = call.args[0] if call.args else None
        return not (isinstance(first, ast.Constant) and first.value in _QUIET_MAGICS)
    return isinstance(call.func, ast.Name) and name in _DYNAMIC


def _is_seed(call: ast.Call) -> bool:
    return called_name(call) in _SEEDS and _has_seed(call)


def _has_seed(call: ast.Call) -> bool:
    given = [*call.args, *(k.value for k in call.keywords)]
    return bool(given) and not (isinstance(given[0], ast.Constant) and given[0].value is None)


def _is_star_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names)
