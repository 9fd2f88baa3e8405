"""Choosing: the kind of a type, from the names of its ancestors and what its instances consist of."""

from __future__ import annotations

from typing import Any

from nbmlops.values.arrays import ARRAYS
from nbmlops.values.classes import MEMBER, cut_locals, is_local, mro_of, name_type, qualname_of, vars_of
from nbmlops.values.frames import FRAMES
from nbmlops.values.kinds import Handler, Kind, Undescribable
from nbmlops.values.natives import NATIVES
from nbmlops.values.networks import NETWORKS
from nbmlops.values.noise import NOISE
from nbmlops.values.reducing import take_reduced
from nbmlops.values.tensors import TENSORS

__all__ = ["choose_kind"]

_OPAQUE = dict.fromkeys(("matplotlib", "mpl_toolkits"), "it is drawn when looked at") | dict.fromkeys(
    ("IPython", "ipykernel", "ipywidgets", "traitlets", "zmq"), "it belongs to the kernel"
)
_UNSHARED = {
    *("datetime", "decimal", "enum", "fractions", "pathlib", "pytz", "re", "uuid", "zoneinfo"),
    *("builtins:int", "builtins:float", "builtins:complex", "builtins:str", "builtins:bytes"),
    *(
        "builtins:tuple",
        "builtins:frozenset",
        "builtins:range",
        "builtins:slice",
        "builtins:NotImplementedType",
    ),
    *("builtins:function", "builtins:builtin_function_or_method", "builtins:code", "builtins:type"),
    *("builtins:module", "builtins:property", "builtins:staticmethod", "builtins:classmethod"),
    "numpy:dtype",
    "numpy:generic",
    "pandas:BaseOffset",
    "pandas:ExtensionDtype",
    "pandas:Interval",
    "pandas:NAType",
    "pandas:NaTType",
    "pandas:Period",
    "pandas:Timedelta",
    "pandas:Timestamp",
}
_HANDLERS: dict[str, Handler] = {
    "collections:OrderedDict": take_reduced,
    "collections:defaultdict": take_reduced,
    "IPython:SList": NATIVES["builtins:list"],
    **NATIVES,
    **ARRAYS,
    **FRAMES,
    **TENSORS,
    **NETWORKS,
}


def choose_kind(exact: type) -> Kind:
    """Look a class over, once and for all, to tell how its values are described."""
    mro = mro_of(exact)
    labels = [name_type(base) for base in mro]
    names = [f"{label.partition('.')[0]}:{qualname_of(b)}" for label, b in zip(labels, mro, strict=True)]
    tags = {*names, *(name.partition(":")[0] for name in names)}
    local = is_local(labels[0].removesuffix("." + qualname_of(exact)))
    spaces = [vars_of(base) for base in mro if "__slots__" in vars_of(base)]
    slots = tuple(member for space in spaces for member in space.values() if type(member) is MEMBER)
    size = 16 + 8 * (len(slots) + (exact.__dictoffset__ > 0) + (exact.__weakrefoffset__ > 0))
    own = any({"__getstate__", "__reduce__", "__reduce_ex__"} & vars_of(base).keys() for base in mro[:-1])
    hidden = exact.__itemsize__ or exact.__basicsize__ > size or (own and not local and "sklearn" not in tags)
    handler = next((_HANDLERS[name] for name in names if name in _HANDLERS), None)
    bare = names[0].startswith("builtins:") or "builtins:type" in tags
    if not _OPAQUE.keys().isdisjoint(tags - {"IPython"} if "IPython:SList" in tags else tags):
        handler, bare = _refuse_opaque, True
    elif handler is None and hidden and "enum:Enum" not in tags:
        handler, bare = take_reduced, True
    bare = bare or "IPython:SList" in tags or handler in NETWORKS.values()
    dressed = not bare and bool(slots or exact.__dictoffset__)
    noise = frozenset().union(*(NOISE[tag] for tag in tags & NOISE.keys()))
    label = cut_locals(qualname_of(exact)) if local else labels[0]
    label = "builtins.list" if "IPython:SList" in tags else label  # the lines that a shell line printed
    shared = tags.isdisjoint(_UNSHARED) and exact.__name__ != "cython_function_or_method"
    return Kind(exact, handler or _take_nothing, label, local, shared, dressed, slots, noise)


def _take_nothing(walk: Any, value: Any, kind: Any) -> None:
    if not kind.dressed:
        walk.mark(kind.label)


def _refuse_opaque(walk: Any, value: Any, kind: Any) -> None:
    root = next(r for base in mro_of(kind.type) if (r := name_type(base).partition(".")[0]) in _OPAQUE)
    raise Undescribable(f"a {name_type(kind.type)} cannot be described: {_OPAQUE[root]}")
