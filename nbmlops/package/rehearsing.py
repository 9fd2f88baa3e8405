"""The rehearsal: a package answers its golden rows where nbmlops is not, and says what it imported."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import re
import sys
from pathlib import Path
from typing import Any

__all__: list[str] = []

_BEFORE = set(sys.modules)

# What libraries import if it happens to be there, and no answer depends on. Where one of them needs it, uv
# adds it to the lock; all else that was imported, such as pyarrow or numexpr, may change answers: it stays.
_BYSTANDER = re.compile(
    r"opentelemetry-(sdk|proto|exporter-.*|semantic-conventions)|psutil|rich|pygments|charset.normalizer|pytest"
)


def _rehearse(directory: Path, module: str) -> dict[str, Any]:
    sys.modules["nbmlops"] = None  # type: ignore[assignment]
    sys.path.insert(0, str(directory))
    service = importlib.import_module(f"{module}.service")
    uvicorn = importlib.import_module("uvicorn")
    uvicorn.Config(service.create_app(), log_config=None).load()
    model = importlib.import_module(f"{module}.model")
    loaded = model.Model()
    golden = json.loads((directory / "tests" / "golden.json").read_text(encoding="utf-8"))
    return {
        "wrong": (_find_far if loaded.manifest.get("close") else _find_wrong)(
            loaded, model.RefusedError, golden
        ),
        "requirements": _list_requirements(),
        "memory": _measure_memory(),
    }


def _measure_memory() -> int:
    """Return the most memory that this process took, in bytes; 0 where the system does not say."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:  # Windows has none
        return 0
    peak = int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak if sys.platform == "darwin" else peak * 1024


def _find_wrong(loaded: Any, refusal: type[Exception], golden: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is not answered as the notebook's code did, row by row and then all at once."""
    wrong: list[dict[str, Any]] = []
    for case in golden:
        try:
            (answer,) = loaded.answer_rows([case["row"]], loaded.has_probabilities)
        except refusal as refused:
            problems = [problem.problem for problem in refused.problems]  # type: ignore[attr-defined]
            if case["dropped"] is None or case["dropped"] not in problems[0]:
                wrong.append({"row": case["row"], "refused": problems})
            continue
        if not _is_answer(answer, case["prediction"], case["probabilities"]):
            wrong.append({"row": case["row"], "answer": answer})
    answered = [case for case in golden if case["dropped"] is None]
    if not wrong:
        answers = loaded.answer_rows([case["row"] for case in answered], loaded.has_probabilities)
        for case, answer in zip(answered, answers, strict=True):
            if not _is_answer(answer, case["together"], case["together_probabilities"]):
                wrong.append({"row": case["row"], "together": answer})
    return wrong


def _find_far(loaded: Any, refusal: type[Exception], golden: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is further from the notebook's answers than the manifest says."""
    closeness = importlib.import_module(f"{type(loaded).__module__.rpartition('.')[0]}.closeness")
    dropped = [case for case in golden if case["dropped"] is not None]
    wrong = _find_wrong(loaded, refusal, dropped) if dropped else []
    answered = [case for case in golden if case["dropped"] is None]
    rows = [case["row"] for case in answered]
    try:
        alone = [loaded.answer_rows([row], loaded.has_probabilities)[0] for row in rows]
        together = loaded.answer_rows(rows, loaded.has_probabilities) if rows else []
    except refusal as refused:
        return [*wrong, {"refused": [problem.problem for problem in refused.problems]}]  # type: ignore[attr-defined]
    for answers, names in (
        (alone, ("prediction", "probabilities")),
        (together, ("together", "together_probabilities")),
    ):
        pairs = [
            ((answer["prediction"], _list_shares(answer)), tuple(case[name] for name in names))
            for answer, case in zip(answers, answered, strict=True)
        ]
        if not closeness.allows_gap(loaded.manifest["close"], pairs):
            gap = closeness.measure_gap(pairs, loaded.manifest["close"]["labels"])
            wrong.append({"off": gap.difference, "labels that differ": gap.flips, names[0]: "asked"})
    return wrong


def _list_shares(answer: dict[str, Any]) -> list[float] | None:
    return list(answer["probabilities"].values()) if "probabilities" in answer else None


def _is_answer(answer: dict[str, Any], prediction: Any, probabilities: list[float] | None) -> bool:
    shares = list(answer["probabilities"].values()) if probabilities is not None else None
    return bool(answer["prediction"] == prediction and shares == probabilities)


def _list_requirements() -> list[str]:
    """Return the distributions, with their versions, of what was imported meanwhile."""
    owners = importlib.metadata.packages_distributions()
    tops = {name.partition(".")[0] for name in set(sys.modules) - _BEFORE if sys.modules[name] is not None}
    found = {owner for top in tops for owner in owners.get(top, ())}
    needed = sorted(name for name in found if not _BYSTANDER.fullmatch(name.lower()))
    return [f"{name}=={importlib.metadata.version(name)}" for name in needed]


if __name__ == "__main__":
    print(json.dumps(_rehearse(Path(sys.argv[1]), sys.argv[2])))  # noqa: T201
