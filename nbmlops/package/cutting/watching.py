"""Watching: which names a statement bound or changed, seen by the fingerprints of their values."""

from __future__ import annotations

import ast
import types
from dataclasses import dataclass, field
from typing import Any

from nbmlops.package.cutting.statements import bound_names, mentioned_names
from nbmlops.values.fingerprint import Portrait, portray

__all__ = ["After", "Watch"]

_PASSIVE = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)


@dataclass(eq=False)
class After:
    """The names that a statement bound, those whose values it changed, and fingerprints of both."""

    bound: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    digests: dict[str, str] = field(default_factory=dict)


class Watch:
    """Compares the values of names before and after each statement."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.portraits: dict[str, Portrait] = {}
        self.mentions: set[str] = set()
        self.known: set[str] = set()

    def before(self, tree: ast.stmt) -> set[str]:
        """Take note of what a statement may touch, and return the names that it mentions."""
        self.mentions = self._close(mentioned_names(tree))
        self.known = set(self.namespace)
        return set(self.mentions)

    def after(self, tree: ast.stmt) -> After:
        """Say what the statement did."""
        done = After(bound=bound_names(tree) & set(self.namespace))
        if isinstance(tree, ast.ImportFrom) and tree.names[0].name == "*":
            done.bound |= set(self.namespace) - self.known
        touched = self.mentions | done.bound
        objects: set[int] = set()
        for name in touched:
            if name in self.portraits:
                objects |= self.portraits[name].objects
        shared = {n for n, p in self.portraits.items() if objects & p.objects}
        for name in touched | shared:
            old = self.portraits.pop(name, None)
            value = self.namespace.get(name)
            if name not in self.namespace or isinstance(value, _PASSIVE):
                continue
            new = self.portraits[name] = portray(value, self.namespace)
            if new.digest is not None:
                done.digests[name] = new.digest
            if name not in done.bound and old is not None and old.digest != new.digest:
                done.changed.add(name)
        return done

    def _close(self, names: set[str]) -> set[str]:
        """Add the names that mentioned functions mention."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in found or name not in self.namespace:
                continue
            found.add(name)
            value = self.namespace[name]
            if isinstance(value, types.FunctionType) and value.__module__ == "__main__":
                waiting += _global_names(value.__code__)
        return found


def _global_names(code: types.CodeType) -> list[str]:
    found = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found += _global_names(constant)
    return found
