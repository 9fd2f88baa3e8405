"""Judging: pictures of what a model answers, drawn when they are asked for, by the kernel that holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbmlops.api.overseeing import is_last_fitted
from nbmlops.core.plot import PLOT_KINDS
from nbmlops.faces.blocks import Line, Picture
from nbmlops.faces.choices import list_fitted
from nbmlops.faces.panel.desk import Desk
from nbmlops.faces.panel.parts import Button, Part, Row, Section

if TYPE_CHECKING:
    from nbmlops.core.run import Run
    from nbmlops.faces.pictures.making import Pictured

__all__ = ["is_held", "show_judging", "start_judging"]

_TITLES: Mapping[str, str] = {
    "roc": "ROC curve",
    "pr": "Precision and recall",
    "calibration": "Calibration",
    "confusion": "Confusion matrix",
    "importance": "Importance",
}


def is_held(desk: Desk, run: Run) -> bool:
    """Tell whether this kernel still holds the very model that a run fitted."""
    if desk.fixed or not run.model_name or desk.holds != run.history:
        return False
    return run.model_name in list_fitted(desk.namespace) and is_last_fitted(run, desk.store)


def show_judging(desk: Desk, run: Run, held: bool) -> Sequence[Part]:
    """Return the pictures of a run's model that were drawn, and a button for each other."""
    if desk.fixed or not run.model_name:
        return ()
    drawn: Mapping[str, tuple[Picture, ...]] = desk.remember("pictures").get(run.id, {})
    if not (held or drawn):
        why = f"This kernel does not hold this run's `{run.model_name}` (any more): run its cell again."
        return (Section("Pictures of its answers", (Line(why, "quiet"),), folded=True),)
    buttons = tuple(
        Button(
            _TITLES[kind],
            "draw",
            {"run": run.id, "kind": kind},
            enabled=held,
            hint=f"Drawn by this kernel: %nbmlops picture {kind} {run.model_name}",
        )
        for kind in PLOT_KINDS
    )
    pictures = [picture for kind in PLOT_KINDS for picture in drawn.get(kind, ())]
    return (Section("Pictures of its answers", (Row(buttons), *pictures)),)


def start_judging(desk: Desk, value: Mapping[str, Any]) -> None:
    """Draw one kind of picture of a run's model, if this kernel still holds it."""
    kind, run = str(value["kind"]), desk.ask("show", run=str(value["run"])).run
    if desk.start is None or kind not in PLOT_KINDS:
        return
    if not is_held(desk, run):
        desk.say(f"This kernel does not hold this run's `{run.model_name}` any more.", "bad")
        return

    def tell(found: Pictured) -> Line:
        # A cell may have fitted another one while this was drawn.
        if not is_held(desk, run):
            return Line(f"`{run.model_name}` was fitted anew meanwhile: nothing was drawn.", "bad")
        desk.remember("pictures").setdefault(run.id, {})[kind] = found.pictures
        return Line(f"Drawn: {_TITLES[kind]} of `{run.model_name}`.", "good")

    keywords = dict.fromkeys(("file", "rows", "truth", "history", "notebook"))
    given = {**keywords, "kind": kind, "subject": run.model_name}
    desk.start("picture", given, tell, f"draw {_TITLES[kind]}")
