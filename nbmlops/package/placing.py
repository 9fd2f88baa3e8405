"""Placing: a finished directory takes its place at once, and never that of somebody's files."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbmlops.core.digest import digest_file
from nbmlops.errors import PackageError

__all__ = ["check_place", "hold_place", "keep_failed", "name_place", "put_place", "stage_place", "take_back"]

_HERE = -100
_EXCHANGE = 2

_LEFTOVERS = ("__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache")


def name_place(directory: Path) -> Path:
    """Return the absolute path of a directory to write, as a person would say it: without ``..``."""
    return directory.resolve() if ".." in directory.parts else directory.absolute()


def check_place(directory: Path) -> None:
    """Raise PackageError unless `directory` is absent, empty, or a package that nobody has changed."""
    if not directory.exists() and not directory.is_symlink():
        _require_room(directory)
        return
    if directory.is_symlink() or not directory.is_dir():
        kind = "a link" if directory.is_symlink() else "a file"
        raise PackageError(
            f"'{directory}' is {kind} and no directory.", "Name another directory for the package."
        )
    if not any(directory.iterdir()):
        return
    then = "Name another directory, or move that one away first."
    if not (directory / "manifest.json").is_file():
        raise PackageError(
            f"'{directory}' is no unmodified package (it has no 'manifest.json') and not empty, so it is "
            "left alone.",
            then,
        )
    foreign = _find_foreign(directory)
    if foreign is not None:
        raise PackageError(
            f"'{directory}' is no unmodified package ('{foreign}' is not as it was written), so it is "
            "left alone.",
            then,
        )


def _require_room(directory: Path) -> None:
    above = next(folder for folder in directory.absolute().parents if folder.exists())
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return
    why = f"you may not write to '{above}'" if above.is_dir() else f"'{above}' is a file"
    raise PackageError(f"'{directory}' cannot be written: {why}.", "Name another directory for the package.")


def _find_foreign(directory: Path) -> str | None:
    """Return a file that is missing, changed or not the package's own."""
    try:
        known = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return "manifest.json"
    for name, digest in known.items():
        path = directory / name
        if not path.is_file() or digest_file(path) != digest:
            return str(name)
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        ours = name in known or name in ("manifest.json", "manifest.sig") or path.is_dir()
        if not ours and not _is_leftover(path.relative_to(directory).parts):
            return name
    return None


def _is_leftover(parts: tuple[str, ...]) -> bool:
    """Say whether a file is what Python, pytest and pip leave behind in a project."""
    built = len(parts) > 1 and parts[0] == "build" and parts[1].startswith(("lib", "bdist"))
    made = parts[0].endswith(".egg-info") or built
    return made or any(part in _LEFTOVERS for part in parts)


@contextlib.contextmanager
def stage_place(directory: Path) -> Iterator[Path]:
    """Yield an empty folder beside `directory`, from where one rename can put it there; it is gone after."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextlib.contextmanager
def hold_place(directory: Path) -> Iterator[None]:
    """Let nobody else who asks like this put anything into the folder of `directory` meanwhile."""
    folder = os.open(directory.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def keep_failed(staging: Path, directory: Path) -> Path:
    """Put what failed beside the place that it was meant for, and return where: ``DIR.failed``.

    An unmodified package that failed before is replaced; anything else is left, and a number is added.
    """
    for number in itertools.count(1):
        place = directory.with_name(f"{directory.name}.failed{'' if number == 1 else number}")
        try:
            check_place(place)
        except PackageError:
            continue
        put_place(staging, place)
        return place
    raise AssertionError("numbers do not end")


def put_place(staging: Path, directory: Path) -> bool:
    """Rename `staging` to `directory`; what was there is in `staging` then, and the answer is true."""
    staging.chmod(0o755)
    if not directory.exists():
        os.rename(staging, directory)  # noqa: PTH104
        return False
    if not _exchange(staging, directory):
        old = staging.with_name(f"{staging.name}-old")
        os.rename(directory, old)  # noqa: PTH104
        try:
            os.rename(staging, directory)  # noqa: PTH104
        except OSError:
            os.rename(old, directory)  # noqa: PTH104
            raise
        os.rename(old, staging)  # noqa: PTH104
    return True


def take_back(staging: Path, directory: Path, replaced: bool) -> None:
    """Undo `put_place`, which answered `replaced`."""
    if replaced:
        put_place(staging, directory)
    else:
        os.rename(directory, staging)  # noqa: PTH104


def _exchange(one: Path, other: Path) -> bool:
    """Swap two directories in one move; false where the system or the file system cannot."""
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if swap is None:
        return False
    if swap(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL):
        return False
    raise OSError(code, os.strerror(code), str(other))
