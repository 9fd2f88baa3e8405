"""Show snapshots: what was kept, what was brought back, and what differs, with small charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Bars, Block, Line, Table
from nbmlops.faces.pictures.change import draw_difference
from nbmlops.faces.wording import count_things, show_number, show_size

if TYPE_CHECKING:
    from nbmlops.core.snapshot import ColumnDifference, Difference, Restored, Snapshot
    from nbmlops.core.value import ColumnProfile, Profile

__all__ = ["show_difference", "show_restored", "show_snapshot", "spell_difference"]

_TOP, _MOST_NAMED = 3, 6


def show_snapshot(snapshot: Snapshot) -> Sequence[Block]:
    """Show what was kept, and a table's profile."""
    value = snapshot.value
    kind = "file" if value.codec == "file" else value.type.rpartition(".")[2]
    if value.content is None:
        return _show_refused(snapshot)
    new = f"{show_size(snapshot.added)} of them new" if snapshot.added else "nothing of it new"
    blocks: list[Block] = [
        Line(
            f"kept '{snapshot.name}@{snapshot.execution}': {kind}, {show_size(value.size)}, {new}", "strong"
        ),
        Line(f"in history {snapshot.history}", "quiet"),
    ]
    return blocks if snapshot.profile is None else [*blocks, *_show_profile(snapshot.profile)]


def _show_refused(snapshot: Snapshot) -> Sequence[Block]:
    """Show what a table is like that is over the cap."""
    blocks = [
        Line(f"not kept '{snapshot.name}': {snapshot.value.note}; only what it is like", "bad"),
        Line(f"to keep it all the same: `%nbmlops snapshot {snapshot.name} --force`"),
    ]
    return blocks if snapshot.profile is None else [*blocks, *_show_profile(snapshot.profile)]


def _show_profile(profile: Profile) -> Sequence[Block]:
    rows = tuple(_show_column(column) for column in profile.columns)
    headings = ("column", "type", "missing", "distinct", "5%", "median", "95%", "most frequent")
    many = count_things(profile.rows, "row")
    if profile.of is not None:
        many = f"{profile.rows:,} of {count_things(profile.of, 'row')}, evenly spread"
    return (Line(many), Table(headings, rows, frozenset({2, 3, 4, 5, 6})))


def _show_column(column: ColumnProfile) -> tuple[str, ...]:
    ranks = [show_number(column.quantiles[at]) for at in (1, 10, 19)] if column.quantiles else ["", "", ""]
    top = ", ".join(f"{value} ({count:,})" for value, count in column.top[:_TOP])
    return (column.name, column.dtype, f"{column.missing:,}", f"{column.distinct:,}", *ranks, top)


def show_restored(restored: Restored) -> Sequence[Block]:
    """Show where a value was brought back to."""
    kind = restored.type.rpartition(".")[2]
    what = f"'{restored.name}' as it was after execution {restored.execution}"
    where = f"is `{restored.bound}` again" if restored.bound else f"is in {restored.path}"
    return (Line(f"{what} ({kind}) {where}", "good"), Line(f"from history {restored.history}", "quiet"))


def show_difference(found: Difference) -> Sequence[Block]:
    """Show rows, columns, types and distributions that are not the same."""
    one, other = (f"'{s.name}@{s.execution}'" for s in (found.before, found.after))
    if found.same:
        return (Line(f"{one} and {other} are the same, bit for bit", "good"),)
    blocks: list[Block] = [Line(f"{one} and {other} differ", "strong")]
    if found.rows_before is None or found.rows_after is None:
        sizes = [f"{s.value.type}, {show_size(s.value.size)}" for s in (found.before, found.after)]
        return [*blocks, Line(f"{sizes[0]}; {sizes[1]}")]
    said = f"{found.rows_before:,} → {count_things(found.rows_after, 'row')}"
    if found.rows_added is not None:
        said += f": {found.rows_added:,} new, {found.rows_removed:,} gone"
    blocks.append(Line(said))
    changed = [c for c in found.columns if c.change != "same"]
    rows = tuple(_show_change(column) for column in changed)
    headings = ("column", "", "type", "values", "missing", "mean", "before", "after", "shift")
    blocks.append(Table(headings, rows, frozenset({3, 8}), empty="all columns hold the same"))
    same = [c.name for c in found.columns if c.change == "same"]
    if same:
        blocks.append(Line(f"the same: {', '.join(same)}", "quiet"))
    drawn = draw_difference(found)
    return [*blocks, *(Line(note, "quiet") for note in found.notes), *([drawn] if drawn else [])]


def _show_change(column: ColumnDifference) -> tuple[str, ...]:
    types = [t for t in (column.dtype_before, column.dtype_after) if t]
    return (
        column.name,
        column.change,
        " → ".join(dict.fromkeys(types)),
        "" if column.cells is None else f"{column.cells:,}",
        _show_pair(column.missing_before, column.missing_after),
        _show_pair(column.mean_before, column.mean_after),
        Bars(column.shape_before),
        Bars(column.shape_after),
        "" if column.shift is None else f"{column.shift:.2f}",
    )


def _show_pair(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return ""
    one, other = show_number(before), show_number(after)
    return one if one == other else f"{one} → {other}"


def spell_difference(found: Difference) -> str:
    """Say in one line what differs between two tables: their rows, and which columns."""
    named = found.after.name
    if not found.columns and not found.notes:
        return f"'{named}' differs"
    parts: list[str] = []
    if found.rows_added or found.rows_removed:
        parts.append(f"{found.rows_added or 0:,} rows new, {found.rows_removed or 0:,} gone")
    elif found.rows_before != found.rows_after:
        parts.append(f"{found.rows_before:,} rows became {found.rows_after:,}")
    for change, word in (
        ("added", "new columns"),
        ("removed", "columns gone"),
        ("changed", "columns changed"),
    ):
        names = [_count_cells(c) for c in found.columns if c.change == change]
        if names:
            more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
            parts.append(f"{word}: {', '.join(names[:_MOST_NAMED])}{more}")
    return f"'{named}': {'; '.join([*parts, *found.notes])}"


def _count_cells(column: ColumnDifference) -> str:
    return f"{column.name} ({count_things(column.cells, 'value')})" if column.cells else column.name
