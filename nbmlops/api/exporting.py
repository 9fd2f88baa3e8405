"""Exporting: write what an object needs as a pipeline, and prove it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nbmlops.api.opening import choose_history, hold_current, use_store
from nbmlops.core.pipeline import Exported, ExportSettings
from nbmlops.core.progress import Progress, silent
from nbmlops.core.proof import Proof
from nbmlops.core.standing import Standing
from nbmlops.errors import UsageError
from nbmlops.lifecycle.exporting import export_object, prove_again
from nbmlops.lifecycle.minimising import export_minimal
from nbmlops.lifecycle.rebuilding import survey_names
from nbmlops.lifecycle.targeting import choose_targets

__all__ = ["export_name", "prove_export"]


def export_name(
    name: str,
    directory: Path,
    history: str | None = None,
    notebook: Path | None = None,
    frozen: bool = False,
    with_rows: bool = False,
    as_notebook: bool = False,
    lock: bool = False,
    prove: bool = True,
    overwrite: bool = False,
    minimise: float | None = None,
    targets: Sequence[str] = (),
    store: Path | None = None,
    progress: Progress = silent,
) -> Exported:
    """Write the pipeline that makes a name, and prove it in a fresh process.

    Parameters
    ----------
    name
        A variable of the notebook.
    directory
        Where to write it: a new or empty directory, or an unmodified export, which is replaced.
    history, notebook
        Which history to take, by id or by the notebook's file.
    frozen
        Read what came from outside from the record and not anew.
    with_rows
        Copy the input files into the export.
    as_notebook
        Also write ``pipeline.ipynb``: the same statements as an ordered notebook, a heading a step.
    lock
        Also write ``pylock.toml``: every version with its hashes, found by uv.
    prove
        Run the export and compare; without it the verdict is None.
    overwrite
        Replace an export that was changed by hand.
    minimise
        Seconds to spend on trials that drop statements which were only assumed to matter.
    targets
        What else is to run it, such as ``make`` or ``dvc``: each adds its files to the export.

    Raises
    ------
    UnknownNameError
        If no recorded statement made the name.
    ExportError
        If a needed statement was not recorded or has no plain form, or the directory is somebody's; or if
        a lock is asked for and uv is missing or finds no such versions.
    UsageError
        If trials are asked for without a proof, or for no time, or there is no such target.
    """
    if minimise is not None and not (prove and 0 < minimise < float("inf")):
        raise _refuse_trials(minimise, prove)
    settings = ExportSettings(
        with_rows=with_rows,
        as_notebook=as_notebook,
        frozen=frozen,
        lock=lock,
        prove=prove,
        overwrite=overwrite,
        targets=tuple(target.name for target in choose_targets(targets or ())),
    )
    with use_store(store, runs=True) as opened:
        chosen = choose_history(opened, name, history, notebook)
        hold_current(opened, chosen, name)
        if minimise is not None:
            return export_minimal(opened, chosen, name, Path(directory), settings, minimise, progress)
        return export_object(opened, chosen, name, Path(directory), settings, progress)


def _refuse_trials(seconds: float, prove: bool) -> UsageError:
    if not prove:
        return UsageError("What trials may drop rests on proofs.", "Leave out `--no-prove` or `--minimise`.")
    return UsageError(f"Trials cannot take {seconds:g} seconds.", "Give a time above 0, such as 60.")


def prove_export(
    directory: Path | None = None,
    allow: Sequence[str] = (),
    clean_env: bool = False,
    history: str | None = None,
    notebook: Path | None = None,
    store: Path | None = None,
    progress: Progress = silent,
) -> Proof | Standing:
    """Run an export again in a fresh, guarded process and compare its value with the notebook's.

    Without a directory, every value that the kernel holds, or that the newest history left, is made
    again instead: the record returned says which of them came out the same, and why others did not.

    Parameters
    ----------
    directory
        An export that this store knows.
    allow
        Side effects to let through, one by one: ``write:PATH``, ``network``, ``network:HOST``,
        ``subprocess``.
    clean_env
        Build a new environment from the export's lock, which is written where there is none, and run
        the export there.
    history, notebook
        Which history to take where no directory is given, by id or by the notebook's file.

    Raises
    ------
    ProofError
        If the directory is no export, or not one of this store's.
    ExportError
        If a clean environment is asked for and cannot be built.
    UsageError
        If what is asked for goes with an export and none is named, or the other way round.
    """
    if directory is None and clean_env:
        raise UsageError("A clean environment is made for an export.", "Name its directory as well.")
    if directory is not None and (history or notebook):
        raise UsageError("An export belongs to a history already.", "Leave out `--history` or the directory.")
    with use_store(store, runs=True) as opened:
        if directory is None:
            chosen = choose_history(opened, None, history, notebook)
            hold_current(opened, chosen)
            return survey_names(opened, chosen, tuple(allow or ()), progress)
        return prove_again(opened, Path(directory), tuple(allow or ()), progress, clean=clean_env)
