"""Run verbs: the part of the verb table that lists, shows and compares runs, and says something of them."""

from __future__ import annotations

from nbmlops.faces.arguments import WHICH
from nbmlops.faces.grammar import Argument, Verb

__all__ = ["RUN_VERBS"]

_WHICH_RUN = (
    "a run's id or its beginning; or a model's name, a number as it was shown or a figure's file: "
    "the newest run that it is of"
)
_RUN_IDS = "nbmlops.api.offering:list_run_ids"
_RUNS = Verb(
    "runs",
    "List the runs: each fitted model with its parameters, metrics and data",
    "nbmlops.api.experiments:list_runs",
    "nbmlops.faces.show_runs:show_runs",
    (
        Argument(
            "conditions",
            "what it has to be, such as 'accuracy > 0.8 and model = SVC'; may be repeated",
            ("--where",),
            "many",
            "FILTER",
        ),
        Argument("sort", "sort by a metric or parameter, the largest first", ("--sort",), metavar="NAME"),
        Argument("ascending", "the smallest first", ("--ascending",), "flag"),
        Argument("limit", "the most to list", ("--limit",), "integer", default=100),
        Argument("of", "list what the search of this run tried", ("--of",), metavar="RUN", offers=_RUN_IDS),
        Argument("archived", "list archived runs too", ("--archived",), "flag"),
        Argument("columns", "show this parameter or metric; may be repeated", ("--column",), "many", "NAME"),
    ),
    "nbmlops.faces.contract:shape_runs",
)
_SHOW = Verb(
    "show",
    "Show all that is known of a run: its code, metrics, data, repeats, and where it was made",
    "nbmlops.api.experiments:show_run",
    "nbmlops.faces.show_runs:show_detail",
    (
        Argument("run", f"{_WHICH_RUN}; or a model's type, or an object", offers=_RUN_IDS),
        Argument("figures", "write its figures to this folder", ("--figures",), "path", "DIR"),
    ),
    "nbmlops.faces.contract:shape_detail",
)
_COMPARE = Verb(
    "compare",
    "Show what differs between runs: parameters, metrics with their spread, code, data, environment",
    "nbmlops.api.experiments:compare_runs",
    "nbmlops.faces.show_runs:show_comparison",
    (Argument("runs", _WHICH_RUN, kind="many", metavar="RUN", offers=_RUN_IDS),),
    "nbmlops.faces.contract:shape_comparison",
)
_MARK = Verb(
    "mark",
    "Say something of a run: a note, tags, that it is pinned or archived",
    "nbmlops.api.experiments:mark_run",
    "nbmlops.faces.show_runs:show_marked",
    (
        Argument("run", _WHICH_RUN, offers=_RUN_IDS),
        Argument("note", "a text; an empty one takes it back", ("--note",), metavar="TEXT"),
        Argument("tags", "give it a tag; may be repeated", ("--tag",), "pairs", "NAME=VALUE"),
        Argument("untag", "take a tag back; may be repeated", ("--untag",), "many", "NAME"),
        Argument("pin", "list it first", ("--pin",), "flag"),
        Argument("unpin", "list it where it belongs again", ("--unpin",), "flag"),
        Argument("archive", "list it only where archived runs are asked for", ("--archive",), "flag"),
        Argument("unarchive", "list it again", ("--unarchive",), "flag"),
    ),
    "nbmlops.faces.contract:shape_run",
)

_HINTS = Verb(
    "hints",
    "List what may mislead about a result, or say it under the cells of this kernel: on, off",
    "nbmlops.api.hinting:list_hints",
    "nbmlops.faces.show_hints:show_hints",
    (
        Argument("action", "on, off, dismiss or restore (default: list them)", optional=True),
        Argument("hint", "the id of the hint to dismiss or restore", metavar="ID", optional=True),
        *WHICH,
    ),
    "nbmlops.faces.contract:shape_record",
)

_PICTURE = Verb(
    "picture",
    "Draw the metrics of a run, a metric over all runs, how a name came about, or what a model answers",
    "nbmlops.faces.pictures.making:make_picture",
    "nbmlops.faces.pictures.making:show_pictured",
    (
        Argument(
            "kind",
            "metrics RUN, history METRIC or lineage NAME; of a model that this kernel holds roc, pr, "
            "calibration, confusion or importance",
            offers="nbmlops.faces.pictures.making:list_kinds",
        ),
        Argument("subject", "the run, the metric, the name or the model"),
        Argument("file", "write it to this file, as .svg or .png", kind="path", optional=True),
        Argument(
            "rows",
            "the rows that the model is asked about (default: those that it was measured with last)",
            ("--on",),
            metavar="NAME",
        ),
        Argument("truth", "the true values of these rows", ("--truth",), metavar="NAME"),
        *WHICH,
    ),
    "nbmlops.faces.contract:shape_pictured",
)

RUN_VERBS: tuple[Verb, ...] = (_RUNS, _SHOW, _COMPARE, _PICTURE, _MARK, _HINTS)
"""The verbs of runs, in the order of the help."""
