"""Naming: what a step is called: after its heading, else after what it does and makes."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Sequence

from nbmlops.pipeline.parts import Part
from nbmlops.pipeline.phases import Phase, find_phases, name_source

__all__ = ["name_step"]

_LONGEST = 40
_VERBS = {Phase.LOAD: "load", Phase.PREPARE: "make", Phase.FIT: "fit", Phase.EVALUATE: "compute"}
_FITTED = frozenset(
    {"sklearn", "imblearn", "xgboost", "lightgbm", "catboost", "torch", "keras", "statsmodels"}
)
_SPOKEN = {"X": "features", "y": "labels", "df": "data"}
"""What the shortest names of the trade stand for; `y` is labels only beside an `X`."""


def name_step(title: str, parts: Sequence[Part], outputs: Sequence[str], taken: set[str]) -> str:
    """Name a step after its title, else after what it does; never as anything in `taken`."""
    words = _spell(title)
    if len(words) > _LONGEST:
        words = words[: _LONGEST + 1].rpartition("_")[0] or words[:_LONGEST]
    words = words or _describe(parts, outputs)
    if words in taken or keyword.iskeyword(words):
        words = f"{words}_data" if words.startswith("load_") else f"{words}_step"
    candidate, number = words, 2
    while candidate in taken:
        candidate, number = f"{words}_{number}", number + 1
    return candidate


def _spell(text: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return re.sub(r"^[0-9_]+", "", words)


def _describe(parts: Sequence[Part], outputs: Sequence[str]) -> str:
    phases = find_phases(parts)
    phase = _choose_phase(phases)
    if phase is Phase.SPLIT:
        return "split_data"
    main = _main_output(parts, outputs)
    made = _spell(main)
    if main != "y" or any("X" in part.mentioned for part in parts):
        made = _SPOKEN.get(main, made)
    if phase is Phase.LOAD:
        sources = [name_source(part) for part, found in zip(parts, phases, strict=True) if found is phase]
        source = next((_spell(source) for source in sources if _spell(source)), "")
        verb = "make" if not source and any("make_" in part.code for part in parts) else "load"
        return f"{verb}_{source or made or 'data'}"
    kind = {n: t for part in parts for n, t in part.types.items()}.get(main, "")
    if phase is Phase.FIT and kind and kind.partition(".")[0] not in _FITTED | {"__main__"}:
        phase = Phase.PREPARE
    if not made:
        return "evaluate" if phase is Phase.EVALUATE else "prepare"
    return f"{_VERBS[phase]}_{made}"


def _choose_phase(phases: Sequence[Phase]) -> Phase:
    """Return what a step is for: its fit, else its split, else what it does most."""
    for phase in (Phase.FIT, Phase.SPLIT):
        if phase in phases:
            return phase
    return Counter(phases).most_common(1)[0][0]


def _main_output(parts: Sequence[Part], outputs: Sequence[str]) -> str:
    """Return the output that is bound last; the features, where they are made with their labels."""
    last = next((n for part in reversed(parts) for n in outputs if n in part.binds), (*outputs, "")[-1])
    return "X" if last == "y" and "X" in outputs else last
