"""Versions: new ones are registered, and those that are there are found."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nbmlops.core.clock import now
from nbmlops.core.model import Approval, ModelVersion
from nbmlops.errors import UnknownNameError
from nbmlops.registry.names import CHAMPION, find_user, parse_reference, require_model

if TYPE_CHECKING:
    from nbmlops.store.opening import Store

__all__ = ["find_model", "find_version", "get_version", "list_versions", "register_version"]


def register_version(
    store: Store,
    version: ModelVersion,
    contents: Iterable[bytes] = (),
    *,
    by: str | None = None,
    note: str = "",
) -> ModelVersion:
    """Keep a version, and the contents it refers to, under the model's next number.

    The `version`, `approved` and `aliases` of the record that is passed are of no consequence.
    """
    require_model(version.name)
    with store.transaction(durable=True):
        number = store.models.add_version(version, contents)
        store.trail.add(Approval(version.name, number, "registered", by or find_user(), now(), note))
        return get_version(store, version.name, number)


def list_versions(store: Store, model: str | None = None) -> tuple[ModelVersion, ...]:
    """Return the versions of one model or of all; a model that is not there is an error."""
    if model is not None:
        find_model(store, model)
    return store.models.versions(model)


def find_model(store: Store, model: str) -> str:
    """Return the name of a model that has versions; raise `UnknownNameError` naming close ones."""
    names = store.models.names()
    if require_model(model) in names:
        return model
    if not names:
        raise UnknownNameError(
            f"There is no model '{model}': none has been registered in '{store.path}'.",
            f"Register it: `%nbmlops register NAME --as {model}`.",
        )
    close = difflib.get_close_matches(model, names, n=3, cutoff=0.5)
    raise UnknownNameError(
        f"There is no model '{model}'; {'close' if close else 'there are'}: {', '.join(close or names[:5])}.",
        "See them all: `nbmlops models`.",
    )


def get_version(store: Store, model: str, number: int) -> ModelVersion:
    """Return a version by its number; raise `UnknownNameError` naming those that are there."""
    find_model(store, model)
    found = store.models.version(model, number)
    if found is None:
        known = ", ".join(str(one.version) for one in store.models.versions(model)[-10:])
        raise UnknownNameError(
            f"The model '{model}' has no version {number}; it has: {known}.",
            "See them all: `nbmlops models`.",
        )
    return found


def find_version(store: Store, text: str) -> ModelVersion:
    """Return the version that ``income@champion``, ``income@3``, ``income/3`` or ``income`` stands for.

    A model alone stands for its champion, or for its newest version while it has none.
    """
    reference = parse_reference(text)
    model = find_model(store, reference.model)
    if reference.version is not None:
        return get_version(store, model, reference.version)
    aliases = store.models.aliases(model)
    if reference.alias is None:
        newest = store.models.versions(model)[-1].version
        return get_version(store, model, aliases.get(CHAMPION, newest))
    if reference.alias not in aliases:
        known = ", ".join(f"'{alias}'" for alias in aliases) or "none"
        newest = store.models.versions(model)[-1].version
        raise UnknownNameError(
            f"The model '{model}' has no alias '{reference.alias}'; it has: {known}.",
            f"Give it: `nbmlops promote {model} {newest} {reference.alias}`.",
        )
    return get_version(store, model, aliases[reference.alias])
