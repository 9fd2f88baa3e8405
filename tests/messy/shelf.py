"""The shelf: every notebook that messy sessions begin from, as ids and sources of code cells."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Notebook", "read_gallery", "read_shelf"]

_HERE = Path(__file__).parent
_SHIPPED = _HERE.parents[1] / "notebooks" / "quickstart.ipynb"
_CELL = re.compile(r"^# ?%%.*$", re.MULTILINE)


@dataclass(frozen=True)
class Notebook:
    """Code cells in order, and the files that have to lie beside them."""

    name: str
    cells: tuple[str, ...]
    files: tuple[Path, ...] = ()


def read_shelf() -> dict[str, Notebook]:
    """Return the shipped notebook and those beside this file, by name."""
    found = [_read_script(path.stem, path.read_text("utf-8")) for path in (_HERE / "notebooks").glob("*.py")]
    return {n.name: n for n in sorted([_read_shipped(), *found], key=lambda n: n.name)}


def _read_shipped() -> Notebook:
    cells = json.loads(_SHIPPED.read_text("utf-8"))["cells"]
    sources = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    kept = tuple(s for s in sources if not s.startswith(("%load_ext", "%nbmlops")))
    return Notebook("quickstart", kept, (_SHIPPED.parent / "adult.csv.gz",))


def _read_script(name: str, text: str) -> Notebook:
    cells = tuple(part.strip("\n") for part in _CELL.split(text) if part.strip())
    return Notebook(name, cells)


def read_gallery(archive: Path | None = None) -> dict[str, Notebook]:
    """Return scikit-learn's example scripts as notebooks, where its source distribution is at hand.

    `MESSY_GALLERY` names the archive where no argument does; without either there are none.
    """
    named = archive or (Path(os.environ["MESSY_GALLERY"]) if "MESSY_GALLERY" in os.environ else None)
    if named is None or not named.is_file():
        return {}
    found: dict[str, Notebook] = {}
    with tarfile.open(named) as bundle:
        for member in bundle.getmembers():
            path = Path(member.name)
            if "examples" in path.parts and path.name.startswith("plot_") and path.suffix == ".py":
                content = bundle.extractfile(member)
                text = io.TextIOWrapper(content, "utf-8").read() if content else ""
                found[path.stem] = _read_script(path.stem, text)
    return dict(sorted(found.items()))
