"""Closeness: how far an object is from the notebook's own, where only rounding tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbmlops.core.proof import Distance
from nbmlops.proof.equivalence import Rival, ask_both
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
    answers = ask_both(sandbox, "measuring.py", rival, directory, structure, timeout, python)
    gap = answers[1]["gap"] if answers else None
    distance = Distance(**gap) if gap else None
    return distance if distance and distance.relative <= _NEAR else None
