"""Bundling: what describes values, joined into one file that stands alone beside an export."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["bundle_structure"]

_HERE = Path(__file__).parent
_PACKAGE = "nbmlops.values."
# An excuse to a rule of this project's own would be a fault where only the usual rules hold.
_EXCUSE = re.compile(r"  # noqa: N818\b.*")
_OPENING = '''"""Structure: what a Python value holds, as bytes that are the same in every process.

nbmlops joined its own modules into this file, which needs nothing but Python. A proof takes it only
as it was written.
"""

from __future__ import annotations

'''


@dataclass(frozen=True, slots=True)
class _Module:
    """One module, as text and as a tree."""

    source: str
    tree: ast.Module


@functools.cache
def bundle_structure() -> bytes:
    """Return what `structure` consists of as one Python file, the same bytes wherever it is made."""
    modules: dict[str, _Module] = {}
    _gather_modules("structure", modules)
    header = _OPENING + _join_imports(modules.values()) + "\n" + _list_offers(modules["structure"])
    return "\n\n\n".join([header, *map(_cut_body, modules.values())]).encode() + b"\n"


def _gather_modules(name: str, found: dict[str, _Module]) -> None:
    """Find a module and those beside it that it needs, each after what it needs itself."""
    if name in found:
        return
    source = (_HERE / f"{name}.py").read_text("utf-8")
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(_PACKAGE):
            _gather_modules(str(node.module).removeprefix(_PACKAGE), found)
    found[name] = _Module(source, tree)


def _join_imports(modules: Iterable[_Module]) -> str:
    """Write what the modules import of Python, each name once."""
    whole: set[str] = set()
    names: dict[str, set[str]] = {}
    for node in (node for module in modules for node in module.tree.body):
        if isinstance(node, ast.Import):
            whole.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith(("__future__", _PACKAGE)):
            names.setdefault(str(node.module), set()).update(alias.name for alias in node.names)
    lines = [f"import {name}" for name in sorted(whole)]
    lines += [f"from {name} import {', '.join(sorted(names[name]))}" for name in sorted(names)]
    return "\n".join(lines) + "\n"


def _list_offers(module: _Module) -> str:
    return ast.get_source_segment(module.source, _find_offer(module.tree)) or ""


def _cut_body(module: _Module) -> str:
    """Return a module without its opening; its docstring becomes the heading."""
    lines = module.source.splitlines()[_find_offer(module.tree).end_lineno :]
    body = "\n".join(_EXCUSE.sub("", line) for line in lines)
    return f"# {ast.get_docstring(module.tree)}\n\n\n" + body.strip("\n")


def _find_offer(tree: ast.Module) -> ast.stmt:
    """Return the list of what a module offers: its opening ends there."""
    return next(n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__")
