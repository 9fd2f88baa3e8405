"""Calling: a request becomes one call of the api, and its record."""

from __future__ import annotations

import errno
from typing import Any

from nbmlops.core.progress import Progress
from nbmlops.errors import FULL_DISK, REFUSED, NbmlopsError, StoreError
from nbmlops.faces.grammar import Request

__all__ = ["call_request", "word_failure"]


def call_request(request: Request, progress: Progress) -> Any:
    """Call the one api function of a request and return its record.

    Raises
    ------
    NbmlopsError
        Also where the system refuses a file or a disk is full.
    """
    keywords = dict(request.keywords)
    if request.verb.reports:
        keywords["progress"] = progress
    try:
        return request.verb.answer(**keywords)
    except OSError as error:
        told = word_failure(error)
        if told is None:
            raise
        raise told from error


def word_failure(error: OSError) -> NbmlopsError | None:
    """Return the message for a refusal of the system that a person can mend, else None."""
    where = f"'{error.filename}'" if error.filename else "a file"
    match error.errno:
        case number if number in FULL_DISK:
            return StoreError(
                f"There was no room to write {where}: the disk is full.",
                "Free some space, then repeat the command; what was recorded before is kept.",
            )
        case number if number in REFUSED:
            return StoreError(
                f"The system refused access to {where}: {error.strerror}.",
                "Change its permissions, or name another place.",
            )
        case errno.ENOENT | errno.ENOTDIR | errno.EISDIR | errno.EEXIST | errno.ENAMETOOLONG | errno.ELOOP:
            return StoreError(
                f"{where[0].upper()}{where[1:]} cannot be used: {error.strerror}.", "Name another path."
            )
    return None
