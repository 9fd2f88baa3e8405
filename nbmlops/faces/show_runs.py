"""Show runs: what was tried and how it scored, one run with all that is known of it, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Block, Line, Listing, Mark, Table
from nbmlops.faces.pictures.run_curves import draw_metrics, draw_together
from nbmlops.faces.show_snapshots import spell_difference
from nbmlops.faces.wording import count_things, show_number, show_size, show_time

if TYPE_CHECKING:
    from nbmlops.core.comparison import Comparison, RunDetail, RunDifference, Spread
    from nbmlops.core.run import DataUse, MetricValue, Run

__all__ = ["show_comparison", "show_detail", "show_marked", "show_one", "show_runs"]

_MOST, _LONGEST, _DIGEST = 6, 60, 8
_MOST_COLUMNS, _LONGEST_HEADING = 6, 20


def show_runs(runs: tuple[Run, ...]) -> Sequence[Block]:
    """Show each run with its parameters, metrics and data; pinned ones first."""
    said = any(run.note or run.tags or run.pinned for run in runs)
    named = _name_columns(runs)
    rows = tuple(
        (
            run.id,
            run.model_name,
            run.model_type,
            *(_join_numbers(run) if named is None else _list_numbers(run, named)),
            _join_some((_name_data(use) for use in run.data), most=1),
            str(run.occurrences),
            run.status,
            show_time(run.started),
            *((_join_said(run),) if said else ()),
        )
        for run in sorted(runs, key=lambda run: not run.pinned)
    )
    numbers = ("parameters", "metrics") if named is None else named
    headings = ("run", "name", "model", *numbers, "data", "times", "status", "started")
    return (
        Table(
            (*headings, *(("said",) if said else ())),
            rows,
            frozenset({4 + len(numbers), *(() if named is None else range(3, 3 + len(named)))}),
            empty="no run: fit a model, or ask for less",
        ),
    )


def _name_columns(runs: Sequence[Run]) -> tuple[str, ...] | None:
    """Return parameters and metrics that are few enough for a column each; None where they are not."""
    names = dict.fromkeys(
        [name for run in runs for name, _ in run.parameters] + [m.name for run in runs for m in run.metrics]
    )
    few = 0 < len(names) <= _MOST_COLUMNS and all(len(name) <= _LONGEST_HEADING for name in names)
    return tuple(names) if few else None


def _list_numbers(run: Run, names: Sequence[str]) -> Iterator[str]:
    held = {**dict(run.parameters), **{m.name: m.value for m in run.metrics}}
    return (_join_some([show_number(held[name])]) if name in held else "" for name in names)


def _join_numbers(run: Run) -> tuple[str, str]:
    measured = sorted(run.metrics, key=lambda m: "." in m.name)
    return (
        _join_some(f"{name}={show_number(value)}" for name, value in run.parameters),
        _join_some(f"{m.name}={show_number(m.value)}" for m in measured),
    )


def show_one(run: Run) -> Sequence[Block]:
    """Show one run as a list of one, with the curves of its metrics."""
    return (*show_runs((run,)), *draw_metrics(run))


def _name_data(use: DataUse) -> str:
    if use.rows is None:
        return use.name
    return f"{use.name} {use.rows}" if use.columns is None else f"{use.name} {use.rows}×{use.columns}"


def _show_shape(use: DataUse) -> str:
    """Return the rows and columns of data as they stand behind its digest, where they are known."""
    return "" if use.rows is None else f" {_name_data(use).removeprefix(use.name).strip()}"


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
    return (
        Line(
            f"run {run.id} ({run.model_name or run.model_type or run.experiment}): {said}{archived}", "good"
        ),
    )


def show_detail(detail: RunDetail) -> Sequence[Block]:
    """Show one run: what it is, its parameters, metrics, data, code and where it was made."""
    run = detail.run
    blocks: list[Block] = [
        Line(
            f"run {run.id}: {run.model_type or 'what was logged'}"
            + (f" in `{run.model_name}`" if run.model_name else ""),
            "strong",
        ),
        Line(
            f"{run.status}, {count_things(run.occurrences, 'time')}, first {show_time(run.started)}, "
            f"in history {run.history} of '{run.experiment}'",
            "quiet",
        ),
    ]
    if detail.chosen:
        blocks.append(Line(detail.chosen))
    if said := _join_said(run):
        blocks.append(Line(f"said of it: {said}"))
    if run.parameters:
        rows = tuple((name, show_number(value)) for name, value in run.parameters)
        blocks.append(Table(("parameter", "value"), rows))
    if detail.spreads:
        blocks.append(_show_metrics(detail))
        blocks += draw_metrics(run)
    if run.data:
        rows = tuple((_name_data(use), use.digest[:_DIGEST]) for use in run.data)
        blocks.append(Table(("data", "digest"), rows))
    if run.figures:
        blocks.append(_show_figures(run))
    if detail.children:
        blocks.append(Line(f"it tried {detail.children}: `nbmlops runs --of {run.id}`"))
    blocks.append(Line(_name_place(detail), "quiet"))
    if not detail.code:
        return [*blocks, Line("its code is not known", "quiet")]
    what = "its slice" if detail.complete else "the cells that it rests on"
    blocks.append(Line(f"{what}, {count_things(len(detail.code), 'statement')}:"))
    cells = detail.cells or (run.fitted_at,) * len(detail.code)
    blocks.append(Listing(tuple(Mark(cell, text) for cell, text in zip(cells, detail.code, strict=True))))
    return blocks


def _show_figures(run: Run) -> Table:
    rows = tuple(
        (
            f.name or f"of cell {f.execution}",
            f"cell {f.execution}",
            f.media,
            show_size(f.size),
            f.digest[:_DIGEST],
        )
        for f in run.figures
    )
    return Table(("figure", "from", "type", "size", "digest"), rows, frozenset({3}))


def _name_place(detail: RunDetail) -> str:
    place = f"Python {detail.python}"
    if detail.source is not None and not detail.python:
        return f"pulled from {detail.source}"
    place += f", and pulled from {detail.source}" if detail.source is not None else ""
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
            _name_maker(functions[spread.name], dict(detail.made_by)),
            *((_show_spread(spread),) if detail.repeats > 1 else ()),
        )
        for spread in detail.spreads
    )
    repeated = ("over its repeats",) if detail.repeats > 1 else ()
    return Table(("metric", "value", "by", "from", *repeated), rows, frozenset({1}))


def _name_maker(metric: MetricValue, made_by: Mapping[str, str]) -> str:
    """Return the cell that a number came out of, and the line."""
    text = made_by.get(metric.name, "")
    line = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return f"cell {metric.execution}: {line}" if line else f"cell {metric.execution}"


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
        blocks += draw_together(runs)
    for title, differences in (
        ("parameter", found.parameters),
        ("data", found.data),
        ("environment", found.environment),
    ):
        sizes = {(use.name, use.digest): _show_shape(use) for run in runs for use in run.data}
        blocks.append(_show_differences(title, heads, differences, right, sizes))
    blocks += _show_changes(found)
    for run, lines in zip(runs[1:], found.code, strict=True):
        if not lines:
            blocks.append(Line(f"the code of {run.id} is that of {heads[0]}", "quiet"))
        else:
            blocks.append(Line(f"the code of {run.id}, as it differs from {heads[0]}:"))
            blocks.append(Table(("",), tuple((line,) for line in lines)))
    return blocks


def _show_changes(found: Comparison) -> list[Block]:
    """Say what differs in the data that is kept, and of what no comparison can be made."""
    told = {change.difference.after.name for change in found.changes}
    lost = [d.name for d in found.data if d.name not in told and all(v is not None for v in d.values)]
    lines = [f"{change.run}: {spell_difference(change.difference)}" for change in found.changes]
    if lost:
        names = ", ".join(f"'{name}'" for name in lost)
        lines.append(
            f"what differs in {names} cannot be said: `nbmlops snapshot NAME` beside each fit keeps it"
        )
    return [Line(line, "quiet") for line in lines]


def _show_differences(
    title: str,
    heads: tuple[str, ...],
    differences: Sequence[RunDifference],
    right: frozenset[int],
    sizes: Mapping[tuple[str, str], str],
) -> Block:
    if not differences:
        return Line(f"no {title} differs", "quiet")
    rows = tuple(
        (d.name, *(_show_value(d.name, v, title) + sizes.get((d.name, str(v)), "") for v in d.values))
        for d in differences
    )
    return Table((title, *heads), rows, right)


def _show_value(name: str, value: object, title: str) -> str:
    if value is None:
        return "–"
    text = show_number(value)
    return text[:_DIGEST] if title == "data" or name == "commit" else text
