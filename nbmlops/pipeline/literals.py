"""Literals: numbers, words, flags and lists that reach an estimator, a split, a seed or a threshold."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nbmlops.core.pipeline import Parameter, Several
from nbmlops.pipeline.calls import Naming, import_paths, is_reached, list_reached, name_nothing, spell_path
from nbmlops.pipeline.flows import Flow, find_flows, list_flows, list_loops
from nbmlops.pipeline.listings import has_comment, read_literal, read_value, tell_type
from nbmlops.pipeline.parameters import Replacement, make_replacement, tell_where
from nbmlops.pipeline.parts import OWN_NAMES, Part, stored_names

__all__ = ["find_literals", "trace_uses"]

_SEEDS = re.compile(
    r"(numpy\.random\.(seed|default_rng|RandomState)|random\.(seed|set_seed)|torch\.manual_seed|.*set_random_seed)"
)
_ALIKE = frozenset({"random_state", "seed", "cv"})
_BOUNDS = {ast.Gt: "above", ast.GtE: "from", ast.Lt: "below", ast.LtE: "up_to"}
_SCOPES = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DATA = re.compile(r"[XxYy](_\w+)?|arrays|sample_weights?|\w*(labels|names|categories|columns|features)")
"""Arguments whose lists say what the data are, and are nobody's choice."""
_TYPES = frozenset({"str", "int", "float", "bool", "tuple", "list"})


@dataclass(frozen=True, slots=True)
class _Found:
    """A literal with a short name, a longer one, the argument that it fills, and that in words."""

    part: Part
    node: ast.expr
    value: str | int | float | bool | Several
    name: str
    longer: str
    fills: str
    use: str
    as_list: bool = False


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
    bound = {n for p in parts for n in p.binds | stored_names(p.tree)}
    spoken = bound | {n for p in parts for n in p.reads | p.mentioned}
    if "parameters" in spoken:
        return [], []
    paths = import_paths(parts)
    flows = find_flows(parts, paths, name_positional)
    replaced = {(r.place, r.line, r.column) for r in places}
    found = [
        literal
        for part in parts
        if part.role == "action" and part.statement.outcome == "ok"
        for literal in _find_all(part, paths, name_positional, flows)
        if (part.statement.place, literal.node.lineno, literal.node.col_offset) not in replaced
        and not (literal.as_list and "list" in bound)
    ]
    made: dict[str, tuple[Parameter, _Found]] = {}
    replacements: list[Replacement] = []
    taken = {p.name for p in parameters} | OWN_NAMES | _TYPES
    for literal in found:
        name = _choose_name(literal, found, taken, made)
        if name not in made:
            where = f"{tell_where(literal.part, literal.node)}: {literal.use}"
            made[name] = (
                Parameter(name, tell_type(literal.value), literal.value, where, fills=literal.fills),
                literal,
            )
        replacements.append(make_replacement(literal.part, literal.node, name, literal.as_list))
    return [parameter for parameter, _ in made.values()], replacements


def _choose_name(
    literal: _Found, found: Sequence[_Found], taken: set[str], made: dict[str, tuple[Parameter, _Found]]
) -> str:
    same = [f for f in found if f.name == literal.name]
    agree = all(repr(f.value) == repr(literal.value) for f in same)
    wanted = literal.name if len(same) == 1 or (agree and literal.name in _ALIKE) else literal.longer
    candidate, number = wanted, 2
    while candidate in taken or (candidate in made and not _is_same(literal, made[candidate][1])):
        candidate, number = f"{wanted}_{number}", number + 1
    return candidate


def _is_same(a: _Found, b: _Found) -> bool:
    """Whether two literals are one: a seed that is given twice, or a statement that was run twice."""
    if repr(a.value) != repr(b.value):
        return False
    place = (a.node.lineno, a.node.col_offset) == (b.node.lineno, b.node.col_offset)
    return a.name in _ALIKE or (a.part.code == b.part.code and place)


def _find_all(
    part: Part,
    paths: dict[str, str],
    naming: Naming,
    flows: Mapping[tuple[int, int], Sequence[Flow]],
) -> Iterator[_Found]:
    """Find the literals of a statement: those that it gives itself, and those that it only names."""
    named = flows.get(part.statement.place, ())
    yield from (literal for flow in named for literal in _take_flow(part, flow))
    yield from _find_in(part, part.tree, paths, naming)


def _find_in(
    part: Part, node: ast.AST, paths: dict[str, str], naming: Naming, asks: bool = False
) -> Iterator[_Found]:
    """Find literals in the order of the text, but not in functions: those see no parameters.

    `asks` says that the node is a condition: what it compares a name with decides a way, and no row.
    """
    match node:
        case ast.Call(func=function, args=arguments):
            given = (flow for argument in list_reached(node, paths, naming) for flow in list_flows(argument))
            yield from (literal for flow in given for literal in _take_flow(part, flow))
            path = spell_path(function, paths)
            if arguments and _SEEDS.fullmatch(path) and type(read_literal(arguments[0])) is int:
                yield from _take_flow(part, Flow(path, "seed", "", arguments[0]))
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _BOUNDS:
            name = "" if asks and not _is_column(left) else _name_left(left)
            value = read_literal(right)
            if name and value is not None and type(value) in {int, float}:
                name = f"{name}_{_BOUNDS[type(operator)]}"
                yield _Found(part, right, value, name, name, "", "a threshold")
        case ast.For() | ast.ListComp():
            yield from (f for flow in list_loops(node, paths, naming) for f in _take_flow(part, flow))
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


def _take_flow(part: Part, flow: Flow) -> Iterator[_Found]:
    """Give the literal that reaches an argument, with what it may be called; nothing where it is none."""
    value, node = read_value(flow.value), flow.value
    if value is None or value == "" or has_comment(part.code, node):
        return
    several = isinstance(value, tuple)
    if several and _DATA.fullmatch(flow.argument or flow.key):
        return
    argument = re.sub(r"__+", "_", given := flow.argument or flow.key)
    owner = flow.path.rpartition(".")[2]
    before = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", owner).lower()
    as_list = isinstance(node, ast.List) and not flow.in_turn
    if flow.argument and flow.key:
        key = re.sub(r"\W+|__+", "_", flow.key).strip("_")
        longer = f"{argument}_{key}"
        name = flow.name or (key if _is_name(key) else longer)
        use = f"`{flow.key}` in `{given}` of {owner}"
        yield _Found(part, node, value, name, longer, "", use, as_list)
    elif flow.argument or (argument and is_reached(flow.path, owner, given)):
        name = flow.name if several and flow.name else argument
        use = f"`{given}` of {owner}"
        yield _Found(part, node, value, name, f"{before}_{argument}", f"{flow.path}:{given}", use, as_list)


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


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
            return name if _is_name(name) else ""
    return ""


def trace_uses(
    parts: Sequence[Part], parameters: Sequence[Parameter], name_positional: Naming = name_nothing
) -> list[Parameter]:
    """Say of parameters that were names in the notebook which argument they were given for."""
    paths, fills = import_paths(parts), dict[str, str]()
    calls = [n for p in parts if p.role == "action" for n in ast.walk(p.tree) if isinstance(n, ast.Call)]
    for given in (given for call in calls for given in list_reached(call, paths, name_positional)):
        if isinstance(given.value, ast.Name) and given.name:
            fills.setdefault(given.value.id, f"{given.path}:{given.name}")
    return [replace(p, fills=fills.get(p.name, "")) for p in parameters]
