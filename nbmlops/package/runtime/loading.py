"""Loading: the fitted estimator out of its file, by the format that the manifest names."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from .manifest import PICKLED, DamagedError, read_checked

__all__ = ["FILES", "load_estimator"]

FILES = {"pickle": "model.pkl", "cloudpickle": "model.pkl", "skops": "model.skops", "onnx": "model.onnx"}
"""The file of the model by its format."""


def load_estimator(folder: Path, manifest: dict[str, Any]) -> Any:
    """Return what predicts; raise DamagedError where its file is not the one that was packaged.

    Only the formats of `PICKLED` run code; a skops file may hold types of the package's own list only.
    """
    kind = manifest.get("format")
    if kind not in FILES:
        raise DamagedError(f"The package holds a model of the format '{kind}', which it cannot read.")
    name = FILES[kind]
    content = read_checked(folder, name, manifest)
    if kind in PICKLED:
        return pickle.loads(content)
    if kind == "skops":
        from .trusted import load_trusted

        return load_trusted(content, str(folder / name))
    from .graph import load_graph

    return load_graph(content, manifest["graph"])
