"""Restoring: random streams and settings of a kernel, as another process can be given them."""

from __future__ import annotations

import array
import decimal
import importlib
import json
import locale
import os
import pickle
import random
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from nbmlops.capture.ambient import take_settings

__all__ = [
    "CARRIED",
    "Surroundings",
    "describe_settings",
    "find_deviations",
    "put_states",
    "put_surroundings",
    "read_state",
    "take_surroundings",
]

Surroundings = dict[str, bytes]
"""Settings by what they are called, each as bytes of its own: what a process does not know, it leaves."""

CARRIED = frozenset(
    {"cwd", "sys.path", "environ", "warnings", "warnings shown", "decimal", "locale", "interpreter", "pandas"}
    | {"pandas display", "numpy", "numpy print", "sklearn", "sklearn display", "matplotlib", "torch"}
    | {"timezone", "figures", "logging", "csv", "tensorflow"}
)
"""Settings that come along, are compared, or that no value depends on, as `take_settings` calls them."""

_IDLE = frozenset(
    {"environ", "logging", "figures", "matplotlib", "timezone", "warnings shown", "pandas display", "csv"}
)
_SHOWING = frozenset({"backend", "backend_fallback", "interactive"})
_CATEGORIES = (locale.LC_NUMERIC, locale.LC_TIME, locale.LC_COLLATE, locale.LC_CTYPE)


def take_surroundings(variables: Mapping[str, str]) -> Surroundings:
    """Return the settings of this process that can be put into another one, with more variables."""
    found: dict[str, Any] = {
        "environ": {**os.environ, **variables},
        "sys.path": list(map(str, sys.path)),
        "cwd": os.getcwd(),
        "warnings": list(warnings.filters),
        "decimal": decimal.getcontext().copy(),
        "locale": [locale.setlocale(category) for category in _CATEGORIES],
        "interpreter": (sys.getrecursionlimit(), sys.get_int_max_str_digits()),
    }
    for name, take in _TAKEN.items():
        module = sys.modules.get(name)
        if module is not None:
            found[name] = take(module)
    kept: Surroundings = {}
    for name, value in found.items():
        try:
            kept[name] = pickle.dumps(value)
        except Exception:  # noqa: BLE001 - it is compared there, and told if it makes a difference
            continue
    return kept


def put_surroundings(surroundings: Surroundings) -> None:
    """Give this process the settings of another one; libraries that they are of are loaded."""
    for name, content in surroundings.items():
        value = pickle.loads(content)
        if name in _TAKEN:
            _PUT[name](importlib.import_module(name), value)
        else:
            _PUT[name](None, value)


def _take_pandas(pandas: Any) -> dict[str, Any]:
    listed = pandas._config.config._registered_options
    return {key: pandas.get_option(key) for key in listed}


def _put_pandas(pandas: Any, options: Mapping[str, Any]) -> None:
    for key, value in options.items():
        if key in pandas._config.config._registered_options and pandas.get_option(key) != value:
            pandas.set_option(key, value)


def _put_environ(_: Any, environ: Mapping[str, str]) -> None:
    for name in os.environ.keys() - environ.keys():
        del os.environ[name]
    os.environ.update({n: v for n, v in environ.items() if os.environ.get(n) != v})


def _put_warnings(_: Any, filters: list[Any]) -> None:
    warnings.resetwarnings()
    warnings.filters.extend(filters)  # type: ignore[attr-defined]


def _put_locale(_: Any, names: list[str]) -> None:
    for category, name in zip(_CATEGORIES, names, strict=True):
        locale.setlocale(category, name)


def _put_interpreter(_: Any, limits: tuple[int, int]) -> None:
    if sys.getrecursionlimit() != limits[0]:
        sys.setrecursionlimit(limits[0])
    sys.set_int_max_str_digits(limits[1])


def _put_path(_: Any, path: list[str]) -> None:
    sys.path[:] = path


def _take_torch(torch: Any) -> tuple[Any, ...]:
    dtype, grad, threads = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
    return dtype, grad, threads, torch.are_deterministic_algorithms_enabled()


def _put_torch(torch: Any, options: tuple[Any, ...]) -> None:
    dtype, grad, threads, deterministic = options
    torch.set_default_dtype(dtype)
    torch.set_grad_enabled(grad)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic)


def _take_numpy(numpy: Any) -> tuple[Any, Any]:
    return numpy.geterr(), numpy.get_printoptions()


def _put_numpy(numpy: Any, options: tuple[Any, Any]) -> None:
    numpy.seterr(**options[0])
    numpy.set_printoptions(**{k: v for k, v in options[1].items() if k != "override_repr"})


_TAKEN: dict[str, Callable[[Any], Any]] = {
    "pandas": _take_pandas,
    "numpy": _take_numpy,
    "sklearn": lambda sklearn: sklearn.get_config(),
    "matplotlib": lambda matplotlib: {k: v for k, v in dict.items(matplotlib.rcParams) if k not in _SHOWING},
    "torch": _take_torch,
}
_PUT: dict[str, Callable[[Any, Any], object]] = {
    "pandas": _put_pandas,
    "numpy": _put_numpy,
    "sklearn": lambda sklearn, config: sklearn.set_config(**config),
    "matplotlib": lambda matplotlib, held: dict.update(matplotlib.rcParams, held),
    "torch": _put_torch,
    "environ": _put_environ,
    "sys.path": _put_path,
    "cwd": lambda _, folder: os.chdir(folder),
    "warnings": _put_warnings,
    "decimal": lambda _, context: decimal.setcontext(context),
    "locale": _put_locale,
    "interpreter": _put_interpreter,
}


def describe_settings() -> dict[str, str]:
    """Return what settings can be compared with in another process, by what they are called."""
    found = {key: value for key, value in take_settings().items() if key not in _IDLE}
    if "numpy" in found:
        found["numpy"] = found["numpy"][:-1]  # who is called on an error has another address
    return {key: repr(value) for key, value in found.items()}


def find_deviations(there: Mapping[str, str]) -> list[str]:
    """Return the settings that are otherwise here than in the process that `there` was taken in."""
    here = describe_settings()
    return sorted(key for key, token in there.items() if here.get(key, token) != token)


def put_states(states: Mapping[str, Any]) -> None:
    """Put random streams into states as `take_states` returns them; others stay as they are."""
    for stream, state in states.items():
        if stream == "random":
            version, words, gauss = state
            random.setstate((version, tuple(words), gauss))
        elif stream == "numpy":
            import numpy

            kind, keys, position, has_gauss, cached = state
            words = numpy.frombuffer(keys, dtype=numpy.uint32)
            numpy.random.set_state((kind, words, position, has_gauss, cached))
        elif stream == "torch":
            import numpy
            import torch

            torch.set_rng_state(torch.from_numpy(numpy.frombuffer(bytes(state), dtype=numpy.uint8).copy()))
        elif stream == "tensorflow" and state[1] is not None:
            _put_tensorflow(state)


def _put_tensorflow(state: tuple[Any, Any]) -> None:
    context = sys.modules["tensorflow.python.eager.context"]
    tensorflow = sys.modules["tensorflow"]
    tensorflow.random.set_seed(state[0])
    version, words, gauss = state[1]
    context._context._rng.setstate((version, tuple(words), gauss))


def read_state(content: bytes) -> dict[str, Any]:
    """Return a state that was kept, by its stream, as `put_states` takes it."""
    found = json.loads(content)
    stream, state = found["stream"], found["state"]
    if stream == "numpy":
        kind, words, position, has_gauss, cached = state
        return {stream: (kind, array.array("I", words).tobytes(), position, has_gauss, cached)}
    if stream == "torch":
        return {stream: bytes(state)}
    if stream == "tensorflow":
        seed, drawn = state
        return {stream: (seed, None if drawn is None else (drawn[0], tuple(drawn[1]), drawn[2]))}
    return {stream: (state[0], tuple(state[1]), state[2])}
