"""Save one object of each class into a store, restore it in a fresh process, and compare (a table of both).

python -m tests.store.trying_classes                    those whose library is installed
python -m tests.store.trying_classes sklearn scipy      some libraries only
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import __main__
from nbmlops.store.opening import open_store
from nbmlops.values.codec import Unsavable, load_value, save_pieces
from nbmlops.values.structure import Undescribable, structural_digest

# Classes of objects that notebooks hold, after the list that Kishu was tried on, each made in one line; what
# needs the network there (data sets, pre-trained models) is made here.
CLASSES = json.loads(Path(__file__).with_name("object_classes.json").read_text("utf-8"))
EQUAL = "equal"
OWN_EQUAL = "equal by its own =="
SAME_BYTES = "equal when saved again"
UNTOLD = "comes back; whether it is equal cannot be told"
DIFFERS = "comes back, not equal in every detail"
REFUSED = "cannot be saved"
BROKEN = "does not come back"


def save_classes(folder, libraries):
    """Keep an object of each class in the store of a folder, and what it is in a list."""
    told = []
    with open_store(folder / "store.db") as store:
        for library in libraries:
            for name, code in CLASSES[library].items():
                told.append({"library": library, "class": name, "code": code, **_save_one(store, code)})
    (folder / "saved.json").write_text(json.dumps(told))


def _save_one(store, code):
    space = __main__.__dict__  # where a notebook's own classes live
    try:
        exec(code, space)
    except Exception as problem:  # noqa: BLE001 - a library may raise anything
        return {"outcome": f"not made: {type(problem).__name__}: {problem}"}
    value = space["value"]
    try:
        codec, pieces = save_pieces(value)
    except Unsavable as reason:
        return {"outcome": REFUSED, "why": str(reason)}
    content = store.contents.put(pieces)
    return {"content": content, "codec": codec, "digest": _describe(value)}


def _describe(value):
    try:
        return structural_digest(value)
    except Undescribable:
        return None


def load_classes(folder):
    """Restore every object of the store, and say of each whether it is what it was."""
    told = json.loads((folder / "saved.json").read_text())
    with open_store(folder / "store.db") as store:
        for one in told:
            if "content" in one:
                one["outcome"] = _load_one(one, store.contents.get(one["content"]))
    (folder / "loaded.json").write_text(json.dumps(told))


def _load_one(one, content):
    try:
        value = load_value(one["codec"], content)
    except Unsavable as reason:
        return f"{BROKEN}: {reason}"
    if one["digest"] is not None and _describe(value) == one["digest"]:
        return EQUAL
    with contextlib.suppress(Unsavable):
        if save_pieces(value)[1].digest == one["content"]:
            return SAME_BYTES
    if _is_equal(one["code"], value):
        return OWN_EQUAL
    return UNTOLD if one["digest"] is None else DIFFERS


def _is_equal(code, value):
    """Say whether an object is equal to one that is made anew, where its class says what that is."""
    if type(value).__eq__ is object.__eq__:
        return False
    try:
        exec(code, __main__.__dict__)
        return bool(value == __main__.__dict__["value"])
    except Exception:  # noqa: BLE001 - a class may refuse the question
        return False


def try_classes(folder, libraries):
    """Return what became of an object of each class of some libraries."""
    for way in ("save", "load"):
        command = [sys.executable, "-m", "tests.store.trying_classes", way, str(folder), *libraries]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
    return json.loads((folder / "loaded.json").read_text())


def list_installed():
    """Return the libraries whose classes can be tried here."""
    return [name for name in CLASSES if name == "builtins" or importlib.util.find_spec(name)]


def _show_table(told):
    for library in dict.fromkeys(one["library"] for one in told):
        mine = [one for one in told if one["library"] == library]
        good = [one for one in mine if one["outcome"] in (EQUAL, OWN_EQUAL, SAME_BYTES)]
        others = "; ".join(
            f"{one['class']}: {one['outcome']}{' (' + one['why'] + ')' if 'why' in one else ''}"
            for one in mine
            if one not in good
        )
        print(f"| {library} | {len(good)} of {len(mine)} | {others} |")


def main():
    way, *rest = sys.argv[1:] or [""]
    if way in ("save", "load"):
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _ = save_classes(Path(rest[0]), rest[1:]) if way == "save" else load_classes(Path(rest[0]))
        return
    with tempfile.TemporaryDirectory() as name:
        told = []
        for library in sys.argv[1:] or list_installed():
            (Path(name) / library).mkdir()
            told += try_classes(Path(name) / library, [library])
        _show_table(told)


if __name__ == "__main__":
    main()
