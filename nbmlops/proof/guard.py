"""The guard: an audit hook that refuses what a replay may not do to the world, and remembers it."""

# Paths are kept as text here: an audit hook must neither normalise them nor cost more than it has to.
# ruff: noqa: PTH100, PTH112, PTH113, PTH117, PTH118, PTH119, PTH208

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Guard", "Refusal", "Rules", "SideEffectError", "find_probes", "innermost_line"]

_STORE_FOLDER = ".nbmlops"
_STREAMS = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_ROOTS = ("proc", "sys", "dev", "etc", "usr", "lib", "lib64", "opt", "run", "bin", "var/lib", "System")
_SYSTEM = tuple(f"/{name}" for name in _ROOTS)
_PACKAGES = frozenset({"site-packages", "dist-packages"})
_HERE = ("", "localhost", "::1", "0.0.0.0", "::")

# What libraries ask of the machine when they are loaded. The first kind may run (it changes
# nothing and its answer sets thread counts); the second is told that it is not installed, which
# the libraries that try it take in their stride.
_HARMLESS = (
    ("lscpu", "--parse=core"),
    ("cat", "/proc/cpuinfo"),
    ("/sbin/ldconfig", "-p"),
    ("uname", "-p"),
)
_DISPENSABLE = frozenset({"fc-list", "gcc", "cc", "ld", "objdump", "ldconfig", "nvidia-smi"})


class SideEffectError(BaseException):
    """A statement tried to do what a replay may not: no ``except Exception`` of its hides it."""


@dataclass(frozen=True)
class Rules:
    """What is let through.

    `writable` folders and files may be written; `hidden` ones not even read; `hosts` may be
    spoken to, and all of the `network` and of the `programs` where that is true. `script` is the
    file whose lines name the statement at fault. What is read and is neither `known` nor Python's own or
    the system's is remembered, unless `known` is empty.
    """

    writable: tuple[str, ...]
    hidden: tuple[str, ...]
    script: str
    hosts: tuple[str, ...] = ()
    network: bool = False
    programs: bool = False
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """One refused side effect: `effect` is what would have to be allowed (``write:PATH``)."""

    effect: str
    message: str
    line: int | None


class Guard:
    """Watches one process from `watch` on; `refused` is all that it had to refuse.

    `undeclared` are files that were read though nobody said that they would be, `databases` those that
    SQLite opened, which the kernel keeps from being written.

    `fenced` says that the kernel keeps native code from writing outside as well.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.refused: list[Refusal] = []
        self.undeclared: dict[str, Refusal] = {}
        self.databases: dict[str, None] = {}
        self._installed = _list_installed()
        self._places = (*_SYSTEM, *self._installed, *map(str, rules.known))
        self.fenced = False
        self.addresses: set[str] = set()
        self.asleep = threading.local()
        self.reactions: dict[str, Callable[[str, tuple[Any, ...]], None]] = dict(_list_reactions(self))

    def watch(self) -> None:
        """Switch the guard on; nothing switches it off again."""
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        reaction = self.reactions.get(event)
        if reaction is not None and not getattr(self.asleep, "now", False):
            reaction(event, arguments)

    def refuse(self, effect: str, message: str) -> None:
        """Remember a side effect and stop the statement that tried it."""
        self.refused.append(Refusal(effect, message, innermost_line(self.rules.script)))
        raise SideEffectError(message)

    def see_open(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Let files be read, and written inside the working directory."""
        path, mode, flags = arguments
        if isinstance(path, int):
            return
        text = mode if isinstance(mode, str) else ""
        if set(text) & set("wax+") or (isinstance(flags, int) and flags & _WRITING):
            self.check_write(path, None, "writing")
        else:
            self.check_read(path)

    def check_read(self, path: Any) -> None:
        """Refuse the reading of stores and of the record that the replay is held against."""
        place = _resolve(path, None, follow=True)
        hidden = any(_is_within(place, folder) for folder in self.rules.hidden)
        if hidden or f"{os.sep}{_STORE_FOLDER}{os.sep}" in place + os.sep:
            self.refuse(f"read:{place}", f"reading '{place}', which holds the answer")
        if self.rules.known and place not in self.undeclared and self._is_foreign(place, path):
            message = f"reading '{place}', which is no input of the export"
            line = innermost_line(self.rules.script)
            self.undeclared[place] = Refusal(f"read:{place}", message, line)

    def _is_foreign(self, place: str, path: Any) -> bool:
        if any(_is_within(place, known) for known in self._places) or not os.path.isfile(place):
            return False
        # Installers may put links into an environment, which lead into their caches.
        named = os.path.abspath(os.fsdecode(path)) if not isinstance(path, int) else place
        return not any(_is_within(named, folder) for folder in self._installed)

    def check_write(self, path: Any, folder: Any, doing: str, *, follow: bool = True) -> None:
        """Refuse a change outside what is writable."""
        if isinstance(path, str) and path in _STREAMS:
            return
        place = _resolve(path, folder, follow=follow)
        if not any(_is_within(place, known) for known in self.rules.writable):
            self.refuse(f"write:{place}", f"{doing} '{place}' outside the working directory")

    def check_host(self, host: Any) -> None:
        """Refuse to speak to a host that is not allowed, by name or by address."""
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
        if self.rules.network or name in self.rules.hosts or name in self._look_up():
            return
        self.refuse(f"network:{name}", f"connecting to '{name}'")

    def _look_up(self) -> set[str]:
        self.asleep.now = True
        try:
            for host in self.rules.hosts:
                self.addresses.update(str(found[4][0]) for found in socket.getaddrinfo(host, None))
        except OSError:
            # A name that cannot be resolved has no addresses to allow.
            pass
        finally:
            self.asleep.now = False
        return self.addresses

    def see_connect(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse connections and datagrams: to hosts, and through sockets that are files."""
        address = arguments[1]
        if isinstance(address, tuple) and address:
            self.check_host(address[0])
        elif isinstance(address, str | bytes) and not self.rules.network:
            place = os.fsdecode(address)
            if not any(_is_within(_resolve(place, None, follow=True), w) for w in self.rules.writable):
                self.refuse("network", f"connecting to the socket '{place}'")

    def see_bind(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse to be reachable from outside this machine, and sockets that are files elsewhere."""
        address = arguments[1]
        if isinstance(address, str | bytes) and os.fsdecode(address).strip("\0"):
            self.check_write(address, None, "making a socket at")
        elif isinstance(address, tuple) and not self.rules.network:
            host = str(address[0])
            if host not in ("localhost", "::1") and not host.startswith("127."):
                self.refuse("network", f"listening on '{host}'")

    def see_lookup(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse to ask the network for the address of a host."""
        host = arguments[0]
        host = host[0] if isinstance(host, tuple) else host
        if host is not None and not _is_numeric(host) and host not in _HERE:
            self.check_host(host)

    def see_request(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse requests before anything is sent; ``file:`` and ``data:`` stay on the machine."""
        parts = urlsplit(str(arguments[0]))
        if parts.scheme not in ("file", "data"):
            self.check_host(parts.hostname)

    def see_database(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse stores; and, since SQLite opens its files itself, writing where no fence forbids it."""
        name = os.fsdecode(arguments[0])
        parts = urlsplit(name if name.startswith("file:") else "")
        place = parts.path or name
        if place in ("", ":memory:") or "mode=memory" in parts.query:
            return
        self.check_read(place)
        self.databases[place] = None
        if not self.fenced and "mode=ro" not in parts.query and "immutable=1" not in parts.query:
            self.check_write(place, None, "opening the database")

    def see_program(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse to start programs, save the harmless questions of libraries."""
        command = arguments[1] if event in ("subprocess.Popen", "os.spawn") else arguments[0]
        words = _split_command(command)
        if event == "subprocess.Popen" and words in _HARMLESS:
            return
        if os.path.basename(words[0]) in _DISPENSABLE:
            raise FileNotFoundError(2, "not available in a replay", words[0])
        self.refuse("subprocess", f"starting the program '{' '.join(words)[:200]}'")

    def see_fork(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse copies of this process, and signals to others."""
        if event in ("os.kill", "os.killpg"):
            if arguments[0] in (os.getpid(), 0):
                return
            self.refuse("subprocess", f"sending a signal to process {arguments[0]}")
        self.refuse("subprocess", "starting another process")


def _list_reactions(guard: Guard) -> Iterator[tuple[str, Callable[[str, tuple[Any, ...]], None]]]:
    """Give each audit event that matters what is to be done about it."""
    yield "open", guard.see_open
    yield "sqlite3.connect", guard.see_database
    for name, paths in _CHANGES.items():
        yield name, _watch_change(guard, paths)
    if not guard.rules.network:
        for name in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            yield name, guard.see_connect
        yield "socket.bind", guard.see_bind
        yield "urllib.Request", guard.see_request
        for name in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
            yield name, guard.see_lookup
        yield "socket.getnameinfo", guard.see_lookup
    if not guard.rules.programs:
        for name in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"):
            yield name, guard.see_program
        for name in ("os.startfile", "webbrowser.open"):
            yield name, guard.see_program
        for name in ("os.fork", "os.forkpty", "pty.spawn", "os.kill", "os.killpg"):
            yield name, guard.see_fork


# Each event: what it does, and the positions of (path, directory handle, whether links are followed).
_CHANGES: dict[str, tuple[str, tuple[tuple[int, int | None, bool], ...]]] = {
    "os.remove": ("removing", ((0, 1, False),)),
    "os.rmdir": ("removing", ((0, 1, False),)),
    "os.mkdir": ("making", ((0, 2, False),)),
    "os.rename": ("renaming", ((0, 2, False), (1, 3, False))),
    "os.link": ("linking", ((0, 2, True), (1, 3, False))),
    "os.symlink": ("linking", ((1, 2, False),)),
    "os.chmod": ("changing the mode of", ((0, 2, True),)),
    "os.chown": ("changing the owner of", ((0, 3, True),)),
    "os.chflags": ("changing the flags of", ((0, None, True),)),
    "os.utime": ("changing the times of", ((0, 3, True),)),
    "os.truncate": ("truncating", ((0, None, True),)),
    "os.setxattr": ("changing attributes of", ((0, None, True),)),
    "os.removexattr": ("changing attributes of", ((0, None, True),)),
}


def _watch_change(
    guard: Guard, change: tuple[str, tuple[tuple[int, int | None, bool], ...]]
) -> Callable[[str, tuple[Any, ...]], None]:
    doing, paths = change

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        for position, folder, follow in paths:
            path = arguments[position]
            handle = arguments[folder] if folder is not None and folder < len(arguments) else None
            if not _has_no_effect(event, path, handle):
                guard.check_write(path, handle, doing, follow=follow)

    return check


def _has_no_effect(event: str, path: Any, folder: Any) -> bool:
    """Say whether the system itself will refuse: to make what is there, to remove what is not."""
    there = isinstance(path, int) or os.path.lexists(_resolve(path, folder, follow=False))
    return there if event == "os.mkdir" else not there and event in ("os.remove", "os.rmdir")


def _resolve(path: Any, folder: Any, *, follow: bool) -> str:
    """Return the absolute path that is meant, without links; the last part's own only to `follow`."""
    if isinstance(path, int):
        return os.path.realpath(f"/proc/self/fd/{path}")
    text = os.fsdecode(path)
    if isinstance(folder, int) and folder >= 0 and not os.path.isabs(text):
        text = os.path.join(os.path.realpath(f"/proc/self/fd/{folder}"), text)
    if follow:
        return os.path.realpath(text)
    head, tail = os.path.split(text.rstrip(os.sep) or os.sep)
    return os.path.join(os.path.realpath(head or os.curdir), tail)


def _list_installed() -> tuple[str, ...]:
    """Return where packages are installed, with and without links; what is editable is a person's own."""
    places = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]
    places += [p for p in sys.path if os.path.basename(p.rstrip(os.sep)) in _PACKAGES]
    return tuple(dict.fromkeys([*places, *map(os.path.realpath, places)]))


def _is_within(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip(os.sep) + os.sep)


def _is_numeric(host: Any) -> bool:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
        except OSError:
            continue
        return True
    return False


def _split_command(command: Any) -> tuple[str, ...]:
    if isinstance(command, list | tuple):
        return tuple(os.fsdecode(word) for word in command) or ("",)
    text = os.fsdecode(command) if isinstance(command, str | bytes | os.PathLike) else repr(command)
    return tuple(text.split()) or ("",)


def innermost_line(script: str) -> int | None:
    """Return the line of `script` that this thread is executing now."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == script:
            return frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return None


def find_probes() -> tuple[str, ...]:
    """Return the files that the harmless questions of libraries need to be able to execute."""
    found = [shutil.which(words[0]) for words in _HARMLESS]
    loaders = []
    for folder in ("/lib", "/lib64"):
        if os.path.isdir(folder):
            names = os.listdir(folder)
            loaders += [os.path.join(folder, n) for n in names if n.startswith(("ld-linux", "ld-musl"))]
    return tuple(os.path.realpath(path) for path in (*found, *loaders) if path)
