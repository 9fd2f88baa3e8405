"""Dependence: which of the settings that were changed a statement can depend on."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Collection

from nbmlops.capture.scene import Scene
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.values.structure import is_local

__all__ = ["read_imports", "read_settings"]

_TEXTS = frozenset(
    {
        *("str", "repr", "ascii", "format", "print", "pprint", "pformat", "info"),
        *("array2string", "array_str", "array_repr", "to_string", "to_html", "to_latex", "to_markdown"),
        *("get_option", "options", "describe_option", "option_context", "get_printoptions"),
        *("printoptions", "get_config", "config_context"),
    }
)
_PERHAPS = frozenset(
    {
        *("display", "map", "style", "Styler", "tabulate", "write", "exec", "eval", "join"),
        *("debug", "warning", "warn", "error", "exception", "critical", "log"),
    }
)
_ENVIRONMENT = frozenset({"environ", "getenv", "environb", "expandvars", "expanduser"})
_FOLDER = frozenset({"getcwd", "getcwdb", "cwd", "abspath", "absolute", "resolve", "realpath", "relpath"})
_WARNINGS = frozenset({"catch_warnings", "filters", "warn", "warn_explicit", "warns", "showwarning"})
_LOGGING = frozenset({"getLogger", "isEnabledFor", "getEffectiveLevel", "handlers", "level", "propagate"})
_LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
_MEASURES = frozenset(
    {
        *("get_limits", "get_xlim", "get_ylim", "get_zlim", "get_xbound", "get_ybound", "viewLim", "dataLim"),
        *("get_xticks", "get_yticks", "get_xticklabels", "get_yticklabels", "get_lines", "get_children"),
    }
)
_CLOCKS = frozenset({"localtime", "mktime", "strftime", "ctime", "tzname", "timezone", "astimezone", "now"})
_CLOCK_HOMES = frozenset({"time", "datetime", "pandas", "calendar", "email", "logging"})

_Verdict = bool | None
"""True where a statement depends on a setting for certain, None where it may, False where it cannot."""


def read_settings(
    changed: Collection[str], scene: Scene, effects: Collection[Effect], dynamic: bool, uses_files: bool
) -> list[Read]:
    """Return the settings, of those that were changed, that a statement depends on or may depend on.

    `effects` are what it did to names: the type of what it made tells what it made it with.
    """
    kinds = {effect.type or "" for effect in effects}
    scene.roots |= {kind.partition(".")[0] for kind in kinds}
    speaks = "builtins.str" in kinds or "_io.StringIO" in kinds
    reads: list[Read] = []
    for key in sorted(changed):
        verdict = _judge(key, scene, speaks, uses_files)
        if verdict is False and (dynamic or (scene.hidden and key not in _NAMED)):
            verdict = None
        if verdict is not False:
            may = "depends on" if verdict else "may depend on"
            because = f"an earlier statement changed the setting, and this one {may} it"
            reads.append(Read(Resource("ambient", key), because, certain=bool(verdict)))
    return reads


def _judge(key: str, scene: Scene, speaks: bool, uses_files: bool) -> _Verdict:
    if key == "cwd":
        return True if uses_files or scene.words & _FOLDER else _may(scene)
    if key in _TEXT_KEYS:
        return _judge_text(_TEXT_KEYS[key], scene, speaks)
    if key in _RULES:
        return _RULES[key](scene)
    if key.startswith("module "):
        return None if scene.local else False
    return None


def _may(scene: Scene) -> _Verdict:
    """Whether anything but Python's own plain values comes into play."""
    return None if scene.local or scene.roots - {"builtins", "__main__", ""} else False


def _judge_text(libraries: frozenset[str], scene: Scene, speaks: bool) -> _Verdict:
    """Options of how values are shown matter where a value of that library becomes a text."""
    if not (speaks or scene.words & (_TEXTS | _PERHAPS)):
        return False
    if libraries & scene.roots:
        return True if scene.words & _TEXTS else None
    return None if scene.hidden else False


def _library(name: str, apart: Collection[str]) -> Callable[[Scene], _Verdict]:
    """Make the rule for a library's options: other packages but `apart` may use it unseen."""

    def judge(scene: Scene) -> _Verdict:
        return None if name in scene.roots or scene.packages - set(apart) else False

    return judge


def _words(words: frozenset[str], homes: frozenset[str] = frozenset()) -> Callable[[Scene], _Verdict]:
    def judge(scene: Scene) -> _Verdict:
        if not scene.words & words:
            return False
        return True if not homes or scene.roots & homes else None

    return judge


def _judge_environment(scene: Scene) -> _Verdict:
    return True if scene.words & _ENVIRONMENT else _may(scene)


def _judge_logging(scene: Scene) -> _Verdict:
    if "logging" not in scene.roots:
        return None if scene.words & _LEVELS and scene.packages else False
    return True if scene.words & (_LOGGING | _LEVELS) else None


_ARRAYS = frozenset({"numpy", "scipy"})
_DRAWN = frozenset({"matplotlib", "mpl_toolkits", "pylab", "seaborn", "plotnine"})
_RULES: dict[str, Callable[[Scene], _Verdict]] = {
    "environ": _judge_environment,
    "sys.path": lambda scene: {"sys", "path"} <= scene.words,
    "warnings shown": _words(_WARNINGS),
    "logging": _judge_logging,
    "timezone": _words(_CLOCKS, _CLOCK_HOMES),
    "csv": _library("csv", _ARRAYS | {"pandas", "sklearn", "matplotlib"}),
    "decimal": _library("decimal", _ARRAYS | {"sklearn", "matplotlib"}),
    "pandas": _library("pandas", _ARRAYS | {"matplotlib", "torch"}),
    "numpy": lambda scene: None if scene.packages else False,
    "sklearn": _library("sklearn", _ARRAYS | {"pandas", "matplotlib", "torch"}),
    "figures": lambda scene: bool(scene.words & _MEASURES and scene.roots & _DRAWN),
    "tensorflow": lambda scene: None if scene.packages & {"keras", "tensorflow"} else False,
    "torch": _library("torch", _ARRAYS | {"pandas", "sklearn", "matplotlib"}),
    "matplotlib": lambda scene: (
        (True if "rcParams" in scene.words else None)
        if scene.roots & _DRAWN or scene.packages - _ARRAYS - {"pandas", "sklearn", "torch"}
        else False
    ),
}
_TEXT_KEYS = {
    "pandas display": frozenset({"pandas"}),
    "numpy print": frozenset({"numpy", "pandas", "sklearn", "scipy"}),
    "sklearn display": frozenset({"sklearn"}),
}
_NAMED = frozenset({"figures", "timezone", "warnings shown", "logging", *_TEXT_KEYS})
"""Settings that only certain words of code bring into play, whatever the values are."""


_PLACES = {"sys.path", "cwd"}


def read_imports(count: int, changed: set[str], own: frozenset[str]) -> list[Read]:
    """Return the settings that came into play when a statement loaded modules: `count` were loaded before.

    `own` are the person's own: they are exported wherever they were found. What any other reads on its
    way is the environment, and where it was found is told by ``sys.path`` unless it was installed.
    """
    names = list(itertools.islice(reversed(sys.modules), max(len(sys.modules) - count, 0)))
    if not names:
        return []
    keys = {"environ"}
    if not own.isdisjoint(names):
        keys |= changed - {"sys.path", "cwd"}
    if not changed.isdisjoint(_PLACES) and any(is_local(name) and name not in own for name in names):
        keys |= _PLACES
    because = "an earlier statement changed the setting, and what this one loads may depend on it"
    return [Read(Resource("ambient", key), because, certain=False) for key in sorted(keys & set(changed))]
