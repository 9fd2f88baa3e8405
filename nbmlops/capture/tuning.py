"""Tuning: which settings the text of code would change, whether or not they came out different."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nbmlops.capture.roots import find_chain

__all__ = ["find_settings"]

_CALLS = {
    "putenv": "environ",
    "unsetenv": "environ",
    "load_dotenv": "environ",
    "chdir": "cwd",
    "filterwarnings": "warnings",
    "simplefilter": "warnings",
    "resetwarnings": "warnings",
    "set_option": "pandas",
    "reset_option": "pandas",
    "seterr": "numpy",
    "set_printoptions": "numpy print",
    "set_config": "sklearn",
    "setrecursionlimit": "interpreter",
    "set_default_dtype": "torch",
    "set_random_seed": "tensorflow",
    "set_seed": "tensorflow",
    "setlocale": "locale",
}
_HOLDERS = {
    "environ": "environ",
    "path": "sys.path",
    "rcParams": "matplotlib",
}
_FILTERS = ("warnings", "warnings shown")
_CHANGING = frozenset({"update", "setdefault", "pop", "clear", "insert", "append", "extend", "remove"})


def find_settings(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Return the keys of the settings that a tree, given as its nodes, writes to."""
    return frozenset(key for node in nodes for key in _read_node(node))


def _read_node(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Subscript(value=owner, ctx=ast.Store() | ast.Del()):
            yield from _read_holder(find_chain(owner))
        case ast.Attribute(ctx=ast.Store()):
            chain = find_chain(node)
            if "options" in chain[1:]:
                yield "pandas display" if "display" in chain else "pandas"
        case ast.Call(func=func, args=given, keywords=named):
            chain = find_chain(func)
            key = _CALLS.get(chain[-1]) if chain else None
            if key == "pandas" and given and _begins(given[0], "display"):
                key = "pandas display"
            if key == "sklearn" and {k.arg for k in named} <= {"display", "print_changed_only"}:
                key = "sklearn display"
            if key == "warnings":
                yield from (
                    ("warnings shown",)
                    if given and _begins(given[0], ("ignore", "default", "once"))
                    else _FILTERS
                )
            elif key is not None:
                yield key
            elif len(chain) > 1 and chain[-1] in _CHANGING:
                yield from _read_holder(chain[:-1])


def _read_holder(chain: tuple[str, ...]) -> Iterator[str]:
    if chain and chain[-1] in _HOLDERS and (chain[-1] != "path" or chain[0] == "sys"):
        yield _HOLDERS[chain[-1]]


def _begins(node: ast.expr, text: str | tuple[str, ...]) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(text)
