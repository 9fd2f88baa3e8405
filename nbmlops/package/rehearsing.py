"""The rehearsal: a package answers its golden rows where nbmlops is not, and says what it imported."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

__all__: list[str] = []

_BEFORE = set(sys.modules)


def _rehearse(directory: Path, module: str) -> dict[str, Any]:
    sys.modules["nbmlops"] = None  # type: ignore[assignment]
    sys.path.insert(0, str(directory))
    service = importlib.import_module(f"{module}.service")
    uvicorn = importlib.import_module("uvicorn")
    uvicorn.Config(service.create_app(), log_config=None).load()
    model = importlib.import_module(f"{module}.model")
    loaded = model.Model()
    wrong = []
    for case in json.loads((directory / "tests" / "golden.json").read_text(encoding="utf-8")):
        try:
            (answer,) = loaded.answer_rows([case["row"]], loaded.has_probabilities)
        except model.RefusedError as refused:
            if case["dropped"] is None or case["dropped"] not in refused.problems[0].problem:
                wrong.append({"row": case["row"], "refused": [p.problem for p in refused.problems]})
            continue
        shares = list(answer["probabilities"].values()) if case["probabilities"] is not None else None
        if answer["prediction"] != case["prediction"] or shares != case["probabilities"]:
            wrong.append({"row": case["row"], "answer": answer})
    return {"wrong": wrong, "requirements": _list_requirements()}


def _list_requirements() -> list[str]:
    """Return the distributions, with their versions, of what was imported meanwhile."""
    owners = importlib.metadata.packages_distributions()
    tops = {name.partition(".")[0] for name in set(sys.modules) - _BEFORE if sys.modules[name] is not None}
    found = {owner for top in tops for owner in owners.get(top, ())}
    return sorted(f"{name}=={importlib.metadata.version(name)}" for name in found)


if __name__ == "__main__":
    print(json.dumps(_rehearse(Path(sys.argv[1]), sys.argv[2])))  # noqa: T201
