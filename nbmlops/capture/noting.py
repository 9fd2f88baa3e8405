"""Noting: what fits and scores come out as, seen where a cell calls them; nothing of a library is touched."""

from __future__ import annotations

import ast
import threading
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any

from nbmlops.capture.portraits import Seen
from nbmlops.capture.saying import Sayings
from nbmlops.capture.scene import list_code_words
from nbmlops.capture.weaving import MEASURES, Site, Weaver
from nbmlops.core.flows import FITS, is_training
from nbmlops.core.learned import Learned, Measure, ModelSeen, Parameters, Scalar, TableSeen
from nbmlops.core.resource import Effect, Read
from nbmlops.core.said import Said, SaidKind
from nbmlops.values.measures import Numbers, read_course, read_folds, read_numbers, read_report, read_setting
from nbmlops.values.models import describe_model, find_models, list_parts
from nbmlops.values.profile import frame_shape
from nbmlops.values.structure import is_local, locate

__all__ = ["NOTE_HOOK", "Notes"]

NOTE_HOOK = "__nbmlops_note__"
"""What notes a value, among the builtins."""

_GROWN = frozenset({"builtins.list"})
_BOUND = frozenset({"builtins.list", "builtins.tuple", "builtins.dict", "numpy.ndarray"})
_MOST_NOTES, _MOST_SERIES, _MOST_FOLDS = 10_000, 50, 10


@dataclass(slots=True)
class _Fit:
    """A call of ``fit``: its model as it stood before (or what the call gave), and whether it came back."""

    site: int
    model: ModelSeen
    still: Callable[[], Any]
    done: bool = False


@dataclass(slots=True)
class _Number:
    site: int
    numbers: Numbers
    order: int
    label: str = ""
    turns: Parameters = ()


@dataclass(slots=True)
class Notes:
    """Weaves calls of a hook around the fits and scores of a cell, and collects what they came out as.

    Functions, classes and lambdas stay as they are: they are values, and known by their code.
    """

    namespace: Mapping[str, Any]
    failed: int = 0
    sayings: Sayings = field(default_factory=Sayings)
    _thread: int = 0
    _sites: list[Site] = field(default_factory=list)
    _fits: list[_Fit] = field(default_factory=list)
    _places: dict[int, int] = field(default_factory=dict)
    _tried: dict[int, int] = field(default_factory=dict)
    _numbers: list[_Number] = field(default_factory=list)

    def start_execution(self) -> None:
        """Begin with nothing noted; sites of earlier cells stay, for what these left to run later."""
        self._thread = threading.get_ident()
        self.forget()

    def forget(self) -> None:
        """Forget what the statement before came out as."""
        self._fits.clear()
        self._places.clear()
        self._tried.clear()
        self._numbers.clear()

    def weave_cell(self, body: Sequence[ast.stmt], sources: Sequence[str]) -> list[ast.stmt]:
        """Return the statements of a cell, fits and scores noted in those whose text may have some."""
        own = {n.name for n in body if isinstance(n, ast.FunctionDef) and any(map(is_training, ast.walk(n)))}
        weaver = Weaver(NOTE_HOOK, self._sites, lambda name: name in own or self._is_training(name))
        return [weaver.weave_statement(node, text) for node, text in zip(body, sources, strict=True)]

    def _is_training(self, name: str) -> bool:
        """Say whether a name is that of a function of the notebook which fits something."""
        value = self.namespace.get(name)
        if type(value) is not FunctionType or not is_local(value.__module__):
            return False
        return any(word in FITS or word.startswith("cross_val") for word in list_code_words(value.__code__))

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
            self._begin_fit(site, known, value)
        elif known.kind == "fitted":
            self._end_fit(site, value)
        elif len(self._numbers) < _MOST_NOTES:
            listed = list(self._read(known, value))
            while listed and self._numbers and self._numbers[-1].site in known.within:
                self._numbers.pop()
            turns = self._read_turns(known) if listed and known.turns else ()
            for order in self._find_orders(known) if listed else ():
                self._numbers += [_Number(site, numbers, order, label, turns) for label, numbers in listed]

    @staticmethod
    def _read(known: Site, value: Any) -> Iterator[tuple[str, Numbers]]:
        """Yield the numbers that a value amounts to, with their own name where they have one."""
        if known.function == "cross_validate":
            yield from read_folds(value)
            return
        is_report = known.function == "classification_report" and type(value) is str
        numbers = read_report(value) if is_report else read_numbers(value, _MOST_SERIES)
        if numbers is not None and (known.scores or _is_measure(value)):
            yield "", numbers

    def _find_orders(self, known: Site) -> tuple[int, ...]:
        """Return the calls of ``fit`` in this statement that a value rests on; 0 for none of them."""
        for site in reversed(known.within):
            if site in self._tried:
                return (self._tried[site],)
        for order in range(len(self._fits), 0, -1) if known.within else ():
            if self._fits[order - 1].site in known.within:
                return (order,)
        live = (self._find_live(self.namespace.get(name)) for name in known.roots)
        found = tuple(sorted({order for order in live if order}))
        return found or (len(self._fits) if known.roots else 0,)

    def _find_live(self, value: Any) -> int:
        """Return the last call of ``fit`` of an object in this statement; 0 if there was none."""
        order = self._places.get(locate(value), 0)
        return order if order and self._fits[order - 1].still() is value else 0

    def _begin_fit(self, site: int, known: Site, value: Any) -> None:
        again = self._find_live(value) if value is not None else 0
        last = self._fits[again - 1] if again else None
        if last is not None and known.kind == "tries" and not self._is_try(last):
            self._tried[site] = again
        elif last is not None and _goes_on(known, last.model) and not self._is_try(last):
            last.site, last.done = site, False
        elif len(self._fits) < _MOST_NOTES:
            self._tried.pop(site, None)
            model = describe_model(value)
            if model is not None:
                model = replace(model, turns=self._read_turns(known)) if known.turns else model
                self._fits.append(_Fit(site, model, _watch_life(value)))
                self._places[locate(value)] = len(self._fits)

    def _end_fit(self, site: int, value: Any) -> None:
        for order in range(len(self._fits), 0, -1):
            fit = self._fits[order - 1]
            if fit.site in self._sites[site].within and not fit.done:
                fit.done = True
                result = describe_model(value)
                if result is not None:  # most give themselves; of some the result is the model
                    fit.model, fit.still = replace(result, turns=fit.model.turns), _watch_life(value)
                    self._places[locate(value)] = order
                for key, points in read_course(value):
                    name = key if key.startswith("val_") else f"training_{key}"
                    self._numbers.append(_Number(site, (points, ()), order, name))
                return

    def _read_turns(self, known: Site) -> Parameters:
        found = ((name, read_setting(self.namespace.get(name))) for name in known.turns)
        return tuple((name, setting[0]) for name, setting in found if setting)

    def say(self, kind: SaidKind, name: str, value: Scalar, **more: Any) -> None:
        """Note what a call says of the run that is at hand: that of its `model`, if it names one."""
        self.sayings.add(kind, name, value, order=len(self._fits), **more)

    def _collect_said(self) -> tuple[Said, ...]:
        places: dict[int, str] = {}
        if self.sayings.list_models():
            for name in self.namespace:
                for seen, value in find_models(name, self.namespace[name]):
                    places.setdefault(locate(value), seen.place)
        return self.sayings.collect(lambda model: places.get(locate(model), ""))

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
        said = self._collect_said() if self.sayings.has_any() else ()
        self.forget()
        found = models or measures or tables or said
        return Learned(models, measures, tables, said) if found else None

    def _collect_models(
        self, effects: Collection[Effect], digests: Mapping[str, str | None]
    ) -> Iterator[ModelSeen]:
        held: set[int] = set()
        prints = {e.resource.key: e.fingerprint for e in effects if e.resource.kind == "name"}
        changed = {e.resource.key for e in effects if e.resource.kind == "name" and e.change != "deleted"}
        others = (n for n in digests if n not in changed) if self._fits else ()
        names = (*sorted(changed), *others)
        found = [(n, *each) for n in names for each in find_models(n, self.namespace.get(n))]
        parts = set[int]().union(*(list_parts(value) for _, _, value in found))
        for name, seen, value in found:
            if locate(value) not in parts:
                order = self._find_live(value) if self._fits else 0
                if name not in changed and not order:
                    continue
                held.add(order)
                done = bool(order) and self._fits[order - 1].done
                tried = bool(order) and self._is_try(self._fits[order - 1])
                digest = prints.get(name, digests.get(name)) if seen.place == name else None
                fitted = done if order and not tried else seen.fitted
                turns = self._fits[order - 1].model.turns if order else ()
                yield replace(seen, order=order, fitted=fitted, fingerprint=digest, tried=tried, turns=turns)
        for order, fit in enumerate(self._fits, 1):
            if order not in held:
                name = self._sites[fit.site].label
                yield replace(fit.model, place=name, order=order, fitted=fit.done, tried=self._is_try(fit))

    def _is_try(self, fit: _Fit) -> bool:
        return self._sites[fit.site].kind == "tries"

    def _collect_measures(self, effects: Iterable[Effect]) -> Iterator[Measure]:
        for note in self._numbers:
            site = self._sites[note.site]
            label = note.label or site.label
            yield Measure(label, site.function, *note.numbers, site.names, note.order, note.turns)
        if self._numbers and len(self._fits) > 1:
            return  # each fit of a loop has its own numbers
        noted = {self._sites[note.site].label for note in self._numbers}
        for effect in effects:
            name, kinds = effect.resource.key, _BOUND if effect.change == "bound" else _GROWN
            if effect.type in kinds and name not in noted and MEASURES.search(name):
                value = self.namespace.get(name)
                numbers = read_numbers(value)
                if numbers is not None and not self._tells_each(value):
                    yield Measure(name, None, *numbers, (), len(self._fits))

    def _tells_each(self, value: Any) -> bool:
        """Say whether an array has a number for each row or column of some data, and none for each epoch."""
        if type(value).__module__ != "numpy":
            return False
        if value.dtype.kind != "f":
            return True
        shapes = [frame_shape(other) for other in self.namespace.values() if other is not value]
        rows = {shape[0] for shape in shapes if shape is not None and shape[1] is not None}
        columns = {shape[1] for shape in shapes if shape is not None}
        return value.size in rows or (value.size > _MOST_FOLDS and value.size in columns)

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


def _goes_on(site: Site, model: ModelSeen) -> bool:
    """Say whether a call of ``fit`` goes on with what the model has learned before."""
    warm = ("warm_start", True) in model.parameters
    return site.kind == "fits" and (site.function == "partial_fit" or warm or model.type.startswith("keras."))


def _watch_life(value: Any) -> Callable[[], Any]:
    """Return what gives a value as long as it lives, and keeps it alive only where it cannot be watched."""
    try:
        return weakref.ref(value)
    except TypeError:
        return lambda: value


def _is_measure(value: Any) -> bool:
    """Say whether a value that no known function gave may be a measure: a fraction, or several by name."""
    return isinstance(value, float | dict) or (type(value).__module__ == "numpy" and value.dtype.kind == "f")
