"""Touching: which files below the workdir a step reads and writes, and whether it asks the outside."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from nbmlops.core.pipeline import Step
from nbmlops.pipeline.parts import Part

__all__ = ["add_touches"]

_ASKS = re.compile(r"\b(environ|environb|getenv)\b")


def add_touches(
    steps: Sequence[Step], parts: Sequence[Part], directory: str, answered: Collection[tuple[int, int]]
) -> tuple[Step, ...]:
    """Say of each step what it touches beside the values that it takes and makes.

    `answered` are the places of statements whose answers an export holds: they ask nobody.
    """
    written: set[str] = set()
    # What a definition asks, any step may ask through it.
    asks = any(_ASKS.search(p.code) for p in parts if p.role == "definition")
    touched = []
    for step in steps:
        here = [p for p in parts if p.statement.place in step.statements]
        reads = {_spell_place(key, directory) for p in here for key in _list_files(p)} & written
        writes = {_spell_place(key, directory) for p in here for key in _list_writes(p)}
        fresh = {_spell_place(key, directory) for p in here for key in _list_continued(p)} - written
        written |= writes
        always = asks or any(_asks(p, directory) for p in here if p.statement.place not in answered)
        inside = {file for file in fresh if not Path(file).is_absolute()}
        read, wrote, new = (tuple(sorted(files)) for files in (reads, writes, inside))
        touched.append(replace(step, reads=read, writes=wrote, fresh=new, always=always))
    return tuple(touched)


def _list_files(part: Part) -> set[str]:
    return {r.resource.key for r in part.statement.reads if r.resource.kind == "file"}


def _list_writes(part: Part) -> set[str]:
    effects = part.statement.effects
    return {e.resource.key for e in effects if e.resource.kind == "file" and e.change == "written"}


def _list_continued(part: Part) -> set[str]:
    """Return the files that a statement writes to and looks at, and that were not there."""
    absent = {r.resource.key for r in part.statement.reads if r.resource.kind == "file" and r.content is None}
    return absent & _list_writes(part)


def _asks(part: Part, directory: str) -> bool:
    """Whether a statement asks the outside, or names the notebook's own folder, which is no workdir."""
    read = {r.resource.kind for r in part.statement.reads}
    outside = "outside" in read | {e.resource.kind for e in part.statement.effects}
    return outside or bool(_ASKS.search(part.code)) or directory in part.code


def _spell_place(key: str, directory: str) -> str:
    inside = os.path.relpath(key, directory)
    return key if inside.startswith("..") else inside
