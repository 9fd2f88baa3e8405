"""Support: what a pipeline needs beside its own steps; copied beside every pipeline, it stands alone."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import hashlib
import importlib
import json
import os
import pickle
import random
import shutil
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = [
    "HERE",
    "Step",
    "check_inputs",
    "load_answer",
    "restore_generator",
    "restore_stream",
    "run_command",
    "run_step",
    "set_stream",
    "stage_input",
    "take_streams",
    "use_edition",
    "working_directory",
]

HERE = Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Step:
    """A function of the pipeline with the names it takes and the names it makes."""

    function: Callable[..., Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def restore_stream(name: str) -> None:
    """Put a random stream into the state that it had in the notebook."""
    recorded = json.loads((HERE / "random_state" / f"{name}.json").read_text())
    set_stream(recorded["stream"], recorded["state"])


def set_stream(stream: str, state: Any) -> None:
    """Set the global random state of `stream`: random, numpy or torch."""
    if stream == "numpy":
        import numpy as np

        kind, words, position, has_gauss, cached = state
        np.random.set_state((kind, np.array(words, dtype=np.uint32), position, has_gauss, cached))
    elif stream == "torch":
        import torch

        torch.set_rng_state(torch.tensor(state, dtype=torch.uint8))
    else:
        version, words, gauss = state
        random.setstate((version, tuple(words), gauss))


def use_edition(name: str, folder: str, reload: bool = False) -> None:
    """Let a module be what it had been edited to in the notebook; functions taken from it change, too."""
    place = HERE / "editions" / folder
    parent = sys.modules.get(name.rpartition(".")[0])
    if parent is not None and isinstance(parent.__path__, list):
        parent.__path__.insert(0, str(place.joinpath(*name.split(".")[:-1])))
    sys.path.insert(0, str(place))
    importlib.invalidate_caches()
    if not reload or name not in sys.modules:
        return
    before = dict(vars(sys.modules[name]))
    now = vars(importlib.reload(sys.modules[name]))
    for key, old in before.items():
        new = now.get(key)
        if old is not new and isinstance(old, types.FunctionType) and isinstance(new, types.FunctionType):
            old.__code__, old.__defaults__, old.__kwdefaults__ = (
                new.__code__,
                new.__defaults__,
                new.__kwdefaults__,
            )


def take_streams() -> dict[str, Any]:
    """Return the state of the global random streams, so that a later step can go on from it."""
    version, words, gauss = random.getstate()
    states: dict[str, Any] = {"random": [version, list(words), gauss]}
    if "numpy" in sys.modules:
        import numpy as np

        recorded: Any = np.random.get_state(legacy=True)
        kind, keys, position, has_gauss, cached = recorded
        states["numpy"] = [kind, keys.tolist(), position, has_gauss, cached]
    return states


def restore_generator(generator: Any, name: str) -> None:
    """Put a generator that was made without a seed into the state that it had in the notebook."""
    recorded = json.loads((HERE / "random_state" / f"{name}.json").read_text())
    state = recorded["state"]
    if recorded["generator"] == "Generator":
        generator.bit_generator.state = state
    elif recorded["generator"] == "RandomState":
        import numpy as np

        words = {**state["state"], "key": np.array(state["state"]["key"], dtype=np.uint32)}
        generator.set_state({**state, "state": words})
    else:
        version, words, gauss = state
        generator.setstate((version, tuple(words), gauss))


def load_answer(name: str) -> Any:
    """Return what the outside world answered in the notebook."""
    return pickle.loads((HERE / "inputs" / f"{name}.pkl").read_bytes())


@contextlib.contextmanager
def working_directory(parameters: Any, workdir: str | os.PathLike[str] | None) -> Iterator[Any]:
    """Check the inputs, and stand in the folder that takes what the pipeline writes.

    Gives the parameters back with the paths of the inputs made absolute.
    """
    before = Path.cwd()
    folder = Path(workdir) if workdir is not None else before
    folder.mkdir(parents=True, exist_ok=True)
    absolute = {
        f.name: str((before / getattr(parameters, f.name)).absolute())
        for f in dataclasses.fields(parameters)
        if f.metadata.get("input")
    }
    parameters = dataclasses.replace(parameters, **absolute)
    check_inputs(parameters, folder)
    os.chdir(folder)
    try:
        yield parameters
    finally:
        os.chdir(before)


def check_inputs(parameters: Any, folder: Path) -> None:
    """Stop where an input is missing; say so where it is not what the notebook read."""
    for entry in json.loads((HERE / "inputs.json").read_text()):
        name = entry["parameter"]
        path = Path(getattr(parameters, name) if name else entry["path"])
        if not path.is_absolute():
            path = HERE / path
        if not path.is_file():
            option = f"--{name.replace('_', '-')} PATH" if name else f"a file at {path}"
            raise FileNotFoundError(f"The input '{path}' is missing. Give it: {option}.")
        with path.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == entry["digest"]
        if not same:
            print(f"note: '{path}' is not what the notebook read; the result will differ.", file=sys.stderr)
        if entry["staged"]:
            stage_input(path, folder / entry["staged"])


def stage_input(path: Path, staged: Path) -> None:
    """Put an input where the pipeline looks for it, and over nobody's file."""
    if staged.is_file() and (staged.samefile(path) or staged.read_bytes() == path.read_bytes()):
        return
    if staged.exists():
        raise FileExistsError(f"'{staged}' is there already, and is no copy of '{path}'. Choose a --workdir.")
    staged.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, staged)


def run_command(
    name: str,
    parameters_type: Any,
    run: Callable[..., Any],
    steps: Mapping[str, Step],
    shared: tuple[str, ...],
    target: str,
) -> int:
    """Be the command line of a pipeline: run all of it, or one step from files."""
    module = vars(sys.modules[name])
    parser = argparse.ArgumentParser(
        description=module["__doc__"], formatter_class=argparse.RawTextHelpFormatter
    )
    _add_options(parser, parameters_type)
    into = "folder for what the pipeline writes (default: here)"
    parser.add_argument("--workdir", dest="_workdir", default=".", metavar="FOLDER", help=into)
    commands = parser.add_subparsers(dest="_command", metavar="{step,steps}")
    one = commands.add_parser(
        "step", help="run one step, from the files that the one before it left in the workdir"
    )
    one.add_argument("_step", choices=list(steps), metavar="STEP")
    _add_options(one, parameters_type, keep=True)
    one.add_argument("--workdir", dest="_workdir", default=argparse.SUPPRESS, metavar="FOLDER", help=into)
    commands.add_parser("steps", help="list the steps with what each takes and makes")
    options = parser.parse_args()
    values = {f.name: getattr(options, f.name) for f in dataclasses.fields(parameters_type)}
    parameters = parameters_type(**values)
    workdir = Path(options._workdir)
    if options._command == "steps":
        for title, step in steps.items():
            print(f"{title}: {', '.join(step.inputs) or '-'} -> {', '.join(step.outputs) or '-'}")
        return 0
    began = time.perf_counter()
    try:
        if options._command == "step":
            written = run_step(module, options._step, parameters, workdir, steps, shared, target)
        else:
            value = run(parameters, workdir)
            written = workdir / f"{target}.pkl"
            _write(written, value)
    except (FileNotFoundError, FileExistsError, pickle.PicklingError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 3
    print(f"wrote {written} in {time.perf_counter() - began:.1f} s")
    return 0


def _add_options(parser: argparse.ArgumentParser, parameters_type: Any, keep: bool = False) -> None:
    for f in dataclasses.fields(parameters_type):
        kind = type(f.default)
        convert: Any = _read_flag if kind is bool else kind
        where = f.metadata.get("where", "")
        default: Any = argparse.SUPPRESS if keep else f.default
        help_text = f"{where} (default: {f.default!r})".replace("%", "%%")
        option = f.name.replace("_", "-")
        option = f"--{option}" if option not in {"help", "workdir"} else f"--the-{option}"
        shown = "PATH" if f.metadata.get("input") else kind.__name__.upper()
        parser.add_argument(option, dest=f.name, type=convert, default=default, help=help_text, metavar=shown)


def _read_flag(text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in known:
        raise argparse.ArgumentTypeError(f"'{text}' is neither 'true' nor 'false'")
    return known[text.lower()]


def run_step(
    module: dict[str, Any],
    name: str,
    parameters: Any,
    workdir: Path,
    steps: Mapping[str, Step],
    shared: tuple[str, ...],
    target: str,
) -> Path:
    """Run one step on what the step before it left, and leave what the next one needs."""
    names = list(steps)
    position = names.index(name)
    with working_directory(parameters, workdir) as placed:
        state: dict[str, Any] = {"values": {}, "shared": {}, "streams": {}}
        if position:
            before = Path(f"{names[position - 1]}.pkl")
            if not before.is_file():
                raise FileNotFoundError(
                    f"'{before}' is missing in the workdir. Run the step '{names[position - 1]}' first."
                )
            state = pickle.loads(before.read_bytes())
        for key, value in state["shared"].items():
            module[key] = value
        for stream, recorded in state["streams"].items():
            set_stream(stream, recorded)
        step = steps[name]
        made = step.function(placed, *(state["values"][n] for n in step.inputs))
        made = (made,) if len(step.outputs) == 1 else made or ()
        state["values"].update(zip(step.outputs, made, strict=True))
        later = {n for s in list(steps.values())[position + 1 :] for n in s.inputs} | {target}
        kept = {n: v for n, v in state["values"].items() if n in later}
        globals_now = {n: module[n] for n in shared if n in module}
        # A function or class that a step made global is not there when the next process begins.
        made_here = any(getattr(v, "__module__", None) == module["__name__"] for v in globals_now.values())
        state = {"values": kept, "shared": globals_now, "streams": take_streams()}
        _write(Path(f"{name}.pkl"), state, by_value=made_here)
        if position == len(names) - 1 and target in kept:
            _write(Path(f"{target}.pkl"), kept[target])
    return workdir / f"{name}.pkl"


def _write(path: Path, value: Any, by_value: bool = False) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_bytes(_pickle(value, path.stem, by_value))
    temporary.replace(path)


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
