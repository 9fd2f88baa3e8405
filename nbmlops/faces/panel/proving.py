"""Proving: the verdict of a proof as a badge, and the runs that have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nbmlops.api.overseeing import list_exports
from nbmlops.faces.blocks import Table, Tone
from nbmlops.faces.panel.desk import Desk
from nbmlops.faces.panel.parts import Badge, Part, Section
from nbmlops.faces.wording import show_seconds

if TYPE_CHECKING:
    from nbmlops.core.model import ModelVersion
    from nbmlops.core.proof import Proof

__all__ = ["badge_proof", "list_proved", "show_times"]

_MOST = 8
_TONES: Mapping[str, Tone] = {"identical": "good", "equivalent": "good", "close": "plain"}


def badge_proof(proof: Proof | None) -> Badge:
    """Return the verdict of a proof in a word; of none, that it was not tried."""
    if proof is None:
        return Badge("not tried", "quiet")
    if proof.verdict is None:
        return Badge("not proven", "bad")
    return Badge(proof.verdict, "good" if proof.holds else _TONES.get(proof.verdict, "bad"))


def show_times(proof: Proof) -> Sequence[Part]:
    """Return what each step of a replay took and made, and the statements that took longest."""
    steps = tuple(
        (name, show_seconds(seconds), _word_values(proof, name)) for name, seconds in proof.seconds.items()
    )
    longest = tuple((t.code, f"cell {t.execution}", show_seconds(t.seconds)) for t in proof.took[:_MOST])
    parts: list[Part] = []
    if steps:
        parts.append(Table(("step", "took", "made"), steps, frozenset({1})))
    if longest:
        parts.append(Table(("longest statements", "from", "took"), longest, frozenset({2})))
    return (Section("Steps and times", tuple(parts)),) if parts else ()


def _word_values(proof: Proof, step: str) -> str:
    """Say which values a step made; only of the object itself is known what the notebook's was."""
    known = proof.expected is not None and proof.verdict is not None
    said = []
    for name, digest in proof.steps.get(step, {}).items():
        same = known and name == proof.target and digest == proof.expected
        said.append(f"{name}: the same as in the notebook, bit for bit" if same else name)
    return ", ".join(said)


def list_proved(desk: Desk) -> dict[str, Badge]:
    """Return the newest verdict on each run whose model was exported or registered here."""
    versions: tuple[ModelVersion, ...] = desk.ask("models")
    proved = [(v.created, v.run, v.proof) for v in versions if v.run and not v.source]
    proved += [(e.at, e.run, e.proof) for e in list_exports(desk.store) if e.run and e.proof]
    return {run: badge_proof(proof) for _, run, proof in sorted(proved, key=lambda found: found[0]) if run}
