"""Shaping: a fitted estimator as a skops file or an ONNX graph, with its learned values as plain JSON."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbmlops.core.encoding import decode, encode
from nbmlops.core.pipeline import Piece
from nbmlops.errors import PackageError
from nbmlops.package.cutting.converting import convert_model
from nbmlops.package.cutting.importing import import_own
from nbmlops.package.cutting.plainly import write_plain
from nbmlops.package.rowcut import CLASSES, Form, RowCut
from nbmlops.package.runtime.manifest import DamagedError
from nbmlops.package.runtime.plain import read_plain
from nbmlops.package.runtime.trusted import import_skops, load_trusted, name_untrusted
from nbmlops.values.codec import load_value
from nbmlops.values.structure import structural_digest

__all__ = ["shape_model", "write_learned", "write_skops"]


def shape_model(
    request: dict[str, Any], estimator: Any, folder: Path, progress: Callable[[str], None]
) -> dict[str, Any]:
    """Answer a request to form a model: its content, its learned values and, for ONNX, how close it came.

    A pickle is answered with the notebook's own classes as source, or with none.
    """
    cut, form = decode(RowCut, request["cut"]), decode(Form, request["form"])
    if form.format == "pickle":
        progress("writing the notebook's own classes as a module")
        pieces = [decode(Piece, piece) for piece in request["pieces"]]
        found = import_own(estimator, pieces, f"{request['module']}.{CLASSES}")
        return {"content": _spell(found.content), "classes": found.source} if found else {"classes": None}
    learned = write_learned(cut)
    if form.format == "skops":
        progress("writing the model as a skops file, and reading it again")
        return {"content": _spell(write_skops(estimator)), "learned": learned}
    progress("converting the model to ONNX")
    content, graph, close = convert_model(request, cut, form, estimator, folder, progress)
    return {"content": _spell(content), "learned": learned, "graph": graph, "close": encode(close)}


def _spell(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def write_skops(estimator: Any) -> bytes:
    """Return an estimator as a skops file whose types are all on the list, and which is it again when read.

    Raises PackageError with the types named, or where what is read differs from what was written.
    """
    kind = f"{type(estimator).__module__}.{type(estimator).__qualname__}"
    then = "Package it with `--format pickle`, or build the model of scikit-learn's own types."
    try:
        content: bytes = import_skops().dumps(estimator)
        strange = name_untrusted(content)
    except Exception as error:
        raise PackageError(
            f"The model, a '{kind}', has no form as a skops file: {type(error).__name__}: {error}.",
            then,
        ) from error
    if strange:
        raise PackageError(
            f"The model holds types that are not on the list of what a package may load from a skops file: "
            f"{', '.join(strange)}.",
            then,
        )
    try:
        again = load_trusted(content, "model.skops")
    except DamagedError as error:
        raise PackageError(
            f"What skops wrote of the model, a '{kind}', cannot be loaded: {error}", then
        ) from error
    if structural_digest(again) != structural_digest(estimator):
        raise PackageError(
            f"What skops reads of the model, a '{kind}', is not what it wrote: it differs in some bit.", then
        )
    return content


def write_learned(cut: RowCut) -> Any:
    """Return the large learned values of a row function as JSON that stands for the same, bit for bit."""
    if cut.learned_content is None:
        return None
    values = load_value("pickle", base64.b64decode(cut.learned_content))
    node = write_plain(values)
    again = read_plain(node)
    for name, value in values.items():
        if structural_digest(again[name]) != structural_digest(value):
            shown = next((item.expression for item in cut.learned if item.name == name), name)
            raise PackageError(
                f"What the row function has learned by `{shown}` cannot be written without a pickle: what is "
                "read again differs from it.",
                "Package it with `--format pickle`.",
            )
    return node
