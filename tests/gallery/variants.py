"""Variants: exports of the gallery as a notebook, in a new environment, and with a line less."""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbmlops.api.exporting import export_name, prove_export
from nbmlops.core.encoding import load
from nbmlops.core.pipeline import Exported, Recipe
from nbmlops.core.proof import Proof
from nbmlops.store.opening import open_store
from tests.cases.notebook_kernel import open_kernel
from tests.gallery.gallery_result import read_results

__all__ = ["Sample", "blank_lines", "list_samples", "prove_clean", "run_flat", "take_lines"]

_SLOW = 12.0
"""Objects whose export and proof took longer are no samples."""


@dataclass(frozen=True)
class Sample:
    """An object of a script, with the store in which its notebook was recorded."""

    script: str
    name: str
    store: Path


def list_samples(cache: Path, count: int) -> list[Sample]:
    """Return objects that are spread over the scripts whose stores were kept."""
    found = []
    for script, result in sorted(read_results(cache / "results.jsonl").items()):
        store = cache / "work" / script.removesuffix(".py").replace("/", "-") / ".nbmlops" / "store.db"
        fast = [o for o in result.objects if o.verdict == "identical" and (o.seconds or 0) < _SLOW]
        if store.exists() and fast:
            found.append(Sample(script, fast[len(found) % len(fast)].name, store))
    step = max(len(found) // count, 1)
    return found[::step][:count]


def run_flat(sample: Sample, folder: Path) -> tuple[str, str]:
    """Export an object with its notebook, run that in a kernel, and return both forms' verdicts."""
    exported = export_name(sample.name, folder / "out", as_notebook=True, store=sample.store)
    cells = json.loads((folder / "out" / "pipeline.ipynb").read_text("utf-8"))["cells"]
    with open_kernel(folder / "out", {"MPLBACKEND": "Agg"}) as kernel:
        for cell in (c for c in cells if c["cell_type"] == "code"):
            answer = kernel.run("".join(cell["source"]), seconds=300)
            if answer.status != "ok":
                return str(exported.verdict), f"failed: {answer.error[:80]}"
        kernel.run("import sys; sys.path.insert(0, 'tests'); import structure")
        digest = kernel.ask(f"answer = structure.structural_digest({sample.name})")
    assert exported.proof is not None
    return str(exported.verdict), "identical" if digest == exported.proof.expected else "different"


def prove_clean(sample: Sample, folder: Path) -> tuple[str, str]:
    """Export an object, and return its verdicts in this environment and in a new one from its lock."""
    exported = export_name(sample.name, folder / "out", lock=True, store=sample.store)
    proof = prove_export(folder / "out", clean_env=True, store=sample.store)
    assert isinstance(proof, Proof)
    return str(exported.verdict), f"{proof.verdict}{'' if proof.holds else f': {proof.cause}'}"


def take_lines(sample: Sample, folder: Path) -> tuple[str, str]:
    """Take each certain statement out of an export in turn; return how many, and which nobody missed."""
    exported = export_name(sample.name, folder / "out", store=sample.store)
    script, tried, survived = folder / "out" / "pipeline.py", 0, []
    text = script.read_text("utf-8")
    for source, lines in _list_certain(sample, exported, folder / "out"):
        script.write_text(blank_lines(text, lines), "utf-8")
        proof = prove_export(folder / "out", store=sample.store)
        tried += 1
        if isinstance(proof, Proof) and proof.holds:
            survived.append(source.strip().replace("\n", " ")[:70])
    said = "all seen" if not survived else f"not missed: {'; '.join(f'`{line}`' for line in survived)}"
    return f"{tried} lines", said


def _list_certain(sample: Sample, exported: Exported, place: Path) -> Iterator[tuple[str, set[int]]]:
    """Give the certain statements of an export with the lines at which each begins in pipeline.py."""
    with open_store(sample.store, create=False) as opened:
        slice_ = load(Recipe, opened.contents.get(str(exported.recipe))).pipeline.slice
        found = opened.exports.find(place)
    assert found is not None
    for each in slice_.explained:
        lines = {line for line, at in found.lines.items() if tuple(at) == each.statement.place}
        if each.kept and each.certain and lines:
            yield each.statement.source, lines


def blank_lines(text: str, begins: set[int]) -> str:
    """Put ``pass`` in the place of the statements that begin at these lines, or with comments there."""
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        if not isinstance(node, ast.Module | ast.FunctionDef | ast.Try) or not isinstance(body, list):
            continue
        for statement in body:
            first = statement.lineno
            while first > 1 and lines[first - 2].strip().startswith("#") and first not in begins:
                first -= 1
            if first in begins and not isinstance(statement, ast.Try):
                lines[statement.lineno - 1] = f"{' ' * statement.col_offset}pass"
                for number in range(statement.lineno, statement.end_lineno or statement.lineno):
                    lines[number] = ""
    return "\n".join(lines)


_FORMS: dict[str, tuple[Callable[[Sample, Path], tuple[str, str]], str, str]] = {
    "flat": (run_flat, "as functions", "as a notebook, in a kernel"),
    "clean-env": (prove_clean, "here", "in a new environment"),
    "lines": (take_lines, "taken out, one by one", "seen"),
}


def main() -> None:
    """Try a form on a number of objects, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery.variants", description=__doc__)
    default = Path(__file__).resolve().parents[2] / "build" / "gallery"
    parser.add_argument("--cache", type=Path, default=default, help="where the gallery's results are kept")
    for form in _FORMS:
        parser.add_argument(f"--{form}", type=int, default=0, metavar="COUNT", help="so many objects")
    asked = vars(parser.parse_args())
    os.environ.pop("NBMLOPS_STORE", None)
    for form, (run, first, second) in _FORMS.items():
        samples = list_samples(asked["cache"], asked[form.replace("-", "_")] or 1)
        if not asked[form.replace("-", "_")]:
            continue
        print(f"| script | object | {first} | {second} |\n|---|---|---|---|", flush=True)
        for sample in samples:
            with tempfile.TemporaryDirectory(prefix="nbmlops-variant-") as name:
                store = Path(name, ".nbmlops", "store.db")
                store.parent.mkdir()
                shutil.copy(sample.store, store)
                there = Sample(sample.script, sample.name, store)
                print(
                    f"| {sample.script} | `{sample.name}` | {' | '.join(run(there, Path(name)))} |",
                    flush=True,
                )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
