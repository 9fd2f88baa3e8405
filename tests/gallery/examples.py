"""Examples: the scripts of a source distribution of scikit-learn, unpacked once."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

__all__ = ["unpack_examples"]


def unpack_examples(sdist: Path, cache: Path) -> Path:
    """Return the folder of the examples, which is made where it is not there yet."""
    examples = cache / "examples"
    if not examples.is_dir():
        with tarfile.open(sdist) as archive, tempfile.TemporaryDirectory(dir=cache) as name:
            inside = [m for m in archive if "/examples/" in m.name]
            archive.extractall(name, inside, filter="data")
            next(Path(name).glob("*/examples")).rename(examples)
    return examples
