"""Stepping: run a pipeline's steps one by one from files, and skip those that are up to date."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import hashlib
import importlib
import importlib.metadata
import json
import logging
import os
import pickle
import platform
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbmlops.pipeline import support

__all__ = ["STATES", "Chain", "StepError", "list_changes", "make_key", "run_steps", "write_value"]

STATES = "steps"
"""The folder of the workdir that holds what each step left, and a stamp that says what it was made of."""
_LOG = logging.getLogger("pipeline")
_TOLD = {"before": "what the step before it left", "code": "its code"}
_SKIPPED = frozenset({"tests", "__pycache__", STATES})


class StepError(Exception):
    """A step ended with an error of its own; `__cause__` is that error."""


@dataclasses.dataclass(frozen=True)
class Chain:
    """The steps of a pipeline in their order: `module` is the namespace of pipeline.py."""

    module: dict[str, Any]
    target: str

    @property
    def steps(self) -> Mapping[str, support.Step]:
        """The steps by name."""
        return dict(self.module["STEPS"])

    @property
    def shared(self) -> tuple[str, ...]:
        """The names that steps make global."""
        return tuple(self.module["SHARED"])


def run_steps(
    chain: Chain,
    names: Sequence[str],
    parameters: Any,
    workdir: str | os.PathLike[str] | None,
    resume: bool = False,
) -> None:
    """Run steps that follow one another, each on what the one before it left in the workdir.

    With `resume`, those are skipped whose inputs, code and parameters are what they were, and whose
    files are as they left them.
    """
    order = list(chain.steps)
    state: dict[str, Any] | None = None
    used = _list_used(chain, names)
    with support.working_directory(parameters, workdir, stage=False, used=used) as placed:
        for name in names:
            number = f"step {order.index(name) + 1} of {len(order)}"
            before = order[order.index(name) - 1] if order.index(name) else None
            key = make_key(chain, name, before, placed)
            changes = list_changes(name, key) if resume else []
            if resume and not changes:
                _LOG.info("%s: %s is up to date", number, name)
                state = None
                continue
            _LOG.debug("%s: %s runs: %s", number, name, "; ".join(changes) or "asked for")
            if before is None:
                support.stage_inputs(placed, Path())
            began = time.perf_counter()
            state = _load_state(chain, before) if state is None else state
            if resume:
                _clear_own(chain, name)
            state = _run_step(chain, name, placed, state)
            _keep_state(chain, name, key, state, alone=len(names) == 1)
            _LOG.info("%s: %s took %.1f s", number, name, time.perf_counter() - began)


def _list_used(chain: Chain, names: Sequence[str]) -> frozenset[str] | None:
    """Return the parameters that steps read, None for all; an empty name is for files of no parameter."""
    text = Path(chain.module["__file__"]).read_bytes()
    found = [_digest_code(text, chain, name)[1] for name in names]
    first = {""} if names and names[0] == next(iter(chain.steps)) else set()
    return None if None in found else frozenset(first.union(*(read or set() for read in found)))


def _load_state(chain: Chain, before: str | None) -> dict[str, Any]:
    if before is None:
        return {"values": {}, "shared": {}, "streams": {}}
    place = Path(STATES, f"{before}.pkl")
    if not place.is_file():
        raise FileNotFoundError(f"'{place}' is missing in the workdir. Run the step '{before}' first.")
    state: dict[str, Any] = pickle.loads(place.read_bytes())
    chain.module.update(state["shared"])
    for stream, recorded in state["streams"].items():
        support.set_stream(stream, recorded)
    return state


def _clear_own(chain: Chain, name: str) -> None:
    """Take away what a step would go on from, where that step alone left it and nobody changed it since."""
    others = {file for other, step in chain.steps.items() if other != name for file in step.writes}
    made = _read_stamp(name).get("made", {})
    for file in set(chain.steps[name].fresh) - others:
        if file in made and _digest_file(Path(file)) == made[file]:
            Path(file).unlink()


def _read_stamp(name: str) -> dict[str, Any]:
    """Return what a step was made of and left, the last time that it ran to its end here."""
    try:
        stamp = json.loads(Path(STATES, f"{name}.json").read_bytes())
        return {"key": dict(stamp["key"]), "made": dict(stamp["made"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _run_step(chain: Chain, name: str, parameters: Any, state: dict[str, Any]) -> dict[str, Any]:
    """Run one step and return what the steps after it need."""
    step, order = chain.steps[name], list(chain.steps)
    support.check_fresh(step.fresh, Path())
    # What is kept of an earlier run would be taken for this one's, were this one interrupted.
    Path(STATES, f"{name}.json").unlink(missing_ok=True)
    try:
        made = step.function(parameters, *(state["values"][n] for n in step.inputs))
    except Exception as problem:
        raise StepError(name) from problem
    made = (made,) if len(step.outputs) == 1 else made or ()
    values = {**state["values"], **dict(zip(step.outputs, made, strict=True))}
    later = {n for other in order[order.index(name) + 1 :] for n in chain.steps[other].inputs}
    kept = {n: v for n, v in values.items() if n in later | {chain.target}}
    shared = {n: chain.module[n] for n in chain.shared if n in chain.module}
    return {"values": kept, "shared": shared, "streams": support.take_streams()}


def _keep_state(chain: Chain, name: str, key: dict[str, Any], state: dict[str, Any], alone: bool) -> None:
    """Write what a step left, and then the stamp: whoever finds the stamp finds all of it."""
    place = Path(STATES, f"{name}.pkl")
    # A function or class that a step made global is not there when the next process begins.
    home = chain.module["__name__"]
    made_here = any(getattr(v, "__module__", None) == home for v in state["shared"].values())
    made = [place, *(Path(path) for path in chain.steps[name].writes)]
    try:
        write_value(place, state, by_value=made_here)
    except pickle.PicklingError as problem:
        place.unlink(missing_ok=True)
        if alone:
            raise
        _LOG.warning("note: '%s' will not be skipped another time: %s", name, problem)
        return
    if name == list(chain.steps)[-1] and chain.target in state["values"]:
        made.append(Path(f"{chain.target}.pkl"))
        write_value(made[-1], state["values"][chain.target])
    if all(path.is_file() for path in made):
        stamp = {"key": key, "made": {str(path): _digest_file(path) for path in made}}
        _replace_file(place.with_suffix(".json"), json.dumps(stamp, indent=2).encode())


def list_changes(name: str, key: Mapping[str, Any]) -> list[str]:
    """Say in words why a step cannot be skipped; nothing where it can."""
    stamp = _read_stamp(name)
    if not stamp:
        return ["it has not run to its end here"]
    known, made = stamp["key"], stamp["made"]
    changes = ["it asks what may answer otherwise each time"] if key["always"] else []
    for kind, now in key.items():
        if now == known.get(kind):
            continue
        if isinstance(now, dict) and isinstance(known.get(kind), dict):
            both = now.keys() | known[kind].keys()
            names = sorted(n for n in both if now.get(n) != known[kind].get(n))
            changes.append(f"{kind} changed: {', '.join(names)}")
        else:
            changes.append(f"{_TOLD.get(kind, kind)} changed")
    lost = [path for path, digest in made.items() if _digest_file(Path(path)) != digest]
    return changes + [f"'{path}' is not what it left" for path in lost]


def make_key(chain: Chain, name: str, before: str | None, parameters: Any) -> dict[str, Any]:
    """Describe all that a step's result depends on, as digests; the workdir is the current directory."""
    step = chain.steps[name]
    text = Path(chain.module["__file__"]).read_bytes()
    code, read = _digest_code(text, chain, name)
    inputs = {f.name for f in dataclasses.fields(parameters) if f.metadata.get("input")}
    values = {f.name: getattr(parameters, f.name) for f in dataclasses.fields(parameters)}
    used = {n: v for n, v in values.items() if read is None or n in read}
    files = {n: _digest_file(Path(str(v))) for n, v in used.items() if n in inputs}
    for entry in json.loads((support.HERE / "inputs.json").read_text("utf-8")):
        if not entry["parameter"]:
            files[entry["path"]] = _digest_file(support.HERE / entry["path"])
    files |= {path: _digest_file(Path(path)) for path in step.reads}
    return {
        "code": code,
        "support": {str(p.relative_to(support.HERE)): _digest_file(p) for p in _list_support()},
        "parameters": json.loads(json.dumps(used)),  # as they will be read again: tuples as lists
        "files": files,
        "before": _digest_file(Path(STATES, f"{before}.pkl")) if before else "",
        "environment": _list_versions(),
        "always": step.always,
    }


def _digest_code(text: bytes, chain: Chain, name: str) -> tuple[str, set[str] | None]:
    """Return the digest of a step's code with all that it may use, and the parameters that it reads.

    None stands for all of them, where the text uses the parameters as a whole.
    """
    tree = ast.parse(text)
    others = (chain.steps.keys() - {name}) | {"Parameters", "run", "STEPS"}
    body = [node for node in tree.body if getattr(node, "name", None) not in others]
    body = [node for node in body if not isinstance(node, ast.If) or "__name__" not in ast.dump(node.test)]
    body = [node for node in body if "id='STEPS'" not in ast.dump(node)]
    flow = chain.steps[name]
    described = "\n".join(ast.dump(node) for node in body) + repr((flow.inputs, flow.outputs))
    step = next(n for n in body if isinstance(n, ast.FunctionDef) and n.name == name)
    owner = step.args.args[0].arg
    found = [n for n in ast.walk(step) if isinstance(n, ast.Name) and n.id == owner]
    fields = [n for n in ast.walk(step) if isinstance(n, ast.Attribute) and n.value in found]
    read = {n.attr for n in fields} if len(fields) == len(found) else None
    return hashlib.sha256(described.encode()).hexdigest(), read


def _list_support() -> Iterator[Path]:
    """Find the code and the recorded contents that stand beside pipeline.py."""
    for folder, folders, files in os.walk(support.HERE):
        folders[:] = sorted(
            f
            for f in folders
            if f not in _SKIPPED and not f.startswith(".") and not Path(folder, f, "pyvenv.cfg").exists()
        )
        for file in sorted(files):
            recorded = Path(folder) in {support.HERE / "random_state", support.HERE / "inputs"}
            own = file.endswith(".py") and Path(folder, file) != support.HERE / "pipeline.py"
            if own or (recorded and file.endswith((".json", ".pkl"))):
                yield Path(folder, file)


def _list_versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    project = support.HERE / "pyproject.toml"
    if project.is_file():
        needed = tomllib.loads(project.read_text("utf-8")).get("project", {}).get("dependencies", [])
        for name in (entry.partition("=")[0].strip() for entry in needed):
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                found[name] = importlib.metadata.version(name)
    return found


def _digest_file(path: Path) -> str:
    """Return the digest of a file's content; nothing where there is no file."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_value(path: Path, value: Any, by_value: bool = False) -> None:
    """Pickle a value into a file, whole or not at all."""
    _replace_file(path, _pickle(value, path.stem, by_value))


def _replace_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _pickle(value: Any, name: str, by_value: bool) -> bytes:
    """Write a value as bytes; functions that a step made need a pickler that writes their code."""
    try:
        if by_value:
            raise pickle.PicklingError("it holds functions or classes that the notebook made on its way")
        return pickle.dumps(value, protocol=5)
    except (pickle.PicklingError, TypeError, AttributeError) as problem:
        for module in ("cloudpickle", "joblib.externals.cloudpickle"):
            with contextlib.suppress(ImportError, pickle.PicklingError, TypeError, AttributeError):
                return bytes(importlib.import_module(module).dumps(value, protocol=5))
        raise pickle.PicklingError(
            f"'{name}' was made, but cannot be written: {problem}. In Python, `run(Parameters())` returns it."
        ) from problem
