"""Run detail: one run opened: what is known of it, its figures, what people say of it, and Register."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbmlops.api.overseeing import read_figures
from nbmlops.faces.blocks import Line, Picture, Table
from nbmlops.faces.panel.desk import Desk
from nbmlops.faces.panel.judging import is_held, show_judging, start_judging
from nbmlops.faces.panel.parts import Badge, Button, Field, Form, Image, Part, Row, Section
from nbmlops.faces.panel.registering import start_registering
from nbmlops.faces.show_runs import show_detail

if TYPE_CHECKING:
    from nbmlops.core.comparison import RunDetail
    from nbmlops.core.run import Run

__all__ = ["DETAIL_ACTS", "show_opened"]

_NAME = "runs"
_MOST_FIGURES, _MOST_BYTES, _NARROW = 6, 300_000, 2
_PNG = b"\x89PNG\r\n\x1a\n"


def show_opened(desk: Desk, key: str, proved: Mapping[str, Badge]) -> Section:
    """Return the section of the run that is open."""
    detail: RunDetail = desk.ask("show", run=key)
    run = detail.run
    tried: list[Part] = (
        [Button(f"Show the {detail.children} that it tried", "children", {"run": run.id})]
        if detail.children
        else []
    )
    held = is_held(desk, run)
    title = f"{run.model_type or 'what was logged'}{f' in `{run.model_name}`' if run.model_name else ''}"
    about, *blocks = list(show_detail(detail))[1:]
    small = [b for b in blocks if isinstance(b, Table) and len(b.headings) == _NARROW]
    figures = [b for b in blocks if isinstance(b, Table | Picture) and b not in small]
    rest = [b for b in blocks if b not in small and b not in figures]
    buttons = [*([] if desk.fixed else _offer_keeping(run)), *tried, Button("Close", "close")]
    return Section(
        f"{title} · run {run.id}",
        (
            Row(tuple(buttons)),
            about,
            _show_proof(proved.get(run.id)),
            *(_show_registering(run) if held else ()),
            *([Row(tuple(small))] if small else []),
            *figures,
            *show_judging(desk, run, held),
            *_show_figures(desk, run),
            *rest,
            *([] if desk.fixed else [_show_saying(run)]),
        ),
    )


def _show_proof(proof: Badge | None) -> Line:
    if proof is None:
        return Line("proof: not tried. Export and prove its model, or register it.", "quiet")
    return Line(f"proof: {proof.text}", proof.tone)


def _offer_keeping(run: Run) -> Sequence[Part]:
    value = {"run": run.id}
    pin = (
        Button("Unpin", "unpin", value, hint="List it where it belongs again")
        if run.pinned
        else Button("Pin", "pin", value, hint="List it first")
    )
    archive = (
        Button("Unarchive", "unarchive", value, hint="List it again")
        if run.archived
        else Button("Archive", "archive", value, hint="List it only where archived runs are asked for")
    )
    return (pin, archive)


def _show_saying(run: Run) -> Row:
    value = {"run": run.id}
    return Row(
        (
            Form((Field("note", "Note", value=run.note),), Button("Keep note", "note", value)),
            Form(
                (Field("tag", "Tag", hint="name=value, or name= to take it back"),),
                Button("Tag", "tag", value),
            ),
        )
    )


def _show_registering(run: Run) -> Sequence[Part]:
    form = Form(
        (Field("model", "Model", hint="a name, for example income"),),
        Button("Register", "register", {"name": run.model_name}, "main"),
    )
    return (Line(f"This kernel holds its model as `{run.model_name}`:", "quiet"), form)


def _show_figures(desk: Desk, run: Run) -> Sequence[Part]:
    wanted = [
        (f.name or f"figure of cell {f.execution}", f.media, f.digest)
        for f in run.figures
        if f.media == "image/png"
    ]
    return [
        Image(base64.b64encode(picture.content).decode(), picture.name)
        for picture in read_figures(wanted[:_MOST_FIGURES], _MOST_BYTES, desk.store)
        if picture.content.startswith(_PNG)
    ]


def _mark(desk: Desk, value: Mapping[str, Any], said: str, **keywords: Any) -> None:
    if desk.fixed:
        return
    given = {"note": None, "tags": {}, "untag": (), **keywords}
    desk.ask("mark", run=str(value["run"]), **given)
    desk.say(said, "good")


def _note(desk: Desk, value: Mapping[str, Any]) -> None:
    note = str(value.get("note", ""))
    _mark(desk, value, "The note is kept." if note else "The note is taken back.", note=note)


def _tag(desk: Desk, value: Mapping[str, Any]) -> None:
    name, equals, text = (part.strip() for part in str(value.get("tag", "")).partition("="))
    if not (name and equals):
        desk.say("Write a tag as name=value; name= takes it back.", "bad")
    elif text:
        _mark(desk, value, f"Tagged {name}={text}.", tags={name: text})
    else:
        _mark(desk, value, f"The tag {name} is taken back.", untag=(name,))


def _children(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    memory["of"], memory["opened"] = str(value["run"]), None


def _whole(desk: Desk, value: Mapping[str, Any]) -> None:
    desk.remember(_NAME)["of"] = None


def _register(desk: Desk, value: Mapping[str, Any]) -> None:
    start_registering(desk, str(value.get("name", "")), str(value.get("model", "")))


DETAIL_ACTS = {
    "pin": lambda desk, value: _mark(desk, value, "Pinned: it is listed first.", pin=True),
    "unpin": lambda desk, value: _mark(desk, value, "Unpinned.", unpin=True),
    "archive": lambda desk, value: _mark(
        desk, value, "Archived: listed where archived runs are asked for.", archive=True
    ),
    "unarchive": lambda desk, value: _mark(desk, value, "Listed again.", unarchive=True),
    "note": _note,
    "tag": _tag,
    "children": _children,
    "whole": _whole,
    "register": _register,
    "draw": start_judging,
}
"""What the parts of an opened run may name."""
