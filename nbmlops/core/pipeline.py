"""Pipelines: steps with declared inputs and outputs, their parameters, and the files they are written as."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nbmlops.core.history import Environment
from nbmlops.core.proof import Proof, Verdict
from nbmlops.core.resource import Resource
from nbmlops.core.slice import Slice

__all__ = [
    "ExportSettings",
    "Exported",
    "InputFile",
    "Parameter",
    "Piece",
    "Pipeline",
    "Reader",
    "Recipe",
    "Several",
    "Step",
]


Several = tuple[str | int | float | bool | tuple[int | float, ...] | None, ...]
"""What a parameter holds that was a list or a tuple."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the pipeline's caller may change: `default` is what the notebook had.

    `type` is spelled as in Python: ``float``, or ``tuple[int | None, ...]`` for what was a list or a tuple.
    `fills` is the argument that it reaches, as in ``sklearn.svm.SVC:C``; `range` an interval such as
    ``[0, inf)`` and `choices` the words that are allowed there, as far as they are known.
    """

    name: str
    type: str
    default: str | int | float | bool | Several
    where: str
    is_input: bool = False
    fills: str = ""
    range: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that came from outside the kernel.

    `path` is absolute; `digest` is of its bytes when the notebook read them; `parameter` the name
    of the field of Parameters that holds it (None where no literal of the source names the file:
    it is then put into the working directory under `staged`).
    """

    path: str
    digest: str
    parameter: str | None = None
    staged: str | None = None
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """How a pipeline reads a table: a function of pandas, and what it is given beside the path."""

    function: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A function of a pipeline: `statements` are the places of the statements it holds.

    `reads` and `writes` are the files below the workdir that it reads, which a step wrote, and writes;
    `always` says that what it asks may answer otherwise each time; `fresh` are files that it would go on
    from, were they there, and that were not there when the notebook began.
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    statements: tuple[tuple[int, int], ...]
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    always: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """The code of one statement of a pipeline, to be executed after the one before it.

    Inputs are attributes of the name ``parameters``; random states are put back by the code itself.
    """

    place: tuple[int, int]
    code: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A slice cut into steps, ready to be written."""

    target: str
    slice: Slice
    steps: tuple[Step, ...]
    parameters: tuple[Parameter, ...]
    inputs: tuple[InputFile, ...]
    outside: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """How a person wants an export to be."""

    with_rows: bool = False
    frozen: bool = False
    lock: bool = False
    prove: bool = True
    overwrite: bool = False
    targets: tuple[str, ...] = ()
    as_notebook: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is kept of a pipeline beside its files: enough to prove, package and retrain it later."""

    pipeline: Pipeline
    pieces: tuple[Piece, ...]
    environment: Environment


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was written.

    `verdict` and `proof` are None where no proof was asked for; `notes` say aloud what a reader
    would not expect.
    """

    path: str
    history: str
    notebook: str | None
    target: str
    verdict: Verdict | None
    statements_kept: int
    statements_total: int
    parameters: tuple[str, ...]
    steps: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    recipe: str | None = None
    proof: Proof | None = None
    notes: tuple[str, ...] = ()
