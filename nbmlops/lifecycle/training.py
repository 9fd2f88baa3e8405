"""Training: a champion's own pipeline on new data, in two fresh and guarded processes that have to agree."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nbmlops.core.digest import digest_bytes, digest_file
from nbmlops.core.encoding import encode
from nbmlops.core.pipeline import InputFile, Recipe
from nbmlops.core.progress import Progress, silent
from nbmlops.core.proof import Proof
from nbmlops.errors import MonitorError
from nbmlops.lifecycle.copying import place_copies
from nbmlops.lifecycle.exporting import write_files
from nbmlops.lifecycle.reasons import add_reasons
from nbmlops.lifecycle.unpacking import Unpacked
from nbmlops.proof.prove import prove_export
from nbmlops.proof.sandbox import make_sandbox
from nbmlops.values.bundling import bundle_structure

__all__ = ["Trained", "train_candidate"]

_ROOT = Path(__file__).parents[2]
_SCRIPT = Path(__file__).with_name("trainer.py")


@dataclass(frozen=True, slots=True)
class Trained:
    """What a pipeline made of new data.

    `files` are the pipeline's, by relative path, with the new data as their input; `estimator` is
    the codec and the bytes; `digest` the structural digest on which two processes agreed.
    """

    files: dict[str, bytes]
    recipe: Recipe
    type: str
    digest: str
    estimator: tuple[str, bytes]
    proof: Proof


def train_candidate(
    champion: Unpacked, inputs: Mapping[str, Path], told: Mapping[str, Path], progress: Progress = silent
) -> Trained:
    """Run the pipeline of a version on other inputs, twice, and stop unless both runs agree bit for bit.

    Parameters
    ----------
    inputs
        The new file of each input that changes, by the name of its parameter.
    told
        Where that file came from, for the record.

    Raises
    ------
    MonitorError
        If the pipeline fails on the new data, or makes two different models of them.
    """
    placed = _place_inputs(champion, inputs)
    files = _adapt_files(champion, placed)
    write_files(champion.directory, files)
    target = champion.version.target
    progress(f"training '{target}' on the new rows, in a fresh process")
    result, content = _train(champion.directory, target)
    write_files(champion.directory, _renew_tests(champion.directory, str(result["digest"])))
    progress(f"training '{target}' again in another process, to compare")
    proof = _prove(champion, str(result["digest"]), progress)
    recipe = _adapt_recipe(champion.recipe, placed, told)
    write_files(champion.directory, {"proof.json": add_reasons(proof, recipe, target).encode()})
    kept = {
        path.relative_to(champion.directory).as_posix(): path.read_bytes()
        for path in sorted(champion.directory.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    estimator = str(result["codec"]), content
    return Trained(kept, recipe, str(result["type"]), str(result["digest"]), estimator, proof)


def _place_inputs(champion: Unpacked, inputs: Mapping[str, Path]) -> tuple[InputFile, ...]:
    """Put every input into the pipeline's own folder, the new ones in place of the old."""
    folder = champion.directory / "inputs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    placed = []
    sources = [inputs.get(entry.parameter or "", Path(entry.path)) for entry in champion.inputs]
    for entry, source, path in zip(champion.inputs, sources, place_copies(sources), strict=True):
        copy = champion.directory / path
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, copy)
        placed.append(replace(entry, path=path, digest=digest_file(copy), copied=True))
    return tuple(placed)


def _adapt_files(champion: Unpacked, placed: tuple[InputFile, ...]) -> dict[str, bytes]:
    """Return the files that name the inputs, written anew."""
    source = (champion.directory / "pipeline.py").read_text("utf-8")
    for entry in placed:
        if entry.parameter is not None:
            source = _set_default(source, entry.parameter, f"str(HERE / {entry.path!r})")
    listed = json.loads((champion.directory / "inputs.json").read_text("utf-8"))
    entries = [old | encode(entry) for old, entry in zip(listed, placed, strict=True)]
    return {
        "pipeline.py": source.encode(),
        "inputs.json": json.dumps(entries, indent=2, ensure_ascii=False).encode(),
        "tests/structure.py": bundle_structure(),
    }


def _set_default(source: str, parameter: str, default: str) -> str:
    """Write another default for a field of the class Parameters."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(args=[first, *_])) if (
                name == parameter
            ):
                return _replace_node(source, first, default)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(keywords=keywords)) if (
                name == parameter
            ):
                for keyword in keywords:
                    if keyword.arg == "default":
                        return _replace_node(source, keyword.value, default)
    raise MonitorError(
        f"The pipeline has no input '{parameter}' whose file could be changed.",
        "Register the model again from its notebook, then retrain.",
    )


def _replace_node(source: str, node: ast.expr, text: str) -> str:
    lines = source.encode().splitlines(keepends=True)
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head = lines[first][: node.col_offset]
    tail = lines[last][node.end_col_offset or node.col_offset :]
    lines[first : last + 1] = [head + text.encode() + tail]
    return b"".join(lines).decode()


def _renew_tests(directory: Path, digest: str) -> dict[str, bytes]:
    """Return the tests with what they have to expect now: the digest of the whole, none of a step."""
    golden = json.loads((directory / "tests" / "golden.json").read_text("utf-8"))
    renewed = golden | {"value": digest, "steps": {}}
    return {"tests/golden.json": json.dumps(renewed, indent=2).encode()}


def _train(directory: Path, target: str) -> tuple[dict[str, object], bytes]:
    with make_sandbox() as sandbox:
        value = sandbox.work / f".{target}.value"
        settings = {
            "directory": str(directory),
            "root": str(_ROOT),
            "rules": sandbox.make_rules(directory),
            "value": str(value),
        }
        answer = sandbox.run(str(_SCRIPT), settings, None, None)
        result = answer.result
        if result is None:
            said = answer.finished.errors.strip()[-500:] or f"code {answer.finished.code}"
            raise _fail(f"its process ended without an answer ({said})")
        if result["refused"]:
            raise _fail(f"it did what a pipeline may not do: {result['refused'][0]}")
        if result.get("error"):
            raise _fail(str(result["error"]["message"]))
        content = value.read_bytes()
        if digest_bytes(content) != result["content"]:
            raise _fail("the value that it made was changed afterwards")
        return result, content


def _fail(why: str) -> MonitorError:
    return MonitorError(
        f"The pipeline fails on the new data: {why}.",
        "Look at the new file, or run the notebook on it to see where it stops.",
    )


def _prove(champion: Unpacked, digest: str, progress: Progress) -> Proof:
    target = champion.version.target
    proof = prove_export(
        champion.directory,
        target=target,
        expected=digest,
        lines={},
        statements={},
        injected=champion.version.proof.injected,
        progress=progress,
    )
    if proof.verdict != "identical":
        raise MonitorError(
            f"Two fresh processes made two different '{target}' of the same new rows"
            + (f": {proof.cause.rstrip('.')}." if proof.cause else "."),
            "Give the statement that draws at random a seed, or take `n_jobs` out, and register again.",
        )
    told = f"the structure of '{target}' as two fresh processes made it of the new rows, bit by bit"
    return replace(proof, compared=(told,))


def _adapt_recipe(recipe: Recipe, placed: tuple[InputFile, ...], told: Mapping[str, Path]) -> Recipe:
    """Return the recipe with the new inputs; a path is where a person knows the file to be."""
    before = recipe.pipeline
    inputs = tuple(
        replace(old, digest=new.digest, path=str(told.get(old.parameter or "", Path(old.path)).absolute()))
        for old, new in zip(before.inputs, placed, strict=True)
    )
    paths = {entry.parameter: entry.path for entry in inputs}
    parameters = tuple(
        replace(p, default=paths[p.name]) if p.is_input and p.name in paths else p for p in before.parameters
    )
    return replace(recipe, pipeline=replace(before, inputs=inputs, parameters=parameters))
