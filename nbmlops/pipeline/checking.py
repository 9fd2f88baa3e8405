"""Checking: whether the input tables are what schema.py says; it needs pandera."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbmlops.pipeline import support

__all__ = ["check_tables", "read_table"]


def check_tables(parameters: Any) -> list[str]:
    """Say in words what is wrong with the input tables, without showing a value.

    Raises ImportError where pandera is not installed, OSError where a table cannot be opened.
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
            table = read_table(path)
        except ValueError as problem:
            found.append(f"'{path}' cannot be read as a table: {type(problem).__name__}")
            continue
        if not len(table):
            found.append(f"'{path}' has no rows")
            continue
        try:
            schema.validate(table, lazy=True)
        except errors.SchemaErrors as problem:
            found += [f"'{path}': {what}" for what in _tell_failures(problem.failure_cases, table)]
    return found


def _tell_failures(cases: Any, table: Any) -> Iterator[str]:
    """Say what fails, column by column; a column of another type is not asked for more."""
    for column in cases.loc[cases["check"] == "column_in_dataframe", "failure_case"]:
        yield f"the column '{column}' is missing"
    typed = cases["check"].astype(str).str.startswith("dtype(")
    mistyped = set(cases.loc[typed, "column"].dropna())
    for (column, check), rows in cases.groupby(["column", "check"], sort=False):
        if column in mistyped and not check.startswith("dtype("):
            continue
        if column in mistyped:
            wanted = check.removeprefix("dtype('").removesuffix("')").replace("string[python]", "str")
            missing = int(table[column].isna().sum())
            also = f"; values that are missing: {missing}" if missing else ""
            yield f"the column '{column}' is {table[column].dtype}, not {wanted}{also}"
        elif check == "not_nullable":
            yield f"the column '{column}' may not have missing values, and has {len(rows)}"
        else:
            yield f"the column '{column}' is not {check} in {len(rows)} of {len(table)} rows"
    told = cases["column"].notna() | (cases["check"] == "column_in_dataframe")
    for check, rows in cases[~told].groupby("check", sort=False):
        yield f"the table fails {check} in {len(rows)} places"


def read_table(path: str | Path) -> Any:
    """Read the kinds of tables that the notebook may have read."""
    pandas: Any = importlib.import_module("pandas")
    name = str(path)
    if ".parquet" in name:
        table = pandas.read_parquet(path)
    elif ".json" in name:
        table = pandas.read_json(path, lines=True)
    else:
        table = pandas.read_csv(path, sep="\t" if ".tsv" in name else ",")
    return table.rename(columns=str)
