"""Completion: what the TAB key offers behind `%nbmlops`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nbmlops.core.space import FLAGS, PRUNERS, RANGES, SAMPLERS
from nbmlops.faces.grammar import Argument, load_function
from nbmlops.faces.verbs import VERBS

__all__ = ["complete_line", "complete_sweep"]


def complete_line(line: str, names: Iterable[str]) -> list[str]:
    """Return the words that may stand at the end of `line`: a verb, a flag or its value, or a bound name."""
    words = line.lstrip("%").split()
    current = "" if line.endswith((" ", "\t")) else words.pop()
    if not words:
        return []
    if len(words) == 1:
        offered: Iterable[str] = (verb.name for verb in VERBS)
    else:
        found = [verb for verb in VERBS if verb.name == words[1]]
        if not found:
            return []
        arguments = found[0].arguments
        if arguments and not current.startswith("-") and _takes_here(arguments[0], words):
            known: Iterable[str] = load_function(arguments[0].offers or "")()
            return sorted(word for word in known if word.startswith(current))
        wants_name = bool(arguments) and arguments[0].name == "name" and len(words) == 2
        offered = (
            [name for name in names if not name.startswith("_")] if wants_name else _offer(arguments, words)
        )
    return sorted(word for word in offered if word.startswith(current))


def complete_sweep(line: str, names: Iterable[str]) -> list[str]:
    """Return the words that may stand at the end of a line behind ``%%sweep``."""
    words = line.split()
    current = "" if line.endswith((" ", "\t")) else words.pop()
    known = {"--sampler": SAMPLERS, "--pruner": PRUNERS}.get(words[-1] if words else "")
    if known is None and words[-1:] == ["--metric"]:
        known = tuple(name for name in names if not name.startswith("_"))
    if known is None and "=" in current:
        name, _, value = current.partition("=")
        known = tuple(f"{name}={word}(" for word in RANGES if word.startswith(value))
    return sorted(word for word in (FLAGS if known is None else known) if word.startswith(current))


def _takes_here(argument: Argument, words: Sequence[str]) -> bool:
    """Say whether a word behind the others belongs to a verb's first argument, whose words are known."""
    first = len(words) == 2 or argument.kind == "many"
    return first and argument.offers is not None and not argument.flags


def _offer(arguments: Sequence[Argument], words: Sequence[str]) -> Iterable[str]:
    """Return the values of the flag that was typed last, where they are known; else all flags."""
    wanted = next((a.offers for a in arguments if a.offers and words[-1] in a.flags), None)
    if wanted is None:
        return [flag for argument in arguments for flag in argument.flags]
    found: Iterable[str] = load_function(wanted)()
    return found
