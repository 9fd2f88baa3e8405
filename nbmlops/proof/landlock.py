"""Landlock: the fence where audit events say nothing: the kernel's own (Linux), and the door of workers."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = ["follow_parent", "forbid_forks", "raise_fence", "read_version"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_NO_NEW_PRIVILEGES = 38
_PARENT_DEATH_SIGNAL = 1
_BENEATH = 1

_EXECUTE = 1 << 0
_WRITE_FILE = 1 << 1
_WRITES = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))  # remove and make entries of every sort
_REFER = 1 << 13
_TRUNCATE = 1 << 14
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _TRUNCATE
_TCP = 0b11  # bind and connect
_SCOPES = 0b11  # abstract sockets and signals of others


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def read_version() -> int:
    """Return the version of Landlock that this kernel offers, 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(ctypes.CDLL(None).syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)))


def follow_parent() -> None:
    """Let this process be killed when the one that started it is gone (Linux only)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)


def raise_fence(
    writable: Iterable[str], *, network: bool = False, executable: Iterable[str] | None = None
) -> int:
    """Fence this thread in, for good, with all threads and programs that it will start.

    Beneath `writable` alone files may be made, written and removed; without `network` no TCP
    connection may be made; only the files of `executable` may be started (None: all). Returns the
    version of Landlock, 0 where the kernel offers none. Raises OSError where it refuses.
    """
    version = read_version()
    if version == 0:
        return 0
    handled = _WRITES
    handled |= _REFER if version >= 2 else 0
    handled |= _TRUNCATE if version >= 3 else 0
    handled |= _EXECUTE if executable is not None else 0
    net = _TCP if version >= 4 and not network else 0
    scopes = _SCOPES if version >= 6 and executable is not None else 0
    rules = _Ruleset(handled, net, scopes)
    size = 8 if version < 4 else 16 if version < 6 else 24
    fence = _call(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    try:
        for path in writable:
            _grant(fence, path, handled & ~_EXECUTE)
        for path in executable or ():
            _grant(fence, path, _EXECUTE)
        if ctypes.CDLL(None, use_errno=True).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "no_new_privs was refused")
        _call(_RESTRICT_SELF, fence, 0)
    finally:
        os.close(fence)
    return version


def _grant(fence: int, path: str, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        entry = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            kept = rights if Path(path).is_dir() else rights & _FILE_RIGHTS
            rule = _Beneath(kept, entry)
            _call(_ADD_RULE, fence, _BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(entry)


def _call(number: int, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    result = int(library.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def forbid_forks(guard: Any) -> None:
    """Close the door by which multiprocessing and loky start processes without an audit event."""
    # subprocess keeps the reference that it takes now; an audit event announces each use of that one.
    importlib.import_module("subprocess")
    door = importlib.import_module("_posixsubprocess")

    def refuse(*arguments: Any, **options: Any) -> None:
        guard.refuse("subprocess", "starting worker processes")

    door.fork_exec = refuse  # type: ignore[attr-defined]
