"""Displays: the records that verbs return show themselves where IPython displays them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

__all__ = ["RECORDS", "add_displays", "blocks_of", "remove_displays"]

RECORDS: dict[tuple[str, str], str] = {
    ("nbmlops.core.comparison", "Comparison"): "show_runs:show_comparison",
    ("nbmlops.core.comparison", "RunDetail"): "show_runs:show_detail",
    ("nbmlops.core.drift", "DriftReport"): "show_models:show_drift",
    ("nbmlops.core.drift", "Retrained"): "show_models:show_retrained",
    ("nbmlops.core.history", "History"): "show:show_history",
    ("nbmlops.core.model", "ModelVersion"): "show_models:show_version",
    ("nbmlops.core.pipeline", "Exported"): "show:show_export",
    ("nbmlops.core.proof", "Proof"): "show:show_proof",
    ("nbmlops.core.run", "Run"): "show_runs:show_one",
    ("nbmlops.core.slice", "Slice"): "show:show_explanation",
    ("nbmlops.core.snapshot", "Difference"): "show_snapshots:show_difference",
    ("nbmlops.core.snapshot", "Restored"): "show_snapshots:show_restored",
    ("nbmlops.core.snapshot", "Snapshot"): "show_snapshots:show_snapshot",
    ("nbmlops.core.standing", "Rescue"): "show_standing:show_rescue",
    ("nbmlops.core.standing", "Standing"): "show_standing:show_proved",
}
"""By module and name of a record's type: the function that says what is shown of it."""

_SEVERAL = {
    ("nbmlops.core.model", "ModelVersion"): "show_models:show_models",
    ("nbmlops.core.run", "Run"): "show_runs:show_runs",
}
_MANY = ("nbmlops.core.answers", "Answers")


def blocks_of(record: Any) -> Any:
    """Return what is shown of a record, or of several; TypeError for anything else."""
    if _name_type(record) == _MANY:
        if not record:
            return _load_show("show_record:show_record")("(none)")
        return _load_show(_SEVERAL[_name_type(record[0])])(record)
    place = RECORDS.get(_name_type(record))
    if place is None:
        raise TypeError(f"a {type(record).__name__} is no record of nbmlops")
    return _load_show(place)(record)


def _load_show(place: str) -> Callable[[Any], Any]:
    """Return the function at ``module:function`` of the faces."""
    module, _, name = place.partition(":")
    found: Callable[[Any], Any] = getattr(importlib.import_module(f"nbmlops.faces.{module}"), name)
    return found


def _name_type(record: Any) -> tuple[str, str]:
    return type(record).__module__, type(record).__name__


def add_displays(shell: Any) -> None:
    """Let a shell display the records; nothing of them is loaded before one is seen."""
    formatter = shell.display_formatter.mimebundle_formatter
    for module, name in (*RECORDS, _MANY):
        formatter.for_type_by_name(module, name, _display)
    # IPython has a printer of its own for tuples, which goes before what is registered for all types at once.
    shell.display_formatter.formatters["text/plain"].for_type_by_name(*_MANY, _print_several)


def remove_displays(shell: Any) -> None:
    """Take out what `add_displays` put in."""
    formatter = shell.display_formatter.mimebundle_formatter
    for module, name in (*RECORDS, _MANY):
        formatter.pop(f"{module}.{name}", None)
    shell.display_formatter.formatters["text/plain"].pop(".".join(_MANY), None)


def _display(record: Any) -> dict[str, str]:
    from nbmlops.faces.fitting import make_bundle
    from nbmlops.faces.wording import address_blocks

    return make_bundle(address_blocks(blocks_of(record), "%nbmlops"))


def _print_several(records: Any, printer: Any, cycle: bool) -> None:
    printer.text(_display(records)["text/plain"])
