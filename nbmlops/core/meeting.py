"""Meeting: what is said of a run here and there since the two last met, and who follows whom."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

__all__ = ["Meeting", "is_same", "meet_marks", "settle_marks"]

_CUT = re.compile(r"… \(\d+ characters\)\Z")


@dataclass(frozen=True, slots=True)
class Meeting:
    """What has to be said there, and here (None: taken back); and what was changed on both sides."""

    there: Mapping[str, str | None]
    here: Mapping[str, str | None]
    parted: tuple[str, ...]


def is_same(there: str | None, here: str | None) -> bool:
    """Say whether what stands there is what stands here, or as much of it as there was room for.

    >>> is_same("long… (9 characters)", "long text"), is_same("true", "")
    (True, True)
    """
    if there is None or here is None:
        return there is here
    if there in (here, here or "true"):
        return True
    cut = _CUT.search(there)
    return cut is not None and here.startswith(there[: cut.start()])


def meet_marks(base: Mapping[str, str], here: Mapping[str, str], there: Mapping[str, str]) -> Meeting:
    """Compare what is said here and there with what was said when the two last met.

    >>> meet_marks({"note": "a"}, {"note": "b"}, {"note": "a", "tag x": "1"})
    Meeting(there={'note': 'b'}, here={'tag x': '1'}, parted=())
    """
    to_there: dict[str, str | None] = {}
    to_here: dict[str, str | None] = {}
    parted = []
    for key in sorted({*base, *here, *there}):
        before, mine, theirs = base.get(key), here.get(key), there.get(key)
        if is_same(theirs, mine):
            continue
        if mine == before:
            to_here[key] = theirs
        elif is_same(theirs, before):
            to_there[key] = mine
        else:
            parted.append(key)
    return Meeting(to_there, to_here, tuple(parted))


def settle_marks(base: Mapping[str, str], now: Mapping[str, str], kept: Collection[str]) -> dict[str, str]:
    """Return what to compare with when the two meet again: what is said now, but of some keys what was.

    >>> settle_marks({"note": "a"}, {"note": "b", "tag x": "1"}, ["note"])
    {'tag x': '1', 'note': 'a'}
    """
    settled = {key: value for key, value in now.items() if key not in kept}
    return settled | {key: base[key] for key in kept if key in base}
