"""Inputs: what an export reads from outside the kernel, checked by digest before anything runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nbmlops.core.digest import digest_file
from nbmlops.core.encoding import decode
from nbmlops.core.pipeline import InputFile
from nbmlops.errors import ProofError

__all__ = ["CheckedInputs", "check_inputs", "read_inputs", "stage_inputs"]


@dataclass(frozen=True, slots=True)
class CheckedInputs:
    """What became of the inputs since the notebook read them: paths, each where it is now."""

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def read_inputs(directory: Path) -> tuple[InputFile, ...]:
    """Read the list of inputs of an export; each path becomes absolute.

    Raises
    ------
    ProofError
        If the list is not there or is no such list.
    """
    try:
        entries = json.loads((directory / "inputs.json").read_text("utf-8"))
        files = [decode(InputFile, entry) for entry in entries]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ProofError(
            f"The list of inputs '{directory / 'inputs.json'}' cannot be read: {error}.",
            "Export again: `nbmlops export NAME DIR`.",
        ) from error
    return tuple(_locate(file, directory) for file in files)


def check_inputs(files: Sequence[InputFile]) -> CheckedInputs:
    """Compare each input with its digest when the notebook read it."""
    missing = [file.path for file in files if not Path(file.path).is_file()]
    there = [file for file in files if file.path not in missing]
    changed = [file.path for file in there if digest_file(file.path) != file.digest]
    return CheckedInputs(tuple(missing), tuple(changed))


def stage_inputs(files: Sequence[InputFile], work: Path) -> None:
    """Put the inputs whose names the statements make up themselves where they look for them."""
    for file in files:
        if file.staged is not None:
            place = (work / file.staged).resolve()
            if place.is_relative_to(work):
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.path, place)


def _locate(file: InputFile, directory: Path) -> InputFile:
    path = directory / file.path
    place = path.parent.resolve() / path.name  # what is shown has no `..`, and a link keeps its name
    return InputFile(str(place), file.digest, file.parameter, file.staged, file.copied)
