"""Names: what a model and an alias may be called, and how a version is written."""

from __future__ import annotations

import getpass
import os
import re
from dataclasses import dataclass

from nbmlops.errors import UsageError

__all__ = ["CHAMPION", "Reference", "find_user", "parse_reference", "require_alias", "require_model"]

CHAMPION = "champion"
"""The alias of the version that is in use."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reference:
    """A version as a person writes it: by number, by alias, or only by its model."""

    model: str
    version: int | None = None
    alias: str | None = None


def require_model(name: str) -> str:
    """Return the name of a model; raise `UsageError` for one that cannot be one."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot be the name of a model: a name has 1 to 100 letters, digits, '-', '_' or '.', "
            "and begins with a letter, a digit or '_'.",
            "Choose another name, for example 'income'.",
        )
    return name


def require_alias(alias: str) -> str:
    """Return an alias; raise `UsageError` for a text that cannot be one."""
    if not _NAME.fullmatch(alias) or alias.isdigit():
        raise UsageError(
            f"'{alias}' cannot be an alias: an alias has 1 to 100 letters, digits, '-', '_' or '.', "
            "and is no bare number.",
            f"Choose another name, for example '{CHAMPION}'.",
        )
    return alias


def parse_reference(text: str) -> Reference:
    """Read ``income@champion``, ``income@3``, ``income/3`` or ``income``."""
    model, sign, rest = text.partition("@") if "@" in text else text.partition("/")
    require_model(model)
    if not sign:
        return Reference(model)
    if rest.isascii() and rest.isdigit():
        return Reference(model, version=int(rest[:18]))
    if sign == "/" or not rest:
        raise UsageError(
            f"'{text}' names no version of '{model}'.",
            f"Write `{model}@{CHAMPION}`, `{model}@3` or `{model}`.",
        )
    return Reference(model, alias=require_alias(rest))


def find_user() -> str:
    """Return the name of the person at the keyboard, as the operating system knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"user {os.getuid()}"
