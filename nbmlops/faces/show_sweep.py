"""Show sweeps: each child with its values and its number, and how to have the best one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbmlops.core.sweep import spell_values
from nbmlops.faces.blocks import Block, Line, Listing, Mark, Table
from nbmlops.faces.wording import count_things, show_number

if TYPE_CHECKING:
    from nbmlops.core.sweep import SweepChild, SweepReport

__all__ = ["show_sweep"]

_MOST, _LONGEST = 25, 60


def show_sweep(report: SweepReport) -> Sequence[Block]:
    """Show what came of a sweep, the best children first."""
    best = report.find_best()
    blocks: list[Block] = [Line(_tell_count(report), "strong")]
    if best is not None and best.metric is not None:
        said = f"best: {report.metric} = {show_number(best.metric)} with {spell_values(best.values)}"
        blocks.append(Line(said, "good"))
    ordered = sorted(report.children, key=lambda child: _rank(child, report.minimize))
    if report.children:
        blocks.append(_list_children(report, ordered[:_MOST]))
    failed = [child for child in report.children if child.status == "failed"]
    if failed and len(failed) == len(report.children):
        blocks.append(Line(f"All of them failed. The first: {failed[0].error}", "bad"))
    if len(report.children) < report.total:
        missing = report.total - len(report.children)
        blocks.append(Line(f"{missing} are missing: run the cell with `--resume` to go on.", "bad"))
    if report.children:
        blocks.append(Line(f"all of them: `nbmlops runs --of {report.id}`"))
    if report.cell is not None:
        blocks.append(Line("the names of the notebook are as they were; a cell with the best values:"))
        blocks.append(Listing((Mark(None, report.cell.strip("\n")),)))
    return blocks


def _tell_count(report: SweepReport) -> str:
    ways = [
        (status, word)
        for status, word in (("finished", ""), ("interrupted", "stopped by the pruner"), ("failed", "failed"))
        if any(child.status == status for child in report.children)
    ]
    told = f"sweep {report.id}: {len(report.children)} of {count_things(report.total, 'child')}"
    told = told.replace("childs", "children")
    parts = [f"{sum(c.status == s for c in report.children)} {word}" for s, word in ways if word]
    if report.again:
        parts.append(f"{report.again} of them ran before")
    return told + (f" ({', '.join(parts)})" if parts else "")


def _rank(child: SweepChild, minimize: bool) -> tuple[bool, float, int]:
    metric = child.metric
    if child.status != "finished" or metric is None or math.isnan(metric):
        return True, 0.0, child.number
    return False, metric if minimize else -metric, child.number


def _list_children(report: SweepReport, children: Sequence[SweepChild]) -> Table:
    names = tuple(name for name, _ in children[0].values)
    rows = tuple(
        (
            str(child.number),
            *(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…" for _, text in child.values),
            "" if child.metric is None else show_number(child.metric),
            child.status,
            f"{child.elapsed:.1f} s" if child.elapsed else "",
            (child.error or "").partition("\n")[0][:_LONGEST],
        )
        for child in children
    )
    headings = ("child", *names, report.metric or "metric", "status", "took", "error")
    keep = [i for i, _ in enumerate(headings) if i <= len(names) or any(row[i] for row in rows)]
    right = frozenset(at for at, i in enumerate(keep) if i in (0, len(names) + 1, len(names) + 3))
    return Table(tuple(headings[i] for i in keep), tuple(tuple(row[i] for i in keep) for row in rows), right)
