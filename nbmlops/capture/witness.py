"""The witness: which rows fits, predictions and metrics of a cell really got, while hints are on."""

from __future__ import annotations

import ast
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbmlops.capture.budget import Budget
from nbmlops.capture.givens import FITS, GivenSite, weave_givens
from nbmlops.capture.glimpses import (
    Answer,
    Fitted,
    Given,
    Output,
    describe_measure,
    describe_split,
    list_prepared,
)
from nbmlops.core.witness import Measured, RowsUsed, Witnessed
from nbmlops.values.classes import locate, name_type
from nbmlops.values.models import find_refitted, is_model, list_learned
from nbmlops.values.rowprints import (
    Overlap,
    RowPrints,
    choose_columns,
    count_equal,
    leave_out,
    name_columns,
    print_rows,
    weigh_table,
)

__all__ = ["GIVEN_HOOK", "Witness"]

GIVEN_HOOK = "__nbmlops_given__"
"""What sees a value go by, among the builtins."""

_MOST_KEPT, _MOST_NOTED = 100, 50
_WATCHED = frozenset({"numpy.ndarray", "pandas.Series", "pandas.DataFrame"})


@dataclass(slots=True)
class Witness:
    """Looks at tables as they go by, and holds only digests of their rows; `failed` counts what went wrong.

    It has a budget of its own: what it cannot afford to look at is counted as unseen, and not spoken of.
    """

    budget: Budget = field(default_factory=Budget)
    failed: int = 0
    _thread: int = 0
    _sites: list[GivenSite] = field(default_factory=list)
    _open: dict[int, Any] = field(default_factory=dict)
    _fits: dict[int, Fitted] = field(default_factory=dict)
    _answers: dict[int, Answer] = field(default_factory=dict)
    _outputs: list[Output] = field(default_factory=list)
    _splits: list[tuple[Given, list[Given]]] = field(default_factory=list)
    _fresh: list[Fitted] = field(default_factory=list)
    _measured: dict[tuple[Any, ...], Callable[[], Measured | None]] = field(default_factory=dict)
    _unseen: int = 0
    _cut: int = 0
    _began: float = 0.0

    def start_execution(self) -> None:
        """Forget the sites of the cell before."""
        self._thread = threading.get_ident()
        self._sites.clear()
        self._began = time.perf_counter()
        self._forget()

    def weave_cell(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Return the statements of a cell with what is to be seen woven."""
        return weave_givens(body, GIVEN_HOOK, self._sites)

    def note(self, site: int, value: Any) -> Any:
        """See a value go by, and give it back."""
        try:
            if site < len(self._sites) and threading.get_ident() == self._thread:
                self._take(site, self._sites[site], value)
        except Exception:  # noqa: BLE001 - a user's cell must never suffer from capture
            self.failed += 1
        return value

    def collect(self, execution: int, index: int) -> Witnessed | None:
        """Return what was seen during the statement that ended, if anything."""
        now = time.perf_counter()
        self.budget.earn(now - self._began)
        self._began = now
        place = (execution, index)
        for fitted in self._fresh:
            fitted.place = place
        used = {f.given.text: u for f in self._fresh if (u := f.given.describe()) is not None}
        measured = tuple(m for make in self._measured.values() if (m := make()) is not None)
        cut = self._splits[len(self._splits) - self._cut :] if self._cut else []
        splits = tuple(s for whole, parts in cut if (s := describe_split(whole, parts)) is not None)
        found = Witnessed(measured, tuple(used.values()), splits, self._unseen)
        self._forget()
        return found if measured or used or splits or found.unseen else None

    def _forget(self) -> None:
        self._open.clear()
        self._fresh.clear()
        self._measured.clear()
        self._unseen = self._cut = 0

    def _take(self, number: int, site: GivenSite, value: Any) -> None:
        match site.kind:
            case "model":
                self._open[number] = value
            case "rows":
                self._open[number] = Given(
                    site.text, self._print(value), self._print_parts(value), name_columns(value)
                )
            case "argument":
                answer = self._find_answer(value)
                if answer is not None:
                    self._open.setdefault(site.model, []).append(answer)
            case "measured":
                for answer in self._open.pop(number, ()):
                    self._measure(site.text, answer.fitted, answer.given)
            case "called":
                self._end_call(site, self._open.pop(site.model, None), self._open.pop(site.rows, None), value)
            case "crossed":
                self._cross(site, self._open.pop(site.model, None), self._open.pop(site.rows, None))
            case "split":
                self._split(site.text, self._open.pop(site.rows, None), value)

    def _print(self, value: Any) -> RowPrints | None:
        size = weigh_table(value)
        if not size:
            return None
        if not self.budget.allows(size):
            self._unseen += 1
            return None
        began = time.perf_counter()
        found = print_rows(value)
        self.budget.spend(time.perf_counter() - began, size)
        self._unseen += found is None
        return found

    def _print_parts(self, value: Any) -> dict[tuple[str, ...], RowPrints]:
        """Look at those columns of a frame alone that a transformer was given under the same names."""
        found: dict[tuple[str, ...], RowPrints] = {}
        for names in {output.names for output in self._outputs if output.names is not None}:
            part = choose_columns(value, names)
            prints = None if part is None else self._print(part)
            if prints is not None:
                found[names] = prints
        return found

    def _end_call(self, site: GivenSite, model: Any, given: Given | None, value: Any) -> None:
        if model is None or not is_model(model):
            return
        if site.text in FITS:
            fitted = self._fit(site, model, given)
            if fitted is not None and site.text == "fit_transform":
                self._transform(fitted, fitted.given, value)
            return
        known = self._find_fit(model)
        if known is None or given is None or given.prints is None:
            return
        if site.text == "score":
            self._measure("score", known, given)
        elif site.text == "transform":
            self._transform(known, given, value)
        else:
            answer = value[0] if type(value) is tuple and value else value  # with its deviation
            whole = answer.base if name_type(type(answer)) == "numpy.ndarray" else None
            for each in (answer, whole):  # a column of it refers to what it is itself a part of
                if name_type(type(each)) in _WATCHED:
                    _make_room(self._answers)
                    self._answers[locate(each)] = Answer(weakref.ref(each), known, given)

    def _fit(self, site: GivenSite, model: Any, given: Given | None) -> Fitted | None:
        models = [each for each in (model, find_refitted(model)) if each is not None]
        for each in models:
            self._fits.pop(locate(each), None)
        if given is None or given.prints is None or site.text == "partial_fit":
            return None
        name = self._sites[site.model].text
        kind = name_type(type(model))
        first: Fitted | None = None
        for each in models:
            state = tuple(list_learned(each))
            fitted = Fitted(weakref.ref(each), name, kind, given, site.supervised, state)
            first = first or fitted
            _make_room(self._fits)
            self._fits[locate(each)] = fitted
            self._fresh.append(fitted)
        return first

    def _find_fit(self, model: Any) -> Fitted | None:
        """Return the fit of a model, unless it was fitted again where nobody looked."""
        found = self._fits.get(locate(model))
        if found is None or found.still() is not model or found.state != tuple(list_learned(model)):
            return None
        return found

    def _transform(self, fitted: Fitted, given: Given, value: Any) -> None:
        before = fitted.given.prints
        made = self._print(value)
        if made is None or before is None or given.prints is None:
            return
        made = leave_out(made, given.prints)  # rows that came out as they went in were not prepared
        overlap = count_equal(given.prints, before)
        if not made.prints.size or not overlap.compared:
            return
        share, chance = overlap.equal / overlap.compared, overlap.expected / overlap.compared
        del self._outputs[: -_MOST_KEPT + 1]
        self._outputs.append(Output(fitted, made, share, chance, given.names))

    def _find_answer(self, value: Any) -> Answer | None:
        """Return what a model answered: this object, or the array that it is a part of."""
        for _ in range(3):
            found = self._answers.get(locate(value))
            if found is not None:
                return found if found.still() is value else None
            if name_type(type(value)) != "numpy.ndarray" or value.base is None:
                return None
            value = value.base
        return None

    def _measure(self, function: str, fitted: Fitted, given: Given) -> None:
        key = (function, fitted.name, given.text, fitted.type)
        if fitted.given.prints is None or given.prints is None:
            return
        part, whole = given.prints, fitted.given.prints
        overlap = count_equal(part, whole)
        same = part.digest == whole.digest
        prepared = [] if same else list(self._find_prepared(given))
        held = self._find_held(whole.digest)
        if len(self._measured) < _MOST_NOTED or key in self._measured:
            self._measured[key] = lambda: describe_measure(
                function, fitted, given, overlap, same, held, prepared
            )

    def _find_held(self, digest: str) -> RowsUsed | None:
        for _, parts in reversed(self._splits):
            if len(parts) > 1 and parts[0].prints is not None and parts[0].prints.digest == digest:
                return parts[1].describe()
        return None

    def _find_prepared(self, given: Given) -> Iterator[tuple[Output, Overlap]]:
        seen: set[int] = set()
        for output in reversed(self._outputs):
            part = given.parts.get(output.names or (), given.prints)
            overlap = Overlap(0, 0, 0.0) if part is None else count_equal(part, output.prints)
            if overlap.equal and output.share and locate(output.fitted) not in seen:
                seen.add(locate(output.fitted))
                yield output, overlap

    def _cross(self, site: GivenSite, model: Any, given: Given | None) -> None:
        if not site.supervised or given is None or given.prints is None or not is_model(model):
            return
        prepared = list(self._find_prepared(given))
        kind, name = name_type(type(model)), self._sites[site.model].text
        key = (site.text, name, given.text, kind)
        used = given.describe()
        if used is not None and (len(self._measured) < _MOST_NOTED or key in self._measured):
            self._measured[key] = lambda: Measured(
                site.text, name, kind, used, 0, 0, 0.0, False, True, True, prepared=list_prepared(prepared)
            )

    def _split(self, names: str, given: Given | None, value: Any) -> None:
        if given is None or given.prints is None or type(value) not in (list, tuple) or len(value) < 2:
            return
        texts = names.split(",") if names else ("", "")
        parts = [Given(text, self._print(one)) for text, one in zip(texts, value[:2], strict=True)]
        del self._splits[: -_MOST_KEPT + 1]
        self._splits.append((given, parts))
        self._cut += 1


def _make_room(known: dict[int, Any]) -> None:
    for key in list(known)[: len(known) - _MOST_KEPT + 1]:
        del known[key]
