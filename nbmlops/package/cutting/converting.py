"""Converting: an estimator becomes a graph in ONNX, and answers every captured row beside the notebook's."""

from __future__ import annotations

import base64
import importlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.core.encoding import decode
from nbmlops.core.pipeline import Piece
from nbmlops.errors import PackageError
from nbmlops.package.cutting.golden import answer_features, hold_jobs
from nbmlops.package.cutting.inputs import make_schema
from nbmlops.package.cutting.loaded import Loaded, load_rows
from nbmlops.package.cutting.statements import read_recipe
from nbmlops.package.cutting.tracing import trace_recipe
from nbmlops.package.rowcut import Close, Form, Golden, RowCut
from nbmlops.package.runtime.answers import list_classes
from nbmlops.package.runtime.cleaning import DroppedError
from nbmlops.package.runtime.closeness import Gap, measure_gap
from nbmlops.package.runtime.graph import load_graph

__all__ = ["Asked", "convert_model", "convert_table"]

_TREES = ("sklearn.tree.", "sklearn.ensemble._forest", "sklearn.ensemble._gb", "sklearn.ensemble._iforest")

_Answer = tuple[Any, Any]
_Converted = tuple[bytes, dict[str, Any], Gap, Gap]
_THEN = "Package it with `--format skops` or `--format pickle`, which answer bit for bit."


@dataclass(frozen=True, slots=True)
class Asked:
    """What both are asked: captured features, and those of made-up rows one by one with wanted answers."""

    table: Any
    rows: tuple[Any, ...]
    golden: tuple[Golden, ...]


def convert_model(
    request: dict[str, Any],
    cut: RowCut,
    form: Form,
    estimator: Any,
    folder: Path,
    progress: Callable[[str], None],
) -> tuple[bytes, dict[str, Any], Close]:
    """Return a graph, what it is sent, and how close it comes to the estimator on all captured rows."""
    pieces = [decode(Piece, piece) for piece in request["pieces"]]
    raw = trace_recipe(read_recipe(pieces), request["parameters"], progress).raw.reset_index(drop=True)
    learned = None if cut.learned_content is None else base64.b64decode(cut.learned_content)
    loaded = load_rows(cut.source, learned, raw, folder)
    progress("answering all captured rows with the graph")
    asked = Asked(loaded.features(raw.copy()), *_make_golden(cut, loaded))
    with hold_jobs(estimator):
        return convert_table(estimator, asked, form)


def _make_golden(cut: RowCut, loaded: Loaded) -> tuple[tuple[Any, ...], tuple[Golden, ...]]:
    schema = make_schema(cut.signature.inputs, cut.placeholders)
    made, kept = [], []
    for case in cut.golden:
        if case.dropped is None:
            try:
                made.append(loaded.features(schema.build_rows([case.row])))
            except DroppedError as dropped:
                raise AssertionError(f"a golden row is dropped now: {dropped}") from dropped
            kept.append(case)
    return tuple(made), tuple(kept)


def convert_table(estimator: Any, asked: Asked, form: Form) -> tuple[bytes, dict[str, Any], Close]:
    """Return the first graph that is as close as `form` says; PackageError with the figures else."""
    wanted = answer_features(estimator, asked.table)
    labels = _gives_labels(estimator, asked.table)
    found: list[_Converted] = []
    reasons: list[str] = []
    for graph in _list_graphs(estimator, asked.table, wanted):
        try:
            content = _convert(estimator, graph)
            gaps = _measure(content, graph, asked, wanted, labels)
        except Exception as error:  # noqa: BLE001 - what a converter cannot do shows in any way: the next is tried
            reasons.append(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
            continue
        found.append((content, graph, *gaps))
        if _is_close(gaps, form):
            break
    if not found:
        raise PackageError(
            f"The model, a '{type(estimator).__name__}', cannot be made a graph in ONNX: "
            f"{reasons[0] if reasons else 'its features are no table of numbers or texts'}.",
            _THEN,
        )
    content, graph, captured, made = min(
        found, key=lambda item: (not _is_close(item[2:], form), *_rank(item))
    )
    close = _describe(form, captured, made, labels)
    if not _is_close((captured, made), form):
        raise _refuse(estimator, form, close)
    return content, graph, close


def _rank(item: _Converted) -> tuple[int, float]:
    return item[2].flips + item[3].flips, max(item[2].difference, item[3].difference)


def _is_close(gaps: tuple[Gap, ...], form: Form) -> bool:
    worst = max(gap.difference for gap in gaps)
    return worst <= (form.tolerance or 0.0) and sum(gap.flips for gap in gaps) <= form.flips


def _describe(form: Form, captured: Gap, made: Gap, labels: bool) -> Close:
    return Close(
        tolerance=form.tolerance or 0.0,
        difference=max(captured.difference, made.difference),
        labels=labels,
        differing=captured.flips + made.flips,
        made_differing=made.flips,
        rows=captured.count,
        made=made.count,
    )


def _refuse(estimator: Any, form: Form, close: Close) -> PackageError:
    count = close.rows + close.made
    figures = f"its numbers are {close.most} off at most, where {close.tolerance:g} was allowed"
    if close.labels:
        figures += f", and {close.differing} of {count} labels differ, where {form.flips} were allowed"
    far = close.tolerance < close.difference < math.inf
    more = [f"`--tolerance {close.most}`"] if far else []
    more += [f"`--allow-flips {close.differing}`"] if close.differing > form.flips else []
    advice = f"If that is close enough, say so with {' and '.join(more)}. " if more else ""
    return PackageError(
        f"The model, a '{type(estimator).__name__}', does not answer in ONNX as in the notebook: {figures} "
        f"({close.rows} captured and {close.made} made-up rows were compared).",
        advice + _THEN,
    )


def _gives_labels(estimator: Any, table: Any) -> bool:
    """Say whether predictions are labels, which differ or not, and no numbers, which may be near."""
    if getattr(estimator, "classes_", None) is not None:
        return True
    return np.asarray(estimator.predict(table[:1])).dtype.kind not in "fc"


def _list_graphs(estimator: Any, table: Any, wanted: list[_Answer]) -> Iterator[dict[str, Any]]:
    """Yield what a graph may be sent, the exacter first."""
    classes = getattr(estimator, "classes_", None)
    form = {
        "classes": None if classes is None else np.asarray(classes).tolist(),
        "shares": list_classes(estimator) is not None,
        "single": not isinstance(wanted[0][0], list),
    }
    if not isinstance(table, pd.DataFrame) or all(dtype.kind in "fiub" for dtype in table.dtypes):
        if getattr(table, "ndim", 0) == 1:
            yield form | {"kind": "texts", "columns": []}
            return
        for kind in ("rounded" if _is_tree(estimator) else "double", "float"):
            yield form | {"kind": "array", "columns": [["", kind]] * table.shape[1]}
    if isinstance(table, pd.DataFrame):
        for kind in ("double", "float"):
            for whole in (kind, "int64"):
                columns = [[str(name), _name_kind(table[name], kind, whole)] for name in table.columns]
                yield form | {"kind": "columns", "columns": columns}


def _is_tree(estimator: Any) -> bool:
    """Say whether an estimator is trees, which round what they are sent to 32 bits."""
    return type(estimator).__module__.startswith(_TREES)


def _name_kind(cells: Any, kind: str, whole: str) -> str:
    if cells.dtype.kind == "f":
        return kind
    return whole if cells.dtype.kind in "iub" else "string"


def _convert(estimator: Any, graph: dict[str, Any]) -> bytes:
    kinds = importlib.import_module("skl2onnx.common.data_types")
    types = {
        "double": kinds.DoubleTensorType,
        "rounded": kinds.DoubleTensorType,
        "float": kinds.FloatTensorType,
        "int64": kinds.Int64TensorType,
        "string": kinds.StringTensorType,
    }
    columns = graph["columns"]
    if graph["kind"] == "texts":
        inputs = [("texts", kinds.StringTensorType([None, 1]))]
    elif graph["kind"] == "array":
        inputs = [("rows", types[columns[0][1]]([None, len(columns)]))]
    else:
        inputs = [(name, types[kind]([None, 1])) for name, kind in columns]
    options = {id(estimator): {"zipmap": False}} if graph["shares"] else None
    made = importlib.import_module("skl2onnx").to_onnx(estimator, initial_types=inputs, options=options)
    content: bytes = made.SerializeToString()
    return content


def _measure(
    content: bytes, graph: dict[str, Any], asked: Asked, wanted: list[_Answer], labels: bool
) -> tuple[Gap, Gap]:
    """Return how far a graph is from the notebook: captured rows at once, and made-up ones alone."""
    model = load_graph(content, graph)
    captured = measure_gap(list(zip(answer_features(model, asked.table), wanted, strict=True)), labels)
    pairs = [
        (answer_features(model, row)[0], (case.prediction, case.probabilities))
        for row, case in zip(asked.rows, asked.golden, strict=True)
    ]
    return captured, measure_gap(pairs, labels)
