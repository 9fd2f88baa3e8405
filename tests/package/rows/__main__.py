"""The page of row functions: each statement, what became of it for a single row, or why it was refused."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

from nbmlops.errors import PackageError
from tests.package.rows.answered import ANSWERED
from tests.package.rows.by_hand import BY_HAND
from tests.package.rows.refused import REFUSED
from tests.package.rows.truth import cut_statements, find_differences, make_table

__all__ = ["main"]

_HEAD = """# Row functions

Written by `make rows-page`. Each statement stood in a small notebook between `df = pd.read_csv(...)` and a
fit on `df[["age", "n"]]`. What is answered was asked with rows alone, by sevens and all of them shuffled, and
came out with every bit of the notebook; capitals stand for what was learned from the whole table and is
frozen. What is refused has no meaning for one row: `package` names the statement and writes nothing.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Cut every statement, print how many were answered, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.package.rows")
    parser.add_argument("--page", type=Path, help="where to write the table")
    given = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="nbmlops-rows-") as folder:
        data = Path(folder) / "data.csv"
        make_table(data)
        codes = [*ANSWERED.values(), *(code for code, _ in BY_HAND.values())]
        answered = [(code, *_take(code, data, Path(folder))) for code in codes]
        refused = [(code, *_take(code, data, Path(folder))) for code in REFUSED.values()]
    wrong = [code for code, kind, _ in answered if kind != "answered"]
    wrong += [code for code, kind, _ in refused if kind != "refused"]
    print(f"{len(answered)} answered, {len(refused)} refused, not as expected: {wrong}")
    if given.page is not None:
        given.page.write_text(_write(answered, refused), "utf-8")
    return 1 if wrong else 0


def _take(code: str, data: Path, folder: Path) -> tuple[str, str]:
    """Return what became of statements, and the row function's own lines or the reason of the refusal."""
    try:
        answering = cut_statements(code, data, folder)
    except PackageError as error:
        found = re.search(r"function of one row: (.*?)\.(?= Let each|$)", f"{error.what}")
        return "refused", found[1] if found else error.what
    different = list(find_differences(answering, 40))
    if different:
        return "different", different[0]
    body = answering.cut.source.split("def features(")[1].split("\n\n\n")[0]
    lines = [line[4:] for line in body.splitlines()[2:] if line.strip() and line.strip() != "# --"]
    return "answered", "\n".join(lines[1:-2])


def _write(answered: list[tuple[str, str, str]], refused: list[tuple[str, str, str]]) -> str:
    lines = [_HEAD, f"## Answered ({len(answered)})\n", "| in the notebook | for one row |", "|---|---|"]
    lines += [f"| {_show(code)} | {_show(text)} |" for code, _, text in answered]
    lines += [f"\n## Refused by name ({len(refused)})\n", "| in the notebook | why |", "|---|---|"]
    lines += [f"| {_show(code)} | {_quiet(text)} |" for code, _, text in refused]
    return "\n".join(lines) + "\n"


def _show(code: str) -> str:
    shown = [line for line in code.splitlines() if line.strip() != "# --"]
    return "<br>".join(f"`` {line.replace('|', chr(92) + '|')} ``" for line in shown) or "as it was sent"


def _quiet(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
