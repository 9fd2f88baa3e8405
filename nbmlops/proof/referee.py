"""The referee: the script that runs an export, guarded and without nbmlops, and describes what it made."""

from __future__ import annotations

import atexit
import builtins
import contextlib
import dataclasses
import functools
import hashlib
import importlib
import importlib.abc
import importlib.util
import json
import marshal
import os
import platform
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = [
    "answer_guarded",
    "close_doors",
    "count_cores",
    "describe_environment",
    "describe_error",
    "digest_placeless",
    "find_changes",
    "find_existing",
    "list_callables",
    "load_file",
    "main",
    "report_progress",
    "run_pipeline",
    "watch_steps",
]

_SAMPLE_SECONDS, _TELL_SECONDS = 0.05, 1.0
_TAIL = 4096
_CHANGEABLE = frozenset({"print", "open", "input", "help", "exit", "quit", "copyright", "credits", "license"})


def main(settings_path: str, result_path: str) -> None:
    """Run the export that the settings name and write what came of it; never returns."""
    answer_guarded(settings_path, result_path, run_pipeline)


def answer_guarded(
    settings_path: str, result_path: str, work: Callable[[ModuleType, dict[str, Any]], dict[str, Any]]
) -> None:
    """Do some work under the guard and write what came of it; never returns.

    The answer is defended against mistakes and cheap tricks: what it relies on is loaded before the
    pipeline and checked afterwards, the word that it must carry is read only at the end, and
    neither the expected digest nor the store can be read. Code that digs through the frames of its
    own interpreter is beyond what one process can keep out.
    """
    settings = json.loads(Path(settings_path).read_text("utf-8"))
    answer = os.open(result_path, os.O_WRONLY)
    word = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    here = Path(__file__).parent
    structure = load_file("structure", settings["structure"])
    guards = load_file("guard", here / "guard.py")
    fences = load_file("landlock", here / "landlock.py")
    numerics = load_file("numerics", here.parent / "values" / "numerics.py")
    sealed = list(list_callables(structure))
    guard = guards.Guard(guards.Rules(**settings["rules"]))
    sys.modules["nbmlops"] = None  # type: ignore[assignment]
    sys.path.insert(0, settings["directory"])
    sys.argv = [settings["rules"]["script"]]
    fence = close_doors(guards, fences, guard)
    spent = report_progress(guard.rules.script)
    result = work(structure, settings)
    result |= {
        "tampered": find_changes(structure, sealed),
        "refused": [dataclasses.asdict(refusal) for refusal in guard.refused],
        "databases": list(guard.databases),
        "undeclared": [dataclasses.asdict(found) for found in guard.undeclared.values()],
        "lines": dict(spent),
        "environment": describe_environment(fence),
        "machine": numerics.describe_machine(),
        "nonce": os.read(word, 1024).decode(),
    }
    content = json.dumps(result).encode()
    os.pwrite(answer, content, 0)
    os._exit(0)


def load_file(name: str, path: str | Path) -> ModuleType:
    """Execute a Python file as a module that no import can find."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"'{path}' is no Python file")
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its own module up while it is made.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


def close_doors(guards: ModuleType, fences: ModuleType, guard: Any) -> int:
    """Raise the kernel's fence, switch the guard on, and return Landlock's version (0: no fence)."""
    rules = guard.rules
    fences.follow_parent()
    writable = [find_existing(path) for path in (*rules.writable, "/dev/null")]
    if rules.programs:
        writable.append("/dev/shm")
    version = fences.raise_fence(
        writable,
        network=rules.network or bool(rules.hosts),
        executable=None if rules.programs else guards.find_probes(),
    )
    guard.fenced = version > 0
    if not rules.programs:
        fences.forbid_forks(guard)
        count_cores()
    guard.watch()
    return int(version)


def count_cores() -> None:
    """Let joblib count the machine's cores, though it starts no process here.

    scikit-learn asks joblib how many threads to sum with, and the last bits follow from that. Told to
    start no process, joblib says one.
    """
    sys.meta_path.insert(0, _CoreFinder())


class _CoreFinder(importlib.abc.MetaPathFinder):
    """Finds the one module of joblib that counts, and mends it once it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "joblib.parallel":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_mended(module: ModuleType) -> None:
                execute(module)
                module.__dict__["mp"] = importlib.import_module("multiprocessing")
                module.__dict__["loky"] = importlib.import_module("joblib.externals.loky")

            vars(spec.loader)["exec_module"] = execute_mended
        return spec


def find_existing(path: str) -> str:
    """Return a path, or the nearest folder above it that is there: only that can be fenced off."""
    return next(str(place) for place in (Path(path), *Path(path).parents) if place.exists())


def report_progress(script: str) -> dict[int, float]:
    """Print, from a thread of its own, which line of the script is being executed; add up seconds by line."""
    main_thread = threading.get_ident()
    pause = threading.Event()
    spent: dict[int, float] = {}
    clock = time.monotonic

    def sample() -> None:
        last, before = None, clock()
        told = before
        while not pause.wait(_SAMPLE_SECONDS):
            frame = sys._current_frames().get(main_thread)
            while frame is not None and frame.f_code.co_filename != script:
                frame = frame.f_back
            past, before = before, clock()
            if frame is None:
                continue
            spent[frame.f_lineno] = spent.get(frame.f_lineno, 0.0) + before - past
            if frame.f_lineno != last and before - told >= _TELL_SECONDS:
                last, told = frame.f_lineno, before
                sys.__stdout__.write(f"\n\x1eline {last}\n")  # type: ignore[union-attr]
                sys.__stdout__.flush()  # type: ignore[union-attr]

    threading.Thread(target=sample, name="progress", daemon=True).start()
    return spent


def run_pipeline(structure: ModuleType, settings: dict[str, Any]) -> dict[str, Any]:
    """Run the export to its very end, threads and exit handlers too, and describe the outcome."""
    result: dict[str, Any] = {"digest": None, "error": None, "undescribable": None, "steps": {}, "late": {}}
    result |= {"parts": {}, "seconds": {}}
    script, places = settings["rules"]["script"], settings["places"]
    try:
        pipeline = importlib.import_module("pipeline")
        watch_steps(
            pipeline,
            result["steps"],
            result["seconds"],
            lambda value: digest_placeless(structure, value, places),
        )
        value = pipeline.run(pipeline.Parameters())
        for name in settings["parts"]:
            with contextlib.suppress(structure.Undescribable):
                result["parts"][name] = structure.structural_digest(value[name])
        try:
            result["digest"] = structure.structural_digest(value)
            result["predicts"] = hasattr(value, "predict")
            for name in settings["late"]:
                result["late"][name] = structure.structural_digest(vars(pipeline).get(name))
        except structure.Undescribable as reason:
            result["undescribable"] = str(reason)
        # The interpreter would do both of these at its end; os._exit does not.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    except BaseException as error:  # noqa: BLE001 - whatever ended the pipeline is the result
        result["error"] = describe_error(error, script)
    finally:
        sys.settrace(None)
        sys.setprofile(None)
    return result


def watch_steps(
    pipeline: ModuleType,
    made: dict[str, dict[str, str]],
    seconds: dict[str, float],
    describe: Callable[[Any], str | None],
) -> None:
    """Note from now on what each step takes, and in `made`, by step and name, what describes its values."""
    steps: Mapping[str, Any] = getattr(pipeline, "STEPS", {})

    def note(name: str, took: float) -> None:
        seconds[name] = seconds.get(name, 0.0) + took

    for name, step in steps.items():
        tell = functools.partial(note, name)
        setattr(pipeline, name, _watch_step(step, made.setdefault(name, {}), tell, describe))


def _watch_step(
    step: Any, made: dict[str, str], tell: Callable[[float], None], describe: Callable[[Any], str | None]
) -> Callable[..., Any]:
    clock = time.monotonic

    @functools.wraps(step.function)
    def run(*arguments: Any) -> Any:
        began = clock()
        result = step.function(*arguments)
        tell(clock() - began)
        values = (result,) if len(step.outputs) == 1 else result or ()
        for name, value in zip(step.outputs, values, strict=False):
            digest = describe(value)
            if digest is not None:
                made[name] = digest
        return result

    return run


def digest_placeless(structure: ModuleType, value: Any, places: Sequence[str]) -> str | None:
    """Return the structural digest of a value; None where it has none, or names one of the places.

    A value that holds the path of the folder it was made in is another one elsewhere.
    """
    hasher = hashlib.sha256()
    needles = [os.fsencode(place) for place in places]
    # A path object is described part by part, in one call after the other.
    needles += [b"".join(marshal.dumps(part, 2) for part in Path(place).parts) for place in places]
    tail, found = b"", False

    def update(content: Any) -> None:
        nonlocal tail, found
        hasher.update(content)
        if type(content) is bytes:
            text = tail + content
            found = found or any(needle in text for needle in needles)
            tail = text[-_TAIL:]

    try:
        structure.Walk(update).take_value(value)
    except structure.Undescribable:
        return None
    return None if found else hasher.hexdigest()


def describe_error(error: BaseException, script: str) -> dict[str, Any]:
    """Say what was raised, and at which line of the script."""
    lines = [entry.lineno for entry in traceback.extract_tb(error.__traceback__) if entry.filename == script]
    if isinstance(error, SyntaxError) and error.filename == script:
        lines.append(error.lineno)
    said = "".join(traceback.format_exception_only(error)).strip()
    return {
        "type": type(error).__name__,
        "message": said[-2_000:],
        "line": lines[-1] if lines else None,
        "traceback": "".join(traceback.format_exception(error))[-8_000:],
    }


def list_callables(structure: ModuleType) -> Iterator[tuple[str, Any, Any]]:
    """List all code that the description of a value rests on: its name, itself and its bytecode."""
    modules = [structure, builtins, json, json.encoder]
    modules += [m for m in vars(structure).values() if isinstance(m, ModuleType) and m is not sys]
    for module in modules:
        for name, value in list(vars(module).items()):
            if callable(value) and not (module is builtins and name in _CHANGEABLE):
                yield f"{module.__name__}.{name}", value, getattr(value, "__code__", None)
            if isinstance(value, type) and value.__module__ == structure.__name__:
                for key, member in list(vars(value).items()):
                    if callable(member):
                        yield f"{module.__name__}.{name}.{key}", member, getattr(member, "__code__", None)


def find_changes(structure: ModuleType, sealed: list[tuple[str, Any, Any]]) -> list[str]:
    """Name what was replaced since `sealed` was listed, or put in front of what was there."""
    before = {name: (id(value), id(code)) for name, value, code in sealed}
    changed = []
    for name, value, code in list_callables(structure):
        known = before.get(name)
        new = known is None and name.startswith(f"{structure.__name__}.")
        if new or (known is not None and known != (id(value), id(code))):
            changed.append(name)
    return changed


def describe_environment(fence: int) -> dict[str, str]:
    """Return the interpreter, the platform, the fence, and the versions of what was imported."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    found["guard"] = f"audit hook and Landlock {fence}" if fence else "audit hook only: no Landlock here"
    for name, module in sorted(sys.modules.items()):
        if "." not in name and not name.startswith("_") and name not in sys.stdlib_module_names:
            version = getattr(module, "__version__", None)
            if isinstance(version, str):
                found[name] = version
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
