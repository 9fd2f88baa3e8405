"""Writes: what the text of code writes to, and which calls in it may write to more."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nbmlops.capture.protocols import find_protocols
from nbmlops.capture.roots import Roots, deepen, find_chain, find_elements, find_roots, join_roots

__all__ = ["ANY", "Argument", "Passing", "Text", "find_written", "list_parameters", "read_text"]

_CHANGING = frozenset(
    {"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update", "setdefault", "add"}
    | {"discard", "popitem", "appendleft", "popleft", "set_params", "partial_fit", "fill", "resize", "put"}
    | {"difference_update", "intersection_update", "symmetric_difference_update", "setflags", "shuffle"}
    | {
        "fit",
        "fit_transform",
        "fit_predict",
        "extendleft",
        "rotate",
        "move_to_end",
        "itemset",
        "load_state_dict",
        "__setitem__",
        "__setattr__",
    }
)
_DRAWING = frozenset(
    {
        "normal",
        "uniform",
        "integers",
        "choice",
        "choices",
        "permutation",
        "permuted",
        "standard_normal",
        "seed",
    }
    | {"random", "rand", "randn", "randint", "random_sample", "poisson", "binomial", "exponential", "gauss"}
    | {"multivariate_normal", "multinomial", "randrange", "getrandbits", "bytes", "lognormal", "laplace"}
)
"""Methods by which a generator of random numbers is moved on."""
_FIRST = frozenset(
    {"shuffle", "copyto", "put", "putmask", "place", "put_along_axis", "fill_diagonal", "setattr", "delattr"}
    | {"heappush", "heappop", "heapify", "heappushpop", "heapreplace", "insort", "insort_left", "next"}
    | {"insort_right", "setitem", "delitem"}
)
"""Functions that write to their first argument."""
_UNLESS_COPIED = frozenset(
    {"nan_to_num", "scale", "normalize", "robust_scale", "minmax_scale", "maxabs_scale", "binarize"}
)
ANY = "*"
"""Stands for an attribute whose name is only known as the code runs."""
_INDEXERS = frozenset({"loc", "iloc", "at", "iat", "flat"})


@dataclass(frozen=True, slots=True)
class Argument:
    """What is given in a call: the names that it is or is part of, and its own dotted name, if it has one.

    `name` is the keyword, ``*`` or ``**`` where several are given at once, and empty by position.
    """

    name: str
    chain: tuple[str, ...]
    roots: Roots


@dataclass(frozen=True, slots=True)
class Passing:
    """A call: the dotted name of what is called, the names behind its receiver, and what is given.

    A receiver that has no dotted name is an empty text at the head of `callee`. `within` are the other
    dotted names that stand in it. An attribute that is only `looked` up may be a property, and run.
    """

    callee: tuple[str, ...]
    receiver: Roots
    given: tuple[Argument, ...]
    within: tuple[tuple[str, ...], ...] = ()
    looked: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """What a text writes to by itself, and its calls; each name says whether deep in what it holds.

    `names` are all that it looks up, and `protocols` the methods that its syntax may call on them.
    """

    written: Mapping[str, bool]
    passings: tuple[Passing, ...]
    names: frozenset[str] = frozenset()
    protocols: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Reading:
    """Names that stand for others, and the parameters of the functions within a text."""

    first: str = ""
    through: dict[str, dict[str, int]] = field(default_factory=dict)
    inner: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    def add(self, target: ast.expr, roots: Roots) -> None:
        """Note that a target, or each part of it, stands for something."""
        if isinstance(target, ast.Name):
            join_roots(self.through.setdefault(target.id, {}), roots)
        elif isinstance(target, ast.Tuple | ast.List | ast.Starred):
            parts = [target.value] if isinstance(target, ast.Starred) else target.elts
            for part in parts:
                self.add(part, deepen(roots))

    def expand(self, roots: Roots) -> dict[str, int]:
        """Follow names to what they stand for, and leave out those that are hidden."""
        found: dict[str, int] = {}
        waiting = list(roots.items())
        while waiting:
            name, depth = waiting.pop()
            if name in found and found[name] >= depth:
                continue
            found[name] = depth
            waiting += [(n, _nest(d, depth)) for n, d in self.through.get(name, {}).items()]
        return {n: d for n, d in found.items() if n and n not in self.hidden}


def _nest(inner: int, outer: int) -> int:
    """Return how deep something lies that lies `outer` deep in what lies `inner` deep."""
    if outer < 0:
        return -1
    return max(inner, outer) if inner >= 0 else (1 if outer > 0 else -1)


def find_written(nodes: Sequence[ast.AST]) -> Mapping[str, bool]:
    """Return what a statement, given as its nodes, writes to by itself; most write to nothing but names."""
    likely = (node for node in nodes if type(node) in _WRITING)
    return read_text(nodes).written if any(True for node in likely for _ in _list_targets(node)) else {}


_WRITING = frozenset({ast.Subscript, ast.Attribute, ast.AugAssign, ast.Call})


def read_text(
    nodes: Sequence[ast.AST],
    first: str = "",
    hidden: Iterable[str] = (),
    rebound: Mapping[str, int] | None = None,
) -> Text:
    """Read what a tree, given as its nodes, writes to.

    Of a function's body are given its `first` parameter, the names `hidden` from those outside of it,
    and the parameters `rebound` whatever happens, with the line: later writes are to something else.
    """
    reading = _Reading(first, hidden=frozenset(hidden))
    for node in nodes:
        _note_aliases(node, reading, rebound is not None)
    calls = [n for n in nodes if isinstance(n, ast.Call)]
    passings = [_read_call(call, reading) for call in calls]
    for call, passing in zip(calls, passings, strict=True):
        _note_inner(call, passing, reading)
    written: dict[str, bool] = {}
    for node in nodes:
        for target in _list_targets(node):
            roots = find_roots(target, first, loose=True)
            line = getattr(target, "lineno", 0)
            for name, depth in reading.expand(_lose_rebound(roots, rebound or {}, line, reading)).items():
                if depth >= 0:
                    written[name] = written.get(name, False) or depth > 0
    passings += _list_lookups(nodes, reading)
    names = frozenset(n.id for n in nodes if isinstance(n, ast.Name))
    return Text(written, tuple(_expand_passing(p, reading) for p in passings), names, find_protocols(nodes))


def _list_lookups(nodes: Sequence[ast.AST], reading: _Reading) -> list[Passing]:
    """Return the attributes that are looked up, but for those that are called."""
    called = {id(n.func) for n in nodes if isinstance(n, ast.Call)}
    found = []
    for node in nodes:
        if isinstance(node, ast.Attribute) and id(node) not in called:
            chain = find_chain(node) or ("", node.attr)
            found.append(Passing(chain, find_roots(node.value, reading.first, loose=True), (), looked=True))
    return found


def _lose_rebound(roots: Roots, rebound: Mapping[str, int], line: int, reading: _Reading) -> dict[str, int]:
    kept: dict[str, int] = {}
    for name, depth in roots.items():
        if line > rebound.get(name, line):
            stands = reading.through.get(name, {})
            join_roots(kept, {n: _nest(d, depth) for n, d in stands.items()})
        else:
            join_roots(kept, {name: depth})
    return kept


def _note_aliases(node: ast.AST, reading: _Reading, within: bool) -> None:
    """Note the names that loops bind, and `within` a function those that assignments do."""
    match node:
        case ast.For(target=target, iter=met) | ast.AsyncFor(target=target, iter=met):
            reading.add(target, find_elements(met, reading.first))
        case ast.comprehension(target=target, iter=met):
            reading.add(target, find_elements(met, reading.first))
        case ast.Assign(targets=targets, value=value) if within:
            for target in targets:
                reading.add(target, find_roots(value, reading.first))
        case ast.AnnAssign(target=target, value=ast.expr() as value) if within:
            reading.add(target, find_roots(value, reading.first))
        case ast.NamedExpr(target=target, value=value) if within:
            reading.add(target, find_roots(value, reading.first))
        case ast.With(items=items) | ast.AsyncWith(items=items) if within:
            for item in items:
                if item.optional_vars is not None:
                    reading.add(item.optional_vars, find_roots(item.context_expr, reading.first))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        reading.inner[node.name] = list_parameters(node.args)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        reading.inner |= dict.fromkeys(names, list_parameters(node.value.args))


def list_parameters(arguments: ast.arguments) -> tuple[str, ...]:
    """Return the names of a function's parameters, the surplus ones last."""
    named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return tuple(a.arg for a in (*named, *(a for a in (arguments.vararg, arguments.kwarg) if a)))


def _read_call(call: ast.Call, reading: _Reading) -> Passing:
    func, first = call.func, reading.first
    receiver = find_roots(func.value, first, loose=True) if isinstance(func, ast.Attribute) else {}
    given = []
    for node in call.args:
        value = node.value if isinstance(node, ast.Starred) else node
        name = "*" if isinstance(node, ast.Starred) else ""
        roots = find_roots(value, first)
        given.append(Argument(name, find_chain(value), deepen(roots) if name else roots))
    for keyword in call.keywords:
        roots = find_roots(keyword.value, first)
        name = keyword.arg or "**"
        given.append(Argument(name, find_chain(keyword.value), roots if keyword.arg else deepen(roots)))
    match func:
        case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id=owner), *_]):
            return Passing((owner, ANY), {owner: 0}, tuple(given))
    callee = find_chain(func) or (("", func.attr) if isinstance(func, ast.Attribute) else ("",))
    return Passing(callee, receiver, tuple(given), tuple(_list_within(call)))


def _list_within(call: ast.Call) -> Iterator[tuple[str, ...]]:
    """Yield the dotted names that are handed on within a call, and not called or given by themselves."""
    given = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    given += [*call.args, *(k.value for k in call.keywords)]
    waiting = [node for node in given if not find_chain(node)]
    while waiting:
        node = waiting.pop()
        chain = find_chain(node)
        if chain:
            yield chain
        elif isinstance(node, ast.Call):
            waiting += [*node.args, *(k.value for k in node.keywords)]
            waiting += [node.func.value] if isinstance(node.func, ast.Attribute) else []
        elif not isinstance(node, ast.Lambda):
            waiting += [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]


def _note_inner(call: ast.Call, passing: Passing, reading: _Reading) -> None:
    """Note what the parameters of a function within the text stand for, where it is called or handed on."""
    if len(passing.callee) == 1 and passing.callee[0] in reading.inner:
        for parameter, argument in zip(reading.inner[passing.callee[0]], passing.given, strict=False):
            reading.add(ast.Name(parameter), argument.roots)
    handed = [k.value for k in call.keywords]
    for at, node in enumerate([*call.args, *handed]):
        chain = find_chain(node)
        if isinstance(node, ast.Lambda):
            parameters = list_parameters(node.args)
        elif len(chain) == 1 and chain[0] in reading.inner:
            parameters = reading.inner[chain[0]]
        else:
            continue
        for parameter in parameters:
            reading.add(ast.Name(parameter), deepen(passing.receiver))
            for other, argument in enumerate(passing.given):
                if other != at:
                    reading.add(ast.Name(parameter), deepen(argument.roots))


def _expand_passing(passing: Passing, reading: _Reading) -> Passing:
    given = tuple(Argument(a.name, a.chain, reading.expand(a.roots)) for a in passing.given)
    return replace(passing, receiver=reading.expand(passing.receiver), given=given)


def _list_targets(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions whose values a node writes to."""
    match node:
        case (
            ast.Subscript(value=owner, ctx=ast.Store() | ast.Del())
            | ast.Attribute(value=owner, ctx=ast.Store() | ast.Del())
        ):
            yield owner.value if isinstance(owner, ast.Attribute) and owner.attr in _INDEXERS else owner
        case ast.AugAssign(target=ast.Name() as target):
            yield target
        case ast.Call(func=func, keywords=keywords):
            name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            given = {k.arg: k.value for k in keywords if not _is_constant(k.value, False)}
            tailed = name.endswith("_") and not name.endswith("__")
            if isinstance(func, ast.Attribute) and (
                name in _CHANGING or name in _DRAWING or "inplace" in given or tailed
            ):
                yield func.value
            copied = any(k.arg == "copy" and _is_constant(k.value, False) for k in keywords)
            if name in _FIRST or (name in _UNLESS_COPIED and copied) or _calls_type(func):
                yield from node.args[:1]
            yield from (value for key, value in given.items() if key == "out")


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _calls_type(func: ast.expr) -> bool:
    """Whether a method is called as a function of its type: ``list.sort(x)``."""
    return (
        isinstance(func, ast.Attribute)
        and func.attr in _CHANGING
        and isinstance(func.value, ast.Name)
        and func.value.id in {"list", "dict", "set"}
    )
