"""Structure: the content of a Python value as one canonical stream of bytes, the same in every process."""

from __future__ import annotations

import array
import copyreg
import dis
import functools
import gc
import hashlib
import marshal
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

__all__ = [
    "ATOMS",
    "CLASS_NOISE",
    "HANDLERS",
    "HONEST_DIFFERENCES",
    "MEMBER",
    "NOISE",
    "OPAQUE",
    "UNSHARED",
    "Kind",
    "Undescribable",
    "Walk",
    "find_owner",
    "is_local",
    "mro_of",
    "name_type",
    "qualname_of",
    "structural_digest",
    "vars_of",
]

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

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(...)})
OPAQUE = dict.fromkeys(("matplotlib", "mpl_toolkits"), "it is drawn when looked at") | dict.fromkeys(
    ("IPython", "ipykernel", "ipywidgets", "traitlets", "zmq"), "it belongs to the kernel"
)
CLASS_NOISE = frozenset(
    (
        *(
            "__dict__",
            "__weakref__",
            "__module__",
            "__qualname__",
            "__firstlineno__",
            "__static_attributes__",
            "__slotnames__",
        ),
        *("__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__", "_abc_impl"),
        *(
            "__dataclass_fields__",
            "__dataclass_params__",
            "__type_params__",
            "__parameters__",
            "__orig_bases__",
        ),
    )
)
_SLAB = 1 << 22
_SIMPLE = frozenset("biufcmMSU")
UNSHARED = {
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
NOISE = {
    "sklearn": {"refit_time_", "_stop_words_id"},
    "functools:cached_property": {"lock"},
    "pandas": {"_cache", "_id", "_references", "_typ", "_readonly"},
    "pandas:Index": {"_data"},
    "pandas:NDFrame": {"_mgr", "_flags", "_item_cache", "_cacher", "_is_copy"},
    "pandas:BaseMaskedArray": {"_data"},
    "pandas:ArrowExtensionArray": {"_pa_array"},
    "numpy:memmap": {"_mmap", "filename", "mode", "offset"},
    "numpy:MaskedArray": {"_fill_value", "_basedict"},
}
_studied: dict[int, tuple[Any, str, tuple[slice, ...] | None]] = {}
_STANDARD = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))
MEMBER = type(type(lambda: 0).__dict__["__globals__"])
mro_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
vars_of: Callable[[type], Any] = type.__dict__["__dict__"].__get__
qualname_of: Callable[[type], str] = type.__dict__["__qualname__"].__get__


class Undescribable(TypeError):  # noqa: N818 - a verdict on a value, said as an adjective
    """The content of a value cannot be told, so that nothing can be said about its equality."""


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
    if not isinstance(file, str) or not file.endswith(".py") or file.startswith(_STANDARD):
        return False
    return not ("site-packages" in file or "dist-packages" in file)


def name_type(kind: type) -> str:
    """Return the module and the qualified name of a class, asking no metaclass."""
    module = type.__dict__["__module__"].__get__(kind)
    return f"{module if isinstance(module, str) else 'builtins'}.{qualname_of(kind)}"


class Kind(NamedTuple):
    """How values of one type are described.

    `shared` ones can be changed, so that meeting one twice says something; `dressed` ones have
    attributes beside their content; `noise` names attributes that say nothing.
    """

    type: type
    handler: Callable[[Any, Any, Any], None]
    label: str
    local: bool
    shared: bool
    dressed: bool
    slots: tuple[Any, ...]
    noise: frozenset[str]


class Walk:
    """One traversal: feeds `update` with what a value is made of, and its hooks with what it meets.

    No code of a user's type runs but the ``__reduce_ex__`` of those whose state is not in attributes.
    """

    new_hasher: Callable[[], Any] = hashlib.sha256

    def __init__(self, update: Callable[[Any], object], nested: int = 0) -> None:
        self.update, self.nested, self.nbytes = update, nested, 0
        self.owners: dict[int, list[Any]] = {}
        self._stack: list[Any] = []
        self._kinds: dict[int, Kind] = {}
        self._seen: dict[int, int] = {}
        self._alive: list[Any] = []
        self.tuples: dict[int, list[Any]] = {}

    def note_object(self, value: Any) -> None:
        """Meet a mutable object, or the owner of a buffer, for the first time."""

    def recall_cells(self, cells: Any) -> bytes | None:
        """Return the digest of a long array of atoms, where an observer knows it already."""
        return None

    def keep_cells(self, cells: Any, values: list[Any], digest: bytes) -> None:
        """Take note of the digest of a long array of atoms."""

    def note_parts(self, parts: Any) -> None:
        """Take a value apart: some of the parts were made only now, and belong to nobody else."""

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
                kind = self._kinds.get(id(exact)) or self._meet_kind(exact)
                if kind.shared and not self._meet(value):
                    continue
                if kind.dressed:
                    self.tell_state(kind, _read_attributes(value, kind))
                kind.handler(self, value, kind)
            except Exception as error:  # noqa: BLE001 - what a user's type raises is a reason, not a failure
                reason = f"a {name_type(exact)} cannot be described ({type(error).__name__})"
                self.refuse_value(value, error.args[0] if type(error) is Undescribable else reason)

    def _meet(self, value: Any) -> bool:
        number = self._seen.setdefault(id(value), len(self._alive))
        if number < len(self._alive):
            self.mark("again", number)
            return False
        self._alive.append(value)
        self.note_object(value)
        return True

    def _meet_kind(self, exact: type) -> Kind:
        kind = self._kinds[id(exact)] = _known.get(id(exact)) or _choose_kind(exact)
        if kind.local:
            self.push([exact])
        elif len(_known) < 5000:
            _known[id(exact)] = kind
        return kind

    def mark(self, *atoms: Any) -> None:
        """Tell a few atoms."""
        self.update(marshal.dumps(atoms, 2))

    def push(self, values: Iterable[Any]) -> None:
        """Have values described next, before those that wait already."""
        self._stack.extend(reversed(list(values)))

    def push_made(self, *values: Any) -> None:
        """Have values described next that were made only now: the caller keeps no name for them."""
        self.note_parts(values)
        self.push(values)

    def tell_parts(self, kind: Kind, *parts: Any) -> None:
        """Describe a value by the values that it consists of."""
        self.mark(kind.label, len(parts))
        self.push(parts)

    def tell_state(self, kind: Kind, state: dict[str, Any]) -> None:
        """Describe a value by its attributes."""
        found = [item for item in sorted(state.items(), key=itemgetter(0)) if item[0] not in kind.noise]
        rest = [item for item in found if type(item[1]) not in ATOMS]
        if rest:
            found = [item for item in found if type(item[1]) in ATOMS]
        self.mark(kind.label, tuple(found), [name for name, _ in rest])
        if "refit_time_" in kind.noise:
            rest = [(n, self._drop_times(v) if n == "cv_results_" else v) for n, v in rest]
        self.push(value for _, value in rest)

    def _drop_times(self, results: dict[str, Any]) -> dict[str, Any]:
        self.note_object(results)
        kept = ({n: v for n, v in results.items() if not n.endswith(("_fit_time", "_score_time"))},)
        self.note_parts(kept)
        return kept[0]

    def tell_items(self, label: str, values: list[Any]) -> None:
        """Describe values that stand in a row."""
        found = set(map(type, values))
        if not found <= ATOMS:
            others = found - ATOMS
            if type(None) not in found and {kind.__name__ for kind in others} == {"NAType"}:
                self.mark("NA")
                self.tell_items(label, [v if type(v) in ATOMS else None for v in values])
                return
            self.mark(label, len(values))
            self.push(values)
        elif len(values) <= 16:
            self.update(marshal.dumps((label, values), 2))
        elif found == {float}:
            self._tell_bytes(label, "floats", array.array("d", values).tobytes())
        elif found != {str} or not self.tell_text(label, values):
            self._tell_bytes(label, "atoms", marshal.dumps(values, 2))

    def tell_text(self, label: str, values: list[str]) -> bool:
        """Describe strings that stand in a row, if they can be joined; tell whether that was so."""
        try:
            text = "\0".join(values)
        except TypeError:
            return False
        if text.count("\0") != len(values) - 1:
            return False
        self._tell_bytes(label, "text", text.encode("utf-8", "surrogatepass"))
        return True

    def _tell_bytes(self, label: str, form: str, content: bytes) -> None:
        self.mark(label, form, len(content))
        self.nbytes += len(content)
        self.update(content)

    def tell_reduced(self, value: Any, kind: Kind) -> None:
        """Describe a value as pickle would take it apart."""
        passing = any("__next__" in vars_of(base) for base in mro_of(kind.type))
        if passing and kind.label not in ("_io.BytesIO", "_io.StringIO"):
            raise Undescribable(f"a {name_type(kind.type)} cannot be described: reading it would use it up")
        reducer: Any = kind.type
        take_apart: Any = copyreg.dispatch_table.get(reducer)
        parts = take_apart(value) if take_apart else reducer.__reduce_ex__(value, 4)
        if type(parts) is str:
            self.mark("global", str(getattr(value, "__module__", None)), parts)
            self.tell_state(kind, _read_attributes(value, kind))
            return
        self.note_parts(parts)
        maker, arguments, state, items, pairs = (*parts, None, None, None)[:5]
        if kind.type.__name__.startswith(("KDTree", "BallTree")) and type(state) is tuple:
            state = state[:7] + state[11:]
        if type(state) is dict and set(map(type, state)) <= {str}:
            self.tell_state(kind, state)
            state = ()
        pieces = state if type(state) is tuple else (state,)
        flat = [*(items or ()), *(part for pair in pairs or () for part in pair)]
        self.mark(kind.label, len(arguments), len(pieces))
        self.push([maker, *arguments, *pieces])
        self.tell_items("items", flat)

    def _take_dict(self, value: Any, kind: Kind) -> None:
        if "__builtins__" in dict.keys(value):
            raise Undescribable("a namespace cannot be described: it holds everything")
        self.tell_items(kind.label, list(dict.keys(value)))
        self.tell_items("values", list(dict.values(value)))

    def _take_set(self, value: Any, kind: Kind) -> None:
        items = list((set if set in mro_of(kind.type) else frozenset).__iter__(value))
        self.mark(kind.label, len(items))
        if set(map(type, items)) <= ATOMS:
            self._tell_bytes("set", "atoms", b"".join(sorted(marshal.dumps(item, 2) for item in items)))
            return
        found = sorted(((self._digest_alone(item), item) for item in items), key=itemgetter(0))
        if len({digest for digest, _ in found}) < len(found):
            raise Undescribable("a set of objects that hold the same has no order of its own")
        self.tell_items("set", [item for _, item in found])

    def _digest_alone(self, value: Any) -> bytes:
        if self.nested > 8:
            raise Undescribable("objects that hold sets of one another have no order of their own")
        hasher = hashlib.sha256()
        Walk(hasher.update, self.nested + 1).take_value(value)
        return hasher.digest()

    def _take_function(self, value: Any, kind: Kind) -> None:
        local = is_local(value.__module__) or is_local(value.__globals__.get("__name__"))
        if not local and "<" not in value.__qualname__:
            self.mark("function", value.__module__, value.__qualname__)
        elif self._meet(value):
            self.enter_code(value)
            self.mark("function", _cut_locals(value.__qualname__), None if local else value.__module__)
            cells, defaults = value.__closure__ or (), value.__defaults__
            self.tell_parts(kind, value.__code__, defaults, value.__kwdefaults__, value.__dict__, *cells)

    def _take_class(self, value: Any, kind: Kind) -> None:
        name = name_type(value)
        module = name.removesuffix("." + qualname_of(value))
        if not is_local(module) and module != "types":
            self.mark("class", name)
        elif self._meet(value):
            found = {n: v for n, v in vars_of(value).items() if n not in CLASS_NOISE}
            self.mark("class", _cut_locals(qualname_of(value)))
            self.tell_state(kind, found)
            self.push(value.__bases__)


_known: dict[int, Kind] = {}


def _choose_kind(exact: type) -> Kind:
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
    handler = next((HANDLERS[name] for name in names if name in HANDLERS), None)
    bare = names[0].startswith("builtins:") or "builtins:type" in tags
    if not OPAQUE.keys().isdisjoint(tags):
        handler, bare = _refuse_opaque, True
    elif handler is None and hidden and "enum:Enum" not in tags:
        handler, bare = Walk.tell_reduced, True
    dressed = not bare and bool(slots or exact.__dictoffset__)
    noise = frozenset().union(*(NOISE[tag] for tag in tags & NOISE.keys()))
    label = _cut_locals(qualname_of(exact)) if local else labels[0]
    shared = tags.isdisjoint(UNSHARED) and exact.__name__ != "cython_function_or_method"
    return Kind(exact, handler or _take_nothing, label, local, shared, dressed, slots, noise)


def _take_nothing(walk: Walk, value: Any, kind: Kind) -> None:
    if not kind.dressed:
        walk.mark(kind.label)


def _refuse_opaque(walk: Walk, value: Any, kind: Kind) -> None:
    root = next(r for base in mro_of(kind.type) if (r := name_type(base).partition(".")[0]) in OPAQUE)
    raise Undescribable(f"a {name_type(kind.type)} cannot be described: {OPAQUE[root]}")


def _cut_locals(qualname: str) -> str:
    return qualname.rpartition("<locals>.")[2]


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


def find_owner(cells: Any) -> Any:
    """Return the object that owns an array's memory."""
    while (base := getattr(cells, "base", None)) is not None:
        cells = base
    return cells.obj if type(cells) is memoryview else cells


def _take_array(walk: Any, value: Any, kind: Any) -> None:
    numpy = sys.modules["numpy"]
    cells = value if kind.type is numpy.ndarray else numpy.ndarray.view(value, numpy.ndarray)
    owner = find_owner(cells)
    if owner is not value:
        walk.note_object(owner)
    shares = None
    if type(owner) is numpy.ndarray and cells.nbytes:
        others = walk.owners.setdefault(id(owner), [])
        shares = next(
            ((at, _measure_step(o, cells)) for at, o in enumerate(others) if _overlap(o, cells)), None
        )
        if len(others) < 16:
            others.append(cells)
    walk.mark(kind.label, cells.shape, shares)
    _take_cells(walk, cells)


def _measure_step(first: Any, second: Any) -> int:
    return int(second.__array_interface__["data"][0] - first.__array_interface__["data"][0])


def _overlap(first: Any, second: Any) -> bool:
    """Tell whether a change of one array could change another: the parts of one coefficient array do not."""
    numpy = sys.modules["numpy"]
    try:
        return bool(numpy.shares_memory(first, second, max_work=1000))
    except numpy.exceptions.TooHardError:
        return bool(numpy.may_share_memory(first, second))


def _take_cells(walk: Any, cells: Any) -> None:
    dtype = cells.dtype
    walk.mark(_spell_dtype(dtype))
    if dtype.kind == "O":
        _take_objects(walk, "cells", cells)
        return
    if dtype.kind == "T" or dtype.hasobject:
        walk.tell_items("cells", cells.reshape(-1).tolist())
        return
    if not cells.nbytes:
        return
    walk.nbytes += cells.nbytes
    if cells.flags.c_contiguous and not (dtype.names and _has_rubbish(cells)):
        walk.update(cells.reshape(-1).view("u1"))
        return
    for slab in _cut_slabs(cells):
        walk.update(slab.reshape(-1).view("u1"))


def _cut_slabs(cells: Any) -> Iterator[Any]:
    """Copy an array in contiguous pieces in C order, with zeros in the gaps between the fields of records."""
    numpy, fields = sys.modules["numpy"], cells.dtype.names or ()
    cells = numpy.atleast_1d(cells)
    rows = max(1, _SLAB * len(cells) // cells.nbytes)
    for part in (cells[start : start + rows] for start in range(0, len(cells), rows)):
        bare = numpy.zeros(part.shape, part.dtype) if fields else numpy.ascontiguousarray(part)
        for name in fields:
            bare[name] = part[name]
        yield bare


def _has_rubbish(records: Any) -> bool:
    """Tell whether anything but zeros may lie in the gaps between the fields of contiguous records."""
    gaps = _study_dtype(records.dtype)[2]
    if gaps is None:
        return True
    table = records.reshape(-1).view("u1").reshape(-1, records.dtype.itemsize)
    return any(table[:, gap].any() for gap in gaps)


def _find_gaps(dtype: Any) -> tuple[slice, ...] | None:
    """Return the bytes that no field covers, or None where records lie in records."""
    gaps, end = [], 0
    for field, offset in sorted(((f[0], f[1]) for f in dtype.fields.values()), key=lambda pair: pair[1]):
        if field.names or field.subdtype:
            return None
        gaps.append(slice(end, offset))
        end = offset + field.itemsize
    return tuple(gap for gap in [*gaps, slice(end, dtype.itemsize)] if gap.stop > gap.start)


def _take_masked(walk: Any, value: Any, kind: Any) -> None:
    numpy = sys.modules["numpy"]
    _take_array(walk, value, kind)
    fill = value._fill_value
    fill = numpy.ma.default_fill_value(value.dtype) if fill is None else fill
    walk.push_made(numpy.array(fill, value.dtype))


def _take_scalar(walk: Any, value: Any, kind: Any) -> None:
    if value.dtype.kind in _SIMPLE:
        walk.mark("scalar", value.dtype.str, value.tobytes())
    else:
        walk.push_made(sys.modules["numpy"].asarray(value))


def _take_dtype(walk: Any, value: Any, kind: Any) -> None:
    walk.mark("dtype", _spell_dtype(value))
    walk.push_made(*([dict(value.metadata)] if value.metadata else []))


def _spell_dtype(dtype: Any) -> str:
    return str(dtype.str if dtype.kind in _SIMPLE or dtype.kind == "O" else _study_dtype(dtype)[1])


def _study_dtype(dtype: Any) -> tuple[Any, str, tuple[slice, ...] | None]:
    """Return a dtype with its spelling and its gaps, worked out once for each dtype object."""
    found = _studied.get(id(dtype))
    if found is None:
        if len(_studied) > 1000:
            _studied.clear()
        found = _studied[id(dtype)] = (dtype, repr(dtype), _find_gaps(dtype) if dtype.names else ())
    return found


def _take_stream(walk: Any, value: Any, kind: Any) -> None:
    if value is getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None):
        walk.mark("the global stream")
    elif hasattr(value, "get_state"):
        walk.note_object(value._bit_generator)
        walk.mark(kind.label)
        walk.push_made(value.get_state(legacy=False))
    else:
        bits = getattr(value, "bit_generator", value)
        walk.note_object(bits)
        walk.mark(kind.label)
        walk.push_made(bits.state)


def _take_frame(walk: Any, value: Any, kind: Any) -> None:
    manager = value._mgr
    single = len(manager.axes) == 1
    columns: list[Any] = [None] * (1 if single else len(manager.axes[0]))
    for block in manager.blocks:
        places = [0] if single else block.mgr_locs.as_array.tolist()
        walk.note_object(find_owner(block.values))
        for place, cells in zip(places, _read_rows(block.values), strict=True):
            columns[place] = (cells,)
    walk.mark(kind.label, bool(value.flags.allows_duplicate_labels), len(columns))
    cells = None
    for column in columns:
        if hasattr(column[0], "__array_interface__"):
            _take_cells(walk, column[0])
        else:
            walk.mark("column")
            walk.note_parts(column)
            walk.push(column)
    walk.push(manager.axes)


def _read_rows(values: Any) -> Iterable[Any]:
    """Return a block's columns one by one, contiguous where that can be had by copying the block once."""
    if values.ndim == 1:
        return [values]
    numpy = sys.modules["numpy"]
    if type(values) is not numpy.ndarray or values.strides[1] == values.itemsize:
        return [values[at] for at in range(len(values))]
    starts = range(0, len(values), 16)
    return [row for at in starts for row in numpy.ascontiguousarray(values[at : at + 16])]


def _take_backed(walk: Any, value: Any, kind: Any) -> None:
    cells = value._ndarray
    walk.note_object(find_owner(cells))
    walk.push([value._dtype])
    if cells.dtype.kind != "O":
        walk.mark(kind.label, cells.shape)
        _take_cells(walk, cells)
        return
    _take_objects(walk, kind.label, cells)


def _take_objects(walk: Any, label: str, cells: Any) -> None:
    """Describe an array of objects; a long one of atoms by a digest of its own."""
    long = cells.size >= 1024
    digest = walk.recall_cells(cells) if long else None
    if digest is None:
        values = cells.reshape(-1).tolist()
        if not long or not set(map(type, values)) <= ATOMS:
            walk.tell_items(label, values)
            return
        hasher = walk.new_hasher()
        inner = Walk(hasher.update)
        inner.tell_items(label, values)
        walk.nbytes += inner.nbytes
        digest = hasher.digest()
        walk.keep_cells(cells, values, digest)
    walk.mark("objects", label, digest)


def _take_nullable(walk: Any, value: Any, kind: Any) -> None:
    data = value._data
    walk.note_object(find_owner(data))
    walk.mark(kind.label)
    if value._mask.any():
        data = data.copy()
        data[value._mask] = 0
    _take_cells(walk, data)


def _take_arrow(walk: Any, value: Any, kind: Any) -> None:
    told = str(value._pa_array.type).removeprefix("large_")
    walk.mark(kind.label, told)
    if told == "string":
        walk.tell_items("cells", value._pa_array.to_numpy().tolist())
    else:
        walk.tell_items("cells", value._pa_array.to_pylist())


def _take_index(walk: Any, value: Any, kind: Any) -> None:
    """An index is its attributes and its data, which never change: that a copy has them too is no sharing."""
    data = object.__getattribute__(value, "__dict__").get("_data")
    if type(data).__name__ == "StringArray":
        walk.push([data.dtype])
        _take_objects(walk, "index", data._ndarray)
    elif hasattr(data, "__array_interface__"):
        _take_cells(walk, data)
    else:
        walk.push([data])


def _take_list(walk: Any, value: Any, kind: Any) -> None:
    walk.tell_items(kind.label, value if kind.type is list else list(list.__iter__(value)))


def _take_tuple(walk: Any, value: Any, kind: Any) -> None:
    """A tuple is its items, however often it is met, but one that is met a thousand times is named."""
    items = list(tuple.__iter__(value))
    if not set(map(type, items)) <= ATOMS:
        visits = walk.tuples.setdefault(id(value), [value, len(walk.tuples), 0])
        visits[2] += 1
        if visits[2] >= 1000:
            walk.mark("repeated", visits[1])
            return
    walk.tell_items(kind.label, items)


@functools.lru_cache(maxsize=4096)
def _spell_code(value: Any) -> tuple[Any, ...]:
    """Spell instructions: a method of a module is called in another way where its import stands elsewhere."""
    code: Any = dis.Bytecode(value)
    found = [i for i in code if i.opname not in ("NOP", "PUSH_NULL", "EXTENDED_ARG")]
    places = {i.offset: at for at, i in enumerate(found)}
    steps: list[Any] = []
    for at, i in enumerate(found):
        argument = i.argval if i.opcode in dis.hasname else i.arg
        if i.opcode in dis.hasjrel or i.opcode in dis.hasjabs:
            argument = next((places[t] - at for t in range(i.argval, i.argval + 64, 2) if t in places), None)
        steps.append((i.opname.replace("LOAD_METHOD", "LOAD_ATTR"), argument))
    guarded = [
        tuple(next((places[t] for t in range(o, o + 64, 2) if t in places), len(found)) for o in entry[:3])
        + tuple(entry[3:])
        for entry in code.exception_entries
    ]
    return tuple(steps), tuple(guarded)


def _take_code(walk: Any, value: Any, kind: Any) -> None:
    counts = value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags & 0x3AF
    names = value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars
    walk.mark("code", value.co_name, *_spell_code(value), counts, names)
    walk.tell_items("constants", list(value.co_consts))


def _read_cell(cell: Any) -> list[Any]:
    try:
        return [cell.cell_contents]
    except ValueError:
        return []


def _tell(read: Callable[[Any], Iterable[Any]]) -> Callable[[Any, Any, Any], None]:
    return lambda walk, value, kind: walk.tell_parts(kind, *read(value))


_NAMED = _tell(lambda value: [value.__objclass__, value.__name__])
_OUTSIDE: dict[str, Callable[[Any, Any, Any], None]] = {
    "builtins:list": _take_list,
    "builtins:tuple": _take_tuple,
    "builtins:code": _take_code,
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
    "functools:cached_property": _tell(lambda value: [value.func]),
    "numpy:ndarray": _take_array,
    "numpy:MaskedArray": _take_masked,
    "numpy:generic": _take_scalar,
    "numpy:dtype": _take_dtype,
    "numpy:RandomState": _take_stream,
    "numpy:Generator": _take_stream,
    "numpy:BitGenerator": _take_stream,
    "pandas:NDFrame": _take_frame,
    "pandas:Index": _take_index,
    "pandas:NDArrayBacked": _take_backed,
    "pandas:BaseMaskedArray": _take_nullable,
    "pandas:ArrowExtensionArray": _take_arrow,
}
HANDLERS: dict[str, Callable[[Any, Any, Any], None]] = {
    "builtins:dict": Walk._take_dict,
    "builtins:set": Walk._take_set,
    "builtins:frozenset": Walk._take_set,
    "builtins:function": Walk._take_function,
    "builtins:type": Walk._take_class,
    "collections:OrderedDict": Walk.tell_reduced,
    "collections:defaultdict": Walk.tell_reduced,
    **_OUTSIDE,
}
