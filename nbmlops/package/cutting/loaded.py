"""Loaded: a composed row function, imported as a package of its own and called on captured rows."""

from __future__ import annotations

import hashlib
import importlib
import importlib.resources
import json
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from nbmlops.package.cutting.composing import CHECK
from nbmlops.package.cutting.freezing import Frozen, thaw_value
from nbmlops.package.runtime.cleaning import DroppedError
from nbmlops.package.runtime.schema import Schema
from nbmlops.values.codec import save_value

__all__ = ["Loaded", "load_rows", "save_learned"]

_NEEDED = ("cleaning.py", "learned.py", "manifest.py")
_numbers = iter(range(10**9))


@dataclass(eq=False)
class Loaded:
    """A loaded row function: `raw` are all captured rows, numbered from 0."""

    module: types.ModuleType
    raw: pd.DataFrame
    reached: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def call(self, function: str, rows: pd.DataFrame) -> Any:
        """Call ``features`` or ``target``; the DroppedError of the runtime says that no row is left."""
        self.reached.clear()
        dropped = sys.modules[f"{self.module.__package__}.cleaning"].DroppedError
        try:
            return getattr(self.module, function)(rows)
        except dropped as error:
            raise DroppedError(error.statement) from error

    def features(self, rows: pd.DataFrame) -> Any:
        """Return the features of rows."""
        return self.call("features", rows)

    def single(self, position: int, schema: Schema) -> pd.DataFrame:
        """Return one captured row as a caller would send it, built by the service's own code."""
        return schema.build_rows([self.sent(position)])

    def sent(self, position: int) -> dict[str, Any]:
        """Return one captured row as JSON would hold it."""
        row = self.raw.iloc[position]
        return json.loads(json.dumps({str(name): _plain(value) for name, value in row.items()}))  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def save_learned(values: dict[str, Frozen]) -> bytes | None:
    """Return the learned values that are too large for the source, as one pickle."""
    kept = {name: thaw_value(frozen) for name, frozen in values.items() if frozen.text is None}
    return save_value(kept)[1] if kept else None


def load_rows(source: str, learned: bytes | None, raw: pd.DataFrame, folder: Path) -> Loaded:
    """Write a row function beside the runtime that it needs, and import it."""
    name = f"nbmlops_rows_{next(_numbers)}"
    home = folder / name
    home.mkdir()
    runtime = importlib.resources.files("nbmlops.package.runtime")
    for needed in _NEEDED:
        (home / needed).write_text(runtime.joinpath(needed).read_text(encoding="utf-8"), encoding="utf-8")
    (home / "__init__.py").write_text("", encoding="utf-8")
    (home / "rows.py").write_text(source, encoding="utf-8")
    files = {}
    if learned is not None:
        (home / "learned.pkl").write_bytes(learned)
        files["learned.pkl"] = hashlib.sha256(learned).hexdigest()
    (home / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    module = importlib.import_module(f"{name}.rows")
    loaded = Loaded(module, raw)
    check: Callable[[int, dict[str, Any]], None] = lambda number, names: loaded.reached.append(  # noqa: E731
        (number, {k: v.copy() if hasattr(v, "iloc") else v for k, v in names.items()})
    )
    module.__dict__[CHECK] = check
    return loaded
