"""Siblings: models that stand beside the one of a run, as in a list of models that are tried one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbmlops.core.history import Statement
from nbmlops.core.learned import ModelSeen
from nbmlops.tracking.fits import Fit

__all__ = ["Siblings"]

_NOWHERE: frozenset[str] = frozenset()


class Siblings:
    """Tells which classes of models were made on the way to a fit, but not fitted to prepare it."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements
        self._holders: dict[int, Mapping[int, frozenset[str]]] = {}
        self._known: dict[tuple[int, int, frozenset[str]], frozenset[str]] = {}

    def list_classes(self, fit: Fit) -> frozenset[str]:
        """Return the names of the classes whose settings are none of the fit's own."""
        beside = self._list_holders(fit.position).get(fit.model.order, _NOWHERE)
        loops = self._statements[fit.position].code.startswith(("for ", "while "))
        order = 0 if loops else fit.model.order  # in a loop, what comes before may be of another turn
        key = (fit.position, order, beside)
        if key not in self._known:
            self._known[key] = self._find_classes(fit, order, beside)
        return self._known[key]

    def _find_classes(self, fit: Fit, order: int, beside: frozenset[str]) -> frozenset[str]:
        made: set[str] = set()
        used: set[str] = set()
        for position in fit.reach:
            learned = self._statements[position].learned
            holders = self._list_holders(position)
            for model in learned.models if learned else ():
                name = model.type.rpartition(".")[2]
                made.add(name)
                before = position < fit.position or (model.order < order and not model.predicts)
                held = holders.get(model.order, _NOWHERE) if model.order else _name_holder(model)
                if model.fitted and before and not beside & held:
                    used.add(name)
        return frozenset(made - used)

    def _list_holders(self, position: int) -> Mapping[int, frozenset[str]]:
        """Return the names of the lists and dicts that hold what each call of ``fit`` trained."""
        if position not in self._holders:
            found: dict[int, frozenset[str]] = {}
            learned = self._statements[position].learned
            for model in learned.models if learned else ():
                if model.order:
                    found[model.order] = found.get(model.order, _NOWHERE) | _name_holder(model)
            self._holders[position] = found
        return self._holders[position]


def _name_holder(model: ModelSeen) -> frozenset[str]:
    return frozenset({model.place.partition("[")[0]}) if "[" in model.place else _NOWHERE
