"""Closeness: how far an object is from the notebook's own, where only rounding tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbmlops.core.proof import Distance
from nbmlops.processes.child import ProgramTimeoutError
from nbmlops.proof.equivalence import Rival
from nbmlops.proof.sandbox import Sandbox

__all__ = ["find_machine_changes", "measure_distance"]

_NEAR = 1e-6
"""The largest difference, as a part of the largest magnitude in the same array, that counts as rounding."""


def find_machine_changes(recorded: Mapping[str, str], machine: Mapping[str, str]) -> tuple[str, ...]:
    """Say in words what of a machine is not as it was when the notebook ran."""
    return tuple(
        f"{what} is {machine[what]} here, and was {then} in the notebook"
        for what, then in recorded.items()
        if machine.get(what, then) != then
    )


def measure_distance(
    sandbox: Sandbox,
    rival: Rival,
    directory: Path,
    structure: Path,
    timeout: float | None = None,
    python: Path | None = None,
) -> Distance | None:
    """Make the object anew and the notebook's own from its pickle, in two processes, and compare the numbers.

    None where they differ in more than the last bits of numbers, or where either could not be made.
    """
    settings: dict[str, Any] = {
        "directory": str(directory),
        "structure": str(structure),
        "rules": sandbox.make_rules(directory),
        "rows": str(sandbox.cache / "rows"),
        "known": dict(rival.rows),
    }
    kept = sandbox.root / "kept.pkl"
    try:
        ours = sandbox.run("measuring.py", settings | {"kept": None}, None, timeout, python=python).result
        if ours is None or ours["error"] or ours["refused"] or ours["tampered"]:
            return None
        kept.write_bytes(rival.load())
        found = sandbox.run(
            "measuring.py", settings | {"kept": str(kept)}, None, timeout, python=python
        ).result
    except ProgramTimeoutError:
        return None
    if found is None or found["error"] or found["refused"] or found["tampered"] or found["gap"] is None:
        return None
    distance = Distance(**found["gap"])
    return distance if distance.relative <= _NEAR else None
