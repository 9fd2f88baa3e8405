"""Callables: which functions of the person's own stand behind what is called or handed on."""

from __future__ import annotations

import functools
import itertools
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nbmlops.capture.scene import home_of, read_dictionary
from nbmlops.values.structure import ATOMS, is_local, locate, mro_of, vars_of

__all__ = ["Callables", "Called"]

_MAKERS = ("__init__", "__post_init__", "__new__")
_OFFERED = frozenset(
    {"fit", "transform", "fit_transform", "predict", "predict_proba", "partial_fit", "score", "forward"}
    | {"__call__", "inverse_transform", "split"}
)
"""Methods that a library calls on an object that it was given."""
_MOST_HELD = 200
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Called:
    """A function of the person's own; its first `bound` parameters are not given by the call.

    They are the `receiver` of the call, a ``fresh`` object, or what something ``held`` already.
    """

    function: types.FunctionType
    bound: int = 0
    receiver: Literal["receiver", "fresh", "held"] = "held"


class Callables:
    """Looks up what names and attributes mean in the notebook, and in its functions; runs no code."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._methods: dict[str, list[types.FunctionType]] | None = None
        self._held: dict[int, tuple[Any, list[Called]]] = {}

    def resolve(
        self, chain: tuple[str, ...], function: types.FunctionType | None, looked: bool = False
    ) -> Iterator[Called]:
        """Yield the functions that a dotted name, in a function or the statement itself, may call.

        Where it is only `looked` up, they are those of properties.
        """
        root, *path = chain
        value = self._find_root(root, function)
        for number, name in enumerate(path):
            if value is _ABSENT:
                break
            owner, value = value, _read_attribute(value, name)
            if number == len(path) - 1 and value is not _ABSENT:
                yield from _bind_property(owner, value) if looked else _bind_found(owner, name, value)
                return
        if path and (value is _ABSENT):
            if self._is_open(root, function):
                name = f"@{path[-1]}" if looked else path[-1]
                yield from (Called(f, 1, "receiver") for f in self._find_methods(name))
        elif value is not _ABSENT and not looked:
            yield from _unpack_callable(value)

    def list_methods(self, name: str, function: types.FunctionType | None) -> Iterator[Called]:
        """Yield every method of the object that a name means, for one that is chosen as the code runs."""
        value = self._find_root(name, function)
        if value is not _ABSENT and type(value) not in ATOMS:
            for base in mro_of(type(value)):
                if _is_own_kind(base):
                    parts = [p for p in vars_of(base).values() if type(p) is types.FunctionType]
                    yield from (Called(part, 1, "receiver") for part in parts)

    def list_protocols(
        self, names: Iterable[str], protocols: Iterable[str], function: types.FunctionType | None
    ) -> Iterator[tuple[str, Called]]:
        """Yield the methods of the person's own that syntax may call on what names mean, with the name."""
        for name in names:
            value = self._find_root(name, function)
            if value is _ABSENT or type(value) in ATOMS:
                continue
            kind = value if issubclass(type(value), type) else type(value)
            if not _is_own_kind(kind):
                continue
            for method in protocols:
                found = _read_attribute(kind, method)
                if type(found) is types.FunctionType and is_local(found.__module__):
                    yield name, Called(found, 1, "receiver")

    def list_held(self, value: Any) -> list[Called]:
        """Return the functions of the person's own that a library's object or a container may call."""
        known = self._held.get(locate(value))
        if known is None:
            known = self._held[locate(value)] = value, _list_held(value)
        return known[1]

    def find_value(self, chain: tuple[str, ...], function: types.FunctionType | None) -> Any:
        """Return what a name means, None where that is not known."""
        value = self._find_root(chain[0], function)
        return None if value is _ABSENT else value

    def _find_root(self, name: str, function: types.FunctionType | None) -> Any:
        if function is None:
            return self._namespace.get(name, _ABSENT)
        code = function.__code__
        if name in code.co_varnames or name in code.co_cellvars:
            return _ABSENT
        if name in code.co_freevars:
            cell = (function.__closure__ or ())[code.co_freevars.index(name)]
            try:
                return cell.cell_contents
            except ValueError:  # nothing has been bound to it yet
                return _ABSENT
        return function.__globals__.get(name, _ABSENT)

    def _is_open(self, root: str, function: types.FunctionType | None) -> bool:
        """Whether a name may mean anything: a parameter, or what a call handed back."""
        return not root or (function is not None and self._find_root(root, function) is _ABSENT)

    def _find_methods(self, name: str) -> list[types.FunctionType]:
        """Return the methods of that name of all classes of the notebook, and of what is in it."""
        if self._methods is None:
            self._methods = {}
            values = list(self._namespace.values())
            kinds = {locate(k): k for v in values for k in (v if issubclass(type(v), type) else type(v),)}
            met: set[int] = set()
            for kind in kinds.values():
                for base in mro_of(kind):
                    if locate(base) not in met and _is_own_kind(base):
                        met.add(locate(base))
                        for key, part in vars_of(base).items():
                            plain = getattr(part, "__func__", part) if type(part) in _WRAPPED else part
                            looked = type(part) is property
                            plain = part.fget if looked else plain
                            if type(plain) is types.FunctionType:
                                named = f"@{key}" if looked else key
                                self._methods.setdefault(named, []).append(plain)
        return self._methods.get(name, [])


_WRAPPED = (staticmethod, classmethod)
_ABSENT = types.MappingProxyType[str, None]({})


def _is_own_kind(kind: type) -> bool:
    """Say whether a class is the person's own."""
    return is_local(home_of(kind))


def _read_attribute(value: Any, name: str) -> Any:
    """Return an attribute past every code of its type; a mark of its own where there is none."""
    if issubclass(type(value), types.ModuleType):
        return object.__getattribute__(value, "__dict__").get(name, _ABSENT)
    if issubclass(type(value), type):
        return next((vars_of(b)[name] for b in mro_of(value) if name in vars_of(b)), _ABSENT)
    held = read_dictionary(value)
    if name in held:
        return held[name]
    return next((vars_of(b)[name] for b in mro_of(type(value)) if name in vars_of(b)), _ABSENT)


def _bind_found(owner: Any, name: str, value: Any) -> Iterator[Called]:
    """Yield what an attribute calls: a function found on an object's class has the object bound."""
    on_class = issubclass(type(owner), type) or issubclass(type(owner), types.ModuleType)
    on_class = on_class or name in read_dictionary(owner)
    if type(value) is classmethod:
        yield from (Called(c.function, 1, "receiver") for c in _unpack_callable(value.__func__))
    elif type(value) is functools.partialmethod:
        bound = 1 + len(value.args)
        yield from (Called(c.function, c.bound + bound, "receiver") for c in _unpack_callable(value.func))
    elif type(value) is staticmethod:
        yield from _unpack_callable(value.__func__)
    elif on_class:
        yield from _unpack_callable(value)
    else:
        yield from (Called(c.function, c.bound + 1, "receiver") for c in _unpack_callable(value))


def _bind_property(owner: Any, value: Any) -> Iterator[Called]:
    """Yield what looking up an attribute calls; a library's property on its own object is none of it."""
    read = value.fget if type(value) is property else None
    if type(read) is types.FunctionType and (_is_own_kind(type(owner)) or is_local(read.__module__)):
        yield Called(read, 1, "receiver")


def _unpack_callable(value: Any) -> Iterator[Called]:
    """Yield the functions of the person's own that calling a value comes down to."""
    kind = type(value)
    if kind is types.FunctionType:
        if is_local(value.__module__):
            yield Called(value)
        yield from _unpack_wrapped(value.__dict__)
    elif kind is types.MethodType:
        yield from (Called(c.function, c.bound + 1, "held") for c in _unpack_callable(value.__func__))
    elif kind is functools.partial:
        bound = len(value.args)
        yield from (Called(c.function, c.bound + bound, "held") for c in _unpack_callable(value.func))
    elif issubclass(kind, type):
        if _is_own_kind(value):
            makers = (_read_attribute(value, name) for name in _MAKERS)
            plain = [m.__func__ if type(m) is staticmethod else m for m in makers]
            yield from (Called(m, 1, "fresh") for m in plain if type(m) is types.FunctionType)
    elif kind not in ATOMS:
        if _is_own_kind(kind):
            call = _read_attribute(value, "__call__")
            if type(call) is types.FunctionType:
                yield Called(call, 1, "receiver")
        yield from _unpack_wrapped(read_dictionary(value))


def _unpack_wrapped(held: Mapping[str, Any]) -> Iterator[Called]:
    """Yield what stands behind a decorated function."""
    inner, registered = held.get("__wrapped__"), held.get("registry")
    if type(inner) is types.FunctionType:
        yield from _unpack_callable(inner)
    if type(registered) is types.MappingProxyType:  # of a function that is dispatched by type
        for each in registered.values():
            if each is not inner:
                yield from _unpack_callable(each)


def _list_held(value: Any) -> list[Called]:
    """Return the functions of the person's own that a library's object or a container holds, or may call."""
    found: list[Called] = []
    waiting: list[tuple[Any, int]] = [(value, 0)]
    for seen, (item, depth) in enumerate(waiting):
        kind = type(item)
        if seen > _MOST_HELD or kind in ATOMS or depth > _DEEPEST:
            continue
        if kind in (list, tuple, dict):
            items = item.values() if kind is dict else item
            waiting += [(v, depth + 1) for v in itertools.islice(items, _MOST_HELD) if type(v) not in ATOMS]
            continue
        if depth:
            found += _unpack_callable(item) if not issubclass(kind, type) else ()
        if issubclass(kind, types.ModuleType | type | types.FunctionType):
            continue
        if depth and _is_own_kind(kind):
            methods = [_read_attribute(item, name) for name in sorted(_OFFERED)]
            found += [Called(m, 1, "fresh") for m in methods if type(m) is types.FunctionType]
        elif not depth or not _is_own_kind(kind):
            waiting += [(v, depth + 1) for v in read_dictionary(item).values() if type(v) not in ATOMS]
    return found
