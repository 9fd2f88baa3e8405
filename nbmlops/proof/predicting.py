"""Predicting: the guarded script that writes down what an object predicts on rows that the notebook had."""

from __future__ import annotations

import functools
import importlib
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["describe_predictions", "main", "make_anew", "predict_rows", "watch_rows"]

_METHODS = ("predict", "predict_proba", "decision_function")


def main(settings_path: str, result_path: str) -> None:
    """Take the object that was kept, or make it anew, and answer what it predicts; never returns."""
    here = str(Path(__file__).parent)
    sys.path.insert(0, here)
    referee = importlib.import_module("referee")
    sys.path.remove(here)
    # The name belongs to the pipeline, which may have a module of its own that is called so.
    del sys.modules["referee"]
    referee.answer_guarded(settings_path, result_path, predict_rows)


def predict_rows(structure: ModuleType, settings: dict[str, Any]) -> dict[str, Any]:
    """Return what was predicted for each table that was kept, and the error that stopped it, if any."""
    folder, kept = Path(settings["rows"]), settings["kept"]
    try:
        if kept is None:
            value = make_anew(structure, folder, settings["known"])
        else:
            value = pickle.loads(Path(kept).read_bytes())
        found = {path.name: describe_predictions(structure, value, path) for path in sorted(folder.iterdir())}
    except BaseException as error:  # noqa: BLE001 - whatever ended it, there is nothing to compare
        return {"predictions": {}, "error": f"{type(error).__name__}: {error}"[:2_000]}
    return {"predictions": found, "error": None}


def make_anew(structure: ModuleType, folder: Path, known: dict[str, str]) -> Any:
    """Run the pipeline, and keep the tables that its steps take and that the notebook had."""
    folder.mkdir()
    pipeline = importlib.import_module("pipeline")
    watch_rows(pipeline, lambda name, value: _keep_rows(structure, folder / name, value, known.get(name)))
    return pipeline.run(pipeline.Parameters())


def watch_rows(pipeline: ModuleType, keep: Callable[[str, Any], None]) -> None:
    """Have each value that a step takes from now on kept as it is before the step can change it."""
    for name, step in getattr(pipeline, "STEPS", {}).items():
        setattr(pipeline, name, _watch_step(step, keep))


def _watch_step(step: Any, keep: Callable[[str, Any], None]) -> Callable[..., Any]:
    @functools.wraps(step.function)
    def run(parameters: Any, *values: Any) -> Any:
        for name, value in zip(step.inputs, values, strict=False):
            keep(name, value)
        return step.function(parameters, *values)

    return run


def _keep_rows(structure: ModuleType, place: Path, value: Any, known: str | None) -> None:
    """Keep a table, where it is bit for bit the one that the notebook had."""
    shape = getattr(value, "shape", None)
    if known is None or not isinstance(shape, tuple) or len(shape) != 2 or not shape[0]:
        return
    if structure.structural_digest(value) == known:
        place.write_bytes(pickle.dumps(value, protocol=5))


def describe_predictions(structure: ModuleType, value: Any, path: Path) -> dict[str, Any]:
    """Return the digest of a table, its number of rows, and the digest of what each method says of it."""
    rows = pickle.loads(path.read_bytes())
    told = {"digest": structure.structural_digest(rows), "rows": int(rows.shape[0])}
    return told | {"methods": dict(_call_methods(structure, value, rows))}


def _call_methods(structure: ModuleType, value: Any, rows: Any) -> Iterator[tuple[str, str]]:
    for name in _METHODS:
        method = getattr(value, name, None)
        if method is None:
            continue
        try:
            answer = method(rows)
        except Exception as error:  # noqa: BLE001 - not every table is one that the object was fitted on
            yield name, f"raised {type(error).__name__}"
        else:
            yield name, structure.structural_digest(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
