"""Building: a row function and its estimator become an installable package that stands alone."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbmlops.core.digest import digest_bytes, digest_file
from nbmlops.core.encoding import encode
from nbmlops.core.progress import Progress, silent
from nbmlops.errors import PackageError, advise_place
from nbmlops.package.context import PackageContext
from nbmlops.package.forming import keep_pickle
from nbmlops.package.papers import (
    Distribution,
    describe_materials,
    describe_provenance,
    list_distributions,
    write_licences,
)
from nbmlops.package.placing import check_place, hold_place, keep_failed, put_place, stage_place
from nbmlops.package.rowcut import Formed, Origin, PackageRecord, RowCut, Tried
from nbmlops.package.runtime.loading import FILES
from nbmlops.package.runtime.seal import sign_manifest
from nbmlops.package.trying import install_lock, try_package
from nbmlops.package.writing import SEED_PURPOSE, list_pickles, quiet_text, write_module
from nbmlops.plugins.manager import find_target
from nbmlops.plugins.target import Target
from nbmlops.processes.child import ProgramError, clean_environment, python_command, run_child
from nbmlops.processes.server import Server, choose_port, start_server
from nbmlops.processes.uv import find_uv
from nbmlops.store.ownership import derive_seed
from nbmlops.templating import render_template

__all__ = ["build_package", "name_module", "serve_package"]

_REHEARSAL = Path(__file__).with_name("rehearsing.py")
_UNTRIED = Tried(
    "not verified", "nobody asked for it (--no-verify): it was not installed, and nothing is locked"
)


def name_module(name: str) -> str:
    """Return the name of the Python package of a model: letters of ASCII, digits and underscores.

    >>> name_module("income"), name_module("Churn 2!")
    ('income_model', 'churn_2_model')
    """
    text = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "a"
    text = f"m_{text}" if text[0].isdigit() else text
    return text if text.endswith("model") else f"{text}_model"


@dataclass(frozen=True, slots=True)
class _Model:
    """What is packaged."""

    cut: RowCut
    formed: Formed
    name: str
    version: int
    origin: Origin

    @property
    def module(self) -> str:
        return name_module(self.name)

    @property
    def file(self) -> str:
        return FILES[self.formed.format]


def build_package(
    cut: RowCut,
    estimator: tuple[str, bytes],
    name: str,
    version: int,
    directory: Path,
    targets: Iterable[str] = (),
    progress: Progress = silent,
    *,
    verify: bool = False,
    origin: Origin | None = None,
    formed: Formed | None = None,
) -> PackageRecord:
    """Write the package of a model version into `directory`, all of it or nothing.

    The estimator travels as it was saved, or as it was `formed`.

    Before it is put there a fresh process without nbmlops has answered the golden rows with it, and
    what that process imported are its requirements. With `verify` it has also been built, installed
    from its lock in a new environment, started, and asked the golden rows over HTTP; what fails is
    kept as ``DIR.failed``. An unmodified package is replaced.

    Raises
    ------
    PackageError
        Where `directory` holds anything else, or the package does not answer as the notebook did.
    """
    check_place(directory)
    chosen = [find_target("package", target) for target in targets]
    if verify:
        find_uv()
    model = _Model(cut, formed or keep_pickle(cut, estimator), name, version, origin or Origin())
    try:
        with stage_place(directory) as staging:
            requirements = _fill(staging, model, chosen, verify, progress)
            tried = _UNTRIED
            if verify:
                tried = _try(staging, directory, model, progress)
            else:
                _write_papers(staging, model, list_distributions(None, requirements))
            files = _write_manifest(staging, model, tried)
            with hold_place(directory):
                check_place(directory)
                put_place(staging, directory)
    except OSError as problem:
        raise PackageError(
            f"The package could not be written to '{directory}': {problem.strerror or problem}.",
            f"{advise_place(problem)}, then repeat the command.",
        ) from problem
    manifest = digest_file(directory / "manifest.json")
    return PackageRecord(
        str(directory),
        model.module,
        name,
        version,
        files,
        manifest,
        requirements,
        tried,
        model.formed.format,
        model.formed.promise,
        model.formed.because,
    )


def _fill(
    staging: Path, model: _Model, targets: list[Target], locked: bool, progress: Progress
) -> tuple[str, ...]:
    """Write all of a package but its lock, its papers and its manifest; return what it requires."""
    write_module(staging / model.module, model.cut, model.formed, model.name, model.version, model.origin)
    _write_tests(staging, model.cut)
    progress("answering the golden rows with the package alone")
    requirements, memory = _rehearse(staging, model.module)
    _write_templates(staging, _make_context(model, requirements, locked, memory), targets)
    return requirements


def _try(staging: Path, directory: Path, model: _Model, progress: Progress) -> Tried:
    """Return what came of trying the package; what fails is kept beside its place with the reason."""
    with tempfile.TemporaryDirectory(prefix="nbmlops-package-") as work:
        try:
            installed = install_lock(staging, Path(work), progress)
            _write_papers(staging, model, list_distributions(installed.python, ()))
            return try_package(
                staging, model.module, model.cut.golden, installed, progress, model.formed.close
            )
        except (PackageError, ProgramError) as problem:
            _write_manifest(staging, model, Tried("failed", problem.what))
            kept = keep_failed(staging, directory)
            raise PackageError(
                f"It was not verified, so it is in '{kept}' and not in '{directory}': {problem.what}",
                f"{problem.then} Or package it unverified with `--no-verify`; its manifest says so.",
            ) from problem


def _write_papers(staging: Path, model: _Model, found: Sequence[Distribution]) -> None:
    """Write the bill of materials, the licences and the provenance."""
    home = staging / model.module
    subjects = {f"{model.module}/{path.name}": digest_file(path) for path in home.iterdir() if path.is_file()}
    held = (model.file, subjects[f"{model.module}/{model.file}"])
    materials = describe_materials(model.name, model.version, model.cut.estimator_type, held, found)
    provenance = describe_provenance(model.name, model.version, model.origin, subjects)
    for name, content in (("sbom.cdx.json", materials), ("provenance.json", provenance)):
        (staging / name).write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    (staging / "LICENSES.md").write_text(write_licences(found), encoding="utf-8")


def serve_package(directory: Path, host: str = "127.0.0.1", port: int | None = None) -> Server:
    """Start the service of the package in `directory`, and return when it answers."""
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    chosen = choose_port(host) if port is None else port
    command = python_command("-m", manifest["module"], "serve", "--host", host, "--port", str(chosen))
    return start_server(command, cwd=directory, host=host, port=chosen)


def _write_tests(staging: Path, cut: RowCut) -> None:
    (staging / "tests").mkdir()
    golden = json.dumps(encode(cut.golden), indent=1, ensure_ascii=False)
    (staging / "tests" / "golden.json").write_text(golden, encoding="utf-8")


def _rehearse(staging: Path, module: str) -> tuple[tuple[str, ...], int]:
    """Return what the package requires and the memory that it took, after it has answered its golden rows."""
    finished = run_child(
        python_command(_REHEARSAL, staging, module, isolated=True), cwd=staging, env=clean_environment()
    )
    if finished.code != 0:
        last = finished.errors.strip().splitlines()[-1:] or ["it said nothing"]
        raise PackageError(
            f"The package cannot be loaded where nbmlops is not installed: {last[0]}.",
            "Move what the model needs into importable modules, and register it again.",
        )
    answer = json.loads(finished.output.splitlines()[-1])
    if answer["wrong"]:
        raise PackageError(
            f"The package does not answer {len(answer['wrong'])} golden rows as the notebook's code did; "
            f"the first: {json.dumps(answer['wrong'][0])[:300]}.",
            "Register the model again in this environment, then package it.",
        )
    return tuple(answer["requirements"]), int(answer["memory"])


def _make_context(model: _Model, requirements: tuple[str, ...], locked: bool, memory: int) -> PackageContext:
    cut, module = model.cut, model.module
    answered = [case.row for case in cut.golden if case.dropped is None]
    return PackageContext(
        name=model.name,
        module=module,
        project=module.replace("_", "-"),
        version=model.version,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        estimator=cut.estimator_type,
        requirements=requirements,
        example=json.dumps(answered[0] if answered else {}, ensure_ascii=True),
        needed=tuple(f.name for f in cut.signature.inputs if f.required),
        idle=tuple(f.name for f in cut.signature.inputs if not f.required),
        cleaning=tuple(cleaning.statement for cleaning in cut.cleaning),
        learned=tuple((quiet_text(item.expression), item.shown) for item in cut.learned),
        rows=cut.verified.rows,
        singles=cut.verified.singles,
        has_probabilities=cut.has_probabilities,
        keeps_rows=cut.keeps_rows or cut.tells is not None,
        locked=locked,
        columns=len(cut.columns),
        origin=model.origin,
        memory=memory,
        format=model.formed.format,
        file=model.file,
        pickles=tuple(list_pickles(model.formed)),
        because=model.formed.because,
        classes=model.formed.classes is not None,
        answers=model.formed.promise,
        close=model.formed.close is not None,
    )


def _write_templates(staging: Path, context: PackageContext, targets: list[Target]) -> None:
    texts = {
        "pyproject.toml": render_template("package", "pyproject.toml.j2", context),
        "MODEL_CARD.md": render_template("package", "MODEL_CARD.md.j2", context),
        "README.md": render_template("package", "README.md.j2", context),
        "tests/test_package.py": render_template("package", "test_package.py.j2", context),
    }
    for target in targets:
        texts |= target.render(context)
    for path, text in texts.items():
        (staging / path).parent.mkdir(parents=True, exist_ok=True)
        (staging / path).write_text(text, encoding="utf-8")


def _write_manifest(staging: Path, model: _Model, tried: Tried) -> dict[str, str]:
    """Write which files are the package's own, with their digests, and how far they were tried."""
    files = {
        path.relative_to(staging).as_posix(): digest_bytes(path.read_bytes())
        for path in sorted(staging.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    manifest = {
        "package": model.name,
        "module": model.module,
        "version": model.version,
        "holds_rows": model.cut.keeps_rows or model.cut.tells is not None,
        "format": model.formed.format,
        "pickles": list_pickles(model.formed),
        "because": model.formed.because,
        "promise": model.formed.promise,
        "verified": encode(tried),
        "files": files,
    }
    (staging / "manifest.json").write_text(
        json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8"
    )
    sign_manifest(staging, derive_seed(SEED_PURPOSE))
    return files
