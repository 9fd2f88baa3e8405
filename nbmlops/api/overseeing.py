"""Overseeing: what a panel shows beside the records of the verbs, and what it starts for its own use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.opening import use_store
from nbmlops.core.clock import now
from nbmlops.core.overview import PastExport, Picture
from nbmlops.core.progress import Progress, silent

if TYPE_CHECKING:
    from nbmlops.core.model import Approval
    from nbmlops.core.run import Run
    from nbmlops.lifecycle.trying import Service

__all__ = ["is_last_fitted", "list_decided", "list_exports", "list_inputs", "read_figures", "start_service"]


def list_exports(store: Path | None = None) -> tuple[PastExport, ...]:
    """Return the newest export of each directory with its newest proof, the newest first."""
    from nbmlops.lifecycle.overseeing import list_past

    with use_store(store) as opened:
        return list_past(opened)


def list_decided(model: str, version: int, store: Path | None = None) -> tuple[Approval, ...]:
    """Return the audit trail of a version, the oldest entry first."""
    with use_store(store) as opened:
        return opened.trail.approvals(model, version)


def list_inputs(model: str, store: Path | None = None) -> tuple[str, ...]:
    """Return the names of the inputs that a retraining of a model can be given a new file for."""
    from nbmlops.lifecycle.overseeing import list_replaceable

    with use_store(store) as opened:
        return list_replaceable(opened, model)


def is_last_fitted(run: Run, store: Path | None = None) -> bool:
    """Tell whether a run's model is the last that its history fitted under its name, and the only one."""
    with use_store(store) as opened:
        fitted = opened.runs.fitted_by(run.history, run.model_name, now())
        last = max((at for _, at in fitted), default=0)
        return [one for one, at in fitted if at == last] == [run.id]


def read_figures(
    digests: Sequence[tuple[str, str, str]], most: int, store: Path | None = None
) -> tuple[Picture, ...]:
    """Return the bytes of figures, given by name, media type and digest, up to a size each."""
    with use_store(store) as opened:
        contents = opened.contents
        return tuple(
            Picture(name, media, contents.get(digest))
            for name, media, digest in digests
            if contents.has(digest) and contents.size(digest) <= most
        )


def start_service(ref: str, store: Path | None = None, progress: Progress = silent) -> Service:
    """Serve a version on loopback for this process alone: it ends with it.

    Raises
    ------
    PackageError
        Where a statement of the notebook cannot become part of a function of one row.
    ProgramError
        If the service ends before it answers.
    """
    from nbmlops.lifecycle.trying import start_trying

    with use_store(store, runs=True) as opened:
        return start_trying(opened, ref, progress)
