"""Contract: the JSON that each verb prints, as pure functions of records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.core.encoding import encode
from nbmlops.core.proof import Proof

if TYPE_CHECKING:
    from nbmlops.core.comparison import Comparison, RunDetail
    from nbmlops.core.history import History
    from nbmlops.core.model import ModelVersion
    from nbmlops.core.pipeline import Exported
    from nbmlops.core.run import Run
    from nbmlops.core.slice import Explained, Slice
    from nbmlops.core.standing import Rescue, Standing
    from nbmlops.faces.pictures.making import Pictured

__all__ = [
    "shape_comparison",
    "shape_detail",
    "shape_explanation",
    "shape_export",
    "shape_history",
    "shape_model",
    "shape_models",
    "shape_pictured",
    "shape_proof",
    "shape_proved",
    "shape_record",
    "shape_rescue",
    "shape_run",
    "shape_runs",
    "shape_slice",
]


def shape_record(record: Any) -> Any:
    """Return a record as its own fields."""
    return encode(record)


def shape_history(history: History) -> list[dict[str, Any]]:
    """Return one object for each execution, in order."""
    return [
        {
            "execution": execution.number,
            "cell": execution.cell,
            "source": execution.source,
            "status": execution.status,
            "elapsed": execution.elapsed,
            "statements": len(execution.statements),
            "overhead": execution.overhead,
            "started": execution.started,
            "step": execution.step,
            "history": history.id,
            "notebook": history.notebook,
        }
        for execution in history.executions
    ]


def shape_slice(found: Slice) -> dict[str, Any]:
    """Return the statements that the object needs, and what they need from outside."""
    return {
        "name": found.target,
        "history": found.history,
        "statements": [_shape_explained(e) for e in found.explained if e.kept],
        "statements_kept": len(found.kept),
        "statements_total": len(found.explained),
        "inputs": [{"resource": str(r.resource), "because": r.because} for r in found.inputs],
        "random_states": [{"execution": r.place[0], "stream": r.stream} for r in found.restores],
        "missing": list(found.missing),
    }


def shape_explanation(found: Slice) -> dict[str, Any]:
    """Return every statement with whether it is kept, and each reason."""
    return {
        "name": found.target,
        "history": found.history,
        "statements": [_shape_explained(e) for e in found.explained],
    }


def shape_runs(runs: tuple[Run, ...]) -> list[dict[str, Any]]:
    """Return one object for each run."""
    return [shape_run(run) for run in runs]


def shape_run(run: Run) -> dict[str, Any]:
    """Return a run with its parameters and metrics as dictionaries."""
    return {
        "id": run.id,
        "experiment": run.experiment,
        "history": run.history,
        "model": {"name": run.model_name, "type": run.model_type},
        "parameters": {name: encode(value) for name, value in run.parameters},
        "metrics": {metric.name: encode(metric.value) for metric in run.metrics},
        "data": [encode(use) for use in run.data],
        "occurrences": run.occurrences,
        "status": run.status,
        "started": run.started,
        "executions": list(run.executions),
        "parent": run.parent,
        "figures": [
            {"name": f.name, "digest": f.digest, "type": f.media, "bytes": f.size, "execution": f.execution}
            for f in run.figures
        ],
        "tags": dict(run.tags),
        "note": run.note,
        "pinned": run.pinned,
        "archived": run.archived,
    }


def shape_detail(detail: RunDetail) -> dict[str, Any]:
    """Return a run with its code, its repeats, and where it was made."""
    record: dict[str, Any] = encode(detail)
    points = {m.name: encode(m.points) for m in detail.run.metrics if m.points}
    return {**shape_run(detail.run), "series": points, **{k: v for k, v in record.items() if k != "run"}}


def shape_comparison(found: Comparison) -> dict[str, Any]:
    """Return what differs between runs, each list in their order."""
    record: dict[str, Any] = encode(found)
    record["runs"] = [shape_run(detail.run) for detail in found.runs]
    record["metrics"] = {name: encode(spreads) for name, spreads in found.metrics}
    return record


def shape_export(exported: Exported) -> dict[str, Any]:
    """Return an export without its files' digests, and with its proof."""
    record: dict[str, Any] = encode(exported)
    record["files"] = sorted(exported.files)
    record["proof"] = None if exported.proof is None else shape_proof(exported.proof)
    return record


def shape_proof(proof: Proof) -> dict[str, Any]:
    """Return a proof: the verdict, what was compared, and where it diverged."""
    record: dict[str, Any] = encode(proof)
    first = {key: record.pop(key) for key in ("verdict", "compared", "diverged_at", "cause")}
    return {**first, **record}


def shape_proved(found: Proof | Standing) -> dict[str, Any]:
    """Return a proof; or of every name of a history its verdict, and whether all of them stand."""
    if isinstance(found, Proof):
        return shape_proof(found)
    record: dict[str, Any] = encode(found)
    return {"stands": found.stands, "since": found.since, **record}


def shape_rescue(found: Rescue) -> dict[str, Any]:
    """Return what stands of a notebook, and the export of its best model."""
    record: dict[str, Any] = encode(found)
    record["standing"] = shape_proved(found.standing)
    record["exported"] = None if found.exported is None else shape_export(found.exported)
    return record


def shape_pictured(found: Pictured) -> dict[str, Any]:
    """Return what pictures show in numbers, without how it is drawn."""
    return {
        "kind": found.kind,
        "subject": found.subject,
        "path": found.path,
        "pictures": [
            {
                "caption": p.caption,
                "headings": list(p.table.headings),
                "rows": [list(r) for r in p.table.rows],
            }
            for p in found.pictures
        ],
    }


def shape_models(versions: tuple[ModelVersion, ...]) -> list[dict[str, Any]]:
    """Return one object for each version of each model."""
    return [shape_model(version) for version in versions]


def shape_model(version: ModelVersion) -> dict[str, Any]:
    """Return a version with the verdict of its proof."""
    return {
        "name": version.name,
        "version": version.version,
        "aliases": list(version.aliases),
        "run": version.run,
        "verdict": None if version.source else version.proof.verdict,
        "approved": version.approved,
        "created": version.created,
        "type": version.type,
        "target": version.target,
        "history": version.history,
        "digest": version.digest,
        "metric": version.metric,
        "metrics": {name: encode(value) for name, value in version.metrics},
        "parent": version.parent,
        "source": version.source,
        "claimed": version.proof.verdict if version.source else None,
    }


def _shape_explained(explained: Explained) -> dict[str, Any]:
    statement = explained.statement
    return {
        "execution": statement.execution,
        "statement": statement.index,
        "source": statement.source,
        "kept": explained.kept,
        "certain": explained.certain,
        "reasons": [
            {
                "resource": str(reason.resource) if reason.resource else None,
                "because": reason.because,
                "certain": reason.certain,
            }
            for reason in explained.reasons
        ],
    }
