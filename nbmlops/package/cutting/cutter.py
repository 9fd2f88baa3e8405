"""The cutter: traces a recipe, composes its row function, and lets it go only when it is verified."""

from __future__ import annotations

import ast
import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.core.pipeline import Piece
from nbmlops.core.value import Signature, SignatureField
from nbmlops.errors import PackageError
from nbmlops.package.cutting.bits import first_difference, take_rows
from nbmlops.package.cutting.casting import cast_result, find_casts
from nbmlops.package.cutting.composing import Composer
from nbmlops.package.cutting.finding import find_fit
from nbmlops.package.cutting.forms import find_forms
from nbmlops.package.cutting.golden import (
    answer_features,
    answer_together,
    hold_jobs,
    make_rows,
    take_tenths,
)
from nbmlops.package.cutting.inputs import describe_inputs, find_idle, make_schema
from nbmlops.package.cutting.keeping import find_kept
from nbmlops.package.cutting.loaded import Loaded, load_rows, save_learned
from nbmlops.package.cutting.neighbours import choose_parts, make_part
from nbmlops.package.cutting.ordering import may_reorder
from nbmlops.package.cutting.planning import Plan, plan_function, plan_items
from nbmlops.package.cutting.rewriting import Constant, Rewriter
from nbmlops.package.cutting.secrecy import find_few, find_told, holds_rows, refuse_rare
from nbmlops.package.cutting.statements import read_recipe
from nbmlops.package.cutting.thinning import thin_plan
from nbmlops.package.cutting.tracing import trace_recipe
from nbmlops.package.cutting.verifying import Judge, Whole, order_whole, refuse_dtypes
from nbmlops.package.rowcut import Cleaning, Golden, Learned, RowCut, Verified
from nbmlops.package.runtime.answers import list_classes, split_answers
from nbmlops.package.runtime.cleaning import DroppedError
from nbmlops.package.runtime.schema import Schema
from nbmlops.values.profile import make_fields, profile_frame

__all__ = ["Cutter"]

_PROBED = 12
_SHOWN = 200


@dataclass(eq=False)
class _Inputs:
    """The raw columns as callers see them."""

    fields: tuple[SignatureField, ...]
    idle: dict[str, Any]
    schema: Schema


class Cutter:
    """Cuts the row function of one model."""

    def __init__(
        self,
        pieces: list[Piece],
        target: str,
        parameters: dict[str, Any],
        estimator: Any,
        folder: Path,
        progress: Callable[[str], None],
    ) -> None:
        self.target = target
        self.estimator = estimator
        self.folder = folder
        self.progress = progress
        self.recipe = read_recipe(pieces)
        self.trace = trace_recipe(self.recipe, parameters, progress)
        self.raw = self.trace.raw.reset_index(drop=True)
        if not all(isinstance(name, str) for name in self.raw.columns):
            raise PackageError(
                "The table that the notebook reads has columns without names, which a caller cannot send.",
                "Give the columns names when reading it (names=[...]), and register the model again.",
            )
        self.fit = find_fit(self.trace, target)
        names = {n.id for s in self.recipe.statements for n in ast.walk(s.tree) if isinstance(n, ast.Name)}
        self.rewriter = Rewriter(self.trace, set(self.trace.namespace) | names)
        self.items = plan_items(self.trace, self.rewriter, self.fit)
        inside = self.trace.raw_node.in_function
        reader = self.rewriter.reader()
        self.composer = Composer(self.recipe, self.rewriter, self.items, target, reader, inside)
        self.plans = self._plan()
        self.tested = 0

    def _plan(self) -> dict[str, Plan]:
        source = self.recipe.statements[self.fit.statement]
        result = self.rewriter.expression(source, self.fit.features.tree)
        plans = {"features": plan_function(self.items, result, self.rewriter)}
        if self.fit.target is not None:
            result = self.rewriter.expression(source, self.fit.target.tree)
            plans["target"] = plan_function(self.items, result, self.rewriter)
        return plans

    def _load(self, plans: dict[str, Plan], checks: bool = False) -> Loaded:
        source = self.composer.compose(plans, checks)
        return load_rows(source, self._learned(), self.raw, self.folder)

    def _learned(self) -> bytes | None:
        return save_learned({constant.learned.name: constant.frozen for constant in self._constants()})

    def _constants(self) -> list[Constant]:
        """Return the constants that the functions use."""
        text = self._text()
        return [c for c in self.rewriter.constants.values() if c.is_used(text)]

    def _text(self) -> str:
        texts = [item.text for plan in self.plans.values() for item in plan.items]
        return "\n".join([*texts, *(plan.result for plan in self.plans.values())])

    def cut(self) -> RowCut:
        """Return the verified row function."""
        self.progress("running the row function on all captured rows")
        whole = self._judge_all()
        self._judge_target()
        loaded = self._load(self.plans)
        inputs = self._describe(loaded, whole)
        self.progress("running the row function on rows one by one")
        self._cast(loaded, whole, inputs.schema)
        loaded = self._load(self.plans)
        judge = self._judge("features")
        made = judge.judge_batch(loaded, self.fit.seen, self.fit.statement)
        whole = order_whole(made, find_kept(loaded.features, self.raw, made)[0], whole.by_index)
        singles = judge.choose_singles(whole.kept, self.raw)
        judge.judge_singles(loaded, whole, singles, inputs.schema, self.fit.statement)
        judge.judge_parts(loaded, whole, self.fit.statement)
        self._judge_sent(loaded, whole, inputs)
        refuse_rare(
            self.trace.texts, self._constants() + self._literals(), getattr(whole.features, "columns", ())
        )
        self._judge_model(loaded)
        self.progress("making up golden rows")
        return self._record(loaded, whole, inputs, len(singles))

    def _judge(self, function: str) -> Judge:
        checked = self._load(self.plans, checks=True)
        return Judge(self.trace, self.plans[function].items, checked, function)

    def _judge_all(self) -> Whole:
        judge = self._judge("features")
        loaded = self._load(self.plans)
        made = judge.judge_batch(loaded, self.fit.seen, self.fit.statement)
        self.plans["features"] = thin_plan(
            self.plans["features"], self._labels(), lambda plan: self._is_same(plan, "features", made), True
        )
        self.tested = self._judge_parts(judge, made)
        kept, by_index = find_kept(loaded.features, self.raw, made)
        return order_whole(made, kept, by_index)

    def _judge_parts(self, judge: Judge, made: Any) -> int:
        """Compare the other parts of the split that the fitted part came from; return their rows."""
        tree = self.fit.features.tree
        touching = [
            done.source.index
            for done in self.trace.statements
            if isinstance(tree, ast.Name)
            and tree.id in done.bound | done.changed
            and done.source.index < self.fit.statement
        ]
        if not touching or touching[-1] not in self.trace.splits:
            return 0
        seen = self.fit.seen
        parts = [
            part
            for part in self.trace.splits[touching[-1]]
            if type(part) is type(seen) and first_difference(take_rows(part, []), take_rows(seen, [])) is None
        ]
        for part in parts:
            judge.judge_part(made, part, self.fit.statement)
        return int(sum(part.shape[0] for part in parts) - seen.shape[0])

    def _judge_target(self) -> None:
        if "target" not in self.plans:
            return
        made = self._judge("target").judge_batch(self._load(self.plans), self.fit.labels, self.fit.statement)
        self.plans["target"] = thin_plan(
            self.plans["target"], self._labels(), lambda plan: self._is_same(plan, "target", made), False
        )

    def _labels(self) -> set[str]:
        name = getattr(self.fit.labels, "name", None)
        return {name} if isinstance(name, str) and name in self.raw.columns else set()

    def _is_same(self, plan: Plan, function: str, made: Any) -> bool:
        """Say whether a thinner function makes the same of all captured rows."""
        try:
            again = self._load({function: plan}).call(function, self.raw.copy())
        except Exception:  # noqa: BLE001 - without one of its statements a notebook's code may raise anything
            return False
        same_index = not hasattr(made, "index") or made.index.equals(again.index)
        return bool(same_index) and first_difference(again, made) is None

    def _describe(self, loaded: Loaded, whole: Whole) -> _Inputs:
        idle = find_idle(loaded, whole.features)
        problem = refuse_dtypes(self.trace, [name for name in self.raw.columns if name not in idle])
        if problem is not None:
            raise problem
        columns = tuple(map(str, getattr(whole.features, "columns", ())))
        fields = describe_inputs(make_fields(self.raw), profile_frame(self.raw), idle, columns)
        return _Inputs(fields, idle, make_schema(fields, idle))

    def _cast(self, loaded: Loaded, whole: Whole, schema: Schema) -> None:
        """Add a cast to the features where one row alone comes out with other dtypes."""
        found: dict[str, None] = {}
        step = max(1, len(whole.kept) // _PROBED)
        for position in whole.kept[::step]:
            try:
                alone = loaded.features(loaded.single(position, schema))
            except Exception as error:  # noqa: BLE001 - it is met again below
                self.progress(f"row {position} alone: {type(error).__name__}")
                continue
            found |= dict.fromkeys(find_casts(whole.features, alone) or [])
        for part in choose_parts(len(self.raw))[1:]:
            found |= dict.fromkeys(self._find_part_casts(loaded, whole, part))
        if found:
            plan = self.plans["features"]
            result = cast_result(plan.result, list(found), whole.features, self.rewriter)
            self.plans["features"] = Plan(plan.items, result)

    def _find_part_casts(self, loaded: Loaded, whole: Whole, part: list[int]) -> list[str]:
        try:
            made = make_part(loaded, part)
        except Exception:  # noqa: BLE001 - it is met again below
            return []
        return [] if made is None else find_casts(whole.features, made) or []

    def _judge_sent(self, loaded: Loaded, whole: Whole, inputs: _Inputs) -> None:
        """Check that nothing depends on whether a column that is not needed is sent."""
        rows = [loaded.sent(position) for position in whole.kept[:_PROBED]]
        bare = [{k: v for k, v in row.items() if k not in inputs.idle} for row in rows]
        made = loaded.features(inputs.schema.build_rows(bare))
        if whole.by_index:
            made = made.sort_index()
        problem = first_difference(made, take_rows(whole.features, list(range(len(rows)))))
        if problem is not None:
            source = self.recipe.statements[self.fit.statement]
            raise PackageError(
                f"Without the columns that it does not need, the row function answers otherwise: {problem} "
                f"('{self.recipe.title(source)}').",
                "Select the columns of the features by name, and register the model again.",
            )

    def _judge_model(self, loaded: Loaded) -> None:
        """Check that the saved estimator answers as the one that the recipe made just now."""
        model = self.trace.namespace[self.target]
        for method in ("predict", "predict_proba"):
            if not hasattr(self.estimator, method):
                continue
            saved, again = (
                getattr(self.estimator, method)(self.fit.seen),
                getattr(model, method)(self.fit.seen),
            )
            if first_difference(np.asarray(saved), np.asarray(again)) is not None:
                raise PackageError(
                    f"The saved '{self.target}' and the one that its recipe makes differ in '{method}'.",
                    f"Prove the export of '{self.target}' again, and register it when it is identical.",
                )

    def _record(self, loaded: Loaded, whole: Whole, inputs: _Inputs, singles: int) -> RowCut:
        learned, used = self._learned(), self._constants() + self._literals()
        profile = profile_frame(self.raw)
        features, fitted = whole.features, int(self.fit.seen.shape[0])
        columns = tuple(map(str, features.columns)) if hasattr(features, "columns") else ()
        dtypes = tuple(map(str, features.dtypes)) if hasattr(features, "columns") else (str(features.dtype),)
        with hold_jobs(self.estimator):
            rows = make_rows(inputs.fields, profile, forms=find_forms(self.raw))
            made = [self._answer(loaded, inputs.schema, row) for row in rows]
            cases = [case for case in made if case is not None]
            source = Path(str(loaded.module.__file__)).read_text(encoding="utf-8")
            alone = may_reorder(source)
            together = None if alone else (loaded.features, whole.by_index)
            golden = answer_together(cases, inputs.schema, self.estimator, together)
        return RowCut(
            source=source,
            has_target="target" in self.plans,
            has_reader=self.composer.reader is not None,
            parameter=self.trace.parameter,
            columns=columns,
            dtypes=dtypes,
            signature=Signature(inputs.fields, self._outputs()),
            raw_dtypes={str(name): str(dtype) for name, dtype in self.raw.dtypes.items()},
            placeholders=inputs.idle,
            label=next(iter(self._labels()), None),
            cleaning=self._cleaning(),
            learned=self._used(),
            learned_content=None if learned is None else base64.b64encode(learned).decode(),
            verified=Verified(len(self.raw), singles, len(self.raw) - len(whole.kept), fitted, self.tested),
            reference=profile,
            golden=golden,
            by_index=whole.by_index,
            has_probabilities=list_classes(self.estimator) is not None,
            answers=take_tenths(self.estimator, self.fit.seen),
            alone=alone,
            keeps_rows=holds_rows(self.estimator, used, max((1, *self.fit.seen.shape[1:]))),
            few=find_few(self.trace.texts.keys, used),
            tells=find_told(self.trace.texts, self.estimator, columns, used),
            estimator_type=f"{type(self.estimator).__module__}.{type(self.estimator).__qualname__}",
        )

    def _used(self) -> tuple[Learned, ...]:
        """Return what was learned, as far as the functions use it."""
        return tuple(constant.learned for constant in [*self._constants(), *self._literals()])

    def _literals(self) -> list[Constant]:
        """Return the learned values that stand in the text of the functions."""
        text = self._text()
        return [one for one in self.rewriter.literals if f"learned: {one.learned.expression}" in text]

    def _cleaning(self) -> tuple[Cleaning, ...]:
        return tuple(
            Cleaning(self.recipe.title(item.source), item.drops[1])
            for item in self.plans["features"].items
            if item.drops is not None
        )

    def _outputs(self) -> tuple[SignatureField, ...]:
        seen = self.fit.seen
        predicted = pd.DataFrame(
            split_answers(self.estimator.predict(take_rows(seen, list(range(min(_SHOWN, seen.shape[0]))))))
        )
        names = list(getattr(self.fit.labels, "columns", range(1, predicted.shape[1] + 1)))
        several = len(names) == predicted.shape[1] > 1
        titles = [f"prediction_{n}" for n in names] if several else ["prediction"]
        answers = predicted.set_axis(titles, axis=1)
        fields: tuple[SignatureField, ...] = make_fields(answers)
        return fields

    def _answer(self, loaded: Loaded, schema: Schema, row: dict[str, Any]) -> Golden | None:
        """Return a made-up row with the answer that the row function and the saved estimator give."""
        try:
            (answer,) = answer_features(self.estimator, loaded.features(schema.build_rows([row])))
        except DroppedError as dropped:
            return Golden(row, dropped=dropped.statement)
        except Exception as error:  # noqa: BLE001 - neither statements nor model need have an answer to what is made up
            self.progress(f"a made-up row has no answer ({type(error).__name__})")
            return None
        return Golden(row, *answer)
