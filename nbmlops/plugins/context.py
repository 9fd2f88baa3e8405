"""Contexts: what a target is told of the export that it is rendered for."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.core.pipeline import Several

__all__ = ["ExportContext", "TargetParameter", "TargetStep"]


@dataclass(frozen=True, slots=True)
class TargetParameter:
    """A value of the pipeline that may be changed: on its command line by `flag`, as in ``--n-trees``.

    `type` is spelled as in Python; where it is a ``tuple[...]``, the command line takes a TOML array.
    """

    name: str
    flag: str
    type: str
    default: str | int | float | bool | Several
    where: str
    is_input: bool


@dataclass(frozen=True, slots=True)
class TargetStep:
    """One step as an engine runs it: ``python pipeline.py``, the `words`, ``--workdir WORKDIR``.

    It reads `before`, which the step before it left in the workdir (None: it is the first), and
    leaves `makes` there, last of all that it writes. `parameters` are the names of those that it
    uses, `inputs` the files from outside, relative to the export's directory or absolute. `always`
    says that it asks what may answer otherwise each time, so that it is never up to date.
    """

    name: str
    title: str
    words: tuple[str, ...]
    before: str | None
    makes: str
    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    always: bool


@dataclass(frozen=True, slots=True)
class ExportContext:
    """What the templates of a target know of an export.

    `name` is the project's, in lower case with hyphens; `target` the notebook's name of what is
    made, and `result` its file in the workdir. The steps form a line; where steps hand on files
    that they write, or there is none, they are one. ``parameters.toml`` holds the parameters as the
    notebook had them, for ``--params parameters.toml``. `code` are the files that a step runs, and
    `writes` what it writes into the workdir beside `makes`. `folder` is where the export stands in
    its repository.
    """

    name: str
    target: str
    result: str
    python: str
    steps: tuple[TargetStep, ...]
    parameters: tuple[TargetParameter, ...]
    inputs: tuple[str, ...]
    code: tuple[str, ...]
    writes: tuple[str, ...]
    folder: str
