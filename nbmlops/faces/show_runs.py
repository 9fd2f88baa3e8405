"""Show runs: what was tried and how it scored, one run with all that is known of it, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Block, Line, Listing, Mark, Table
from nbmlops.faces.wording import count_things, show_number, show_time

if TYPE_CHECKING:
    from nbmlops.core.comparison import Comparison, RunDetail, RunDifference, Spread
    from nbmlops.core.run import DataUse, Run

__all__ = ["show_comparison", "show_detail", "show_marked", "show_runs"]

_MOST, _LONGEST, _DIGEST = 6, 60, 8


def show_runs(runs: tuple[Run, ...]) -> Sequence[Block]:
    """Show each run with its parameters, metrics and data; pinned ones first."""
    said = any(run.note or run.tags or run.pinned for run in runs)
    rows = tuple(
        (
            run.id,
            run.model_name,
            run.model_type,
            _join_some(f"{name}={show_number(value)}" for name, value in run.parameters),
            _join_some(
                f"{m.name}={show_number(m.value)}" for m in sorted(run.metrics, key=lambda m: "." in m.name)
            ),
            _join_some((_name_data(use) for use in run.data), most=1),
            str(run.occurrences),
            run.status,
            show_time(run.started),
            *((_join_said(run),) if said else ()),
        )
        for run in sorted(runs, key=lambda run: not run.pinned)
    )
    headings = ("run", "name", "model", "parameters", "metrics", "data", "times", "status", "started")
    return (
        Table(
            (*headings, *(("said",) if said else ())),
            rows,
            frozenset({6}),
            empty="no run: fit a model, or ask for less",
        ),
    )


def _name_data(use: DataUse) -> str:
    if use.rows is None:
        return use.name
    return f"{use.name} {use.rows}" if use.columns is None else f"{use.name} {use.rows}×{use.columns}"


def _join_said(run: Run) -> str:
    words = [*(["pinned"] if run.pinned else []), *(f"{name}={value}" for name, value in run.tags)]
    return ", ".join([*words, *([run.note] if run.note else [])])


def _join_some(words: Iterable[str], most: int = _MOST) -> str:
    listed = list(words)
    shown = ", ".join(word if len(word) <= _LONGEST else f"{word[: _LONGEST - 1]}…" for word in listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"


def show_marked(run: Run) -> Sequence[Block]:
    """Show what is said of a run now."""
    said = _join_said(run) or "nothing"
    archived = "; it is archived" if run.archived else ""
    return (Line(f"run {run.id} ({run.model_name or run.model_type}): {said}{archived}", "good"),)


def show_detail(detail: RunDetail) -> Sequence[Block]:
    """Show one run: what it is, its parameters, metrics, data, code and where it was made."""
    run = detail.run
    blocks: list[Block] = [
        Line(
            f"run {run.id}: {run.model_type}" + (f" in `{run.model_name}`" if run.model_name else ""),
            "strong",
        ),
        Line(
            f"{run.status}, {count_things(run.occurrences, 'time')}, first {show_time(run.started)}, "
            f"in history {run.history} of '{run.experiment}'",
            "quiet",
        ),
    ]
    if said := _join_said(run):
        blocks.append(Line(f"said of it: {said}"))
    if run.parameters:
        rows = tuple((name, show_number(value)) for name, value in run.parameters)
        blocks.append(Table(("parameter", "value"), rows))
    if detail.spreads:
        blocks.append(_show_metrics(detail))
    if run.data:
        rows = tuple((_name_data(use), use.digest[:_DIGEST]) for use in run.data)
        blocks.append(Table(("data", "digest"), rows))
    if detail.children:
        blocks.append(Line(f"it tried {detail.children}: `nbmlops runs --of {run.id}`"))
    blocks.append(Line(_name_place(detail), "quiet"))
    what = "its slice" if detail.complete else "the cells that it rests on"
    blocks.append(Line(f"{what}, {count_things(len(detail.code), 'statement')}:"))
    blocks.append(Listing(tuple(Mark(run.fitted_at, text) for text in detail.code)))
    return blocks


def _name_place(detail: RunDetail) -> str:
    place = f"Python {detail.python}"
    if detail.revision is None:
        return f"{place}, in no git repository"
    found = detail.revision
    changed = f", {count_things(found.changed, 'file')} not committed" if found.changed else ""
    return f"{place}, commit {found.commit[:10]}" + (f" on {found.branch}" if found.branch else "") + changed


def _show_metrics(detail: RunDetail) -> Table:
    functions = {m.name: m for m in detail.run.metrics}
    rows = tuple(
        (
            spread.name,
            show_number(functions[spread.name].value),
            functions[spread.name].function,
            f"cell {functions[spread.name].execution}",
            _show_spread(spread) if detail.repeats > 1 else "",
        )
        for spread in detail.spreads
    )
    return Table(("metric", "value", "by", "from", "over its repeats"), rows, frozenset({1}))


def _show_spread(spread: Spread) -> str:
    if spread.deviation is None:
        return show_number(spread.mean)
    return f"{show_number(spread.mean)} ± {spread.deviation:.2g} ({spread.count})"


def show_comparison(found: Comparison) -> Sequence[Block]:
    """Show what differs between runs, side by side."""
    runs = [detail.run for detail in found.runs]
    heads = tuple(run.id for run in runs)
    right = frozenset(range(1, len(runs) + 1))
    whole = (
        ("model", *(run.model_type for run in runs)),
        ("name", *(run.model_name for run in runs)),
        ("repeats", *(str(detail.repeats) for detail in found.runs)),
    )
    blocks: list[Block] = [Table(("run", *heads), whole, right)]
    if found.metrics:
        rows = tuple(
            (name, *("" if spread is None else _show_spread(spread) for spread in spreads))
            for name, spreads in found.metrics
        )
        blocks.append(Table(("metric", *heads), rows, right))
    for title, differences in (
        ("parameter", found.parameters),
        ("data", found.data),
        ("environment", found.environment),
    ):
        blocks.append(_show_differences(title, heads, differences, right))
    for run, lines in zip(runs[1:], found.code, strict=True):
        if not lines:
            blocks.append(Line(f"the code of {run.id} is that of {heads[0]}", "quiet"))
        else:
            blocks.append(Line(f"the code of {run.id}, as it differs from {heads[0]}:"))
            blocks.append(Table(("",), tuple((line,) for line in lines)))
    return blocks


def _show_differences(
    title: str, heads: tuple[str, ...], differences: Sequence[RunDifference], right: frozenset[int]
) -> Block:
    if not differences:
        return Line(f"no {title} differs", "quiet")
    rows = tuple((d.name, *(_show_value(d.name, value, title) for value in d.values)) for d in differences)
    return Table((title, *heads), rows, right)


def _show_value(name: str, value: object, title: str) -> str:
    if value is None:
        return "–"
    text = show_number(value)
    return text[:_DIGEST] if title == "data" or name == "commit" else text
