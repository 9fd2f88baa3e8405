"""Companions: the files beside pipeline.py that make it a project: metadata, tests and a README."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbmlops.core.encoding import encode
from nbmlops.core.pipeline import InputFile, Parameter, Pipeline, Step
from nbmlops.core.value import ColumnProfile, Profile
from nbmlops.pipeline.support import name_option
from nbmlops.pipeline.validating import write_schema
from nbmlops.templating import quote_toml, render_template

__all__ = ["list_inputs", "shape_schema", "write_companions"]


_MANY = 100
_SEEN = 10


@dataclass(frozen=True, slots=True)
class _ParameterLine:
    name: str
    comment: str
    value: str


@dataclass(frozen=True, slots=True)
class _ParametersContext:
    parameters: tuple[_ParameterLine, ...]


@dataclass(frozen=True, slots=True)
class _Context:
    name: str
    target: str
    origin: str
    python: str
    requirements: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    steps: tuple[Step, ...]
    kept: int
    total: int
    restored: int
    dropped: tuple[tuple[int, str], ...]
    tables: tuple[str, ...]
    notebook: bool
    titled: bool
    changed: str
    spelled: Mapping[str, str]
    options: Mapping[str, str]


def write_companions(
    pipeline: Pipeline,
    requirements: Sequence[str],
    python: str,
    golden: Mapping[str, object],
    paths: Mapping[str, str],
    schemas: Mapping[str, Profile],
    origin: str,
    notebook: bool = False,
) -> dict[str, bytes]:
    """Return pyproject.toml, parameters.toml, README.md, schema.py and the tests, by relative path.

    `paths` are those of the inputs from the export's folder, and `schemas` their tables, by parameter;
    `origin` says in words what the pipeline was made from, and `notebook` that the export has one as well.
    `golden` holds the structural digest of the ``value`` and, by step and name, of the ``steps``.
    """
    context = _Context(
        name=re.sub(r"[^a-z0-9]+", "-", pipeline.target.lower()).strip("-") or "pipeline",
        target=pipeline.target,
        origin=origin,
        python=".".join(python.split(".")[:2]),
        requirements=tuple(requirements),
        parameters=pipeline.parameters,
        steps=pipeline.steps,
        kept=len(pipeline.slice.kept),
        total=len(pipeline.slice.explained),
        restored=len(pipeline.slice.restores),
        dropped=tuple(
            (e.statement.execution, e.statement.source) for e in pipeline.slice.explained if e.proved_needless
        ),
        tables=tuple(schemas),
        notebook=notebook,
        titled=any(step.title for step in pipeline.steps),
        changed=_show_option(pipeline.parameters),
        options={p.name: name_option(p.name) for p in pipeline.parameters},
        spelled={p.name: _show_default(p.default) for p in pipeline.parameters},
    )
    names = {
        "pyproject.toml": "pyproject.toml.jinja",
        "README.md": "README.md.jinja",
        "tests/test_pipeline.py": "test_pipeline.py.jinja",
        "tests/synthetic.py": "synthetic.py.jinja",
    }
    files = {
        path: render_template("pipeline", template, context).encode() for path, template in names.items()
    }
    if pipeline.parameters:
        files["parameters.toml"] = _list_parameters(pipeline.parameters, paths)
    if schemas:
        files["schema.py"] = write_schema(schemas)
    return files | {"tests/golden.json": json.dumps(golden, indent=2).encode()}


def _show_option(parameters: Sequence[Parameter]) -> str:
    """Show how one parameter is given on the command line: preferably no path."""
    chosen = next((p for p in parameters if not p.is_input), next(iter(parameters), None))
    if chosen is None:
        return ""
    value = f"'{_spell_toml(chosen.default)}'" if isinstance(chosen.default, tuple) else "VALUE"
    return f"{name_option(chosen.name)} {value}"


def _show_default(value: object) -> str:
    return _spell_toml(value) if isinstance(value, tuple) else str(value)


def _spell_toml(value: object) -> str:
    """Write a value as TOML has it, which has the word none for None."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_spell_toml, value))}]"
    return quote_toml("none" if value is None else value)


def _list_parameters(parameters: Sequence[Parameter], paths: Mapping[str, str]) -> bytes:
    """Return parameters.toml: every parameter with what the notebook had, and where."""
    lines = []
    for p in parameters:
        accepted = f"; {p.range}" if p.range else ""
        accepted = f"; one of {', '.join(p.choices)}" if p.choices else accepted
        try:
            value = _spell_toml(paths.get(p.name, p.default))
        except ValueError:  # half a surrogate pair, which TOML cannot hold
            continue
        lines.append(_ParameterLine(p.name, p.where + accepted, value))
    context = _ParametersContext(tuple(lines))
    return render_template("pipeline", "parameters.toml.jinja", context).encode()


def list_inputs(inputs: Sequence[InputFile], schemas: Mapping[str, Profile]) -> bytes:
    """Return inputs.json: every file that comes from outside, with its digest and columns."""
    entries = []
    for entry in inputs:
        profile = schemas.get(entry.parameter or "")
        entries.append({**encode(entry), "schema": shape_schema(profile) if profile else None})
    return json.dumps(entries, indent=2, ensure_ascii=False).encode()


def shape_schema(profile: Profile) -> dict[str, object]:
    """Describe a table without showing anybody's value.

    Extremes are left out, and quantiles are rounded to three digits: each is one row's value else. Of
    columns with fewer than 100 values none of these is told, for they would give the values away.
    """
    return {"rows": profile.rows, "columns": [_shape_column(column) for column in profile.columns]}


def _shape_column(column: ColumnProfile) -> dict[str, object]:
    shape = encode(column)
    many = column.count >= _MANY
    shape["quantiles"] = [float(f"{q:.3g}") for q in column.quantiles[1:-1] if many]
    for key in ("mean", "deviation"):
        shape[key] = None if shape[key] is None or not many else float(f"{shape[key]:.3g}")
    shape["top"] = [[value, count] for value, count in column.top if count >= _SEEN]
    return {key: value for key, value in shape.items() if key != "distinct"}
