"""Reading: the tables that a pipeline was made from, as its own reader made them of what it read then."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbmlops.core.digest import has_digest
from nbmlops.core.pipeline import InputFile, Reader, Recipe
from nbmlops.core.value import Profile, Signature
from nbmlops.errors import DataError
from nbmlops.pipeline.readers import find_reader, is_plain
from nbmlops.store.opening import Store
from nbmlops.values.profile import lacks_header, make_fields, profile_frame, read_frame

__all__ = ["choose_reader", "describe_reference", "profile_inputs"]


def choose_reader(recipe: Recipe, parameter: str) -> Reader | None:
    """Return how a recipe reads the file of a parameter, where its text says that for certain."""
    defaults = {p.name: p.default for p in recipe.pipeline.parameters}
    return find_reader(recipe.pieces, parameter, defaults)


def profile_inputs(store: Store, recipe: Recipe) -> Mapping[str, Profile]:
    """Describe the inputs that are plain tables, by parameter; others have no schema in an export."""
    found: dict[str, Profile] = {}
    for entry in recipe.pipeline.inputs:
        reader = choose_reader(recipe, entry.parameter) if entry.parameter else None
        if entry.parameter and reader and is_plain(reader, entry.path):
            frame = _read_input(store, entry, reader)
            if frame is not None:
                found[entry.parameter] = profile_frame(frame)
    return found


def describe_reference(store: Store, recipe: Recipe) -> tuple[Profile | None, Signature | None]:
    """Describe the one table that a model was made from, as its notebook read it.

    None where there is not exactly one, or where only running the notebook's code can tell.
    """
    inputs = recipe.pipeline.inputs
    parameter = inputs[0].parameter if len(inputs) == 1 else None
    reader = choose_reader(recipe, parameter) if parameter else None
    frame = _read_input(store, inputs[0], reader) if reader else None
    if frame is None:
        return None, None
    return profile_frame(frame), Signature(tuple(make_fields(frame)), ())


def _read_input(store: Store, entry: InputFile, reader: Reader) -> Any | None:
    """Return the table that was read; None where its content is gone, or its header is somebody's row."""
    with _find_content(store, entry) as path:
        if path is None:
            return None
        try:
            frame = read_frame(path, reader)
        except DataError:
            return None
    return None if lacks_header(frame) else frame


@contextlib.contextmanager
def _find_content(store: Store, entry: InputFile) -> Iterator[Path | None]:
    """Give a file that holds what was read: the file itself if it is as it was, else the store's copy."""
    path = Path(entry.path)
    if has_digest(path, entry.digest):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="nbmlops-input-") as folder:
        copy: Path | None = None
        if store.contents.has(entry.digest):
            copy = Path(folder) / path.name
            copy.write_bytes(store.contents.get(entry.digest))
        yield copy
