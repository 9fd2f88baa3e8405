"""Writing: the Python package of a model: rows, estimator, the service's code, and a signed manifest."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any

from nbmlops.core.clock import now
from nbmlops.core.digest import digest_file
from nbmlops.core.encoding import encode
from nbmlops.package.rowcut import CLASSES, Formed, Origin, RowCut
from nbmlops.package.runtime.loading import FILES
from nbmlops.package.runtime.manifest import LEARNED, PICKLED, PLAIN
from nbmlops.package.runtime.seal import sign_manifest
from nbmlops.store.ownership import derive_seed

__all__ = ["SEED_PURPOSE", "list_pickles", "name_learned", "quiet_text", "write_module"]

SEED_PURPOSE = "sign packages"


def write_module(home: Path, cut: RowCut, formed: Formed, name: str, version: int, origin: Origin) -> None:
    """Write the Python package into the new folder `home`, signed with this person's key."""
    home.mkdir()
    runtime = importlib.resources.files("nbmlops.package.runtime")
    for source in runtime.iterdir():
        if source.name.endswith(".py") and source.name != "__init__.py":
            (home / source.name).write_bytes(source.read_bytes())
    init = f'"""The model {quiet_text(name)}, version {version}, and the service that answers with it."""\n'
    (home / "__init__.py").write_text(init, encoding="utf-8")
    (home / "rows.py").write_text(cut.source, encoding="utf-8")
    if formed.classes is not None:
        (home / f"{CLASSES}.py").write_text(formed.classes, encoding="utf-8")
    (home / FILES[formed.format]).write_bytes(formed.content)
    if formed.learned is not None:
        (home / name_learned(formed)).write_bytes(formed.learned)
    _write_json(home / "signature.json", _describe(cut))
    if origin.reference is not None:
        _write_json(home / "reference.json", origin.reference)
    manifest = {
        "model": name,
        "version": version,
        "estimator": cut.estimator_type,
        "format": formed.format,
        "pickles": list_pickles(formed),
        "promise": formed.promise,
        "close": encode(formed.close),
        "graph": formed.graph,
        "made": now(),
        "trained": origin.registered,
        "answers": list(cut.answers),
        "by_index": cut.by_index,
        "alone": cut.alone,
        "verified": encode(cut.verified),
        "holds_rows": cut.keeps_rows or cut.tells is not None,
        "few_rows_have_keys_of": list(cut.few),
        "files": {path.name: digest_file(path) for path in sorted(home.iterdir())},
    }
    _write_json(home / "manifest.json", manifest)
    sign_manifest(home, derive_seed(SEED_PURPOSE))


def name_learned(formed: Formed) -> str:
    """Return the file of the large learned values."""
    return LEARNED if formed.format in PICKLED else PLAIN


def list_pickles(formed: Formed) -> list[str]:
    """Return the files that run code when they are loaded."""
    if formed.format not in PICKLED:
        return []
    return [FILES[formed.format], *([LEARNED] if formed.learned is not None else [])]


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def _describe(cut: RowCut) -> dict[str, Any]:
    """Return the signature as the service reads it and callers see it."""
    inputs = []
    for field in cut.signature.inputs:
        item = encode(field)
        if not field.required:
            item["placeholder"] = cut.placeholders[field.name]
        inputs.append(item)
    return {
        "inputs": inputs,
        "outputs": encode(cut.signature.outputs),
        "features": [
            {"name": column, "dtype": dtype}
            for column, dtype in zip(cut.columns, cut.dtypes if cut.columns else (), strict=True)
        ],
    }


def quiet_text(text: str) -> str:
    """Return text that is safe inside of a docstring, on one line."""
    return " ".join(text.replace("\\", "/").replace('"', "'").replace("`", "'").split())
