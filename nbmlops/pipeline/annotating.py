"""Annotating: the types of a pipeline's names, spelled with what it imports anyway."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nbmlops.pipeline.parts import Part

__all__ = ["Annotator"]

_PLAIN = frozenset({"int", "float", "str", "bool", "bytes", "list", "dict", "set", "tuple", "complex"})


class Annotator:
    """Spells the recorded type of a name; ``object`` where no import of the pipeline can."""

    def __init__(self, parts: Sequence[Part]) -> None:
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
        return "object"
