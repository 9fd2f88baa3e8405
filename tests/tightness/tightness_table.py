"""Tightness table: the document that says how tight the slices of a sample are, and what was too much."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from tests.tightness.measuring import Excess, Measured

__all__ = ["summarise", "write_table"]

_HEAD = """# How tight the slices are

For each object below its slice was cut out of the recorded notebook, and then shrunk by delta debugging: a
statement is taken away for good where the rest, run in a fresh process, still makes the same value bit for
bit (and the same of what the value looks up when it is called), until each one that is left is needed.
*Kept* are the statements of the slice, *minimal* those that the shrinking left. The sample is
`tests/tightness/sample.json`: of scikit-learn's gallery, of the notebook that ships, and of `tests/cases`.
Written by `make tightness`.

What is shorter is not always better: a slice also holds what gives the same value only by chance, as a
second seed with the same number, or a fresh estimator in the place of one that is fitted anew anyway. And a
loop or a branch that binds a name does not end what was bound before it: with other inputs it may take no
turn, and the earlier value is the one that counts. An object bound in several loops keeps all of them.

"""
_COLUMNS = (
    "| notebook | object | ran | kept | minimal | ratio | what was too much |\n"
    "|---|---|---:|---:|---:|---:|---|"
)


def summarise(found: Sequence[Measured]) -> str:
    """Say in one line how tight the slices are."""
    counted = [m for m in found if m.minimal]
    if not counted:
        return "nothing could be measured"
    ratios = [m.ratio for m in counted]
    exact = sum(m.kept == m.minimal for m in counted)
    return (
        f"{len(counted)} objects of {len({m.title for m in counted})} notebooks: median "
        f"{statistics.median(ratios):.2f}x, mean {statistics.mean(ratios):.2f}x, worst {max(ratios):.2f}x; "
        f"{exact} of them cannot be shrunk at all; {sum(m.kept for m in counted)} statements kept of "
        f"{sum(m.total for m in counted)} that ran, {sum(m.minimal or 0 for m in counted)} needed."
    )


def write_table(path: Path, found: Sequence[Measured]) -> None:
    """Write the document."""
    counted = sorted((m for m in found if m.minimal), key=lambda m: (-m.ratio, m.title, m.name))
    rows = [
        f"| {m.title} | `{m.name}` | {m.total} | {m.kept} | {m.minimal} | {m.ratio:.2f} | {_word_excess(m)} |"
        for m in counted
    ]
    text = f"{_HEAD}**{summarise(found)}**\n\n{_COLUMNS}\n" + "\n".join(rows) + "\n"
    failed = [f"- {m.title} `{m.name}`: {m.why}" for m in found if not m.minimal]
    if failed:
        text += (
            "\nNot measured, for it does not come out the same in one process:\n\n" + "\n".join(failed) + "\n"
        )
    path.write_text(text, "utf-8")


def _word_excess(measured: Measured) -> str:
    return "; ".join(_word_one(one) for one in measured.excess)


def _word_one(one: Excess) -> str:
    lines = [line for line in one.source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    shown = lines[0].strip().replace("|", "\\|").replace("`", "'") if lines else ""
    kind = "" if one.certain else " (assumed)"
    return f"`{shown[:70]}`{kind}"
