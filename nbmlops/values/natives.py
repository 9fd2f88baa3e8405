"""Natives: how the values of Python's own types are described."""

from __future__ import annotations

import functools
import gc
import marshal
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

from nbmlops.values.bytecode import take_code
from nbmlops.values.classes import (
    ATOMS,
    cut_locals,
    is_local,
    locate,
    mro_of,
    name_type,
    qualname_of,
    vars_of,
)
from nbmlops.values.kinds import Handler, Undescribable
from nbmlops.values.noise import CLASS_NOISE

__all__ = ["NATIVES"]


def _take_list(walk: Any, value: Any, kind: Any) -> None:
    walk.tell_items(kind.label, value if kind.type is list else list(list.__iter__(value)))


def _take_tuple(walk: Any, value: Any, kind: Any) -> None:
    """A tuple is its items, however often it is met, but one that is met a thousand times is named."""
    items = list(tuple.__iter__(value))
    if not set(map(type, items)) <= ATOMS:
        visits = walk.tuples.setdefault(locate(value), [value, len(walk.tuples), 0])
        visits[2] += 1
        if visits[2] >= 1000:
            walk.mark("repeated", visits[1])
            return
    walk.tell_items(kind.label, items)


def _take_dict(walk: Any, value: Any, kind: Any) -> None:
    if "__builtins__" in dict.keys(value):
        raise Undescribable("a namespace cannot be described: it holds everything")
    walk.tell_items(kind.label, list(dict.keys(value)))
    walk.tell_items("values", list(dict.values(value)))


def _take_set(walk: Any, value: Any, kind: Any) -> None:
    items = list((set if set in mro_of(kind.type) else frozenset).__iter__(value))
    walk.mark(kind.label, len(items))
    if set(map(type, items)) <= ATOMS:
        walk.tell_bytes("set", "atoms", b"".join(sorted(marshal.dumps(item, 2) for item in items)))
        return
    found = sorted(((walk.digest_alone(item), item) for item in items), key=itemgetter(0))
    if len({digest for digest, _ in found}) < len(found):
        raise Undescribable("a set of objects that hold the same has no order of its own")
    walk.tell_items("set", [item for _, item in found])


def _take_function(walk: Any, value: Any, kind: Any) -> None:
    local = is_local(value.__module__) or is_local(value.__globals__.get("__name__"))
    if not local and "<" not in value.__qualname__:
        walk.mark("function", value.__module__, value.__qualname__)
    elif walk.meet_object(value):
        walk.enter_code(value)
        walk.mark("function", cut_locals(value.__qualname__), None if local else value.__module__)
        cells, defaults = value.__closure__ or (), value.__defaults__
        walk.tell_parts(kind, value.__code__, defaults, value.__kwdefaults__, value.__dict__, *cells)


def _take_class(walk: Any, value: Any, kind: Any) -> None:
    name = name_type(value)
    module = name.removesuffix("." + qualname_of(value))
    if not is_local(module) and module != "types":
        walk.mark("class", name)
    elif walk.meet_object(value):
        found = {n: v for n, v in vars_of(value).items() if n not in CLASS_NOISE}
        walk.mark("class", cut_locals(qualname_of(value)))
        walk.tell_state(kind, found)
        walk.push(value.__bases__)


def _take_cached(walk: Any, value: Any, kind: Any) -> None:
    """A cache is part of a function of the user's own: what it holds decides whether the function runs."""
    cached: Any = kind.type
    function = value.__wrapped__
    local = is_local(getattr(function, "__module__", None))
    walk.mark(kind.label, *(tuple(cached.cache_info(value)) if local else ()))
    walk.push([function])


def _read_cell(cell: Any) -> list[Any]:
    try:
        return [cell.cell_contents]
    except ValueError:
        return []


def _tell(read: Callable[[Any], Iterable[Any]]) -> Handler:
    return lambda walk, value, kind: walk.tell_parts(kind, *read(value))


_NAMED = _tell(lambda value: [value.__objclass__, value.__name__])
NATIVES: dict[str, Handler] = {
    "builtins:dict": _take_dict,
    "builtins:set": _take_set,
    "builtins:frozenset": _take_set,
    "builtins:function": _take_function,
    "builtins:type": _take_class,
    "builtins:list": _take_list,
    "builtins:tuple": _take_tuple,
    "builtins:code": take_code,
    "builtins:bytearray": _tell(lambda value: [bytes(value)]),
    "builtins:memoryview": _tell(lambda value: [value.format, value.shape, value.tobytes(), value.obj]),
    "builtins:cell": _tell(_read_cell),
    "builtins:method": _tell(lambda value: [value.__func__, value.__self__]),
    "builtins:property": _tell(lambda value: [value.fget, value.fset, value.fdel]),
    "builtins:staticmethod": _tell(lambda value: [value.__func__]),
    "builtins:classmethod": _tell(lambda value: [value.__func__]),
    "builtins:module": _tell(lambda value: [value.__name__]),
    "builtins:getset_descriptor": _NAMED,
    "builtins:member_descriptor": _NAMED,
    "builtins:wrapper_descriptor": _NAMED,
    "builtins:method_descriptor": _NAMED,
    "builtins:classmethod_descriptor": _NAMED,
    "builtins:dict_keys": _tell(gc.get_referents),
    "builtins:dict_values": _tell(gc.get_referents),
    "builtins:dict_items": _tell(gc.get_referents),
    "builtins:mappingproxy": _tell(gc.get_referents),
    # Whether it has a dictionary yet depends on who has looked at it: its attributes are told apart.
    "functools:partial": _tell(lambda value: functools.partial.__reduce__(value)[2][:3]),
    "functools:_lru_cache_wrapper": _take_cached,
    "functools:cached_property": _tell(lambda value: [value.func]),
}
