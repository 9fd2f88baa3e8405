"""Patches: attributes that are assigned to libraries, what their registries are told, and who looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import FunctionType, ModuleType
from typing import Any

from nbmlops.capture.bindings import is_user_name
from nbmlops.capture.dependence import read_settings
from nbmlops.capture.mentions import Mentions
from nbmlops.capture.scene import Scene, home_of, list_code_words, root_of
from nbmlops.core.resource import Effect, Resource
from nbmlops.values.structure import is_local, name_type

__all__ = ["conclude_lookups", "conclude_patches"]

_PATCHED = "attributes of "


def conclude_patches(mentions: Mentions, namespace: Mapping[str, Any]) -> list[Effect]:
    """Tell which library modules and classes had an attribute assigned: their instances are changed too."""
    effects: list[Effect] = []
    patchers = any(root_of(type(namespace.get(name))) == "unittest" for name in mentions.loaded)
    if any(not _is_plain(namespace.get(name)) for name in mentions.registers) or (
        patchers and mentions.has_call
    ):
        because = "something is told to a registry, or to a patcher of attributes"
        effects.append(Effect(Resource("ambient", "registries"), "changed", because, certain=False))
    for text in sorted(mentions.patched):
        root, *path = text.split(".")
        owner = namespace.get(root)
        for name in path:
            owner = object.__getattribute__(owner, "__dict__").get(name) if _is_patchable(owner) else None
        if _is_patchable(owner) and not _is_own(owner):
            because = f"an attribute of `{text}` is assigned"
            effects.append(Effect(Resource("ambient", f"{_PATCHED}{text}"), "changed", because))
    return effects


def _is_plain(value: object) -> bool:
    """Whether what is called is the person's own: what it registers shows in the names that it uses."""
    if type(value) is FunctionType:
        return is_local(value.__module__)
    return value is not None and not issubclass(type(value), type) and is_local(home_of(type(value)))


def _is_patchable(value: object) -> bool:
    return issubclass(type(value), ModuleType | type)


def _is_own(owner: Any) -> bool:
    """Whether portraits show it anyway: the person's own; or nothing computed depends on it: plots."""
    home = name_type(owner).rpartition(".")[0] if issubclass(type(owner), type) else owner.__name__
    return is_local(home) or home.partition(".")[0] in {"matplotlib", "seaborn", "plotly"}


def conclude_lookups(changed: Iterable[Effect], namespace: Mapping[str, Any]) -> list[Effect]:
    """Tell which of the person's own functions look at a setting that was changed: they answer otherwise."""
    keys = {effect.resource.key for effect in changed if effect.resource.kind == "ambient"}
    if not keys:
        return []
    patched = {key.removeprefix(_PATCHED).partition(".")[0] for key in keys if key.startswith(_PATCHED)}
    settings = [key for key in keys if not key.startswith(_PATCHED)]
    found = []
    for name, value in list(namespace.items()):
        if type(value) is FunctionType and is_user_name(name) and is_local(value.__module__):
            words = list_code_words(value.__code__)
            scene = Scene(words=set(words), roots={root_of(namespace.get(word)) for word in words} - {""})
            reads = read_settings(settings, scene, (), dynamic=False, uses_files=False)
            if words & patched or any(read.certain for read in reads):
                found.append(name)
    because = "it looks at a setting that is changed"
    return [Effect(Resource("name", name), "changed", because, certain=False) for name in sorted(found)]
