"""Starting: what a child starts from, taken out of the kernel, put into a worker, and compared there."""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import ModuleType
from typing import Any

from nbmlops.capture.modules import module_globals
from nbmlops.capture.restoring import (
    Surroundings,
    describe_settings,
    find_deviations,
    put_states,
    put_surroundings,
    take_surroundings,
)
from nbmlops.capture.streams import take_states
from nbmlops.errors import SweepError
from nbmlops.values.carrying import copies_writes, load_names, save_names
from nbmlops.values.codec import Unsavable
from nbmlops.values.fingerprint import Portrait, portray

__all__ = ["Start", "put_start", "take_start"]

_MAKE = "Make it within the cell, or close to where it is used, and run the cell again."


@dataclass(frozen=True, slots=True)
class Start:
    """What a kernel held: values with their fingerprints, own modules, settings and random streams.

    `modules` has the fingerprint of each global of each module that is the person's own; `shared` are
    pairs of names that have objects in common, but for tables that are copied on writing.
    """

    values: bytes
    prints: dict[str, str]
    modules: dict[str, dict[str, str]]
    shared: frozenset[tuple[str, str]]
    surroundings: Surroundings
    settings: dict[str, str]
    states: dict[str, Any]


def take_start(
    namespace: dict[str, Any],
    names: Collection[str],
    modules: Collection[ModuleType],
    text: str,
    variables: Mapping[str, str],
) -> Start:
    """Return what children start from that read some names; their environment has some more variables.

    Of the person's own `modules` those count that the values, or what runs as `text`, may use.

    Raises
    ------
    SweepError
        If one of the names cannot be carried to another process, or not be compared there.
    """
    values = {name: namespace[name] for name in sorted(names)}
    portraits = {name: portray(value, namespace) for name, value in values.items()}
    for name, portrait in portraits.items():
        if portrait.digest is None:
            raise SweepError(f"'{name}' cannot be carried to a worker: {portrait.opaque}.", _MAKE)
    roots = {module.__name__.partition(".")[0] for module in modules}
    held = any(isinstance(value, ModuleType) and value in modules for value in values.values())
    named = not roots.isdisjoint(re.findall(r"\w+", text))
    uses_own = held or named or any(portrait.own for portrait in portraits.values())
    try:
        content = save_names(values, namespace)
    except Unsavable as problem:
        raise SweepError(f"Not everything can be carried to a worker: {problem}.", _MAKE) from problem
    return Start(
        values=content,
        prints={name: str(p.digest) for name, p in portraits.items()},
        modules={m.__name__: dict(_portray_globals(m)) for m in modules if uses_own},
        shared=frozenset(p for p in _list_sharing(portraits) if not all(copies_writes(values[n]) for n in p)),
        surroundings=take_surroundings(variables),
        settings=describe_settings(),
        states=take_states(),
    )


def put_start(start: Start, namespace: dict[str, Any]) -> frozenset[tuple[str, str]]:
    """Let a namespace and this process be as the kernel was; return the pairs that share nothing here.

    Raises
    ------
    SweepError
        If something came out otherwise than it was.
    """
    put_surroundings(start.surroundings)
    for name, prints in start.modules.items():
        _compare_module(name, prints)
    try:
        values = load_names(start.values, namespace)
    except Unsavable as problem:
        raise SweepError(f"What the cell reads cannot be carried to a worker: {problem}.", _MAKE) from problem
    namespace.update(values)
    portraits = {name: portray(value, namespace) for name, value in values.items()}
    for name, portrait in portraits.items():
        if portrait.digest != start.prints[name]:
            raise SweepError(
                f"'{name}' is not the same in a worker as in the notebook.",
                "Where it is from a file beside the notebook, restart the kernel so that both read the same; "
                "else make it within the cell.",
            )
    wrong = find_deviations(start.settings)
    if wrong:
        raise SweepError(
            f"A worker cannot be given the settings of the notebook: {', '.join(wrong)}.",
            "Set them within the cell, or back to what they were.",
        )
    put_states(start.states)
    return start.shared - frozenset(_list_sharing(portraits))


def _list_sharing(portraits: Mapping[str, Portrait]) -> Iterator[tuple[str, str]]:
    for (one, first), (other, second) in combinations(portraits.items(), 2):
        if not first.objects.isdisjoint(second.objects):
            yield one, other


def _portray_globals(module: ModuleType) -> Iterator[tuple[str, str]]:
    for name, value in module_globals(module).items():
        digest = portray(value, vars(module)).digest
        if digest is not None:
            yield name, digest


def _compare_module(name: str, prints: Mapping[str, str]) -> None:
    try:
        module = importlib.import_module(name)
    except Exception as problem:
        raise SweepError(
            f"The module '{name}' cannot be imported in a worker: {type(problem).__name__}: {problem}.",
            "Mend the file, restart the kernel, and run the cells again.",
        ) from problem
    here = dict(_portray_globals(module))
    other = sorted(key for key, digest in prints.items() if here.get(key) != digest)
    if other:
        raise SweepError(
            f"The module '{name}' is not the same in a worker as in the notebook: '{other[0]}' differs.",
            "It was edited since, or something changed it: restart the kernel and run the cells again.",
        )
