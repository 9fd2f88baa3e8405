"""Literals: numbers, words and flags that reach an estimator, a split, a seed or a threshold."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from nbmlops.core.pipeline import Parameter
from nbmlops.pipeline.parameters import Replacement, make_replacement, read_literal, tell_type, tell_where
from nbmlops.pipeline.parts import OWN_NAMES, Part

__all__ = ["Naming", "find_literals", "import_paths", "name_nothing", "trace_uses"]

Naming = Callable[[str, int], str]
"""What the function at a dotted path calls the argument at a position; nothing where that is not known."""

_LIBRARIES = frozenset({"sklearn", "xgboost", "lightgbm", "catboost", "imblearn"})
_SEEDS = re.compile(
    r"(numpy\.random\.(seed|default_rng|RandomState)|random\.(seed|set_seed)|torch\.manual_seed|.*set_random_seed)"
)
_TECHNICAL = frozenset({"n_jobs", "verbose", "copy", "copy_X", "memory", "as_frame", "return_X_y", "dtype"})
_ALIKE = frozenset({"random_state", "seed", "cv"})
_BOUNDS = {ast.Gt: "above", ast.GtE: "from", ast.Lt: "below", ast.LtE: "up_to"}
_SCOPES = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_METHODS = {
    "sample": ("n", "frac", "random_state"),
    "quantile": ("q",),
    "clip": ("lower", "upper"),
    "rolling": ("window",),
    "nlargest": ("n",),
    "nsmallest": ("n",),
}
"""Arguments of methods of tables, in the order in which they are given where they have no name."""
_POSITIONAL = {"sample": 1}
"""How many of these may be given by position, where that is not all: the rest would be read as another."""
_TABLES = {"cut": ("bins",), "qcut": ("q",)}
_READERS = frozenset({"nrows", "skiprows"})


@dataclass(frozen=True, slots=True)
class _Found:
    """A literal with a short name, a longer one, and the argument that it fills (as ``path:keyword``)."""

    part: Part
    node: ast.expr
    name: str
    longer: str
    fills: str


def name_nothing(path: str, position: int) -> str:
    """Know of no argument by its position."""
    return ""


def find_literals(
    parts: Sequence[Part],
    parameters: Sequence[Parameter],
    places: Sequence[Replacement],
    name_positional: Naming = name_nothing,
) -> tuple[list[Parameter], list[Replacement]]:
    """Make parameters of the literals in the statements of steps.

    `parameters` are those that there are already, and `places` what they replace. Equal seeds become one
    parameter; other names that are taken are told apart by what they are given to.
    """
    spoken = {n for p in parts for n in p.binds | p.reads | p.mentioned}
    if "parameters" in spoken:
        return [], []
    paths = import_paths(parts)
    replaced = {(r.place, r.line, r.column) for r in places}
    found = [
        literal
        for part in parts
        if part.role == "action" and part.statement.outcome == "ok"
        for literal in _find_in(part, part.tree, paths, name_positional)
        if (part.statement.place, literal.node.lineno, literal.node.col_offset) not in replaced
    ]
    made: dict[str, tuple[Parameter, _Found]] = {}
    replacements: list[Replacement] = []
    taken = {p.name for p in parameters} | OWN_NAMES
    for literal in found:
        name = _choose_name(literal, found, taken, made)
        if name not in made:
            value = ast.literal_eval(literal.node)
            where = f"{tell_where(literal.part, literal.node)}: {_tell_use(literal)}"
            made[name] = Parameter(name, tell_type(value), value, where, fills=literal.fills), literal
        replacements.append(make_replacement(literal.part, literal.node, name))
    return [parameter for parameter, _ in made.values()], replacements


def _choose_name(
    literal: _Found, found: Sequence[_Found], taken: set[str], made: dict[str, tuple[Parameter, _Found]]
) -> str:
    value = read_literal(literal.node)
    same = [f for f in found if f.name == literal.name]
    agree = all(repr(read_literal(f.node)) == repr(value) for f in same)
    wanted = literal.name if len(same) == 1 or (agree and literal.name in _ALIKE) else literal.longer
    candidate, number = wanted, 2
    while candidate in taken or (candidate in made and not _is_same(literal, made[candidate][1])):
        candidate, number = f"{wanted}_{number}", number + 1
    return candidate


def _is_same(a: _Found, b: _Found) -> bool:
    """Whether two literals are one: a seed that is given twice, or a statement that was run twice."""
    if repr(read_literal(a.node)) != repr(read_literal(b.node)):
        return False
    place = (a.node.lineno, a.node.col_offset) == (b.node.lineno, b.node.col_offset)
    return a.name in _ALIKE or (a.part.code == b.part.code and place)


def _tell_use(literal: _Found) -> str:
    path, _, argument = literal.fills.partition(":")
    return f"`{argument}` of {path.rpartition('.')[2]}" if path else "a threshold"


def _find_in(
    part: Part, node: ast.AST, paths: dict[str, str], naming: Naming, asks: bool = False
) -> Iterator[_Found]:
    """Find literals in the order of the text, but not in functions: those see no parameters.

    `asks` says that the node is a condition: what it compares a name with decides a way, and no row.
    """
    match node:
        case ast.Call(func=function, args=arguments):
            path = _spell_path(function, paths)
            for argument, value in _list_arguments(node, path, naming):
                if _reaches(function, path, argument) and _is_literal(value):
                    yield _name_argument(part, value, path or _last(function), argument)
            if arguments and _SEEDS.fullmatch(path) and type(read_literal(arguments[0])) is int:
                yield _name_argument(part, arguments[0], path, "seed")
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _BOUNDS:
            name = "" if asks and not _is_column(left) else _name_left(left)
            if name and type(read_literal(right)) in {int, float}:
                name = f"{name}_{_BOUNDS[type(operator)]}"
                yield _Found(part, right, name, name, "")
    conditions = _list_conditions(node)
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _SCOPES):
            yield from _find_in(part, child, paths, naming, asks or child in conditions)


def _list_conditions(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            return [test]
        case ast.comprehension(ifs=tests):
            return tests
    return []


def _is_column(left: ast.expr) -> bool:
    return isinstance(left, ast.Subscript | ast.Attribute)


def _list_arguments(call: ast.Call, path: str, naming: Naming) -> Iterator[tuple[str, ast.expr]]:
    """Give the arguments of a call with their names, those by position as far as they are known."""
    for position, value in enumerate(call.args):
        if isinstance(value, ast.Starred):
            break
        name = naming(path, position) if path else _name_position(_last(call.func), position)
        if not name and path.startswith("pandas.") and position:
            name = dict(enumerate(_TABLES.get(path.rpartition(".")[2], ()), 1)).get(position, "")
        if name:
            yield name, value
    yield from ((given.arg, given.value) for given in call.keywords if given.arg)


def _name_position(method: str, position: int) -> str:
    names = _METHODS.get(method, ())[: _POSITIONAL.get(method)]
    return names[position] if position < len(names) else ""


def _is_literal(node: ast.expr) -> bool:
    return read_literal(node) is not None and not (isinstance(node, ast.Constant) and node.value == "")


def _reaches(function: ast.expr, path: str, argument: str) -> bool:
    """Whether an argument is one that a person may want to change."""
    if argument in _TECHNICAL:
        return False
    if not path and argument in _METHODS.get(_last(function), ()):
        return True
    home, _, last = path.rpartition(".")
    if home == "pandas":
        reads = last.startswith("read_") and argument in _READERS
        return reads or argument in _TABLES.get(last, ())
    inside = home.partition(".")[0] in _LIBRARIES and home not in _LIBRARIES
    return (inside or (home in _LIBRARIES and last[:1].isupper())) and not last.endswith("Display")


def _name_argument(part: Part, node: ast.expr, path: str, argument: str) -> _Found:
    owner = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", path.rpartition(".")[2]).lower()
    return _Found(part, node, argument, f"{owner}_{argument}", f"{path}:{argument}")


def _name_left(node: ast.expr) -> str:
    match node:
        case (
            ast.Subscript(slice=ast.Constant(value=str(text)))
            | ast.Attribute(value=ast.Name(), attr=text)
            | ast.Name(id=text)
            | ast.Call(func=ast.Attribute(attr=text))
            | ast.Subscript(value=ast.Call(func=ast.Attribute(attr=text)))
        ):
            name = re.sub(r"\W+", "_", text).strip("_").lower()
            return name if name.isidentifier() and not keyword.iskeyword(name) else ""
    return ""


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else ""


def trace_uses(
    parts: Sequence[Part], parameters: Sequence[Parameter], name_positional: Naming = name_nothing
) -> list[Parameter]:
    """Say of parameters that were names in the notebook which argument they were given for."""
    paths, fills = import_paths(parts), dict[str, str]()
    calls = [n for p in parts if p.role == "action" for n in ast.walk(p.tree) if isinstance(n, ast.Call)]
    for call in calls:
        path = _spell_path(call.func, paths)
        for argument, value in _list_arguments(call, path, name_positional):
            if isinstance(value, ast.Name) and _reaches(call.func, path, argument):
                fills.setdefault(value.id, f"{path}:{argument}")
    return [replace(p, fills=fills.get(p.name, "")) for p in parameters]


def import_paths(parts: Sequence[Part]) -> dict[str, str]:
    """Return what each imported name stands for, as a dotted path."""
    paths: dict[str, str] = {}
    for part in parts:
        for node in ast.walk(part.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name if alias.asname else alias.name.partition(".")[0]
                    paths[alias.asname or root] = root
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                paths |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    bound = {n for p in parts for n in p.binds if not isinstance(p.tree.body[0], ast.Import | ast.ImportFrom)}
    return {name: path for name, path in paths.items() if name not in bound}


def _spell_path(function: ast.expr, paths: dict[str, str]) -> str:
    """Return the dotted path of what is called; nothing where it is no imported name's."""
    match function:
        case ast.Name(id=name):
            return paths.get(name, "")
        case ast.Attribute(value=value, attr=attribute):
            before = _spell_path(value, paths)
            return f"{before}.{attribute}" if before else ""
    return ""
