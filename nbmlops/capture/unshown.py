"""Unshown writes: what a statement writes to, though on the data at hand it came out the same."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any

from nbmlops.capture.habits import Followed, follow_calls
from nbmlops.capture.mentions import Mentions, acts_now, list_nodes
from nbmlops.capture.portraits import Gallery, Seen
from nbmlops.capture.untaken import list_drawn
from nbmlops.capture.writes import read_text
from nbmlops.values.structure import ATOMS, is_local, name_type

__all__ = ["UNSHOWN", "UNSHOWN_INSIDE", "find_unshown"]

UNSHOWN = "it is written to: on this data it came out the same"
UNSHOWN_INSIDE = "a function that is called writes to it: on this data it came out the same"
_IMMUTABLE = ATOMS | {tuple, frozenset, range}


def find_unshown(
    node: ast.stmt,
    mentions: Mentions,
    before: dict[str, Seen | None],
    after: dict[str, Seen | None],
    gallery: Gallery,
    namespace: Mapping[str, Any],
) -> tuple[dict[str, tuple[str, bool]], frozenset[str]]:
    """Tell what was written to that it may differ on other data, and so of all that holds it.

    Returns why, and whether the statement's own text says so, by name; and the settings written to.
    Modules, and the classes and functions of libraries, are left out: what is assigned to them is
    told apart elsewhere.
    """
    followed = _follow(node, before, gallery, namespace)
    written = [(name, True, deep) for name, deep in mentions.written.items()]
    written += [(n, False, deep) for n, deep in (*followed.outer.items(), *followed.changed.items())]
    written += [(n, False, False) for n in list_drawn(mentions.settings | followed.settings, namespace)]
    found: dict[str, tuple[str, bool]] = {}
    for name, own, deep in written:
        now = after.get(name)
        bound = name in mentions.bound | mentions.deleted if own else name in followed.outer
        if not own and issubclass(type(namespace.get(name)), ModuleType):
            continue
        if now is None or not (bound or _can_change(namespace[name], deep)):
            continue
        because = (UNSHOWN if own else UNSHOWN_INSIDE, own)
        then = before.get(name)
        if then is None and own:
            continue
        if then is not None:
            found.setdefault(name, because)
        array = then is not None and then.identity == now.identity
        array = array and name_type(type(namespace[name])).startswith("numpy.")
        for other in dict.fromkeys((*after, *gallery.sharing(now.objects, apart=after))):
            seen = after[other] if other in after else gallery.known(other)
            if other in found or seen is None or not _can_change(namespace.get(other), True):
                continue
            inside = now.identity in seen.objects or (deep and seen.identity in now.objects)
            if other != name and (inside or (array and not seen.objects.isdisjoint(now.objects))):
                found[other] = because
                before.setdefault(other, seen)
                after.setdefault(other, seen)
    return found, mentions.settings | followed.settings


def _follow(
    node: ast.stmt, before: Mapping[str, Seen | None], gallery: Gallery, namespace: Mapping[str, Any]
) -> Followed:
    """Follow the calls of a statement that reaches functions of the person's own."""
    seen = (each for each in before.values() if each is not None)
    own = any(each.portrait is None or each.portrait.own for each in seen) or gallery.modules()
    if not (own and acts_now(node)):
        return Followed()
    text = read_text(list_nodes(node))
    return follow_calls(text, namespace) if text.passings or text.protocols else Followed()


def _can_change(value: object, deep: bool) -> bool:
    """Say whether writing to a value, or `deep` in it, changes the value of a name."""
    kind = type(value)
    if issubclass(kind, ModuleType):
        return False
    if kind is FunctionType:
        return is_local(value.__module__)
    if name_type(kind).startswith("scipy.stats."):  # a distribution that is fitted only answers
        return False
    if issubclass(kind, type):
        return is_local(name_type(value).rpartition(".")[0])  # type: ignore[arg-type]
    return deep or kind not in _IMMUTABLE
