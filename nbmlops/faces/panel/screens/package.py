"""Package and try: build what serves a version, start it here, and ask it for one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.api.offering import list_model_formats, list_package_targets
from nbmlops.api.overseeing import start_service
from nbmlops.core.model import ModelVersion
from nbmlops.faces.blocks import Line, Table
from nbmlops.faces.panel.asking import list_fields, read_row
from nbmlops.faces.panel.desk import Desk, Screen
from nbmlops.faces.panel.packaging import show_built
from nbmlops.faces.panel.parts import Button, Field, Form, Part, Row, Section
from nbmlops.faces.wording import show_path, show_seconds

if TYPE_CHECKING:
    from nbmlops.core.overview import Answered

__all__ = ["PACKAGE"]

_NAME = "package"
_MOST_EXAMPLES = 20


def _show(desk: Desk) -> Sequence[Part]:
    memory = desk.remember(_NAME)
    versions = [v for v in desk.ask("models") if not v.source]
    if not versions:
        return [
            Table(("",), (), empty="No model yet: register one on the screen Models, and package it here.")
        ]
    ref = _choose_ref(versions, memory)
    names = tuple(_key(v) for v in reversed(versions))
    parts: list[Part] = [Row((Field("ref", "Version", "choice", ref, names, act="choose"),))]
    if desk.fixed:
        return [*parts, Line("Building and starting need the notebook.", "quiet")]
    parts.append(Section("Package", tuple(_show_building(ref, memory))))
    parts.append(Section("Try", tuple(_show_trying(desk, ref, memory))))
    return parts


def _key(version: ModelVersion) -> str:
    return f"{version.name}@{version.version}"


def _choose_ref(versions: Sequence[ModelVersion], memory: Mapping[str, Any]) -> str:
    """Return the version that was chosen, else the newest champion, else the newest."""
    keys = [_key(v) for v in versions]
    champions = [_key(v) for v in versions if "champion" in v.aliases]
    return memory["ref"] if memory.get("ref") in keys else [*keys[-1:], *champions][-1]


def _show_building(ref: str, memory: Mapping[str, Any]) -> Sequence[Part]:
    given = memory.get("targets", {})
    targets = tuple(
        Field(target, f"for {target}", "check", given.get(target, False), act="target")
        for target in list_package_targets()
    )
    parts: list[Part] = [
        Form(
            (
                Field("directory", "Directory", value=memory.get("directory", ""), hint=f"dist/{_word(ref)}"),
                Field("verify", "install and ask it at the end", "check", memory.get("verify", True)),
                *_list_limits(memory),
            ),
            Button("Build", "build", {"ref": ref}, "main", hint="Write an installable service, and try it"),
        ),
        Section("Targets", (Row(targets),), folded=not given),
        Section("Format", tuple(_show_format(memory)), folded="format" not in memory),
    ]
    record = memory.get("built")
    return parts if record is None else [*parts, *show_built(record)]


def _show_format(memory: Mapping[str, Any]) -> Sequence[Part]:
    """Return the choice of a format, and what it means for the answers."""
    chosen = memory.get("format", "auto")
    meaning = {
        "auto": "skops where that can hold the model, else a pickle, which says why",
        "pickle": "the estimator as it was saved; it runs code when it is loaded",
        "skops": "the same answers, bit for bit, and no pickle: only types of a reviewed list",
        "onnx": "nearly the same answers: say how far they may be off",
    }
    field = Field("format", "The model as", "choice", chosen, tuple(list_model_formats()), act="form")
    return (Row((field,)), Line(meaning[chosen], "quiet"))


def _list_limits(memory: Mapping[str, Any]) -> Sequence[Field]:
    """Return the fields of what ONNX may be off."""
    if memory.get("format") != "onnx":
        return ()
    return (
        Field("tolerance", "Tolerance", value=memory.get("tolerance", ""), hint="for example 1e-5"),
        Field("allow_flips", "Labels that may differ", value=memory.get("allow_flips", "0")),
    )


def _read_limits(memory: dict[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the format and its limits as the verb takes them; ValueError where one is no number."""
    if memory.get("format") != "onnx":
        return {"format": memory.get("format", "auto")}
    typed = {name: str(value.get(name, "")).strip() for name in ("tolerance", "allow_flips")}
    memory.update(typed)
    return {
        "format": "onnx",
        "tolerance": float(typed["tolerance"]) if typed["tolerance"] else None,
        "allow_flips": int(typed["allow_flips"] or 0),
    }


def _form(desk: Desk, value: Mapping[str, Any]) -> None:
    if value.get("format") in list_model_formats():
        desk.remember(_NAME)["format"] = value["format"]


def _word(ref: str) -> str:
    return ref.partition("@")[0]


def _show_trying(desk: Desk, ref: str, memory: Mapping[str, Any]) -> Sequence[Part]:
    service = desk.held.get("service")
    if service is None or not service.running:
        why = [] if service is None else [Line("The service has ended.", "bad")]
        return [
            *why,
            Row((Button("Start", "start", {"ref": ref}, "main", hint="Serve it on this machine alone"),)),
        ]
    offered = service.offered
    parts: list[Part] = [
        Row((Line(f"{offered.ref} answers at {service.url}", "good"), Button("Stop service", "halt")))
    ]
    numbers = tuple(str(n) for n in range(1, min(len(offered.examples), _MOST_EXAMPLES) + 1))
    if numbers:
        shown = str(memory.get("example", 0) + 1)
        parts.append(Row((Field("example", "Made-up row", "choice", shown, numbers, act="example"),)))
    texts = memory.get("row")
    fields = list_fields(offered, memory.get("example", 0), texts)
    parts.append(Form(fields, Button("Predict", "predict", look="main")))
    answered = memory.get("answered")
    if answered is not None:
        parts += _show_answer(answered)
    return parts


def _show_answer(answered: Answered) -> Sequence[Part]:
    if answered.status == 200:
        said = Line(
            f"answer: {answered.answer['predictions'][0]}, in {show_seconds(answered.seconds)}", "strong"
        )
    else:
        said = Line(f"refused ({answered.status}): {answered.answer}"[:2000])
    if answered.same is None:
        own = Line(
            "same as the notebook: not known, its code was not asked about a row that you typed; "
            "choose a made-up row to compare",
            "quiet",
        )
    elif answered.same:
        own = Line(f"same as the notebook: yes ({answered.expected})", "good")
    else:
        own = Line(f"same as the notebook: no, it answers {answered.expected}", "bad")
    return (said, own)


def _choose(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    memory["ref"], memory["built"] = str(value["ref"]), None


def _target(desk: Desk, value: Mapping[str, Any]) -> None:
    known = list_package_targets()
    given = desk.remember(_NAME).setdefault("targets", {})
    given.update({k: bool(v) for k, v in value.items() if k in known})


def _build(desk: Desk, value: Mapping[str, Any]) -> None:
    memory, ref = desk.remember(_NAME), str(value["ref"])
    if desk.start is None:
        return
    typed = str(value.get("directory", "")).strip()
    memory["directory"], memory["verify"] = typed, bool(value.get("verify", True))
    directory = Path(typed).expanduser() if typed else Path("dist") / _word(ref)
    targets = [name for name, on in memory.get("targets", {}).items() if on]

    def tell(record: Any) -> Line:
        memory["built"] = record
        tone: Any = "bad" if record.verified.state == "failed" else "good"
        return Line(f"Built {ref} in {show_path(record.path)}: {record.verified.state}.", tone)

    try:
        limits = _read_limits(memory, value)
    except ValueError as error:
        desk.say(f"Tolerance and labels are numbers, such as 1e-5 and 0: {error}.", "bad")
        return
    keywords = {"ref": ref, "directory": directory, "targets": targets, "verify": memory["verify"], **limits}
    desk.start("package", keywords, tell, f"package {ref}")


def _start(desk: Desk, value: Mapping[str, Any]) -> None:
    memory, ref = desk.remember(_NAME), str(value["ref"])
    if desk.start_call is None:
        return

    def tell(service: Any) -> Line:
        earlier = desk.held.pop("service", None)
        if earlier is not None:
            earlier.stop()
        desk.held["service"] = service
        memory["row"] = memory["answered"] = None
        memory["example"] = 0
        return Line(f"{ref} answers at {service.url}; it ends with this kernel.", "good")

    desk.start_call(lambda progress: start_service(ref, desk.store, progress), tell, f"start {ref}")


def _halt(desk: Desk, value: Mapping[str, Any]) -> None:
    service = None if desk.fixed else desk.held.pop("service", None)
    if service is not None:
        service.stop()
        desk.say(f"{service.offered.ref} answers no longer.", "quiet")


def _example(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    memory["example"], memory["row"], memory["answered"] = int(value["example"]) - 1, None, None


def _predict(desk: Desk, value: Mapping[str, Any]) -> None:
    memory, service = desk.remember(_NAME), desk.held.get("service")
    if service is None or desk.start_call is None:
        desk.say("Start the service first.", "bad")
        return
    # What was answered to another row is no answer to this one, whatever comes of it.
    memory["row"], memory["answered"] = {str(name): text for name, text in value.items()}, None
    row = read_row(service.offered, memory.get("example", 0), memory["row"])

    def tell(answered: Answered) -> Line:
        memory["answered"] = answered
        return Line("")

    desk.start_call(lambda progress: service.ask(row), tell, f"ask {service.offered.ref}")


PACKAGE = Screen(
    _NAME,
    "Package and try",
    _show,
    {
        "choose": _choose,
        "target": _target,
        "form": _form,
        "build": _build,
        "start": _start,
        "halt": _halt,
        "example": _example,
        "predict": _predict,
    },
)
"""The fifth screen."""
