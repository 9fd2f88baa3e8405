"""Secrets: the mark that stands in a record for a text that must not be stored."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["MARK", "Secret", "write_mark"]

MARK = re.compile(r"\[secret ([A-Z_][A-Z0-9_]*)\]")
"""What stands for a secret; its one group is the environment variable that an export asks for it."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that opens something, under the name of the environment variable that should hold it.

    `why` says in words how it was known, and never holds any of it.
    """

    name: str
    value: str = field(repr=False)
    why: str


def write_mark(name: str) -> str:
    """Return the mark that stands for the secret of a name."""
    return f"[secret {name}]"
