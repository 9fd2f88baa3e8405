"""Models: register, list, decide about, promote and roll back versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.opening import choose_history, hold_current, use_store
from nbmlops.core.progress import Progress, silent
from nbmlops.registry.decisions import decide_version, promote_version
from nbmlops.registry.decisions import rollback_model as roll_back
from nbmlops.registry.versions import get_version, list_versions

if TYPE_CHECKING:
    from nbmlops.core.model import ModelVersion

__all__ = [
    "approve_model",
    "list_models",
    "promote_model",
    "register_model",
    "reject_model",
    "rollback_model",
]


def register_model(
    name: str,
    model: str,
    history: str | None = None,
    notebook: Path | None = None,
    store: Path | None = None,
    progress: Progress = silent,
) -> ModelVersion:
    """Make the next version of a model from a name, with lineage, signature and proof.

    Parameters
    ----------
    name
        A variable of the notebook that holds a fitted model.
    model
        The model's name in the registry.

    Raises
    ------
    RegistryError
        If the value was not kept, or the model's name is not allowed.
    """
    from nbmlops.lifecycle.registering import register_object  # a list of versions does not wait for it

    with use_store(store, runs=True) as opened:
        chosen = choose_history(opened, name, history, notebook)
        hold_current(opened, chosen, name)
        return register_object(opened, chosen, name, model, progress)


def list_models(store: Path | None = None) -> tuple[ModelVersion, ...]:
    """Return every version of every model, those of registries that were pulled last."""
    with use_store(store) as opened:
        return (*list_versions(opened), *opened.exchanges.list_versions())


def approve_model(model: str, version: int, note: str = "", store: Path | None = None) -> ModelVersion:
    """Approve a version; the trail remembers who did, when, and the note."""
    with use_store(store) as opened:
        decide_version(opened, model, version, "approved", note=note)
        return get_version(opened, model, version)


def reject_model(model: str, version: int, note: str = "", store: Path | None = None) -> ModelVersion:
    """Reject a version; the trail remembers who did, when, and the note."""
    with use_store(store) as opened:
        decide_version(opened, model, version, "rejected", note=note)
        return get_version(opened, model, version)


def promote_model(
    model: str, version: int, alias: str, note: str = "", store: Path | None = None
) -> ModelVersion:
    """Give a version an alias; the champion has to be approved and proved.

    Raises
    ------
    RegistryError
        If the version lacks what the alias requires.
    """
    with use_store(store) as opened:
        return promote_version(opened, model, version, alias, note=note)


def rollback_model(model: str, note: str = "", store: Path | None = None) -> ModelVersion:
    """Make the champion before this one the champion again.

    Raises
    ------
    RegistryError
        If there was none.
    """
    with use_store(store) as opened:
        return roll_back(opened, model, note=note)
