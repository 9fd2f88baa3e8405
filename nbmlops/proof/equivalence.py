"""Equivalence: whether two objects that differ predict the same on rows that the notebook had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.processes.child import ProgramTimeoutError
from nbmlops.proof.sandbox import Sandbox

__all__ = ["Agreement", "Rival", "ask_both", "compare_predictions"]


@dataclass(frozen=True, slots=True)
class Rival:
    """The notebook's own object: `load` returns its pickle, which is opened under guard only.

    `rows` holds the structural digests of what else the notebook kept, by name: only a table that is
    among them is one to predict on.
    """

    load: Callable[[], bytes]
    rows: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two objects agree on, bit for bit: the answers of `methods` on `rows` rows of `tables`."""

    tables: tuple[str, ...]
    rows: int
    methods: tuple[str, ...]


def ask_both(
    sandbox: Sandbox,
    script: str,
    rival: Rival,
    directory: Path,
    structure: Path,
    timeout: float | None = None,
    python: Path | None = None,
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Let a guarded script answer for the object made anew, then for the notebook's own from its pickle.

    None where either process did not keep to the rules, failed, or took too long.
    """
    settings: dict[str, Any] = {
        "directory": str(directory),
        "structure": str(structure),
        "rules": sandbox.make_rules(directory),
        "rows": str(sandbox.cache / "rows"),
        "known": dict(rival.rows),
    }
    kept = sandbox.root / "kept.pkl"
    answers = []
    for place in (None, str(kept)):
        if place is not None:
            kept.write_bytes(rival.load())
        try:
            result = sandbox.run(script, settings | {"kept": place}, None, timeout, python=python).result
        except ProgramTimeoutError:
            return None
        if result is None or result["error"] or result["refused"] or result["tampered"]:
            return None
        answers.append(result)
    return answers[0], answers[1]


def compare_predictions(
    sandbox: Sandbox,
    rival: Rival,
    directory: Path,
    structure: Path,
    timeout: float | None = None,
    python: Path | None = None,
) -> Agreement | None:
    """Run an export once more, let both objects predict in processes of their own, and compare.

    None where they do not agree on everything, or where there is nothing to compare.
    """
    answers = ask_both(sandbox, "predicting.py", rival, directory, structure, timeout, python)
    if answers is None:
        return None
    ours, theirs = map(_list_predictions, answers)
    return _find_agreement(ours, theirs, rival.rows)


def _list_predictions(answer: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what an object predicts, by table, where it predicts at all."""
    return {name: told for name, told in answer["predictions"].items() if told["methods"]}


def _find_agreement(
    ours: Mapping[str, dict[str, Any]], theirs: Mapping[str, dict[str, Any]], known: Mapping[str, str]
) -> Agreement | None:
    if ours != theirs or any(told["digest"] != known.get(name) for name, told in theirs.items()):
        return None
    usable = {name: told for name, told in theirs.items() if _has_predicted(told["methods"])}
    if not usable:
        return None
    methods = {name for told in usable.values() for name in told["methods"]}
    return Agreement(tuple(usable), sum(told["rows"] for told in usable.values()), tuple(sorted(methods)))


def _has_predicted(methods: Mapping[str, str]) -> bool:
    return "predict" in methods and not any(said.startswith("raised ") for said in methods.values())
