"""Targeting: the files that an export gets for the engines that are to run it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

from nbmlops.core.history import History
from nbmlops.core.pipeline import InputFile, Parameter, Step
from nbmlops.errors import ExportError
from nbmlops.lifecycle.locking import LOCK
from nbmlops.pipeline.cutting import Plan
from nbmlops.pipeline.stepping import STATES
from nbmlops.pipeline.support import name_option
from nbmlops.plugins.context import ExportContext, TargetParameter, TargetStep
from nbmlops.plugins.manager import find_target
from nbmlops.plugins.target import Target

__all__ = ["choose_targets", "describe_export", "render_targets", "tell_targets"]

_NO_CODE = ("tests/", "README.md", "parameters.toml", "pipeline.ipynb", "proof.json")


def choose_targets(names: Collection[str]) -> tuple[Target, ...]:
    """Return the targets of exports by name, each once; one that is not there is a UsageError."""
    return tuple(find_target("export", name) for name in dict.fromkeys(names))


def describe_export(
    plan: Plan,
    history: History,
    directory: Path,
    inputs: Sequence[InputFile],
    defaults: Mapping[str, str],
    files: Collection[str],
) -> ExportContext:
    """Say of an export what its targets may want to know.

    `inputs` are as they stand in inputs.json, `defaults` the paths of those that are parameters,
    and `files` all that the export holds.
    """
    target = plan.pipeline.target
    writes, elsewhere = _list_writes(plan, history.directory)
    result = f"{target}.pkl"
    steps = plan.pipeline.steps
    if writes or elsewhere or not steps:
        places = tuple(p for s in steps for p in s.statements)
        always = any(step.always for step in steps)
        steps = (Step("run", f"Make `{target}`", (), (), places, always=always),)
        made = [_shape_step(steps[0], (), None, result, plan, inputs)]
    else:
        states = [f"{STATES}/{s.name}.pkl" for s in steps]
        made = [
            _shape_step(step, ("step", step.name), before, makes, plan, inputs)
            for step, before, makes in zip(steps, [None, *states], [*states[:-1], result], strict=False)
        ]
    code = sorted(f for f in files if not f.startswith(_NO_CODE))
    return ExportContext(
        name=re.sub(r"[^a-z0-9]+", "-", target.lower()).strip("-") or "pipeline",
        target=target,
        result=result,
        python=".".join(history.environment.python.split(".")[:2]),
        steps=tuple(made),
        parameters=tuple(_shape_parameter(p, defaults) for p in plan.pipeline.parameters),
        inputs=tuple(i.path for i in inputs),
        code=tuple(code),
        writes=tuple(writes),
        folder=_find_folder(directory),
    )


def _list_writes(plan: Plan, directory: str) -> tuple[list[str], bool]:
    """Return what a pipeline writes below its workdir, and whether it writes anywhere else."""
    found = {
        os.path.relpath(e.resource.key, directory)
        for p in plan.parts
        for e in p.statement.effects
        if e.resource.kind == "file" and e.change in {"written", "deleted"}
    }
    inside = {f for f in found if not f.startswith("..")}
    return sorted(PurePosixPath(Path(f)).as_posix() for f in inside), inside != found


def _shape_step(
    step: Step,
    words: tuple[str, ...],
    before: str | None,
    makes: str,
    plan: Plan,
    inputs: Sequence[InputFile],
) -> TargetStep:
    """Describe a step; what no single step is known to use, each of them may."""
    places = set(step.statements)
    placed = {
        r.parameter for r in plan.replacements if any(r.place in s.statements for s in plan.pipeline.steps)
    }
    here = {r.parameter for r in plan.replacements if r.place in places}
    used = tuple(p.name for p in plan.pipeline.parameters if p.name in here or p.name not in placed)
    return TargetStep(
        name=step.name,
        title=step.title.rstrip(".") or step.name.replace("_", " ").capitalize(),
        words=words,
        before=before,
        makes=makes,
        parameters=used,
        inputs=tuple(i.path for i in inputs if i.parameter is None or i.parameter in used),
        always=step.always,
    )


def _shape_parameter(parameter: Parameter, defaults: Mapping[str, str]) -> TargetParameter:
    return TargetParameter(
        name=parameter.name,
        flag=name_option(parameter.name),
        type=parameter.type,
        default=defaults.get(parameter.name, parameter.default),
        where=parameter.where,
        is_input=parameter.is_input,
    )


def _find_folder(directory: Path) -> str:
    """Return the path of a directory within its repository; ``.`` where it is in none."""
    directory = directory.absolute()
    for folder in directory.parents:
        if (folder / ".git").exists():
            return directory.relative_to(folder).as_posix()
    return "."


def render_targets(
    targets: Sequence[Target], context: ExportContext, files: Collection[str]
) -> dict[str, bytes]:
    """Return the files of targets, by relative path.

    Raises
    ------
    ExportError
        If a target brings a file that the export or another target has, or one outside of it.
    """
    owners = dict.fromkeys([*files, "proof.json", LOCK], "the export itself")
    made: dict[str, bytes] = {}
    for target in targets:
        for name, text in target.render(context).items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or name != path.as_posix() or name == ".":
                raise ExportError(
                    f"The target '{target.name}' wants to write '{name}', which is no place in an export.",
                    f"Leave out `--for {target.name}`, and tell whoever made that plug-in.",
                )
            taken = next((f for f in owners if _overlap(f, name)), None)
            if taken is not None:
                raise ExportError(
                    f"The target '{target.name}' wants to write '{name}', and {owners[taken]} has '{taken}'.",
                    f"Leave out `--for {target.name}`, or export to two directories.",
                )
            made[name] = text.encode()
        owners |= dict.fromkeys((n for n in made if n not in owners), f"the target '{target.name}'")
    return made


def _overlap(one: str, other: str) -> bool:
    """Whether two files cannot both be: they are the same, also where case is ignored, or one is a folder."""
    one, other = one.casefold(), other.casefold()
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def tell_targets(targets: Sequence[Target], context: ExportContext) -> list[str]:
    """Say of each target how to go on, and where no engine can take the steps apart."""
    told = [f"{target.name}: {target.then}" for target in targets if target.then]
    if told and context.writes:
        named = ", ".join(f"'{path}'" for path in context.writes)
        told.append(f"engines run this pipeline as one step, for its statements write {named} on the way.")
    return told
