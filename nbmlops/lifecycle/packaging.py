"""Packaging: a registered version becomes an installable directory, and a service on this machine."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nbmlops.core.digest import digest_file
from nbmlops.core.model import ModelVersion
from nbmlops.core.progress import Progress, silent
from nbmlops.errors import PackageError
from nbmlops.lifecycle.rowcutting import cut_version, find_source
from nbmlops.lifecycle.unpacking import load_estimator, load_recipe, unpack_version
from nbmlops.monitor.reference import make_reference
from nbmlops.package.build import build_package, name_module
from nbmlops.package.forming import form_model, keep_pickle, require_form
from nbmlops.package.placing import check_place, name_place
from nbmlops.package.rowcut import Form, Formed, Origin, PackageRecord, RowCut
from nbmlops.plugins.manager import find_target
from nbmlops.processes.child import ProgramError, python_command
from nbmlops.processes.server import Server, require_port, start_server
from nbmlops.registry.versions import find_version
from nbmlops.store.opening import Store

__all__ = [
    "DEFAULT_TARGETS",
    "locate_log",
    "package_version",
    "ready_package",
    "serve_version",
    "start_service",
]

DEFAULT_TARGETS = ("docker", "github")
"""What every package is written for: a container, and checks at each push."""


def package_version(
    store: Store,
    ref: str,
    directory: Path,
    targets: Sequence[str] = (),
    progress: Progress = silent,
    *,
    with_rows: bool = False,
    verify: bool = True,
    form: Form | None = None,
) -> PackageRecord:
    """Write the package of a version to a directory, verified on every row that the notebook read.

    The model travels in the format of `form`, by default as a skops file or else a pickle. With `verify`
    it is also installed in a new environment and asked over HTTP before it is put there.

    Raises
    ------
    PackageError
        If a statement cannot become part of a function of one row, the estimator holds rows that it was
        fitted on and `with_rows` does not allow it, the directory is somebody's, the model has no such
        format, or the installed package does not answer as the notebook did.
    """
    form = form or Form()
    require_form(form)
    version = find_version(store, ref)
    directory = name_place(directory)
    wanted = tuple(dict.fromkeys([*DEFAULT_TARGETS, *targets]))
    # Before the long work, so that nobody waits for a refusal.
    check_place(directory)
    for target in wanted:
        find_target("package", target)
    if not with_rows:
        _refuse_rows(cut_version(store, version, progress), version)
    formed = _form(store, version, form, progress)
    return _build(store, version, directory, wanted, progress, verify, formed)


def _form(store: Store, version: ModelVersion, form: Form, progress: Progress) -> Formed:
    """Return the model in the format that it is to travel in."""
    cut = cut_version(store, version, progress)
    estimator = load_estimator(store, version)
    if (form.format, estimator[0]) == ("pickle", "pickle"):
        return keep_pickle(cut, estimator)
    with unpack_version(store, version) as unpacked:
        source = replace(find_source(unpacked, unpacked.recipe), module=name_module(version.name))
        return form_model(cut, estimator, form, source, progress)


def _refuse_rows(cut: RowCut, version: ModelVersion) -> None:
    kind = cut.estimator_type.rpartition(".")[2]
    if cut.tells is not None:
        raise PackageError(
            f"Version {version.version} of '{version.name}', a '{kind}', holds {cut.tells}: "
            "whoever has the package has them.",
            "If that is meant, add `--with-rows`; else leave out the column, or rare words (`min_df=10`).",
        )
    if cut.keeps_rows:
        raise PackageError(
            f"Version {version.version} of '{version.name}', a '{kind}' or what was fitted on the way to it, "
            "holds rows that it was fitted on inside of itself: whoever has the package has them.",
            "If that is meant, add `--with-rows`; else fit what keeps no rows.",
        )


def _build(
    store: Store,
    version: ModelVersion,
    directory: Path,
    targets: Sequence[str],
    progress: Progress,
    verify: bool,
    formed: Formed | None = None,
) -> PackageRecord:
    cut = cut_version(store, version, progress)
    if cut.few:
        shown = ", ".join(f"'{expression}'" for expression in cut.few)
        progress(f"the package tells keys that fewer than 10 rows have, of {shown}; its manifest says so")
    estimator = load_estimator(store, version)
    name, number = version.name, version.version
    origin = _find_origin(store, version, cut)
    record = build_package(
        cut,
        estimator,
        name,
        number,
        directory,
        targets,
        progress,
        verify=verify,
        origin=origin,
        formed=formed,
    )
    store.packages.add(version.name, version.version, directory, record.manifest)
    return record


def _find_origin(store: Store, version: ModelVersion, cut: RowCut) -> Origin:
    """Return where a version came from: names and digests, and no rows."""
    revision = store.histories.revision_at(version.history, sys.maxsize)
    inputs = load_recipe(store, version).pipeline.inputs
    return Origin(
        history=version.history,
        run=version.run,
        target=version.target,
        registered=version.created,
        verdict=version.proof.verdict,
        compared=version.proof.compared,
        approved=version.approved,
        metrics=version.metrics,
        parent=version.parent,
        recipe=version.recipe,
        artifact=version.artifact,
        inputs=tuple((Path(entry.path).name, entry.digest) for entry in inputs),
        commit=revision.commit if revision else None,
        changed=revision.changed if revision else 0,
        reference=make_reference(cut.reference),
    )


def ready_package(store: Store, version: ModelVersion, progress: Progress = silent) -> Path:
    """Return an unmodified package of a version in the store's own folder, built now if need be."""
    directory = store.path.parent / "packages" / f"{version.name}-{version.version}"
    manifest = directory / "manifest.json"
    known = {p.manifest for p in store.packages.list_packages(version.name, version.version)}
    if not (manifest.is_file() and digest_file(manifest) in known):
        _build(store, version, directory, DEFAULT_TARGETS, progress, verify=False)
    return directory


def locate_log(store: Store, model: str) -> Path:
    """Return where the services that are started from a store log the predictions of a model."""
    return store.path.parent / "predictions" / f"{model}.jsonl"


def start_service(
    store: Store,
    version: ModelVersion,
    host: str,
    port: int,
    progress: Progress = silent,
    *,
    tied: bool = False,
) -> Server:
    """Start the service of a version, logging what it predicts, and return when it answers.

    One that is `tied` ends with this process, however that ends.

    Raises
    ------
    ProgramError
        If the port is taken, or the service ends before it answers.
    """
    require_port(host, port)
    directory = ready_package(store, version, progress)
    module = name_module(version.name)
    log = locate_log(store, version.name)
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = python_command("-m", module, "serve", "--host", host, "--port", str(port))
    progress(f"starting '{version.name}' version {version.version} on {host}:{port}")
    env = os.environ | {"PREDICTION_LOG": str(log)}
    return start_server(command, cwd=directory, host=host, port=port, env=env, tied=tied)


def serve_version(store: Store, ref: str, host: str, port: int, progress: Progress = silent) -> str:
    """Serve a version until it is interrupted, and say afterwards where its log is.

    Raises
    ------
    ProgramError
        If the port is taken, or the service ends by itself.
    """
    version = find_version(store, ref)
    log = locate_log(store, version.name)
    with start_service(store, version, host, port, progress) as server:
        example = _write_example(ready_package(store, version), store.path.with_name(f"{version.name}.json"))
        progress(f"{server.url} answers; try: curl -d @{example} {server.url}/predict")
        try:
            code = server.wait()
        except KeyboardInterrupt:
            return f"'{version.name}' version {version.version} answers no longer; its log is '{log}'."
    raise ProgramError(
        f"The service of '{version.name}' version {version.version} ended by itself with code {code}: "
        f"{server.read_log() or 'it said nothing'}.",
        f"The whole log is in '{server.log}'.",
    )


def _write_example(package: Path, place: Path) -> str:
    """Write a row that nobody has, as a caller sends it, and return the path to type."""
    golden = json.loads((package / "tests" / "golden.json").read_text("utf-8"))
    rows = [case["row"] for case in golden if case["dropped"] is None]
    place.write_text(json.dumps({"rows": rows[:1]}), "utf-8")
    return os.path.relpath(place) if place.is_relative_to(Path.cwd()) else str(place)
