"""Fingerprint: what a live value holds, with which other values it shares objects, and what it reads late."""

from __future__ import annotations

import abc
import dis
import gc
import itertools
import marshal
import sys
import types
import weakref
from dataclasses import dataclass
from typing import Any

import xxhash

from nbmlops.core.formula import EVALUATORS, list_formula_names
from nbmlops.values.classes import find_dictionary, qualname_of
from nbmlops.values.remembered import RememberedArrays
from nbmlops.values.structure import ATOMS, Walk, is_local, locate, mro_of, name_type, vars_of

__all__ = ["Portrait", "estimate_bytes", "holds_attributes", "portray", "portray_plain"]

_GLOBAL = frozenset(
    {"LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
)
_NAMESPACES = frozenset({"globals", "vars", "__main__"})
_DRAWN = ("matplotlib", "mpl_toolkits")
_KERNEL = ("IPython", "ipykernel", "ipywidgets", "traitlets", "zmq")
_HELD = 10_000
_HELD_BY_NOBODY = 3
_NUMBERS = frozenset({int, float, bool, type(None)})
_NOTHING: frozenset[int] = frozenset()
_NO_NAMES: frozenset[str] = frozenset()
_remembered = RememberedArrays()
_named: dict[tuple[Any, ...], Portrait] = {}
_names_of: weakref.WeakKeyDictionary[types.CodeType, frozenset[str]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Portrait:
    """A value at one moment; it holds no reference to the value.

    `digest` is None where the content cannot be told, and `opaque` then says why. `objects` are the
    ids of the mutable objects and buffers that can be reached: two values that have one in common
    share it. `names` are the global names that reachable functions of the user's own read or write
    when they are called. `nbytes` is about how much content was read. `own` says that functions of the
    user's own can be reached.
    """

    digest: str | None
    objects: frozenset[int]
    names: frozenset[str]
    opaque: str | None
    nbytes: int
    own: bool = False


def portray(value: Any, namespace: dict[str, Any] | None = None) -> Portrait:
    """Return the portrait of a value whose late names are looked up in `namespace`."""
    hasher = xxhash.xxh3_128()
    walk = _Gathering(hasher.update, namespace)
    walk.take_value(value)
    digest = None if walk.opaque else hasher.hexdigest()
    return Portrait(
        digest, frozenset(walk.objects), frozenset(walk.names), walk.opaque, walk.nbytes, walk.own
    )


def portray_plain(value: Any) -> Portrait | None:
    """Return the portrait of what is told by its name alone, or by itself; None of any other value.

    A library's modules, functions and classes are told by their names, whatever they hold.
    """
    kind = type(value)
    if kind in _NUMBERS:
        return Portrait(xxhash.xxh3_128_hexdigest(marshal.dumps(value, 2)), _NOTHING, _NO_NAMES, None, 0)
    key = _name_value(kind, value)
    if key is None:
        return None
    known = _named.get(key)
    if known is None:
        known = portray(value)
        if len(_named) < _HELD:
            _named[key] = known
    return known


def _name_value(kind: type, value: Any) -> tuple[Any, ...] | None:
    """Return what tells a library's module, function or class; None of any other value."""
    if kind is types.ModuleType:
        name = object.__getattribute__(value, "__dict__").get("__name__")
        return (kind, name) if type(name) is str else None
    if kind is types.FunctionType:
        module, qualname = value.__module__, value.__qualname__
        local = "<" in qualname or is_local(module) or is_local(value.__globals__.get("__name__"))
        return None if local else (kind, module, qualname)
    if kind is type or kind is abc.ABCMeta:
        name = name_type(value)
        return None if is_local(name.removesuffix("." + qualname_of(value))) else (kind, name)
    return None


class _Gathering(Walk):
    """A walk that collects ids and late names, and goes on past what cannot be described."""

    remembers = True

    def __init__(self, update: Any, namespace: dict[str, Any] | None) -> None:
        super().__init__(update)
        self.namespace = namespace if namespace is not None else vars(sys.modules["__main__"])
        self.objects: set[int] = set()
        self.names: set[str] = set()
        self.opaque: str | None = None
        self.own = False
        self.held = 0
        self._made: set[int] = set()

    def note_object(self, value: Any) -> None:
        number = locate(value)
        if number not in self._made:
            self.objects.add(number)

    def digest_cells(self, label: str, cells: Any) -> bytes | None:
        """Tell long arrays of atoms by the objects in them: most are met more than once."""
        self.nbytes += cells.nbytes
        return _remembered.digest_cells(cells)

    def digest_memory(self, memory: Any) -> bytes:
        """Hash memory as fast as it can be read."""
        return xxhash.xxh3_128_digest(memory)

    def note_address(self, address: int) -> None:
        self.objects.add(address)

    def enter_graph(self, value: Any) -> None:
        """Find what a backward pass would give gradients: it may run unseen, and change them."""
        self.opaque = self.opaque or "a computation is attached to it, which may be run backwards"
        waiting: list[Any] = [value.grad_fn]
        met: dict[int, Any] = {}
        while waiting and len(met) < _HELD:
            node = waiting.pop()
            if node is None or locate(node) in met:
                continue
            met[locate(node)] = node
            leaf = getattr(node, "variable", None)
            if leaf is not None:
                self.objects.add(locate(leaf))
            waiting += [following for following, _ in node.next_functions]

    def note_parts(self, parts: Any) -> None:
        """Leave out what was made by taking a value apart: its address would be another's next time."""
        waiting = [list(parts)]
        while waiting:
            holder = waiting.pop()
            while holder:
                part = holder.pop()
                # what it lies in, the name `part`, and the argument of the call
                if type(part) not in ATOMS and sys.getrefcount(part) <= _HELD_BY_NOBODY:
                    self._made.add(locate(part))
                    if type(part) in (tuple, list):
                        waiting.append(list(part))
                    elif type(part) is dict:
                        waiting.append(list(part.values()))

    def refuse_value(self, value: Any, reason: str) -> None:
        self.opaque = self.opaque or reason
        self.objects.add(locate(value))
        if value is self.namespace or self.held > _HELD:
            return
        roots = {name_type(base).partition(".")[0] for base in mro_of(type(value))}
        if not roots.isdisjoint(_DRAWN):
            self.objects.update(_find_figures(value))
        elif roots.isdisjoint(_KERNEL):
            held = _list_referents(value)
            found = [item for item in held if type(item) not in ATOMS]
            self.held += len(found)
            self.push(found)

    def enter_code(self, function: Any) -> None:
        self.own = self.own or is_local(function.__module__)
        space = function.__globals__
        if space is self.namespace or space.get("__name__") == "__main__":
            self._add_names(function.__code__)

    def _add_names(self, code: types.CodeType) -> None:
        for name in _list_names(code) - self.names:
            self.names.add(name)
            used = self.namespace.get(name)
            for other in _list_functions(used):
                self._add_names(other.__code__)


def _list_names(code: types.CodeType) -> frozenset[str]:
    """Return the global names that a code object and the code inside it read or write."""
    known = _names_of.get(code)
    if known is None:
        found = {str(i.argval) for i in dis.get_instructions(code) if i.opname in _GLOBAL}
        inner = [_list_names(c) for c in code.co_consts if isinstance(c, types.CodeType)]
        evaluators = EVALUATORS.intersection(code.co_names)
        texts = [c for c in code.co_consts if type(c) is str] if evaluators else []
        inner += [frozenset(list_formula_names(text, evaluators)) for text in texts]
        if _NAMESPACES.intersection(code.co_names):  # a name may stand there as a text or as an attribute
            found |= {c for c in code.co_consts if type(c) is str and c.isidentifier()} | set(code.co_names)
        known = _names_of[code] = frozenset(found).union(*inner)
    return known


def _list_functions(value: Any) -> list[types.FunctionType]:
    """Return the functions that a function or class of the user's own consists of."""
    if type(value) is types.FunctionType:
        return [value] if is_local(value.__module__) else []
    if not isinstance(value, type) or not is_local(name_type(value).rpartition(".")[0]):
        return []
    parts = [getattr(part, "__func__", getattr(part, "fget", part)) for part in vars_of(value).values()]
    return [part for part in parts if type(part) is types.FunctionType]


def _list_referents(value: Any) -> list[Any]:
    """Return what a value refers to, as far as its type tells the interpreter, or is known here."""
    if issubclass(type(value), weakref.ref):
        return [value()]
    if name_type(type(value)) == "numpy.flatiter":
        return [value.base]
    if name_type(type(value)) == "numpy.nditer":
        try:
            return list(value.operands)
        except ValueError:  # it is closed
            return []
    return gc.get_referents(value)


def _find_figures(value: Any) -> list[int]:
    """Return the ids of the figure that a drawn object belongs to, and of the axes it lies in."""
    held = object.__getattribute__(value, "__dict__") if type(value).__dictoffset__ else {}
    return [
        locate(held[name]) for name in ("_parent_figure", "figure", "_axes") if held.get(name) is not None
    ]


def estimate_bytes(value: Any, depth: int = 3) -> int:
    """Guess, without walking it, how many bytes a portrait of a value would have to read."""
    kind = type(value)
    if kind in (str, bytes, bytearray):
        return 64 + len(value)
    if kind in ATOMS or depth < 0:
        return 64
    root = name_type(kind).partition(".")[0]
    if root == "pandas" and hasattr(value, "_mgr"):
        blocks = [block.values for block in value._mgr.blocks]
        return sum(_price_array(part, int(part.nbytes)) for part in blocks) + 1024
    if root in ("numpy", "pandas") and hasattr(value, "dtype") and hasattr(value, "nbytes"):
        return _price_array(value, int(value.nbytes))
    if root == "torch" and hasattr(value, "untyped_storage"):
        return 64 + int(value.numel() * value.element_size())
    if root == "sklearn" and hasattr(value, "node_count"):
        return 128 * int(value.node_count)
    if kind in (list, tuple, set, frozenset, dict):
        return _price_items(value, depth)
    if holds_attributes(kind) and root not in _DRAWN:
        reader = find_dictionary(kind)
        held = reader.__get__(value) if reader is not None else {}
        return 256 + sum(estimate_bytes(item, depth - 1) for item in list(held.values())[:200])
    return 1024


def holds_attributes(kind: type) -> bool:
    """Say whether the values of a type are mainly their attributes, as an estimator is."""
    root = name_type(kind).partition(".")[0]
    plain = root in ("numpy", "pandas") or issubclass(kind, list | tuple | set | frozenset | dict)
    return bool(
        kind.__dictoffset__
        and not plain
        and not issubclass(kind, type | types.ModuleType | types.FunctionType)
    )


def _price_array(cells: Any, nbytes: int) -> int:
    plain = getattr(cells.dtype, "kind", "O") in "biufcmM"
    return 64 + (nbytes if plain else 24 * int(getattr(cells, "size", len(cells))))


def _price_items(value: Any, depth: int) -> int:
    """Price a container by its length and the first few of its items."""
    first = list(itertools.islice(value.values() if type(value) is dict else value, 8))
    each = sum(estimate_bytes(item, depth - 1) for item in first) / max(len(first), 1)
    return 64 + int(len(value) * (64 + each))
