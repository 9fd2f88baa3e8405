"""The batch: a file's or a query's rows answered in pieces, resumable, with rejects and reasons beside it."""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from .formats import convert_answers, read_pieces
from .model import Model
from .pieces import Answered, answer_piece
from .reply import spell_json

__all__ = ["Batch", "score_rows"]

_PIECE = 1000
_PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class Batch:
    """What is scored: a file, or a query of a `database`; `alone` answers each row for itself.

    `cluster` is the address of a Dask cluster whose workers answer.
    """

    source: str
    wanted: Path
    database: str | None = None
    alone: bool = False
    cluster: str | None = None


@dataclass(slots=True)
class _State:
    """How far it is: rows read, their digest, rows rejected, and how long both files were then."""

    identity: str
    rows: int = 0
    rejected: int = 0
    answers: int = 0
    rejects: int = 0
    seen: str = ""


@dataclass(frozen=True, slots=True)
class _Rest:
    """The pieces that are not answered yet, and the running digest of the rows before them."""

    pieces: Iterator[list[Any]]
    seen: Any


def score_rows(batch: Batch, folder: Path | None = None) -> tuple[int, int]:
    """Answer all rows and return how many were read and how many rejected.

    What is done is kept after each piece in ``OUT.part``, and a second call goes on from there where
    source and model are the same and the rows come in the same order; rejects go to ``OUT.rejects.jsonl``.
    """
    if batch.database is None and batch.wanted.exists() and batch.wanted.samefile(batch.source):
        raise ValueError(
            f"The answers would take the place of the rows in '{batch.source}': name another file."
        )
    model = Model(folder)
    part = batch.wanted.with_name(batch.wanted.name + ".part")
    rejects = batch.wanted.with_name(batch.wanted.name + ".rejects.jsonl")
    noted = part.with_name(part.name + ".json")
    state = _read_state(noted, _identify(batch, model), part, rejects)
    rest = _find_rest(batch, model, state)
    if rest is None:
        print("the rows that were done come otherwise now: all are answered anew", file=sys.stderr)  # noqa: T201
        state = _State(state.identity)
        rest = _Rest(read_pieces(batch.source, batch.database, model.schema, _PIECE), hashlib.sha256())
    # Before the first is answered no file is touched: what fails by then leaves all as it was.
    pieces = _answer_pieces(batch, model, rest.pieces)
    pieces = itertools.chain(list(itertools.islice(pieces, 1)), pieces)
    with _open_at(part, state.answers) as answered, _open_at(rejects, state.rejects) as rejected:
        _score_pieces(pieces, rest.seen, state, noted, (answered, rejected))
    if not state.rejected:
        rejects.unlink()
    convert_answers(part, batch.wanted, model.classes)
    noted.unlink(missing_ok=True)
    return state.rows, state.rejected


def _score_pieces(
    pieces: Iterator[tuple[list[Any], Answered]],
    seen: Any,
    state: _State,
    noted: Path,
    files: tuple[BinaryIO, BinaryIO],
) -> None:
    answered, rejected = files
    told = time.monotonic()
    for rows, (answers, problems) in pieces:
        for number, row in enumerate(rows):
            place = state.rows + number
            answered.write(_line({"row": place, **answers.get(number, {"prediction": None})}))
            if number in problems:
                found = [{"field": problem.field, "problem": problem.problem} for problem in problems[number]]
                rejected.write(_line({"row": place, "problems": found, "values": row}))
        state.rejected += len(problems)
        state.rows += len(rows)
        seen.update(_spell(rows))
        state.seen = seen.hexdigest()
        answered.flush()
        rejected.flush()
        state.answers, state.rejects = answered.tell(), rejected.tell()
        _write_state(noted, state)
        if time.monotonic() - told > _PAUSE:
            told = time.monotonic()
            print(f"{state.rows} rows, {state.rejected} of them rejected", file=sys.stderr, flush=True)  # noqa: T201


def _answer_pieces(
    batch: Batch, model: Model, pieces: Iterator[list[Any]]
) -> Iterator[tuple[list[Any], Answered]]:
    if batch.cluster is None:
        return ((rows, answer_piece(model, rows, batch.alone)) for rows in pieces)
    from .cluster import answer_far

    return answer_far(batch.cluster, pieces, batch.alone, model.manifest["files"])


def _find_rest(batch: Batch, model: Model, state: _State) -> _Rest | None:
    """Return what is not done yet; None where the rows that were done do not come in that order again."""
    pieces = read_pieces(batch.source, batch.database, model.schema, _PIECE)
    seen, left = hashlib.sha256(), state.rows
    while left > 0 and (piece := next(pieces, None)) is not None:
        left -= len(piece)
        seen.update(_spell(piece))
    same = not state.rows or (left == 0 and state.seen == seen.hexdigest())
    return _Rest(pieces, seen) if same else None


def _spell(rows: list[Any]) -> bytes:
    return repr(rows).encode("utf-8", "backslashreplace")


def _identify(batch: Batch, model: Model) -> str:
    """Return what has to be the same for a second call to go on."""
    found = None if batch.database is not None else Path(batch.source).stat()
    stamp = None if found is None else (found.st_size, found.st_mtime_ns)
    text = json.dumps([batch.source, batch.database, stamp, batch.alone, model.manifest["files"]])
    return hashlib.sha256(text.encode()).hexdigest()


def _read_state(noted: Path, identity: str, part: Path, rejects: Path) -> _State:
    try:
        state = _State(**json.loads(noted.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return _State(identity)
    there = [path.stat().st_size if path.exists() else -1 for path in (part, rejects)]
    whole = there[0] >= state.answers and there[1] >= state.rejects
    return state if state.identity == identity and whole else _State(identity)


def _write_state(noted: Path, state: _State) -> None:
    draft = noted.with_name(noted.name + ".new")
    content = {
        name: getattr(state, name) for name in ("identity", "rows", "rejected", "answers", "rejects", "seen")
    }
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(noted)


def _open_at(path: Path, size: int) -> BinaryIO:
    """Open a file for writing at `size`; what stands behind that was not kept."""
    file = path.open("r+b" if path.exists() else "w+b")
    file.truncate(size)
    file.seek(size)
    return file


def _line(content: dict[str, Any]) -> bytes:
    """Return a line of JSON; what JSON has no form for, which only a reject holds, is as Python shows it."""
    return spell_json(content, repr) + b"\n"
