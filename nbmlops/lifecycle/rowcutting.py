"""Row cutting: the row function of a version, cut and verified once and then kept beside the store."""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

from nbmlops.core.digest import digest_bytes, digest_file, digest_text
from nbmlops.core.encoding import dump, load
from nbmlops.core.model import ModelVersion
from nbmlops.core.pipeline import Piece, Recipe
from nbmlops.core.progress import Progress, silent
from nbmlops.lifecycle.unpacking import Unpacked, load_estimator, unpack_version
from nbmlops.package.cut import cut_rows
from nbmlops.package.forming import Source
from nbmlops.package.rowcut import RowCut
from nbmlops.store.opening import Store

__all__ = ["cut_unpacked", "cut_version", "find_source", "keep_beside", "keep_cut", "locate_cut"]


def cut_version(store: Store, version: ModelVersion, progress: Progress = silent) -> RowCut:
    """Return the row function of a version, verified on every row that its notebook read.

    Raises
    ------
    PackageError
        Where a statement cannot become part of a function of one row; it is named.
    """
    kept = locate_cut(store, version.recipe or "", version.artifact)
    if kept.is_file():
        return load(RowCut, kept.read_bytes())
    with unpack_version(store, version) as unpacked:
        progress(f"cutting the row function of '{version.name}' version {version.version}")
        cut = cut_unpacked(unpacked, unpacked.recipe, load_estimator(store, version), progress)
    keep_cut(store, cut, version.recipe or "", version.artifact)
    return cut


def cut_unpacked(
    unpacked: Unpacked, recipe: Recipe, estimator: tuple[str, bytes], progress: Progress = silent
) -> RowCut:
    """Cut the row function of an estimator that a recipe makes of the unpacked inputs."""
    source = find_source(unpacked, recipe)
    target = recipe.pipeline.target
    return cut_rows(source.pieces, target, source.parameters, source.directory, estimator, progress)


def find_source(unpacked: Unpacked, recipe: Recipe) -> Source:
    """Return what makes the captured rows of an unpacked version again."""
    pieces = (*_find_modules(unpacked.directory), *recipe.pieces)
    return Source(pieces, unpacked.parameters, unpacked.work)


def keep_cut(store: Store, cut: RowCut, recipe: str, artifact: str) -> None:
    """Keep a row function for the recipe and the estimator with these content digests."""
    keep_beside(locate_cut(store, recipe, artifact), dump(cut))


def keep_beside(place: Path, text: str) -> None:
    """Write a file of the store's own folder in one move, for its owner's eyes."""
    place.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(place)


def _find_modules(directory: Path) -> list[Piece]:
    """Return pieces that let the others import what lies beside the pipeline."""
    return [
        Piece((0, 0), "import sys as _nbmlops_sys"),
        Piece((0, 1), f"_nbmlops_sys.path.insert(0, {str(directory)!r})"),
    ]


def locate_cut(store: Store, recipe: str, artifact: str) -> Path:
    """Return where a row function is kept: by what it was cut from, and by the code that cut it."""
    key = digest_text(f"{recipe} {artifact} {_digest_code()}")
    return store.path.parent / "cuts" / f"{key[:32]}.json"


@functools.cache
def _digest_code() -> str:
    sources = sorted(Path(__file__).parents[1].joinpath("package").rglob("*.py"))
    return digest_bytes("".join(map(digest_file, sources)).encode())
