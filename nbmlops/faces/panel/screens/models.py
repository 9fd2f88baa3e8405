"""Models: versions with their evidence, and the decisions about them, each in two steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbmlops.api.overseeing import list_decided
from nbmlops.core.model import ModelVersion
from nbmlops.core.value import Signature
from nbmlops.faces.blocks import Line, Table
from nbmlops.faces.choices import list_fitted
from nbmlops.faces.panel.desk import Desk, Screen
from nbmlops.faces.panel.judging import is_held, show_judging, start_judging
from nbmlops.faces.panel.parts import (
    Badge,
    Button,
    Column,
    Field,
    Form,
    Grid,
    GridRow,
    Moment,
    Part,
    Row,
    Section,
)
from nbmlops.faces.panel.proving import badge_proof
from nbmlops.faces.panel.registering import start_registering
from nbmlops.faces.show import show_proof
from nbmlops.faces.show_models import show_version
from nbmlops.faces.wording import show_number, show_time

__all__ = ["MODELS"]

_NAME = "models"
_NOTE = Field("note", "Note", hint="for the audit trail")
_DECISIONS: Mapping[bool | None, Badge] = {
    None: Badge("awaits approval", "strong"),
    True: Badge("approved", "good"),
    False: Badge("rejected", "bad"),
}


def _show(desk: Desk) -> Sequence[Part]:
    versions: tuple[ModelVersion, ...] = desk.ask("models")
    memory = desk.remember(_NAME)
    parts: list[Part] = [] if desk.fixed else [_show_registering(desk, versions)]
    parts.append(_show_grid(versions, memory))
    opened = next((v for v in versions if _key(v) == memory.get("opened")), None)
    if opened is not None:
        parts.append(_show_opened(desk, opened))
    return parts


def _key(version: ModelVersion) -> str:
    return f"{version.name}@{version.version}"


def _show_registering(desk: Desk, versions: Sequence[ModelVersion]) -> Part:
    fitted = list_fitted(desk.namespace)
    name = versions[-1].name if versions else ""
    return Form(
        (
            Field("name", "Object", "choice", next(iter(fitted), ""), fitted),
            Field("model", "Model", "text", name, hint="a name, for example income"),
        ),
        Button("Register", "register", look="main", hint="Register this object as a version of the model"),
    )


def _show_grid(versions: Sequence[ModelVersion], memory: Mapping[str, Any]) -> Grid:
    columns = (
        Column("version", place="name"),
        Column("aliases", place="figure"),
        Column("type"),
        Column("proof", place="mark"),
        Column("decision", place="state"),
        Column("metrics", place="note"),
        Column("created", place="time"),
    )
    rows = tuple(
        GridRow(
            _key(v),
            (
                f"{v.name} {v.version}",
                ", ".join(v.aliases),
                v.type.rpartition(".")[2],
                _badge_version(v),
                _DECISIONS[v.approved],
                ", ".join(f"{name}={show_number(value)}" for name, value in v.metrics),
                Moment(show_time(v.created), v.created),
            ),
            opened=_key(v) == memory.get("opened"),
        )
        for v in reversed(versions)
    )
    empty = "No model yet: choose an object above, give the model a name, and click Register."
    return Grid("versions", columns, rows, open_act="inspect", empty=empty, short=bool(memory.get("opened")))


def _badge_version(version: ModelVersion) -> Badge:
    """Return the verdict on a version; what another registry says of one is not known here."""
    found = badge_proof(version.proof)
    return Badge(f"{found.text}, it says", "plain") if version.source else found


def _show_opened(desk: Desk, version: ModelVersion) -> Section:
    evidence = (*show_proof(version.proof), *_show_card(version))
    buttons = () if desk.fixed or version.source else _offer_decisions(version)
    return Section(
        f"{version.name} {version.version}",
        (
            *show_version(version),
            Row((*buttons, Button("Close", "close"))),
            Section("Evidence", evidence),
            *_show_pictures(desk, version),
            Section("Audit trail", (_show_trail(desk, version),)),
        ),
    )


def _show_pictures(desk: Desk, version: ModelVersion) -> Sequence[Part]:
    """Return the pictures of the run's model, which is the version's own as long as this kernel holds it."""
    if desk.fixed or version.source or not version.run:
        return ()
    run = desk.ask("show", run=version.run).run
    return show_judging(desk, run, is_held(desk, run))


def _show_card(version: ModelVersion) -> Sequence[Part]:
    rows = [("type", version.type), ("object", f"{version.target} of history {version.history}")]
    rows += [("run", version.run)] if version.run else []
    rows += [(f"metric {name}", show_number(value)) for name, value in version.metrics]
    if version.reference is not None:
        size = f"{version.reference.of or version.reference.rows:,} rows × {len(version.reference.columns)}"
        rows.append(("data", size))
    if version.signature is not None:
        rows.append(_show_asked(version.signature))
    return (Table(("card", ""), tuple(rows)),)


def _show_asked(signature: Signature) -> tuple[str, str]:
    """Return what a row of it has to hold; before that was cut out, its table's columns."""
    if signature.outputs:
        return "asked for", ", ".join(field.name for field in signature.inputs if field.required)
    return "columns of its table", ", ".join(field.name for field in signature.inputs)


def _show_trail(desk: Desk, version: ModelVersion) -> Table:
    trail = list_decided(version.name, version.version, desk.store)
    rows = tuple((show_time(entry.at), entry.by, entry.decision, entry.note) for entry in trail)
    return Table(("when", "who", "what", "note"), rows, empty="nothing was decided yet")


def _offer_decisions(version: ModelVersion) -> Sequence[Part]:
    value = {"model": version.name, "version": version.version}
    found: list[Part] = []
    if version.approved is not True:
        found.append(Button("Approve…", "approve", value, "main"))
    if version.approved is not False:
        found.append(Button("Reject…", "reject", value, "danger"))
    if version.approved and "champion" not in version.aliases:
        found.append(Button("Promote to champion…", "promote", value, "main"))
    found.append(Button("Give another alias…", "alias", value))
    if "champion" in version.aliases:
        found.append(Button("Roll back…", "rollback", value, "danger"))
    return found


def _inspect(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    memory["opened"] = None if memory.get("opened") == value["key"] else str(value["key"])


def _close(desk: Desk, value: Mapping[str, Any]) -> None:
    desk.remember(_NAME)["opened"] = None


def _register(desk: Desk, value: Mapping[str, Any]) -> None:
    start_registering(desk, str(value.get("name", "")), str(value.get("model", "")))


def _make_decision(verb: str, what: str, done: str, fields: tuple[Field, ...] = (_NOTE,), **more: Any) -> Any:
    def decide(desk: Desk, value: Mapping[str, Any]) -> None:
        if desk.ask_first is None:
            return
        model, version = str(value["model"]), int(value["version"])
        label = model if verb == "rollback" else f"{model} {version}"
        given = {"model": model} if verb == "rollback" else {"model": model, "version": version, **more}

        def tell(found: ModelVersion) -> Line:
            desk.remember(_NAME)["opened"] = _key(found)
            return Line(f"{done} {found.name} {found.version}.", "good")

        desk.ask_first(verb, given, tell, f"{what.format(label)}?", f"Yes, {verb} {label}", fields)

    return decide


MODELS = Screen(
    _NAME,
    "Models",
    _show,
    {
        "inspect": _inspect,
        "close": _close,
        "register": _register,
        "draw": start_judging,
        "approve": _make_decision("approve", "Approve {}", "Approved"),
        "reject": _make_decision("reject", "Reject {}", "Rejected"),
        "promote": _make_decision("promote", "Make {} the champion", "Promoted", alias="champion"),
        "alias": _make_decision(
            "promote", "Give an alias to {}", "Promoted", (Field("alias", "Alias", value="challenger"), _NOTE)
        ),
        "rollback": _make_decision(
            "rollback", "Make the champion of {} before this one the champion again", "Rolled back to"
        ),
    },
)
"""The fourth screen."""
