"""Support: what a pipeline needs beside its own steps; copied beside every pipeline, it stands alone."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib
import json
import logging
import os
import pickle
import random
import shutil
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

__all__ = [
    "HERE",
    "Step",
    "check_fresh",
    "check_inputs",
    "load_answer",
    "name_option",
    "option",
    "restore_generator",
    "restore_stream",
    "set_stream",
    "stage_input",
    "stage_inputs",
    "take_streams",
    "use_edition",
    "working_directory",
]

HERE = Path(__file__).resolve().parents[1]
"""The folder of pipeline.py, in which this stands as a package of its own."""
_LOG = logging.getLogger("pipeline")
_TAKEN = frozenset({"help", "workdir", "params", "resume", "validate", "verbose", "quiet"})


@dataclasses.dataclass(frozen=True)
class Step:
    """A function of the pipeline with the names it takes and the names it makes.

    `reads` and `writes` are files below the workdir, and `fresh` those that must not be there before;
    `always` says that the step asks what may answer otherwise each time (a server, a clock, the
    environment), so that it is never skipped.
    """

    function: Callable[..., Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    always: bool = False


def option(
    default: Any, where: str, range: str = "", choices: tuple[str, ...] = (), is_input: bool = False
) -> Any:
    """Make a field of Parameters: `where` the notebook had its default, and what values are accepted."""
    told = {"where": where, "range": range, "choices": choices, "input": is_input}
    return dataclasses.field(default=default, metadata=told)


def name_option(parameter: str) -> str:
    """Return the option of a parameter, which is none that every pipeline has."""
    option = parameter.replace("_", "-")
    return f"--the-{option}" if option in _TAKEN else f"--{option}"


def restore_stream(name: str) -> None:
    """Put a random stream into the state that it had in the notebook."""
    recorded = json.loads((HERE / "random_state" / f"{name}.json").read_text())
    set_stream(recorded["stream"], recorded["state"])


def set_stream(stream: str, state: Any) -> None:
    """Set the global random state of `stream`: random, numpy, torch or tensorflow."""
    if stream == "numpy":
        import numpy as np

        kind, words, position, has_gauss, cached = state
        np.random.set_state((kind, np.array(words, dtype=np.uint32), position, has_gauss, cached))
    elif stream == "torch":
        import torch

        torch.set_rng_state(torch.tensor(state, dtype=torch.uint8))
    elif stream == "tensorflow":
        from tensorflow.python.eager import context

        seed, drawn = state
        context.set_global_seed(seed)
        if drawn is not None:
            context.context()._rng.setstate((drawn[0], tuple(drawn[1]), drawn[2]))
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
    if "torch" in sys.modules:
        import torch

        states["torch"] = torch.get_rng_state().tolist()
    if "tensorflow" in sys.modules:
        from tensorflow.python.eager import context

        drawn = getattr(context.context(), "_rng", None)
        states["tensorflow"] = [context.global_seed(), drawn and drawn.getstate()]
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
def working_directory(
    parameters: Any,
    workdir: str | os.PathLike[str] | None,
    stage: bool = True,
    fresh: tuple[str, ...] = (),
    used: frozenset[str] | None = None,
) -> Iterator[Any]:
    """Check the inputs, and stand in the folder that takes what the pipeline writes.

    Gives the parameters back with the paths of the inputs made absolute. `stage` puts those inputs
    into the folder that the code finds there by name; `fresh` are files that must not be there. Only
    inputs of the parameters `used` are checked, where these are given.
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
    check_inputs(parameters, used)
    check_fresh(fresh, folder)
    if stage:
        stage_inputs(parameters, folder)
    os.chdir(folder)
    try:
        yield parameters
    finally:
        os.chdir(before)


def check_fresh(files: tuple[str, ...], folder: Path) -> None:
    """Stop where a file of an earlier run is in the way: the pipeline would go on from it."""
    for path in (folder / file for file in files):
        if path.is_file():
            raise FileExistsError(
                f"'{path}' is there already, from an earlier run perhaps; the notebook began without it, "
                "and this would go on from it. Take it away, or choose another --workdir."
            )


def check_inputs(parameters: Any, used: frozenset[str] | None = None) -> None:
    """Stop where an input is missing; say so where it is not what the notebook read."""
    for path, entry in _list_inputs(parameters):
        name = entry["parameter"]
        if used is not None and (name or "") not in used:
            continue
        if not path.is_file():
            option = f"{name_option(name)} PATH" if name else f"a file at {path}"
            raise FileNotFoundError(f"The input '{path}' is missing. Give it: {option}.")
        with path.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == entry["digest"]
        if not same:
            _LOG.warning("note: '%s' is not what the notebook read; the result will differ.", path)


def stage_inputs(parameters: Any, folder: Path) -> None:
    """Put those inputs into the workdir that the code looks for there by name."""
    for path, entry in _list_inputs(parameters):
        if entry["staged"]:
            stage_input(path, folder / entry["staged"])


def _list_inputs(parameters: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    for entry in json.loads((HERE / "inputs.json").read_text("utf-8")):
        name = entry["parameter"]
        path = Path(getattr(parameters, name) if name else entry["path"])
        yield path if path.is_absolute() else HERE / path, entry


def stage_input(path: Path, staged: Path) -> None:
    """Put an input where the pipeline looks for it, and over nobody's file."""
    if staged.is_file() and (staged.samefile(path) or staged.read_bytes() == path.read_bytes()):
        return
    if staged.exists():
        raise FileExistsError(
            f"'{staged}' is there already, and is no copy of '{path}': an earlier run may have changed it. "
            "Take it away, or choose another --workdir."
        )
    staged.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, staged)
