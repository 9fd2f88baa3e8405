"""Judging: pictures of what this kernel's models answer, asked for and computed on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.api.opening import choose_history, find_following, use_store
from nbmlops.core.plot import Plot, PlotKind
from nbmlops.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from nbmlops.tracking.asked import AskedRows

__all__ = ["judge_model"]


def judge_model(
    kind: PlotKind, name: str, rows: str | None = None, truth: str | None = None, store: Path | None = None
) -> Plot:
    """Return the numbers of a picture of a model of this kernel: of its answers, or of what it weighs.

    The kernel's own model answers, so its code runs; nothing that is stored is opened for it. Where no rows
    are named, those that the notebook measured the model with last are taken, as they are now.

    Parameters
    ----------
    kind
        Of its answers: ``roc``, ``pr``, ``calibration``, ``confusion``; of itself: ``importance``.
    name
        The model as the notebook reaches it: ``model``, ``models['a']``.
    rows, truth
        The rows and their true values, as the notebook reaches them: ``X_test``, ``test[['a', 'b']]``.

    Raises
    ------
    UsageError
        If no kernel is recorded here, or there is no such picture of this model.
    UnknownNameError
        If the kernel does not hold one of them.
    """
    following = find_following()
    if following is None:
        raise UsageError(
            f"A picture '{kind}' is of a model that a kernel holds, and none is opened for it here.",
            f"Type `%nbmlops picture {kind} {name}` in the notebook.",
        )
    from nbmlops.tracking.asked import find_asked
    from nbmlops.values.judging import NoPlotError, plot_answers, plot_importance

    namespace = following.shell.user_ns
    model = _reach(name, namespace)
    try:
        if kind == "importance":
            return plot_importance(model, f"`{name}` as it is now")
        asked = None
        if rows is None or truth is None:
            with use_store(store) as opened:
                asked = find_asked(choose_history(opened), name)
        rows, truth, about = _choose_rows(kind, name, rows, truth, asked)
        return plot_answers(kind, model, _reach(rows, namespace), _reach(truth, namespace), about)
    except NoPlotError as problem:
        raise UsageError(
            f"There is no picture '{kind}' of '{name}': {problem}.", "Name another kind, or other rows."
        ) from problem


def _choose_rows(
    kind: str, name: str, rows: str | None, truth: str | None, asked: AskedRows | None
) -> tuple[str, str, str]:
    if rows is not None and truth is not None:
        return rows, truth, f"`{name}` on `{rows}` with `{truth}`, as they are now"
    if rows is not None or truth is not None or asked is None:
        raise UsageError(
            f"It is not known with which rows '{name}' was measured.",
            f"Name them: `%nbmlops picture {kind} {name} --on X_test --truth y_test`.",
        )
    about = f"`{name}` on `{asked.rows}` with `{asked.truth}`, as cell {asked.execution} measured it"
    if asked.changed:
        names = ", ".join(f"`{changed}`" for changed in asked.changed)
        about += f"; since then {names} may have changed"
    return asked.rows, asked.truth, about


def _reach(text: str, namespace: Mapping[str, Any]) -> Any:
    from nbmlops.values.reaching import can_reach, reach_value

    if not can_reach(text):
        raise UsageError(
            f"'{text}' is more than a name and its parts.",
            "Bind it to a name first, then give the name with `--on` and `--truth`.",
        )
    try:
        return reach_value(text, namespace)
    except (LookupError, AttributeError, TypeError) as problem:
        raise UnknownNameError(
            f"This kernel holds no '{text}' ({type(problem).__name__}: {problem}).",
            "See what it holds with `%whos`.",
        ) from problem
