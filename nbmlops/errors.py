"""Errors: the one family of exceptions that nbmlops raises for a person to read.

NbmlopsError
+-- UsageError        the request itself cannot be understood          (exit code 2)
+-- UnknownNameError  a name, model, version or run that is not there
+-- CaptureError      a notebook could not be run or recorded
+-- DataError         a file of data cannot be read as a table
+-- SweepError        a cell cannot be run with other values soundly
+-- StoreError        the store cannot be opened, read or written
+-- ExportError       an export cannot be written
+-- ProofError        a proof cannot be attempted
+-- RegistryError     a model version refuses the step asked for
+-- PackageError      a package cannot be built or does not answer as the notebook did
+-- MonitorError      there is nothing to compare
+-- TrackerError      another tracker cannot be reached, or refuses
"""

from __future__ import annotations

import errno

__all__ = [
    "FULL_DISK",
    "REFUSED",
    "CaptureError",
    "DataError",
    "ExportError",
    "MonitorError",
    "NbmlopsError",
    "PackageError",
    "ProofError",
    "RegistryError",
    "StoreError",
    "SweepError",
    "TrackerError",
    "UnknownNameError",
    "UsageError",
    "advise_place",
]

FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def advise_place(problem: OSError) -> str:
    """Return what to do about a directory that could not be written, as the beginning of a sentence."""
    room = "Free some space there or name" if problem.errno in FULL_DISK else "Name"
    return f"{room} another directory"


class NbmlopsError(Exception):
    """A mistake or a circumstance that a person can mend.

    Parameters
    ----------
    what
        What happened, with the names in quotes, and why: one or two sentences.
    then
        What to type or do next: one sentence; it ends the message.
    """

    exit_code = 3

    def __init__(self, what: str, then: str) -> None:
        super().__init__(f"{what} {then}")
        self.what = what
        self.then = then

    def __reduce__(self) -> tuple[type[NbmlopsError], tuple[str, str]]:
        return type(self), (self.what, self.then)


class UsageError(NbmlopsError):
    """The request itself cannot be understood."""

    exit_code = 2


class UnknownNameError(NbmlopsError):
    """A name, model, version or run that is not there."""


class CaptureError(NbmlopsError):
    """A notebook could not be run or recorded."""


class DataError(NbmlopsError):
    """A file of data cannot be read as a table."""


class SweepError(NbmlopsError):
    """A cell cannot be run with other values soundly, or its workers do not answer."""


class StoreError(NbmlopsError):
    """The store cannot be opened, read or written."""


class ExportError(NbmlopsError):
    """An export cannot be written."""


class ProofError(NbmlopsError):
    """A proof cannot be attempted."""


class RegistryError(NbmlopsError):
    """A model version refuses the step asked for."""


class PackageError(NbmlopsError):
    """A package cannot be built, or does not answer as the notebook did."""


class MonitorError(NbmlopsError):
    """There is nothing to compare, or no way to compare it."""


class TrackerError(NbmlopsError):
    """Another tracker cannot be reached, or refuses."""
