"""Exporting: build, write in one move, prove, and remember."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nbmlops.capture.secrecy import live_secrets
from nbmlops.core.digest import digest_bytes, digest_file, has_digest
from nbmlops.core.encoding import dump, load
from nbmlops.core.history import History
from nbmlops.core.pipeline import Exported, ExportSettings, Recipe
from nbmlops.core.policy import read_policy
from nbmlops.core.progress import Progress, silent
from nbmlops.core.proof import ACCEPTED, Proof
from nbmlops.core.slice import Slice
from nbmlops.core.value import SavedValue
from nbmlops.errors import ExportError, ProofError, advise_place
from nbmlops.lifecycle.building import Built, build_export
from nbmlops.lifecycle.injecting import list_injected
from nbmlops.lifecycle.locking import LOCK, make_environment, write_lock
from nbmlops.lifecycle.reasons import add_reasons
from nbmlops.package.placing import hold_place, name_place, put_place, stage_place, take_back
from nbmlops.proof.equivalence import Rival
from nbmlops.proof.prove import prove_export
from nbmlops.store.opening import Store

__all__ = [
    "Original",
    "check_place",
    "export_object",
    "find_original",
    "is_unmodified",
    "prove_again",
    "prove_built",
    "summarise_export",
    "write_files",
]

_GOLDEN = "tests/golden.json"


def export_object(
    store: Store,
    history: History,
    name: str,
    directory: Path,
    settings: ExportSettings,
    progress: Progress = silent,
    slice_: Slice | None = None,
) -> Exported:
    """Write the export of a name, or of a slice of it, to a directory, and prove it unless told otherwise.

    Raises
    ------
    ExportError
        If the directory holds anything but an unmodified export, or the slice cannot be written, or
        a lock is asked for and cannot be made, or the name holds an iterator or an open file; nothing
        is written then.
    """
    directory = name_place(directory)
    check_place(store, directory, settings.overwrite)
    saved = store.histories.saved_value(history.id, name)
    _refuse_spent(saved)
    progress(f"slicing '{name}' out of {len(history.executions)} executions")
    built = build_export(store, history, name, directory, settings, saved, slice_)
    with _explain_refusal(directory), stage_place(directory) as staged:
        write_files(staged, built.files)
        if settings.lock:
            built.files[LOCK] = write_lock(staged, progress).read_bytes()
        proof = None
        if settings.prove:
            original = find_original(store, history.id, built.recipe)
            proof = prove_built(built, staged, original, (), progress)
        built.files["proof.json"] = add_reasons(proof, built.recipe, name).encode()
        write_files(staged, {"proof.json": built.files["proof.json"]})
        with hold_place(directory):
            check_place(store, directory, settings.overwrite)
            replaced = put_place(staged, directory)
            try:
                return _remember(store, history, name, directory, built, proof)
            except BaseException:
                take_back(staged, directory, replaced)
                raise


def prove_built(
    built: Built,
    directory: Path,
    original: Original,
    allow: Collection[str],
    progress: Progress,
) -> Proof:
    """Prove an export that has just been built; what its steps made becomes what its tests expect."""
    files = tuple(built.files)
    proof = _prove(built.recipe, built.written.lines, directory, original, allow, progress, files)
    golden = _keep_digests(proof)
    built.files.update(golden)
    write_files(directory, golden)
    return proof


def prove_again(
    store: Store,
    directory: Path,
    allow: Collection[str],
    progress: Progress = silent,
    *,
    clean: bool = False,
) -> Proof:
    """Prove an export that was written before, and write the new proof beside it.

    `clean` runs it in a new environment that is made from its lock, which is written where there is
    none. Raises ProofError where the store does not know the export, ExportError where there is no
    such environment.
    """
    found = store.exports.find(directory)
    if found is None or found.recipe is None:
        raise ProofError(
            f"This store does not know an export in '{directory}'.",
            "Export it again with `nbmlops export NAME DIR`, or name its store with `--store`.",
        )
    recipe = load(Recipe, store.contents.get(found.recipe))
    directory = directory.absolute()
    was_unmodified = is_unmodified(store, directory)
    structure = found.files.get("tests/structure.py")
    # Only of code as it was written is another object with the same answers no other result.
    original = find_original(store, found.history, recipe)
    if not was_unmodified:
        original = replace(original, rival=None)
    with tempfile.TemporaryDirectory(prefix="nbmlops-environment-") as folder:
        python = make_environment(directory, Path(folder) / "venv", progress) if clean else None
        kept = _list_unchanged(directory, found.files)
        proof = _prove(recipe, found.lines, directory, original, allow, progress, kept, structure, python)
    if not was_unmodified:
        store.proofs.add(directory, proof)
    written = {"proof.json": add_reasons(proof, recipe, found.target).encode()}
    if was_unmodified:
        written |= _keep_digests(proof)
    with _explain_refusal(directory):
        write_files(directory, written)
    if was_unmodified:
        if clean:
            written[LOCK] = (directory / LOCK).read_bytes()
        files = found.files | {path: digest_bytes(content) for path, content in written.items()}
        with store.transaction(durable=True):
            store.exports.add(
                directory, found.history, found.target, files, recipe=found.recipe, lines=found.lines
            )
            # Of the export as it is now: a proof of the one before would be none of it.
            store.proofs.add(directory, proof)
    return proof


def _list_unchanged(directory: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the files that are as they were written, and code, which a person may have changed."""
    return tuple(
        name for name, digest in files.items() if name.endswith(".py") or has_digest(directory / name, digest)
    )


def _prove(
    recipe: Recipe,
    lines: Mapping[int, tuple[int, int]],
    directory: Path,
    original: Original,
    allow: Collection[str],
    progress: Progress,
    files: tuple[str, ...],
    structure: str | None = None,
    python: Path | None = None,
) -> Proof:
    slice_, saved = recipe.pipeline.slice, original.saved
    unkept = (
        (saved.note or "its content cannot be described") if saved else "the kernel ended before it was kept"
    )
    proof = prove_export(
        directory,
        target=slice_.target,
        expected=saved.digest if saved else None,
        lines=dict(lines),
        statements={s.place: s for s in slice_.kept},
        injected=list_injected(slice_, recipe.pieces),
        allow=allow,
        pieces=recipe.pieces,
        unkept=unkept,
        late=original.late,
        structure=structure,
        python=python,
        rival=original.rival,
        recorded=original.machine,
        files=files,
        variables=live_secrets(),
        progress=progress,
    )
    return replace(proof, policy=original.policy)


@dataclass(frozen=True, slots=True)
class Original:
    """What the notebook held: the value, the object to ask, what it looks up when it is called, and where.

    `policy` are the verdicts that its project accepts.
    """

    saved: SavedValue | None
    rival: Rival | None
    late: Mapping[str, str]
    machine: Mapping[str, str]
    policy: tuple[str, ...] = ACCEPTED


def find_original(store: Store, history: str, recipe: Recipe) -> Original:
    """Return what is kept of the notebook's own object for a proof to compare with."""
    slice_ = recipe.pipeline.slice
    saved = store.histories.saved_value(history, slice_.target)
    known = {v.name: v.digest for v in store.histories.saved_values(history) if v.digest}
    late = {name: known[name] for name in slice_.late if name in known}
    content = saved.content if saved else None
    machine = store.histories.header(history).environment.machine
    policy = read_policy(store.path)
    if content is None or not store.contents.has(content):
        return Original(saved, None, late, machine, policy)
    return Original(saved, Rival(lambda: store.contents.get(content), known), late, machine, policy)


def _keep_digests(proof: Proof) -> dict[str, bytes]:
    """Return the file of what the tests expect, where a proof says that it can be expected again."""
    if proof.verdict not in ("identical", "equivalent"):
        return {}
    golden: dict[str, object] = {"value": None, "steps": {}}
    if proof.verdict == "identical":
        steps = {step: made for step, made in proof.steps.items() if made}
        golden = {"value": proof.expected, "steps": steps}
    return {_GOLDEN: json.dumps(golden, indent=2).encode()}


def check_place(store: Store, directory: Path, overwrite: bool) -> None:
    """Raise ExportError unless a directory is absent, empty, or an export that nobody has changed."""
    if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):
        return
    if directory.is_dir() and is_unmodified(store, directory):
        return
    if overwrite and directory.is_dir() and store.exports.find(directory) is not None:
        return
    if directory.is_dir() and store.exports.find(directory) is not None:
        raise ExportError(
            f"The export in '{directory}' was changed after it was written, so it is left alone.",
            "Name another directory, or add `--overwrite` if you no longer need it.",
        )
    kind = "is not an export of this store, and not empty" if directory.is_dir() else "is a file"
    raise ExportError(f"'{directory}' {kind}, so it is left alone.", "Name another directory.")


def is_unmodified(store: Store, directory: Path) -> bool:
    """Say whether a directory is an export exactly as this store's owner wrote it."""
    found = store.exports.find(directory)
    if found is None:
        return False
    present = {
        p.relative_to(directory).as_posix(): p
        for p in directory.rglob("*")
        if p.is_file() and not {"__pycache__", ".pytest_cache"} & {*p.relative_to(directory).parts}
    }
    return present.keys() == found.files.keys() and all(
        digest_file(path) == found.files[name] for name, path in present.items()
    )


def _refuse_spent(saved: SavedValue | None) -> None:
    """Refuse an iterator or an open file, which no proof can compare: looking at it uses it up."""
    if saved is None or saved.digest is not None or not (saved.note or "").startswith(f"a {saved.type} "):
        return
    if "use it up" in (saved.note or ""):
        raise ExportError(
            f"'{saved.name}' cannot be exported: it holds a {saved.type}, and reading that uses it up.",
            f"Export what it is made from, or keep what it gives under another name: "
            f"`{saved.name}_values = list({saved.name})`.",
        )


@contextlib.contextmanager
def _explain_refusal(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise ExportError(
            f"'{directory}' cannot be written: {problem.strerror or problem}.",
            f"{advise_place(problem)}, and export again.",
        ) from problem


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by relative path; an OSError names the file, also where the system does not."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.write_bytes(content)
        except OSError as problem:
            raise OSError(problem.errno, problem.strerror, str(path)) from problem


def _remember(
    store: Store, history: History, name: str, directory: Path, built: Built, proof: Proof | None
) -> Exported:
    recipe = dump(built.recipe).encode()
    files = {path: digest_bytes(content) for path, content in built.files.items()}
    contents = [recipe, *built.files.values()]
    with store.transaction(durable=proof is not None):
        notes = store.exports.add(
            directory,
            history.id,
            name,
            files,
            recipe=digest_bytes(recipe),
            lines=built.written.lines,
            contents=contents,
        )
        if proof is not None:
            store.proofs.add(directory, proof)
    return replace(
        summarise_export(built, history, name, proof),
        path=str(directory),
        files=files,
        recipe=digest_bytes(recipe),
        notes=(*built.notes, *notes),
    )


def summarise_export(built: Built, history: History, name: str, proof: Proof | None) -> Exported:
    """Say in a record what an export is."""
    pipeline = built.recipe.pipeline
    return Exported(
        path="",
        history=history.id,
        notebook=history.notebook,
        target=name,
        verdict=proof.verdict if proof else None,
        statements_kept=len(pipeline.slice.kept),
        statements_total=len(pipeline.slice.explained),
        parameters=tuple(p.name for p in pipeline.parameters),
        steps=tuple(s.name for s in pipeline.steps),
        proof=proof,
        notes=built.notes,
    )
