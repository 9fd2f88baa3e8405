"""Registering: a version of a model from whichever screen, and what is said when it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Line
from nbmlops.faces.panel.desk import Desk
from nbmlops.faces.wording import show_verdict

if TYPE_CHECKING:
    from nbmlops.core.model import ModelVersion

__all__ = ["start_registering"]


def start_registering(desk: Desk, name: str, model: str) -> None:
    """Register what a name holds as a version of a model; open that version on the screen of models."""
    name, model = name.strip(), model.strip()
    if desk.start is None or not name:
        desk.say("No fitted model is bound yet: fit one, then click Register.", "bad")
        return
    if not model:
        desk.say("Give the model a name first.", "bad")
        return

    def tell(version: ModelVersion) -> Line:
        desk.remember("models")["opened"] = f"{version.name}@{version.version}"
        verdict = show_verdict(version.proof)
        cause = f" ({version.proof.cause})" if version.proof.cause else ""
        return Line(f"Registered {version.name} {version.version}. {verdict.text}{cause}", verdict.tone)

    keywords = {"name": name, "model": model, "history": None, "notebook": None}
    desk.start("register", keywords, tell, f"register {name} as {model}")
