"""Marks: the cell magics that say something about their cell, as they are read off its first lines."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from nbmlops.errors import UsageError

__all__ = ["CELL_MAGICS", "ExperimentMark", "Marks", "cut_marks", "read_marks"]

CELL_MAGICS = ("step", "private", "experiment")

_MARK = re.compile(r"%%(step|private|experiment)(?:[ \t]+(.*?))?[ \t]*")
_STEP_NAME = re.compile(r"[A-Za-z_][\w-]*")
_LISTS = {"--parameter": "parameters", "--metric": "metrics"}


@dataclass(frozen=True, slots=True)
class ExperimentMark:
    """What a person says of the runs of a cell: which experiment they belong to, and what counts in them.

    `parameters` and `metrics` are names whose numbers and texts count, whether or not lineage shows it.
    """

    name: str
    parameters: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a cell; `lines` is how many lines they take at its beginning."""

    step: str | None = None
    private: bool = False
    experiment: ExperimentMark | None = None
    lines: int = 0


def read_marks(lines: Sequence[str]) -> Marks:
    """Read the marks off the first lines of a cell.

    Raises
    ------
    UsageError
        If one of them is not as it has to be.
    """
    step, private, experiment, taken = None, False, None, 0
    for line in lines:
        found = _MARK.fullmatch(line.rstrip("\r\n"))
        if found is None:
            break
        taken += 1
        text = found[2] or ""
        if found[1] == "step":
            step = _read_step(text)
        elif found[1] == "experiment":
            experiment = _read_experiment(text)
        else:
            private = True
    return Marks(step, private, experiment, taken)


def cut_marks(cell: str) -> tuple[Marks, str, int]:
    """Return the marks of a cell, the cell as it is parsed, and the number of its first line.

    One whose marks are not as they have to be is refused before it runs: it has none.
    """
    lines = cell.split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    try:
        marks = read_marks(lines[start:])
    except UsageError:
        marks = Marks()
    if len(lines) > start + marks.lines and lines[start + marks.lines].startswith("%%"):
        start += marks.lines
    else:
        lines[start : start + marks.lines] = [""] * marks.lines
    return marks, "\n".join(lines[start:]), start + 1


def _read_step(name: str) -> str:
    if _STEP_NAME.fullmatch(name):
        return name
    shown = f"'{name}' is no name for a step" if name else "The step has no name"
    then = "Type `%%step NAME` with letters, digits and underscores, for example `%%step train`."
    raise UsageError(f"{shown}.", then)


def _read_experiment(text: str) -> ExperimentMark:
    then = 'Type `%%experiment NAME [--parameter NAME ...] [--metric NAME ...] [--note "TEXT"]`.'
    try:
        words = shlex.split(text)
    except ValueError as problem:
        raise UsageError(f"`%%experiment {text}` cannot be read: {str(problem).lower()}.", then) from problem
    if not words or words[0].startswith("--"):
        raise UsageError("The experiment has no name.", then)
    listed: dict[str, list[str]] = {"parameters": [], "metrics": []}
    note: list[str] = []
    into: list[str] | None = None
    for word in words[1:]:
        if word in _LISTS:
            into = listed[_LISTS[word]]
        elif word == "--note":
            into = note
        elif word.startswith("--") or into is None:
            raise UsageError(f"`%%experiment` does not take '{word}' here.", then)
        elif into is not note and not word.isidentifier():
            raise UsageError(f"'{word}' is no name of the notebook.", then)
        else:
            into.append(word)
    parameters, metrics = tuple(listed["parameters"]), tuple(listed["metrics"])
    return ExperimentMark(words[0], parameters, metrics, " ".join(note))
