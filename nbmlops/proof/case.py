"""Cases: one export that is being proven, and the guarded runs of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbmlops.core.pipeline import InputFile, Piece
from nbmlops.core.progress import Progress
from nbmlops.core.proof import Distance, Divergence, Took
from nbmlops.processes.child import ProgramTimeoutError
from nbmlops.proof.blame import Places
from nbmlops.proof.closeness import measure_distance
from nbmlops.proof.equivalence import Agreement, Rival, compare_predictions
from nbmlops.proof.inputs import CheckedInputs, stage_inputs
from nbmlops.proof.sandbox import Answer, Sandbox, make_sandbox

__all__ = ["Case", "add_times", "compare_rival", "find_distance", "find_divergence", "run_export"]

_ROOT = Path(__file__).parents[2]
_HERE = Path(__file__).parent
_MARK = "\x1e"
_MOST_TOOK = 20


@dataclass(slots=True)
class Case:
    """One export that is being proven."""

    directory: Path
    target: str
    expected: str | None
    places: Places
    injected: tuple[str, ...]
    allowed: tuple[str, ...]
    progress: Progress
    timeout: float | None
    variables: Mapping[str, str]
    python: Path | None = None
    rival: Rival | None = None
    predicts: bool = False
    structure: bytes = b""
    files: tuple[str, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    checked: CheckedInputs = field(default_factory=CheckedInputs)
    environment: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    last_line: int | None = None
    late: Mapping[str, str] = field(default_factory=dict)
    recorded: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    took: tuple[Took, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    described: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)


def run_export(case: Case) -> Answer:
    """Run the export under guard, and return what the referee answered."""

    def hear(line: str) -> None:
        number = _read_mark(line, "line")
        if number is not None:
            case.last_line = number
            case.progress(f"running {case.places.describe_line(case.last_line)}")

    with make_sandbox(case.allowed, case.variables) as sandbox:
        settings = {
            "directory": str(case.directory),
            "structure": str(_place_structure(case, sandbox)),
            "places": [str(case.directory), str(sandbox.root)],
            "late": sorted(case.late),
            "parts": case.parts,
            "rules": sandbox.make_rules(case.directory, _list_declared(case)),
        }
        return sandbox.run("referee.py", settings, hear, case.timeout, python=case.python)


def add_times(case: Case, lines: Mapping[str, float]) -> tuple[Took, ...]:
    """Return the seconds by line as those of statements, the longest first."""
    spent: dict[tuple[int, int], float] = {}
    for line, seconds in lines.items():
        place = case.places.find_place(int(line))
        if place is not None:
            spent[place] = spent.get(place, 0.0) + seconds
    longest = sorted(spent.items(), key=lambda found: -found[1])[:_MOST_TOOK]
    return tuple(Took(*place, case.places.first_line(place), round(seconds, 3)) for place, seconds in longest)


def find_divergence(case: Case, pieces: Sequence[Piece]) -> tuple[bool, Divergence | None]:
    """Replay the statements one by one; say whether that was possible, and where the first parts."""
    if not pieces:
        return False, None

    def hear(line: str) -> None:
        number = _read_mark(line, "piece")
        if number is not None:
            case.progress(f"replaying statement {number} of {len(pieces)}")

    inputs = {file.parameter: file.path for file in case.inputs if file.parameter}
    with make_sandbox(case.allowed, case.variables) as sandbox:
        stage_inputs(case.inputs, sandbox.work)
        settings = {
            "directory": str(case.directory),
            "root": str(_ROOT),
            "rules": sandbox.make_rules(case.directory),
            "parameters": inputs,
            "pieces": [_encode_piece(case, piece) for piece in pieces],
        }
        try:
            answer = sandbox.run("replay.py", settings, hear, case.timeout)
        except ProgramTimeoutError:
            return False, None
    if answer.result is None or answer.result["diverged"] is None:
        return answer.result is not None, None
    found = answer.result["diverged"]
    place = (found["execution"], found["index"])
    return True, case.places.blame_place(place, found["message"], found["resource"])


def compare_rival(case: Case, rival: Rival) -> Agreement | None:
    """Return what the notebook's own object predicts alike, if it does on everything."""
    case.progress(f"comparing what '{case.target}' predicts with what the notebook's own one does")
    with make_sandbox(case.allowed, case.variables) as sandbox:
        structure = _place_structure(case, sandbox)
        return compare_predictions(
            sandbox, rival, case.directory, structure, timeout=case.timeout, python=case.python
        )


def find_distance(case: Case, rival: Rival) -> Distance | None:
    """Return how far the object is from the notebook's own, where only rounding tells them apart."""
    case.progress(f"measuring how far '{case.target}' is from the notebook's own")
    with make_sandbox(case.allowed, case.variables) as sandbox:
        structure = _place_structure(case, sandbox)
        return measure_distance(
            sandbox, rival, case.directory, structure, timeout=case.timeout, python=case.python
        )


def _list_declared(case: Case) -> list[str]:
    """Return the files that the export may read: its own as they were written, and its inputs.

    A list of inputs that somebody changed says nothing, and a link in the export may lead anywhere.
    """
    own = [case.directory / name for name in case.files]
    inputs = [file.path for file in case.inputs] if "inputs.json" in case.files else []
    return [*(str(path) for path in own if not path.is_symlink()), *inputs, str(_HERE)]


def _place_structure(case: Case, sandbox: Sandbox) -> Path:
    """Write what describes values to where the pipeline cannot: the export may be changed meanwhile."""
    place = sandbox.root / "structure.py"
    place.write_bytes(case.structure)
    return place


def _read_mark(line: str, word: str) -> int | None:
    """Return the number that a guarded script marked its progress with."""
    number = line.removeprefix(f"{_MARK}{word} ")
    return int(number) if number != line and number.isdecimal() else None


def _encode_piece(case: Case, piece: Piece) -> dict[str, Any]:
    execution, index = piece.place
    recorded = case.places.list_fingerprints(piece.place)
    return {"execution": execution, "index": index, "code": piece.code, "fingerprints": recorded}
