"""Options: what the notebook's own reading of the table is given by name, written into it as literals."""

from __future__ import annotations

import ast
from typing import Any

from nbmlops.package.cutting.bits import first_difference
from nbmlops.package.cutting.traces import Trace

__all__ = ["inline_options"]

_PLAIN = (str, int, float, bool, type(None))


def inline_options(text: str, names: set[str], modules: set[str], trace: Trace) -> str | None:
    """Return the expression that reads ``path`` with the values of names in it.

    None where a value is none that can be written, or where the file then reads otherwise: the
    name may have meant something else when the notebook read it.
    """
    values = {name: trace.namespace.get(name, ...) for name in names}
    path = getattr(trace.namespace.get("parameters"), trace.parameter, None)
    if path is None or not all(map(_is_plain, values.values())):
        return None
    tree = _Inlined(values).visit(ast.parse(text, mode="eval"))
    inlined = ast.unparse(ast.fix_missing_locations(tree))
    known = {name: trace.namespace[name] for name in modules}
    try:
        made = eval(inlined, known | {"path": path})
    except Exception:  # noqa: BLE001 - with another value than it had a reader may raise anything
        return None
    return inlined if type(made) is type(trace.raw) and first_difference(made, trace.raw) is None else None


class _Inlined(ast.NodeTransformer):
    """Puts values in the place of names."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.parse(repr(self.values[node.id]), mode="eval").body if node.id in self.values else node


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_plain(part) for pair in value.items() for part in pair)
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    return type(value) in _PLAIN
