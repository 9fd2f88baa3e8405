"""Revisions: the commit that a notebook's folder stood at, and what was not committed."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Revision"]


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of the repository that a notebook lies in.

    `changes` is the difference of tracked files that was not committed, as text; None where there was none,
    or where it was too long to be kept (then `changed` says how many files it touched all the same).
    """

    commit: str
    branch: str | None
    changed: int = 0
    changes: str | None = None
