"""Setups: what an import assigned in modules other than the one it loaded, and who looks that up."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from itertools import compress
from operator import ne
from pathlib import Path
from types import ModuleType

from nbmlops.core.resource import SET_UP, Effect, Read, Resource

__all__ = ["Setups"]

# Read as text: to parse a large library's own would cost more than its import. Such a text begins with
# a line break, which is searched for faster than the beginning of a line.
_ASSIGNMENT = re.compile(r"\n(?:setattr\(\s*)?(\w+)(?:\.|,\s*[\"'])(\w+)(?:[\"'],| *=(?!=))")


class Setups:
    """Remembers the attributes that imports gave to modules and classes which are not their own.

    ``from sklearn.experimental import enable_iterative_imputer`` binds a name that nothing uses: it
    is there because a later ``from sklearn.impute import IterativeImputer`` fails without it.
    """

    def __init__(self) -> None:
        self._owners: dict[str, set[str]] = {}
        self._counted: list[str] = []
        self._spaces: dict[str, dict[str, object]] = {}
        self._sizes: list[int] = []
        self.loaded = 0

    def begin(self, is_import: bool) -> None:
        """Note how many modules are loaded and, before an import, how many names each of them has."""
        self.loaded = len(sys.modules)
        if self.loaded < len(self._counted):  # what was unloaded belongs to nobody any more
            self._forget_names()
        if is_import and self.loaded != len(self._counted):
            self._count_names()

    def _forget_names(self) -> None:
        self._counted, self._spaces, self._sizes = [], {}, []

    def _count_names(self) -> list[tuple[str, int]]:
        """Count the names of all modules anew; return those that have more, with what they had."""
        loaded, sizes = list(sys.modules), list(map(len, self._spaces.values()))
        differ = compress(zip(self._spaces, self._sizes, sizes, strict=True), map(ne, self._sizes, sizes))
        grown = [(name, then) for name, then, now in differ if now > then and name in sys.modules]
        if loaded[: len(self._counted)] != self._counted:
            self._forget_names()
        for name in loaded[len(self._counted) :]:
            module = sys.modules.get(name)
            if type(module) is ModuleType:
                self._spaces[name] = module.__dict__
        self._counted, self._sizes = loaded, list(map(len, self._spaces.values()))
        return grown

    def conclude_import(self, node: ast.stmt) -> list[Effect]:
        """Tell what an import assigned elsewhere; one that loads no module runs no code."""
        if not isinstance(node, ast.Import | ast.ImportFrom) or len(sys.modules) == self.loaded:
            return []
        assigned = list(_find_assigned(node, self._spaces.keys()))
        grown = [(n, count) for n, count in self._count_names() if not n.startswith("_")]
        found = dict.fromkeys((*_find_grown(grown), *assigned))
        for owner, name in found:
            self._owners.setdefault(name, set()).add(owner)
        because = "the import assigns it in a module that is not its own"
        return [Effect(_spell_resource(owner, name), "changed", because) for owner, name in found]

    def read_attributes(self, node: ast.stmt) -> list[Read]:
        """Return which of these attributes a statement looks up."""
        if not self._owners:
            return []
        because = "the statement looks it up, and an import assigned it"
        return [
            Read(_spell_resource(owner, name), because)
            for name in sorted(_find_looked_up(node) & self._owners.keys())
            for owner in sorted(self._owners[name])
        ]


def _spell_resource(owner: str, name: str) -> Resource:
    return Resource("ambient", f"{SET_UP}{owner}.{name}")


def _find_looked_up(node: ast.stmt) -> set[str]:
    nodes = list(ast.walk(node))
    found = {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    return found | {n.name for n in nodes if isinstance(n, ast.alias)}


def _find_grown(grown: Iterable[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    """Find the names that were added to modules which had been loaded before: a dict keeps its order."""
    for owner, count in grown:
        for name in list(vars(sys.modules[owner]))[count:]:
            if not name.startswith("_") and f"{owner}.{name}" not in sys.modules:
                yield owner, name


def _find_assigned(node: ast.Import | ast.ImportFrom, then: Collection[str]) -> Iterator[tuple[str, str]]:
    """Find what the imported module's own text assigns in others, though they came with it."""
    for module in _list_modules(node):
        if module.__name__ in then:
            continue
        for owner, name in _ASSIGNMENT.findall("\n" + _read_text(module)):
            value = vars(module).get(owner)
            if isinstance(value, ModuleType) and value is not module:
                yield value.__name__, name
            elif isinstance(value, type) and value.__module__ != module.__name__:
                yield f"{value.__module__}.{value.__qualname__}", name


def _list_modules(node: ast.Import | ast.ImportFrom) -> list[ModuleType]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    found = [sys.modules.get(name) for name in names]
    return [module for module in found if type(module) is ModuleType]


def _read_text(module: ModuleType) -> str:
    path = getattr(module, "__file__", None) or ""
    if not path.endswith(".py"):
        return ""
    try:
        return Path(path).read_text("utf-8")
    except (OSError, ValueError):
        return ""
