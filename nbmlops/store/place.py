"""The place of a store: its private folder and file, and the file system they are on."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Literal

from nbmlops.errors import StoreError

__all__ = [
    "APPLICATION",
    "FOLDER",
    "HEADER",
    "Journal",
    "choose_journal",
    "find_filesystem",
    "prepare_place",
    "require_place",
]

APPLICATION = 0x6E626D6C
"""What `pragma application_id` says of a store: ``nbml``."""

FOLDER = ".nbmlops"
Journal = Literal["wal", "delete"]

HEADER = b"SQLite format 3\x00"
"""How a file of SQLite begins."""
_REMOTE = {
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "davfs",
    "gfs2",
    "glusterfs",
    "lustre",
    "ncpfs",
    "smb3",
    "smbfs",
}
_REMOTE_FUSE = {"fuse.ceph", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"}


def prepare_place(path: Path) -> None:
    """Make the folder (0700, ignored by git) and the empty file (0600) of a store.

    A folder that was there under another name than ``.nbmlops`` is somebody's: it is left alone.
    """
    folder = path.parent
    made = not folder.exists()
    if made:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    ours = made or (folder.name == FOLDER and folder.stat().st_uid == os.getuid())
    if ours and stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)
    if ours and not (folder / ".gitignore").exists():
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    status = path.stat()
    if stat.S_IMODE(status.st_mode) & 0o077 and status.st_uid == os.getuid():
        path.chmod(0o600)


def require_place(path: Path, create: bool = True) -> None:
    """Refuse, as `StoreError`, a file that is no store or may not be written, without touching it.

    An empty file may become a store where `create` is true; else it is none yet.
    """
    if not path.exists() or (not create and path.is_file() and not path.stat().st_size):
        raise StoreError(
            f"There is no store at '{path}'.",
            "Record a notebook first: `%load_ext nbmlops` in it, or `nbmlops run NOTEBOOK`.",
        )
    permit = "Make it writable, or name another file: `NBMLOPS_STORE=/path/to/store.db`."
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StoreError(f"The folder '{path.parent}' of the store is read-only for you.", permit)
    if path.is_file() and not os.access(path, os.R_OK | os.W_OK):
        raise StoreError(f"The store '{path}' is read-only for you.", permit)
    if path.is_dir():
        raise StoreError(
            f"'{path}' is a directory, so it is no store.",
            f"Name a file in it: `NBMLOPS_STORE={path / 'store.db'}`.",
        )
    _require_header(path)


def _require_header(path: Path) -> None:
    """Refuse what is no SQLite file, and what another program keeps in a rollback journal's mode.

    The latter has to be known before the first connection, which turns it over to WAL. A store that is
    being made says WAL before it says whose it is.
    """
    header = b""
    if path.is_file():
        with path.open("rb") as file:
            header = file.read(100)
    if not path.is_file() or (header and not header.startswith(HEADER)):
        raise StoreError(
            f"'{path}' is not an SQLite file, so it is no store.",
            "Move it away, or name another file: `NBMLOPS_STORE=/path/to/store.db`.",
        )
    if len(header) == 100 and header[18] == 1 and header[68:72] != APPLICATION.to_bytes(4, "big"):
        raise StoreError(
            f"'{path}' is the SQLite database of another program, so it is no store.",
            "Name another file: `NBMLOPS_STORE=/path/to/store.db`.",
        )


def find_filesystem(path: Path, mounts: str | None = None) -> str:
    """Return the type of the file system that `path` is on, from the text of ``/proc/mounts``."""
    table = Path("/proc/mounts")
    if mounts is None:
        mounts = table.read_text(encoding="utf-8", errors="replace") if table.exists() else ""
    place, best, found = path.absolute(), -1, "unknown"
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mount = Path(fields[1].encode().decode("unicode_escape"))
        if place.is_relative_to(mount) and len(mount.parts) >= best:
            best, found = len(mount.parts), fields[2]
    return found


def choose_journal(path: Path, filesystem: str) -> tuple[Journal, str | None]:
    """Return the journal for a store on a file system, and a note where it is not the usual one.

    WAL needs memory that all processes share, which they do not over a network.
    """
    if not filesystem.startswith("nfs") and filesystem not in _REMOTE | _REMOTE_FUSE:
        return "wal", None
    return "delete", (
        f"The store '{path}' is on a network file system ({filesystem}): it uses a rollback journal, "
        "which is slower. To keep it on a local disk: `NBMLOPS_STORE=/path/to/store.db`."
    )
