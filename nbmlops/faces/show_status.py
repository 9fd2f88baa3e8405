"""Show status: what is being recorded, what it costs, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Block, Line, Table
from nbmlops.faces.wording import count_things, show_path, show_seconds, show_size

if TYPE_CHECKING:
    from nbmlops.api.capturing import CaptureStatus
    from nbmlops.api.health import Health

__all__ = ["show_health", "show_recording", "show_status"]

_WIDEST = 60


def show_status(status: CaptureStatus) -> Sequence[Block]:
    """Show one line, and one more for each execution that was not kept."""
    if status.history is None:
        return (Line("not recording: type %load_ext nbmlops", "bad"),)
    parts = [
        "recording" if status.recording else "paused",
        count_things(status.cells, "cell"),
        count_things(status.runs, "run"),
    ]
    if status.missed:
        parts.append(f"{len(status.missed)} not captured (why? see below)")
    cost = f"{show_seconds(status.overhead)} of {show_seconds(status.elapsed)} for recording"
    line = Line(" · ".join([*parts, cost, show_size(status.size), show_path(status.store)]), "strong")
    return (line, *(Line(text, "bad") for text in status.missed))


def show_recording(status: CaptureStatus) -> Sequence[Block]:
    """Show whether this kernel is recorded now."""
    if status.recording:
        return (Line("recording again, from the next cell on", "good"),)
    return (
        Line("paused: of the next cells only what they may have changed is known", "strong"),
        Line("what they make is not kept, nor exported what rests on it; `nbmlops enable` goes on"),
    )


def show_health(health: Health) -> Sequence[Block]:
    """Show what is wrong, the figures of the store, and what recording this kernel costs and misses."""
    figures = f"{count_things(health.executions, 'execution')}, {show_size(health.size)}"
    blocks: list[Block] = [Line(f"store {health.store}: {figures}", "strong")]
    blocks.extend(Line(f"problem: {text}", "bad") for text in health.problems)
    blocks.extend(Line(f"note: {text}", "quiet") for text in health.notes)
    if health.recording:
        blocks.extend(_show_costs(health))
    blocks.extend(Line(f"not observed: {text}") for text in health.unobserved)
    if not health.problems:
        blocks.append(Line("all is well", "good"))
    return blocks


def _show_costs(health: Health) -> list[Block]:
    """Show what recording took, for which statements most, and what it left undone for that reason."""
    own = show_seconds(max(health.elapsed - health.seconds, 0.0))
    took = f"recording took {show_seconds(health.seconds)} beside {own} of this kernel's cells"
    blocks: list[Block] = [Line(f"{took} ({health.overhead:.1%})")]
    if health.dearest:
        rows = tuple(
            (_show_fine(c.seconds), str(c.execution), str(c.line), _first_line(c.source))
            for c in health.dearest
        )
        blocks += [
            Line("most of it for:", "quiet"),
            Table(("took", "cell", "line", "statement"), rows, frozenset({0, 1, 2})),
        ]
    if health.given_up:
        count = count_things(len(health.given_up), "change")
        given = tuple(
            (str(g.execution), str(g.line), g.name, g.because, _first_line(g.source)) for g in health.given_up
        )
        blocks += [
            Line(f"{count} only assumed, for looking would have cost too much of your time:"),
            Table(("cell", "line", "name", "why", "statement"), given, frozenset({0, 1})),
        ]
    return blocks


def _show_fine(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else show_seconds(seconds)


def _first_line(source: str) -> str:
    lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    first = lines[0].strip() if lines else ""
    return first if len(first) <= _WIDEST else f"{first[: _WIDEST - 1]}…"
