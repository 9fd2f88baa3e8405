"""Export: write what an object needs as a pipeline, prove it, and look at what was exported before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.api.offering import list_export_targets
from nbmlops.api.overseeing import list_exports
from nbmlops.faces.blocks import Line
from nbmlops.faces.choices import list_fitted
from nbmlops.faces.panel.desk import Desk, Screen
from nbmlops.faces.panel.parts import (
    Badge,
    Button,
    Column,
    Field,
    Form,
    Grid,
    GridRow,
    Link,
    Moment,
    Part,
    Row,
    Section,
)
from nbmlops.faces.panel.proving import badge_proof, show_times
from nbmlops.faces.show import show_export, show_proof
from nbmlops.faces.wording import show_path, show_seconds, show_time, show_verdict

if TYPE_CHECKING:
    from nbmlops.core.overview import PastExport
    from nbmlops.core.pipeline import Exported

__all__ = ["EXPORT"]

_NAME = "export"
_FLAGS: Mapping[str, str] = {
    "frozen": "read what came from outside from the record (frozen)",
    "with_rows": "copy the input files (holds rows)",
    "lock": "lock every version with its hashes",
    "as_notebook": "also as an ordered notebook",
    "overwrite": "replace what was changed by hand",
}


def _show(desk: Desk) -> Sequence[Part]:
    memory = desk.remember(_NAME)
    past = list_exports(desk.store)
    parts: list[Part] = [] if desk.fixed else [*_show_asking(desk, memory)]
    exported: Exported | None = memory.get("exported")
    if exported is not None:
        parts.append(_show_exported(exported))
    parts.append(_show_past(past, memory))
    opened = next((e for e in past if e.path == memory.get("opened")), None)
    if opened is not None:
        parts.append(_show_opened(desk, opened))
    return parts


def _show_asking(desk: Desk, memory: Mapping[str, Any]) -> Sequence[Part]:
    fitted = list_fitted(desk.namespace)
    name = memory.get("name") or next(iter(fitted), "")
    options = tuple(dict.fromkeys([*fitted, *([name] if name else [])]))
    given = memory.get("options", {})
    targets = list_export_targets()
    ticks = [
        Field(flag, label, "check", given.get(flag, False), act="option") for flag, label in _FLAGS.items()
    ]
    ticks += [
        Field(f"for {target}", f"for {target}", "check", given.get(f"for {target}", False), act="option")
        for target in targets
    ]
    return (
        Form(
            (
                Field("name", "Object", "search", name, options, hint="a name of the notebook"),
                Field(
                    "directory",
                    "Directory",
                    "text",
                    memory.get("directory", ""),
                    hint=f"pipelines/{name or 'NAME'}",
                ),
            ),
            Button("Export and prove", "export", look="main", hint="Write the pipeline, and run it afresh"),
        ),
        Section("Options", (Row(tuple(ticks)),), folded=not memory.get("opened options")),
    )


def _show_exported(exported: Exported) -> Section:
    parts: list[Part] = list(show_export(exported))
    links = Row(tuple(_link_files(Path(exported.path))))
    if exported.proof is None:
        return Section(f"Exported {exported.target}", (*parts, links))
    verdict = show_verdict(exported.proof)
    parts = [verdict, links, *(part for part in parts if part != verdict)]
    parts.insert(1, Line(f"proved in {show_seconds(exported.proof.elapsed)}", "quiet"))
    return Section(f"Exported {exported.target}", (*parts, *show_times(exported.proof)))


def _link_files(directory: Path) -> Sequence[Part]:
    home = str(Path.home())
    return [
        Link(f"Open {name}", str(directory.absolute() / name), home)
        for name in ("pipeline.py", "README.md", "proof.json")
        if (directory / name).is_file()
    ]


def _show_past(past: Sequence[PastExport], memory: Mapping[str, Any]) -> Grid:
    columns = (
        Column("directory", place="name"),
        Column("object", place="figure"),
        Column("proof", place="mark"),
        Column("now", place="state"),
        Column("written", place="time"),
    )
    rows = tuple(
        GridRow(
            export.path,
            (
                show_path(export.path),
                export.target,
                badge_proof(export.proof),
                Badge("as written", "good") if export.there else Badge("changed or gone", "quiet"),
                Moment(show_time(export.at), export.at),
            ),
            opened=export.path == memory.get("opened"),
        )
        for export in past
    )
    empty = "Nothing was exported yet: name an object above, and click Export and prove."
    return Grid("exports", columns, rows, open_act="inspect", empty=empty, short=bool(memory.get("opened")))


def _show_opened(desk: Desk, export: PastExport) -> Section:
    said: list[Part] = [Line("It was not proved: click Prove again.")]
    if export.proof is not None:
        said = [*show_proof(export.proof), *show_times(export.proof)]
    again = [Button("Prove again", "prove", {"directory": export.path}, "main", enabled=export.there)]
    buttons = [*([] if desk.fixed else again), Button("Close", "close")]
    return Section(
        f"{show_path(export.path)}: {export.target}",
        (Row(tuple(buttons)), *said, Row(tuple(_link_files(Path(export.path))))),
    )


def _option(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    known = {*_FLAGS, *(f"for {target}" for target in list_export_targets())}
    memory.setdefault("options", {}).update({k: bool(v) for k, v in value.items() if k in known})
    memory["opened options"] = True


def _export(desk: Desk, value: Mapping[str, Any]) -> None:
    memory, name = desk.remember(_NAME), str(value.get("name", "")).strip()
    if desk.start is None or not name:
        desk.say("Name an object of the notebook first.", "bad")
        return
    typed = str(value.get("directory", "")).strip()
    memory["name"], memory["directory"] = name, typed
    given = {key for key, on in memory.get("options", {}).items() if on}
    keywords: dict[str, Any] = {flag: flag in given for flag in _FLAGS}
    keywords |= {"targets": [key.removeprefix("for ") for key in sorted(given) if key.startswith("for ")]}
    directory = Path(typed).expanduser() if typed else Path("pipelines") / name
    keywords |= {"name": name, "directory": directory, "history": None, "notebook": None}

    def tell(exported: Exported) -> Line:
        memory["exported"], memory["opened"] = exported, None
        if exported.proof is None:
            return Line(f"Exported {exported.target} to {show_path(exported.path)}.", "good")
        verdict = show_verdict(exported.proof)
        return Line(f"Exported {exported.target} to {show_path(exported.path)}. {verdict.text}", verdict.tone)

    desk.start("export", keywords, tell, f"export {name}")


def _prove(desk: Desk, value: Mapping[str, Any]) -> None:
    directory = str(value["directory"])
    if desk.start is not None:
        keywords = {"directory": Path(directory), "history": None, "notebook": None}
        desk.start("prove", keywords, show_verdict, f"prove {show_path(directory)}")


def _inspect(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    memory["opened"] = None if memory.get("opened") == value["key"] else str(value["key"])


def _close(desk: Desk, value: Mapping[str, Any]) -> None:
    desk.remember(_NAME)["opened"] = None


EXPORT = Screen(
    _NAME,
    "Export and prove",
    _show,
    {"export": _export, "prove": _prove, "option": _option, "inspect": _inspect, "close": _close},
)
"""The third screen."""
