"""Cleaning: what tells a caller that the notebook would have dropped a row, and by which statement."""

from __future__ import annotations

from typing import Any

__all__ = ["DroppedError", "require_rows"]


class DroppedError(Exception):
    """No row is left after a statement of the notebook's cleaning: `statement` is its text."""

    def __init__(self, statement: str) -> None:
        super().__init__(f"dropped by the cleaning of the training data: {statement}")
        self.statement = statement


def require_rows(rows: Any, statement: str) -> None:
    """Raise DroppedError where `statement` has left no row of `rows`."""
    # a sparse matrix has no length
    if (rows.shape[0] if hasattr(rows, "shape") else len(rows)) == 0:
        raise DroppedError(statement)
