"""Spaces: the text behind ``%%sweep``, read into the values that names may have and how they are tried."""

from __future__ import annotations

import ast
import difflib
import math
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from nbmlops.core.sweep import Choice, Dimension, Range, SweepRequest
from nbmlops.errors import UsageError

__all__ = ["FLAGS", "PRUNERS", "RANGES", "SAMPLERS", "read_sweep"]

SAMPLERS = ("grid", "random", "tpe", "cmaes", "gp", "qmc", "nsgaii")
"""How values are chosen; all but the first two are Optuna's."""
PRUNERS = ("median", "halving", "hyperband")
"""What ends a child early, all of them Optuna's."""
RANGES = ("uniform", "log", "int")
"""The words for ranges of numbers."""
FLAGS = {
    "--metric": "NAME", "--minimize": "", "--trials": "N", "--sampler": "WORD", "--pruner": "WORD",
    "--workers": "N", "--on": "ADDRESS", "--seed": "N", "--resume": "",
}  # fmt: skip
"""The flags, each with what stands behind it."""

_USAGE = "Type `%%sweep depth=[2, 4, 8] C=log(1e-3, 10) --metric acc`."
_BLIND = ("grid", "random", "qmc")
_NAME = re.compile(r"([^\W\d]\w*)[ \t]*=(?!=)[ \t]*")
_FLAG = re.compile(r"--[\w-]*")
_OPENING, _CLOSING = "([{", ")]}"
_TRIALS = 20


def read_sweep(lines: Sequence[str]) -> SweepRequest:
    """Read what stands behind ``%%sweep``, on one line or several.

    ::

        sweep  =  (NAME "=" values | flag)*
        values =  a list of Python literals, one literal, uniform(a, b), log(a, b) or int(a, b)

    Nothing is evaluated but literals.

    >>> read_sweep(["depth=[2, 4] --metric acc"]).space
    (Choice(name='depth', values=(2, 4)),)

    Raises
    ------
    UsageError
        If it does not parse: the message shows where.
    """
    return _Reader("\n".join(lines)).read_whole()


class _Reader:
    """Reads the text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._space: dict[str, Dimension] = {}
        self._flags: dict[str, tuple[int, str]] = {}

    def read_whole(self) -> SweepRequest:
        """Read all of the text."""
        while self._skip_blanks():
            if self._text.startswith("-", self._at):
                self._read_flag()
            else:
                self._read_dimension()
        if not self._space:
            self._refuse("No name is given values", self._at)
        return self._build_request()

    def _skip_blanks(self) -> bool:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._at < len(self._text)

    def _refuse(self, what: str, at: int, then: str = _USAGE) -> NoReturn:
        start = self._text.rfind("\n", 0, at) + 1
        line = self._text[start:].partition("\n")[0]
        raise UsageError(f"{what}:\n  {line}\n  {' ' * (at - start)}^\n", then)

    def _read_flag(self) -> None:
        start = self._at
        match = _FLAG.match(self._text, start)
        word = match[0] if match else "-"
        if word not in FLAGS:
            close = difflib.get_close_matches(word, FLAGS, n=1)
            self._refuse(
                f"`%%sweep` does not take '{word}'", start, f"Did you mean `{close[0]}`?" if close else _USAGE
            )
        if word in self._flags:
            self._refuse(f"'{word}' is given twice", start)
        self._at = start + len(word)
        if not FLAGS[word]:
            self._flags[word] = (start, "")
            return
        self._at += self._text.startswith("=", self._at)
        if not self._skip_blanks() or self._text.startswith("--", self._at):
            self._refuse(f"Behind '{word}' {FLAGS[word]} is missing", min(self._at, len(self._text)))
        at = self._at
        while self._at < len(self._text) and not self._text[self._at].isspace():
            self._at += 1
        self._flags[word] = (at, self._text[at : self._at])

    def _read_dimension(self) -> None:
        start = self._at
        match = _NAME.match(self._text, start)
        if match is None:
            self._refuse("Here a name with its values, `NAME=[...]`, or a flag was expected", start)
        name = match[1]
        if name in self._space:
            self._refuse(f"'{name}' is given values twice", start)
        self._at = match.end()
        text = self._take_value()
        word = re.match(r"([^\W\d]\w*)[ \t]*\(", text)
        if word:
            self._space[name] = self._read_range(name, word[1], text, match.end())
        else:
            self._space[name] = Choice(name, self._read_values(text, match.end()))

    def _take_value(self) -> str:
        """Return the text up to the next blank outside of brackets and quotes."""
        start, quote = self._at, ""
        opened: list[int] = []
        while self._at < len(self._text):
            letter = self._text[self._at]
            if quote:
                self._at += letter == "\\"
                quote = "" if letter == quote else quote
            elif letter in "'\"":
                quote = letter
            elif letter in _OPENING:
                opened.append(self._at)
            elif letter in _CLOSING:
                if not opened or _OPENING.index(self._text[opened.pop()]) != _CLOSING.index(letter):
                    self._refuse(f"This '{letter}' closes nothing", self._at)
            elif letter.isspace() and not opened:
                break
            self._at += 1
        if quote or opened:
            self._refuse("This is not closed", opened[-1] if opened else start)
        if start == self._at:
            self._refuse("Here values were expected", start)
        return self._text[start : self._at]

    def _read_literal(self, text: str, at: int) -> Any:
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError) as problem:
            column = getattr(problem, "offset", None) or 1
            ranges = ", ".join(f"`{word}(a, b)`" for word in RANGES)
            then = f"Write literals, such as [1, 'a', None], or a range: {ranges}."
            self._refuse("This is no literal of Python", at + min(column, len(text)) - 1, then)

    def _read_values(self, text: str, at: int) -> tuple[Any, ...]:
        found = self._read_literal(text, at)
        if isinstance(found, set | frozenset):
            self._refuse("A set has no order", at, "Write a list, `[...]`.")
        values = tuple(found) if isinstance(found, list | tuple) else (found,)
        if not values:
            self._refuse("There is no value in it", at)
        spelled = [repr(value) for value in values]
        twice = next((s for i, s in enumerate(spelled) if s in spelled[:i]), None)
        if twice is not None:
            self._refuse(f"The value {twice} is there twice", at)
        return values

    def _read_range(self, name: str, word: str, text: str, at: int) -> Range:
        if word not in RANGES:
            self._refuse(
                f"'{word}' is no range", at, f"There are {', '.join(f'`{w}(a, b)`' for w in RANGES)}."
            )
        found = self._read_literal(f"[{text[text.index('(') + 1 : -1]}]", at + text.index("("))
        kinds = (int,) if word == "int" else (int, float)
        numbers = [n for n in found if type(n) in kinds and math.isfinite(n)]
        if len(found) != 2 or len(numbers) != 2 or not text.endswith(")"):
            self._refuse(f"`{word}(a, b)` takes two {'whole numbers' if word == 'int' else 'numbers'}", at)
        low, high = numbers
        if low >= high:
            self._refuse(f"{low!r} is not below {high!r}", at)
        if word == "log" and low <= 0:
            self._refuse("A logarithm needs numbers above 0", at)
        if word == "int":
            return Range(name, low, high, whole=True)
        return Range(name, float(low), float(high), log=word == "log")

    def _build_request(self) -> SweepRequest:
        ranges = [d for d in self._space.values() if isinstance(d, Range)]
        sampler = self._read_word("--sampler", SAMPLERS) or ("random" if ranges else "grid")
        pruner = self._read_word("--pruner", PRUNERS)
        metric = self._flags.get("--metric", (0, None))[1]
        if sampler == "grid" and ranges:
            self._refuse(
                "A grid needs lists of values",
                self._text.index(ranges[0].name),
                "Leave `--sampler grid` out.",
            )
        for flag, choice in (
            ("--sampler", sampler not in _BLIND),
            ("--pruner", pruner),
            ("--minimize", True),
        ):
            if flag in self._flags and choice and metric is None:
                self._refuse(
                    f"'{flag}' needs to know by which number", self._flags[flag][0], "Add `--metric NAME`."
                )
        trials = self._read_count("--trials", 1)
        if trials is None and sampler != "grid":
            trials = _TRIALS
        return SweepRequest(
            space=tuple(self._space.values()),
            metric=metric,
            minimize="--minimize" in self._flags,
            trials=trials,
            sampler=sampler,
            pruner=pruner,
            workers=self._read_count("--workers", 1) or 2,
            on=self._flags.get("--on", (0, None))[1],
            seed=self._read_count("--seed", 0) or 0,
            resume="--resume" in self._flags,
        )

    def _read_word(self, flag: str, known: Sequence[str]) -> str | None:
        at, word = self._flags.get(flag, (0, None))
        if word is not None and word not in known:
            self._refuse(f"'{word}' is not known", at, f"There are {', '.join(known)}.")
        return word

    def _read_count(self, flag: str, least: int) -> int | None:
        at, word = self._flags.get(flag, (0, None))
        if word is None:
            return None
        if not word.isascii() or not word.isdigit() or int(word) < least:
            self._refuse(f"'{flag}' takes a whole number from {least} on", at)
        return int(word)
