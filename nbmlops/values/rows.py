"""Rows: records with fields of their own as one pandas table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

__all__ = ["make_frame"]


def make_frame(
    rows: Sequence[Mapping[str, Any]], labels: Sequence[str], times: Collection[str] = ()
) -> pandas.DataFrame:
    """Return rows as a table under their labels; the columns named as `times` hold ISO 8601 texts.

    A column is there if one row has its field; of the others it is missing.
    """
    import pandas

    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pandas.DataFrame([dict(row) for row in rows], index=list(labels), columns=names)
    for name in times:
        if name in frame:
            frame[name] = pandas.to_datetime(frame[name], format="ISO8601", utc=True)
    return frame
