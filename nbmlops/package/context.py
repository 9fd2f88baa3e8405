"""Contexts: the typed records that the templates of a package are filled from."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field

from nbmlops.package.rowcut import Origin

__all__ = ["PackageContext"]


@dataclass(frozen=True, slots=True)
class PackageContext:
    """What the templates know of a package.

    `name` is the model's own name, `module` the Python package's; `example` a made-up row in JSON;
    `needed` and `idle` are raw columns; `cleaning` statements that drop rows; `learned` pairs of an
    expression and the value that stands for it; `locked` says that there is a
    requirements.txt with the hashes of every version; `columns` counts those of the features;
    `memory` is what the service took for the golden rows, in bytes, 0 where it was not measured;
    `interpreter` is the whole version of Python; `file` holds the model, in `format`; `pickles` are the
    files that run code when they are loaded, and `because` why they are no skops files, if nobody asked
    for pickles; `close` says that answers are near and not the same bits, as `answers` tells.
    """

    name: str
    module: str
    project: str
    version: int
    python: str
    estimator: str
    requirements: tuple[str, ...]
    example: str
    needed: tuple[str, ...]
    idle: tuple[str, ...]
    cleaning: tuple[str, ...]
    learned: tuple[tuple[str, str], ...]
    rows: int
    singles: int
    has_probabilities: bool
    keeps_rows: bool
    locked: bool = False
    format: str = "pickle"
    file: str = "model.pkl"
    pickles: tuple[str, ...] = ()
    because: str | None = None
    classes: bool = False
    answers: str = ""
    close: bool = False
    columns: int = 0
    memory: int = 0
    interpreter: str = field(default_factory=platform.python_version)
    origin: Origin = field(default_factory=Origin)
