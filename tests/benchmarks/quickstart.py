"""The quickstart: the share of a whole notebook's time that recording takes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from nbmlops.api.executing import run_notebook
from nbmlops.core.quickstart import QUICKSTART_FILES, locate_quickstart
from tests.benchmarks.figures import Figure

__all__ = ["measure_quickstart"]

_TELL = """
from nbmlops.api.capturing import capture_status
capture_status().overhead, capture_status().elapsed
"""


def measure_quickstart(folder: Path) -> Iterator[Figure]:
    """Yield the share of recording in the time of the quickstart's cells, storing included."""
    for name in QUICKSTART_FILES:
        shutil.copyfile(locate_quickstart() / name, folder / name)
    notebook = folder / "quickstart.ipynb"
    _leave_verbs(notebook)
    answered = folder / "answered.ipynb"
    run_notebook(notebook, output=answered, store=folder / "quickstart" / "store.db")
    cells = json.loads(answered.read_text())["cells"]
    told = "".join(cells[-1]["outputs"][-1]["data"]["text/plain"])
    overhead, elapsed = (float(part) for part in told.strip("()").split(","))
    yield Figure(
        "the whole quickstart notebook",
        f"{overhead / elapsed:.1%} of {elapsed:.1f} s",
        "<= 5%",
        overhead <= 0.05 * elapsed,
    )


def _leave_verbs(path: Path) -> None:
    """Take the cells out that are not the user's own work, and add one that tells."""
    document = json.loads(path.read_text())
    kept = [c for c in document["cells"] if not "".join(c["source"]).startswith("%nbmlops")]
    last = next(c for c in reversed(kept) if c["cell_type"] == "code")
    document["cells"] = [*kept, {**last, "id": "tell", "source": _TELL, "outputs": []}]
    path.write_text(json.dumps(document))
