"""Checking: whether the input tables are what schema.py says; it needs pandera."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from nbmlops.pipeline import support

__all__ = ["check_tables", "read_table"]


def check_tables(parameters: Any) -> list[str]:
    """Say in words what is wrong with the input tables, without showing a value.

    Raises ImportError where pandera is not installed.
    """
    if not (support.HERE / "schema.py").is_file():
        return []
    try:
        errors: Any = importlib.import_module("pandera.errors")
    except ImportError as problem:
        advice = "python -m pip install '.[validate]'"
        raise ImportError(f"checking tables needs pandera ({problem}). Install it: {advice}") from problem
    found = []
    for name, schema in importlib.import_module("schema").SCHEMAS.items():
        path = getattr(parameters, name)
        try:
            schema.validate(read_table(path), lazy=True)
        except errors.SchemaErrors as problem:
            for (column, check), rows in problem.failure_cases.groupby(["column", "check"], dropna=False):
                found.append(f"'{path}', column {column}: {check} fails in {len(rows)} places")
    return found


def read_table(path: str | Path) -> Any:
    """Read the kinds of tables that the notebook may have read."""
    pandas: Any = importlib.import_module("pandas")
    name = str(path)
    if ".parquet" in name:
        return pandas.read_parquet(path)
    if ".json" in name:
        return pandas.read_json(path, lines=True)
    return pandas.read_csv(path, sep="\t" if ".tsv" in name else ",")
