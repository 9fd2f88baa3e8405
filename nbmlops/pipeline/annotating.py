"""Annotating: the types of a pipeline's names, spelled with what it imports anyway."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nbmlops.pipeline.parts import Part

__all__ = ["Annotator"]

_BORROWED = {"numpy": "np", "pandas": "pd"}
_PLAIN = frozenset({"int", "float", "str", "bool", "bytes", "list", "dict", "set", "tuple", "complex"})


class Annotator:
    """Spells the recorded type of a name; ``object`` where no import of the pipeline can.

    Types of numpy and pandas are spelled anyway, with imports that only a type checker sees; `quoted`
    says that annotations are evaluated, so that those have to be texts.
    """

    def __init__(self, parts: Sequence[Part], quoted: bool = True) -> None:
        self._quoted = quoted
        self._borrowed: set[str] = set()
        self._homes: dict[str, str] = {}
        names = {n for p in parts for n in p.binds | p.reads | p.mentioned | p.late}
        self._free = {module: alias for module, alias in _BORROWED.items() if alias not in names}
        self._free = {} if "TYPE_CHECKING" in names else self._free
        self._types: dict[str, str] = {}
        self._modules: dict[str, str] = {}
        self._classes: dict[str, str] = {}
        for part in parts:
            self._types.update(part.types)
            if part.role == "import":
                self._learn(part.tree.body[0])
            elif part.role == "definition" and isinstance(part.tree.body[0], ast.ClassDef):
                self._classes[part.tree.body[0].name] = "__main__"

    def _learn(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname or "." not in alias.name:
                    self._modules[alias.name] = alias.asname or alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if alias.asname is None:
                    self._classes[alias.name] = node.module
                self._homes[f"{node.module}.{alias.name}"] = alias.asname or alias.name

    def annotate(self, name: str) -> str:
        """Return the annotation for a name."""
        module, _, kind = self._types.get(name, "").rpartition(".")
        if module == "builtins" and kind in _PLAIN:
            return kind
        if module in self._modules:
            return f"{self._modules[module]}.{kind}"
        home = self._classes.get(kind)
        if home is not None and (module == home or module.startswith(home.partition(".")[0] + ".")):
            return kind
        for path, alias in self._homes.items():
            if kind.isidentifier() and (module == path or module.startswith(f"{path}._")):
                return self._quote(f"{alias}.{kind}")
        if module in self._free:
            self._borrowed.add(f"import {module} as {self._free[module]}")
            return self._quote(f"{self._free[module]}.{kind}")
        return "object"

    def _quote(self, spelled: str) -> str:
        return f'"{spelled}"' if self._quoted else spelled

    def list_borrowed(self) -> tuple[str, ...]:
        """Return the imports that only a type checker needs for what was spelled so far."""
        return tuple(sorted(self._borrowed))
