"""Inputs: which raw columns the features depend on, what stands in for the others, and the signature."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd

from nbmlops.core.value import Profile, SignatureField
from nbmlops.package.cutting.bits import first_difference
from nbmlops.package.cutting.keys import RARE
from nbmlops.package.cutting.loaded import Loaded
from nbmlops.package.runtime.schema import Field, Schema

__all__ = ["choose_placeholder", "describe_inputs", "find_idle", "is_supported", "make_schema"]

_SUPPORTED = ("int", "uint", "float", "bool", "datetime64", "str", "object")


def choose_placeholder(column: pd.Series[Any]) -> Any:
    """Return what stands in for a column that is not sent: its most frequent value, or its median."""
    if pd.api.types.is_bool_dtype(column):
        return bool(column.mode().iloc[0])
    if pd.api.types.is_integer_dtype(column):
        return int(column.median())
    if pd.api.types.is_float_dtype(column):
        middle = column.median()
        return None if pd.isna(middle) else float(middle)
    counts = column.value_counts()
    if counts.empty or int(counts.iloc[0]) < RARE:
        return "" if not pd.api.types.is_datetime64_any_dtype(column) else "2000-01-01T00:00:00"
    top = counts.index[0]
    return top.isoformat() if hasattr(top, "isoformat") else str(top)


def find_idle(loaded: Loaded, whole: Any) -> dict[str, Any]:
    """Return the raw columns that the features do not depend on, with what stands in for each.

    Tried on all captured rows: with the stand-in everywhere, each alone and then all together.
    """
    idle: dict[str, Any] = {}
    for name in loaded.raw.columns:
        placeholder = choose_placeholder(loaded.raw[name])
        if _is_same(loaded, whole, {name: placeholder}):
            idle[str(name)] = placeholder
    while idle and not _is_same(loaded, whole, idle):
        idle.popitem()
    return idle


def _is_same(loaded: Loaded, whole: Any, placeholders: dict[Any, Any]) -> bool:
    frame = loaded.raw.copy()
    for name, placeholder in placeholders.items():
        try:
            frame[name] = pd.Series([placeholder] * len(frame), index=frame.index).astype(frame[name].dtype)
        except (TypeError, ValueError):
            return False
    try:
        made = loaded.features(frame)
    except Exception:  # noqa: BLE001 - on a made-up value a notebook's statements may raise anything
        return False
    return first_difference(made, whole) is None and _same_index(made, whole)


def _same_index(made: Any, whole: Any) -> bool:
    return not hasattr(whole, "index") or bool(made.index.equals(whole.index))


def describe_inputs(
    fields: tuple[SignatureField, ...], profile: Profile, idle: dict[str, Any], columns: tuple[str, ...]
) -> tuple[SignatureField, ...]:
    """Return the fields of the raw columns as callers may know them.

    The values of a category are listed only where none of them is rare, or the model has each rare
    one as a column of its own.
    """
    tops = {column.name: column for column in profile.columns}
    found = []
    for item in fields:
        common = {value for value, count in tops[item.name].top if count >= RARE}
        rare = [value for value in item.values if value not in common]
        named = all(any(column.endswith(f"{item.name}_{value}") for column in columns) for value in rare)
        values = item.values if named and item.name not in idle and item.kind == "category" else ()
        found.append(dataclasses.replace(item, required=item.name not in idle, values=values))
    return tuple(found)


def make_schema(fields: tuple[SignatureField, ...], idle: dict[str, Any]) -> Schema:
    """Return the service's schema of these fields."""
    return Schema(
        tuple(
            Field(f.name, f.dtype, f.kind, f.required, f.nullable, f.values, idle.get(f.name)) for f in fields
        )
    )


def is_supported(dtype: str) -> bool:
    """Say whether a column of this dtype can be sent as JSON."""
    return dtype.startswith(_SUPPORTED)
