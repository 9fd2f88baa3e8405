"""Reading: the parameters of a pipeline as a file or the command line gives them, each of its type."""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import json
import tomllib
import typing
from pathlib import Path
from typing import Any, NoReturn

from nbmlops.pipeline import support

__all__ = ["describe_parameter", "read_parameters", "read_text", "show_kind"]

_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def _kind_of(field: dataclasses.Field[Any]) -> str:
    kind = field.type
    return kind.__name__ if isinstance(kind, type) and not typing.get_args(kind) else str(kind)


def describe_parameter(field: dataclasses.Field[Any]) -> str:
    """Say where the notebook had a parameter, what it had, and what is accepted."""
    words = field.metadata.get("choices", ())
    accepted = f"; {field.metadata['range']}" if field.metadata.get("range") else ""
    accepted = f"; {', '.join(words)}" if words else accepted
    return f"{field.metadata.get('where', '')} (default: {_spell_value(field.default)}{accepted})"


def show_kind(field: dataclasses.Field[Any]) -> str:
    """Say on the command line what a parameter's value looks like."""
    kind = _kind_of(field)
    return "PATH" if field.metadata.get("input") else "ARRAY" if _is_array(kind) else kind.upper()


def _is_array(kind: str) -> bool:
    return kind.startswith("tuple[")


def _spell_value(value: Any) -> str:
    """Write a default as a person may give it: arrays as TOML does."""
    return _spell_item(value) if isinstance(value, tuple) else repr(value)


def _spell_item(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_spell_item, value))}]"
    return json.dumps("none" if value is None else value, ensure_ascii=False)


def read_text(field: dataclasses.Field[Any], text: str) -> Any:
    """Read a parameter's value as it stands on the command line."""
    kind = _kind_of(field)
    try:
        if _is_array(kind):
            return _fit_value(field, _read_array(field, text))
        return _check_value(field, _read_plain(kind, field.default, text))
    except KeyError:
        raise argparse.ArgumentTypeError(f"'{text}' is neither 'true' nor 'false'") from None
    except ValueError as problem:
        told = kind == "str" or _is_array(kind) or "accepted" in str(problem)
        raise argparse.ArgumentTypeError(str(problem) if told else f"'{text}' is no {kind}") from None


def _read_plain(kind: str, default: Any, text: str) -> Any:
    match kind:
        case "bool":
            return _FLAGS[text.lower()]
        case "int":
            return int(text)
        case "float":
            whole = type(default) is int and text.lstrip("+-").isdigit()
            return int(text) if whole else float(text)
    return text


def _read_array(field: dataclasses.Field[Any], text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        example = f"{support.name_option(field.name)} '{_spell_value(field.default)}'"
        raise ValueError(f"'{text}' is no array; write one as parameters.toml does: {example}") from None


def _check_value(field: dataclasses.Field[Any], value: Any) -> Any:
    """Return a value that is accepted; raise ValueError for any other."""
    words, interval = field.metadata.get("choices", ()), field.metadata.get("range", "")
    if words and value not in words:
        raise ValueError(f"{value!r} is not accepted for '{field.name}'; choose {', '.join(words)}")
    if interval:
        low, high = (float(bound) for bound in interval[1:-1].split(","))
        above = value >= low if interval[0] == "[" else value > low
        below = value <= high if interval[-1] == "]" else value < high
        if not (above and below):
            raise ValueError(f"{value!r} is not accepted for '{field.name}'; it has to be in {interval}")
    return value


def read_parameters(parameters_type: Any, file: Path | None, given: dict[str, Any]) -> Any:
    """Return the parameters: what is `given`, else what a TOML file says, else the defaults.

    A path in the file is relative to the file. Raises ValueError where the file is missing or no TOML,
    or holds an unknown name or a value of another type.
    """
    values = _read_file(parameters_type, file) if file is not None else {}
    return parameters_type(**{**values, **given})


def _read_file(parameters_type: Any, file: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except OSError as problem:
        raise ValueError(f"'{file}' cannot be read: {problem.strerror}") from problem
    except ValueError as problem:
        raise ValueError(f"'{file}' is no TOML: {problem}") from problem
    fields = {f.name: f for f in dataclasses.fields(parameters_type)}
    for name in found:
        if name not in fields:
            _refuse_name(file, name, list(fields))
    values = {name: _take_value(file, fields[name], value) for name, value in found.items()}
    return {
        name: str(file.absolute().parent / value) if fields[name].metadata.get("input") else value
        for name, value in values.items()
    }


def _refuse_name(file: Path, name: str, known: list[str]) -> NoReturn:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = (
        f"did you mean {' or '.join(repr(c) for c in close)}?" if close else f"there are: {', '.join(known)}"
    )
    raise ValueError(f"'{file}' names a parameter '{name}' that there is not; {hint}")


def _take_value(file: Path, field: dataclasses.Field[Any], value: Any) -> Any:
    try:
        return _fit_value(field, value)
    except ValueError as problem:
        raise ValueError(f"'{file}': {problem}") from None


def _fit_value(field: dataclasses.Field[Any], value: Any) -> Any:
    """Return what TOML holds as the parameter has it; ValueError for what it cannot be."""
    kind = _kind_of(field)
    try:
        return _check_value(field, _convert_value(kind, value, _has_whole(field.default)))
    except TypeError:
        shown = kind.replace("tuple[", "array[").replace(", ...]", "]").replace("None", "'none'")
        found = f"{value!r}, which is {type(value).__name__}"
        raise ValueError(f"'{field.name}' is given as {found}; it has to be {shown}") from None


def _has_whole(default: Any) -> bool:
    """Whether a whole number among others that need not be whole stays one."""
    return any(map(_has_whole, default)) if isinstance(default, tuple) else type(default) is int


def _convert_value(kind: str, value: Any, whole: bool) -> Any:
    """Return a value of TOML as one of a kind; TypeError where it is none."""
    if _is_array(kind) and isinstance(value, list):
        inner = kind.removeprefix("tuple[").removesuffix(", ...]")
        return tuple(_convert_value(inner, item, whole) for item in value)
    if kind.endswith(" | None"):
        if isinstance(value, str) and value.lower() == "none":
            return None
        kind = kind.removesuffix(" | None")
    if kind == "float" and type(value) is int:
        return value if whole else float(value)
    if type(value).__name__ != kind:
        raise TypeError(kind)
    return value
