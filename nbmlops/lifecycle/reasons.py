"""Reasons: proof.json, the proof with the reason for every line of the export."""

from __future__ import annotations

import json

from nbmlops.core.encoding import encode
from nbmlops.core.pipeline import Recipe
from nbmlops.core.proof import Proof

__all__ = ["add_reasons"]


def add_reasons(proof: Proof | None, recipe: Recipe, target: str) -> str:
    """Return the text of proof.json."""
    slice_ = recipe.pipeline.slice
    record = {
        "target": target,
        "proof": encode(proof) if proof else None,
        "inputs": [
            {"resource": str(r.resource), "digest": r.content, "because": r.because} for r in slice_.inputs
        ],
        "injected": [
            {"stream": r.stream, "execution": r.place[0], "statement": r.place[1]} for r in slice_.restores
        ],
        "environment": {"python": recipe.environment.python, "platform": recipe.environment.platform},
        "lines": [
            {
                "execution": e.statement.execution,
                "statement": e.statement.index,
                "source": e.statement.source,
                "certain": e.certain,
                "reasons": [
                    {"resource": str(r.resource), "because": r.because, "certain": r.certain}
                    for r in e.reasons
                ],
            }
            for e in slice_.explained
            if e.kept
        ],
    }
    return json.dumps(record, indent=2, ensure_ascii=False)
