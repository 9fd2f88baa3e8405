"""Models: what a value is that can be fitted: its kind, what was set of it, and whether it has learned."""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from nbmlops.core.learned import Child, ModelSeen, Scalar
from nbmlops.values.classes import find_dictionary, locate, mro_of, name_type, vars_of

__all__ = ["describe_model", "find_models", "find_refitted", "is_model", "list_learned", "list_parts"]

_PLAIN = frozenset({str, int, float, bool, type(None)})
_GATHERS = frozenset({list, tuple, dict})
_MOST_ITEMS, _MOST_CHILDREN, _LONGEST, _DEEPEST = 100, 1000, 200, 4
_ANSWERS = frozenset({"predict", "fit_predict", "forward"})
_BOOSTERS = ("xgboost.", "lightgbm.", "catboost.")
_STUDY = "optuna.study.study.Study"
_NETWORK = "torch.nn.modules.module.Module"
_VARARGS = 0x08


class _Class(NamedTuple):
    """What a class says of its objects: whether they are models, whether they answer, and their defaults."""

    is_model: bool
    predicts: bool
    is_result: bool
    is_network: bool
    defaults: Mapping[str, Any]


_NO_MODEL = _Class(False, False, False, False, {})
_known: weakref.WeakKeyDictionary[type, _Class] = weakref.WeakKeyDictionary()


def is_model(value: Any) -> bool:
    """Say whether a value can be fitted, or is what fitting gives; none of its own code runs."""
    return _read_class(type(value)).is_model


def find_models(place: str, value: Any, depth: int = 0) -> Iterator[tuple[ModelSeen, Any]]:
    """Yield the models that a value is or gathers in lists and dicts, with how the notebook reaches them."""
    exact = type(value)
    if exact in _PLAIN:
        return
    if exact in _GATHERS:
        if depth > 1 or len(value) > _MOST_ITEMS:
            return
        items = value.items() if exact is dict else enumerate(value)
        for key, item in items:
            if type(key) in _PLAIN and type(item) not in _PLAIN:
                yield from find_models(f"{place}[{key!r}]", item, depth + 1)
        return
    found = describe_model(value, place)
    if found is not None:
        yield found, value


def list_parts(value: Any) -> set[int]:
    """Return the identities of the networks that a network consists of; none of another value."""
    found: set[int] = set()
    waiting = [value] if _read_class(type(value)).is_network else []
    while waiting:
        held = _read_held(waiting.pop()).get("_modules")
        inner = [one for one in (held or {}).values() if one is not None and locate(one) not in found]
        found.update(map(locate, inner))
        waiting += inner
    return found


def describe_model(value: Any, place: str = "") -> ModelSeen | None:
    """Describe a model as it stands, from its attributes alone; None where it is none."""
    kind = _read_class(type(value))
    if not kind.is_model:
        return None
    held = _read_held(value)
    name = name_type(type(value))
    children = tuple(_list_attempts(held) if name == _STUDY else _list_children(held))
    return ModelSeen(
        place=place,
        type=name,
        fitted=kind.is_result or _has_learned(held) or bool(children),
        parameters=tuple(_list_parameters(value, kind, held, 0)),
        predicts=kind.predicts,
        children=children,
    )


def _read_class(kind: type) -> _Class:
    if type(kind) is type and kind in _PLAIN:  # a metaclass may compare as it likes
        return _NO_MODEL
    try:
        found = _known.get(kind)
        if found is None:
            found = _known[kind] = _look_at(kind)
    except TypeError:  # a metaclass that cannot be hashed or kept weakly
        return _look_at(kind)
    return found


def _look_at(kind: type) -> _Class:
    if issubclass(kind, type | types.ModuleType):
        return _NO_MODEL
    line = mro_of(kind)
    names = {name for base in line for name in ("fit", "transform", *_ANSWERS) if name in vars_of(base)}
    name = name_type(kind)
    if name == _STUDY:
        return _Class(True, True, False, False, {})
    is_result = name.startswith("statsmodels.") and name.endswith(("ResultsWrapper", "Results"))
    is_booster = name.startswith(_BOOSTERS) and "predict" in names
    is_network = any(name_type(base) == _NETWORK for base in line)
    if not ("fit" in names or is_result or is_booster or is_network):
        return _NO_MODEL
    if is_network and name.startswith("torch."):  # layers and losses are parts, but for these
        is_network = name.endswith((".Sequential", ".Linear"))
        if not is_network:
            return _NO_MODEL
    predicts = bool(names & _ANSWERS) or is_result or "transform" not in names
    return _Class(True, predicts, is_result, is_network, _read_defaults(line))


def _read_defaults(line: tuple[type, ...]) -> dict[str, Any]:
    """Return the arguments of a class with their defaults, also those that it hands on to its bases."""
    found: dict[str, Any] = {}
    for base in line:
        function = vars_of(base).get("__init__")
        while type(function) is types.FunctionType and "__wrapped__" in vars(function):
            function = vars(function)["__wrapped__"]
        if type(function) is not types.FunctionType:
            continue
        code = function.__code__
        positional = code.co_varnames[1 : code.co_argcount]
        defaults = function.__defaults__ or ()
        own: dict[str, Any] = dict.fromkeys(positional, _KnownNever)
        own |= dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
        named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        own |= {name: (function.__kwdefaults__ or {}).get(name, _KnownNever) for name in named}
        found = {**own, **found}
        if not code.co_flags & _VARARGS:
            break
    return found


class _KnownNever:
    """Stands for a default where an argument has none."""


def _read_held(value: Any) -> dict[str, Any]:
    """Return the attributes of an object past every code of its class."""
    reader = find_dictionary(type(value))
    held = None if reader is None else reader.__get__(value)
    return held if type(held) is dict else {}


def _has_learned(held: Mapping[str, Any]) -> bool:
    """Say whether fitting left something: by convention it ends in an underscore."""
    steps = held.get("steps")
    if type(steps) is list and steps and "transformers" not in held:
        last = steps[-1][1] if type(steps[-1]) is tuple and len(steps[-1]) > 1 else None
        return _has_learned(_read_held(last)) or (len(steps) > 1 and last in (None, "passthrough"))
    if held.get("_Booster") is not None:
        return True
    return any(type(name) is str and name.endswith("_") and not name.startswith("_") for name in held)


def _list_parameters(
    value: Any, kind: _Class, held: Mapping[str, Any], depth: int
) -> Iterator[tuple[str, Scalar]]:
    if depth > _DEEPEST or kind.is_network or name_type(type(value)).startswith("keras."):
        return
    own = held.get("_init_params")  # CatBoost keeps what was given
    given = own if type(own) is dict else {n: held[n] for n in kind.defaults if n in held}
    for name, item in given.items():
        default = kind.defaults.get(name, _KnownNever)
        if item is default:
            continue
        parts = dict(_name_parts(name, item))
        for prefix, part in parts.items():
            inner = _read_class(type(part))
            if inner.is_model:
                yield from (
                    (f"{prefix}__{key}", found)
                    for key, found in _list_parameters(part, inner, _read_held(part), depth + 1)
                )
        if _read_class(type(item)).is_model:
            yield name, type(item).__name__
        elif not parts:
            found, known = _spell(item), _spell(default)
            if found != known or type(found) is not type(known):
                yield name, found


def _name_parts(name: str, item: Any) -> Iterator[tuple[str, Any]]:
    """Yield the models that a parameter is or lists, with the prefix that scikit-learn gives them."""
    if _read_class(type(item)).is_model:
        yield name, item
    elif type(item) is list and item and all(type(one) is tuple and len(one) > 1 for one in item):
        for one in item:
            if type(one[0]) is str:
                yield one[0], one[1]


def _spell(item: Any) -> Scalar:
    """Return a setting as a plain value or as short text; only what cannot run a user's code is spelled."""
    exact = type(item)
    if exact in _PLAIN:
        return item if exact is not str or len(item) <= _LONGEST else f"{item[:_LONGEST]}…"
    numpy = sys.modules.get("numpy")
    if numpy is not None and issubclass(exact, numpy.generic) and exact.__module__ == "numpy":
        plain = item.item()
        return plain if type(plain) in _PLAIN else str(plain)
    if exact in _GATHERS and _is_plain(item, set()):
        text = repr(item)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    if exact is types.FunctionType or issubclass(exact, type):
        return (
            str(getattr(item, "__name__", exact.__name__)) if exact is types.FunctionType else name_type(item)
        )
    return exact.__name__


def _is_plain(item: Any, above: set[int]) -> bool:
    exact = type(item)
    if exact in _PLAIN:
        return True
    if exact not in _GATHERS or locate(item) in above or len(item) > _MOST_ITEMS:
        return False
    above = above | {locate(item)}
    parts = [*item.keys(), *item.values()] if exact is dict else item
    return all(_is_plain(part, above) for part in parts)


def _list_children(held: Mapping[str, Any]) -> Iterator[Child]:
    """Yield what a search tried, from the results that scikit-learn's searches keep."""
    results = held.get("cv_results_")
    if type(results) is not dict:
        return
    tried = results.get("params", _list_widths(results))
    if type(tried) is not list:
        return
    refit = held.get("refit")
    metric = refit if type(refit) is str else "score"
    means, deviations = results.get(f"mean_test_{metric}"), results.get(f"std_test_{metric}")
    for position, chosen in enumerate(tried[:_MOST_CHILDREN]):
        if type(chosen) is dict:
            yield Child(
                tuple((str(name), _spell(item)) for name, item in chosen.items()),
                _take_number(means, position),
                _take_number(deviations, position),
            )


def _list_widths(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a search for the number of features tried."""
    widths: Any = results.get("n_features")
    numpy = sys.modules.get("numpy")
    if numpy is None or type(widths) is not numpy.ndarray or widths.ndim != 1:
        return []
    return [{"n_features": width} for width in widths.tolist()]


def _list_attempts(held: Mapping[str, Any]) -> Iterator[Child]:
    """Yield what a study of Optuna tried, from its storage, which copies nothing for this."""
    storage, number = held.get("_storage"), held.get("_study_id")
    if storage is None or not type(storage).__module__.startswith("optuna."):
        return
    for attempt in storage.get_all_trials(number, deepcopy=False)[:_MOST_CHILDREN]:
        tried = tuple((str(name), _spell(item)) for name, item in attempt.params.items())
        yield Child(tried, attempt.values[0] if attempt.values else None)


def _take_number(numbers: Any, position: int) -> float | None:
    numpy = sys.modules.get("numpy")
    if numpy is None or type(numbers) is not numpy.ndarray or position >= len(numbers):
        return None
    found = numbers[position]
    return float(found) if isinstance(found, numpy.floating | numpy.integer) else None


def find_refitted(value: Any) -> Any:
    """Return the model that a search fitted on all of its rows at the end; None where there is none."""
    best = _read_held(value).get("best_estimator_")
    return best if is_model(best) else None


def list_learned(value: Any, depth: int = 0) -> Iterator[tuple[str, int]]:
    """Yield the attributes that fitting left in a model and in its steps, and where their values lie."""
    held = {name: item for name, item in _read_held(value).items() if type(name) is str}
    by_convention = [n for n in held if n.endswith("_") or n in ("steps", "_Booster")]
    yield from ((name, locate(held[name])) for name in by_convention or held)
    steps = held.get("steps")
    if type(steps) is list and depth < _DEEPEST:
        for one in steps:
            if type(one) is tuple and len(one) > 1 and is_model(one[1]):
                yield from list_learned(one[1], depth + 1)
