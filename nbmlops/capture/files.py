"""Files and the outside world: what a statement opened, wrote and called, as audit events tell."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from nbmlops.capture.links import Links
from nbmlops.capture.stamps import Databases, FolderStamps, kernel_start, read_small, stamp_folders

__all__ = ["Observed", "Watch", "is_own_file", "shared_watch"]

_PROBES = frozenset({"lscpu", "ldconfig", "gcc", "cc", "ld", "objdump", "uname", "fc-list", "nvidia-smi"})


@dataclass(slots=True)
class Observed:
    """What one statement did beyond memory: absolute paths in the order of first sight.

    `made`, `listed` and `entered` are folders; `kept` is what files held that were read first and
    then written; `times` when it had been written, in seconds. `lost` are files whose earlier content
    is unknown, for something wrote them unseen. `stamps` were taken before a first program was started.
    """

    read: dict[str, None] = field(default_factory=dict)
    written: dict[str, bool] = field(default_factory=dict)
    deleted: dict[str, None] = field(default_factory=dict)
    made: dict[str, None] = field(default_factory=dict)
    listed: dict[str, None] = field(default_factory=dict)
    entered: dict[str, None] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    outside: dict[str, None] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    stamps: FolderStamps | None = None
    databases: Databases = field(default_factory=Databases)
    links: Links = field(default_factory=Links)

    def note_read(self, path: str) -> None:
        """Remember a read; reading back what the same statement wrote is no read."""
        if path not in self.written:
            self.read[path] = None

    def note_write(self, path: str, truncates: bool) -> None:
        """Remember a write; what is not truncated keeps its earlier content, or that there was none."""
        if not truncates and path not in self.written and not os.path.exists(path):
            self.written[path] = path not in self.read
            self.note_unknown(path)
        elif not truncates and path not in self.written:
            self.read[path] = None
        if path in self.read and path not in self.written and os.path.isfile(path):
            self.kept[path] = read_small(path)
            self.times[path] = os.path.getmtime(path)
        self.written.setdefault(path, truncates and path not in self.read)

    def note_unknown(self, path: str) -> None:
        """Remember that it mattered what a file held, which nobody can tell any more."""
        self.read[path] = None
        self.lost.add(path)

    def note_removal(self, path: str) -> None:
        """Remember that a file goes away: it has to be there first, unless this statement made it."""
        if os.path.isfile(path) and path not in self.written:
            self.read[path] = None
            self.kept.setdefault(path, read_small(path))
            self.times.setdefault(path, os.path.getmtime(path))
        self.deleted[path] = None

    def note_unseen(self, path: str, is_new: bool) -> None:
        """Remember a write that only its traces tell of; what the file held before it is lost."""
        if path in self.written:
            return
        if not is_new:
            self.note_unknown(path)
        self.written[path] = is_new and path not in self.read


class Watch:
    """Collects the audit events of one thread while a statement runs.

    An audit hook can never be removed: there is one in a process, and it does nothing while no
    statement is being watched.
    """

    def __init__(self) -> None:
        self._observed: Observed | None = None
        self._thread = 0
        self._busy = False
        self._databases = Databases()
        self.links = Links()
        self.kernel_start = kernel_start()
        sys.addaudithook(_make_ear(self._hear))

    def begin(self, stamps: FolderStamps | None = None) -> None:
        """Watch this thread from now on; `stamps` are of folders that native code may write to."""
        self._thread = threading.get_ident()
        self._observed = Observed(databases=self._databases, links=self.links, stamps=stamps)

    def end(self) -> Observed:
        """Stop watching and return what was seen."""
        observed, self._observed = self._observed, None
        return observed or Observed()

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        observed = self._observed
        if observed is None or self._busy:
            return
        if threading.get_ident() != self._thread and event not in _ANYWHERE:
            return
        self._busy = True
        try:
            _HANDLERS[event](observed, arguments)
        except (OSError, ValueError, TypeError, IndexError) as problem:
            observed.outside[f"{event} not understood ({problem})"] = None
        finally:
            self._busy = False


def _make_ear(hear: Callable[[str, tuple[Any, ...]], None]) -> Callable[[str, tuple[Any, ...]], None]:
    """Return what hears all events, thousands in a fit, and passes on those that matter.

    A function: the interpreter takes a microsecond to call a method, and a third of that to call one.
    """
    known = frozenset(_HANDLERS)

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if event in known:
            hear(event, arguments)

    return listen


def _hear_open(observed: Observed, arguments: tuple[Any, ...]) -> None:
    path, mode, flags = _own_path(arguments[0]), arguments[1], arguments[2] or 0
    if path is None:
        return
    if isinstance(mode, str):
        writes, truncates = any(c in mode for c in "wxa+"), any(c in mode for c in "wx")
    else:
        writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        truncates = bool(flags & os.O_TRUNC)
    other = observed.links.find_other(path)
    if writes:
        if other is not None and os.path.basename(other) == os.path.basename(path):
            observed.written.setdefault(path, False)  # through a folder that is a link
        else:
            observed.note_write(path, truncates and other is None)
        if other is not None:
            observed.note_write(other, truncates=False)
    elif not os.path.isdir(path):
        observed.note_read(path)
        if other is not None:
            observed.note_read(other)


def _hear_link(observed: Observed, arguments: tuple[Any, ...]) -> None:
    target, path = os.fsdecode(arguments[0]), _own_path(arguments[1])
    if path is None:
        return
    folder = os.path.normpath(os.path.join(os.path.dirname(path), target))
    if os.path.isdir(folder):
        observed.made[path] = observed.entered[folder] = None
    else:
        observed.note_write(path, truncates=True)


def _hear_map(observed: Observed, arguments: tuple[Any, ...]) -> None:
    """Note a file that is mapped into memory by itself, through which it may be written unseen."""
    number = arguments[0]
    if isinstance(number, int) and number >= 0:
        path = _own_path(os.readlink(f"/proc/self/fd/{number}"))
        if path is not None:
            observed.links.mapped[path] = None


def _hear_rename(observed: Observed, arguments: tuple[Any, ...]) -> None:
    source, target = _own_path(arguments[0]), _own_path(arguments[1])
    if source:
        observed.note_removal(source)
    if target:
        observed.note_write(target, truncates=True)


def _hear_remove(observed: Observed, arguments: tuple[Any, ...]) -> None:
    path = _own_path(_find_place(arguments))
    if path:
        observed.note_removal(path)


def _find_place(arguments: tuple[Any, ...]) -> Any:
    """Return the path that is meant, where it is relative to an open folder: `rmtree` goes by these."""
    path, folder = arguments[0], arguments[1] if len(arguments) > 1 else -1
    if not isinstance(folder, int) or folder < 0:
        return path
    try:
        return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), os.fsdecode(path))
    except OSError:  # no such names of open folders here
        return path


def _hear_folder(kind: str) -> Callable[[Observed, tuple[Any, ...]], None]:
    def hear(observed: Observed, arguments: tuple[Any, ...]) -> None:
        path = _own_path(arguments[0] if arguments[0] is not None else ".")
        if path and not _is_importing():
            getattr(observed, kind)[path] = None

    return hear


def _is_importing() -> bool:
    """Whether the interpreter looks for a module or its version: that is no listing of the user's."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None:
        return False
    home = str(frame.f_globals.get("__name__"))
    return frame.f_code.co_filename.startswith("<frozen") or home.startswith(_FINDERS)


_FINDERS = ("importlib.", "importlib_metadata", "pkgutil", "pkg_resources")


def _hear_sqlite(observed: Observed, arguments: tuple[Any, ...]) -> None:
    observed.outside[f"sqlite3 {arguments[0]!s}"] = None
    text = os.fsdecode(arguments[0])
    parts = urlsplit(text if text.startswith("file:") else "")
    text = unquote(parts.path) or text
    path = None if text in ("", ":memory:") or "mode=memory" in parts.query else _own_path(text)
    if path is None:
        return
    content = observed.databases.connect(path)
    if content is not None and path not in observed.written:
        observed.kept[path] = content
        observed.times[path] = os.path.getmtime(path)
    if os.path.isfile(path):
        observed.note_read(path)


def _hear_program(describe: Callable[[tuple[Any, ...]], str]) -> Callable[[Observed, tuple[Any, ...]], None]:
    """Make a handler that looks at the working folder before the first program of a statement runs."""

    def hear(observed: Observed, arguments: tuple[Any, ...]) -> None:
        if threading.current_thread().name.startswith("nbmlops "):
            return  # the panel at work, beside the cell
        what = describe(arguments)
        if what:
            observed.outside[f"subprocess {what}"] = None
        program = os.path.basename((what.split() or [""])[0])
        if observed.stamps is None and program not in _PROBES:
            named = (
                arguments[2] if len(arguments) > 2 and isinstance(arguments[2], str | os.PathLike) else "."
            )
            observed.stamps = stamp_folders([os.getcwd(), os.path.abspath(os.fsdecode(named))])

    return hear


def _hear_outside(describe: Callable[[tuple[Any, ...]], str]) -> Callable[[Observed, tuple[Any, ...]], None]:
    def hear(observed: Observed, arguments: tuple[Any, ...]) -> None:
        observed.outside[describe(arguments)] = None

    return hear


_ANYWHERE = frozenset({"subprocess.Popen", "os.posix_spawn"})
"""A program is what a statement started, in whatever thread: script magics start theirs in another."""
_HANDLERS: dict[str, Callable[[Observed, tuple[Any, ...]], None]] = {
    "open": _hear_open,
    "mmap.__new__": _hear_map,
    "os.rename": _hear_rename,
    "os.link": _hear_link,
    "os.symlink": _hear_link,
    "os.remove": _hear_remove,
    "os.rmdir": _hear_remove,
    "os.mkdir": _hear_folder("made"),
    "os.chdir": _hear_folder("entered"),
    "os.listdir": _hear_folder("listed"),
    "os.scandir": _hear_folder("listed"),
    "sqlite3.connect": _hear_sqlite,
    "socket.connect": _hear_outside(lambda a: f"socket {a[1]!s}"),
    "urllib.Request": _hear_outside(lambda a: f"urllib {a[0]!s}"),
    "subprocess.Popen": _hear_program(lambda a: _spell_command(a[1])),
    "os.system": _hear_program(lambda a: os.fsdecode(a[0])),
    "os.fork": _hear_program(lambda a: ""),
    "os.forkpty": _hear_program(lambda a: ""),
    "os.posix_spawn": _hear_program(lambda a: ""),
    "builtins.input": _hear_outside(lambda a: "input"),
}


def _spell_command(command: Any) -> str:
    return command if isinstance(command, str) else " ".join(map(str, command))


def _own_path(path: Any) -> str | None:
    if isinstance(path, int) or path is None:
        return None
    if type(path) is str and path.startswith(_foreign_roots()) and "/../" not in path:
        return None  # what imports open, by the thousand
    text = os.path.abspath(os.fsdecode(path))
    return text if is_own_file(text) else None


def is_own_file(path: str) -> bool:
    """Say whether a file can belong to a person's work, and not to the system or a library."""
    if path.startswith(_foreign_roots()) or path.endswith((".pyc", ".so", ".pyi", ".ttf", ".afm")):
        return False
    return not any(part in path for part in _FOREIGN_PARTS)


_FOREIGN_PARTS = ("/__pycache__/", "/.nbmlops/", "/site-packages/", "/dist-packages/")
_ROOTS: list[tuple[str, ...]] = []


def _foreign_roots() -> tuple[str, ...]:
    if not _ROOTS:
        home = Path.home()
        found: Iterable[Any] = [
            "/proc", "/sys", "/dev", "/etc", "/usr", "/lib", "/opt", "/run", "/bin",
            sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), *site.getsitepackages(),
            site.getusersitepackages(), home / ".cache", home / ".config", home / ".ipython",
            home / ".jupyter", home / ".local", home / "Library",
            os.environ.get("IPYTHONDIR"), os.environ.get("MPLCONFIGDIR"),
            os.environ.get("JUPYTER_RUNTIME_DIR"), os.environ.get("JUPYTER_DATA_DIR"),
            Path(tempfile.gettempdir()) / "ipykernel_", Path(__file__).parents[1],
        ]  # fmt: skip
        here = os.getcwd()
        roots = {os.path.abspath(str(r)) for r in found if r}
        _ROOTS.append(tuple(sorted(r for r in roots if not here.startswith(r) or r in (sys.prefix,))))
    return _ROOTS[0]


_SHARED: list[Watch] = []


def shared_watch() -> Watch:
    """Return this process's one watch; it is made at the first call."""
    if not _SHARED:
        _SHARED.append(Watch())
    return _SHARED[0]
