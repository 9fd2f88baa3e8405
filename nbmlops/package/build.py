"""Building: a row function and its estimator become an installable package that stands alone."""

from __future__ import annotations

import base64
import importlib.resources
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbmlops.core.clock import now
from nbmlops.core.digest import digest_bytes, digest_file
from nbmlops.core.encoding import encode
from nbmlops.core.progress import Progress, silent
from nbmlops.errors import PackageError, advise_place
from nbmlops.package.context import PackageContext
from nbmlops.package.placing import check_place, hold_place, put_place, stage_place
from nbmlops.package.rowcut import PackageRecord, RowCut
from nbmlops.plugins.manager import find_target
from nbmlops.plugins.target import Target
from nbmlops.processes.child import clean_environment, python_command, run_child
from nbmlops.processes.server import Server, choose_port, start_server
from nbmlops.templating import render_template

__all__ = ["build_package", "name_module", "serve_package"]

_REHEARSAL = Path(__file__).with_name("rehearsing.py")


def name_module(name: str) -> str:
    """Return the name of the Python package of a model: letters of ASCII, digits and underscores.

    >>> name_module("income"), name_module("Churn 2!")
    ('income_model', 'churn_2_model')
    """
    text = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "a"
    text = f"m_{text}" if text[0].isdigit() else text
    return text if text.endswith("model") else f"{text}_model"


def build_package(
    cut: RowCut,
    estimator: tuple[str, bytes],
    name: str,
    version: int,
    directory: Path,
    targets: Iterable[str] = (),
    progress: Progress = silent,
) -> PackageRecord:
    """Write the package of a model version into `directory`, all of it or nothing.

    Before it is put there a fresh process without nbmlops has answered the golden rows with it, and
    what that process imported are its requirements. An unmodified package is replaced.

    Raises
    ------
    PackageError
        Where `directory` holds anything else, or the package does not answer as the notebook did.
    """
    check_place(directory)
    chosen = [find_target("package", target) for target in targets]
    module = name_module(name)
    try:
        with stage_place(directory) as staging:
            _write_module(staging / module, cut, estimator, name, version)
            _write_tests(staging, cut)
            progress("answering the golden rows with the package alone")
            requirements = _rehearse(staging, module)
            context = _make_context(cut, name, module, version, requirements)
            _write_templates(staging, context, chosen)
            files = _write_manifest(staging, name, version)
            with hold_place(directory):
                check_place(directory)
                put_place(staging, directory)
    except OSError as problem:
        raise PackageError(
            f"The package could not be written to '{directory}': {problem.strerror or problem}.",
            f"{advise_place(problem)}, then repeat the command.",
        ) from problem
    manifest = digest_file(directory / "manifest.json")
    return PackageRecord(str(directory), module, name, version, files, manifest, requirements)


def serve_package(directory: Path, host: str = "127.0.0.1", port: int | None = None) -> Server:
    """Start the service of the package in `directory`, and return when it answers."""
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    chosen = choose_port(host) if port is None else port
    command = python_command("-m", manifest["module"], "serve", "--host", host, "--port", str(chosen))
    return start_server(command, cwd=directory, host=host, port=chosen)


def _write_module(home: Path, cut: RowCut, estimator: tuple[str, bytes], name: str, version: int) -> None:
    home.mkdir()
    runtime = importlib.resources.files("nbmlops.package.runtime")
    for source in runtime.iterdir():
        if source.name.endswith(".py") and source.name != "__init__.py":
            (home / source.name).write_bytes(source.read_bytes())
    init = f'"""The model {_quiet(name)}, version {version}, and the service that answers with it."""\n'
    (home / "__init__.py").write_text(init, encoding="utf-8")
    (home / "rows.py").write_text(cut.source, encoding="utf-8")
    (home / "model.pkl").write_bytes(estimator[1])
    if cut.learned_content is not None:
        (home / "learned.pkl").write_bytes(base64.b64decode(cut.learned_content))
    signature = json.dumps(_describe(cut), indent=1, ensure_ascii=False)
    (home / "signature.json").write_text(signature, encoding="utf-8")
    manifest = {
        "model": name,
        "version": version,
        "estimator": cut.estimator_type,
        "made": now(),
        "verified": encode(cut.verified),
        "holds_rows": cut.keeps_rows,
        "files": {path.name: digest_file(path) for path in sorted(home.iterdir())},
    }
    (home / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")


def _describe(cut: RowCut) -> dict[str, Any]:
    """Return the signature as the service reads it and callers see it."""
    inputs = []
    for field in cut.signature.inputs:
        item = encode(field)
        if not field.required:
            item["placeholder"] = cut.placeholders[field.name]
        inputs.append(item)
    return {
        "inputs": inputs,
        "outputs": encode(cut.signature.outputs),
        "features": [
            {"name": column, "dtype": dtype}
            for column, dtype in zip(cut.columns, cut.dtypes if cut.columns else (), strict=True)
        ],
    }


def _write_tests(staging: Path, cut: RowCut) -> None:
    (staging / "tests").mkdir()
    golden = json.dumps(encode(cut.golden), indent=1, ensure_ascii=False)
    (staging / "tests" / "golden.json").write_text(golden, encoding="utf-8")


def _rehearse(staging: Path, module: str) -> tuple[str, ...]:
    """Return what the package requires, after it has answered its golden rows in a process of its own."""
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
    return tuple(answer["requirements"])


def _make_context(
    cut: RowCut, name: str, module: str, version: int, requirements: tuple[str, ...]
) -> PackageContext:
    answered = [case.row for case in cut.golden if case.dropped is None]
    return PackageContext(
        name=name,
        module=module,
        project=module.replace("_", "-"),
        version=version,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        estimator=cut.estimator_type,
        requirements=requirements,
        example=json.dumps(answered[0] if answered else {}, ensure_ascii=True),
        needed=tuple(f.name for f in cut.signature.inputs if f.required),
        idle=tuple(f.name for f in cut.signature.inputs if not f.required),
        cleaning=tuple(cleaning.statement for cleaning in cut.cleaning),
        learned=tuple((_quiet(item.expression), item.shown) for item in cut.learned),
        rows=cut.verified.rows,
        singles=cut.verified.singles,
        has_probabilities=cut.has_probabilities,
        keeps_rows=cut.keeps_rows,
    )


def _write_templates(staging: Path, context: PackageContext, targets: list[Target]) -> None:
    texts = {
        "pyproject.toml": render_template("package", "pyproject.toml.j2", context),
        "README.md": render_template("package", "README.md.j2", context),
        "tests/test_package.py": render_template("package", "test_package.py.j2", context),
    }
    for target in targets:
        texts |= target.render(context)
    for path, text in texts.items():
        (staging / path).parent.mkdir(parents=True, exist_ok=True)
        (staging / path).write_text(text, encoding="utf-8")


def _write_manifest(staging: Path, name: str, version: int) -> dict[str, str]:
    """Write which files are the package's own, with their digests."""
    files = {
        path.relative_to(staging).as_posix(): digest_bytes(path.read_bytes())
        for path in sorted(staging.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    manifest = {"package": name, "module": name_module(name), "version": version, "files": files}
    (staging / "manifest.json").write_text(
        json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8"
    )
    return files


def _quiet(text: str) -> str:
    """Return text that is safe inside of a docstring, on one line."""
    return " ".join(text.replace("\\", "/").replace('"', "'").replace("`", "'").split())
