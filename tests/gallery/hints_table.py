"""The table of hints: each that was given on the gallery, judged by reading the example beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["write_between", "write_hints"]

_JUDGED = Path(__file__).parent / "hints_judged.json"


def write_hints(path: Path, results: Mapping[str, Any]) -> None:
    """Put the figures and the table of hints between the marks of a document."""
    judged: dict[str, dict[str, str]] = json.loads(_JUDGED.read_text("utf-8"))
    rows = list(_list_rows(results, judged))
    write_between(path, "hints", [*_summarise(results, rows), "", *_write_rows(rows)])


def write_between(path: Path, mark: str, lines: Sequence[str]) -> None:
    """Put lines between the two marks of a name in a document, in place of what stands there."""
    begin, end = f"<!-- {mark} begin -->", f"<!-- {mark} end -->"
    before, _, rest = path.read_text("utf-8").partition(begin)
    _, _, after = rest.partition(end)
    path.write_text("\n".join([before + begin, "", *lines, "", end + after]), "utf-8")


def _list_rows(results: Mapping[str, Any], judged: Mapping[str, Mapping[str, str]]) -> Iterable[list[str]]:
    for script in sorted(results):
        listed = results[script]["hints"]
        said = {hint["text"] for hint in listed}
        for hint in listed:
            yield _make_row(script, hint["kind"], hint["text"], _word_evidence(hint), judged)
        for line in results[script]["live"]:
            text = line.removeprefix("nbmlops: ")
            if not any(text.startswith(one) for one in said):
                shown = text.rpartition(": ")[0]
                yield _make_row(script, "said, then settled", shown, "measured on other rows later", judged)


def _make_row(
    script: str, kind: str, text: str, evidence: str, judged: Mapping[str, Mapping[str, str]]
) -> list[str]:
    judgement = judged.get(script, {}).get(text, "not judged")
    return [script, kind, text, evidence, judgement]


def _word_evidence(hint: Mapping[str, Any]) -> str:
    tables = ", ".join(f"`{t['table']}` {t['rows']} rows {t['digest'][:6]}" for t in hint["tables"])
    if hint["equal"] is None:
        return "; ".join(f"`{cited['source'][:60]}`" for cited in hint["statements"]).replace("\n", " ")
    chance = f", {hint['expected']:.1f} by chance" if hint["expected"] is not None else ""
    return f"{hint['equal']} of {hint['compared']} equal{chance}; {tables}"


def _summarise(results: Mapping[str, Any], rows: Iterable[list[str]]) -> list[str]:
    ran = [r for r in results.values() if r["status"] == "ran"]
    judgements = [row[4] for row in rows]
    wrong = sum(j.startswith("wrong") for j in judgements)
    return [
        "| what | |",
        "|---|---|",
        f"| examples tried, those of scikit-learn that score or split | {len(results)} |",
        f"| ran to the end (of the others the time was over, or a library is missing) | {len(ran)} |",
        f"| examples with a hint | {sum(bool(r['hints'] or r['live']) for r in results.values())} |",
        f"| hints | {len(judgements)} |",
        f"| wrong | {wrong} |",
        f"| not judged | {sum(j == 'not judged' for j in judgements)} |",
    ]


def _write_rows(rows: Iterable[list[str]]) -> list[str]:
    head = ["| example | hint | said | evidence | judged |", "|---|---|---|---|---|"]
    return head + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
