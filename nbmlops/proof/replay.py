"""The replay: the script that executes a pipeline statement by statement beside the record."""

from __future__ import annotations
import __future__ as features

import dataclasses
import importlib
import json
import linecache
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

__all__ = ["compare_name", "compile_piece", "load_parameters", "main", "run_pieces"]

_FUTURE = sum(getattr(features, name).compiler_flag for name in features.all_feature_names[2:])


def main(settings_path: str, result_path: str) -> None:
    """Execute the pieces that the settings list, up to the first that parts from the record."""
    settings = json.loads(Path(settings_path).read_text("utf-8"))
    answer = os.open(result_path, os.O_WRONLY)
    word = os.read(0, 1024).decode()
    sys.path.append(settings["root"])
    from nbmlops.proof import guard as guards
    from nbmlops.proof import landlock
    from nbmlops.proof.referee import close_doors
    from nbmlops.values.fingerprint import portray

    guard = guards.Guard(guards.Rules(**settings["rules"]))
    sys.path.insert(0, settings["directory"])
    close_doors(guards, landlock, guard)
    diverged = run_pieces(settings["pieces"], settings["parameters"], portray)
    os.pwrite(answer, json.dumps({"diverged": diverged, "nonce": word}).encode(), 0)
    os._exit(0)


def run_pieces(
    pieces: list[dict[str, Any]], parameters: dict[str, str], portray: Any
) -> dict[str, Any] | None:
    """Execute pieces in one namespace; return where the first parts from the record, if any does."""
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    namespace = vars(module)
    namespace["__builtins__"] = __builtins__
    namespace["parameters"] = load_parameters(parameters)
    flags = 0
    for number, piece in enumerate(pieces, 1):
        sys.stdout.write(f"\n\x1epiece {number}\n")
        sys.stdout.flush()
        place = {"execution": piece["execution"], "index": piece["index"]}
        try:
            code = compile_piece(piece, flags)
            flags |= code.co_flags & _FUTURE
            exec(code, namespace)
        except BaseException as error:  # noqa: BLE001 - whatever ended the statement is the result
            return place | {"resource": None, "message": f"it raised {type(error).__name__}: {error}"[:2_000]}
        for name, recorded in piece["fingerprints"].items():
            message = compare_name(namespace, name, recorded, portray)
            if message:
                return place | {"resource": f"name:{name}", "message": message}
    return None


def compile_piece(piece: dict[str, Any], flags: int) -> Any:
    """Compile one piece as a kernel compiles a cell: its source can be found by tracebacks."""
    name = f"<statement {piece['index'] + 1} of execution {piece['execution']}>"
    source = piece["code"]
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    return compile(source, name, "exec", flags, dont_inherit=True)


def compare_name(namespace: dict[str, Any], name: str, recorded: str, portray: Any) -> str | None:
    """Say in what a name differs from the record, if it does."""
    if name not in namespace:
        return f"'{name}' is not bound here, as it was in the notebook"
    found = portray(namespace[name], namespace).digest
    if found is None or found == recorded:
        return None
    return f"'{name}' has another content than in the notebook"


def load_parameters(inputs: dict[str, str]) -> SimpleNamespace:
    """Return the export's own parameters, with the inputs where they are."""
    pipeline = importlib.import_module("pipeline")
    defaults = pipeline.Parameters()
    values = {field.name: getattr(defaults, field.name) for field in dataclasses.fields(defaults)}
    return SimpleNamespace(**(values | inputs))


if __name__ == "__main__":
    main(*sys.argv[1:])
