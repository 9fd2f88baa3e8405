"""Unpacking: the pipeline of a registered version, put on disk again with the inputs that it read."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbmlops.core.digest import has_digest
from nbmlops.core.encoding import load
from nbmlops.core.model import ModelVersion
from nbmlops.core.pipeline import InputFile, Recipe
from nbmlops.errors import RegistryError, StoreError, UnknownNameError
from nbmlops.lifecycle.exporting import write_files
from nbmlops.store.opening import Store

__all__ = ["Unpacked", "load_estimator", "load_recipe", "place_inputs", "unpack_version"]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A version on disk.

    `directory` holds the files of its pipeline, `work` is an empty folder to run it in; `inputs` are
    where their content is, `parameters` what its pieces read as ``parameters.NAME``.
    """

    version: ModelVersion
    recipe: Recipe
    directory: Path
    work: Path
    inputs: tuple[InputFile, ...]
    parameters: dict[str, Any]


@contextlib.contextmanager
def unpack_version(store: Store, version: ModelVersion) -> Iterator[Unpacked]:
    """Write the pipeline of a version to a folder that is gone afterwards.

    Raises
    ------
    RegistryError
        If the version was registered without its pipeline, or the content of an input is gone.
    """
    recipe = load_recipe(store, version)
    with tempfile.TemporaryDirectory(prefix="nbmlops-version-") as name:
        root = Path(name).resolve()
        directory, work = root / "pipeline", root / "work"
        work.mkdir()
        write_files(directory, {p: store.contents.get(d) for p, d in version.pipeline.items()})
        inputs = place_inputs(store, version, recipe, root / "inputs")
        for entry in inputs:
            if entry.staged is not None:
                staged = work / entry.staged
                staged.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(entry.path, staged)
        yield Unpacked(version, recipe, directory, work, inputs, _set_parameters(recipe, inputs))


def load_recipe(store: Store, version: ModelVersion) -> Recipe:
    """Return the recipe of a version; raise RegistryError where it was registered without one."""
    if version.recipe is None:
        raise RegistryError(
            f"Version {version.version} of '{version.name}' was registered without its pipeline.",
            f"Register it again: `%nbmlops register {version.target} --as {version.name}`.",
        )
    return load(Recipe, store.contents.get(version.recipe))


def load_estimator(store: Store, version: ModelVersion) -> tuple[str, bytes]:
    """Return the codec and the bytes of a version's estimator."""
    saved = store.histories.saved_value(version.history, version.target)
    known = saved is not None and saved.content == version.artifact
    codec = saved.codec if saved is not None and known and saved.codec else "cloudpickle"
    return codec, store.contents.get(version.artifact)


def place_inputs(store: Store, version: ModelVersion, recipe: Recipe, folder: Path) -> tuple[InputFile, ...]:
    """Return the inputs with paths that hold what was read: the files themselves, or the store's copies."""
    placed = []
    for number, entry in enumerate(recipe.pipeline.inputs):
        path = Path(entry.path)
        if not has_digest(path, entry.digest):
            path = folder / str(number) / path.name
            path.parent.mkdir(parents=True)
            path.write_bytes(_fetch_input(store, version, entry))
        placed.append(replace(entry, path=str(path.absolute())))
    return tuple(placed)


def _fetch_input(store: Store, version: ModelVersion, entry: InputFile) -> bytes:
    try:
        return store.contents.get(entry.digest)
    except (StoreError, UnknownNameError) as problem:
        raise RegistryError(
            f"The input '{entry.path}' of '{version.name}' version {version.version} is no longer what was "
            f"read, and the store holds no copy of that.",
            "Put the file back as it was, then repeat the command.",
        ) from problem


def _set_parameters(recipe: Recipe, inputs: tuple[InputFile, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {p.name: p.default for p in recipe.pipeline.parameters}
    return values | {entry.parameter: entry.path for entry in inputs if entry.parameter}
