"""Building: all files of an export, made in memory from a history and the store."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbmlops.core.digest import has_digest
from nbmlops.core.history import History
from nbmlops.core.pipeline import ExportSettings, InputFile, Pipeline, Recipe
from nbmlops.core.slice import Slice
from nbmlops.core.value import SavedValue
from nbmlops.errors import ExportError, StoreError
from nbmlops.lifecycle.copying import place_copies
from nbmlops.lifecycle.freezing import freeze_history
from nbmlops.lifecycle.injecting import tell_clashes, tell_doubts, tell_questions
from nbmlops.lifecycle.reading import profile_inputs
from nbmlops.lifecycle.requirements import find_requirements, list_installed
from nbmlops.lifecycle.targeting import choose_targets, describe_export, render_targets, tell_targets
from nbmlops.pipeline.companions import list_inputs, write_companions
from nbmlops.pipeline.cutting import Plan, cut_pipeline
from nbmlops.pipeline.ordering import write_notebook
from nbmlops.pipeline.spelling import spell_text
from nbmlops.pipeline.supporting import copy_support
from nbmlops.pipeline.writing import Written, answer_name, flatten_pieces, state_name, write_pipeline
from nbmlops.slicing.cutting import cut_slice
from nbmlops.store.opening import Store
from nbmlops.values.bundling import bundle_structure
from nbmlops.values.ranges import find_bounds, name_positional

__all__ = ["Built", "build_export"]


@dataclass(frozen=True, slots=True)
class Built:
    """The files of an export by relative path, with what a proof of it needs."""

    files: dict[str, bytes]
    recipe: Recipe
    written: Written
    inputs: tuple[InputFile, ...]
    notes: tuple[str, ...]


def build_export(
    store: Store,
    history: History,
    name: str,
    directory: Path,
    settings: ExportSettings,
    saved: SavedValue | None,
    slice_: Slice | None = None,
) -> Built:
    """Make every file of the export of a name, or of a slice of it, as it will stand in `directory`."""
    targets = choose_targets(settings.targets)
    known = freeze_history(history) if settings.frozen else history
    plan = cut_pipeline(slice_ or cut_slice(known, name), history, settings.frozen, name_positional)
    plan = dataclasses.replace(plan, pipeline=_add_bounds(plan.pipeline))
    notes = tell_clashes(plan.pipeline.slice, settings.prove) + tell_doubts(plan.pipeline.slice)
    notes += [] if settings.frozen else tell_questions(plan.pipeline.slice)
    kept_answers = {
        f"inputs/{answer_name(n, place)}.pkl": content
        for place, answers in plan.answers.items()
        for n, content in answers
    }
    placed = _place_inputs(store, plan.pipeline.inputs, directory, settings, notes, kept_answers)
    inputs = tuple(i for i, _, _ in placed)
    defaults = {i.parameter: default for i, default, _ in placed if i.parameter}
    installed = list_installed(e.source for e in history.executions)
    requirements = find_requirements([p.code for p in plan.parts], history.environment.packages, installed)
    written = write_pipeline(plan, history.environment, requirements, defaults, _tell_origin(history, plan))
    recipe = Recipe(plan.pipeline, flatten_pieces(plan), history.environment)
    files = {"pipeline.py": written.pipeline.encode()}
    if written.definitions is not None:
        files["definitions.py"] = written.definitions.encode()
    files |= copy_support()
    files["tests/structure.py"] = bundle_structure()
    schemas = profile_inputs(store, recipe)
    files["inputs.json"] = list_inputs(inputs, schemas)
    for restore in plan.pipeline.slice.restores:
        files[f"random_state/{state_name(restore)}.json"] = store.contents.get(restore.content)
    files |= {path: store.contents.get(content) for path, content in kept_answers.items()}
    files |= _copy_modules(store, plan, files)
    files |= {i.path: content for i, _, content in placed if content is not None}
    golden: dict[str, object] = {"value": saved.digest if saved else None, "steps": {}}
    paths = {i.parameter: i.path for i in inputs if i.parameter}
    files |= write_companions(
        plan.pipeline,
        requirements,
        history.environment.python,
        golden,
        paths,
        schemas,
        _tell_origin(history, plan),
        settings.as_notebook,
    )
    if settings.as_notebook:
        notes.append(
            "'pipeline.ipynb' holds the same statements to read and go on from; a proof runs pipeline.py."
        )
        origin = _tell_origin(history, plan)
        files["pipeline.ipynb"] = write_notebook(plan, inputs, history.environment.python, origin)
    context = describe_export(plan, history, directory, inputs, paths, files)
    files |= render_targets(targets, context, files)
    return Built(files, recipe, written, inputs, (*notes, *tell_targets(targets, context)))


def _add_bounds(pipeline: Pipeline) -> Pipeline:
    """Say of each parameter what the argument that it reaches accepts."""
    bounded = []
    for parameter in pipeline.parameters:
        path, _, argument = parameter.fills.partition(":")
        interval, words, real = find_bounds(path, argument, parameter.default)
        kind = "float" if real and parameter.type == "int" else parameter.type
        bounded.append(dataclasses.replace(parameter, type=kind, range=interval, choices=words))
    return dataclasses.replace(pipeline, parameters=tuple(bounded))


_Placed = tuple[InputFile, str, bytes | None]


def _place_inputs(
    store: Store,
    inputs: Sequence[InputFile],
    directory: Path,
    settings: ExportSettings,
    notes: list[str],
    taken: Collection[str],
) -> list[_Placed]:
    """Decide where each input is read from: its own file, or its own copy within the export."""
    unchanged = [has_digest(Path(entry.path), entry.digest) for entry in inputs]
    copied = [not same or settings.with_rows or settings.frozen for same in unchanged]
    chosen = [entry for entry, copy in zip(inputs, copied, strict=True) if copy]
    copies = iter(place_copies([Path(entry.path) for entry in chosen], taken))
    placed: list[_Placed] = []
    for entry, same, copy in zip(inputs, unchanged, copied, strict=True):
        path = Path(entry.path)
        if not same:
            notes.append(
                f"'{path}' is no longer what the notebook read: a copy of what it read is kept in 'inputs/'."
            )
        if copy:
            placed.append(_copy_input(store, entry, next(copies)))
        else:
            shown = _relative_path(path, directory)
            placed.append((dataclasses.replace(entry, path=shown), _spell_path(shown), None))
    return placed


def _copy_input(store: Store, entry: InputFile, shown: str) -> _Placed:
    """Return an input as the copy that will lie at `shown`."""
    try:
        content = store.contents.get(entry.digest)
    except StoreError as problem:
        raise ExportError(
            f"The input '{entry.path}' is no longer what the notebook read, and that was not kept "
            f"({problem}).",
            "Put the file back, or run the cell that reads it again, and export.",
        ) from problem
    return dataclasses.replace(entry, path=shown, copied=True), _spell_path(shown), content


def _relative_path(path: Path, directory: Path) -> str:
    """Return the path from the export's folder within one project, and an absolute one else."""
    project = _find_project(path)
    if project is not None and project == _find_project(directory):
        return Path(os.path.relpath(path, directory)).as_posix()
    return str(path)


def _find_project(path: Path) -> Path | None:
    for folder in path.absolute().parents:
        if any((folder / mark).exists() for mark in (".git", "pyproject.toml", ".nbmlops")):
            return folder
    return None


def _spell_path(shown: str) -> str:
    text = spell_text(shown)
    return text if Path(shown).is_absolute() else f"str(HERE / {text})"


def _copy_modules(store: Store, plan: Plan, files: Collection[str]) -> dict[str, bytes]:
    """Return the person's own modules that the slice imports, as they were when they were loaded."""
    for edition in plan.editions:
        if edition.file in files or edition.module.partition(".")[0] in {"tests", "pipeline_support"}:
            raise ExportError(
                f"The module '{edition.module}' is called like a file that every export has of its own.",
                "Give it another name, import that, run the cells again, and export.",
            )
    return {edition.file: store.contents.get(edition.content) for edition in plan.editions}


def _tell_origin(history: History, plan: Plan) -> str:
    numbers = sorted({s.execution for s in plan.pipeline.slice.kept})
    shown = ", ".join(map(str, numbers))
    where = f"the notebook {Path(history.notebook).name}" if history.notebook else "a notebook"
    return f"Made from {where}, executions {shown} of {len(history.executions)}."
