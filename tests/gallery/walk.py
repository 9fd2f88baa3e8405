"""The other route: what a value holds, told without nbmlops by joblib and by a walk as pickle walks."""

from __future__ import annotations

import dis
import hashlib
import struct
import types
from typing import Any

import joblib
import numpy as np

__all__ = ["compare", "describe"]

_HERE = {"__main__", "pipeline", "definitions"}
_TIMES = ("fit_time", "score_time")
_CLOCK = {"refit_time_", "_stop_words_id"}
# They count the distances that were ever asked of them, also by plots, at these places of their state.
_COUNTERS = ("KDTree", "BallTree")


def describe(value: Any) -> dict[str, str | None]:
    """Return the digests of a value by each route; None, and the reason, where a route has no way."""
    told: dict[str, str | None] = {"joblib": None, "walk": None, "why": None}
    try:
        told["joblib"] = joblib.hash(value)
    except Exception as problem:  # noqa: BLE001 - a value that refuses has no digest
        told["why"] = f"joblib: {type(problem).__name__}"
    try:
        told["walk"] = _Walk().take(value).hex()
    except Exception as problem:  # noqa: BLE001 - a value that refuses has no digest
        told["why"] = f"{told['why'] or ''} walk: {type(problem).__name__}: {problem}"[:200]
    return told


def compare(ours: dict[str, str | None], theirs: dict[str, str | None]) -> tuple[str, str]:
    """Say whether two described values are the same, and by which route that is known.

    joblib counts the time that a fit took, and whose module a class is in, for content: the walk
    does not, and is asked where joblib sees a difference.
    """
    tried = [r for r in ("joblib", "walk") if ours[r] is not None and theirs[r] is not None]
    for route in tried:
        if ours[route] == theirs[route]:
            return "same", route
    return ("differs", tried[-1]) if tried else ("neither", "")


class _Walk:
    """Digests by what pickle would take apart, so that neither ids nor the order of sets matter."""

    def __init__(self) -> None:
        self._path: dict[int, int] = {}
        self._done: dict[int, bytes] = {}
        self._alive: list[Any] = []

    def take(self, value: Any) -> bytes:
        if value is None or isinstance(value, bool | int | str | bytes | complex | type(...)):
            return _digest(type(value).__name__, repr(value))
        if type(value) is float:
            return _digest("float", struct.pack("<d", value))
        if id(value) in self._path:
            return _digest("cycle", str(len(self._path) - self._path[id(value)]))
        if id(value) not in self._done:
            self._path[id(value)] = len(self._path)
            try:
                found = self._open(value)
            finally:
                del self._path[id(value)]
            self._alive.append(value)
            self._done[id(value)] = found
        return self._done[id(value)]

    def _all(self, name: str, values: Any) -> bytes:
        return _digest(name, *[self.take(v) for v in values])

    def _open(self, value: Any) -> bytes:
        kind = type(value)
        if kind in (list, tuple):
            return self._all(kind.__name__, value)
        if kind is dict:
            return self._all("dict", [x for pair in value.items() for x in pair])
        if kind in (set, frozenset):
            return _digest(kind.__name__, *sorted(self.take(v) for v in value))
        if isinstance(value, np.ndarray) and kind is np.ndarray:
            return self._array(value)
        if isinstance(value, np.generic):
            return _digest(str(value.dtype), self._array(np.asarray(value)))
        if isinstance(value, types.ModuleType):
            return _digest("module", value.__name__)
        if isinstance(value, type):
            return _digest("type", _name(value))
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.BuiltinFunctionType) and isinstance(value.__self__, types.ModuleType):
            return _digest("builtin", f"{value.__module__}.{value.__qualname__}")
        if value is np.random.mtrand._rand:
            return _digest("the global stream")
        if kind.__module__.startswith("pandas"):
            found = self._table(value)
            if found is not None:
                return found
        return self._reduced(value)

    def _array(self, value: np.ndarray[Any, Any]) -> bytes:
        told = _digest(str(value.dtype), str(value.shape))
        if value.dtype.names:
            return _digest(told, *[self._array(np.asarray(value[n])) for n in value.dtype.names])
        if value.dtype.hasobject:
            return _digest(told, *[self.take(v) for v in value.ravel().tolist()])
        return _digest(told, value.tobytes())

    def _function(self, value: types.FunctionType) -> bytes:
        if value.__module__ not in _HERE and "<" not in value.__qualname__:
            return _digest("function", _name(value))
        cells = [c.cell_contents for c in value.__closure__ or ()]
        return _digest(
            "own function", value.__name__, self._code(value.__code__),
            self.take(value.__defaults__), self.take(value.__kwdefaults__), self.take(cells),
        )  # fmt: skip

    def _code(self, code: types.CodeType) -> bytes:
        consts = [self._code(c) if isinstance(c, types.CodeType) else self.take(c) for c in code.co_consts]
        names = repr((code.co_names, code.co_varnames, code.co_freevars, code.co_argcount))
        return _digest("code", names, *consts, *filter(None, map(_spell_step, dis.get_instructions(code))))

    def _table(self, value: Any) -> bytes | None:
        name = type(value).__name__
        if name == "DataFrame":
            columns = [self._column(value.iloc[:, i]) for i in range(value.shape[1])]
            return _digest(name, self.take(value.columns), self.take(value.index), *columns)
        if name == "Series":
            return _digest(name, self.take(value.index), self.take(value.name), self._column(value))
        if name.endswith("Index") and name != "MultiIndex":
            return _digest(name, self.take(value.name), self._column(value))
        return None

    def _column(self, value: Any) -> bytes:
        if isinstance(value.dtype, np.dtype):
            return self._array(value.to_numpy())
        if str(value.dtype) == "category":
            whole = value.array
            order = str(bool(whole.ordered))
            return _digest(order, self._array(np.asarray(whole.codes)), self.take(whole.categories))
        return _digest(str(value.dtype), *[self.take(v) for v in value.array.tolist()])

    def _reduced(self, value: Any) -> bytes:
        reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):
            return _digest("global", reduced)
        function, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
        parts = [_name(type(value)), self.take(function), self._all("arguments", arguments)]
        if isinstance(state, dict):
            parts += [
                _digest(str(k), self._part(value, k, v)) for k, v in sorted(state.items(), key=_by_name)
            ]
        else:
            counts = type(value).__name__.startswith(_COUNTERS) and isinstance(state, tuple)
            parts.append(self.take(state[:7] + state[11:] if counts else state))
        parts.append(self._all("items", list(items or ())))
        parts.append(self._all("pairs", [x for pair in pairs or () for x in pair]))
        return _digest(*parts)

    def _part(self, owner: Any, key: Any, value: Any) -> bytes:
        if key in _CLOCK:
            return b""
        if key == "cv_results_" and isinstance(value, dict):
            return self.take({k: v for k, v in value.items() if not str(k).endswith(_TIMES)})
        return self.take(value)


def _by_name(pair: tuple[Any, Any]) -> str:
    return str(pair[0])


def _spell_step(step: dis.Instruction) -> str:
    """Spell an instruction without what depends on where the code stands.

    An attribute of a module is called in another way where the import is part of the same text.
    """
    if step.opname in {"PUSH_NULL", "PRECALL", "NOP", "CACHE"}:
        return ""
    name = "LOAD_ATTR" if step.opname == "LOAD_METHOD" else step.opname
    lasting = "JUMP" not in name and not isinstance(step.argval, types.CodeType)
    return f"{name} {step.argrepr.rpartition('+ ')[2]}" if lasting else name


def _name(value: Any) -> str:
    module = "here" if value.__module__ in _HERE else value.__module__
    return f"{module}.{value.__qualname__}"


def _digest(*parts: str | bytes) -> bytes:
    whole = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(len(content).to_bytes(8, "little"))
        whole.update(content)
    return whole.digest()
