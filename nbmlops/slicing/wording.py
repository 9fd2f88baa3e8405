"""Wording: why a statement is kept or dropped, in words that name the line which asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nbmlops.core.history import Statement
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.core.slice import PROVED_NEEDLESS, Reason

__all__ = ["explain_draw", "explain_dropped", "explain_effect"]

_VERBS = {"bound": "makes", "changed": "changes", "deleted": "removes", "written": "writes"}
_WIDEST = 48


def explain_effect(
    effect: Effect, readers: Sequence[tuple[Statement, Read]], asked: Resource | None
) -> Reason:
    """Say what a kept statement does to a resource, how that is known, and who needs it.

    `readers` are the kept statements that read this version of the resource; without any it is the
    one that was `asked` for, or what that one looks up when it is called.
    """
    what = f"it {_name_verb(effect)} `{effect.resource.key}` ({effect.because})"
    certain = not readers or any(read.certain for _, read in readers)
    if readers:
        reader, read = next((r for r in readers if r[1].certain), readers[0])
        what += f", which {_quote_statement(reader)} needs"
        what += f": {read.because}" if read.late or not read.certain else ""
    elif asked == effect.resource:
        what += ", which is what was asked for"
    elif asked is not None:
        what += f", which `{asked.key}` looks up when it is called"
    return Reason(effect.resource, what, effect.certain and certain)


def explain_draw(stream: str, verb: str, drawer: Statement) -> Reason:
    """Say that a statement seeds a stream or draws from it before a kept one does."""
    because = f"it {verb} the `{stream}` stream before {_quote_statement(drawer)} draws from it"
    return Reason(Resource("random", stream), because)


def explain_dropped(statement: Statement, needless: bool) -> Reason:
    """Say why a statement is not needed; `needless` says that trials have shown it."""
    if needless and statement.effects:
        return Reason(statement.effects[0].resource, PROVED_NEEDLESS)
    if not statement.effects:
        raised = statement.outcome == "raised"
        before = f"it raised {(statement.error or 'an error').partition(':')[0]}, and " if raised else "it "
        return Reason(None, f"{before}changed nothing that could be seen")
    done = list(_list_effects(statement.effects))
    shown = ", ".join(done[:3]) + (" and more" if len(done) > 3 else "")
    return Reason(statement.effects[0].resource, f"it {shown}, which nothing kept reads later")


def _list_effects(effects: Iterable[Effect]) -> Iterable[str]:
    by_verb: dict[str, dict[str, None]] = {}
    for effect in effects:
        by_verb.setdefault(_name_verb(effect), {})[f"`{effect.resource.key}`"] = None
    for verb, keys in by_verb.items():
        first, *others = sorted(keys)
        yield f"{verb} {first}"
        yield from others


def _name_verb(effect: Effect) -> str:
    if effect.resource.kind == "random":
        return "seeds the stream" if effect.change == "seeded" else "draws from the stream"
    return _VERBS.get(effect.change, "moves")


def _quote_statement(statement: Statement) -> str:
    """Name a statement by its first line of code and the execution that it stands in."""
    lines = [line.strip() for line in statement.source.splitlines() if line.strip()]
    code = [line for line in lines if not line.startswith("#")]
    first = (code or lines or ["a cell that was not recorded"])[0]
    shown = first if len(first) <= _WIDEST else first[: _WIDEST - 1] + "…"
    return f"`{shown}` of execution {statement.execution}"
