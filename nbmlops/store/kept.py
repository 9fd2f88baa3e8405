"""Kept: who knows the contents, for record families that seldom need them."""

from __future__ import annotations

from typing import Protocol

from nbmlops.store.contents import Contents

__all__ = ["Kept"]


class Kept(Protocol):
    """Whoever has the contents of a store; their code is loaded when they are asked for."""

    @property
    def contents(self) -> Contents:
        """The bytes that records refer to."""
