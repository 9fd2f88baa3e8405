"""Sessions: people edit, save, run again and forget, and each hint about it is held against a replay."""

from __future__ import annotations

import ast
import json
import os
import random
import re
import shutil
import subprocess
import symtable
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbmlops.api.hinting import list_hints
from tests.cases.notebook_kernel import NotebookKernel, open_kernel
from tests.messy.accidents import STOP, change_number, find_bound, spoil_cell
from tests.messy.session import make_session
from tests.messy.shelf import Notebook

__all__ = ["Act", "Claim", "Judged", "judge_session", "make_acts", "read_claim"]

_REPLAYING = Path(__file__).with_name("replaying.py")
_FIRST, _SECONDS, _PATIENCE = 3, 60, 300
_OLD = re.compile(
    r"cell (?P<at>\d+): `(?P<names>\w+)` is older than its cell: it was made by cell (?P<made>\d+), whose "
    r"text (?P<how>no longer defines it|defines it otherwise now and did not come to it) "
    r"\(cell (?P<now>\d+)\)"
)
_EDITED = re.compile(
    r"cell (?P<at>\d+): (?P<names>[`\w, ]+) came out of cell (?P<made>\d+), which was edited since"
)


@dataclass(frozen=True)
class Act:
    """A cell that is run, or one whose text is only changed and saved."""

    cell: str
    source: str
    runs: bool = True


@dataclass(frozen=True)
class Claim:
    """What a hint says: the runs that it names, counted from 0, and how the notebook's file stood then.

    `seen` is the last run before it was said.
    """

    text: str
    kind: str
    at: int
    made: int
    names: tuple[str, ...]
    seen: int
    file: Mapping[str, str]
    how: str = ""
    now: int = -1


@dataclass(frozen=True)
class Judged:
    """A hint and what the replay says about it: right, unwanted, wrong or unknown, and why."""

    claim: Claim
    verdict: str
    why: str = ""


def make_acts(notebook: Notebook, seed: int, mess: float = 0.35, edits: float = 0.3) -> list[Act]:
    """Return a messy session in which cells are also edited and not run again."""
    draw = random.Random(f"edits {notebook.name} {seed}")
    names = find_bound(notebook.cells)
    acts: list[Act] = []
    for event in make_session(notebook, seed, mess).events:
        if not event.source.strip():
            continue
        acts.append(Act(event.cell, event.source))
        while draw.random() < edits:
            chosen = draw.choice([act for act in acts if act.runs][-8:])
            acts.append(Act(chosen.cell, _edit(chosen.source, names, draw), runs=False))
    return acts


def _edit(source: str, names: Sequence[str], draw: random.Random) -> str:
    lines = source.split("\n")
    kind = draw.random()
    if kind < 0.45:
        return change_number(source, draw)
    if kind < 0.6:
        del lines[draw.randrange(len(lines))]
        return "\n".join(lines)
    if kind < 0.7:
        return "\n".join([*lines, f"print({draw.choice(list(names))})"])
    if kind < 0.8:
        return "\n".join(["# so it is", *lines, ""])
    return spoil_cell(source, names, draw)


def judge_session(notebook: Notebook, acts: Sequence[Act]) -> tuple[list[Judged], int]:
    """Work through a session with hints on; return each hint judged, and how many cells were run."""
    folder = Path(tempfile.mkdtemp(prefix="hints-"))
    try:
        for path in notebook.files:
            shutil.copy(path, folder)
        told, claims = _work(folder, acts)
        runs = [act for act in acts if act.runs]
        replayed = _replay(notebook, runs, claims)
        return [_judge(claim, runs, told, replayed) for claim in claims], len(runs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _work(folder: Path, acts: Sequence[Act]) -> tuple[list[str], list[Claim]]:
    path = folder / "work.ipynb"
    file: dict[str, str] = {}
    claims: list[Claim] = []
    told: list[str] = []
    _save(path, file)
    with open_kernel(folder, {"NBMLOPS_NOTEBOOK": str(path)}) as kernel:
        kernel.run("%load_ext nbmlops")
        kernel.run("%nbmlops hints on")
        for act in acts:
            file = {**file, act.cell: act.source}
            _save(path, file)
            if act.runs:
                told.append(_run(kernel, act, file, len(told), claims))
        listed = list_hints(store=folder / ".nbmlops" / "store.db").hints
        said = {claim.text for claim in claims}
        last = [read_claim(hint.text, len(told) - 1, file) for hint in listed if hint.text not in said]
        return told, [*claims, *(claim for claim in last if claim is not None)]


def _run(kernel: NotebookKernel, act: Act, file: Mapping[str, str], number: int, claims: list[Claim]) -> str:
    answer = kernel.run(act.source, act.cell, seconds=_SECONDS, stop_at="waiting")
    shown = [c["data"].get("text/plain", "") for kind, c in answer.messages if kind == "display_data"]
    for text in shown:
        if text.startswith("nbmlops: "):
            claim = read_claim(text.removeprefix("nbmlops: "), number, file)
            claims += [claim] if claim is not None else []
    return answer.error.partition(":")[0] or "ok"


def _save(path: Path, file: Mapping[str, str]) -> None:
    cells = [
        {"id": cell, "cell_type": "code", "source": source, "metadata": {}, "outputs": []}
        for cell, source in file.items()
    ]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def read_claim(text: str, seen: int, file: Mapping[str, str]) -> Claim | None:
    """Read what a line claims; None where it is about rows."""
    for kind, pattern in (("old value", _OLD), ("edited cell", _EDITED)):
        found = pattern.match(text)
        if found is not None:
            names = tuple(re.findall(r"\w+", found["names"]))
            at, made = int(found["at"]) - _FIRST, int(found["made"]) - _FIRST
            claim = Claim(text.partition(": run ")[0], kind, at, made, names, seen, file)
            return claim if kind == "edited cell" else replace(
                claim, how=found["how"], now=int(found["now"]) - _FIRST
            )  # fmt: skip
    return None


def _replay(notebook: Notebook, runs: Sequence[Act], claims: Sequence[Claim]) -> dict[str, Any]:
    events = [{"source": act.source.replace(STOP, "raise KeyboardInterrupt")} for act in runs]
    asked = [
        {"event": c.made, "until": c.at, "source": c.file.get(runs[c.made].cell, ""), "names": list(c.names)}
        for c in claims
    ]
    with tempfile.TemporaryDirectory() as name:
        for path in notebook.files:
            shutil.copy(path, name)
        done = subprocess.run(
            [sys.executable, str(_REPLAYING)],
            cwd=name,
            env={**{k: v for k, v in os.environ.items() if not k.startswith("NBMLOPS")}, "MPLBACKEND": "Agg"},
            input=json.dumps({"events": events, "asked": asked}),
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


def _judge(claim: Claim, runs: Sequence[Act], told: Sequence[str], replayed: dict[str, Any]) -> Judged:
    events = replayed["events"]
    for number in range(claim.at + 1):
        if told[number] != events[number]["status"]:
            return Judged(claim, "unknown", f"run {number}: {told[number]}, again {events[number]['status']}")
    made = _judge_difference(claim, runs, replayed) if claim.kind == "edited cell" else Judged(claim, "right")
    wrong = next(_list_wrong(claim, runs, events, made.verdict == "right"), None)
    return made if wrong is None else Judged(claim, "wrong", wrong)


def _list_wrong(
    claim: Claim, runs: Sequence[Act], events: Sequence[Mapping[str, Any]], differs: bool
) -> Iterator[str]:
    """Yield what of a claim the replay contradicts."""
    cell, until = runs[claim.made].cell, claim.seen if claim.kind == "edited cell" else claim.at
    newest = max(n for n in range(until + 1) if runs[n].cell == cell)
    for name in claim.names:
        if not _rests(claim, name, events, differs):
            yield f"`{name}` was not made by run {claim.made}, or not read by run {claim.at}"
    if claim.kind == "edited cell":
        if newest != claim.made:
            yield f"the cell was run again ({newest})"
        if cell not in claim.file or _is_same(runs[claim.made].source, claim.file[cell]):
            yield "its text is the one that ran"
        return
    (name,), now = claim.names, runs[claim.now].source
    if claim.now != newest or claim.now <= claim.made:
        yield f"the newest run of its cell is {newest}"
    if name in events[claim.now]["sets"]:
        yield f"run {claim.now} did bind `{name}`"
    if _binds(now, name) != (claim.how != "no longer defines it"):
        yield f"its text: {claim.how}"
    if _find_definitions(runs[claim.made].source, name) & _find_definitions(now, name):
        yield "its definition still stands there"


def _rests(claim: Claim, name: str, events: Sequence[Mapping[str, Any]], differs: bool) -> bool:
    """Say whether a run read a name that another had bound, or changed after it was bound.

    What writes into a value that which it held already has changed nothing; the edit of it may still.
    """
    read = {binder for one, binder in events[claim.at]["reads"] if one == name}
    if claim.made in read:
        return True
    changed = (
        name in events[claim.made]["changed"] or None in events[claim.made]["hashes"].values() or differs
    )
    return claim.kind == "edited cell" and changed and any(binder < claim.made for binder in read)


def _judge_difference(claim: Claim, runs: Sequence[Act], replayed: dict[str, Any]) -> Judged:
    """Say whether the names would hold anything else where they are read, had the new text been run."""
    source = claim.file[runs[claim.made].cell]
    had = replayed["events"][claim.at - 1]["hashes"]
    for answer in replayed["answers"]:
        asked = (answer["event"], answer["until"], answer["source"], tuple(answer["names"]))
        if asked == (claim.made, claim.at, source, claim.names):
            would = answer["would"]
            if any(would.get(name, "") != had.get(name, "") for name in claim.names):
                return Judged(claim, "right")
            if any(had.get(name, "") is None for name in claim.names):
                return Judged(claim, "unknown", "nothing describes the value")
            return Judged(claim, "unwanted", "with the new text it would hold the same")
    return Judged(claim, "unknown", "not asked")


def _is_same(one: str, other: str) -> bool:
    """Say whether two texts are compiled to the same, wherever their lines are."""
    try:
        return _list_code(compile(one, "", "exec")) == _list_code(compile(other, "", "exec"))
    except (SyntaxError, ValueError):
        return one.split() == other.split()


def _list_code(code: types.CodeType) -> list[Any]:
    constants = [_list_code(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return [code.co_code, code.co_names, code.co_varnames, constants]


def _binds(source: str, name: str) -> bool:
    """Say whether a text binds a name at its top level, as Python's own symbol table has it."""
    try:
        table = symtable.symtable(re.sub(r"^[%!].*$", "pass", source, flags=re.MULTILINE), "", "exec")
    except SyntaxError:
        return False
    return name in table.get_identifiers() and table.lookup(name).is_assigned()


def _find_definitions(source: str, name: str) -> set[str]:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return set()
    texts = {ast.get_source_segment(source, node) or "" for node in body}
    return {text for text in texts if _binds(text, name)}
