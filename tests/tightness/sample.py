"""The sample: the notebooks whose objects are measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

from tests.cases.case_table import CASES, Case
from tests.gallery.script_notebook import cut_script
from tests.tightness.measuring import Notebook

__all__ = ["list_cases", "list_sample", "read_notebook", "read_script"]

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_OWN = re.compile(r"^%(load_ext |unload_ext )?nbmlops\b.*$", re.MULTILINE)


def list_sample(examples: Path) -> Iterator[Notebook]:
    """Return what `sample.json` names; the scripts are looked for in the folder of the examples."""
    chosen = json.loads((_HERE / "sample.json").read_text("utf-8"))
    for path, names in chosen["scripts"].items():
        yield read_script(examples / path, path, tuple(names))
    for path, names in chosen["notebooks"].items():
        yield read_notebook(_ROOT / path, tuple(names))
    yield from (notebook for notebook in list_cases() if notebook.title in chosen["cases"])


def read_script(path: Path, title: str, names: tuple[str, ...] = ()) -> Notebook:
    """Read a script with `# %%` cells."""
    cells = tuple(c.source for c in cut_script(path.read_text("utf-8")) if c.kind == "code")
    return Notebook(title, cells, {}, names)


def read_notebook(path: Path, names: tuple[str, ...] = ()) -> Notebook:
    """Read a notebook, with the files that stand beside it; that it records itself is left out."""
    notebook = nbformat.read(path, as_version=4)
    beside = {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file() and p != path}
    cells = tuple(_OWN.sub("", c.source) for c in notebook.cells if c.cell_type == "code")
    return Notebook(path.name, cells, beside, names)


def list_cases() -> Iterator[Notebook]:
    """Return the cases that need nothing from outside of the process."""
    for case in CASES:
        if not (case.server or case.sqlite or case.typed or case.between or case.frozen or case.refused):
            yield _make_notebook(case)


def _make_notebook(case: Case) -> Notebook:
    files = {name: text.encode() for name, text in case.files.items()}
    return Notebook(case.name, tuple(c.source for c in case.cells), files, (case.target,))
