"""Targets: what an export or a package can be rendered for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Target", "TargetKind"]

TargetKind = Literal["export", "package"]


@dataclass(frozen=True, slots=True)
class Target:
    """One system that an export or a package is rendered for.

    `render` takes the frozen record that describes the export or package and returns the text of
    each file, by its path relative to the directory that is being written: of an export it is a
    `nbmlops.plugins.context.ExportContext`. `then` says how to go on from there, in one sentence
    that is shown after the target's name.
    """

    name: str
    kind: TargetKind
    summary: str
    render: Callable[[Any], dict[str, str]]
    then: str = ""
