"""Trying: run some statements of a slice in a fresh child, and say whether they make the same objects."""

from __future__ import annotations
import __future__ as features

import ast
import asyncio
import contextlib
import inspect
import linecache
import os
import random
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from nbmlops.core.history import Statement
from nbmlops.core.slice import Restore
from nbmlops.pipeline import support
from nbmlops.pipeline.writing import state_name
from nbmlops.values.structure import structural_digest
from tests.capture.recorded_shell import hide_tests
from tests.tightness.recording import Recorded

__all__ = ["run_statements"]

_FUTURE = sum(getattr(features, name).compiler_flag for name in features.all_feature_names[2:])


def run_statements(
    recorded: Recorded, statements: Sequence[Statement], pristine: Path, folder: Path
) -> dict[str, str]:
    """Run statements in `folder`, a copy of `pristine`, and describe what they made of the object.

    Streams start where the machine puts them, so that a seed that matters is missed.
    """
    shutil.copytree(pristine, folder)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    random.seed()
    np.random.seed()
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    vars(module)["__builtins__"] = __builtins__
    _place_states(recorded, folder)
    flags = 0
    with hide_tests():
        for statement in statements:
            restores = [r for r in recorded.slice.restores if r.place == statement.place]
            flags |= _run_statement(statement, vars(module), restores, flags)
        return {name: structural_digest(vars(module)[name]) for name in recorded.digests}


def _place_states(recorded: Recorded, folder: Path) -> None:
    support.HERE = folder.with_name(f"{folder.name}-states")
    for restore in recorded.slice.restores:
        path = support.HERE / "random_state" / f"{state_name(restore)}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(recorded.states[restore.content])


def _run_statement(
    statement: Statement, namespace: dict[str, Any], restores: Sequence[Restore], flags: int
) -> int:
    """Run one statement as its cell did; return the flags that it sets for those after it."""
    for restore in restores:
        if not restore.after:
            support.restore_stream(state_name(restore))
    name = f"<statement {statement.index + 1} of execution {statement.execution}>"
    lines = statement.code.splitlines(keepends=True)
    linecache.cache[name] = (len(statement.code), None, lines, name)
    allowed = flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(statement.code, name, "exec", allowed, dont_inherit=True)
    with contextlib.suppress(Exception) if statement.outcome == "raised" else contextlib.nullcontext():
        answer = eval(code, namespace)
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(answer)
    for restore in restores:
        if restore.after:
            support.restore_generator(namespace[restore.stream], state_name(restore))
    return code.co_flags & _FUTURE
