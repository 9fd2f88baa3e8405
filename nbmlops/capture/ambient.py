"""Ambient settings: what a statement may have changed without naming it."""

from __future__ import annotations

import _locale
import csv
import decimal
import itertools
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["take_settings"]

_SHOWN = frozenset({"display", "styler"})
_PLOTTED = frozenset({"backend", "backend_fallback", "interactive", "webagg.address"})
_INERT = frozenset({"chained_assignment", "copy_on_write", "performance_warnings"})
_CATEGORIES = (_locale.LC_NUMERIC, _locale.LC_TIME, _locale.LC_COLLATE, _locale.LC_CTYPE)
_places: dict[int, list[int]] = {}
_trees: dict[str, list[dict[str, Any]]] = {"": []}
"""The tree of pandas' options and its branches, by the setting that they are part of; under no name, all."""
_sizes: dict[int, int] = {}


def take_settings() -> dict[str, Any]:
    """Return a comparable token for each setting that can change what code computes.

    What only makes text (``pandas display``, ``numpy print``, ``sklearn display``) and what only
    decides which warnings are shown (``warnings shown``) have keys of their own, for few statements
    depend on them.
    """
    filters = tuple(warnings.filters)
    errors = tuple(f for f in filters if f[0] == "error")
    settings: dict[str, Any] = {
        "environ": hash(frozenset(_raw_environ().items())),
        "cwd": os.getcwd(),
        "sys.path": tuple(map(str, sys.path)),
        "warnings": errors,
        "warnings shown": filters,
        "decimal": str(decimal.getcontext()),
        "locale": tuple(map(_locale.setlocale, _CATEGORIES)),
        "timezone": (time.tzname, time.timezone),
        "interpreter": (sys.getrecursionlimit(), sys.get_int_max_str_digits()),
        "csv": (csv.field_size_limit(), tuple(csv.list_dialects())),
        "logging": _take_logging(),
    }
    pandas = sys.modules.get("pandas._config.config")
    if pandas is not None:
        settings |= _take_pandas(getattr(pandas, "_global_config", {}))
    for name, take in (
        ("numpy", _take_numpy),
        ("sklearn", _take_sklearn),
        ("matplotlib", _take_matplotlib),
        ("matplotlib._pylab_helpers", _take_figures),
        ("torch", _take_torch),
        ("tensorflow.python.eager.context", _take_tensorflow),
    ):
        module = sys.modules.get(name)
        if module is not None:
            settings |= take(module)
    if not errors and "numpy" in settings:
        # Without a filter that makes errors of them, a warning that is printed changes nothing.
        settings["numpy"] = tuple("warn" if v == "ignore" else v for v in settings["numpy"])
    return settings


def _raw_environ() -> Mapping[Any, Any]:
    """Return the environment as the interpreter holds it: decoding it costs ten times as much."""
    raw: Mapping[Any, Any] = getattr(os.environ, "_data", os.environ)
    return raw


def _take_logging() -> Any:
    root = logging.getLogger()
    found = [root, *(v for v in list(root.manager.loggerDict.values()) if type(v) is logging.Logger)]
    return [
        (x.name, x.level, x.disabled, x.propagate, *map(id, x.handlers))
        for x in found
        if x.level or x.handlers or x.disabled or not x.propagate
    ]


def _take_pandas(options: Mapping[str, Any]) -> dict[str, Any]:
    known = _trees[""]
    if not known or known[0] is not options or sum(map(len, known)) != _sizes.get(id(options)):
        _sort_trees(options)
    found = {
        key: list(itertools.chain.from_iterable(map(dict.values, _trees[key])))
        for key in ("pandas", "pandas display")
    }
    for tree in _trees["mode"]:
        found["pandas"] += [v for k, v in tree.items() if k not in _INERT or v == "raise"]
    return found


def _sort_trees(options: Mapping[str, Any]) -> None:
    _trees.update({"": [], "pandas": [], "pandas display": [], "mode": []})
    for key, tree in _list_trees("", options):
        shown = "pandas display" if key.partition(".")[0] in _SHOWN else "pandas"
        _trees["mode" if key == "mode." else shown].append(tree)
        _trees[""].append(tree)
    _sizes[id(options)] = sum(map(len, _trees[""]))


def _list_trees(prefix: str, tree: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the tree of options and each branch of it, which stay the same objects as options change."""
    yield prefix, tree
    for key, value in tree.items():
        if type(value) is dict:
            yield from _list_trees(f"{prefix}{key}.", value)


def _take_numpy(numpy: Any) -> dict[str, Any]:
    if not hasattr(numpy, "geterr"):  # it is still being imported
        return {}
    errors = (*numpy.geterr().values(), id(numpy.geterrcall()))
    return {"numpy": errors, "numpy print": tuple(numpy.get_printoptions().values())}


def _take_sklearn(sklearn: Any) -> dict[str, Any]:
    if not hasattr(sklearn, "get_config"):
        return {}
    config = sklearn.get_config()
    shown = [config.pop(key, None) for key in ("display", "print_changed_only")]
    return {"sklearn": tuple(config.values()), "sklearn display": shown}


def _take_matplotlib(matplotlib: Any) -> dict[str, Any]:
    held = getattr(matplotlib, "rcParams", None)
    if held is None:
        return {}
    if len(held) not in _places:
        _places[len(held)] = [i for i, key in enumerate(held) if key in _PLOTTED][::-1]
    values = list(dict.values(held))
    for place in _places[len(held)]:
        del values[place]
    return {"matplotlib": values}


def _take_figures(helpers: Any) -> dict[str, Any]:
    """Return what stands in pyplot's figures, as far as numbers can be read off them again."""
    held = getattr(helpers, "Gcf", None)
    figures = [manager.canvas.figure for manager in held.figs.values()] if held else []
    return {"figures": [(id(figure), [_take_axes(axes) for axes in figure.axes]) for figure in figures]}


def _take_axes(axes: Any) -> Any:
    found = vars(axes)
    limits = [getattr(found.get(name), "_points", None) for name in ("dataLim", "_viewLim")]
    return len(found.get("_children", ())), [None if p is None else p.tobytes() for p in limits]


def _take_torch(torch: Any) -> dict[str, Any]:
    if not hasattr(torch, "are_deterministic_algorithms_enabled"):
        return {}
    token = (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads())
    return {"torch": (*token, torch.are_deterministic_algorithms_enabled())}


def _take_tensorflow(module: Any) -> dict[str, Any]:
    """Take the global seed: what a graph draws follows from it, and moves no stream."""
    return {"tensorflow": getattr(getattr(module, "_context", None), "_seed", None)}
