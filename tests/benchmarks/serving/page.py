"""The table of docs/serving.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.serving.load import Load

__all__ = ["put_part", "write_table"]

_TITLES = {
    "linear": "One row of a logistic regression on ten columns",
    "forest": "One row of a forest of 100 trees",
}
_MLFLOW = "`mlflow models serve`"


def write_table(found: Mapping[tuple[str, str], Load]) -> str:
    """Return a table for each model: rates, latencies, CPU, and the rate beside MLflow's."""
    lines = []
    for model, title in _TITLES.items():
        lines += [
            f"**{title}**",
            "",
            "| service | requests/s | beside MLflow | median, ms | slowest 1%, ms | CPU a request, ms |",
            "|---|---|---|---|---|---|",
        ]
        peer = found.get((model, _MLFLOW))
        for (asked, side), load in found.items():
            if asked == model:
                ratio = f"{load.rate / peer.rate:.1f}x" if peer else ""
                figures = f"{load.median:.2f} | {load.slowest:.1f} | {load.cpu:.2f}"
                lines.append(f"| {side} | {load.rate:,.0f} | {ratio} | {figures} |")
        lines.append("")
    return "\n".join(lines)


def put_part(page: Path, name: str, text: str) -> None:
    """Put a text between the marks of that name in a page."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    page.write_text(f"{before}{mark}{text}{end}{after}", encoding="utf-8")
