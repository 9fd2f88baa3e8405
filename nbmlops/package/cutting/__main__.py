"""The child process that cuts, scores or forms: reads a request, writes an answer, says what it does."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

from nbmlops.core.encoding import decode, encode
from nbmlops.core.pipeline import Piece
from nbmlops.errors import NbmlopsError
from nbmlops.values.codec import load_value

__all__ = ["main"]


def main(folder: Path) -> None:
    """Answer the request in `folder`."""
    warnings.simplefilter("ignore")
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    try:
        answer = {"cut": _cut, "score": _score, "form": _form}[request["verb"]](request, folder)
    except NbmlopsError as error:
        answer = {"error": {"what": error.what, "then": error.then}}
    text = json.dumps(answer, ensure_ascii=False)
    (folder / "answer.json").write_text(text, encoding="utf-8")


def _say(stream: Any) -> Any:
    def say(message: str) -> None:
        stream.write(message + "\n")
        stream.flush()

    return say


def _cut(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    from nbmlops.package.cutting.cutter import Cutter
    from nbmlops.package.cutting.faults import name_crash

    pieces = [decode(Piece, piece) for piece in request["pieces"]]
    target, parameters = request["target"], request["parameters"]
    estimator = load_value(request["codec"], (folder / "estimator.bin").read_bytes())
    try:
        cut = Cutter(pieces, target, parameters, estimator, folder, _say(sys.stdout)).cut()
    except NbmlopsError:
        raise
    except Exception as error:
        raise name_crash(target, error, folder) from error
    return {"cut": encode(cut)}


def _score(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    from nbmlops.package.cutting.scoring import score_frame

    return {"scored": encode(score_frame(request, folder))}


def _form(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    from nbmlops.package.cutting.shaping import shape_model

    estimator = load_value(request["codec"], (folder / "estimator.bin").read_bytes())
    return shape_model(request, estimator, folder, _say(sys.stdout))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
