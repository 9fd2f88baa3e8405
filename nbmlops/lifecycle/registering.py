"""Registering: a model version out of a live or remembered object, with its lineage and proof."""

from __future__ import annotations

import tempfile
from pathlib import Path

from nbmlops.core.clock import now
from nbmlops.core.digest import digest_bytes
from nbmlops.core.encoding import dump
from nbmlops.core.history import History
from nbmlops.core.model import ModelVersion
from nbmlops.core.pipeline import ExportSettings
from nbmlops.core.progress import Progress, silent
from nbmlops.core.value import SavedValue
from nbmlops.errors import RegistryError
from nbmlops.lifecycle.building import build_export
from nbmlops.lifecycle.exporting import find_original, prove_built, write_files
from nbmlops.lifecycle.reading import describe_reference
from nbmlops.lifecycle.reasons import add_reasons
from nbmlops.registry.names import require_model
from nbmlops.registry.versions import register_version
from nbmlops.slicing.cutting import require_bound
from nbmlops.store.opening import Store
from nbmlops.tracking.finding import find_run_behind

__all__ = ["register_object"]


def register_object(
    store: Store, history: History, name: str, model: str, progress: Progress = silent
) -> ModelVersion:
    """Register what a name holds as the next version of a model.

    Its pipeline is built, proved and kept in the store with the estimator's bytes.

    Raises
    ------
    RegistryError
        If the value is no fitted model, or was not kept, so that there is nothing to register.
    """
    require_model(model)
    require_bound(history, name)
    saved = _require_fitted(store.histories.saved_value(history.id, name), name)
    with tempfile.TemporaryDirectory(prefix="nbmlops-register-") as folder:
        directory = Path(folder) / "pipeline"
        built = build_export(store, history, name, directory, ExportSettings(), saved)
        write_files(directory, built.files)
        original = find_original(store, history.id, built.recipe)
        proof = prove_built(built, directory, original, (), progress)
    built.files["proof.json"] = add_reasons(proof, built.recipe, name).encode()
    recipe = dump(built.recipe).encode()
    run = find_run_behind(history, name)
    reference, signature = describe_reference(store, built.recipe)
    if reference is None:
        progress(f"how '{name}' reads its table is not plain: package it before you monitor it")
    version = ModelVersion(
        name=model,
        version=0,
        created=now(),
        history=history.id,
        target=name,
        type=saved.type,
        run=run.id if run else None,
        artifact=saved.content or "",
        digest=saved.digest or "",
        proof=proof,
        pipeline={path: digest_bytes(content) for path, content in built.files.items()},
        reference=reference,
        signature=signature,
        metrics=tuple((m.name, m.value) for m in run.metrics) if run else (),
        metric=next((m.function for m in run.metrics if m.is_score), None) if run else None,
        recipe=digest_bytes(recipe),
    )
    progress(f"registering '{name}' as a version of '{model}'")
    return register_version(store, version, [recipe, *built.files.values()])


def _require_fitted(saved: SavedValue | None, name: str) -> SavedValue:
    """Return a saved value that is a fitted model; raise RegistryError for anything else."""
    if saved is not None and saved.fit in ("no model", "not fitted"):
        kind = saved.type.rpartition(".")[2]
        if saved.fit == "no model":
            raise RegistryError(
                f"'{name}' cannot be registered as a model: it is of type '{kind}' and has no `predict`.",
                f"Register what predicts, or keep this as a pipeline: `nbmlops export {name} DIR`.",
            )
        raise RegistryError(
            f"'{name}' cannot be registered: this {kind} is not fitted yet.",
            f"Fit it in a cell (`{name}.fit(...)`), then register it.",
        )
    if saved is None or saved.content is None:
        raise RegistryError(
            f"The value of '{name}' cannot be registered: {_why_unkept(saved)}.",
            "Run the cell that makes it in a live kernel, and register it there.",
        )
    return saved


def _why_unkept(saved: SavedValue | None) -> str:
    if saved is None:
        return "the kernel ended before it was kept"
    return saved.note or "it could not be saved"
