"""Verbs: the one table that the api, the commands, the magics and the documentation share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.faces.arguments import FORM, WHICH
from nbmlops.faces.exchange_verbs import EXCHANGE_VERBS
from nbmlops.faces.grammar import Argument, Verb
from nbmlops.faces.run_verbs import RUN_VERBS
from nbmlops.faces.store_verbs import STORE_VERBS

if TYPE_CHECKING:
    from nbmlops.core.proof import Proof
    from nbmlops.core.standing import Standing

__all__ = ["VERBS", "find_verb"]

_NAME = Argument("name", "a name that the notebook bound")
_MODEL = Argument("model", "a model's name")
_VERSION = Argument("version", "the number of a version", kind="integer")
_REF = Argument(
    "ref", "a version: income@champion, income@2, or income for its champion", metavar="MODEL@ALIAS"
)
_NOTE = Argument("note", "a word for the audit trail", flags=("--note",), default="", metavar="TEXT")
_ALLOW = Argument("allow", "let one side effect through; may be repeated", ("--allow",), "many", "EFFECT")


def _name_targets(kind: str) -> Argument:
    return Argument(
        "targets",
        "also write what this target needs; may be repeated",
        ("--for",),
        "many",
        "TARGET",
        offers=f"nbmlops.api.offering:list_{kind}_targets",
    )


def _stands(found: Proof | Standing) -> bool:
    from nbmlops.core.standing import Standing

    return found.stands if isinstance(found, Standing) else found.holds


def _flag(name: str, text: str) -> Argument:
    return Argument(name, text, flags=("--" + name.replace("_", "-"),), kind="flag")


_RUN = Verb(
    "run",
    "Run a notebook from top to bottom without a browser, recorded as in JupyterLab",
    "nbmlops.api.executing:run_notebook",
    "nbmlops.faces.show:show_history",
    (
        Argument("notebook", "the notebook's file", kind="path"),
        Argument(
            "parameters",
            "set a name before the notebook starts; may be repeated",
            ("-p",),
            "pairs",
            "NAME=VALUE",
        ),
        _flag("allow_errors", "go on after a cell that raises"),
        Argument("output", "write the executed notebook here", ("--output",), "path", "NB"),
    ),
    "nbmlops.faces.contract:shape_history",
    reports=True,
)
_RESCUE = Verb(
    "rescue",
    "Run an existing notebook, tell what reproduces and what does not, and export its best model",
    "nbmlops.api.rescuing:rescue_file",
    "nbmlops.faces.show_standing:show_rescue",
    (
        Argument("notebook", "the notebook's file, which is not changed", kind="path"),
        Argument(
            "directory",
            "where to export the best model (default: pipelines/NAME)",
            kind="path",
            metavar="DIR",
            optional=True,
        ),
        _ALLOW,
    ),
    "nbmlops.faces.contract:shape_rescue",
    agrees=lambda found: found.standing.stands and not found.failed and not found.changes,
    reports=True,
)
_HISTORY_VERB = Verb(
    "history",
    "List what was executed, cell by cell",
    "nbmlops.api.histories:list_history",
    "nbmlops.faces.show:show_history",
    WHICH,
    "nbmlops.faces.contract:shape_history",
)
_SLICE = Verb(
    "slice",
    "Show the statements that an object needs",
    "nbmlops.api.histories:slice_name",
    "nbmlops.faces.show:show_slice",
    (_NAME, *WHICH),
    "nbmlops.faces.contract:shape_slice",
)
_WHY = Verb(
    "why",
    "Show each statement with the reasons why an object needs it",
    "nbmlops.api.histories:explain_name",
    "nbmlops.faces.show:show_explanation",
    (_NAME, *WHICH),
    "nbmlops.faces.contract:shape_explanation",
)
_EXPORT = Verb(
    "export",
    "Write what an object needs as a pipeline, and prove it in a fresh process",
    "nbmlops.api.exporting:export_name",
    "nbmlops.faces.show:show_export",
    (
        _NAME,
        Argument("directory", "where to write it", kind="path", metavar="DIR"),
        *WHICH,
        _flag("frozen", "read what came from outside from the record and not anew"),
        _flag("with_rows", "copy the input files into the export"),
        _flag("as_notebook", "also write the statements as an ordered notebook"),
        _flag("lock", "also write pylock.toml: every version with its hashes, found by uv"),
        Argument("prove", "do not run the export", flags=("--no-prove",), kind="off"),
        _flag("overwrite", "replace an export that was changed by hand"),
        Argument(
            "minimise",
            "drop what is only assumed to matter, where trials of this many seconds in all (60) prove it",
            ("--minimise",),
            "number",
            "SECONDS",
            bare=60.0,
        ),
        _name_targets("export"),
    ),
    "nbmlops.faces.contract:shape_export",
    agrees=lambda exported: exported.proof is None or exported.proof.holds,
    reports=True,
)
_PROVE = Verb(
    "prove",
    "Run an export, or all that this kernel holds, in a fresh process and compare with the notebook's own",
    "nbmlops.api.exporting:prove_export",
    "nbmlops.faces.show_standing:show_proved",
    (
        Argument(
            "directory",
            "the export's directory (default: all that this kernel, or the newest history, holds)",
            kind="path",
            metavar="DIR",
            optional=True,
        ),
        _ALLOW,
        _flag("clean_env", "run it in a new environment that uv builds from its pylock.toml"),
        *WHICH,
    ),
    "nbmlops.faces.contract:shape_proved",
    agrees=_stands,
    reports=True,
)
_REGISTER = Verb(
    "register",
    "Make a version of a model from an object, with its lineage, signature and proof",
    "nbmlops.api.models:register_model",
    "nbmlops.faces.show_models:show_version",
    (_NAME, Argument("model", "the model's name", ("--as",), metavar="MODEL", required=True), *WHICH),
    "nbmlops.faces.contract:shape_model",
    agrees=lambda version: version.proof.holds,
    reports=True,
)
_MODELS = Verb(
    "models",
    "List every version of every model",
    "nbmlops.api.models:list_models",
    "nbmlops.faces.show_models:show_models",
    (),
    "nbmlops.faces.contract:shape_models",
)
_APPROVE = Verb(
    "approve",
    "Approve a version",
    "nbmlops.api.models:approve_model",
    "nbmlops.faces.show_models:show_version",
    (_MODEL, _VERSION, _NOTE),
    "nbmlops.faces.contract:shape_model",
)
_REJECT = Verb(
    "reject",
    "Reject a version",
    "nbmlops.api.models:reject_model",
    "nbmlops.faces.show_models:show_version",
    (_MODEL, _VERSION, _NOTE),
    "nbmlops.faces.contract:shape_model",
)
_PROMOTE = Verb(
    "promote",
    "Give a version an alias, such as champion",
    "nbmlops.api.models:promote_model",
    "nbmlops.faces.show_models:show_version",
    (_MODEL, _VERSION, Argument("alias", "champion, challenger, or your own word"), _NOTE),
    "nbmlops.faces.contract:shape_model",
)
_ROLLBACK = Verb(
    "rollback",
    "Make the champion before this one the champion again",
    "nbmlops.api.models:rollback_model",
    "nbmlops.faces.show_models:show_version",
    (_MODEL, _NOTE),
    "nbmlops.faces.contract:shape_model",
)
_PACKAGE = Verb(
    "package",
    "Write a version as an installable service that answers raw rows",
    "nbmlops.api.deploying:package_model",
    "nbmlops.faces.show_models:show_package",
    (
        _REF,
        Argument("directory", "where to write it", kind="path", metavar="DIR"),
        _name_targets("package"),
        _flag("with_rows", "also where the estimator holds rows that it was fitted on"),
        Argument("verify", "do not install, start and ask it at the end", flags=("--no-verify",), kind="off"),
        *FORM,
    ),
    "nbmlops.faces.contract:shape_record",
    reports=True,
)
_SERVE = Verb(
    "serve",
    "Serve a version on this machine until it is interrupted",
    "nbmlops.api.deploying:serve_model",
    "nbmlops.faces.show_record:show_record",
    (
        _REF,
        Argument("host", "the address to listen on", ("--host",), default="127.0.0.1"),
        Argument("port", "the port to listen on", ("--port",), "integer", default=8000),
    ),
    reports=True,
)
_MONITOR = Verb(
    "monitor",
    "Compare what was predicted lately with the training data, and name what drifts",
    "nbmlops.api.deploying:monitor_model",
    "nbmlops.faces.show_models:show_drift",
    (
        _MODEL,
        Argument("log", "the log of predictions (default: the service's own)", ("--log",), "path", "FILE"),
    ),
    "nbmlops.faces.contract:shape_record",
)
_RETRAIN = Verb(
    "retrain",
    "Train on new data, compare with the champion on rows that neither has seen, promote if better",
    "nbmlops.api.deploying:retrain_model",
    "nbmlops.faces.show_models:show_retrained",
    (
        _MODEL,
        Argument("inputs", "the new file of an input", ("--input",), "pairs", "NAME=FILE"),
        Argument("metric", "the metric to decide by (default: the notebook's)", ("--metric",)),
        Argument("margin", "how much better it must be", ("--margin",), "number", default=0.0),
        _flag("auto_approve", "promote without waiting for an approval"),
    ),
    "nbmlops.faces.contract:shape_record",
    agrees=lambda outcome: outcome.decision == "promoted",
    reports=True,
)
_DOCTOR = Verb(
    "doctor",
    "Check the store and the environment",
    "nbmlops.api.health:check_health",
    "nbmlops.faces.show_status:show_health",
    (),
    "nbmlops.faces.contract:shape_record",
    agrees=lambda health: not health.problems,
)
_UI = Verb(
    "ui",
    "Offer the panel's screens as a page of this machine, read-only, until it is interrupted",
    "nbmlops.faces.serving.running:serve_page",
    "nbmlops.faces.show_record:show_record",
    (
        Argument("port", "the port to listen on (default: a free one)", ("--port",), "integer", default=0),
        Argument("browser", "do not open the browser", ("--no-browser",), "off"),
    ),
    reports=True,
)
_DEMO = Verb(
    "demo",
    "Run the whole way on census data: notebook, proof, model, service, drift",
    "nbmlops.api.demonstrating:run_demo",
    "nbmlops.faces.show_record:show_record",
    (Argument("directory", "where to work (default: ./demo)", kind="path", metavar="DIR", optional=True),),
    reports=True,
)

VERBS: tuple[Verb, ...] = (
    _RUN,
    _RESCUE,
    _HISTORY_VERB,
    _SLICE,
    _WHY,
    *RUN_VERBS,
    _EXPORT,
    _PROVE,
    _REGISTER,
    _MODELS,
    _APPROVE,
    _REJECT,
    _PROMOTE,
    _ROLLBACK,
    _PACKAGE,
    _SERVE,
    _MONITOR,
    _RETRAIN,
    *EXCHANGE_VERBS,
    *STORE_VERBS,
    _UI,
    _DOCTOR,
    _DEMO,
)


def find_verb(name: str) -> Verb:
    """Return a verb by its name; KeyError where there is none."""
    return {verb.name: verb for verb in VERBS}[name]
