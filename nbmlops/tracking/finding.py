"""Finding runs: each fitted model is the result of one, and lineage says what belongs to it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from nbmlops.core.digest import digest_text
from nbmlops.core.run import DataUse, MetricValue, Run
from nbmlops.tracking.lineage import Ancestry, trace_ancestry
from nbmlops.tracking.merging import merge_runs

if TYPE_CHECKING:
    from nbmlops.core.history import Execution, History, Statement
    from nbmlops.core.resource import Effect

__all__ = ["find_runs"]

_FITTERS = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit"})


def find_runs(histories: Sequence[History]) -> tuple[Run, ...]:
    """Return the runs of some histories, the newest first, each once with its occurrences."""
    merged = merge_runs(run for history in histories for run in _runs_of(history))
    return tuple(sorted(merged, key=lambda run: run.started, reverse=True))


def _runs_of(history: History) -> Iterator[Run]:
    statements = history.statements()
    executions = {e.number: e for e in history.executions}
    ancestry = trace_ancestry(statements)
    for position, statement in enumerate(statements):
        for effect in _fitted_effects(statement) or _failed_effects(statements[: position + 1]):
            yield _describe_run(history, statements, executions, ancestry, position, effect)


def _fitted_effects(statement: Statement) -> list[Effect]:
    """Return the effects that made or changed a model by fitting it in this statement."""
    fitted = _fitted_names(statement.code)
    if not fitted:
        return []
    return [
        e
        for e in statement.effects
        if e.resource.kind == "name" and e.resource.key in fitted and e.change in {"bound", "changed"}
    ]


def _failed_effects(statements: Sequence[Statement]) -> list[Effect]:
    """Return the models as they were where the last of some statements tried to fit them and raised."""
    if statements[-1].outcome != "raised":
        return []
    fitted = _fitted_names(statements[-1].code)
    known = {e.resource.key: e for s in statements for e in s.effects if e.resource.kind == "name"}
    return [known[name] for name in sorted(fitted) if name in known]


def _fitted_names(code: str) -> set[str]:
    """Return names that ``name.fit(...)`` or ``name = Kind(...).fit(...)`` fits."""
    found: set[str] = set()
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return found
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FITTERS
        ):
            continue
        owner = node.func.value
        if isinstance(owner, ast.Name):
            if node.func.attr in {"fit", "partial_fit"}:
                found.add(owner.id)
        elif isinstance(owner, ast.Call):
            found |= _assigned_names(tree, node)
    return found


def _assigned_names(tree: ast.AST, call: ast.Call) -> set[str]:
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.value is call
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _describe_run(
    history: History,
    statements: Sequence[Statement],
    executions: dict[int, Execution],
    ancestry: Ancestry,
    position: int,
    effect: Effect,
) -> Run:
    statement = statements[position]
    line = ancestry.ancestors(position)
    execution = executions[statement.execution]
    codes = [statements[p].code for p in (*line, position)]
    data = tuple(_data_uses(statements, (*line, position)))
    states = [content for p in (*line, position) for _, content in statements[p].origin]
    identity = digest_text("\0".join([*codes, *(d.digest for d in data), *states, effect.resource.key]))
    status = {"ok": "finished", "raised": "failed"}.get(statement.outcome, "failed")
    if execution.status == "interrupted" and statement.outcome == "raised":
        status = "interrupted"
    return Run(
        id=identity[:12],
        experiment=_name_experiment(history),
        history=history.id,
        model_name=effect.resource.key,
        model_type=(effect.type or "").rpartition(".")[2],
        parameters=tuple(_find_parameters([statements[p] for p in (*line, position)])),
        metrics=tuple(_find_metrics(statements, ancestry, position, effect.resource.key)),
        data=data,
        occurrences=1,
        status=status,  # type: ignore[arg-type]
        started=execution.started,
        executions=tuple(sorted({statements[p].execution for p in (*line, position)})),
    )


def _name_experiment(history: History) -> str:
    if history.notebook is None:
        return "default"
    return history.notebook.replace("\\", "/").rpartition("/")[2].removesuffix(".ipynb")


def _data_uses(statements: Sequence[Statement], positions: Iterable[int]) -> Iterator[DataUse]:
    seen: set[str] = set()
    for position in positions:
        for read in statements[position].reads:
            path = read.resource.key
            if (
                read.resource.kind == "file"
                and read.content
                and path not in seen
                and not path.endswith(".py")
            ):
                seen.add(path)
                yield DataUse(path.replace("\\", "/").rpartition("/")[2], read.content)


def _find_parameters(statements: Sequence[Statement]) -> list[tuple[str, str | int | float | bool | None]]:
    """Return literals that the lineage binds to names or passes by keyword to a constructor."""
    found: dict[str, str | int | float | bool | None] = {}
    for statement in statements:
        try:
            tree = ast.parse(statement.code)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)) if _is_plain(
                    value
                ):
                    found[name] = value  # type: ignore[assignment]
                case ast.Call(func=func, keywords=keywords) if _is_constructor(func):
                    literals = {
                        k.arg: k.value.value for k in keywords if k.arg and isinstance(k.value, ast.Constant)
                    }
                    found |= {k: v for k, v in literals.items() if _is_plain(v)}  # type: ignore[misc]
    return list(found.items())


def _is_constructor(func: ast.expr) -> bool:
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    return name[:1].isupper() or name == "train_test_split"


def _is_plain(value: object) -> bool:
    return value is None or type(value) in (str, int, float, bool)


def _find_metrics(
    statements: Sequence[Statement], ancestry: Ancestry, position: int, model: str
) -> Iterator[MetricValue]:
    """Return numbers that later statements computed from this version of the model."""
    for later in range(position + 1, len(statements)):
        statement = statements[later]
        if position not in ancestry.ancestors(later) or ancestry.nearest_fit(later, statements) != position:
            continue
        function = _scoring_function(statement.code)
        for effect in statement.effects:
            if function and effect.scalar is not None and not isinstance(effect.scalar, bool):
                yield MetricValue(effect.resource.key, float(effect.scalar), function, statement.execution)


def _scoring_function(code: str) -> str | None:
    """Return the scoring function that a statement calls, by scikit-learn's names."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            func = node.func
            name = (
                func.id
                if isinstance(func, ast.Name)
                else func.attr
                if isinstance(func, ast.Attribute)
                else ""
            )
            if name == "score" or name.endswith(("_score", "_error", "_loss", "_deviance")):
                return name
    return None
