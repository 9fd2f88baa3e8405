"""Noting: what fits and scores come out as, seen where a cell calls them; nothing of a library is touched."""

from __future__ import annotations

import ast
import re
import threading
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nbmlops.capture.portraits import Seen
from nbmlops.capture.weaving import Site, Weaver
from nbmlops.core.learned import Learned, Measure, ModelSeen, TableSeen
from nbmlops.core.resource import Effect, Read
from nbmlops.values.measures import Numbers, read_course, read_numbers
from nbmlops.values.models import describe_model, find_models
from nbmlops.values.profile import frame_shape
from nbmlops.values.structure import locate

__all__ = ["NOTE_HOOK", "Notes"]

NOTE_HOOK = "__nbmlops_note__"
"""What notes a value, among the builtins."""

_GROWN = frozenset({"builtins.list"})
_BOUND = frozenset({"builtins.list", "builtins.tuple", "builtins.dict", "numpy.ndarray"})
_NAMES = re.compile(
    r"loss|acc|auc|score|err|rmse|mse|mae|mape|r2|f1|prec|recall|metric|hist|report|iou|dice|kappa|mcc|brier|"
    r"perplex|bleu|result|eval|cv",
    re.IGNORECASE,
)
_MOST_NOTES, _MOST_SERIES = 1000, 50


@dataclass(slots=True)
class _Fit:
    """A call of ``fit``: its model as it stood before (or what the call gave), and whether it came back."""

    site: int
    model: ModelSeen
    identity: int
    still: Callable[[], Any]
    done: bool = False


@dataclass(slots=True)
class _Number:
    site: int
    numbers: Numbers
    order: int
    label: str = ""


@dataclass(slots=True)
class Notes:
    """Weaves calls of a hook around the fits and scores of a cell, and collects what they came out as.

    Functions, classes and lambdas stay as they are: they are values, and known by their code.
    """

    namespace: Mapping[str, Any]
    failed: int = 0
    _thread: int = 0
    _sites: list[Site] = field(default_factory=list)
    _fits: list[_Fit] = field(default_factory=list)
    _numbers: list[_Number] = field(default_factory=list)

    def start_execution(self) -> None:
        """Forget the sites of the cell before."""
        self._thread = threading.get_ident()
        self._sites.clear()
        self.forget()

    def forget(self) -> None:
        """Forget what the statement before came out as."""
        self._fits.clear()
        self._numbers.clear()

    def weave_cell(self, body: Sequence[ast.stmt], sources: Sequence[str]) -> list[ast.stmt]:
        """Return the statements of a cell, fits and scores noted in those whose text may have some."""
        weaver = Weaver(NOTE_HOOK, self._sites)
        return [weaver.weave_statement(node, text) for node, text in zip(body, sources, strict=True)]

    def note(self, site: int, value: Any) -> Any:
        """Note a value, and give it back; of what can be changed nothing is kept."""
        try:
            if site < len(self._sites) and threading.get_ident() == self._thread:
                self._take(site, self._sites[site], value)
        except Exception:  # noqa: BLE001 - a user's cell must never suffer from capture
            self.failed += 1
        return value

    def _take(self, site: int, known: Site, value: Any) -> None:
        if known.kind in {"fits", "tries"}:
            self._begin_fit(site, value)
        elif known.kind == "fitted":
            self._end_fit(site, value)
        elif len(self._numbers) < _MOST_NOTES:
            numbers = read_numbers(value, _MOST_SERIES)
            if numbers is not None and (known.scores or _is_measure(value)):
                while self._numbers and self._numbers[-1].site in known.within:
                    self._numbers.pop()
                self._numbers.append(_Number(site, numbers, len(self._fits)))

    def _begin_fit(self, site: int, value: Any) -> None:
        if len(self._fits) < _MOST_NOTES:
            model = describe_model(value)
            if model is not None:
                for fit in self._fits:
                    if fit.identity == locate(value) and fit.still() is not value:
                        fit.identity = 0  # it has gone, and what is fitted now lies where it lay
                self._fits.append(_Fit(site, model, locate(value), _watch_life(value)))

    def _end_fit(self, site: int, value: Any) -> None:
        for fit in reversed(self._fits):
            if fit.site in self._sites[site].within and not fit.done:
                fit.done = True
                result = describe_model(value)
                if result is not None:  # most give themselves; of some the result is the model
                    fit.model, fit.identity, fit.still = result, locate(value), _watch_life(value)
                for key, points in read_course(value):
                    name = f"{self._sites[fit.site].label}.{key}"
                    self._numbers.append(_Number(site, (points, ()), self._fits.index(fit) + 1, name))
                return

    def collect(
        self, effects: Collection[Effect], reads: Collection[Read], seen: Mapping[str, Seen | None]
    ) -> Learned | None:
        """Return what the statement that ended came out with, if anything; `seen` is what it found."""
        digests = {name: one.digest for name, one in seen.items() if one is not None}
        models = tuple(self._collect_models(effects, digests))
        measures = tuple(self._collect_measures(effects))
        tables: tuple[TableSeen, ...] = ()
        if measures or any(m.order or m.fitted for m in models):
            tables = tuple(self._collect_tables(reads, effects, digests))
        elif any(r.resource.kind == "file" and r.content for r in reads):
            made = {e.resource.key: e.fingerprint for e in effects if e.resource.kind == "name"}
            tables = tuple(self._describe_tables(made))
        self.forget()
        return Learned(models, measures, tables) if models or measures or tables else None

    def _collect_models(
        self, effects: Collection[Effect], digests: Mapping[str, str | None]
    ) -> Iterator[ModelSeen]:
        orders = {fit.identity: n for n, fit in enumerate(self._fits, 1)}
        held: set[int] = set()
        prints = {e.resource.key: e.fingerprint for e in effects if e.resource.kind == "name"}
        changed = {e.resource.key for e in effects if e.resource.kind == "name" and e.change != "deleted"}
        others = (n for n in digests if n not in changed) if orders else ()
        for name in (*sorted(changed), *others):
            for seen, value in find_models(name, self.namespace.get(name)):
                order = orders.get(locate(value), 0)
                if name not in changed and not order:
                    continue
                held.add(locate(value))
                done = bool(order) and self._fits[order - 1].done
                tried = bool(order) and self._is_try(self._fits[order - 1])
                digest = prints.get(name, digests.get(name)) if seen.place == name else None
                fitted = done if order and not tried else seen.fitted
                yield replace(seen, order=order, fitted=fitted, fingerprint=digest, tried=tried)
        for order, fit in enumerate(self._fits, 1):
            if fit.identity not in held:
                name = self._sites[fit.site].label
                yield replace(fit.model, place=name, order=order, fitted=fit.done, tried=self._is_try(fit))

    def _is_try(self, fit: _Fit) -> bool:
        return self._sites[fit.site].kind == "tries"

    def _collect_measures(self, effects: Iterable[Effect]) -> Iterator[Measure]:
        orders = {fit.identity: n for n, fit in enumerate(self._fits, 1) if fit.identity}
        for note in self._numbers:
            site = self._sites[note.site]
            order = orders.get(self._fits[note.order - 1].identity, note.order) if note.order else 0
            label = note.label or site.label
            yield Measure(label, site.function, *note.numbers, site.names, order)
        if self._numbers and len(self._fits) > 1:
            return  # each fit of a loop has its own numbers
        noted = {self._sites[note.site].label for note in self._numbers}
        for effect in effects:
            name, kinds = effect.resource.key, _BOUND if effect.change == "bound" else _GROWN
            if effect.type in kinds and name not in noted and _NAMES.search(name):
                numbers = read_numbers(self.namespace.get(name))
                if numbers is not None:
                    yield Measure(name, None, *numbers, (), len(self._fits))

    def _collect_tables(
        self, reads: Iterable[Read], effects: Iterable[Effect], digests: Mapping[str, str | None]
    ) -> Iterator[TableSeen]:
        made = {e.resource.key for e in effects if e.resource.kind == "name" and e.change == "bound"}
        names = dict.fromkeys(r.resource.key for r in reads if r.resource.kind == "name")
        return self._describe_tables({n: digests.get(n) for n in names if n not in made})

    def _describe_tables(self, digests: Mapping[str, str | None]) -> Iterator[TableSeen]:
        for name, digest in digests.items():
            shape = frame_shape(self.namespace.get(name))
            if shape is not None:
                yield TableSeen(name, digest, *shape)


def _watch_life(value: Any) -> Callable[[], Any]:
    """Return what gives a value as long as it lives, and keeps it alive only where it cannot be watched."""
    try:
        return weakref.ref(value)
    except TypeError:
        return lambda: value


def _is_measure(value: Any) -> bool:
    """Say whether a value that no known function gave may be a measure: a fraction, or several by name."""
    return isinstance(value, float | dict) or (type(value).__module__ == "numpy" and value.dtype.kind == "f")
