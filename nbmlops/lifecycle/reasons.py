"""Reasons: proof.json, the proof with the reason for every line of the export."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from nbmlops.core.encoding import encode
from nbmlops.core.pipeline import Recipe
from nbmlops.core.proof import Proof
from nbmlops.core.resource import CHANGED_MEANWHILE, MADE_MEANWHILE
from nbmlops.core.slice import Explained

__all__ = ["add_reasons"]

_RAISED = re.compile(r"\braised (.*?)(\nSince the notebook ran: .*)?\Z", re.DOTALL)
_TYPE = re.compile(r"^[A-Za-z_][\w.]*(?=:|$)", re.MULTILINE)
# Of a longer message only the end is kept: how it begins is then no type.
_CUT = 1_900
_SAID = re.compile(r" It last said: .*\Z", re.DOTALL)


def add_reasons(proof: Proof | None, recipe: Recipe, target: str) -> str:
    """Return the text of proof.json: of what was raised it names the type, for the text may quote a value."""
    slice_ = recipe.pipeline.slice
    record = {
        "target": target,
        "proof": encode(_leave_values(proof)) if proof else None,
        "inputs": [
            {"resource": str(r.resource), "digest": r.content, "because": r.because} for r in slice_.inputs
        ],
        "injected": [
            *(
                {"stream": r.stream, "execution": r.place[0], "statement": r.place[1]}
                for r in slice_.restores
            ),
            *(
                {"file": r.resource.key}
                for r in slice_.inputs
                if r.because in (CHANGED_MEANWHILE, MADE_MEANWHILE)
            ),
        ],
        "environment": {"python": recipe.environment.python, "platform": recipe.environment.platform},
        "lines": [_shape_line(e) for e in slice_.explained if e.kept],
        "dropped_by_trial": [_shape_line(e) for e in slice_.explained if e.proved_needless],
    }
    return json.dumps(record, indent=2, ensure_ascii=False)


def _shape_line(explained: Explained) -> dict[str, Any]:
    return {
        "execution": explained.statement.execution,
        "statement": explained.statement.index,
        "source": explained.statement.source,
        "certain": explained.certain,
        "reasons": [
            {
                "resource": None if r.resource is None else str(r.resource),
                "because": r.because,
                "certain": r.certain,
            }
            for r in explained.reasons
        ],
    }


def _leave_values(proof: Proof) -> Proof:
    """Return a proof without the texts of exceptions and of the process that failed."""
    cause, diverged = proof.cause, proof.diverged_at
    if diverged is not None:
        told = cause is not None and f"raised {diverged.message}" in cause
        message = _name_type(diverged.message) if told else _shorten_text(diverged.message)
        diverged = replace(diverged, message=message)
    return replace(proof, cause=_shorten_text(cause) if cause else cause, diverged_at=diverged)


def _shorten_text(text: str) -> str:
    found = _RAISED.search(text)
    if found is not None:
        text = f"{text[: found.start()]}raised {_name_type(found[1])}{found[2] or ''}"
    return _SAID.sub("", text)


def _name_type(message: str) -> str:
    """Return the type of an exception from how Python tells it."""
    found = _TYPE.search(message)
    return found[0] if found is not None and len(message) < _CUT else "an exception"
