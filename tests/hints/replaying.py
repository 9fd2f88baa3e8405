"""Replaying: a session once more in plain Python, with who bound, read and changed each name written down.

Nothing of nbmlops is here, nor of IPython: a namespace that is a mapping of its own sees each name go by.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import dis
import io
import json
import os
import re
import shutil
import sys
import tempfile
import types
from collections.abc import Mapping
from typing import Any

__all__ = ["Space", "main", "replay", "strip_magics"]

_SELECTIVE = re.compile(r"^%reset_selective -f \^(\w+)\$$", re.MULTILINE)
_TIMED = re.compile(r"^%time (.*)$", re.MULTILINE)
_OTHER = re.compile(r"^[%!].*$", re.MULTILINE)


class Space(dict[str, Any]):
    """A namespace that remembers for each name which event bound it last, and who asked for it."""

    def __init__(self) -> None:
        super().__init__(__name__="__main__", __builtins__=builtins, _="")
        self.event = -1
        self.bound: dict[str, int] = {}
        self.reads: set[tuple[str, int]] = set()
        self.sets: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        self.reads.add((name, self.bound.get(name, -1)))
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self.bound[name] = self.event
        self.sets.add(name)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self.bound.pop(name, None)

    def look(self, name: str) -> Any:
        """Return a value without a trace of having asked."""
        return super().get(name)


def strip_magics(source: str) -> str:
    """Return a cell as plain Python does the same."""
    source = _SELECTIVE.sub(r"\1 = None; del \1", source)
    return _OTHER.sub("pass", _TIMED.sub(r"\1", source))


def replay(events: list[dict[str, str]], asked: list[dict[str, Any]]) -> dict[str, Any]:
    """Run the events; return what each did, and what the names asked for would be, had a cell another text.

    An event is a `source`; a question has an `event`, the `source` that stands there instead, and the
    `names` that are told as they are before the event `until`. Names that the event binds without having
    read them are missing when that source begins.
    """
    space = Space()
    _stand_in_for_main(space)
    watched = sorted({name for question in asked for name in question["names"]})
    told, answers, before = [], [], _hash_names(space, watched)
    for number, event in enumerate(events):
        space.event, space.reads, space.sets = number, set(), set()
        for question in asked:
            if question["event"] == number:
                answers.append({**question, "would": _fork(space, question, events)})
        identities = {name: id(space.look(name)) for name in space}
        status = _run(space, event["source"])
        for name in space:  # what a function bound with `global` goes by unseen
            if name not in space.sets and identities.get(name) != id(space.look(name)):
                space.bound[name] = number
                space.sets.add(name)
        after = _hash_names(space, watched)
        changed = [n for n in watched if n in before and n in after and before[n] != after[n]]
        told.append({
            "status": status, "reads": sorted(space.reads), "sets": sorted(space.sets),
            "changed": sorted(set(changed) - space.sets), "hashes": after,
        })  # fmt: skip
        before = after
    return {"events": told, "answers": answers}


def _run(space: Space, source: str) -> str:
    try:
        tree = ast.parse(strip_magics(source))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<cell>", "exec"), space)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)
            if value is not None:
                space["_"] = value
    except BaseException as problem:  # noqa: BLE001 - what a cell raises is part of what it did
        return type(problem).__name__
    return "ok"


def _fork(space: Space, question: Mapping[str, Any], events: list[dict[str, str]]) -> dict[str, str | None]:
    """Run another text in a child process, then what came after it, and return what the names would hold."""
    number = question["event"]
    sources = [question["source"], *(e["source"] for e in events[number + 1 : question["until"]])]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "told.json")
        child = os.fork()
        if child == 0:
            try:
                os.chdir(shutil.copytree(".", os.path.join(folder, "work")))
                for name in question["names"]:
                    if _makes_anew(events[number]["source"], name):
                        dict.pop(space, name, None)
                for source in sources:
                    _run(space, source)
                with open(path, "w") as file:
                    json.dump(_hash_names(space, question["names"]), file)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        with contextlib.suppress(FileNotFoundError), open(path) as file:
            return dict(json.load(file))
    return {}


def _makes_anew(source: str, name: str) -> bool:
    """Say whether the first thing that a text does with a name is to bind it."""
    found = (
        one.opname
        for one in dis.get_instructions(strip_magics(source))
        if one.argval == name and not one.opname.startswith("IMPORT_")
    )
    return next(found, "").startswith("STORE_")


def _hash_names(space: Space, names: list[str]) -> dict[str, str | None]:
    return {name: _hash_value(space.look(name)) for name in names if name in space}


def _hash_value(value: Any) -> str | None:
    """Return a hash of what a value holds; None where nothing describes it."""
    import joblib

    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, types.FunctionType):
        return str(joblib.hash(_list_code(value.__code__)))
    try:
        return str(joblib.hash(value))
    except Exception:  # noqa: BLE001 - what refuses to be described is told as None
        return None


def _list_code(code: types.CodeType) -> list[Any]:
    constants = [_list_code(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return [code.co_code, code.co_names, code.co_varnames, constants]


def _stand_in_for_main(space: Space) -> None:
    """Let classes that the cells define be found where pickle looks for them."""

    class Main(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            try:
                return dict.__getitem__(space, name)
            except KeyError:
                raise AttributeError(name) from None

    sys.modules["__main__"] = Main("__main__")


def main() -> None:
    """Answer the request that stands on standard input, in JSON; the folder it stands in may be copied."""
    request = json.load(sys.stdin)
    sys.modules["nbmlops"] = None  # type: ignore[assignment]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        told = replay(request["events"], request["asked"])
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
