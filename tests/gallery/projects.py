"""Projects: each export of the gallery as its next owner has it, with its own tests and another parameter."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Project", "list_projects", "read_projects", "try_project"]

_SECONDS = 300
_CHANGE = """
import dataclasses, json, os, sys
sys.modules["nbmlops"] = None
here = sys.argv[1]
sys.path[:0] = [here, here + "/tests"]
import pipeline, structure
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
given = pipeline.Parameters()
answer = open(sys.argv[2], "w")
golden = json.load(open(here + "/tests/golden.json"))["value"]
told = {"parameter": None, "changed": False, "tried": 0}
for field in dataclasses.fields(given):
    value = getattr(given, field.name)
    if type(value) not in (int, float, tuple) or told["tried"] == 4:
        continue
    told["tried"] += 1
    if type(value) is tuple:
        other = value[1:] or value * 2
    else:
        other = value + 1 if type(value) is int else value * 0.75 or 0.25
    try:
        made = pipeline.run(dataclasses.replace(given, **{field.name: other}))
        differs = structure.structural_digest(made) != golden
    except BaseException as problem:
        told["refused"] = f"{field.name}={other}: {problem}"[:200]
        continue
    told |= {"parameter": f"{field.name}: {value} -> {other}", "changed": differs}
    if differs:
        break
json.dump(told, answer)
"""


@dataclass(frozen=True)
class Project:
    """What came of one export: its own tests, and the first number or list whose change changed the result.

    `environment` says in which environment its tests ran: this one, or a new one of its own.
    """

    export: str
    tests: str
    environment: str = "this one"
    parameter: str | None = None
    changed: bool = False
    tried: int = 0
    refused: str | None = None


def list_projects(cache: Path) -> list[Path]:
    """Return the folders of the exports that were made, in the order of their scripts."""
    return sorted(path.parent for path in (cache / "work").glob("*/export-*/pipeline.py"))


def read_projects(path: Path) -> list[Project]:
    """Return what came of each export, the last time that it was tried."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return list({found.export: found for found in (Project(**json.loads(line)) for line in lines)}.values())


def try_project(export: Path, clean: bool) -> Project:
    """Run an export's own tests, in an environment of its own if asked for, and change a number."""
    name = f"{export.parent.name}/{export.name}"
    with tempfile.TemporaryDirectory(prefix="nbmlops-project-") as folder:
        python = _make_environment(export, Path(folder) / "venv") if clean else sys.executable
        tested = _run([python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"], export)
        told: dict[str, object] = {"parameter": None, "changed": False, "tried": 0}
        answer = Path(folder) / "answer.json"
        ran = _run([sys.executable, "-c", _CHANGE, str(export), str(answer)], Path(folder))
        if ran.returncode == 0 and answer.exists():
            told = json.loads(answer.read_text())
    said = "passed" if tested.returncode == 0 else f"failed: {tested.stdout.strip()[-300:]}"
    return Project(name, said, "a new one" if clean else "this one", **told)  # type: ignore[arg-type]


def _make_environment(export: Path, place: Path) -> str:
    uv = [sys.executable, "-m", "uv"]
    _require(_run([*uv, "venv", "--quiet", "--python", sys.executable, str(place)], export))
    asked = ["pip", "install", "--quiet", "--python", str(place / "bin" / "python"), "--requirements"]
    _require(_run([*uv, *asked, "pyproject.toml", "--group", "test"], export))
    return str(place / "bin" / "python")


def _require(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NBMLOPS", "PYTHONPATH", "PYTEST"))}
    kept |= {"MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            command, cwd=folder, env=kept, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, f"not done within {_SECONDS} seconds", "")


def summarise_projects(projects: list[Project]) -> Iterator[str]:
    """Say in lines how many exports stand as projects."""
    outcomes = Counter((p.environment, p.tests.partition(":")[0]) for p in projects)
    for (environment, outcome), count in sorted(outcomes.items()):
        yield f"own tests in {environment}: {count} {outcome}"
    yield f"a changed parameter changed the result: {sum(p.changed for p in projects)} of {len(projects)}"
    yield f"no number or list among the parameters: {sum(not p.tried for p in projects)}"


def main() -> None:
    """Try what has not been tried yet."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery.projects", description=__doc__)
    default = Path(__file__).resolve().parents[2] / "build" / "gallery"
    parser.add_argument("--cache", type=Path, default=default, help="where the gallery's results are kept")
    parser.add_argument("--clean", type=int, default=10, help="so many in new environments of their own")
    asked = parser.parse_args()
    results = asked.cache / "projects.jsonl"
    known = {found.export for found in read_projects(results)}
    exports = list_projects(asked.cache)
    step = max(len(exports) // asked.clean, 1) if asked.clean else len(exports) + 1
    for number, export in enumerate(exports):
        if f"{export.parent.name}/{export.name}" in known:
            continue
        found = try_project(export, clean=number % step == 0)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(found)) + "\n")
        print(
            f"{number + 1}/{len(exports)} {found.export}: {found.tests}; {found.parameter} {found.changed}",
            flush=True,
        )
    print("\n".join(summarise_projects(read_projects(results))))


if __name__ == "__main__":
    main()
