"""Proofs: the record of a re-execution and its verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ACCEPTED", "Distance", "Divergence", "Proof", "Took", "Verdict"]

Verdict = Literal["identical", "equivalent", "close", "different", "failed"]
ACCEPTED: tuple[str, ...] = ("identical", "equivalent")
"""The verdicts that will do, where no policy says otherwise."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """The statement at which a replay and the record part, or at which a replay failed."""

    execution: int
    statement: int
    source: str
    resource: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Took:
    """How many seconds a replay was seen at a statement, looked at twenty times a second."""

    execution: int
    statement: int
    code: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two objects are apart that differ by rounding only.

    Of all `numbers` compared, `differing` differ: by at most `ulps` floating point numbers, and at most
    `relative` of the largest magnitude in the same array. Of `rows` rows with a predicted label, `flips`
    have another one.
    """

    numbers: int
    differing: int
    ulps: int
    relative: float
    rows: int = 0
    flips: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """What a fresh process made of an export.

    `verdict` is None where nothing could be compared: `cause` then says why. `compared` says in
    words what was; `injected` names every random state that was put back; `allowed` the side
    effects that were let through; `expected` and `obtained` are structural digests; `steps` holds
    that of each value that a step returned, by step and name, where it is the same wherever it runs;
    `parts` that of each value of a mapping of several, by key, where it has one. `distance` says how
    close it came where the verdict is `close`; `machine` what the last bits of its numbers follow from;
    `policy` the verdicts that were accepted where it was made. `took` are the statements that the replay was
    seen at, the longest first, `seconds` what each step took.
    """

    target: str
    verdict: Verdict | None
    compared: tuple[str, ...]
    expected: str | None
    obtained: str | None
    injected: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    diverged_at: Divergence | None = None
    cause: str | None = None
    elapsed: float = 0.0
    made: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    distance: Distance | None = None
    machine: dict[str, str] = field(default_factory=dict)
    policy: tuple[str, ...] = ACCEPTED
    took: tuple[Took, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the verdict will do, by the policy under which the proof was made."""
        return self.verdict in self.policy
