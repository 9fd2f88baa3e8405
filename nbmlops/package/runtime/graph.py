"""The graph: a model in ONNX that answers like an estimator, close to its numbers and not bit for bit."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

__all__ = ["Graph", "SharedGraph", "load_graph"]

_NUMBERS = {"double": np.float64, "float": np.float32, "rounded": np.float32, "int64": np.int64}


class Graph:
    """A session of onnxruntime on one thread; `form` says what it is sent and what comes out.

    `form`: ``kind`` ("array": one array; "columns": an array for each column; "texts": one of texts),
    ``columns`` as pairs of a name and a type, ``classes`` or null, and ``single``: one number a row.
    """

    def __init__(self, session: Any, form: dict[str, Any]) -> None:
        self.session = session
        self.form = form
        self.names = [each.name for each in session.get_inputs()]
        self.outputs = [each.name for each in session.get_outputs()]
        self.known = None if form["classes"] is None else {each: each for each in form["classes"]}

    def predict(self, features: Any) -> Any:
        """Return a label or a number for each row; ValueError where the graph cannot be sent one."""
        (found,) = self.session.run(self.outputs[:1], self._feed(features))
        found = np.asarray(found)
        if self.known is not None:
            made = np.empty(len(found), dtype=object)
            made[:] = [self.known[each] for each in found.reshape(len(found)).tolist()]
            return made
        found = found.astype(np.float64) if found.dtype.kind == "f" else found
        return found.reshape(len(found)) if self.form["single"] else found

    def _feed(self, features: Any) -> dict[str, Any]:
        if self.form["kind"] == "texts":
            return {self.names[0]: _read_texts(features)}
        if self.form["kind"] == "array":
            kind = self.form["columns"][0][1]
            return {self.names[0]: np.ascontiguousarray(_cast(np.asarray(features), kind))}
        kinds = dict(self.form["columns"])
        return {name: _read_column(features[name], kinds[name]) for name in self.names}


class SharedGraph(Graph):
    """A graph that also gives the share of each class."""

    def __init__(self, session: Any, form: dict[str, Any]) -> None:
        super().__init__(session, form)
        self.classes_ = form["classes"]

    def predict_proba(self, features: Any) -> Any:
        """Return the share of each class, a row for each row."""
        (found,) = self.session.run(self.outputs[1:2], self._feed(features))
        return np.asarray(found, dtype=np.float64)


def _read_column(cells: Any, kind: str) -> Any:
    if kind == "string":
        return _read_texts(cells)
    return _cast(np.asarray(cells), kind).reshape(-1, 1)


def _cast(numbers: Any, kind: str) -> Any:
    """Return numbers in the type of the graph; ValueError where one would become another."""
    wanted = _NUMBERS[kind]
    if wanted is np.int64 and numbers.dtype.kind not in "biu":
        raise ValueError("a whole number is missing, and ONNX has none that is")
    if wanted is np.int64:
        return numbers.astype(wanted)
    exact = numbers.astype(np.float64)
    with np.errstate(over="ignore"):
        made = exact.astype(wanted)
    if bool(np.any(np.isinf(made) & ~np.isinf(exact))):
        raise ValueError("a number is too large for the graph")
    # Trees of scikit-learn round what they are sent, and then compare it with thresholds of 64 bits.
    return made.astype(np.float64) if kind == "rounded" else made


def _read_texts(cells: Any) -> Any:
    texts = np.asarray(cells, dtype=object)
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a text is missing, and ONNX has none that is")
    return texts.reshape(-1, 1)


def load_graph(content: bytes, form: dict[str, Any]) -> Graph:
    """Start a session for a model in ONNX."""
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return SharedGraph(session, form) if form["shares"] else Graph(session, form)
