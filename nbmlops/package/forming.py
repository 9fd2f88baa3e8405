"""Forming: a fitted model in the format in which it is to travel, made and compared in a child process."""

from __future__ import annotations

import base64
import importlib.util
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbmlops.core.encoding import decode, encode
from nbmlops.core.pipeline import Piece
from nbmlops.core.progress import Progress, silent
from nbmlops.errors import PackageError, UsageError
from nbmlops.package.cut import ask_child
from nbmlops.package.rowcut import FORMATS, Close, Form, Formed, RowCut

__all__ = ["Source", "form_model", "keep_pickle", "require_form"]

_NEEDED = {"onnx": ("skl2onnx", "onnxruntime")}


@dataclass(frozen=True, slots=True)
class Source:
    """Where captured rows come from: the recipe of a model, its parameters, and where it runs.

    `module` is the name of the package's own module, under which its pickle finds the notebook's classes.
    """

    pieces: tuple[Piece, ...]
    parameters: Mapping[str, Any]
    directory: Path
    module: str = "model"


def require_form(form: Form) -> None:
    """Raise unless a format can be asked for like that, and what it needs is installed."""
    _require_words(form)
    missing = [name for name in _NEEDED.get(form.format, ()) if importlib.util.find_spec(name) is None]
    if missing:
        raise PackageError(
            f"A package in the format '{form.format}' is made with {' and '.join(missing)}, which this "
            "environment does not have.",
            f"Type `pip install 'nbmlops[{form.format}]'`, and repeat the command.",
        )


def _require_words(form: Form) -> None:
    if form.format not in FORMATS:
        raise UsageError(
            f"There is no format '{form.format}'.",
            "Type `--format skops`, `pickle` or `onnx`, or leave it out.",
        )
    if form.format != "onnx":
        if form.tolerance is not None or form.flips:
            raise UsageError(
                f"In the format '{form.format}' every answer is the notebook's, bit for bit: nothing is "
                "to be tolerated.",
                "Leave out `--tolerance` and `--allow-flips`, or type `--format onnx`.",
            )
        return
    if form.tolerance is None or not math.isfinite(form.tolerance) or form.tolerance <= 0:
        given = "no `--tolerance`" if form.tolerance is None else f"`--tolerance {form.tolerance:g}`"
        raise UsageError(
            "ONNX does not answer bit for bit, so how far its numbers may be off is yours to say: there is "
            f"{given}.",
            "Type for instance `--format onnx --tolerance 1e-5`; for every bit, `--format skops`.",
        )
    if form.flips < 0:
        raise UsageError(
            f"`--allow-flips {form.flips}` is no number of labels.", "Type 0 or more; 0 is usual."
        )


def keep_pickle(cut: RowCut, estimator: tuple[str, bytes]) -> Formed:
    """Return a model as it was saved: a pickle, as are its large learned values."""
    learned = None if cut.learned_content is None else base64.b64decode(cut.learned_content)
    return Formed(estimator[0], estimator[1], learned)


def form_model(
    cut: RowCut, estimator: tuple[str, bytes], form: Form, source: Source, progress: Progress = silent
) -> Formed:
    """Return a model in the format that was asked for.

    A skops file is read again and must be the same object, bit for bit. A pickle names the notebook's own
    classes, which stand beside it as source, where that makes the same object of it. What nobody chose a
    format for is a pickle where a skops file fails, and says why. A model in ONNX answers all captured rows
    beside the estimator; the rows stay in the memory of the child process.

    Raises
    ------
    PackageError
        Where the model holds a type that skops may not load, ONNX has no form for it, or its answers
        are further off than was allowed.
    """
    if form.format == "pickle":
        return _form_pickle(cut, estimator, source, progress)
    if form.format == "auto":
        try:
            return form_model(cut, estimator, replace(form, format="skops"), source, progress)
        except PackageError as error:
            return replace(_form_pickle(cut, estimator, source, progress), because=error.what)
    answer = _ask(cut, estimator, form, source, progress)
    learned = answer["learned"]
    return Formed(
        form.format,
        base64.b64decode(answer["content"]),
        None if learned is None else json.dumps(learned).encode(),
        answer.get("graph"),
        decode(Close, answer["close"]) if "close" in answer else None,
    )


def _form_pickle(cut: RowCut, estimator: tuple[str, bytes], source: Source, progress: Progress) -> Formed:
    kept = keep_pickle(cut, estimator)
    if kept.format != "cloudpickle":
        return kept
    answer = _ask(cut, estimator, Form("pickle"), source, progress)
    if answer["classes"] is None:
        return kept
    return replace(
        kept, format="pickle", content=base64.b64decode(answer["content"]), classes=answer["classes"]
    )


def _ask(
    cut: RowCut, estimator: tuple[str, bytes], form: Form, source: Source, progress: Progress
) -> dict[str, Any]:
    request = {
        "verb": "form",
        "form": encode(form),
        "cut": encode(cut),
        "codec": estimator[0],
        "pieces": encode(source.pieces),
        "parameters": dict(source.parameters),
        "module": source.module,
    }
    return ask_child(request, {"estimator.bin": estimator[1]}, source.directory, progress)
