"""Writing: the text of a pipeline, and the same statements as flat pieces for a replay."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nbmlops.core.history import Environment
from nbmlops.core.pipeline import Piece, Step
from nbmlops.core.slice import Restore
from nbmlops.pipeline.annotating import Annotator
from nbmlops.pipeline.cutting import Plan
from nbmlops.pipeline.marking import mark_statement, take_marks
from nbmlops.pipeline.parts import Part, free_name, stored_names
from nbmlops.pipeline.secrets import list_secrets
from nbmlops.pipeline.spelling import (
    ParameterText,
    fold_line,
    spell_fresh,
    spell_names,
    spell_title,
    spell_touches,
    write_parameter,
)
from nbmlops.pipeline.text import drop_annotations, indent_code, replace_literals, spell_await, spell_dynamic
from nbmlops.templating import render_template

__all__ = [
    "Written",
    "answer_name",
    "flatten_pieces",
    "has_future",
    "spell_statement",
    "state_name",
    "widest_error",
    "write_pipeline",
]

_OWN_IMPORTS = frozenset({"from dataclasses import dataclass, field", "from pathlib import Path"})


_VERBS = {"load": "Load", "split": "Split into", "fit": "Fit", "compute": "Compute"}


@dataclass(frozen=True, slots=True)
class Written:
    """The text of pipeline.py and of the module of definitions, and where each statement stands."""

    pipeline: str
    definitions: str | None
    lines: dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _StepText:
    header: str
    summary: str
    shared: str
    body: str
    result: str
    call: str
    entry: str


@dataclass(frozen=True, slots=True)
class _PipelineContext:
    title: str
    origin: str
    future: bool
    python: str
    requirements: tuple[str, ...]
    imports: str
    definitions: str
    parameters: tuple[ParameterText, ...]
    has_here: bool
    has_fields: bool
    own_parameters: bool
    support: str
    steps: tuple[_StepText, ...]
    owner: str
    placed: str
    fresh: str
    target: str
    header: str
    shared: str
    borrowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _DefinitionsContext:
    future: bool
    imports: str
    body: str


def state_name(restore: Restore) -> str:
    """Return the name of the file of a recorded random state, without its suffix."""
    return f"{restore.stream}_{restore.place[0]}_{restore.place[1]}"


def answer_name(name: str, place: tuple[int, int]) -> str:
    """Return the name of the file of a recorded answer of the outside world, without its suffix."""
    return f"{name}_{place[0]}_{place[1]}"


def write_pipeline(
    plan: Plan,
    environment: Environment,
    requirements: Sequence[str],
    defaults: Mapping[str, str],
    origin: str,
) -> Written:
    """Write pipeline.py.

    Parameters
    ----------
    requirements
        What the imports need, pinned, as in ``numpy==2.3.1``.
    defaults
        The Python expression of the default of each input parameter.
    origin
        In words, the notebook and the executions that the pipeline was made from.
    """
    pipeline = plan.pipeline
    owner, support = free_name("parameters", plan.parts), free_name("support", plan.parts)
    imports = [p for p in plan.parts if p.role == "import"]
    apart = _find_apart(plan.parts)
    here = [p for p in plan.parts if p.role == "definition" and p not in apart]
    annotator = Annotator(plan.parts, quoted=not has_future(imports))
    steps = tuple(_write_step(step, plan, owner, support, annotator) for step in pipeline.steps)
    given = [f"{owner}: Parameters | None = None", "workdir: str | Path | None = None"]
    context = _PipelineContext(
        title=f"Make `{pipeline.target}`.",
        origin=origin,
        future=has_future(imports),
        python=environment.python,
        requirements=tuple(requirements),
        imports=_write_imports(imports, plan.parts, apart, pipeline.target),
        definitions="".join(f"\n\n{mark_statement(p)}{p.code}\n" for p in here),
        parameters=tuple(write_parameter(p, defaults, support) for p in pipeline.parameters),
        has_fields=any(p.code.strip() in _OWN_IMPORTS and "field" in p.binds for p in imports)
        and any("field" in p.mentioned for p in plan.parts if p not in apart),
        own_parameters=any("Parameters" in p.binds for p in plan.parts),
        has_here=any(p.is_input for p in pipeline.parameters),
        support=support,
        steps=steps,
        owner=owner,
        placed=free_name("placed", plan.parts),
        fresh=spell_fresh(pipeline.steps),
        target=pipeline.target,
        header=fold_line("def run(", given, f") -> {annotator.annotate(pipeline.target)}:"),
        shared=spell_names(sorted(plan.shared)),
        borrowed=annotator.list_borrowed(),
    )
    text, lines = take_marks(render_template("pipeline", "pipeline.py.jinja", context))
    definitions = _write_definitions(apart, imports) if apart else None
    return Written(text, definitions, lines)


def _find_apart(parts: Sequence[Part]) -> list[Part]:
    """Return the definitions that values can outlive the run with: classes, and what they use."""
    definitions = {n: p for p in parts if p.role == "definition" for n in p.binds}
    hoisted = {n for p in parts if p.role == "import" for n in p.binds}
    waiting = [p for p in definitions.values() if isinstance(p.tree.body[0], ast.ClassDef)]
    chosen: list[Part] = []
    while waiting:
        part = waiting.pop()
        if part in chosen:
            continue
        chosen.append(part)
        waiting += [
            definitions[n] for n in part.late | part.reads if n in definitions and definitions[n] is not part
        ]
    known = definitions.keys() | hoisted
    if any((p.late | p.reads) - known - p.binds for p in chosen):
        return []
    return [p for p in parts if p in chosen]


def _write_imports(imports: Sequence[Part], parts: Sequence[Part], apart: Sequence[Part], target: str) -> str:
    seen: dict[str, str] = {}
    for part in imports:
        if not _is_future(part) and part.code.strip() not in _OWN_IMPORTS:
            seen.setdefault(ast.dump(part.tree.body[0]), mark_statement(part) + part.code)
    found = list(seen.values())
    shell = any("subprocess.run(" in p.code and "subprocess" not in p.statement.source for p in parts)
    awaits = any(spell_await(p.code, p.rebinds) != p.code for p in parts)
    secret = any(list_secrets(p.statement.source) for p in parts)
    for name, needed in (("subprocess", shell), ("asyncio", awaits), ("os", secret)):
        if needed and not any(name in p.binds for p in imports):
            found.insert(0, f"import {name}")
    if apart:
        used = {n for p in parts if p not in apart for n in p.binds | p.reads | p.mentioned | p.late} | {
            target
        }
        names = ", ".join(sorted({n for p in apart for n in p.binds} & used))
        found += [f"from definitions import {names}"] if names else []
    return "\n".join(found)


def _is_future(part: Part) -> bool:
    first = part.tree.body[0]
    return isinstance(first, ast.ImportFrom) and first.module == "__future__"


def has_future(imports: Sequence[Part]) -> bool:
    """Whether annotations are texts in the notebook: a class remembers which."""
    return any("annotations" in p.binds for p in imports if _is_future(p))


def _write_definitions(apart: Sequence[Part], imports: Sequence[Part]) -> str:
    used = {n for p in apart for n in p.late | p.reads | p.mentioned}
    needed = [p.code for p in imports if p.binds & used and not _is_future(p)]
    body = "\n\n\n".join(p.code for p in apart)
    context = _DefinitionsContext(has_future(imports), "\n".join(dict.fromkeys(needed)), body)
    return render_template("pipeline", "definitions.py.jinja", context)


def _write_step(step: Step, plan: Plan, owner: str, support: str, annotator: Annotator) -> _StepText:
    places = set(step.statements)
    parts = [p for p in plan.parts if p.statement.place in places]
    body = "".join(
        _space_between(a, b) + _write_statement(b, plan, owner, support) for a, b in pairwise([None, *parts])
    )
    typed = [f"{n}: {annotator.annotate(n)}" for n in step.inputs]
    kinds = [annotator.annotate(n) for n in step.outputs]
    returns = {0: "None", 1: kinds[0] if kinds else "None"}.get(len(kinds), f"tuple[{', '.join(kinds)}]")
    shared = sorted(n for p in parts for n in stored_names(p.tree) & plan.shared)
    made = ", ".join(step.outputs)
    flow = [step.name, spell_names(step.inputs), spell_names(step.outputs), *spell_touches(step)]
    return _StepText(
        header=fold_line(f"def {step.name}(", [f"{owner}: Parameters", *typed], f") -> {returns}:"),
        summary=(spell_title(step.title) or _summarise(step)).replace("\\", "/").replace('"""', "'''"),
        shared=f"    global {', '.join(dict.fromkeys(shared))}\n" if shared else "",
        body=body,
        entry=fold_line(f'"{step.name}": {support}.Step(', flow, "),", 1),
        result=f"    return {made}\n" if made else "",
        call=fold_line(
            (f"{made} = " if made else "") + f"{step.name}(",
            [free_name("placed", plan.parts), *step.inputs],
            ")",
            2,
        ),
    )


def _summarise(step: Step) -> str:
    """Say what a step without a title does, by the verb that it is called by."""
    makes = ", ".join(f"`{n}`" for n in step.outputs)
    verb = _VERBS.get(step.name.partition("_")[0], "Make")
    return f"{verb} {makes}" if makes else "Prepare what the next steps use"


def _space_between(before: Part | None, part: Part | None) -> str:
    """Leave a line free between the notebook's cells, and above a comment that did not follow at once."""
    if before is None or part is None:
        return ""
    if before.statement.execution != part.statement.execution:
        return "\n\n"
    return "\n\n" if part.code.startswith("#") and not _is_next(before, part) else "\n"


def _is_next(before: Part, part: Part) -> bool:
    """Whether a statement, or the comment above it, begins on the line after the one before."""
    end = before.statement.line + (before.tree.body[-1].end_lineno or 1) - before.tree.body[0].lineno
    return part.statement.line - part.tree.body[0].lineno == end


def _write_statement(part: Part | None, plan: Plan, owner: str, support: str) -> str:
    if part is None:
        return ""
    before, code, after = spell_statement(part, plan, owner, support)
    text = indent_code(code, 2 if part.statement.outcome == "raised" else 1)
    lines = [f"    {line}" for line in before]
    if part.statement.outcome == "raised":
        what = (part.statement.error or "an error").partition(":")[0]
        text = (
            f"    try:\n{text}\n"
            f"    except {widest_error(part)}:"
            f"  # {what} in the notebook as well, after it had changed something\n"
            "        pass"
        )
    return "\n".join([*lines, "    " + mark_statement(part) + text, *(f"    {line}" for line in after)])


def widest_error(part: Part) -> str:
    """Return what has to be caught so that a statement which raised does so without an end."""
    kind = (part.statement.error or "").partition(":")[0]
    return "BaseException" if kind in {"SystemExit", "GeneratorExit", "CancelledError"} else "Exception"


def spell_statement(
    part: Part, plan: Plan, owner: str, support: str, awaits: bool = False
) -> tuple[list[str], str, list[str]]:
    """Return the lines before a statement, its text with parameters, and the lines after it.

    `awaits` says that it may await at the top level, as in a notebook.
    """
    place = part.statement.place
    if place in plan.answers:
        return (
            [],
            "\n".join(
                f'{n} = {support}.load_answer("{answer_name(n, place)}")' for n, _ in plan.answers[place]
            ),
            [],
        )
    here = [r for r in plan.replacements if r.place == place]
    code = drop_annotations(replace_literals(part.code, here, owner), plan.shared)
    code = code if awaits else spell_await(spell_dynamic(code), part.rebinds)
    found = [r for r in plan.pipeline.slice.restores if r.place == place]
    before = [
        f'{support}.restore_stream("{state_name(r)}")  # the notebook drew from this state'
        for r in found
        if not r.after
    ]
    reloads = "reload(" in part.code
    before += [
        f'{support}.use_edition("{e.module}", "{e.folder}"{"" if reloads else ", reload=True"})'
        for e in plan.editions
        if e.place == place
    ]
    after = [f'{support}.restore_generator({r.stream}, "{state_name(r)}")' for r in found if r.after]
    return before, code, after


def flatten_pieces(plan: Plan) -> tuple[Piece, ...]:
    """Return the statements as pieces of code to be executed in turn in one namespace.

    The namespace has to hold ``parameters``, and ``pipeline_support`` has to be importable.
    """
    pieces = []
    for part in plan.parts:
        before, code, after = spell_statement(part, plan, "parameters", "_support")
        if part.statement.outcome == "raised":
            code = f"try:\n{indent_code(code)}\nexcept {widest_error(part)}:\n    pass"
        supported = before or after or part.statement.place in plan.answers
        lines = [*(["import pipeline_support as _support"] if supported else []), *before, code, *after]
        for name, call in (
            *(("subprocess", "subprocess.run("), ("asyncio", "asyncio.run(_awaited(")),
            *(("os", "os.environ[") for _ in list_secrets(part.statement.source)[:1]),
        ):
            if call in code:
                lines.insert(0, f"import {name}")
        pieces.append(Piece(part.statement.place, "\n".join(lines)))
    return tuple(pieces)
