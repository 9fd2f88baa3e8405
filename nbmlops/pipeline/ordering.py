"""Ordering: the statements of a pipeline as a clean notebook, a heading a step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from nbmlops.core.pipeline import InputFile, Parameter
from nbmlops.pipeline.cutting import Plan
from nbmlops.pipeline.parts import Part, free_name
from nbmlops.pipeline.spelling import spell_text
from nbmlops.pipeline.text import indent_code
from nbmlops.pipeline.writing import spell_statement, widest_error
from nbmlops.templating import quote_python

__all__ = ["write_notebook"]


def write_notebook(plan: Plan, inputs: Sequence[InputFile], python: str, origin: str) -> bytes:
    """Return a notebook that makes the target when its cells are run from top to bottom.

    The paths of `inputs` are from the export's folder; `origin` says in words where the statements come from.
    """
    cells = [
        _make_cell(kind, source, number)
        for number, (kind, source) in enumerate(_list_cells(plan, inputs, origin))
    ]
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": python},
    }
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _make_cell(kind: str, source: str, number: int) -> dict[str, object]:
    tags = {"tags": ["parameters"]} if kind == "parameters" else {}
    cell: dict[str, object] = {"id": f"cell-{number}", "metadata": tags, "source": source}
    if kind == "markdown":
        return {"cell_type": "markdown", **cell}
    return {"cell_type": "code", "execution_count": None, "outputs": [], **cell}


def _list_cells(plan: Plan, inputs: Sequence[InputFile], origin: str) -> Iterator[tuple[str, str]]:
    owner, support = free_name("parameters", plan.parts), free_name("support", plan.parts)
    pipeline = plan.pipeline
    texts = {p.statement.place: _spell(p, plan, owner, support) for p in plan.parts}
    staged = [i for i in inputs if i.staged]
    paths = {i.parameter: i.path for i in inputs if i.parameter}
    yield "markdown", f"# Make `{pipeline.target}`\n\n{origin} Run it in its own folder."
    imports = _list_imports(plan, texts, support) + (["import pathlib", "import shutil"] if staged else [])
    if imports:
        yield "code", "\n".join(dict.fromkeys(imports))
    yield from _list_settings(pipeline.parameters, paths, owner)
    for entry in staged:
        yield "code", _spell_staging(entry.path, str(entry.staged))
    for part in plan.parts:
        if part.role == "definition":
            yield "code", texts[part.statement.place]
    told: set[tuple[int, int]] = set()
    for step in pipeline.steps:
        yield "markdown", f"## {step.title or step.name.replace('_', ' ').capitalize()}"
        here = [p for p in plan.parts if p.statement.place in set(step.statements) - told]
        told |= set(step.statements)
        for _, cell in groupby(here, key=lambda p: p.statement.execution):
            yield "code", "\n".join(texts[p.statement.place] for p in cell)
    yield "code", pipeline.target


def _list_imports(plan: Plan, texts: Mapping[tuple[int, int], str], support: str) -> list[str]:
    imports = [texts[p.statement.place] for p in plan.parts if p.role == "import"]
    imports.sort(key=lambda text: "from __future__" not in text)
    others = [texts[p.statement.place] for p in plan.parts if p.role != "import"]
    if any("subprocess.run(" in text for text in others):
        imports.append("import subprocess")
    if any(f"{support}." in text for text in others):
        aliased = "" if support == "pipeline_support" else f" as {support}"
        imports.append(f"import pipeline_support{aliased}")
    return imports


def _list_settings(
    parameters: Sequence[Parameter], paths: Mapping[str, str], owner: str
) -> Iterator[tuple[str, str]]:
    if not parameters:
        return
    lines = [f"from types import SimpleNamespace\n\n{owner} = SimpleNamespace("]
    for p in parameters:
        value = spell_text(paths[p.name]) if p.name in paths else quote_python(p.default)
        lines.append(f"    {p.name}={value},  # {p.where}")
    yield "markdown", "## Parameters"
    yield "parameters", "\n".join([*lines, ")"])


def _spell_staging(path: str, staged: str) -> str:
    source, place = spell_text(path), spell_text(staged)
    return (
        f"pathlib.Path({place}).parent.mkdir(parents=True, exist_ok=True)\n"
        f"if not pathlib.Path({place}).exists():\n"
        f"    shutil.copyfile({source}, {place})"
    )


def _spell(part: Part, plan: Plan, owner: str, support: str) -> str:
    before, code, after = spell_statement(part, plan, owner, support, awaits=True)
    if part.statement.outcome == "raised":
        code = f"try:\n{indent_code(code)}\nexcept {widest_error(part)}:\n    pass"
    return "\n".join([*before, code, *after])
