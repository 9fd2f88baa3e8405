"""Proving: an export is run in a fresh process, and its value is held against the notebook's own."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbmlops.core.clock import now
from nbmlops.core.digest import digest_bytes
from nbmlops.core.history import Statement
from nbmlops.core.pipeline import Piece
from nbmlops.core.progress import Progress, silent
from nbmlops.core.proof import Divergence, Proof, Verdict
from nbmlops.core.secret import MARK
from nbmlops.errors import ProofError
from nbmlops.processes.child import Finished, ProgramTimeoutError
from nbmlops.proof.blame import Place, Places, name_place
from nbmlops.proof.case import Case, add_times, compare_rival, find_distance, find_divergence, run_export
from nbmlops.proof.cause import (
    UNSTEADY,
    compare_versions,
    explain_difference,
    find_unwatched,
    list_changes,
    makes_set,
)
from nbmlops.proof.closeness import find_machine_changes
from nbmlops.proof.equivalence import Agreement, Rival
from nbmlops.proof.inputs import check_inputs, read_inputs
from nbmlops.proof.sandbox import check_effects
from nbmlops.values.bundling import bundle_structure

__all__ = ["prove_export"]

_READ_ONLY = "attempt to write a readonly database"


def prove_export(
    directory: Path,
    *,
    target: str,
    expected: str | None,
    lines: dict[int, Place],
    statements: Mapping[Place, Statement],
    injected: tuple[str, ...] = (),
    allow: Collection[str] = (),
    pieces: Sequence[Piece] | None = None,
    variables: Mapping[str, str] | None = None,
    unkept: str = "",
    late: Mapping[str, str] | None = None,
    parts: Collection[str] = (),
    recorded: Mapping[str, str] | None = None,
    files: Collection[str] | None = None,
    structure: str | None = None,
    python: Path | None = None,
    rival: Rival | None = None,
    progress: Progress = silent,
    timeout: float | None = None,
) -> Proof:
    """Run an export in a fresh, guarded process and compare what it makes with the notebook's value.

    `expected` is the structural digest of the notebook's own value; without it there is no verdict,
    and `unkept` says why it was not kept. `lines` maps lines of pipeline.py to the places of
    `statements`; `pieces` is the pipeline as single statements, executed to find the first that
    parts from the record; `late` are the digests of names that the value looks up when it is called;
    `parts` the keys of those values of a mapping that are to be described one by one; `recorded` is the
    machine that the notebook ran on, without which nothing is called close; `files` those of the export
    that nobody has changed (default: all), for what it reads beside them and its inputs is no part of it;
    `allow` lists side effects (``write:PATH``, ``network``,
    ``network:HOST``, ``subprocess``); `variables` are added to the environment; `structure` is the
    digest that the export's own ``tests/structure.py`` had when it was written (default: it is this
    nbmlops' own); `python` is the interpreter of a clean environment; `rival` is the notebook's own
    object, whose predictions are compared where the structure differs; `timeout` is in seconds.
    Raises ProofError where there is no export, UsageError where `allow` is unknown.
    """
    directory = Path(directory).resolve()
    allowed = check_effects(allow)
    _check_export(directory)
    case = Case(
        directory=directory,
        target=target,
        expected=expected,
        places=Places(directory / "pipeline.py", lines, statements),
        injected=injected,
        allowed=allowed,
        progress=progress,
        timeout=timeout,
        variables=variables or {},
        python=python,
        rival=rival,
        late=late or {},
        recorded=recorded or {},
        files=tuple(_list_files(directory) if files is None else files),
        parts=tuple(parts),
    )
    obstacle = _check_inputs(case) or _check_structure(case, structure)
    if obstacle is not None:
        return _conclude(case, "failed", cause=obstacle)
    return _judge(case, pieces, unkept)


def _check_export(directory: Path) -> None:
    for name in ("pipeline.py", "inputs.json", "tests/structure.py"):
        if not (directory / name).is_file():
            raise ProofError(
                f"'{directory}' is no export: it has no '{name}'.",
                "Write one first: `nbmlops export NAME DIR`.",
            )


def _list_files(directory: Path) -> list[str]:
    return [path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()]


def _check_inputs(case: Case) -> str | None:
    case.inputs = read_inputs(case.directory)
    case.progress(f"checking {len(case.inputs)} input file{'' if len(case.inputs) == 1 else 's'}")
    case.checked = check_inputs(case.inputs)
    for path in case.checked.changed:
        case.progress(f"the input '{path}' has changed since the notebook read it; going on with it as it is")
    missing = ", ".join(f"'{path}'" for path in case.checked.missing)
    return f"The input {missing} is not there." if missing else None


def _check_structure(case: Case, recorded: str | None) -> str | None:
    """Take what describes values from the export, where it is as it was written."""
    case.structure = (case.directory / "tests" / "structure.py").read_bytes()
    if digest_bytes(case.structure) != (recorded or digest_bytes(bundle_structure())):
        return "'tests/structure.py' was changed, or written by another version of nbmlops: export again."
    return None


def _judge(case: Case, pieces: Sequence[Piece] | None, unkept: str) -> Proof:
    case.progress(f"running the export of '{case.target}' in a fresh process")
    try:
        answer = run_export(case)
    except ProgramTimeoutError:
        cause = f"It did not finish within {case.timeout:g} seconds."
        return _conclude(case, "failed", cause=cause, diverged=case.places.blame_line(case.last_line, cause))
    result = answer.result
    if result is None:
        return _conclude(case, "failed", cause=_explain_silence(answer.finished))
    case.environment, case.steps = result["environment"], result["steps"]
    case.described, case.machine = result["parts"], result["machine"]
    case.took, case.seconds = add_times(case, result["lines"]), result["seconds"]
    case.environment["joblib"] = "as written" if "subprocess" in case.allowed else "in one process"
    if result["refused"]:
        return _conclude_refusal(case, result["refused"][0])
    if result["error"] and result["databases"] and _READ_ONLY in result["error"]["traceback"]:
        place, line = result["databases"][-1], result["error"]["line"]
        message = f"writing to the database '{place}' outside the working directory"
        return _conclude_refusal(case, {"effect": f"write:{place}", "message": message, "line": line})
    if result["error"]:
        return _conclude_error(case, result["error"])
    if result["undeclared"]:
        return _conclude_refusal(case, result["undeclared"][0])
    if result["tampered"]:
        names = ", ".join(f"'{name}'" for name in result["tampered"][:5])
        return _conclude(case, "failed", cause=f"The pipeline replaced {names}, on which its proof rests.")
    if result["undescribable"]:
        cause = f"The value of '{case.target}' cannot be described: {result['undescribable']}."
        return _conclude(case, "failed" if case.expected else None, cause=cause)
    case.predicts = result["predicts"]
    if case.checked.changed:
        case.rival = None
    changed = sorted(name for name, digest in case.late.items() if result["late"].get(name) != digest)
    if changed and case.expected is not None and result["digest"] == case.expected:
        names = ", ".join(f"`{name}`" for name in changed)
        cause = (
            f"It is the same object, but {names}, which it looks up when it is called, is not the notebook's."
        )
        return _conclude(case, "different", obtained=str(result["digest"]), cause=cause)
    return _compare_digests(case, str(result["digest"]), pieces, unkept)


def _compare_digests(case: Case, obtained: str, pieces: Sequence[Piece] | None, unkept: str) -> Proof:
    if case.expected is None:
        why = unkept or "it could neither be described nor saved while the kernel lived"
        cause = f"The notebook's own value of '{case.target}' was not kept: {why}."
        return _conclude(case, None, obtained=obtained, cause=cause)
    if obtained == case.expected:
        return _try_again(case, obtained)
    agreement = compare_rival(case, case.rival) if case.rival and case.predicts else None
    if agreement is not None:
        return _conclude_agreement(case, obtained, agreement)
    elsewhere = find_machine_changes(case.recorded, case.machine)
    distance = find_distance(case, case.rival) if case.rival and elsewhere else None
    if distance is not None:
        proof = _conclude(case, "close", obtained=obtained, cause=f"{'; '.join(elsewhere)}.")
        return replace(proof, distance=distance)
    if case.python is not None:
        return _conclude(case, "different", obtained=obtained, cause=_explain_elsewhere(case, elsewhere))
    case.progress("looking for the statement at which the replay and the notebook part")
    replayed, diverged = find_divergence(case, pieces or ())
    versions = (*compare_versions(case.directory), *elsewhere)
    codes = [s.code for s in case.places.statements.values()]
    unwatched = find_unwatched(case.places.statements.values())
    cause = explain_difference(diverged, case.checked.changed, versions, codes, unwatched, replayed=replayed)
    explained = cause.startswith("Most likely") or any(map(makes_set, codes))
    if not explained and _comes_out_otherwise(case, obtained):
        cause = UNSTEADY
    return _conclude(case, "different", obtained=obtained, cause=cause, diverged=diverged)


def _comes_out_otherwise(case: Case, obtained: str) -> bool:
    """Say whether a second run of the very same export gives something else again."""
    case.progress(f"running the export of '{case.target}' once more")
    try:
        again = run_export(case).result
    except ProgramTimeoutError:
        return False
    return again is not None and bool(again["digest"]) and again["digest"] != obtained


def _try_again(case: Case, obtained: str) -> Proof:
    """Conclude that the value is identical; where sets are made, only if it is so in a second process too."""
    maker = next((p for p, s in case.places.statements.items() if makes_set(s.code)), None)
    if maker is None:
        return _conclude(case, "identical", obtained=obtained)
    case.progress(f"{name_place(maker)} makes a set: running the export of '{case.target}' once more")
    try:
        again = run_export(case).result
    except ProgramTimeoutError:
        again = None
    if again is not None and again["digest"] == obtained:
        return _conclude(case, "identical", obtained=obtained)
    message = "its value was the notebook's in one process and another one in the next"
    cause = (
        "It came out as in the notebook, and otherwise when it was run again. Most likely: a statement "
        "depends on the order of a set, which is different in every process."
    )
    diverged = case.places.blame_place(maker, message)
    return _conclude(case, "different", obtained=obtained, cause=cause, diverged=diverged)


def _conclude_agreement(case: Case, obtained: str, found: Agreement) -> Proof:
    cause = f"The structure of '{case.target}' differs from the notebook's; what it predicts does not."
    methods, tables = ", ".join(found.methods), ", ".join(f"'{name}'" for name in found.tables)
    compared = f"what both answer ({methods}) on the {found.rows:,} rows of {tables}, bit by bit"
    proof = _conclude(case, "equivalent", obtained=obtained, cause=cause)
    return replace(proof, compared=(*proof.compared, compared))


def _explain_elsewhere(case: Case, elsewhere: tuple[str, ...]) -> str:
    changes = list_changes(case.checked.changed, elsewhere)
    likely = f"Most likely: {'; '.join(changes)}. " if changes else ""
    return (
        f"{likely}The clean environment has no nbmlops to replay the statements one by one with: "
        "prove without `--clean-env` to see whether they part here, and where."
    )


def _conclude_refusal(case: Case, refusal: dict[str, Any]) -> Proof:
    diverged = case.places.blame_line(refusal["line"], refusal["message"])
    where = f" at {name_place((diverged.execution, diverged.statement))}" if diverged else ""
    effect = str(refusal["effect"])
    hint = "" if "holds the answer" in refusal["message"] else f" Allow it, if it is meant: --allow {effect}"
    cause = f"side effect{where}: {refusal['message']}.{hint}"
    return _conclude(case, "failed", cause=cause, diverged=diverged)


def _conclude_error(case: Case, error: dict[str, Any]) -> Proof:
    diverged = case.places.blame_line(error["line"], error["message"])
    where = f"{name_place((diverged.execution, diverged.statement))} raised " if diverged else "It raised "
    cause = f"{where}{error['message']}"
    lacking = [name for name in MARK.findall(diverged.source if diverged else "") if f"'{name}'" in cause]
    if lacking:
        return _conclude(case, "failed", cause=_ask_secret(lacking[0]), diverged=diverged)
    versions = compare_versions(case.directory) if case.python is None else ()
    changes = list_changes(case.checked.changed, versions)
    if changes:
        cause += f"\nSince the notebook ran: {'; '.join(changes)}."
    return _conclude(case, "failed", cause=cause, diverged=diverged)


def _explain_silence(finished: Finished) -> str:
    said = finished.errors.strip()[-1_000:]
    printed = f" It last said: {said}" if said else ""
    if finished.code < 0:
        return f"The process was ended by signal {-finished.code}: there may be too little memory.{printed}"
    return f"The process ended with code {finished.code} and without a valid answer.{printed}"


def _conclude(
    case: Case,
    verdict: Verdict | None,
    *,
    obtained: str | None = None,
    cause: str | None = None,
    diverged: Divergence | None = None,
) -> Proof:
    name = case.target
    where = "a fresh process" + (" of a clean environment" if case.python else "")
    compared = f"the structure of '{name}' in the notebook and in {where}, bit by bit"
    case.progress(f"verdict on '{name}': {verdict or 'none'}")
    return Proof(
        target=name,
        verdict=verdict,
        compared=(compared,) if obtained and case.expected else (),
        expected=case.expected,
        obtained=obtained,
        injected=case.injected,
        allowed=case.allowed,
        diverged_at=diverged,
        cause=cause,
        elapsed=time.monotonic() - case.began,
        made=now(),
        environment=case.environment,
        steps=case.steps,
        parts=case.described,
        machine=dict(case.machine),
        took=case.took,
        seconds=case.seconds,
    )


def _ask_secret(name: str) -> str:
    return (
        f"The pipeline reads a secret from the environment variable '{name}', which is not set: what the "
        f"notebook had there was not stored. Set it and prove again: `export {name}=...`."
    )
