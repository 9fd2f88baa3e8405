"""Contexts: the typed records that the templates of a package are filled from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PackageContext"]


@dataclass(frozen=True, slots=True)
class PackageContext:
    """What the templates know of a package.

    `name` is the model's own name, `module` the Python package's; `example` a made-up row in JSON;
    `needed` and `idle` are raw columns; `cleaning` statements that drop rows; `learned` pairs of an
    expression and the value that stands for it.
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
