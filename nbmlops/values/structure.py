"""Structure: the content of a Python value as one canonical stream of bytes, the same in every process."""

from __future__ import annotations

import array
import copyreg
import gc
import hashlib
import marshal
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

__all__ = [
    "ATOMS",
    "HONEST_DIFFERENCES",
    "Kind",
    "Undescribable",
    "Walk",
    "find_owner",
    "is_local",
    "structural_digest",
]

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(...)})
HONEST_DIFFERENCES = {
    "refit_time_": "a search writes how long the last fit took by the clock",
    "cv_results_": "a search writes how long its fits and scores took: keys *_fit_time and *_score_time",
    "_stop_words_id": "a text vectorizer remembers the memory address of its stop words",
    "KDTree, BallTree": "they count the distances that were asked of them: positions 7 to 10 of their state",
    "numpy.random.Generator": "the seed sequence of an unseeded one: its state alone decides what it draws",
    "numpy.random.mtrand._rand": "the global stream is a resource of its own: it is named, not read",
    "__annotations__": "types or text, by whether the module has the future import: they decide nothing",
}
"""What two honest runs of the same code may differ in, and why: left out of every digest."""

OPAQUE = dict.fromkeys(("matplotlib", "mpl_toolkits"), "it is drawn when looked at") | dict.fromkeys(
    ("IPython", "ipykernel", "ipywidgets", "traitlets", "zmq"), "it belongs to the kernel"
)
UNSHARED = {
    "datetime", "decimal", "enum", "fractions", "pathlib", "pytz", "re", "uuid", "zoneinfo", "numpy:dtype",
    "numpy:generic", "pandas:BaseOffset", "pandas:ExtensionDtype", "pandas:Interval", "pandas:NAType", "pandas:NaTType",
    "pandas:Period", "pandas:Timedelta", "pandas:Timestamp",
    *("builtins:" + name for name in (
        "builtin_function_or_method classmethod code frozenset function int float complex str bytes module property range "
        "slice staticmethod tuple type NotImplementedType getset_descriptor member_descriptor wrapper_descriptor "
        "method_descriptor").split()),
}  # fmt: skip
NOISE = {
    "sklearn": {"refit_time_", "_stop_words_id"}, "pandas": {"_cache", "_id", "_references", "_typ"},
    "pandas:NDFrame": {"_mgr", "_flags", "_item_cache", "_cacher", "_is_copy"}, "pandas:BaseMaskedArray": {"_data"},
    "pandas:ArrowExtensionArray": {"_pa_array"}, "numpy:memmap": {"_mmap", "filename", "mode", "offset"},
    "numpy:MaskedArray": {"_fill_value", "_basedict"},
}  # fmt: skip
CLASS_NOISE = {
    "__dict__", "__weakref__", "__module__", "__qualname__", "__annotations__", "__annotate__", "__annotate_func__",
    "__annotations_cache__", "__firstlineno__", "__static_attributes__", "__dataclass_fields__", "_abc_impl",
    "__dataclass_params__", "__type_params__", "__parameters__", "__orig_bases__",
}  # fmt: skip
STANDARD = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))
MEMBER = type(type(lambda: 0).__dict__["__globals__"])
SLAB = 1 << 22
SIMPLE = frozenset("biufcmMSU")
mro_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
vars_of: Callable[[type], Any] = type.__dict__["__dict__"].__get__
qualname_of: Callable[[type], str] = type.__dict__["__qualname__"].__get__


class Undescribable(TypeError):  # noqa: N818 - a verdict on a value, said as an adjective
    """The content of a value cannot be told, so that nothing can be said about its equality."""


class Kind(NamedTuple):
    """How values of one type are described; `dressed` ones have attributes besides their content."""

    type: type
    handler: Callable[[Any, Any, Any], None] | None
    label: str
    local: bool
    shared: bool
    dressed: bool
    slots: tuple[Any, ...]
    noise: frozenset[str]


def structural_digest(value: Any) -> str:
    """Return the SHA-256 of a value's content; raise Undescribable where it has none that can be told."""
    hasher = hashlib.sha256()
    Walk(hasher.update).take_value(value)
    return hasher.hexdigest()


def is_local(module: Any) -> bool:
    """Tell whether code of that module is the user's own: a notebook, a script, or a file beside them."""
    if module == "__main__" or not isinstance(module, str) or module not in sys.modules:
        return True
    file = getattr(sys.modules[module], "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py") or file.startswith(STANDARD):
        return False
    return not ("site-packages" in file or "dist-packages" in file)


def find_owner(cells: Any) -> Any:
    """Return the object that owns an array's memory."""
    while (base := getattr(cells, "base", None)) is not None:
        cells = base
    return cells.obj if type(cells) is memoryview else cells


def name_type(kind: type) -> str:
    """Return the module and the qualified name of a class, asking no metaclass."""
    module = type.__dict__["__module__"].__get__(kind)
    return f"{module if isinstance(module, str) else 'builtins'}.{qualname_of(kind)}"


class Walk:
    """One traversal: feeds `update` with what a value is made of, and its hooks with what it meets on the way.

    No code of a user's type runs but the ``__reduce_ex__`` of those whose state is not in attributes.
    """

    def __init__(self, update: Callable[[Any], object], nested: int = 0) -> None:
        self.update, self.nested, self.nbytes = update, nested, 0
        self._stack: list[Any] = []
        self._kinds: dict[int, Kind] = {}
        self._seen: dict[int, int] = {}
        self._alive: list[Any] = []
        self._owners: dict[int, tuple[int, int]] = {}
        self._tuples: dict[int, list[Any]] = {}

    def note_object(self, value: Any) -> None:
        """Meet a mutable object, or the owner of a buffer, for the first time."""

    def enter_code(self, function: Any) -> None:
        """Meet a function of the user's own for the first time."""

    def refuse_value(self, value: Any, reason: str) -> None:
        """Meet a value that cannot be described: raise Undescribable, or go on without it."""
        raise Undescribable(reason)

    def take_value(self, value: Any) -> None:
        """Describe one value; the stack is explicit, so that depth is no limit."""
        stack = self._stack
        stack.append(value)
        while stack:
            value = stack.pop()
            exact = type(value)
            if exact in ATOMS:
                self.update(marshal.dumps(value, 2))
                continue
            try:
                kind = self._kinds.get(id(exact)) or self._choose_kind(exact)
                if kind.shared and not self._meet(value):
                    continue
                if kind.local:
                    stack.append(exact)
                if kind.dressed:
                    self._state(kind, _read_attributes(value, kind))
                if kind.handler:
                    kind.handler(self, value, kind)
            except Exception as error:  # noqa: BLE001 - what a user's type raises is a reason, not a failure
                reason = f"a {name_type(exact)} cannot be described ({type(error).__name__})"
                self.refuse_value(value, error.args[0] if type(error) is Undescribable else reason)

    def _meet(self, value: Any) -> bool:
        number = self._seen.setdefault(id(value), len(self._alive))
        if number < len(self._alive):
            self._mark("again", number)
            return False
        self._alive.append(value)
        self.note_object(value)
        return True

    def _choose_kind(self, exact: type) -> Kind:
        mro = mro_of(exact)
        labels = [name_type(base) for base in mro]
        names = [f"{label.partition('.')[0]}:{qualname_of(b)}" for label, b in zip(labels, mro, strict=True)]
        tags = {*names, *(name.partition(":")[0] for name in names)}
        local = is_local(labels[0].removesuffix("." + qualname_of(exact)))
        spaces = [vars_of(base) for base in mro if "__slots__" in vars_of(base)]
        slots = tuple(member for space in spaces for member in space.values() if type(member) is MEMBER)
        size = 16 + 8 * (len(slots) + (exact.__dictoffset__ > 0) + (exact.__weakrefoffset__ > 0))
        own = any({"__getstate__", "__reduce__", "__reduce_ex__"} & vars_of(base).keys() for base in mro[:-1])
        handler = next((HANDLERS[name] for name in names if name in HANDLERS), None)
        reduced = (
            exact.__itemsize__ or exact.__basicsize__ > size or (own and not local and "sklearn" not in tags)
        )
        if not OPAQUE.keys().isdisjoint(tags):
            handler = Walk._opaque
        elif not handler and reduced and "enum:Enum" not in tags:
            handler = Walk._reduced
        bare = (
            handler in (Walk._reduced, Walk._opaque)
            or names[0].startswith("builtins:")
            or "builtins:type" in tags
        )
        dressed = not bare and bool(slots or exact.__dictoffset__ or not handler)
        noise = frozenset().union(*(NOISE[tag] for tag in tags & NOISE.keys()))
        label = qualname_of(exact).rpartition("<locals>.")[2] if local else labels[0]
        found = Kind(exact, handler, label, local, tags.isdisjoint(UNSHARED), dressed, slots, noise)
        return self._kinds.setdefault(id(exact), found)

    def _mark(self, *atoms: Any) -> None:
        self.update(marshal.dumps(atoms, 2))

    def _push(self, values: Iterable[Any]) -> None:
        self._stack.extend(reversed(list(values)))

    def _state(self, kind: Kind, state: dict[str, Any]) -> None:
        found = [(name, state[name]) for name in sorted(state) if name not in kind.noise]
        rest = [item for item in found if type(item[1]) not in ATOMS]
        plain = tuple(item for item in found if type(item[1]) in ATOMS)
        self._mark("state", kind.label, plain, tuple(name for name, _ in rest))
        for at, (name, results) in enumerate(rest):
            if name == "cv_results_" and "refit_time_" in kind.noise:
                self.note_object(results)
                kept = {
                    key: v for key, v in results.items() if not key.endswith(("_fit_time", "_score_time"))
                }
                rest[at] = (name, kept)
        self._push(v for _, v in rest)

    def _items(self, values: list[Any]) -> None:
        kinds = set(map(type, values))
        foreign = kinds - ATOMS
        if foreign and type(None) not in kinds and {k.__name__ for k in foreign} == {"NAType"}:
            self._mark("NA")
            values, foreign = [v if type(v) in ATOMS else None for v in values], set()
        if foreign:
            self._mark("items", len(values))
            self._push(values)
            return
        content: Any = None
        if kinds == {str} and (text := "\0".join(values)).count("\0") == len(values) - 1:
            content = text.encode("utf-8", "surrogatepass")
        elif kinds == {float}:
            content = array.array("d", values).tobytes()
        joined = content is not None
        content = content if joined else marshal.dumps(values, 2)
        self._mark("atoms", joined, kinds == {str}, len(values), len(content))
        self.nbytes += len(content)
        self.update(content)

    def _cells(self, cells: Any) -> None:
        dtype = cells.dtype
        self._mark("cells", dtype.str)
        if dtype.kind not in SIMPLE and dtype.kind != "O":
            self._push([dtype])
        if dtype.hasobject or dtype.kind == "T":
            self._items(cells.reshape(-1).tolist())
            return
        self.nbytes += cells.nbytes
        for slab in _cut_slabs(cells) if cells.nbytes else ():
            self.update(slab.reshape(-1).view("u1"))

    def _parts(self, kind: Kind, *parts: Any) -> None:
        self._mark("parts", kind.label, len(parts))
        self._push(parts)

    def _empty(self, value: Any, kind: Kind) -> None:
        self._parts(kind)

    def _opaque(self, value: Any, kind: Kind) -> None:
        root = next(r for base in mro_of(kind.type) if (r := name_type(base).partition(".")[0]) in OPAQUE)
        raise Undescribable(f"a {name_type(kind.type)} cannot be described: {OPAQUE[root]}")

    def _reduced(self, value: Any, kind: Kind) -> None:
        passing = any("__next__" in vars_of(base) for base in mro_of(kind.type))
        if passing and kind.label not in ("_io.BytesIO", "_io.StringIO"):
            raise Undescribable(f"a {name_type(kind.type)} cannot be described: reading it would use it up")
        copier: Any = copyreg.dispatch_table.get(kind.type)
        parts = copier(value) if copier else getattr(kind.type, "__reduce_ex__")(value, 4)
        if type(parts) is str:
            self._mark("global", parts)
            self._state(kind, _read_attributes(value, kind))
            return
        maker, arguments, state, items, pairs = (*parts, None, None, None)[:5]
        if kind.type.__name__.startswith(("KDTree", "BallTree")) and type(state) is tuple:
            state = state[:7] + state[11:]
        if type(state) is dict and set(map(type, state)) <= {str}:
            self._state(kind, state)
            state = ()
        pieces = state if type(state) is tuple else (state,)
        flat = [*(items or ()), *(part for pair in pairs or () for part in pair)]
        self._mark("reduced", kind.label, len(arguments), len(pieces), len(flat))
        self._push([maker, *arguments, *pieces])
        self._items(flat)

    def _list(self, value: Any, kind: Kind) -> None:
        self._mark("list", kind.label)
        self._items(list(list.__iter__(value)))

    def _tuple(self, value: Any, kind: Kind) -> None:
        items = list(tuple.__iter__(value))
        self._mark("tuple", kind.label, len(items))
        if not set(map(type, items)) <= ATOMS:
            visits = self._tuples.setdefault(id(value), [value, len(self._tuples), 0])
            visits[2] += 1
            items = items if visits[2] < 1000 else [visits[1]]
        self._items(items)

    def _dict(self, value: Any, kind: Kind) -> None:
        if "__builtins__" in dict.keys(value):
            raise Undescribable("a namespace cannot be described: it holds everything")
        self._mark("dict", kind.label, len(dict.keys(value)))
        self._items(list(dict.keys(value)))
        self._items(list(dict.values(value)))

    def _set(self, value: Any, kind: Kind) -> None:
        items = list((set if set in mro_of(kind.type) else frozenset).__iter__(value))
        self._mark("set", kind.label, len(items))
        if set(map(type, items)) <= ATOMS:
            self.update(b"".join(sorted(marshal.dumps(item, 2) for item in items)))
            return
        found = sorted(((self._digest_alone(item), item) for item in items), key=lambda pair: pair[0])
        if len({digest for digest, _ in found}) < len(found):
            raise Undescribable("a set of objects that hold the same has no order of its own")
        self._items([item for _, item in found])

    def _digest_alone(self, value: Any) -> bytes:
        if self.nested > 8:
            raise Undescribable("objects that hold sets of one another have no order of their own")
        hasher = hashlib.sha256()
        Walk(hasher.update, self.nested + 1).take_value(value)
        return hasher.digest()

    def _function(self, value: Any, kind: Kind) -> None:
        local = is_local(value.__module__) or is_local(value.__globals__.get("__name__"))
        if not local and "<" not in value.__qualname__:
            self._mark("function", value.__module__, value.__qualname__)
        elif self._meet(value):
            self.enter_code(value)
            self._mark(
                "function", value.__qualname__.rpartition("<locals>.")[2], None if local else value.__module__
            )
            cells = value.__closure__ or ()
            self._parts(
                kind, value.__code__, value.__defaults__, value.__kwdefaults__, value.__dict__, *cells
            )

    def _code(self, value: Any, kind: Kind) -> None:
        counts = value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags & 0x3AF
        names = value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars
        self._mark("code", value.co_name, value.co_code, value.co_exceptiontable, counts, names)
        self._items(list(value.co_consts))

    def _class(self, value: Any, kind: Kind) -> None:
        name = name_type(value)
        module = name.removesuffix("." + qualname_of(value))
        if not is_local(module) and module != "types":
            self._mark("class", name)
        elif self._meet(value):
            found = sorted((n, v) for n, v in vars_of(value).items() if n not in CLASS_NOISE)
            self._mark(
                "class", qualname_of(value).rpartition("<locals>.")[2], tuple(name for name, _ in found)
            )
            self._parts(kind, *value.__bases__, *(v for _, v in found))

    def _array(self, value: Any, kind: Kind) -> None:
        cells = sys.modules["numpy"].ndarray.view(value, sys.modules["numpy"].ndarray)
        owner, shares = find_owner(cells), None
        self.note_object(owner)
        if cells.nbytes and type(owner).__name__ == "ndarray":
            start = cells.__array_interface__["data"][0]
            number, first = self._owners.setdefault(id(owner), (len(self._owners), start))
            shares = (number, start - first) if number < len(self._owners) - 1 or start != first else None
        self._mark("array", kind.label, cells.shape, shares)
        self._cells(cells)

    def _masked_array(self, value: Any, kind: Kind) -> None:
        self._array(value, kind)
        default = sys.modules["numpy"].ma.default_fill_value
        fill = default(value.dtype) if value._fill_value is None else value._fill_value
        self._push([sys.modules["numpy"].array(fill, value.dtype)])

    def _scalar(self, value: Any, kind: Kind) -> None:
        if value.dtype.kind in SIMPLE:
            self._mark("scalar", value.dtype.str, value.tobytes())
        else:
            self._push([sys.modules["numpy"].asarray(value)])

    def _dtype(self, value: Any, kind: Kind) -> None:
        if value.kind in SIMPLE and not value.metadata:
            self._mark("dtype", value.str)
        else:
            self._reduced(value, kind)

    def _random(self, value: Any, kind: Kind) -> None:
        if value is getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None):
            self._mark("the global stream")
        elif hasattr(value, "get_state"):
            self.note_object(value._bit_generator)
            self._parts(kind, value.get_state(legacy=False))
        else:
            bits = getattr(value, "bit_generator", value)
            self.note_object(bits)
            self._parts(kind, bits.state)

    def _frame(self, value: Any, kind: Kind) -> None:
        manager = value._mgr
        single = len(manager.axes) == 1
        columns: list[Any] = [None] * (1 if single else len(manager.axes[0]))
        for block in manager.blocks:
            places = [0] if single else block.mgr_locs.as_array.tolist()
            rows = _read_rows(block.values)
            self.note_object(find_owner(block.values))
            for place, cells in zip(places, rows, strict=True):
                columns[place] = cells
        self._mark("frame", kind.label, bool(value.flags.allows_duplicate_labels), len(columns))
        for cells in columns:
            if hasattr(cells, "__array_interface__"):
                self._cells(cells)
            else:
                self._mark("column")
                self._push([cells])
        self._push(manager.axes)

    def _masked(self, value: Any, kind: Kind) -> None:
        data = value._data
        self.note_object(find_owner(data))
        if value._mask.any():
            data = data.copy()
            data[value._mask] = 0
        self._cells(data)


def _read_attributes(value: Any, kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for member in kind.slots:
        try:
            found[member.__name__] = member.__get__(value)
        except AttributeError:
            continue
    if kind.type.__dictoffset__:
        found.update(object.__getattribute__(value, "__dict__"))
    return found


def _read_cell(cell: Any) -> list[Any]:
    try:
        return [cell.cell_contents]
    except ValueError:
        return []


def _cut_slabs(cells: Any) -> Iterator[Any]:
    """Cut an array into contiguous pieces in C order, with zeros in the gaps between the fields of records."""
    numpy, fields = sys.modules["numpy"], cells.dtype.names or ()
    inner = [cells.dtype[name] for name in fields]
    gaps = fields and (any(d.names for d in inner) or sum(d.itemsize for d in inner) < cells.dtype.itemsize)
    if cells.flags.c_contiguous and not gaps:
        yield cells
        return
    cells = numpy.atleast_1d(cells)
    rows = max(1, SLAB * len(cells) // cells.nbytes)
    for part in (cells[start : start + rows] for start in range(0, len(cells), rows)):
        bare = numpy.zeros(part.shape, part.dtype) if gaps else numpy.ascontiguousarray(part)
        for name in fields if gaps else ():
            bare[name] = part[name]
        yield bare


def _read_rows(values: Any) -> Iterable[Any]:
    """Return a block's columns one by one, contiguous where that can be had for one copy of the block."""
    if values.ndim == 1:
        return [values]
    if isinstance(values, sys.modules["numpy"].ndarray) and values.strides[1] != values.itemsize:
        return [
            row
            for at in range(0, len(values), 16)
            for row in sys.modules["numpy"].ascontiguousarray(values[at : at + 16])
        ]
    return [values[at] for at in range(len(values))]


def _tell(read: Callable[[Any], Iterable[Any]]) -> Callable[[Walk, Any, Kind], None]:
    return lambda walk, value, kind: walk._parts(kind, *read(value))


HANDLERS: dict[str, Callable[[Any, Any, Any], None]] = {
    "builtins:list": Walk._list,
    "builtins:tuple": Walk._tuple,
    "builtins:dict": Walk._dict,
    "builtins:set": Walk._set,
    "builtins:frozenset": Walk._set,
    "builtins:function": Walk._function,
    "builtins:code": Walk._code,
    "builtins:type": Walk._class,
    "builtins:bytearray": _tell(lambda value: [bytes(value)]),
    "builtins:memoryview": _tell(lambda value: [value.format, value.shape, value.tobytes(), value.obj]),
    "builtins:cell": _tell(_read_cell),
    "builtins:method": _tell(lambda value: [value.__func__, value.__self__]),
    "builtins:property": _tell(lambda value: [value.fget, value.fset, value.fdel]),
    "builtins:staticmethod": _tell(lambda value: [value.__func__]),
    "builtins:classmethod": _tell(lambda value: [value.__func__]),
    "builtins:module": _tell(lambda value: [value.__name__]),
    "functools:cached_property": _tell(lambda value: [value.func]),
    "collections:OrderedDict": Walk._reduced,
    "collections:defaultdict": Walk._reduced,
    "numpy:ndarray": Walk._array,
    "numpy:MaskedArray": Walk._masked_array,
    "numpy:generic": Walk._scalar,
    "numpy:dtype": Walk._dtype,
    "numpy:RandomState": Walk._random,
    "numpy:Generator": Walk._random,
    "numpy:BitGenerator": Walk._random,
    "pandas:NDFrame": Walk._frame,
    "pandas:Index": _tell(lambda value: []),
    "pandas:NDArrayBacked": _tell(lambda value: [value._dtype, value._ndarray]),
    "pandas:BaseMaskedArray": Walk._masked,
    "pandas:ArrowExtensionArray": _tell(
        lambda value: [str(value._pa_array.type), value._pa_array.to_pylist()]
    ),
}
for _name in (
    "getset_descriptor member_descriptor wrapper_descriptor method_descriptor classmethod_descriptor".split()
):
    HANDLERS["builtins:" + _name] = _tell(lambda value: [value.__objclass__, value.__name__])
for _name in ("dict_keys", "dict_values", "dict_items", "mappingproxy"):
    HANDLERS["builtins:" + _name] = _tell(gc.get_referents)
