"""Show: histories, slices, runs and proofs as blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Block, Line, Listing, Mark, Table
from nbmlops.faces.pictures.lineage import draw_lineage
from nbmlops.faces.wording import (
    count_things,
    show_count,
    show_distance,
    show_seconds,
    show_verdict,
)

if TYPE_CHECKING:
    from nbmlops.core.history import History
    from nbmlops.core.pipeline import Exported
    from nbmlops.core.proof import Proof
    from nbmlops.core.slice import Explained, Reason, Slice

__all__ = ["show_explanation", "show_export", "show_history", "show_proof", "show_slice"]

_WIDEST = 60


def show_history(history: History) -> Sequence[Block]:
    """Show each execution with its outcome, its time and its first line."""
    source = f" of {history.notebook}" if history.notebook else ""
    rows = tuple(
        (
            str(execution.number),
            execution.status,
            show_seconds(execution.elapsed),
            str(len(execution.statements)),
            _first_line(execution.source),
        )
        for execution in history.executions
    )
    return (
        Line(f"History {history.id}{source}: {count_things(len(rows), 'execution')}", "strong"),
        Table(
            ("cell", "status", "time", "statements", "source"),
            rows,
            frozenset({0, 2, 3}),
            empty="no cell was executed yet",
        ),
    )


def show_slice(found: Slice) -> Sequence[Block]:
    """Show the statements that an object needs."""
    kept = [explained for explained in found.explained if explained.kept]
    marks = tuple(Mark(e.statement.execution, e.statement.source, assumed=not e.certain) for e in kept)
    return (
        *_show_needed(found),
        Listing(marks),
        *_show_needs(found),
    )


def show_explanation(found: Slice) -> Sequence[Block]:
    """Show every statement, those that the object needs with their reasons."""
    marks = tuple(_mark_explained(explained) for explained in found.explained)
    drawn = draw_lineage(found)
    return (
        *_show_needed(found),
        *([drawn] if drawn else []),
        Listing(marks),
        *_show_needs(found),
    )


def show_export(exported: Exported) -> Sequence[Block]:
    """Show where an export is, what it holds, and its verdict."""
    kept = show_count(exported.statements_kept, exported.statements_total)
    blocks: list[Block] = [
        Line(f"'{exported.target}' is in {exported.path}: {kept}", "strong"),
        Line(f"from history {exported.history}" + (f" of {exported.notebook}" if exported.notebook else "")),
        Line(f"steps: {', '.join(exported.steps) or 'none'}", "quiet"),
        Line(f"parameters: {', '.join(exported.parameters) or 'none'}", "quiet"),
    ]
    blocks.extend(Line(f"note: {note}") for note in exported.notes)
    if exported.proof is None:
        return [*blocks, Line(f"not proven yet: `nbmlops prove {exported.path}`")]
    return [*blocks, *show_proof(exported.proof)]


def show_proof(proof: Proof) -> Sequence[Block]:
    """Show a verdict, what was compared, and where a replay left the record."""
    blocks: list[Block] = [show_verdict(proof)]
    blocks.extend(Line(f"compared: {text}", "quiet") for text in proof.compared)
    if proof.injected:
        blocks.append(Line(f"put back: {', '.join(proof.injected)}", "quiet"))
    if proof.allowed:
        blocks.append(Line(f"let through: {', '.join(proof.allowed)}", "quiet"))
    if proof.distance is not None:
        blocks.append(Line(show_distance(proof.distance)))
    if proof.cause:
        blocks.append(Line(f"because: {proof.cause}"))
    if proof.diverged_at is not None:
        found = proof.diverged_at
        blocks.append(
            Line(f"first at cell {found.execution}, statement {found.statement + 1}: {found.message}")
        )
        blocks.append(Listing((Mark(found.execution, found.source),)))
    return blocks


def _show_needed(found: Slice) -> list[Block]:
    """Say how many statements are needed, and of how many of them that is only assumed."""
    blocks: list[Block] = [
        Line(f"'{found.target}' needs {show_count(len(found.kept), len(found.explained))}", "strong")
    ]
    assumed = sum(e.kept and not e.certain for e in found.explained)
    if assumed:
        blocks.append(
            Line(
                f"{assumed} of them, marked `?`, {'is' if assumed == 1 else 'are'} only assumed to matter: "
                f"`nbmlops export {found.target} DIR --minimise` tries without"
            )
        )
    return blocks


def _show_needs(found: Slice) -> list[Block]:
    blocks: list[Block] = [Line(f"in history {found.history}", "quiet")]
    blocks += [Line(f"reads {r.resource.key}: {r.because}", "quiet") for r in found.inputs]
    streams = sorted({restore.stream for restore in found.restores})
    if streams:
        blocks.append(Line(f"random state put back: {', '.join(streams)}", "quiet"))
    if found.missing:
        names = ", ".join(f"'{name}'" for name in found.missing)
        blocks.append(Line(f"made by no recorded statement: {names}", "bad"))
    return blocks


def _mark_explained(explained: Explained) -> Mark:
    statement = explained.statement
    notes = tuple(_word_reason(reason) for reason in explained.reasons)
    if not explained.kept:
        return Mark(statement.execution, _shorten(statement.source), kept=False, notes=notes)
    return Mark(statement.execution, statement.source, notes=notes, assumed=not explained.certain)


def _word_reason(reason: Reason) -> str:
    return reason.because if reason.certain else f"{reason.because} (assumed, to be safe)"


def _first_line(source: str) -> str:
    lines = [line for line in source.splitlines() if line.strip()]
    code = [line for line in lines if not line.lstrip().startswith("#")]
    return _shorten((code or lines or [""])[0])


def _shorten(text: str) -> str:
    first, newline, _ = text.strip().partition("\n")
    if len(first) > _WIDEST:
        return first[: _WIDEST - 1] + "…"
    return f"{first} …" if newline else first
