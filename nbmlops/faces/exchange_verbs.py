"""Exchange verbs: the part of the verb table that sends runs to other trackers and takes theirs."""

from __future__ import annotations

from nbmlops.faces.grammar import Argument, Verb

__all__ = ["EXCHANGE_VERBS"]

_SYSTEM = Argument("system", "the tracker: mlflow or wandb", offers="nbmlops.api.offering:list_tracker_names")
_URI = Argument(
    "uri", "its server, or the folder for offline runs (default: as MLFLOW_TRACKING_URI says)", optional=True
)
_WHERE = Argument(
    "conditions",
    "what a run has to be, such as 'accuracy > 0.8 and model = SVC'; may be repeated",
    ("--where",),
    "many",
    "FILTER",
)
_DRY = Argument("dry_run", "say what would go over, and change nothing", ("--dry-run",), "flag")
_PUSH = Verb(
    "push",
    "Send runs and registered models to another tracker; again sends only what is new",
    "nbmlops.api.exchanging:push_runs",
    "nbmlops.faces.show_exchange:show_exchanged",
    (
        _SYSTEM,
        _URI,
        _WHERE,
        Argument("experiment", "only the runs of this experiment", ("--experiment",), metavar="NAME"),
        Argument("with_rows", "send estimators too, which may hold rows", ("--with-rows",), "flag"),
        Argument("restore", "bring back runs that were deleted there", ("--restore",), "flag"),
        _DRY,
    ),
    "nbmlops.faces.contract:shape_record",
    reports=True,
)
_PULL = Verb(
    "pull",
    "Take the runs and the registry of another tracker; nothing of them is run or opened",
    "nbmlops.api.exchanging:pull_runs",
    "nbmlops.faces.show_exchange:show_exchanged",
    (
        _SYSTEM,
        _URI,
        _WHERE,
        Argument("experiment", "only the runs of this experiment there", ("--experiment",), metavar="NAME"),
        Argument("files", "keep the files of the runs too", ("--files",), "flag"),
        _DRY,
    ),
    "nbmlops.faces.contract:shape_record",
    reports=True,
)

EXCHANGE_VERBS: tuple[Verb, ...] = (_PUSH, _PULL)
"""The verbs that exchange, in the order of the help."""
