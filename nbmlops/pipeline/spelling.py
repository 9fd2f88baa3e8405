"""Spelling: the text of a parameter's field and of a step's entry in pipeline.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbmlops.core.pipeline import Parameter, Step
from nbmlops.templating import quote_json, quote_python

__all__ = [
    "ParameterText",
    "fold_line",
    "spell_fresh",
    "spell_names",
    "spell_text",
    "spell_title",
    "spell_touches",
    "write_parameter",
]

_WIDTH = 88


@dataclass(frozen=True, slots=True)
class ParameterText:
    """A field of Parameters: `value` is the call that makes it."""

    name: str
    type: str
    value: str


def spell_text(text: str) -> str:
    """Write a text as Python; JSON writes rare characters as two, which Python takes for two."""
    return quote_json(text) if text.isascii() else quote_python(text)


def spell_names(names: Sequence[str]) -> str:
    """Write a tuple of texts."""
    inside = ", ".join(spell_text(name) for name in names)
    return f"({inside},)" if len(names) == 1 else f"({inside})"


def spell_title(title: str) -> str:
    """Write a heading, or the name of a step, as the beginning of a sentence."""
    title = title.rstrip(".")
    words = title.replace("_", " ") if title.isidentifier() else title
    return words[:1].upper() + words[1:]


def write_parameter(parameter: Parameter, defaults: Mapping[str, str], support: str) -> ParameterText:
    """Write a field of Parameters; `defaults` are those that are no literals."""
    given = [defaults.get(parameter.name, _spell_default(parameter.default)), spell_text(parameter.where)]
    given += [f"range={spell_text(parameter.range)}"] if parameter.range else []
    given += [f"choices={spell_names(parameter.choices)}"] if parameter.choices else []
    given += ["is_input=True"] if parameter.is_input else []
    head = f"{parameter.name}: {parameter.type} = "
    value = fold_line(f"{head}{support}.option(", given, ")", 1).removeprefix(head)
    return ParameterText(parameter.name, parameter.type, value)


def _spell_default(value: object) -> str:
    """Write the default of a parameter, texts as a formatter would quote them."""
    if isinstance(value, tuple):
        inside = ", ".join(_spell_default(item) for item in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return spell_text(value) if isinstance(value, str) else quote_python(value)


def fold_line(head: str, items: Sequence[str], tail: str, levels: int = 0) -> str:
    """Write a call or the like on one line if it fits, indented by so many levels, else on several."""
    pad, inside = "    " * levels, ", ".join(items)
    if len(f"{pad}{head}{inside}{tail}") <= _WIDTH or not items:
        return f"{head}{inside}{tail}"
    if len(pad) + 4 + len(inside) <= _WIDTH and "def " not in head:
        return f"{head}\n{pad}    {inside}\n{pad}{tail}"
    return f"{head}\n" + "".join(f"{pad}    {item},\n" for item in items) + f"{pad}{tail}"


def spell_fresh(steps: Sequence[Step]) -> str:
    """Write the argument that names files which must not be there before a run: mostly nothing."""
    files = sorted({file for step in steps for file in step.fresh})
    return f", fresh={spell_names(files)}" if files else ""


def spell_touches(step: Step) -> list[str]:
    """Write what a step touches beside the values that it takes and makes: mostly nothing."""
    named = (("reads", step.reads), ("writes", step.writes), ("fresh", step.fresh))
    spelled = [f"{word}={spell_names(files)}" for word, files in named if files]
    return [*spelled, "always=True"] if step.always else spelled
