"""Gallery results: what became of each script, one JSON line each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["ObjectResult", "ScriptResult", "append_result", "read_results"]


@dataclass(frozen=True)
class ObjectResult:
    """One exported object: `other` is what the other route says, `route` which one it was.

    `certain` is how many of the `kept` statements rest on what was seen.
    """

    role: str
    name: str
    type: str
    verdict: str | None
    cause: str | None = None
    diverged: str | None = None
    injected: int = 0
    kept: int = 0
    total: int = 0
    certain: int = 0
    other: str = "neither"
    route: str = ""
    why: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class ScriptResult:
    """One script: `status` is ``ran``, ``did not run`` or ``stopped``; `why` says more of the latter two.

    `elapsed` and `overhead` are seconds of its cells, recorded, and of capture in them.
    """

    script: str
    status: str
    why: str | None = None
    elapsed: float = 0.0
    overhead: float = 0.0
    unsure: tuple[str, ...] = ()
    objects: tuple[ObjectResult, ...] = ()

    @property
    def share(self) -> float:
        """Capture's part of the time that the script took without it."""
        return self.overhead / max(self.elapsed - self.overhead, 1e-9)


def append_result(path: Path, result: ScriptResult) -> None:
    """Add a line; a later line of the same script counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def read_results(path: Path) -> dict[str, ScriptResult]:
    """Return the last result of each script, by script."""
    lines: Iterable[str] = path.read_text("utf-8").splitlines() if path.exists() else ()
    return {result.script: result for result in map(_read_line, lines)}


def _read_line(line: str) -> ScriptResult:
    data: dict[str, Any] = json.loads(line)
    objects = tuple(ObjectResult(**found) for found in data.pop("objects"))
    return ScriptResult(**data | {"objects": objects, "unsure": tuple(data["unsure"])})
