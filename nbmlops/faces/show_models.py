"""Show models: versions, decisions, drift and retraining as blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from nbmlops.faces.blocks import Block, Line, Table
from nbmlops.faces.pictures.change import draw_drift
from nbmlops.faces.wording import count_things, show_number, show_time, show_verdict

if TYPE_CHECKING:
    from nbmlops.core.drift import ColumnDrift, DriftReport, Retrained
    from nbmlops.core.model import ModelVersion

__all__ = [
    "Packaged",
    "show_answers",
    "show_drift",
    "show_models",
    "show_package",
    "show_retrained",
    "show_version",
    "tell_drifting",
]

_DECISIONS = {None: "awaits approval", True: "approved", False: "rejected"}


class _Tried(Protocol):
    """What is shown of how a package was tried."""

    @property
    def state(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def rows(self) -> int: ...


class Packaged(Protocol):
    """What is shown of a package."""

    @property
    def path(self) -> str:
        """Return where it lies."""

    @property
    def module(self) -> str:
        """Return the name that it is imported by."""

    @property
    def name(self) -> str:
        """Return the model's name."""

    @property
    def version(self) -> int:
        """Return the model's version."""

    @property
    def files(self) -> Mapping[str, str]:
        """Return its files with their digests."""

    @property
    def requirements(self) -> Sequence[str]:
        """Return what it needs installed."""

    @property
    def verified(self) -> _Tried:
        """Return how it was tried."""

    @property
    def format(self) -> str:
        """Return the format of its model."""

    @property
    def answers(self) -> str:
        """Return how near its answers are to the notebook's."""

    @property
    def because(self) -> str | None:
        """Return why its model is a pickle, if nobody asked for one."""


def show_models(versions: tuple[ModelVersion, ...]) -> Sequence[Block]:
    """Show every version of every model."""
    elsewhere = any(version.source for version in versions)
    rows = tuple(
        (
            version.name,
            str(version.version),
            ", ".join(version.aliases),
            version.type.rpartition(".")[2],
            _word_verdict(version),
            _DECISIONS[version.approved],
            ", ".join(f"{name}={show_number(value)}" for name, value in version.metrics),
            show_time(version.created),
            *((version.source,) if elsewhere else ()),
        )
        for version in versions
    )
    known = ("model", "version", "aliases", "type", "verdict", "decision", "metrics", "created")
    headings = (*known, "from") if elsewhere else known
    empty = "no model yet: register one with `nbmlops register NAME --as MODEL`"
    return (Table(headings, rows, frozenset({1}), empty=empty),)


def _word_verdict(version: ModelVersion) -> str:
    verdict = version.proof.verdict or "not proven"
    return f"{verdict}, it says" if version.source and version.proof.verdict else verdict


def show_version(version: ModelVersion) -> Sequence[Block]:
    """Show one version, and what can be done with it next."""
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    blocks: list[Block] = [
        Line(f"{version.name} {version.version}{aliases}: {_DECISIONS[version.approved]}", "strong"),
        show_verdict(version.proof),
    ]
    if version.metrics:
        figures = ", ".join(f"{name}={show_number(value)}" for name, value in version.metrics)
        blocks.append(Line(f"metrics: {figures}", "quiet"))
    if version.parent is not None:
        blocks.append(Line(f"retrained from version {version.parent}", "quiet"))
    then = _advise_next(version)
    if then:
        blocks.append(Line(f"next: {then}", "quiet"))
    return blocks


def _show_tried(tried: _Tried) -> Line:
    if tried.state == "verified":
        return Line(f"verified: {tried.what} ({count_things(tried.rows, 'row')})", "good")
    return Line(f"{tried.state}: {tried.what}")


def show_answers(package: Packaged) -> Sequence[Line]:
    """Say in what a package holds its model, and how near its answers are to the notebook's."""
    rows = "each captured row went through its row function and came out as the notebook had it, bit for bit"
    exact = package.format in ("pickle", "cloudpickle", "skops")
    model = f"the model is in the format '{package.format}': its answers are {package.answers}"
    why = (
        []
        if package.because is None
        else [Line(f"a pickle runs code when it is loaded: {package.because}", "quiet")]
    )
    return (Line(rows, "good"), Line(model, "good" if exact else "plain"), *why)


def show_package(package: Packaged) -> Sequence[Block]:
    """Show where a package is, what it holds and needs, and how to start it."""
    return (
        Line(f"{package.name} {package.version} is packaged in {package.path}", "strong"),
        Line(f"files: {', '.join(sorted(package.files))}", "quiet"),
        Line(f"needs: {', '.join(package.requirements)}", "quiet"),
        *show_answers(package),
        _show_tried(package.verified),
        Line(
            f"next: `nbmlops serve {package.name}@{package.version}`, or in that folder "
            f"`python -m {package.module} serve`",
            "quiet",
        ),
    )


def show_drift(report: DriftReport) -> Sequence[Block]:
    """Show how far each column has moved from the training snapshot."""
    period = f" from {show_time(report.since)}" if report.since else ""
    period += f" to {show_time(report.until)}" if report.until else ""
    head = f"{report.model} {report.version}: {count_things(report.rows, 'prediction')}{period}"
    columns = [*report.columns] + ([report.prediction] if report.prediction else [])
    rows = tuple(
        _row_drift(column) for column in sorted(columns, key=lambda c: (not c.drifted, -c.statistic))
    )
    table = Table(
        ("column", "index", "limit", "", "what"), rows, frozenset({1, 2}), empty="no prediction was logged"
    )
    unread = count_things(report.unread, "line")
    passed = (
        (Line(f"note: {unread} of the log could not be read and were passed over"),) if report.unread else ()
    )
    drawn = draw_drift(report)
    return (Line(head, "strong"), table, tell_drifting(report), *passed, *([drawn] if drawn else []))


def tell_drifting(report: DriftReport) -> Line:
    """Say what has moved from the training snapshot, the columns first."""
    found = list(report.drifting)
    if report.prediction is not None and report.prediction.drifted:
        found.append("the predictions")
    return Line(f"drifting: {', '.join(found)}", "bad") if found else Line("nothing drifts", "good")


def show_retrained(outcome: Retrained) -> Sequence[Block]:
    """Show a candidate beside the champion, and what was decided."""
    found = outcome.comparison
    rows = (
        (f"champion ({outcome.model} {outcome.champion})", show_number(found.champion)),
        (f"candidate ({outcome.model} {outcome.candidate})", show_number(found.candidate)),
        ("difference", f"{found.difference:+.6g}"),
        ("95% interval", f"{found.lower:+.6g} to {found.upper:+.6g}"),
    )
    used = (
        f"{count_things(outcome.rows, 'new row')}, {outcome.excluded:,} known already, "
        f"{outcome.held_back:,} held back"
    )
    decisions = {
        "promoted": Line(f"promoted: {outcome.model} {outcome.candidate} is the champion", "good"),
        "awaits approval": Line(
            f"better, and awaits approval: `nbmlops approve {outcome.model} {outcome.candidate}`, then "
            f"`nbmlops promote {outcome.model} {outcome.candidate} champion`"
        ),
        "not better": Line(
            f"not promoted: the interval does not lie above {show_number(outcome.margin)}", "bad"
        ),
    }
    return (
        Line(used, "strong"),
        Table((found.metric, f"on {found.rows:,} rows"), rows, frozenset({1})),
        decisions[outcome.decision],
    )


def _row_drift(column: ColumnDrift) -> tuple[str, ...]:
    state = "drifts" if column.drifted else ""
    return (column.column, f"{column.statistic:.3f}", f"{column.threshold:.3f}", state, column.message)


def _advise_next(version: ModelVersion) -> str | None:
    if version.approved is None:
        return f"`nbmlops approve {version.name} {version.version}`"
    if version.approved and "champion" not in version.aliases:
        return f"`nbmlops promote {version.name} {version.version} champion`"
    if version.approved:
        return f"`nbmlops package {version.name}@champion dist/{version.name}`"
    return None
