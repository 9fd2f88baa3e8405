"""Companions: the files beside pipeline.py that make it a project: metadata, tests and a README."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbmlops.core.encoding import encode
from nbmlops.core.pipeline import Parameter, Pipeline, Step
from nbmlops.core.value import Profile
from nbmlops.templating import render_template

__all__ = ["write_companions"]


@dataclass(frozen=True, slots=True)
class _Context:
    name: str
    target: str
    python: str
    requirements: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    steps: tuple[Step, ...]
    kept: int
    total: int
    restored: int
    digest: str | None
    schemas: dict[str, object]


def write_companions(
    pipeline: Pipeline,
    requirements: Sequence[str],
    python: str,
    digest: str | None,
    schemas: Mapping[str, Profile],
) -> dict[str, bytes]:
    """Return pyproject.toml, README.md and the tests, by relative path."""
    context = _Context(
        name=re.sub(r"[^a-z0-9]+", "-", pipeline.target.lower()).strip("-") or "pipeline",
        target=pipeline.target,
        python=".".join(python.split(".")[:2]),
        requirements=tuple(requirements),
        parameters=pipeline.parameters,
        steps=pipeline.steps,
        kept=len(pipeline.slice.kept),
        total=len(pipeline.slice.explained),
        restored=len(pipeline.slice.restores),
        digest=digest,
        schemas={name: encode(profile) for name, profile in schemas.items()},
    )
    names = {
        "pyproject.toml": "pyproject.toml.jinja",
        "README.md": "README.md.jinja",
        "tests/test_pipeline.py": "test_pipeline.py.jinja",
        "tests/schema.json": "schema.json.jinja",
    }
    return {path: render_template("pipeline", template, context).encode() for path, template in names.items()}
