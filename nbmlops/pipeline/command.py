"""Command: the command line of a pipeline, with parameters from a file and from options."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import logging
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbmlops.pipeline import support
from nbmlops.pipeline.checking import check_tables
from nbmlops.pipeline.reading import describe_parameter, read_parameters, read_text, show_kind
from nbmlops.pipeline.stepping import STATES, Chain, StepError, run_steps, write_value

__all__ = ["DONE", "ERROR", "REFUSED", "USAGE", "main"]

DONE = 0
REFUSED = 1
USAGE = 2
ERROR = 3
_LOG = logging.getLogger("pipeline")
_ENDING = f"""\
a parameter's value is the option's, else that of the file of --params, else the notebook's;
an ARRAY is written as in that file, in quotes: '[1, 2.5]'

exit codes: {DONE} done, {REFUSED} a check failed, {USAGE} usage, {ERROR} an error with a message
"""


def main(name: str, target: str) -> int:
    """Be the command line of the pipeline that is the module `name`: run it all, or one step from files."""
    module = vars(_name_module(name))
    chain = Chain(module, target)
    parser = _make_parser(chain)
    options = parser.parse_args()
    _set_logging(options)
    values = {f.name: getattr(options, f.name, None) for f in dataclasses.fields(module["Parameters"])}
    given = {key: value for key, value in values.items() if value is not None}
    try:
        parameters = read_parameters(module["Parameters"], getattr(options, "_params", None), given)
    except ValueError as problem:
        parser.error(str(problem))
    if options._command == "steps":
        for title, step in chain.steps.items():
            print(f"{title}: {', '.join(step.inputs) or '-'} -> {', '.join(step.outputs) or '-'}")
        return DONE
    try:
        return _run(chain, options, parameters)
    except StepError as problem:
        return _tell_error(problem)
    except (OSError, ImportError, pickle.PicklingError) as problem:
        _LOG.error("error: %s", problem)
        return ERROR


def _name_module(name: str) -> Any:
    """Let what a script defines be found again, by pickle too, where the script is imported."""
    module = sys.modules[name]
    if name == "__main__":
        home = Path(str(module.__file__)).stem
        for value in vars(module).values():
            if getattr(value, "__module__", None) == name:
                value.__module__ = home
        module.__name__ = home
        sys.modules[home] = module
    return module


def _run(chain: Chain, options: argparse.Namespace, parameters: Any) -> int:
    if getattr(options, "_validate", False):
        problems = check_tables(parameters)
        for problem in problems:
            _LOG.error("not valid: %s", problem)
        if problems:
            return REFUSED
        _LOG.info("the input tables are as schema.py says")
    began = time.perf_counter()
    workdir, resume = Path(options._workdir), getattr(options, "_resume", False)
    written = workdir / f"{chain.target}.pkl"
    if options._command == "step" and options._step != list(chain.steps)[-1]:
        written = workdir / STATES / f"{options._step}.pkl"
    before = _tell_moment(written) if resume else None
    if options._command == "step":
        run_steps(chain, [options._step], parameters, workdir, resume)
    elif resume and chain.steps:
        run_steps(chain, list(chain.steps), parameters, workdir, resume)
    else:
        _time_steps(chain)
        value = chain.module["run"](parameters, workdir)
        write_value(written, value)
    if before is not None and _tell_moment(written) == before:
        print(f"{written} is up to date")
    else:
        print(f"wrote {written} in {time.perf_counter() - began:.1f} s")
    return DONE


def _tell_moment(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None


def _time_steps(chain: Chain) -> None:
    """Let each step say that it is done, and how long it took."""
    for number, (name, step) in enumerate(chain.steps.items(), 1):
        place = f"step {number} of {len(chain.steps)}"
        chain.module[name] = _time_step(f"{place}: {name}", name, step.function)


def _time_step(shown: str, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            made = function(*arguments)
        except Exception as problem:
            raise StepError(name) from problem
        _LOG.info("%s took %.1f s", shown, time.perf_counter() - began)
        return made

    return run


def _tell_error(problem: StepError) -> int:
    cause = problem.__cause__
    _LOG.debug("what led to it:", exc_info=cause)
    trace = cause.__traceback__ if cause else None
    place = ""
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.name == "pipeline.py":
            place = f", line {trace.tb_lineno} of {file.name}"
        trace = trace.tb_next
    _LOG.error("error: the step '%s'%s: %s: %s", problem, place, type(cause).__name__, cause)
    return ERROR


def _set_logging(options: argparse.Namespace) -> None:
    level = logging.DEBUG if getattr(options, "_verbose", False) else logging.INFO
    _LOG.setLevel(logging.WARNING if getattr(options, "_quiet", False) else level)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOG.addHandler(handler)
    _LOG.propagate = False


def _make_parser(chain: Chain) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=chain.module["__doc__"],
        epilog=_ENDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="_command", metavar="{step,steps}")
    one = commands.add_parser(
        "step",
        help="run one step, from the files that the one before it left in the workdir",
        allow_abbrev=False,
    )
    one.add_argument("_step", choices=list(chain.steps), metavar="STEP")
    commands.add_parser("steps", help="list the steps with what each takes and makes")
    for where in (parser, one):
        _add_parameters(where, chain.module["Parameters"])
        _add_options(where)
    parser.set_defaults(_workdir=".")
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    def add(option: str, dest: str, help: str, **more: Any) -> None:
        parser.add_argument(*option.split(), dest=dest, help=help, default=argparse.SUPPRESS, **more)

    add("--params", "_params", "TOML file of parameters, as parameters.toml is", type=Path, metavar="FILE")
    add("--workdir", "_workdir", "folder for what the pipeline writes (default: here)", metavar="FOLDER")
    resume = "skip steps that are up to date: the same inputs, code and parameters, and their files as left"
    add("--resume", "_resume", resume, action="store_true")
    add("--validate", "_validate", "check the input tables by schema.py first", action="store_true")
    add("--verbose -v", "_verbose", "say why each step runs, and show tracebacks", action="store_true")
    add("--quiet -q", "_quiet", "say only what is wrong", action="store_true")


def _add_parameters(parser: argparse.ArgumentParser, parameters_type: Any) -> None:
    group = parser.add_argument_group("parameters")
    for f in dataclasses.fields(parameters_type):
        help_text = describe_parameter(f).replace("%", "%%")
        group.add_argument(
            support.name_option(f.name),
            dest=f.name,
            type=functools.partial(read_text, f),
            default=argparse.SUPPRESS,
            help=help_text,
            metavar=show_kind(f),
        )
