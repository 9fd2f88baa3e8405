"""Independent descriptions: what a value is by other people's code, with nothing of nbmlops in it."""

from __future__ import annotations

import copy
import pickle
import random
import runpy
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["choose_names", "describe_value"]

_DIGEST = Path(__file__).resolve().parents[1] / "cases" / "digest.py"
_SHELL = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open", "display", "answer", "nbmlops"})
_HOMES = (b"__main__", b"pipeline", b"definitions")
_CODE = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)


def describe_value(value: Any) -> dict[str, str | None]:
    """Describe a value twice: by the digest of the cases, and by joblib; None where one cannot."""
    found: dict[str, str | None] = {"digest": None, "hash": None}
    value = _leave_times(value)
    try:
        text = runpy.run_path(str(_DIGEST))["digest"](value)
        found["digest"] = None if " at 0x" in text else text
    except Exception:  # noqa: BLE001 - what refuses to be described is compared by the other alone
        found["digest"] = None
    try:
        import joblib

        if not any(home in pickle.dumps(value) for home in _HOMES):
            found["hash"] = joblib.hash(value)
    except Exception:  # noqa: BLE001 - what refuses to be described is compared by the other alone
        found["hash"] = None
    return found


def _leave_times(value: Any) -> Any:
    """Leave out of a fitted search how long it took, which no run can repeat."""
    if not hasattr(value, "cv_results_"):
        return value
    left = copy.copy(value)
    vars(left).pop("refit_time_", None)
    left.cv_results_ = {n: v for n, v in value.cv_results_.items() if not n.endswith("_time")}
    return left


def _is_data(value: Any) -> bool:
    """Whether a value is no code and nothing drawn, of which the digest of the cases finds no end."""
    if isinstance(value, _CODE) or hasattr(value, "__wrapped__"):
        return False
    items = (
        list(value.ravel())
        if str(getattr(value, "dtype", "")) == "object" and hasattr(value, "ravel")
        else []
    )
    items += value if isinstance(value, list | tuple) else getattr(value, "__dict__", {}).values()
    return not any(type(v).__module__.startswith("matplotlib") for v in (value, *items))


def choose_names(space: Mapping[str, Any], seed: int, most: int) -> list[str]:
    """Choose names that hold data; the larger the type's family, the less of it."""
    names = sorted(n for n in space if not n.startswith("_") and n not in _SHELL)
    names = [n for n in names if _is_data(space[n])]
    draw = random.Random(seed)
    draw.shuffle(names)
    chosen: list[str] = []
    kinds: dict[type, int] = {}
    for name in sorted(names, key=lambda n: type(space[n]) in (int, float, str, bool, type(None))):
        if kinds.get(type(space[name]), 0) < 2 and len(chosen) < most:
            kinds[type(space[name])] = kinds.get(type(space[name]), 0) + 1
            chosen.append(name)
    return chosen
