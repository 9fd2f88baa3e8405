"""Structure: the content of a Python value as one canonical stream of bytes, the same in every process."""

from __future__ import annotations

import array
import hashlib
import marshal
from collections.abc import Callable, Iterable
from typing import Any

from nbmlops.values.choosing import choose_kind
from nbmlops.values.classes import ATOMS, is_local, locate, mro_of, name_type, vars_of
from nbmlops.values.kinds import Kind, Undescribable, read_attributes
from nbmlops.values.noise import COPIED

__all__ = [
    "ATOMS",
    "Undescribable",
    "Walk",
    "is_local",
    "locate",
    "mro_of",
    "name_type",
    "structural_digest",
    "vars_of",
]

_known: dict[int, Kind] = {}
_orders: dict[tuple[Any, ...], list[str]] = {}


def structural_digest(value: Any) -> str:
    """Return the SHA-256 of a value's content; raise Undescribable where it has none that can be told."""
    hasher = hashlib.sha256()
    Walk(hasher.update).take_value(value)
    return hasher.hexdigest()


def _order_names(kind: Kind, state: dict[str, Any]) -> list[str]:
    """Return the names of a state that say something, sorted: worked out once for all values alike."""
    key = (kind.noise, *state)
    order = _orders.get(key)
    if order is None:
        noise = kind.noise | COPIED if "__wrapped__" in state else kind.noise
        order = sorted(name for name in state if name not in noise)
        if len(_orders) < 5000 and set(map(type, order)) <= {str}:
            _orders[key] = order
    return order


class Walk:
    """One traversal: feeds `update` with what a value is made of, and its hooks with what it meets.

    No code of a user's type runs but the ``__reduce_ex__`` of those whose state is not in attributes.
    One that `remembers` describes what it knows again with what was worked out before.
    """

    remembers = False

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

    def note_address(self, address: int) -> None:
        """Meet memory that has no object of Python's to own it."""

    def enter_graph(self, value: Any) -> None:
        """Meet a tensor that remembers how it was computed, and from what."""

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
                kind = self._kinds.get(locate(exact)) or self._meet_kind(exact)
                if kind.shared and not self.meet_object(value):
                    continue
                if kind.dressed:
                    self.tell_state(kind, read_attributes(value, kind))
                kind.handler(self, value, kind)
            except Exception as error:  # noqa: BLE001 - what a user's type raises is a reason, not a failure
                reason = f"a {name_type(exact)} cannot be described ({type(error).__name__})"
                self.refuse_value(value, error.args[0] if type(error) is Undescribable else reason)

    def meet_object(self, value: Any) -> bool:
        """Tell whether an object is met for the first time; name it where it is not."""
        number = self._seen.setdefault(locate(value), len(self._alive))
        if number < len(self._alive):
            self.mark("again", number)
            return False
        self._alive.append(value)
        self.note_object(value)
        return True

    def skip_made(self, count: int) -> None:
        """Count what would have been made to describe a value, and was not."""
        self._alive += [None] * count

    def _meet_kind(self, exact: type) -> Kind:
        kind = self._kinds[locate(exact)] = _known.get(locate(exact)) or choose_kind(exact)
        if kind.local:
            self.push([exact])
        elif len(_known) < 5000:
            _known[locate(exact)] = kind
        return kind

    def mark(self, *atoms: Any) -> None:
        """Tell a few atoms."""
        self.update(marshal.dumps(atoms, 2))

    def tell_atom(self, atom: Any) -> None:
        """Tell one atom."""
        self.update(marshal.dumps(atom, 2))

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
        found: list[tuple[str, Any]] = []
        names: list[str] = []
        rest: list[Any] = []
        for name in _order_names(kind, state):
            value = state[name]
            if type(value) in ATOMS:
                found.append((name, value))
            else:
                names.append(name)
                rest.append(value)
        self.mark(kind.label, tuple(found), names)
        if "refit_time_" in kind.noise:
            named = zip(names, rest, strict=True)
            rest = [self._drop_times(v) if n == "cv_results_" else v for n, v in named]
        self.push(rest)

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
            self.tell_bytes(label, "floats", array.array("d", values).tobytes())
        elif found != {str} or not self.tell_text(label, values):
            self.tell_bytes(label, "atoms", marshal.dumps(values, 2))

    def tell_text(self, label: str, values: list[str]) -> bool:
        """Describe strings that stand in a row, if they can be joined; tell whether that was so."""
        try:
            text = "\0".join(values)
        except TypeError:
            return False
        if text.count("\0") != len(values) - 1:
            return False
        self.tell_bytes(label, "text", text.encode("utf-8", "surrogatepass"))
        return True

    def tell_bytes(self, label: str, form: str, content: bytes) -> None:
        """Tell long content as it is."""
        self.mark(label, form, len(content))
        self.nbytes += len(content)
        self.update(content)

    def digest_alone(self, value: Any) -> bytes:
        """Return the digest of a value as if it were met alone."""
        if self.nested > 8:
            raise Undescribable("objects that hold sets of one another have no order of their own")
        hasher = hashlib.sha256()
        Walk(hasher.update, self.nested + 1).take_value(value)
        return hasher.digest()

    def digest_memory(self, memory: Any) -> bytes:
        """Return the hash of a stretch of memory, to know it again."""
        return hashlib.sha256(memory).digest()

    def digest_cells(self, label: str, cells: Any) -> bytes | None:
        """Return the digest of an array of atoms alone; None if not all in it are atoms."""
        values = cells.reshape(-1).tolist()
        if not set(map(type, values)) <= ATOMS:
            return None
        hasher = hashlib.sha256()
        inner = Walk(hasher.update)
        inner.tell_items(label, values)
        self.nbytes += inner.nbytes
        return hasher.digest()
