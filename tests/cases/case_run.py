"""One case, run: recorded in a real kernel, exported and proven after the kernel's end."""

from __future__ import annotations

import ast
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from nbmlops.api.exporting import export_name, prove_export
from nbmlops.core.encoding import load
from nbmlops.core.pipeline import Exported, Recipe
from nbmlops.core.proof import Proof
from nbmlops.proof.prove import prove_export as prove_directory
from nbmlops.store.opening import open_store
from tests.cases.case_table import Case
from tests.cases.notebook_kernel import PROBLEMS, open_kernel

__all__ = [
    "CaseRun",
    "lint_export",
    "list_kept_lines",
    "prove_without",
    "record_case",
    "run_elsewhere",
    "serve_texts",
]

_HERE = Path(__file__).parent
_DIGEST = f"""
import sys
sys.path.insert(0, {str(_HERE)!r})
import digest
answer = digest.digest(%s)
sys.path.pop(0)
"""
_ELSEWHERE = """
import sys
sys.modules["nbmlops"] = None
sys.path[:0] = [{export!r}, {here!r}]
from pipeline import Parameters, run
import digest
print("\\n" + digest.digest(run(Parameters())))
"""


@dataclass(frozen=True)
class CaseRun:
    """What became of a case; `digest` is the kernel's own value by tests/cases/digest.py."""

    case: Case
    store: Path
    exported: Exported
    proof: Proof
    digest: str

    @property
    def directory(self) -> Path:
        return Path(self.exported.path)

    @property
    def pipeline(self) -> str:
        return (self.directory / "pipeline.py").read_text("utf-8")


def record_case(case: Case, folder: Path) -> CaseRun:
    """Run the cells of a case in a kernel, end the recording, export the target and prove it."""
    _place_files(case, folder)
    address = serve_texts(case.server) if case.server else ""
    answers = list(case.typed)
    with open_kernel(folder) as kernel:
        assert kernel.run("%load_ext nbmlops").status == "ok"
        for number, cell in enumerate(case.cells, 1):
            kernel.run(cell.source.replace("{server}", address), cell.id, answers=answers)
            if str(number) in case.between:
                kernel.ask(f"{case.between[str(number)]}\nanswer = 0")
        assert kernel.ask(PROBLEMS) == [[], []]
        kernel.run("%unload_ext nbmlops")
        digest = kernel.ask(_DIGEST % case.target)
    store = folder / ".nbmlops" / "store.db"
    exported = export_name(
        case.target, folder / "export", prove=not case.allow, store=store, frozen=case.frozen
    )
    proof = exported.proof
    if proof is None:
        proof = prove_export(folder / "export", allow=case.allow, store=store)
    return CaseRun(case, store, exported, proof, digest)


def _place_files(case: Case, folder: Path) -> None:
    for name, text in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for name, statements in case.sqlite.items():
        with closing(sqlite3.connect(folder / name)) as connection, connection:
            for statement in statements:
                connection.execute(statement)


def serve_texts(texts: Mapping[str, str]) -> str:
    """Serve texts by path over HTTP from a thread of this process; return the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = texts[self.path.lstrip("/")].encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def run_elsewhere(run: CaseRun, folder: Path) -> str:
    """Run the export where nbmlops cannot be imported, and return the digest of its value."""
    code = _ELSEWHERE.format(export=str(run.directory), here=str(_HERE))
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NBMLOPS")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n").rpartition("\n")[2]


def list_kept_lines(run: CaseRun) -> list[tuple[int, int]]:
    """Return first and last line of each statement in pipeline.py that is no import, in order."""
    with open_store(run.store, create=False) as store:
        found = store.exports.find(run.directory)
        assert found is not None
        starts = sorted(found.lines)
    nodes = [n for n in ast.walk(ast.parse(run.pipeline)) if isinstance(n, ast.stmt)]
    spans = []
    for start in starts:
        node = min(
            (n for n in nodes if _first_line(n) >= start), key=lambda n: (_first_line(n), -n.end_lineno)
        )
        if not isinstance(node, ast.Import | ast.ImportFrom):
            spans.append((_first_line(node), node.end_lineno or node.lineno))
    return spans


def lint_export(run: CaseRun) -> list[str]:
    """Return what a linter says of the lines of an export that its user did not write."""
    rules = ["--select", "E,F,W,B,UP,SIM,PIE,RET,C4", "--ignore", "E501,RET504,F841"]
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--output-format", "json", *rules]
    done = subprocess.run([*command, "."], cwd=run.directory, capture_output=True, text=True, check=False)
    own = [run.directory / "pipeline.py", *(run.directory / "tests").glob("*.py")]
    own += run.directory.glob("pipeline_*.py")
    typed = {n for first, last in _find_spans(run) for n in range(first, last + 1)}
    return [
        f"{problem['code']} {problem['filename']}:{problem['location']['row']}"
        for problem in json.loads(done.stdout)
        if Path(problem["filename"]) in own
        and not (Path(problem["filename"]).name == "pipeline.py" and problem["location"]["row"] in typed)
    ]


def _find_spans(run: CaseRun) -> list[tuple[int, int]]:
    """Return first and last line of each statement of the user's in pipeline.py, with its comments."""
    with open_store(run.store, create=False) as store:
        found = store.exports.find(run.directory)
        assert found is not None
        starts = sorted(found.lines)
    nodes = [n for n in ast.walk(ast.parse(run.pipeline)) if isinstance(n, ast.stmt)]
    firsts = [
        min((n for n in nodes if _first_line(n) >= s), key=lambda n: (_first_line(n), -n.end_lineno))
        for s in starts
    ]
    return [
        (start, _end_text(run.pipeline, node.end_lineno or start))
        for start, node in zip(starts, firsts, strict=True)
    ]


def _end_text(pipeline: str, line: int) -> int:
    """Return the last line of a text that goes on below: a magic may have become several statements."""
    lines = pipeline.split("\n")
    while line < len(lines) and lines[line].strip():
        line += 1
    return line


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])


def prove_without(run: CaseRun, spans: list[tuple[int, int]], folder: Path) -> Iterator[tuple[str, Proof]]:
    """Prove copies of the export in which one statement each is `pass`."""
    with open_store(run.store, create=False) as store:
        found = store.exports.find(run.directory)
        assert found is not None
        assert found.recipe is not None
        slice_ = load(Recipe, store.contents.get(found.recipe)).pipeline.slice
    lines = run.pipeline.split("\n")
    for number, (first, last) in enumerate(spans):
        copy = folder / f"without-{number}"
        shutil.copytree(run.directory, copy, ignore=shutil.ignore_patterns("__pycache__"))
        removed = "\n".join(lines[first - 1 : last])
        indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
        (copy / "pipeline.py").write_text("\n".join([*lines[: first - 1], f"{indent}pass", *lines[last:]]))
        proof = prove_directory(
            copy,
            target=slice_.target,
            expected=run.proof.expected,
            lines={},
            statements={},
            allow=run.case.allow,
        )
        yield removed, proof
