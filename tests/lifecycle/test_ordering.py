"""The notebook of an export, run from top to bottom in a fresh kernel, makes the notebook's own object."""

from __future__ import annotations

import json

import nbclient
import nbformat

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name

CELLS = (
    "%load_ext nbmlops",
    "import random\nfrom pathlib import Path\nimport asyncio",
    "class Scale:\n    def __init__(self, by):\n        self.by = by",
    "rows = [int(line) for line in open('rows.txt')]",
    "name = 'more'\nmore = Path(name + '.txt').read_text()",
    "rate = 0.5\nimport math\nnoise = random.random()\nunused = 1",
    "scale = Scale([rate * row for row in rows])\nprint(scale)",
    "# awaited\nvalue = await asyncio.sleep(0, 3)\nfound = []\nfound.append(1 / 0)",
    "scale.by.append(1 / 0)",
    "model = {'scale': scale.by, 'noise': noise, 'more': more, 'value': value, 'found': found}",
)
ASK = "from structure import structural_digest\nprint(structural_digest(model))"


def test_the_notebook_makes_the_same(tmp_path):
    (tmp_path / "rows.txt").write_text("1\n2\n")
    (tmp_path / "more.txt").write_text("more")
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    cells.insert(4, nbformat.v4.new_markdown_cell("## Read the rows"))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "small.ipynb")
    store = tmp_path / ".nbmlops" / "store.db"
    run_notebook(tmp_path / "small.ipynb", allow_errors=True, store=store)
    exported = export_name("model", tmp_path / "out", as_notebook=True, store=store)
    assert exported.verdict == "identical", exported.proof
    assert any("a proof runs pipeline.py" in note for note in exported.notes)
    notebook = nbformat.read(tmp_path / "out" / "pipeline.ipynb", as_version=4)
    nbformat.validate(notebook)
    texts = [cell.source for cell in notebook.cells]
    assert "## Read the rows" in texts
    assert not any("nbmlops" in text or "print" in text or "unused" in text for text in texts)
    assert any("rate=0.5,  # cell 6, line 1" in text for text in texts)
    notebook.cells.append(nbformat.v4.new_code_cell("import sys\nsys.path.append('tests')\n" + ASK))
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path / "out")}}).execute()
    golden = json.loads((tmp_path / "out" / "tests" / "golden.json").read_text())
    assert notebook.cells[-1].outputs[0].text.strip() == golden["value"]
