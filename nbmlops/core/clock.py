"""Clock and names: times as text in UTC, and short ids that sort by time."""

from __future__ import annotations

import datetime
import os

__all__ = ["new_id", "now"]


def now() -> str:
    """Return the time in UTC as ISO 8601, to the microsecond."""
    return datetime.datetime.now(datetime.UTC).isoformat()


def new_id() -> str:
    """Return an id that sorts by the time it was made, to the second, and never repeats."""
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S")
    return f"{stamp}-{os.urandom(3).hex()}"
