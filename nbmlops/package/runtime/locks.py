"""Locks: what one of several processes of a service holds of a file, where the system has such locks."""

from __future__ import annotations

try:
    import fcntl
except ImportError:  # Windows has none: there only one process serves
    fcntl = None  # type: ignore[assignment]

__all__ = ["are_there", "lock_file", "try_lock", "unlock_file"]


def are_there() -> bool:
    """Say whether this system has locks."""
    return fcntl is not None


def lock_file(descriptor: int) -> None:
    """Wait until no other process holds the file, and hold it."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def try_lock(descriptor: int) -> bool:
    """Hold the file, unless another process does: then return False."""
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def unlock_file(descriptor: int) -> None:
    """Let others have the file."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
