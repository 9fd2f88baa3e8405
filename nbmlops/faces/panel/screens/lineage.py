"""Lineage: the statements of an object, those that it needs and those that it does not, and why."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NbmlopsError
from nbmlops.faces.blocks import Block, Line, Listing, Table
from nbmlops.faces.choices import list_fitted
from nbmlops.faces.panel.desk import Desk, Screen
from nbmlops.faces.panel.parts import Code, Field, Part, Row, Section
from nbmlops.faces.show import show_explanation
from nbmlops.faces.wording import count_things

if TYPE_CHECKING:
    from nbmlops.core.hint import HintList

__all__ = ["LINEAGE", "find_object"]

_NAME = "lineage"
_ALWAYS = 1
"""How many statements in a row that are not needed are shown without folding."""


def find_object(desk: Desk) -> str:
    """Return the object that was chosen; before any was, what this screen shows while it is open."""
    chosen = str(desk.remember(_NAME).get("name") or "")
    if chosen or desk.screen != _NAME:
        return chosen
    return next(iter(list_fitted(desk.namespace)), "")


def _show(desk: Desk) -> Sequence[Part]:
    memory = desk.remember(_NAME)
    name = find_object(desk)
    options = tuple(dict.fromkeys([*list_fitted(desk.namespace), *([name] if name else [])]))
    parts: list[Part] = [
        Row(
            (
                Field("name", "Object", "search", name, options, hint="a name of the notebook", act="choose"),
                Field("folded", "fold what is not needed", "check", memory.get("folded", True), act="choose"),
            )
        )
    ]
    if not name:
        empty = "No object yet: type a name that the notebook bound, and see which statements it needs."
        return [*parts, Table(("",), (), empty=empty)]
    try:
        blocks = show_explanation(desk.ask("why", name=name, history=None, notebook=None))
    except NbmlopsError as error:  # a name that nothing bound stays where it can be mended
        return [*parts, Line(str(error), "bad")]
    parts += _warn_edited(desk)
    parts += _fold_dropped(blocks) if memory.get("folded", True) else blocks
    return [*parts, Line("The same, as it is typed:", "quiet"), Code(f"%nbmlops why {name}")]


def _warn_edited(desk: Desk) -> Iterator[Line]:
    """Yield a line for each cell that was edited after it ran, as far as the notebook's file tells."""
    found: HintList = desk.ask("hints", action=None, hint=None, history=None, notebook=None)
    for hint in found.hints:
        if hint.kind == "edited cell" and not hint.dismissed:
            yield Line(f"{hint.text}: {hint.then}", "bad")


def _fold_dropped(blocks: Sequence[Block]) -> Iterator[Part]:
    for block in blocks:
        if not isinstance(block, Listing):
            yield block
            continue
        for kept, group in itertools.groupby(block.marks, key=lambda mark: mark.kept):
            marks = tuple(group)
            if kept or len(marks) <= _ALWAYS:
                yield Listing(marks)
            else:
                title = f"{count_things(len(marks), 'statement')} not needed"
                yield Section(title, (Listing(marks),), folded=True)


def _choose(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    if "name" in value:
        memory["name"] = str(value["name"]).strip()
    if "folded" in value:
        memory["folded"] = bool(value["folded"])


LINEAGE = Screen(_NAME, "Lineage", _show, {"choose": _choose})
"""The second screen."""
