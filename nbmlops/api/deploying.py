"""Deploying: package, serve, monitor and retrain the versions of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nbmlops.api.opening import use_store
from nbmlops.core.drift import DriftReport, Retrained
from nbmlops.core.progress import Progress, silent
from nbmlops.lifecycle.monitoring import watch_model
from nbmlops.lifecycle.packaging import package_version, serve_version
from nbmlops.lifecycle.retraining import retrain_champion
from nbmlops.package.rowcut import Form, PackageRecord

__all__ = ["monitor_model", "package_model", "retrain_model", "serve_model"]


def package_model(
    ref: str,
    directory: Path,
    targets: Sequence[str] = (),
    with_rows: bool = False,
    verify: bool = True,
    store: Path | None = None,
    progress: Progress = silent,
    format: str = "auto",
    tolerance: float | None = None,
    allow_flips: int = 0,
) -> PackageRecord:
    """Write a version as an installable package with a service that answers raw rows.

    At the end it is built, installed from its lock in a new environment, started, and asked rows over
    HTTP whose answers are known; a package that fails is kept as ``DIR.failed``.

    Parameters
    ----------
    ref
        The version: ``income@champion``, ``income@2``, or ``income`` for its champion.
    directory
        Where to write it: a new or empty directory, or an unmodified package, which is replaced.
    targets
        What else to write it for; a Dockerfile and a GitHub workflow are always there.
    with_rows
        Also where the estimator holds rows that it was fitted on, as nearest neighbours do.
    verify
        Whether it is tried like that; the manifest says where it was not.
    format
        How the model travels: ``skops``, which holds only types of a reviewed list and runs nothing when
        it is loaded; ``pickle``; or ``onnx``, which answers only nearly the same. By default a skops
        file where that can hold the model, else a pickle, which says why.
    tolerance
        With ``onnx``, and needed there: how far its numbers may be off, on captured and made-up rows.
    allow_flips
        With ``onnx``: how many of their labels may differ.

    Raises
    ------
    UsageError
        If a format is not one of these, or a tolerance is missing or has no meaning.
    PackageError
        If the model has no such format, or is further off in it; if a statement of the notebook cannot
        become part of a function of one row: it is named; if the estimator holds rows and that was not
        asked for; or if the package does not answer as it should.
    """
    with use_store(store, runs=True) as opened:
        place, chosen = Path(directory), tuple(targets or ())
        form = Form(format, tolerance, allow_flips)
        return package_version(
            opened, ref, place, chosen, progress, with_rows=with_rows, verify=verify, form=form
        )


def serve_model(
    ref: str,
    host: str = "127.0.0.1",
    port: int = 8000,
    store: Path | None = None,
    progress: Progress = silent,
) -> str:
    """Serve a version on this machine until it is interrupted, logging what it predicts.

    Parameters
    ----------
    ref
        The version: ``income@champion``, ``income@2``, or ``income`` for its champion.
    host
        The address to listen on; anything but this machine's own needs a key in ``API_KEY``.
    port
        The port to listen on.

    Raises
    ------
    ProgramError
        If the port is taken, or the service ends by itself.
    """
    with use_store(store, runs=True) as opened:
        return serve_version(opened, ref, host, port, progress)


def monitor_model(model: str, log: Path | None = None, store: Path | None = None) -> DriftReport:
    """Compare what a model was asked lately with its training data, and name the columns that drift.

    Parameters
    ----------
    model
        The model; its champion is looked at, or its newest version while it has none.
    log
        A log that a package wrote; by default that of the services which this store started.

    Raises
    ------
    MonitorError
        If there is no log, or too little in it to tell drift from chance.
    """
    with use_store(store) as opened:
        return watch_model(opened, model, Path(log) if log else None)


def retrain_model(
    model: str,
    inputs: Mapping[str, str | Path],
    metric: str | None = None,
    margin: float = 0.0,
    auto_approve: bool = False,
    store: Path | None = None,
    progress: Progress = silent,
) -> Retrained:
    """Train the champion's pipeline on a new file, and promote what comes out if it proves better.

    A fifth of the new rows is held back before training and seen by neither model. A candidate is
    better when the 95% interval of its gain on these rows, by a paired bootstrap of 2,000 resamples,
    lies above the margin.

    Parameters
    ----------
    model
        The model; it needs a champion.
    inputs
        The new file by the name of the input that it replaces: ``{"adult": "new.csv.gz"}``.
    metric
        A scoring function by its name in scikit-learn; by default the one that the notebook used.
    margin
        In units of the metric; above 0 the candidate must be better by that much.
    auto_approve
        Approve and promote a candidate that proved better, and say so in the audit trail.

    Raises
    ------
    MonitorError
        If too few rows are new, the pipeline fails on them or makes two different models of them.
    """
    files = {name: Path(path).expanduser() for name, path in (inputs or {}).items()}
    with use_store(store, runs=True) as opened:
        return retrain_champion(opened, model, files, metric, margin, auto_approve, progress)
