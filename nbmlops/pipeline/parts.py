"""Parts: what each kept statement of a slice is to the pipeline that is made of it."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NoReturn

from nbmlops.core.bodies import find_inherited
from nbmlops.core.history import Statement
from nbmlops.core.resource import GONE, SET_UP
from nbmlops.core.slice import Slice
from nbmlops.errors import ExportError
from nbmlops.pipeline.secrets import spell_secrets

__all__ = [
    "OWN_NAMES",
    "Part",
    "Role",
    "free_name",
    "late_names",
    "make_parts",
    "shared_names",
    "stored_names",
]

_BUILTINS = frozenset(dir(builtins))
_DYNAMIC = frozenset({"exec", "eval", "globals", "locals", "vars"})
_IMPORTS = (ast.Import, ast.ImportFrom)
_AT_ONCE = frozenset({"listcomp", "setcomp", "dictcomp"})
OWN_NAMES = frozenset(
    {"run", "Parameters", "STEPS", "SHARED", "HERE", "DEFAULTS", "Path", "dataclass", "field"}
)
"""Names at module level that every pipeline.py gives a meaning of its own."""
Role = Literal["import", "definition", "action"]


@dataclass(slots=True)
class Part:
    """A kept statement with what has been found out about its text.

    `reads` and `binds` are names; `rebinds` those of `binds` that are bound whatever happens;
    `mentioned` those that the text holds; `late` those that functions in it look up when called.
    """

    statement: Statement
    tree: ast.Module
    role: Role
    reads: frozenset[str]
    binds: frozenset[str]
    rebinds: frozenset[str]
    mentioned: frozenset[str]
    late: frozenset[str]
    types: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The plain text of the statement."""
        return self.statement.code


def make_parts(slice_: Slice, names_input: Callable[[ast.AST], bool] = lambda tree: False) -> list[Part]:
    """Read the kept statements of a slice and give each its role.

    `names_input` tells whether a text holds the path of an input: then it has to see the parameters,
    and cannot stand outside of the steps.

    Raises
    ------
    ExportError
        If a kept statement needs IPython, or was recorded without its text.
    """
    kept = [s for s in slice_.kept if s.code.strip() or _must_speak(s)]
    statements = [replace(s, code=spell_secrets(s.code)) for s in kept]
    parts = [_read_part(statement) for statement in statements]
    makers: dict[str, set[str]] = {}
    # What a text would bind, had it got so far, is local to its step: no name of the module's then.
    bound = [part.binds | stored_names(part.tree) for part in parts]
    counts = Counter(name for names in bound for name in names)
    for part, names in zip(parts, bound, strict=True):
        for name in names:
            makers.setdefault(name, set()).add(ast.dump(part.tree))
    hoisted: set[str] = set()
    for position, part in enumerate(parts):
        alike = all(len(makers[name]) == 1 for name in part.binds)
        part.role = _find_role(part, counts, hoisted, alike)
        if part.role != "action" and any(_missed(earlier, part.binds) for earlier in parts[:position]):
            part.role = "action"
        if part.role == "definition" and names_input(part.tree):
            part.role = "action"
        if part.role != "action":
            hoisted |= part.binds
    return parts


def _must_speak(statement: Statement) -> bool:
    """Whether a statement without text is needed for what it did: then there is no pipeline."""
    if not any(e.resource.kind in {"name", "file"} for e in statement.effects):
        return False
    made = ", ".join(sorted(f"'{e.resource.key}'" for e in statement.effects)[:3])
    if statement.source.lstrip().startswith("%"):
        seen = any(e.resource.kind == "name" and e.certain for e in statement.effects)
        return seen and _refuse_magic(statement)
    raise ExportError(
        f"Cell {statement.execution} cannot be exported: it made {made}, but its text was not recorded.",
        "Run it again while recording is on, without `%%private`, then export.",
    )


def _refuse_magic(statement: Statement) -> NoReturn:
    first = statement.source.strip().partition("\n")[0]
    raise ExportError(
        f"Cell {statement.execution} cannot be exported: `{first}` has no form outside IPython.",
        "Write that line in plain Python, run the cell again, and export.",
    )


def _refuse_interrupted(statement: Statement) -> NoReturn:
    changed = sorted(f"'{e.resource.key}'" for e in statement.effects)
    shown = ", ".join(changed[:3]) + (" and more" if len(changed) > 3 else "")
    raise ExportError(
        f"Cell {statement.execution} cannot be exported: it was interrupted when it may have changed "
        f"{shown}, and nothing can stop it at the same place again.",
        "Make what it had changed anew, run the cell to its end, and export.",
    )


def _read_part(statement: Statement) -> Part:
    if "get_ipython(" in statement.code:
        _refuse_magic(statement)
    if statement.outcome == "raised" and (statement.error or "").startswith("KeyboardInterrupt"):
        _refuse_interrupted(statement)
    tree = ast.parse(statement.code)
    named = [e for e in statement.effects if e.resource.kind == "name"]
    return Part(
        statement=statement,
        tree=tree,
        role="action",
        reads=frozenset(r.resource.key for r in statement.reads if r.resource.kind == "name"),
        binds=frozenset(e.resource.key for e in named if e.change in {"bound", "changed"}),
        rebinds=frozenset(e.resource.key for e in named if e.definite),
        mentioned=frozenset(_mentioned_names(tree)),
        late=frozenset(late_names(statement.code)),
        types={e.resource.key: e.type for e in named if e.type},
    )


def late_names(code: str) -> set[str]:
    """Return the global names that functions and lambdas in `code` look up."""
    try:
        table = symtable.symtable(code, "<statement>", "exec")
    except SyntaxError:
        return set()
    return {name for child in table.get_children() for name in _late(child)} - _BUILTINS


def _late(table: symtable.SymbolTable, inside: bool = False) -> Iterator[str]:
    """Find the global names of functions; a comprehension of a statement is over when the statement is."""
    inside = inside or (table.get_type() == "function" and table.get_name().strip("<>") not in _AT_ONCE)
    if inside:
        yield from (s.get_name() for s in table.get_symbols() if s.is_global())
    for child in table.get_children():
        yield from _late(child, inside)


def _mentioned_names(tree: ast.Module) -> set[str]:
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return found | {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def _find_role(part: Part, counts: Counter[str], hoisted: set[str], alike: bool) -> Role:
    statement = part.statement
    body = part.tree.body[0]
    imports = isinstance(body, _IMPORTS)
    # What an import draws from a random stream is put right where the stream is used.
    unlike = {"file", "outside", "ambient"} if imports else {"file", "outside", "ambient", "random"}
    reads = [r for r in statement.reads if not (imports and r.module)]
    resources = {e.resource for e in statement.effects} | {r.resource for r in reads}
    # What imports set up for one another stays right as long as they are imported in the same order.
    touched = {r.kind for r in resources if not (imports and r.key.startswith(SET_UP))}
    needs = part.reads - part.binds - hoisted - _BUILTINS
    several = len(part.tree.body) > 1 and not all(isinstance(n, _IMPORTS) for n in part.tree.body)
    if several or touched & unlike or statement.outcome != "ok" or needs or _takes_own_name(part):
        return "action"
    imports_after_all = isinstance(body, ast.Try) and set(part.types.values()) == {"builtins.module"}
    if imports or imports_after_all:
        return "import" if alike else "action"
    defines = isinstance(body, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    once = all(counts[name] == 1 for name in part.binds) and part.binds <= part.rebinds
    return "definition" if defines and once else "action"


def free_name(name: str, parts: Sequence[Part]) -> str:
    """Return a name of the pipeline's own that none of the notebook's is."""
    names = {n for p in parts for n in p.binds | p.reads | p.mentioned | p.late}
    return name if name not in names else f"pipeline_{name}"


def _missed(part: Part, names: Iterable[str]) -> bool:
    """Whether a statement before did what it did because one of the names was not there yet."""
    error = part.statement.error or ""
    if error.startswith("NameError") and any(f"'{name}'" in error for name in names):
        return True
    catches = isinstance(part.tree.body[0], ast.Try | ast.With | ast.AsyncWith)
    return catches and not part.mentioned.isdisjoint(names)


def _takes_own_name(part: Part) -> bool:
    """Whether a statement at module level would take a name that pipeline.py uses itself."""
    first = part.tree.body[0]
    means_the_same = (
        isinstance(first, ast.ImportFrom)
        and first.module in {"dataclasses", "pathlib"}
        and not any(alias.asname for alias in first.names)
    )
    return bool(part.binds & OWN_NAMES) and not means_the_same


def shared_names(parts: Sequence[Part], target: str, late: Sequence[str] = ()) -> frozenset[str]:
    """Return the data names that functions look up late: they have to be global in a pipeline.

    A function that stays at module level finds nothing else. One inside a step closes over what it
    uses, which is another function where it outlives the statement. What is looked up or bound
    without being named (``exec``, ``globals()``, the text of a query) has to be global too, and what
    a class reads under a name that it binds.
    """
    makers: dict[str, list[int]] = {}
    for position, part in enumerate(parts):
        if part.role == "action":
            for name in part.binds:
                makers.setdefault(name, []).append(position)
    late_reads = {r.resource.key for p in parts for r in p.statement.reads if r.late}
    spoken = {name for part in parts for name in part.late}
    gone = {r.resource.key for p in parts for r in p.statement.reads if r.because == GONE}
    # In a function that binds it, a name of Python's own means nothing before it is bound.
    found = (set(late) | (late_reads - spoken) | gone | _BUILTINS) & makers.keys()
    for position, part in enumerate(parts):
        for name in part.late & makers.keys():
            outlives = name in late_reads or target in part.binds
            if part.role == "definition" or outlives or _rebound(makers[name], position):
                found.add(name)
        if part.role == "action":
            unlike = {*_list_resized(part), *find_inherited(ast.walk(part.tree))}
            found |= (_unspoken_names(part) | unlike) & makers.keys()
    return frozenset(found)


def _list_resized(part: Part) -> Iterator[str]:
    """Yield the arrays that are resized in place: numpy refuses while anybody else refers to them."""
    for node in ast.walk(part.tree):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="resize"))):
                yield name


def _unspoken_names(part: Part) -> set[str]:
    bound = {
        e.resource.key for e in part.statement.effects if e.change == "bound" and e.resource.kind == "name"
    }
    read = {r.resource.key for r in part.statement.reads if r.certain and not r.late}
    looked_up = part.reads if part.mentioned & _DYNAMIC else (part.reads & read) - part.mentioned
    return (bound - stored_names(part.tree)) | looked_up


def stored_names(tree: ast.AST) -> set[str]:
    """Return every name that the text binds or deletes, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name.partition(".")[0])
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
    return found


def _rebound(makers: Iterable[int], position: int) -> bool:
    return any(maker > position for maker in makers)
