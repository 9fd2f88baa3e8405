"""Validating: a schema of the input tables as code, loose enough for what the notebook read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nbmlops.core.value import ColumnProfile, Profile
from nbmlops.pipeline.spelling import spell_text
from nbmlops.templating import render_template

__all__ = ["find_nice", "write_schema"]

_MANY = 200
_SEEN = 10
_WIDTH = 88
_LEAST, _GREATEST = 1e-300, 1e300


@dataclass(frozen=True, slots=True)
class _Table:
    parameter: str
    constant: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Context:
    tables: tuple[_Table, ...]


def write_schema(profiles: Mapping[str, Profile]) -> bytes:
    """Return schema.py for the tables under these parameters; every captured row passes it.

    It names words only where each was seen at least 10 times, and bounds that no row has.
    """
    tables = tuple(
        _Table(name, name.upper(), tuple(_write_column(c) for c in profile.columns))
        for name, profile in profiles.items()
    )
    return render_template("pipeline", "schema.py.jinja", _Context(tables)).encode()


def _write_column(column: ColumnProfile) -> str:
    given = [spell_text(column.dtype), *_write_checks(column)]
    given += ["nullable=True"] if column.missing else []
    line = f"{spell_text(column.name)}: pa.Column({', '.join(given)}),"
    if len(line) + 8 <= _WIDTH and "\n" not in line:
        return line
    inside = "\n".join(f"            {item}," for item in given)
    return f"{spell_text(column.name)}: pa.Column(\n{inside}\n        ),"


def _write_checks(column: ColumnProfile) -> list[str]:
    numbers = column.kind in {"number", "integer"} and column.dtype != "object" and not column.infinite
    if numbers and column.count >= _MANY and len(column.quantiles) > 1:
        least, most = column.quantiles[0], column.quantiles[-1]
        # What 5% of the rows have is nobody's own.
        low = 0 if column.quantiles[1] == least == 0 else find_nice(least, down=True)
        high = find_nice(most, down=False)
        if math.isfinite(low) and math.isfinite(high):
            return [f"pa.Check.in_range({low}, {high})"]
    words = [value for value, count in column.top if count >= _SEEN]
    known = words and sum(count for _, count in column.top if count >= _SEEN) == column.count
    if column.kind in {"text", "category"} and known:
        return [f"pa.Check.isin([{_fill_lines([spell_text(word) for word in sorted(words)])}])"]
    return []


def _fill_lines(words: list[str]) -> str:
    """Join words by commas, on lines of their own where they are many."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH - 20:
            lines.append("")
        lines[-1] += f"{word}, "
    if len(lines) == 1:
        return lines[0].rstrip(", ")
    return "\n" + "\n".join(f"                {line.rstrip()}" for line in lines if line) + "\n            "


def find_nice(bound: float, down: bool) -> int | float:
    """Return a number of one digit beyond a bound: no row's own; infinity where there is none."""
    if math.isnan(bound) or abs(bound) > _GREATEST:
        return -math.inf if down else math.inf
    if abs(bound) < _LEAST:
        return -1 if down else 1
    size = 10.0 ** math.floor(math.log10(abs(bound)))
    step = -1 if down else 1
    digit = math.ceil(bound / size) if down else math.floor(bound / size)
    while True:
        digit += step
        nice = float(f"{digit * size:.1e}")
        if nice < bound if down else nice > bound:
            return int(nice) if nice.is_integer() else nice
