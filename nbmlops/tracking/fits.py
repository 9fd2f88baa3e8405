"""Fits: which statements trained which models, by what was seen of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from nbmlops.core.history import Statement
from nbmlops.core.learned import ModelSeen
from nbmlops.tracking.lineage import Ancestry

__all__ = ["Fit", "find_fits"]

_TRAINS = re.compile(
    r"\.\s*(?:partial_)?fit\w*\s*\(|\btrain\w*\s*\(|\.\s*backward\s*\(|\.\s*(?:step|optimize)\s*\("
)


@dataclass(frozen=True, slots=True)
class Fit:
    """A model that a statement trained, tried on parts of its data, or failed to train.

    `line` are the positions that it rests on, its own included.
    """

    position: int
    model: ModelSeen
    line: frozenset[int]

    @property
    def place(self) -> tuple[int, int]:
        """Which statement it was, and which call of ``fit`` in it."""
        return (self.position, self.model.order)


def find_fits(statements: Sequence[Statement], ancestry: Ancestry) -> tuple[Fit, ...]:
    """Return every fit of a history in order; what only prepares data for another model is none."""
    known: set[str] = set()
    found: list[Fit] = []
    for position, statement in enumerate(statements):
        models = statement.learned.models if statement.learned else ()
        for model in _choose_models(statement, models, position, statements, ancestry, known):
            line = ancestry.ancestors(position) | {position}
            found.append(Fit(position, model, line))
        known |= {m.fingerprint for m in models if m.fingerprint}
    return tuple(_drop_preparations(found, ancestry))


def _choose_models(
    statement: Statement,
    models: Sequence[ModelSeen],
    position: int,
    statements: Sequence[Statement],
    ancestry: Ancestry,
    known: Collection[str],
) -> Iterator[ModelSeen]:
    ordered = sorted((m for m in models if m.order), key=lambda m: (m.order, m.place not in statement.code))
    if ordered:
        seen: set[int] = set()
        for model in ordered:
            if model.order not in seen:
                seen.add(model.order)
                yield model
        return
    if statement.outcome == "raised":
        return
    called = [statements[p].code for p in ancestry.makers(position, ()) if "def " in statements[p].code]
    if not any(_TRAINS.search(code) for code in (statement.code, *called)):
        return
    trains_here = bool(_TRAINS.search(statement.code))
    prints: set[str] = set()
    for model in models:
        if not (model.fitted or trains_here) or (model.fingerprint or "") in {*known, *prints}:
            continue
        prints |= {model.fingerprint} if model.fingerprint else set()
        yield model


def _drop_preparations(fits: Sequence[Fit], ancestry: Ancestry) -> Iterator[Fit]:
    """Leave out what transforms data that another model was then fitted on."""
    for fit in fits:
        later = any(fit.position in other.line and other.position > fit.position for other in fits)
        inside = any(
            other is not fit and other.position == fit.position and other.model.predicts for other in fits
        )
        if fit.model.predicts or not (later or inside):
            yield fit
