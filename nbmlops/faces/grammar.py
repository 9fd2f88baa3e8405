"""Grammar: one parser that is made from the verb table and serves the command line and the magics."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from nbmlops.errors import UsageError

if TYPE_CHECKING:
    from nbmlops.faces.blocks import Block

__all__ = ["Argument", "Request", "Verb", "build_parser", "load_function", "parse_request"]

_WIDTH = 80

_Kind = Literal["text", "path", "integer", "number", "flag", "off", "many", "pairs"]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a verb.

    `name` is the keyword of the api function; without `flags` it is positional. `kind` says what is
    typed: "off" is a flag that makes the keyword false, "many" may be repeated (several words where it is
    positional), "pairs" are repeated NAME=VALUE that become a dictionary. A positional argument may be
    `optional`, a flag `required`; `bare` is what a flag means without its value. `offers` is a function,
    as ``module:function``, that returns the words to choose from.
    """

    name: str
    help: str
    flags: tuple[str, ...] = ()
    kind: _Kind = "text"
    metavar: str | None = None
    default: Any = None
    optional: bool = False
    required: bool = False
    bare: Any = None
    offers: str | None = None

    @property
    def label(self) -> str:
        """What stands for the argument in a usage line."""
        if not self.flags:
            word = self.metavar or self.name.upper()
            word = f"{word} ..." if self.kind == "many" else word
            return f"[{word}]" if self.optional else word
        if self.kind in ("flag", "off"):
            return f"[{self.flags[0]}]"
        value = self.metavar or self.name.upper()
        word = f"{self.flags[0]} {value if self.bare is None else f'[{value}]'}"
        return word if self.required else f"[{word}]"


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: an api function, a line magic and a command at once.

    Three functions are named as ``module:function``, and loaded when the verb is used: `call` is that of
    the api; `shown` turns its record into blocks; `shaped` into what ``--json`` prints (None: the verb
    has no ``--json``). `agrees` is false of a record whose answer is no; `reports` says that the
    function takes `progress`.
    """

    name: str
    summary: str
    call: str
    shown: str
    arguments: tuple[Argument, ...] = ()
    shaped: str | None = None
    agrees: Callable[[Any], bool] = lambda record: True
    reports: bool = False

    @property
    def usage(self) -> str:
        """The verb with its arguments, as it is typed."""
        words = [self.name, *(argument.label for argument in self.arguments), "[--store PATH]"]
        return " ".join(words if self.shaped is None else [*words, "[--json]"])

    def answer(self, **keywords: Any) -> Any:
        """Call the api function and return its record."""
        return load_function(self.call)(**keywords)

    def show(self, record: Any) -> Sequence[Block]:
        """Return what is said of a record."""
        blocks: Sequence[Block] = load_function(self.shown)(record)
        return blocks

    def shape(self, record: Any) -> Any:
        """Return what ``--json`` prints of a record."""
        return record if self.shaped is None else load_function(self.shaped)(record)


def load_function(place: str) -> Callable[..., Any]:
    """Return the function at ``module:function``, whose module is loaded now."""
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody typed, understood."""

    verb: Verb
    keywords: dict[str, Any]
    json: bool = False


class _Formatter(argparse.HelpFormatter):
    """Formats help; that of argparse loads every way to pack files in order to learn a terminal's width."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_measure_terminal() - 2)


def _measure_terminal() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(1).columns or _WIDTH
    except OSError:  # no terminal
        return _WIDTH


class _Parser(argparse.ArgumentParser):
    """An argument parser whose refusals end with what to type next."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Formatter, **options)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", f"Type `{self.prog} --help`.")


class _Pairs(argparse.Action):
    """Gathers NAME=VALUE into a dictionary."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        name, equals, value = str(values).partition("=")
        if not equals or not name:
            parser.error(f"'{values}' is not of the form NAME=VALUE")
        setattr(namespace, self.dest, {**(getattr(namespace, self.dest) or {}), name: value})


def build_parser(verbs: Sequence[Verb], prog: str) -> argparse.ArgumentParser:
    """Build the parser of all verbs; `prog` is how a person calls it."""
    shown = prog.replace("%", "%%")
    parser = _Parser(
        prog=prog,
        description="From a notebook to a proven pipeline, a served model and its monitoring.",
        epilog=f"`{shown} VERB --help` says more of a verb, `nbmlops --version` which one this is.",
    )
    subparsers = parser.add_subparsers(
        title="verbs", prog=prog, dest="verb", metavar="VERB", parser_class=_Parser, required=True
    )
    for verb in verbs:
        usage = f"{prog} {verb.usage}"
        sub = subparsers.add_parser(
            verb.name, help=verb.summary, description=verb.summary + ".", usage=usage.replace("%", "%%")
        )
        for argument in verb.arguments:
            _add_argument(sub, argument)
        sub.add_argument(
            "--store", type=_read_path, metavar="PATH", help="the store's .db file (default: found upwards)"
        )
        if verb.shaped is not None:
            sub.add_argument("--json", action="store_true", help="print JSON")
    return parser


def parse_request(verbs: Sequence[Verb], words: Sequence[str], prog: str) -> Request:
    """Understand `words`; raise UsageError, or SystemExit where help was asked for."""
    known = {verb.name: verb for verb in verbs}
    if words and not words[0].startswith("-") and words[0] not in known:
        close = _find_close(words[0], known, 3)
        hint = f"Did you mean {_join_names(close)}? " if close else ""
        raise UsageError(f"There is no verb '{words[0]}'.", f"{hint}Type `{prog} --help` for all of them.")
    if words and words[0].startswith("-") and words[0] not in ("-h", "--help"):
        raise UsageError(f"'{words[0]}' needs a verb before it.", f"Type `{prog} --help`.")
    # One verb's parser instead of thirty: the others would take longer than most answers.
    asked = [known[words[0]]] if words and words[0] in known else verbs
    namespace, rest = build_parser(asked, prog).parse_known_args(list(words))
    found = vars(namespace)
    verb = known[found.pop("verb")]
    if rest:
        raise _refuse_rest(verb, rest, prog)
    json = bool(found.pop("json", False))
    return Request(verb, found, json)


def _find_close(word: str, known: Iterable[str], most: int) -> list[str]:
    import difflib  # only who mistypes waits for it

    return difflib.get_close_matches(word, known, n=most)


def _refuse_rest(verb: Verb, rest: Sequence[str], prog: str) -> UsageError:
    """Return what to say of words that a verb does not take."""
    flags = ["--store", "--help", *(flag for argument in verb.arguments for flag in argument.flags)]
    flags += [] if verb.shaped is None else ["--json"]
    word = next((word for word in rest if word.startswith("-")), rest[0])
    close = _find_close(word.partition("=")[0], flags, 2) if word.startswith("-") else []
    hint = f"Did you mean {_join_names(close)}? " if close else ""
    return UsageError(
        f"`{prog} {verb.name}` does not take '{word}'.", f"{hint}Type `{prog} {verb.name} --help`."
    )


def _read_path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("a path cannot be empty")
    try:
        # A shell expands `~` only at the beginning of a word, and a magic nowhere.
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def _read_integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number") from None


def _read_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no number") from None


def _join_names(names: Sequence[str]) -> str:
    return " or ".join(f"'{name}'" for name in names)


_OPTIONS: dict[str, dict[str, Any]] = {
    "text": {},
    "path": {"type": _read_path},
    "integer": {"type": _read_integer},
    "number": {"type": _read_number},
    "flag": {"action": "store_true", "default": False},
    "off": {"action": "store_false", "default": True},
    "many": {"action": "append", "default": []},
    "pairs": {"action": _Pairs, "default": {}},
}


def _add_argument(parser: argparse.ArgumentParser, argument: Argument) -> None:
    options: dict[str, Any] = {
        "help": argument.help.replace("%", "%%"),
        "default": argument.default,
        **_OPTIONS[argument.kind],
    }
    if argument.kind not in ("flag", "off"):
        options["metavar"] = argument.metavar or argument.name.upper()
    if argument.bare is not None:
        options |= {"nargs": "?", "const": argument.bare}
    if argument.kind == "many" and not argument.flags:
        options |= {"nargs": "+", "action": "store"}
    if argument.flags:
        parser.add_argument(*argument.flags, dest=argument.name, required=argument.required, **options)
    elif argument.optional:
        parser.add_argument(argument.name, nargs="?", **options)
    else:
        parser.add_argument(argument.name, **options)
