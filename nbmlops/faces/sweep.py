"""The sweep cell: `%%sweep` runs a cell with many values, and the kernel's names stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.interactiveshell import InteractiveShell

from nbmlops.api.sweeping import run_sweep
from nbmlops.errors import NbmlopsError
from nbmlops.faces.marks import PROMPT, ShownError
from nbmlops.faces.outputs import NotebookLine
from nbmlops.faces.page import render_html
from nbmlops.faces.show_sweep import show_sweep
from nbmlops.faces.telling import TerminalLine
from nbmlops.faces.text import render_text
from nbmlops.faces.wording import address_blocks

if TYPE_CHECKING:
    from nbmlops.core.sweep import SweepReport

__all__ = ["run_cell"]

_MAGIC = "%%sweep"


class _StopError(KeyboardInterrupt):
    """Somebody pressed stop: the output says how far the sweep came."""

    def _render_traceback_(self) -> list[str]:
        return ["\x1b[31mnbmlops\x1b[0m: the sweep was stopped; the children that had ended are kept."]


def run_cell(shell: InteractiveShell, line: str, cell: str) -> None:
    """Run a cell with the values that stand behind `%%sweep`, on its own line and on those that follow it."""
    lines, rest = [line], cell.split("\n")
    while rest and rest[0].startswith(_MAGIC):
        lines.append(rest.pop(0).removeprefix(_MAGIC).strip())
    try:
        report = _sweep(shell, lines, "\n".join(rest))
    except NbmlopsError as error:
        raise ShownError(error) from None
    if report.status == "interrupted":
        raise _StopError


def _sweep(shell: InteractiveShell, lines: list[str], body: str) -> SweepReport:
    if getattr(shell, "kernel", None) is None:
        with TerminalLine() as progress:
            report = run_sweep(lines, body, progress)
        print(render_text(address_blocks(show_sweep(report), PROMPT)))  # noqa: T201
        return report
    output = NotebookLine()
    report = run_sweep(lines, body, output)
    blocks = address_blocks(show_sweep(report), PROMPT)
    output.show({"text/plain": render_text(blocks), "text/html": render_html(blocks)})
    return report
