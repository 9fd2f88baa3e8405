"""Drawing: which names a statement only draws on, whatever was drawn on them before."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from typing import Any

from nbmlops.values.classes import mro_of, name_type

__all__ = ["find_drawn", "is_figure"]

_STROKES = frozenset(
    {"annotate", "axhline", "axhspan", "axline", "axvline", "axvspan", "bar", "bar_label", "barh", "boxplot"}
    | {"clabel", "contour", "contourf", "errorbar", "fill", "fill_between", "fill_betweenx", "grid", "hexbin"}
    | {"hist", "hist2d", "hlines", "imshow", "invert_xaxis", "invert_yaxis", "legend", "loglog", "matshow"}
    | {"pcolor", "pcolormesh", "pie", "plot", "plot_surface", "quiver", "scatter", "semilogx", "semilogy"}
    | {"stackplot", "stairs", "stem", "step", "streamplot", "suptitle", "text", "tick_params", "tight_layout"}
    | {"tricontour", "tricontourf", "tripcolor", "triplot", "violinplot", "vlines"}
)
_ARTIST = "matplotlib.artist.Artist"
_LIBRARIES = ("matplotlib.", "mpl_toolkits.")


def find_drawn(nodes: Sequence[ast.AST]) -> frozenset[str]:
    """Return the names of which a tree does nothing but call methods that draw, and use none of the results.

    That a name holds a figure or its axes is not told by the text: ask `is_figure`.
    """
    strokes = Counter(filter(None, (_find_owner(n.value) for n in nodes if isinstance(n, ast.Expr))))
    if not strokes:
        return frozenset()
    mentioned = Counter(n.id for n in nodes if isinstance(n, ast.Name))
    return frozenset(name for name, count in strokes.items() if mentioned[name] == count)


def _find_owner(node: ast.expr) -> str:
    """Return the name that a call draws on; empty where it does anything else."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return ""
    owner: Any = node.func.value
    draws = node.func.attr in _STROKES or node.func.attr.startswith("set_")
    return owner.id if draws and isinstance(owner, ast.Name) else ""


def is_figure(value: Any) -> bool:
    """Say whether a value is a figure of matplotlib's own, or something on it."""
    bases = mro_of(type(value))
    own = name_type(bases[0]).startswith(_LIBRARIES)
    return own and any(name_type(base) == _ARTIST for base in bases)
