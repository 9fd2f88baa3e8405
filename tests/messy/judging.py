"""Judging: what became of each exported name, from what the notebook held and what the export made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Finding", "Outcome", "judge_name"]

What = Literal["identical", "refused", "undescribed", "different", "failed", "wrong", "harm"]


@dataclass(frozen=True)
class Finding:
    """One name: `wrong` is called identical by us and different by others, the worst there is."""

    name: str
    what: What
    detail: str = ""

    @property
    def is_bad(self) -> bool:
        return self.what in ("different", "failed", "wrong", "harm")


@dataclass(frozen=True)
class Outcome:
    """What came of one session; `kept` of `total` statements were exported, over all names."""

    findings: tuple[Finding, ...]
    statuses: tuple[str, ...] = ()
    kept: int = 0
    total: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def bad(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.is_bad)


def judge_name(name: str, expected: str | None, live: Mapping[str, Any], made: Mapping[str, Any]) -> Finding:
    """Compare by the structural digest first, and by the independent descriptions too."""
    if made.get("error"):
        return Finding(name, "failed", str(made["error"]))
    alike = [key for key in ("digest", "hash") if live.get(key) and live[key] == made.get(key)]
    told = f"{str(live.get('digest'))[:200]} became {str(made.get('digest'))[:200]}"
    if expected is None or made.get("structure") is None:
        return Finding(name, "undescribed", f"alike by {alike}" if alike else told)
    if expected != made["structure"]:
        return Finding(name, "different", told if not alike else f"alike by {alike}, not by structure")
    if live.get("digest") and live["digest"] != made.get("digest"):
        return Finding(name, "wrong", told)
    if live.get("hash") and live["hash"] != made.get("hash"):
        return Finding(name, "identical", "joblib.hash differs")
    return Finding(name, "identical")
