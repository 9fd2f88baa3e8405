"""Show status: what is being recorded, what it costs, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Block, Line
from nbmlops.faces.wording import count_things, show_path, show_seconds, show_size

if TYPE_CHECKING:
    from nbmlops.api.capturing import CaptureStatus
    from nbmlops.api.health import Health

__all__ = ["show_health", "show_status"]


def show_status(status: CaptureStatus, runs: int) -> Sequence[Block]:
    """Show one line, and one more for each execution that was not kept."""
    if status.history is None:
        return (Line("not recording: type %load_ext nbmlops", "bad"),)
    parts = [
        "recording" if status.recording else "paused",
        count_things(status.cells, "cell"),
        count_things(runs, "run"),
    ]
    if status.missed:
        parts.append(f"{len(status.missed)} not captured (why? see below)")
    cost = f"{show_seconds(status.overhead)} of {show_seconds(status.elapsed)} for recording"
    line = Line(" · ".join([*parts, cost, show_size(status.size), show_path(status.store)]), "strong")
    return (line, *(Line(text, "bad") for text in status.missed))


def show_health(health: Health) -> Sequence[Block]:
    """Show what is wrong, and the figures of the store."""
    figures = f"{count_things(health.executions, 'execution')}, {show_size(health.size)}"
    blocks: list[Block] = [Line(f"store {health.store}: {figures}", "strong")]
    if health.recording:
        blocks.append(Line(f"this kernel is recorded, at {health.overhead:.1%} of its cells' time", "quiet"))
    blocks.extend(Line(f"problem: {text}", "bad") for text in health.problems)
    blocks.extend(Line(f"note: {text}", "quiet") for text in health.notes)
    if not health.problems:
        blocks.append(Line("all is well", "good"))
    return blocks
