"""Bindings: which object each of the user's names is bound to, followed from statement to statement."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from itertools import compress
from operator import ne
from typing import Any

from nbmlops.values.structure import locate

__all__ = ["SHELL_NAMES", "Bindings", "is_user_name"]

SHELL_NAMES = frozenset({"In", "Out", "get_ipython", "exit", "quit", "open", "display"})
_SHELL_HISTORY = re.compile(r"_+|_i{1,3}|_i?\d+|_[oid]h")
_MODULE_NAMES = frozenset(
    {"__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__", "__session__"}
    | {"__builtin__", "__builtins__", "__annotations__", "__warningregistry__"}
)


@functools.cache
def is_user_name(name: str) -> bool:
    """Say whether a name of the namespace is the user's, and not the shell's."""
    if name in SHELL_NAMES or name in _MODULE_NAMES or name.startswith("__vsc_"):
        return False
    return not (name.startswith("_") and _SHELL_HISTORY.fullmatch(name))


class Bindings:
    """Compares the identities in a namespace with those of the last look; holds no object of it.

    A namespace may have many names and a cell many statements: what has not changed is compared as
    lists, and only what has is looked at name by name.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._all: list[str] = []
        self._own: list[bool] = []
        self._names: list[str] = []
        self._ids: list[int] = []
        self._known: dict[str, int] = {}
        self.look()

    def look(self) -> dict[str, int | None]:
        """Look again; return the user's names that are bound otherwise than before, or no more.

        Each has the identity that it had: None if it did not exist.
        """
        names, ids = self._list_own()
        common = len(self._names)
        if names[:common] == self._names:
            same = ids[:common] == self._ids
            changed = [] if same else [*compress(self._names, map(ne, self._ids, ids))]
            changed += names[common:]
            gone: list[str] = []
            new = dict(zip(names[common:], ids[common:], strict=True))
            new |= {name: locate(self._namespace[name]) for name in changed if name not in new}
        else:
            now = dict(zip(names, ids, strict=True))
            gone = [name for name in self._known if name not in now]
            new = {name: number for name, number in now.items() if self._known.get(name) != number}
            changed = list(new)
        found = {name: self._known.get(name) for name in (*changed, *gone)}
        for name in gone:
            del self._known[name]
        self._known.update(new)
        self._names, self._ids = names, ids
        return found

    def _list_own(self) -> tuple[list[str], list[int]]:
        """Return the user's names and their identities; most names are the shell's, two or three a cell."""
        names = list(self._namespace)
        common = len(self._all)
        if names[:common] == self._all:
            self._own += map(is_user_name, names[common:])
        else:
            self._own = list(map(is_user_name, names))
        self._all = names
        values = compress(self._namespace.values(), self._own)
        return list(compress(names, self._own)), list(map(locate, values))

    def names(self) -> list[str]:
        """Return the user's names as of the last look."""
        return list(self._names)

    def identity(self, name: str) -> int | None:
        """Return the identity of what a name was bound to at the last look, None if it was unbound."""
        return self._known.get(name)
