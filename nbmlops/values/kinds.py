"""Kinds: how the values of one type are described, and the verdict that they cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from nbmlops.values.classes import find_dictionary, name_type

__all__ = ["Handler", "Kind", "Undescribable", "read_attributes"]

Handler = Callable[[Any, Any, Any], None]
"""Describes a value of a kind to a walk."""


class Undescribable(TypeError):  # noqa: N818 - a verdict on a value, said as an adjective
    """The content of a value cannot be told, so that nothing can be said about its equality."""


class Kind(NamedTuple):
    """How values of one type are described.

    `shared` ones can be changed, so that meeting one twice says something; `dressed` ones have
    attributes beside their content; `noise` names attributes that say nothing.
    """

    type: type
    handler: Handler
    label: str
    local: bool
    shared: bool
    dressed: bool
    slots: tuple[Any, ...]
    noise: frozenset[str]


def read_attributes(value: Any, kind: Kind) -> dict[str, Any]:
    """Return what a value holds in its slots and its dictionary, past every code of its type."""
    if kind.type.__dictoffset__ and not (kind.local or kind.slots):
        held = object.__getattribute__(value, "__dict__")
        if type(held) is dict:
            return held
    found: dict[str, Any] = {}
    for member in kind.slots:
        try:
            found[member.__name__] = member.__get__(value)
        except AttributeError:
            continue
    if kind.type.__dictoffset__:
        if kind.local:
            reader = find_dictionary(kind.type)
            if reader is None:
                reason = f"a {name_type(kind.type)} cannot be described: its class hides its attributes"
                raise Undescribable(reason)
            found.update(reader.__get__(value))
        else:
            found.update(object.__getattribute__(value, "__dict__"))
    return found
