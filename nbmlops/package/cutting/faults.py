"""Faults: errors that say nothing of a notebook's rows, told as what they are, with the statement."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path

from nbmlops.errors import PackageError

__all__ = ["name_crash", "name_fault"]

_HERE = str(Path(__file__).parent)
_REPORT = (
    "This is a fault of nbmlops, not of your rows: report it with that statement, and until it is mended "
    "write the statement otherwise, or as a step of the model's own pipeline."
)


def name_fault(title: str, error: BaseException) -> PackageError:
    """Return the error that says that a row function fails on the very rows of the notebook."""
    return PackageError(
        f"The row function that was written for the statement '{title}' fails on the rows that the notebook "
        f"read: {type(error).__name__}: {error}.",
        _REPORT
        if isinstance(error, NameError)
        else "Where an object of a class of yours learned something, derive that class from scikit-learn's "
        "BaseEstimator; where the notebook ran the statement on some rows only, clean all of them first. "
        "Otherwise it is a fault of nbmlops: report it with that statement.",
    )


def name_crash(target: str, error: BaseException, folder: Path) -> PackageError:
    """Return the error that says where cutting came to an end that nobody foresaw."""
    frames = traceback.extract_tb(error.__traceback__)
    written = [frame for frame in frames if frame.filename.startswith(str(folder))]
    own = [frame for frame in frames if frame.filename.startswith(_HERE)]
    if written and written[-1].lineno is not None:
        line = linecache.getline(written[-1].filename, written[-1].lineno).strip()
        where = f" at '{line}'"
    else:
        where = f" in '{Path(own[-1].filename).stem}.{own[-1].name}'" if own else ""
    return PackageError(
        f"Cutting the row function of '{target}' stopped{where} with {type(error).__name__}: {error}.",
        _REPORT.replace("that statement", "the notebook's cell", 1) if not written else _REPORT,
    )
