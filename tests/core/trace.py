"""Traces: histories written by hand, each statement with the evidence that a kernel would have given."""

from __future__ import annotations

from pathlib import PurePath

from nbmlops.core.digest import digest_text
from nbmlops.core.history import Environment, Execution, History, Statement
from nbmlops.core.resource import Effect, Read, Resource

__all__ = ["ENVIRONMENT", "make_history", "say"]

ENVIRONMENT = Environment("3.11.7", "linux", {"pandas": "3.0.0"})
# keyword of `say`: kind of the resource, what happened to it, whether the earlier version is done with
_EFFECTS = {
    "binds": ("name", "bound", True),
    "maybe": ("name", "bound", False),
    "changes": ("name", "changed", False),
    "deletes": ("name", "deleted", True),
    "writes": ("file", "written", True),
    "appends": ("file", "written", False),
    "moves": ("random", "moved", False),
    "seeds": ("random", "seeded", True),
    "sets": ("ambient", "changed", False),
}
_READS = {"reads": "name", "opens": "file", "moves": "random", "asks": "outside", "heeds": "ambient"}


def say(code, **evidence):
    """Describe a statement: `binds="a b"` and the like hold keys, apart by spaces.

    Further keywords: `loads` the files of own modules, `late` names, `types` and `scalars` by name,
    `origin` of streams, `error`, and of the execution `cell` (the same number again joins the
    statements), `step`, `heading`, `status`.
    """
    return code, evidence


def make_history(*lines, notebook="/home/me/churn.ipynb", directory="/home/me", key="h1"):
    """Make a history of what `say` described; each statement is a cell unless `cell` joins it to one."""
    cells: dict[int, list[Statement]] = {}
    settings: dict[int, dict[str, object]] = {}
    for code, evidence in lines:
        number = evidence.get("cell") or max(cells, default=0) + 1
        held = cells.setdefault(number, [])
        held.append(_make_statement(code, evidence, number, len(held)))
        wanted = {k: evidence[k] for k in ("step", "heading", "status") if k in evidence}
        settings[number] = {**settings.get(number, {}), **wanted}
    executions = tuple(_make_execution(n, held, dict(settings[n])) for n, held in cells.items())
    return History(key, notebook, directory, "2026-01-01", ENVIRONMENT, executions=executions)


def _make_execution(number, held, settings):
    failed = any(s.outcome == "raised" for s in held)
    status = settings.pop("status", "error" if failed else "ok")
    source = "\n".join(s.source for s in held)
    started = f"2026-01-01T00:00:{number:02}"
    return Execution(
        number, f"cell-{number}", source, status, started, 0.1, statements=tuple(held), **settings
    )


def _make_statement(code, evidence, number, index):
    types, scalars = evidence.get("types", {}), evidence.get("scalars", {})
    certain = evidence.get("certain", True)
    effects = [
        Effect(
            Resource(kind, key),
            change,
            "seen",
            definite,
            certain,
            type=types.get(key),
            scalar=scalars.get(key),
        )
        for word, (kind, change, definite) in _EFFECTS.items()
        for key in evidence.get(word, "").split()
    ]
    reads = [
        Read(Resource(kind, key), "seen", content=digest_text(key) if kind == "file" else None)
        for word, kind in _READS.items()
        for key in evidence.get(word, "").split()
    ]
    reads += [
        Read(Resource("name", key), "a function", late=True) for key in evidence.get("late", "").split()
    ]
    reads += [
        Read(Resource("name", key), "may", certain=False) for key in evidence.get("may_read", "").split()
    ]
    reads += [
        Read(Resource("file", path), "imported", content=digest_text(path), module=PurePath(path).stem)
        for path in evidence.get("loads", "").split()
    ]
    return Statement(
        execution=number,
        index=index,
        line=index + 1,
        source=evidence.get("source", code),
        code=code,
        outcome="raised" if "error" in evidence else "ok",
        error=evidence.get("error"),
        reads=tuple(reads),
        effects=tuple(effects),
        origin=tuple(evidence.get("origin", {}).items()),
    )
