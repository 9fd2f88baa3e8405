"""Causes: why a replay made something else, in words that a person can act on."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from nbmlops.core.history import Statement
from nbmlops.core.proof import Divergence
from nbmlops.core.resource import BOUND_BY_TEXT, UNWATCHED, Effect

__all__ = [
    "UNSTEADY",
    "compare_versions",
    "explain_difference",
    "find_unwatched",
    "list_changes",
    "makes_set",
]

UNSTEADY = (
    "Run twice, the export gave two results: native code whose last bits depend on the timing of threads or "
    "on where memory lies. No seed settles that."
)
"""What is said where neither a statement nor anything around the export made the difference."""

_PIN = re.compile(r"^\s*([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*==\s*([^\s;,]+)")
_SET_ORDER = "the order of a set, which is different in every process"
_NETWORK = "TensorFlow draws unseeded numbers in its own code: call tf.random.set_seed before it does"
_SUSPECTS = (
    (r"\b(datetime|date|Timestamp)\.(now|today|utcnow)\b|\btime\.(time|perf_counter|monotonic)", "the clock"),
    (r"\bn_jobs\s*=\s*(-\d|[2-9])", "several threads, whose sums depend on their order"),
    (r"\b(default_rng|RandomState|Random)\(\s*\)", "a generator that was made without a seed"),
    (r"\brandom_state\s*=\s*None\b|\brandom\.|\.sample\(|\bshuffle\b|\bsplit\(", "random numbers"),
    (r"\buuid\d?\b|\bid\(|\bhash\(|\bgetpid\b|\bsecrets\.", "what is different in every process"),
    (
        r"\b(tempfile|mkdtemp|mkstemp|TemporaryDirectory|NamedTemporaryFile)\b",
        "the name of a temporary file or folder, which is another one each time",
    ),
    (r"\bcv_results_\b", "how long the fits of a search took by the clock, which `cv_results_` tells too"),
    (r"\bread_sql|\brequests\.|\burlopen\b|https?://|\bglob\b|\blistdir\b|\binput\(", "the outside world"),
    (r"\benviron\b|\bgetenv\b|\bgetcwd\b|\bgethostname\b", "the environment"),
)


def compare_versions(directory: Path) -> tuple[str, ...]:
    """Name the packages that are not at the version that the export asks for."""
    return tuple(
        f"'{name}' is {found or 'not installed'}, the notebook had {wanted}"
        for name, wanted, found in _list_versions(directory)
        if found != wanted
    )


def explain_difference(
    diverged: Divergence | None,
    changed: tuple[str, ...],
    versions: tuple[str, ...],
    codes: Collection[str] = (),
    unwatched: Collection[int] = (),
    *,
    replayed: bool,
) -> str:
    """Say what most likely made the difference.

    `codes` are all statements of the export, `unwatched` the cells of which only the text is known;
    `replayed` says whether the statements were tried singly.
    """
    reasons = list_changes(changed, versions)
    reasons += _suspect_network(codes) or (_suspect_source(diverged) if diverged is not None else [])
    if unwatched:
        reasons.append(_tell_unwatched(unwatched))
    if reasons:
        return "Most likely: " + "; ".join(reasons) + "."
    if not replayed:
        return "The statements could not be replayed one by one to find out where."
    if diverged is None:
        return (
            "One after the other the statements do what they did in the notebook: pipeline.py was changed, "
            "or a statement means something else inside a function."
        )
    other = f", or it depends on {_SET_ORDER}" if any(map(makes_set, codes)) else ""
    said = f"{diverged.message}, and its inputs were the same"
    return f"{said}: a statement that it needs may be missing{other}."


def list_changes(changed: tuple[str, ...], versions: tuple[str, ...]) -> list[str]:
    """Say in words which inputs and packages are not what the notebook had."""
    return [*(f"the input '{path}' has changed since the notebook read it" for path in changed), *versions]


def find_unwatched(statements: Iterable[Statement]) -> list[int]:
    """Return the cells that call something and of which only the text is known: nobody saw them run."""
    known = ((s.execution, s.code, s.effects) for s in statements)
    return sorted({number for number, code, effects in known if _is_unwatched(effects) and "(" in code})


def _is_unwatched(effects: Collection[Effect]) -> bool:
    return any(effect.because in (BOUND_BY_TEXT, UNWATCHED) for effect in effects)


def _tell_unwatched(cells: Collection[int]) -> str:
    named = f"cell{'s' if len(cells) > 1 else ''} {', '.join(map(str, cells))}"
    return (
        f"nobody watched when {named} ran, so which random numbers were drawn and what was read there is not "
        "known: after `%load_ext nbmlops` run it again, then the later ones, and export again"
    )


def _suspect_network(codes: Collection[str]) -> list[str]:
    """Suspect TensorFlow, which draws where nobody sees it, unless it was given a seed."""
    used = any(re.search(r"^\s*(import|from) (tensorflow|keras)\b", code, re.MULTILINE) for code in codes)
    seeded = any(re.search(r"\bset_(random_)?seed\(|\benable_op_determinism\(", code) for code in codes)
    return [_NETWORK] if used and not seeded else []


def _suspect_source(diverged: Divergence) -> list[str]:
    found = [what for text, what in _SUSPECTS if re.search(text, diverged.source)]
    if makes_set(diverged.source):
        found.append(_SET_ORDER)
    return [f"the statement depends on {what}" for what in found[:1]]


def makes_set(source: str) -> bool:
    """Say whether a statement makes a set, whose order is different in every process."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return False
    called = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return bool(called & {"set", "frozenset"}) or any(isinstance(n, ast.Set | ast.SetComp) for n in nodes)


def _list_versions(directory: Path) -> Iterator[tuple[str, str, str | None]]:
    path = directory / "pyproject.toml"
    if not path.is_file():
        return
    project = tomllib.loads(path.read_text("utf-8")).get("project", {})
    for line in project.get("dependencies", ()):
        pin = _PIN.match(line)
        if pin is None:
            continue
        try:
            found: str | None = importlib.metadata.version(pin[1])
        except importlib.metadata.PackageNotFoundError:
            found = None
        yield pin[1], pin[2], found
