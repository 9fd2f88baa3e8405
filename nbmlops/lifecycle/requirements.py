"""Requirements: the distributions that a pipeline's imports and values need, at the recorded versions."""

from __future__ import annotations

import ast
import functools
import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

__all__ = ["find_requirements", "list_installed"]

_UNSEEN = {"pandas": ("pyarrow",)}
"""Optional distributions that change what values are made of where they are installed."""


_INSTALLS = re.compile(r"^\s*[%!]\s*(?:\S*python\S*\s+-m\s+)?(?:uv\s+)?pip3?\s+install\s+(.+)$", re.MULTILINE)


def list_installed(sources: Iterable[str]) -> list[str]:
    """Return the distributions that the cells of a notebook install by name.

    >>> list_installed(["%pip install -q 'pandas>=2' requests[socks]", "x = 1"])
    ['pandas', 'requests']
    """
    found: list[str] = []
    for source in sources:
        for line in _INSTALLS.findall(source):
            for word in shlex.split(line, comments=True) if line.count("'") % 2 == 0 else line.split():
                try:
                    found.append(canonicalize_name(Requirement(word).name))
                except InvalidRequirement:  # an option, a path or an address
                    continue
    return list(dict.fromkeys(found))


def find_requirements(
    codes: Iterable[str], versions: Mapping[str, str], installed: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return pinned requirements for the imports in some code and for what those need in turn.

    `versions` are those recorded in the kernel. What was not installed there is left out. `installed`
    are distributions that the notebook installed itself: they are required whatever imports them.
    """
    modules = {name for code in codes for name in _imported_modules(code)} - set(sys.stdlib_module_names)
    homes = _list_homes(_stamp_folders()) if modules else {}
    waiting: list[str] = [canonicalize_name(d) for m in sorted(modules) for d in homes.get(m, ())]
    waiting += installed
    waiting += [extra for name in list(waiting) for extra in _UNSEEN.get(name, ()) if extra in versions]
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        version = versions.get(name)
        if name in found or version is None:
            continue
        found[name] = version
        waiting += _needs_of(name)
    return tuple(f"{name}=={found[name]}" for name in sorted(found))


@functools.lru_cache(maxsize=1)
def _list_homes(stamp: tuple[tuple[str, int], ...]) -> Mapping[str, list[str]]:
    """Return the distributions of each importable module; to read them all takes half a second."""
    return metadata.packages_distributions()


def _stamp_folders() -> tuple[tuple[str, int], ...]:
    # What may not be looked into holds nothing for this process either: `os.path` takes it as absent.
    folders = [entry or "." for entry in sys.path]
    return tuple((f, Path(f).stat().st_mtime_ns) for f in folders if os.path.isdir(f))  # noqa: PTH112


def _imported_modules(code: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {a.name.partition(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def _needs_of(name: str) -> list[str]:
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    needs: list[str] = []
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needs.append(canonicalize_name(requirement.name))
    return needs
