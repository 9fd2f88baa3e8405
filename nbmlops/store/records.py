"""Records as text that SQLite takes, whatever characters a notebook put into them."""

from __future__ import annotations

import json
from typing import Any

from nbmlops.core.encoding import dump, encode

__all__ = ["plain_text", "write_record"]


def write_record(record: Any) -> str:
    """Write a record as JSON text; halves of surrogate pairs, which UTF-8 lacks, come back as they were."""
    text = dump(record)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(encode(record))
    return text


def plain_text(text: str) -> str:
    """Return a text to search by, with what UTF-8 lacks written out."""
    return text.encode("utf-8", "backslashreplace").decode()
