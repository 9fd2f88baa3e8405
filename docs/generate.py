"""Writes what the code already says: ARCHITECTURE.md from docstrings, docs/verbs.md from the verb table."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from nbmlops.faces.grammar import Verb
from nbmlops.faces.verbs import VERBS

__all__ = ["describe_module", "main", "make_architecture", "make_verbs"]

ROOT = Path(__file__).resolve().parents[1]

_ARCHITECTURE = """\
# Architecture

Generated from the docstrings by `make architecture`; a test compares.

Data flows one way: a module may import what stands below its layer, never what stands above or beside it.

    __main__
    faces | targets | trackers magics, commands, bar: they call the api and show | leaves nobody imports
    api                        one function a verb: settings in, records out
    lifecycle                  flows of several stages: export and prove, register, retrain, demo
    capture | slicing | pipeline | proof | tracking | hints | registry | package | monitor   siblings
    store                      the only SQL
    values                     what a Python value is: fingerprint, equality, save, load, describe
    processes | plugins | templating
    core                       frozen records: the words; digest, ids, settings; standard library only
    errors

Where something new goes:

- a kind of value: `nbmlops/values/`; nothing else knows what a frame or an estimator is
- a target (what an export or a package is rendered for): one file in `nbmlops/targets/` and its templates
- a tracker (a system that runs are pushed to and pulled from): one file in `nbmlops/trackers/`
- a verb: one function in `nbmlops/api/`, one entry in `nbmlops/faces/verbs.py`; the command, the magic and
  `docs/verbs.md` follow from the entry
- an effect (a way in which a statement changes something): `nbmlops/capture/` sees it, and it becomes a
  `Resource` of `nbmlops/core/resource.py`; slicing needs no change
- a record that two stages share: `nbmlops/core/`

The way of one cell: `capture.recorder` hears it start and puts a hook between its statements;
`capture.observing` takes the evidence before and after each and writes a `core.history.Statement`;
`store.histories` keeps the execution. Asked for an object, `slicing.cutting` walks the statements back to a
`core.slice.Slice`, `pipeline.cutting` makes steps of it, `pipeline.writing` writes them, and `proof.prove`
runs them in a fresh process and compares. `lifecycle.registering` keeps all of that as a version,
`package.cut` cuts the row function out of the same statements, and `package.build` puts it beside the
service of `package/runtime`.

To work on it: `make setup-dev`, then `.venv/bin/pytest tests/slicing` for one part, `make check` for
format, lint, types and layers, `make test` for everything, `make test-slow` for what takes minutes, `make
bench` for what capture costs.

## Every module in one sentence
"""

_VERBS = """\
# Verbs

Generated from the verb table by `make architecture`; a test compares.

Each verb is a command, `nbmlops VERB`, and a magic, `%nbmlops VERB`, with the same arguments. Bare
`%nbmlops` opens the panel. Two magics mark a cell: `%%step NAME` names the pipeline step that it becomes,
`%%private` keeps it out of the record.

`--store PATH` names the store, wherever the command runs. `--json` prints JSON whose keys are a contract: new
keys may come, none goes. Exit codes: 0 done; 1 the answer is no (different, failed, gate not met); 2 the
command cannot be understood; 3 an error with a message; 130 interrupted (Ctrl-C); 143 terminated. What was
recorded before is kept in each case.
"""


def describe_module(path: Path) -> str:
    """Return the first paragraph of a module's docstring, on one line."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    return " ".join(text.partition("\n\n")[0].split())


def make_architecture() -> str:
    """Return the text of ARCHITECTURE.md."""
    lines = [_ARCHITECTURE]
    package = ROOT / "nbmlops"
    folders = sorted({path.parent for path in package.rglob("*.py")})
    for folder in folders:
        modules = sorted(p for p in folder.glob("*.py") if p.name != "__init__.py")
        name = folder.relative_to(ROOT).as_posix()
        opening = folder / "__init__.py"
        said = f"{describe_module(opening)}\n\n" if opening.is_file() else ""
        lines.append(f"### {name}/\n\n{said}" + "".join(_word_module(path) for path in modules))
    return "\n".join(lines)


def make_verbs() -> str:
    """Return the text of docs/verbs.md."""
    return _VERBS + "".join(f"\n{_word_verb(verb)}" for verb in VERBS)


def main() -> int:
    """Write both files."""
    (ROOT / "ARCHITECTURE.md").write_text(make_architecture())
    (ROOT / "docs" / "verbs.md").write_text(make_verbs())
    return 0


def _word_module(path: Path) -> str:
    return f"- `{path.stem}`: {describe_module(path)}\n"


def _word_verb(verb: Verb) -> str:
    rows = "".join(f"- `{argument.label}`: {argument.help}\n" for argument in verb.arguments)
    return f"## {verb.name}\n\n    nbmlops {verb.usage}\n\n{verb.summary}.\n" + (f"\n{rows}" if rows else "")


if __name__ == "__main__":
    sys.exit(main())
