"""Spelling: the text of a parameter's field and of a step's entry in pipeline.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbmlops.core.pipeline import Parameter, Step
from nbmlops.templating import quote_json, quote_python

__all__ = ["ParameterText", "spell_names", "spell_text", "spell_touches", "write_parameter"]

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


def write_parameter(parameter: Parameter, defaults: Mapping[str, str], support: str) -> ParameterText:
    """Write a field of Parameters; `defaults` are those that are no literals."""
    given = [defaults.get(parameter.name, repr(parameter.default)), spell_text(parameter.where)]
    given += [f"range={spell_text(parameter.range)}"] if parameter.range else []
    given += [f"choices={spell_names(parameter.choices)}"] if parameter.choices else []
    given += ["is_input=True"] if parameter.is_input else []
    value = f"{support}.option({', '.join(given)})"
    if len(f"    {parameter.name}: {parameter.type} = {value}") > _WIDTH:
        inside = f"        {', '.join(given)}\n" if len(", ".join(given)) + 8 <= _WIDTH else ""
        inside = inside or "".join(f"        {item},\n" for item in given)
        value = f"{support}.option(\n{inside}    )"
    return ParameterText(parameter.name, parameter.type, value)


def spell_touches(step: Step) -> str:
    """Write what a step touches beside the values that it takes and makes: mostly nothing."""
    named = (("reads", step.reads), ("writes", step.writes))
    spelled = "".join(f", {word}={spell_names(files)}" for word, files in named if files)
    return f"{spelled}, always=True" if step.always else spelled
