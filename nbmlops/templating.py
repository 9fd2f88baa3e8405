"""Templates: one strict environment that turns typed records into the text of files."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import jinja2.meta

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "list_variables",
    "quote_json",
    "quote_make",
    "quote_python",
    "quote_shell",
    "quote_text",
    "quote_toml",
    "render_template",
    "write_comment",
]

_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_LITERALS = (str, bytes, int, float, bool, type(None))


def render_template(stage: str, name: str, context: DataclassInstance) -> str:
    """Render a template of a stage with the fields of a record.

    `stage` is a folder of nbmlops that has ``templates/`` in it (``package``), or the name of any
    other package that has (``nbmlops_shell``). A name that the record lacks raises `jinja2.UndefinedError`.
    """
    fields = {field.name: getattr(context, field.name) for field in dataclasses.fields(context)}
    return _open_templates(stage).get_template(name).render(fields)


def list_variables(stage: str, name: str) -> frozenset[str]:
    """Return the names that a template wants of its record."""
    environment = _open_templates(stage)
    if environment.loader is None:
        return frozenset()
    source, _, _ = environment.loader.get_source(environment, name)
    return frozenset(jinja2.meta.find_undeclared_variables(environment.parse(source)))


@functools.cache
def _open_templates(stage: str) -> jinja2.Environment:
    own = Path(__file__).with_name(stage).is_dir()
    package = f"nbmlops.{stage}" if own else stage
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(package, "templates"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "comment": write_comment,
        "json": quote_json,
        "make": quote_make,
        "python": quote_python,
        "shell": quote_shell,
        "toml": quote_toml,
        "yaml": quote_text,
    }
    return environment


def quote_python(value: Any) -> str:
    """Write plain data as a Python expression that evaluates to an equal value.

    Raises `TypeError` for anything whose ``repr`` need not be one.
    """
    if type(value) is float and not math.isfinite(value):
        return f"float({str(value)!r})"
    if type(value) in _LITERALS:
        return repr(value)
    if type(value) is dict:
        return "{" + ", ".join(f"{quote_python(k)}: {quote_python(v)}" for k, v in value.items()) + "}"
    if type(value) is list:
        return "[" + ", ".join(quote_python(item) for item in value) + "]"
    if type(value) is tuple:
        inside = ", ".join(quote_python(item) for item in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    raise TypeError(f"no Python literal for a value of type '{type(value).__name__}'")


def quote_json(value: Any) -> str:
    """Write plain data as JSON in ASCII; raise `ValueError` for numbers that JSON lacks."""
    return json.dumps(value, allow_nan=False)


def quote_text(value: Any) -> str:
    """Write a string, number, truth value or list of such so that TOML and YAML read the same.

    Raises `ValueError` for halves of surrogate pairs, which neither can hold, and `TypeError` for
    other types.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(_escape(character) for character in value) + '"'
    if isinstance(value, int):
        return repr(int(value))
    if isinstance(value, float):
        return _write_float(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(quote_text(item) for item in value) + "]"
    raise TypeError(f"no TOML or YAML for a value of type '{type(value).__name__}'")


def quote_toml(value: Any) -> str:
    """Write a value as `quote_text` does, and the numbers that are none as TOML alone spells them."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(quote_toml(item) for item in value) + "]"
    return quote_text(value)


def _escape(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError("half of a surrogate pair has no place in TOML or YAML")
    if character.isprintable():
        return character
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _write_float(value: float) -> str:
    text = repr(float(value))
    if text in ("nan", "inf", "-inf"):
        raise ValueError(f"TOML and YAML write '{text}' differently")
    # YAML 1.1 takes "1e-05" for a string: it wants a point and a sign.
    mantissa, exponent, power = text.partition("e")
    if not exponent:
        return text
    point = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{point}e{power if power[0] in '+-' else '+' + power}"


def quote_shell(value: object) -> str:
    """Write a value as one word of a POSIX shell."""
    return shlex.quote(str(value))


def quote_make(value: object) -> str:
    """Write a path as one word of a variable of a Makefile, to be used where files stand in rules."""
    text = re.sub(r"(\\*)([ \t#:;|])", r"\1\1\\\2", str(value))
    return text.replace("$", "$$")


def write_comment(value: object) -> str:
    """Write a value on one line, for a comment that nothing in it can end."""
    return "".join(c if c.isprintable() else " " for c in str(value)).strip()
