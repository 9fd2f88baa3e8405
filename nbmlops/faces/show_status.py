"""Show status: the one line that always says what is being recorded."""

from __future__ import annotations

__all__: list[str] = []
