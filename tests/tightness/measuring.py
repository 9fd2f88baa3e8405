"""Measuring: how many statements of an object's slice can be taken away, one by one, unnoticed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbmlops.core.history import Statement
from tests.tightness.forking import run_forked
from tests.tightness.recording import Recorded, record_notebook
from tests.tightness.shrinking import shrink_list
from tests.tightness.trying import run_statements

__all__ = ["Excess", "Measured", "Notebook", "measure_notebook"]

_SECONDS = 300.0
_PATIENCE = 5.0


@dataclass(frozen=True)
class Notebook:
    """Something to measure: `files` stand beside it when it runs; without `names` its last objects count."""

    title: str
    cells: tuple[str, ...]
    files: Mapping[str, bytes]
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Excess:
    """A statement that a slice holds and the value does not need, and why the slice holds it."""

    source: str
    because: str
    certain: bool


@dataclass(frozen=True)
class Measured:
    """One object: `minimal` is None where the whole slice does not make it again here, `why` says so."""

    title: str
    name: str
    total: int
    kept: int
    minimal: int | None
    excess: tuple[Excess, ...] = ()
    why: str = ""

    @property
    def ratio(self) -> float:
        """Kept statements for each that is needed."""
        return self.kept / self.minimal if self.minimal else 1.0


def measure_notebook(notebook: Notebook) -> Iterator[Measured]:
    """Run a notebook, and measure the slice of each of its objects."""
    with tempfile.TemporaryDirectory(prefix="nbmlops-tightness-") as name:
        place = Path(name)
        pristine = place / "pristine"
        pristine.mkdir()
        for path, content in notebook.files.items():
            (pristine / path).parent.mkdir(parents=True, exist_ok=True)
            (pristine / path).write_bytes(content)
        folder = place / "notebook"
        answer = run_forked(
            record_notebook, notebook.cells, pristine, folder, notebook.names, seconds=_SECONDS
        )
        if answer.error:
            yield Measured(notebook.title, ", ".join(notebook.names), 0, 0, None, why=answer.error)
            return
        for recorded in answer.value:
            yield _measure_object(notebook.title, recorded, place)


def _measure_object(title: str, recorded: Recorded, place: Path) -> Measured:
    statements = [s for s in recorded.slice.kept if s.code.strip()]
    total = sum(bool(e.statement.code.strip()) for e in recorded.slice.explained)
    tried, failed = 0, ""

    def makes_the_same(some: Sequence[Statement]) -> bool:
        nonlocal tried, failed
        tried += 1
        folder = place / f"{recorded.name}-{tried}"
        answer = run_forked(run_statements, recorded, some, place / "pristine", folder, seconds=patience)
        failed = answer.error or "; ".join(
            n for n in recorded.digests if answer.value[n] != recorded.digests[n]
        )
        return not failed

    patience = _SECONDS
    began = time.monotonic()
    if not makes_the_same(statements):
        why = f"its slice does not make it again in this way: {failed}"
        return Measured(title, recorded.name, total, len(statements), None, why=why)
    patience = _PATIENCE * (1 + time.monotonic() - began)
    minimal = shrink_list(statements, makes_the_same)
    return Measured(
        title,
        recorded.name,
        total,
        len(statements),
        len(minimal),
        tuple(_explain_excess(recorded, s) for s in statements if s not in minimal),
    )


def _explain_excess(recorded: Recorded, statement: Statement) -> Excess:
    explained = next(e for e in recorded.slice.explained if e.statement is statement)
    reason = explained.reasons[0]
    return Excess(statement.source.strip(), reason.because, explained.certain)
