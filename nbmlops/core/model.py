"""Models: versions with lineage, signature and proof, and what people decided about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nbmlops.core.proof import Proof
from nbmlops.core.value import Profile, Signature

__all__ = ["Approval", "ModelVersion"]


@dataclass(frozen=True, slots=True)
class Approval:
    """One entry of the audit trail: never changed, never removed."""

    model: str
    version: int
    decision: Literal["approved", "rejected", "registered", "promoted", "rolled back"]
    by: str
    at: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version of a model.

    `artifact` is the content digest of the saved estimator; `pipeline` maps each file of the
    export it came from to its content digest; `recipe` is the content digest of the encoded
    `Pipeline` record; `metric` is the scoring that the notebook used (``accuracy_score``).
    `approved` is None while nobody has decided; `aliases` are those that point here now.
    `source` is the registry that it was pulled from, empty of one that was registered here.
    """

    name: str
    version: int
    created: str
    history: str
    target: str
    type: str
    run: str | None
    artifact: str
    digest: str
    proof: Proof
    pipeline: dict[str, str]
    reference: Profile | None
    signature: Signature | None
    metrics: tuple[tuple[str, float], ...] = ()
    metric: str | None = None
    recipe: str | None = None
    parent: int | None = None
    approved: bool | None = None
    aliases: tuple[str, ...] = ()
    source: str = ""
