"""Golden rows: made up from the profile column by column, nobody's, with the notebook's answers."""

from __future__ import annotations

import random
from typing import Any

from nbmlops.core.value import ColumnProfile, Profile, SignatureField

__all__ = ["answer_value", "make_rows"]

_ROWS = 20
_FEW = 200


def make_rows(
    fields: tuple[SignatureField, ...], profile: Profile, count: int = _ROWS
) -> list[dict[str, Any]]:
    """Make up rows: each value is drawn for itself from what the profile says of its column."""
    dice = random.Random(20)
    columns = {column.name: column for column in profile.columns}
    rows = []
    for number in range(count):
        row: dict[str, Any] = {}
        for field in fields:
            if not field.required:
                continue
            missing = field.nullable and number > 0 and dice.random() < 0.08
            row[field.name] = None if missing else _draw(field, columns[field.name], dice)
        rows.append(row)
    return rows


def _draw(field: SignatureField, column: ColumnProfile, dice: random.Random) -> Any:
    if field.dtype == "bool":
        return dice.random() < 0.5
    if field.dtype.startswith(("int", "uint")):
        return _between(column, dice, whole=True)
    if field.dtype.startswith("float"):
        return _between(column, dice, whole=False)
    if field.dtype.startswith("datetime"):
        return f"20{dice.randint(10, 20)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}T00:00:00"
    if not column.top:
        return "made up"
    values, weights = zip(*column.top, strict=True)
    return dice.choices(values, weights)[0]


def _between(column: ColumnProfile, dice: random.Random, whole: bool) -> float | int:
    if not column.quantiles:
        return 0
    part = dice.randrange(len(column.quantiles) - 1) if len(column.quantiles) > 1 else 0
    low, high = column.quantiles[part], column.quantiles[min(part + 1, len(column.quantiles) - 1)]
    if low == high and column.count < _FEW:  # fewer than ten rows have it: it is theirs
        low, high = column.quantiles[0], column.quantiles[-1]
    value = dice.uniform(low, high)
    return round(value) if whole else round(value, 6)


def answer_value(value: Any) -> Any:
    """Return a prediction as JSON holds it."""
    return value.item() if hasattr(value, "item") else value
