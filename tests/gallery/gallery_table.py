"""The gallery's table: what came of all scripts, in numbers and one by one, written between two marks."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.gallery.gallery_result import ObjectResult, ScriptResult

__all__ = ["write_table"]

_BEGIN, _END = "<!-- gallery begins -->", "<!-- gallery ends -->"
_NOTES = Path(__file__).parent / "notes.json"


def write_table(path: Path, results: Mapping[str, ScriptResult]) -> None:
    """Put the summary and the table of the results between the marks of a document."""
    notes: dict[str, str] = json.loads(_NOTES.read_text("utf-8"))
    ordered = [results[script] for script in sorted(results)]
    before, _, rest = path.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    text = "\n".join([*_summarise(ordered), "", *_list_rows(ordered, notes), "", *_list_others(ordered)])
    path.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{after}", "utf-8")


def _summarise(results: Sequence[ScriptResult]) -> list[str]:
    ran = [r for r in results if r.status == "ran"]
    objects = [o for r in ran for o in r.objects]
    verdicts = Counter(o.verdict or "no verdict" for o in objects)
    others = Counter((o.other, o.route) for o in objects)
    kept = sum(o.kept for o in objects)
    shares = sorted(r.share for r in ran)
    return [
        "| what | |",
        "|---|---|",
        f"| scripts | {len(results)} |",
        f"| ran | {len(ran)} |",
        f"| objects exported and proven | {len(objects)}, of {sum(bool(r.objects) for r in ran)} scripts |",
        f"| verdicts | {_count(verdicts.items())} |",
        f"| the other route | {_count((_word_other(*k), n) for k, n in others.items())} |",
        f"| identical, but not by the other route | {sum(_contradicts(o) for o in objects)} |",
        f"| statements kept of all, median | {_percent(statistics.median(_tightness(objects)))} |",
        f"| kept statements that are certain | {_percent(sum(o.certain for o in objects) / max(kept, 1))} |",
        f"| capture's share of the time, median | {_percent(statistics.median(shares or [0]))} |",
        f"| capture's share of the time, 90th percentile | {_percent(_quantile(shares, 0.9))} |",
        f"| capture's share of all scripts together | {_percent(_overall(ran))} |",
    ]


def _tightness(objects: Iterable[ObjectResult]) -> list[float]:
    return [o.kept / o.total for o in objects if o.total] or [0.0]


def _overall(ran: Iterable[ScriptResult]) -> float:
    listed = list(ran)
    plain = sum(r.elapsed - r.overhead for r in listed)
    return sum(r.overhead for r in listed) / max(plain, 1e-9)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def _contradicts(found: ObjectResult) -> bool:
    return found.verdict == "identical" and found.other != "same"


def _count(counted: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{n} {what}" for what, n in sorted(counted, key=lambda pair: -pair[1]))


def _word_other(other: str, route: str) -> str:
    return f"{other} by {route}" if route else other


def _list_rows(results: Iterable[ScriptResult], notes: Mapping[str, str]) -> list[str]:
    rows = [
        "| script | object | verdict | other route | kept | certain | capture | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        for found in result.objects:
            note = notes.get(f"{result.script}:{found.name}") or _word_cause(found)
            rows.append(
                f"| {result.script} | `{found.name}` ({found.type}) | {found.verdict or 'none'} "
                f"| {_word_other(found.other, found.route)} | {found.kept}/{found.total} | {found.certain} "
                f"| {_percent(result.share)} | {note} |"
            )
    return rows


def _word_cause(found: ObjectResult) -> str:
    if found.verdict == "identical" and found.other == "same":
        return ""
    said = found.cause or found.why or ""
    return said.partition("\n")[0].replace("|", "\\|")[:200]


def _list_others(results: Iterable[ScriptResult]) -> list[str]:
    rows = ["| without an object | why |", "|---|---|"]
    for result in results:
        if not result.objects:
            why = (result.why or "").replace("|", "\\|") or "nothing is bound that can be exported"
            rows.append(f"| {result.script} | {result.status}: {why} |" if result.why else
                        f"| {result.script} | {why} |")  # fmt: skip
    return rows


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%" if share < 0.1 else f"{100 * share:.0f}%"
