"""Holding: what every bound name is worth keeping when something is registered, exported or ended."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import FunctionType, ModuleType
from typing import Any

from nbmlops.capture.bindings import is_user_name
from nbmlops.core.value import Profile, SavedValue
from nbmlops.values.codec import Unsavable, save_pieces
from nbmlops.values.fingerprint import estimate_bytes, portray
from nbmlops.values.fitting import describe_fit
from nbmlops.values.pieces import Pieces
from nbmlops.values.profile import sketch_frame
from nbmlops.values.structure import Undescribable, mro_of, name_type, structural_digest, vars_of

__all__ = ["close_late", "hold_names"]

_Held = tuple[SavedValue, Pieces | None]


def hold_names(
    namespace: Mapping[str, Any],
    names: Iterable[str] | None = None,
    value_cap: int = 512 * 2**20,
    total_cap: int = 256 * 2**20,
    seconds: float = 20.0,
) -> Iterator[_Held]:
    """Yield the digest, and within the budget the bytes, of each of the user's names.

    Names that are given are held whatever they cost; fitted estimators come first and are always
    saved; functions, classes and modules are digested but not saved.
    """
    given = None if names is None else set(names)
    chosen = [n for n in namespace if (n in given if given is not None else is_user_name(n))]
    prices = {n: _price(namespace[n]) for n in chosen}
    chosen.sort(key=lambda n: (not _is_estimator(namespace[n]), prices[n]))
    began, total = time.perf_counter(), 0
    for name in chosen:
        value = namespace[name]
        free = given is not None or _is_estimator(value)
        allowed = free or (total + prices[name] <= total_cap and time.perf_counter() - began < seconds)
        try:
            saved, content = _hold(name, value, allowed, value_cap)
            saved = replace(saved, fit=describe_fit(value))
        except Exception as problem:  # noqa: BLE001 - one name that refuses must not cost the others
            note = f"it could not be looked at: {type(problem).__name__}"
            saved, content = SavedValue(name, name_type(type(value)), None, note=note), None
        total += saved.size
        yield saved, content


def _sketch(value: Any) -> Profile | None:
    """Describe a table that is not kept; None where it cannot be described."""
    try:
        return sketch_frame(value)
    except (TypeError, ValueError, ArithmeticError):
        return None


def close_late(namespace: dict[str, Any], names: Iterable[str]) -> set[str]:
    """Add the names that functions within the values look up when they are called."""
    given = {n for n in names if n in namespace}
    late = {n for name in given for n in portray(namespace[name], namespace).names}
    return given | {n for n in late if n in namespace}


def _price(value: Any) -> int:
    try:
        return estimate_bytes(value)
    except Exception:  # noqa: BLE001 - a user's type may refuse any question
        return 0


def _is_estimator(value: Any) -> bool:
    kinds = mro_of(type(value))
    return all(any(name in vars_of(kind) for kind in kinds) for name in ("fit", "get_params"))


def _hold(name: str, value: Any, allowed: bool, value_cap: int) -> _Held:
    kind = name_type(type(value))
    if not allowed:
        why = "too large for the budget when the history ended"
        return SavedValue(name, kind, None, note=why, profile=_sketch(value)), None
    try:
        digest: str | None = structural_digest(value)
        note = None
    except Undescribable as reason:
        digest, note = None, str(reason)
    if issubclass(type(value), ModuleType | FunctionType | type):
        return SavedValue(name, kind, digest, note=note), None
    if _price(value) > value_cap:
        why = f"larger than {value_cap // 2**20} MB"
        return SavedValue(name, kind, digest, note=why, profile=_sketch(value)), None
    try:
        codec, content = save_pieces(value)
    except Unsavable as reason:
        return SavedValue(name, kind, digest, note=note or str(reason)), None
    return SavedValue(name, kind, digest, content.digest, codec, content.size, note), content
