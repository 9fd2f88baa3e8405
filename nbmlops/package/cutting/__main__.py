"""The child process that cuts or scores: reads a request, writes an answer, says what it does."""

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
        answer = _cut(request, folder) if request["verb"] == "cut" else _score(request, folder)
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

    pieces = [decode(Piece, piece) for piece in request["pieces"]]
    cutter = Cutter(
        pieces,
        request["target"],
        request["parameters"],
        load_value(request["codec"], (folder / "estimator.bin").read_bytes()),
        folder,
        _say(sys.stdout),
    )
    return {"cut": encode(cutter.cut())}


def _score(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    from nbmlops.package.cutting.scoring import score_frame

    return {"scored": encode(score_frame(request, folder))}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
