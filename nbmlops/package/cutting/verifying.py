"""Verification: the row function against what the estimator saw, all rows at once and one by one."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.errors import PackageError
from nbmlops.package.cutting.bits import are_same, first_difference, is_contained, take_rows
from nbmlops.package.cutting.faults import name_fault
from nbmlops.package.cutting.inputs import is_supported
from nbmlops.package.cutting.loaded import Loaded
from nbmlops.package.cutting.neighbours import choose_parts, judge_part, make_part
from nbmlops.package.cutting.planning import Item
from nbmlops.package.cutting.traces import Trace, refuse_statement
from nbmlops.package.runtime.cleaning import DroppedError
from nbmlops.package.runtime.schema import Schema
from nbmlops.values.fingerprint import portray

__all__ = ["Judge", "Whole", "order_whole", "refuse_dtypes"]

_SINGLES = 200
_EACH_DROPPED = 40
_SOME = 1500


@dataclass(eq=False)
class Whole:
    """The features of all captured rows: `kept` are the positions of those that cleaning keeps."""

    features: Any
    kept: list[int]
    by_index: bool


def order_whole(made: Any, kept: list[int], by_index: bool) -> Whole:
    """Return the features in the order of the raw rows, which a notebook may have sorted otherwise."""
    if kept != sorted(kept):
        made = take_rows(made, sorted(range(len(kept)), key=kept.__getitem__))
    return Whole(made, sorted(kept), by_index)


class Judge:
    """Compares a row function with the notebook, and names the statement at which they part."""

    def __init__(self, trace: Trace, items: list[Item], checked: Loaded, function: str = "features") -> None:
        self.trace = trace
        self.items = items
        self.checked = checked
        self.function = function

    def judge_batch(self, loaded: Loaded, seen: Any, fallback: int) -> Any:
        """Return what all captured rows become, if what the fit saw is in it, bit for bit."""
        try:
            made = loaded.call(self.function, loaded.raw.copy())
        except Exception as error:
            raise self._name_failure(error, loaded.raw, fallback, True) from error
        problem = _compare_fit(made, seen)
        if problem is not None:
            raise self._name_batch(problem, fallback)
        return made

    def judge_part(self, made: Any, part: Any, fallback: int) -> None:
        """Raise PackageError unless the rows of `part` are in what all captured rows become."""
        problem = _compare_fit(made, part)
        if problem is not None:
            raise self._name_batch(problem, fallback)

    def choose_singles(self, kept: list[int], raw: pd.DataFrame) -> list[int]:
        """Choose rows to be tried one by one: dropped ones, rows with rare values, any others."""
        dice = random.Random(0)
        dropped = sorted(set(range(len(raw))) - set(kept))
        chosen = dice.sample(dropped, min(_EACH_DROPPED, len(dropped)))
        for name in raw.columns:
            column = raw[name].reset_index(drop=True)
            if column.isna().any():
                chosen.append(int(column.index[column.isna()][0]))
            if not pd.api.types.is_numeric_dtype(column):
                chosen += [int(group[0]) for group in list(column.groupby(column).groups.values())[:20]]
        rest = dice.sample(range(len(raw)), min(_SINGLES, len(raw)))
        return list(dict.fromkeys([*chosen, *rest]))[: max(_SINGLES, len(chosen))]

    def judge_singles(
        self, loaded: Loaded, whole: Whole, positions: list[int], schema: Schema, fallback: int
    ) -> None:
        """Compare rows that are sent alone with their places among all rows."""
        alone: list[tuple[int, Any]] = []
        for position in positions:
            made = self._make_single(loaded, whole, position, schema, fallback)
            if made is not None:
                alone.append((position, made))
        places = [int(np.searchsorted(whole.kept, position)) for position, _ in alone]
        if are_same([made for _, made in alone], take_rows(whole.features, places)):
            return
        for place, (position, made) in zip(places, alone, strict=True):
            problem = first_difference(made, take_rows(whole.features, [place]))
            if problem is not None:
                number = self._part_index(loaded.single(position, schema), [position], fallback)
                raise self._refuse(number, f"for row {position} alone {problem}")

    def judge_parts(self, loaded: Loaded, whole: Whole, fallback: int) -> None:
        """Compare rows that are sent in another order, and among others, with their places among all rows."""
        for part in choose_parts(len(loaded.raw)):
            rows = loaded.raw.iloc[part].reset_index(drop=True)
            try:
                made = make_part(loaded, part)
            except Exception as error:
                raise self._name_failure(error, rows, fallback) from error
            problem = judge_part(made, part, whole.features, whole.kept, whole.by_index)
            if problem is not None:
                number = self._part_index(rows, part, fallback)
                raise self._refuse(number, f"for {len(part)} of the rows in another order {problem}")

    def _make_single(
        self, loaded: Loaded, whole: Whole, position: int, schema: Schema, fallback: int
    ) -> Any | None:
        """Return the features of one row; None where the cleaning drops it, as it does among all rows."""
        rows = loaded.single(position, schema)
        where = int(np.searchsorted(whole.kept, position))
        kept = where < len(whole.kept) and whole.kept[where] == position
        try:
            made = loaded.features(rows.copy())
        except DroppedError as dropped:
            if kept:
                source = next((i.source for i in self.items if i.drops is not None), None)
                number = fallback if source is None else source.index
                raise self._refuse(
                    number, f"it drops row {position} alone, but not among all rows"
                ) from dropped
            return None
        except Exception as error:
            raise self._name_failure(error, rows, fallback) from error
        if made.shape[0] == 0 and not kept:
            return None
        if made.shape[0] != 1 or not kept:
            number = self._part_index(rows, [position], fallback)
            raise self._refuse(number, f"row {position} is kept alone, but not among all rows")
        return made

    def _refuse(self, number: int, reason: str) -> PackageError:
        return refuse_statement(self.trace.recipe, self.trace.recipe.statements[number], reason)

    def _name_failure(
        self, error: Exception, rows: pd.DataFrame, fallback: int, as_read: bool = False
    ) -> PackageError:
        """Return the error that names the statement that cannot run on these rows."""
        many = f"{len(rows)} of the rows" if len(rows) > 1 else "one row alone"
        number = fallback
        try:
            self.checked.call(self.function, rows.copy())
        except Exception as again:  # noqa: BLE001 - the statements are a notebook's
            error = again
        reached = [n for n, _ in self.checked.reached]
        following = (reached[-1] + 1) if reached else 0
        while following < len(self.items) and self.items[following].definition:
            following += 1
        if following < len(self.items):
            number = self.items[following].source.index
        if as_read:
            return name_fault(self.trace.recipe.title(self.trace.recipe.statements[number]), error)
        return self._refuse(number, f"on {many} it fails with {type(error).__name__}: {error}")

    def _name_batch(self, problem: str, fallback: int) -> PackageError:
        """Return the error that names the first statement whose rows are not the notebook's."""
        self.checked.call(self.function, self.checked.raw.copy())
        known = {done.source.index: done for done in self.trace.statements}
        for number, names in self.checked.reached:
            item = self.items[number]
            for name, digest in known[item.source.index].digests.items():
                whole = name in names and len(names[name]) == known[item.source.index].counts.get(name)
                if whole and item.writes >= {name} and portray(names[name], {}).digest != digest:
                    return self._refuse(item.source.index, f"'{name}' does not come out as in the notebook")
        return self._refuse(fallback, problem)

    def _part_index(self, rows: pd.DataFrame, positions: list[int], fallback: int) -> int:
        """Return the first statement after which these rows differ from themselves among all rows."""
        self.checked.call(self.function, self.checked.raw.copy())
        among = list(self.checked.reached)
        self.checked.call(self.function, rows.copy())
        for (number, many), (_, alone) in zip(among, list(self.checked.reached), strict=False):
            item = self.items[number]
            for name in sorted(item.writes):
                if item.of_rows and name in many and not _same_rows(many[name], alone.get(name), positions):
                    return item.source.index
        return fallback


def _same_rows(many: Any, alone: Any, positions: list[int]) -> bool:
    """Say whether the rows of `alone` are those at `positions` of `many`, in whatever order and dtypes."""
    if not isinstance(many, pd.DataFrame | pd.Series) or type(many) is not type(alone):
        return True
    present = [number for number, position in enumerate(positions) if position in many.index]
    if not many.index.is_unique or set(alone.index) != set(present):
        return False
    there, here = many.loc[[positions[number] for number in present]], alone.loc[present]
    if isinstance(many, pd.DataFrame) and list(there.columns) != list(here.columns):
        return False
    left, right = np.asarray(there, dtype=object).ravel(), np.asarray(here, dtype=object).ravel()
    return len(left) == len(right) and all(
        a == b or (pd.isna(a) and pd.isna(b)) for a, b in zip(left, right, strict=True)
    )


def _compare_fit(made: Any, seen: Any) -> str | None:
    """Say what differs between the rows of `made` that the fit saw and what it saw."""
    if type(made) is not type(seen):
        return f"it makes a {type(made).__name__} and not a {type(seen).__name__}"
    if made.shape[1:] != seen.shape[1:]:
        return "it makes other columns than the estimator saw"
    index = getattr(seen, "index", None)
    if index is not None and index.is_unique and made.index.is_unique and index.isin(made.index).all():
        problem = first_difference(made.loc[index], seen)
        if problem is None:
            return None
    problem = first_difference(take_rows(made, []), take_rows(seen, []))
    if problem is not None:
        return f"it makes other columns or dtypes: {problem}"
    if is_contained(seen, made):
        return None
    return "the rows that the estimator saw are not among those that it makes"


def refuse_dtypes(trace: Trace, required: list[str]) -> PackageError | None:
    """Return an error if a needed raw column cannot be sent as JSON."""
    for name in required:
        dtype = str(trace.raw[name].dtype)
        if not is_supported(dtype):
            source = trace.recipe.statements[trace.raw_node.statement]
            return refuse_statement(
                trace.recipe, source, f"the column '{name}' is of {dtype}, which a caller cannot send as JSON"
            )
    return None
