"""Tracing: the recipe is run statement by statement, and each expression's value is looked at."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from nbmlops.errors import PackageError
from nbmlops.package.cutting.aligned import RowSpace, count_rows, is_rectangle, most_learned
from nbmlops.package.cutting.freezing import freeze_value
from nbmlops.package.cutting.probing import PROBE, Node, Prober
from nbmlops.package.cutting.special import Seen, callee_name, is_split, look_special
from nbmlops.package.cutting.statements import Recipe, SourceStatement
from nbmlops.package.cutting.texts import TextCounts
from nbmlops.package.cutting.traces import Fit, Trace, Traced, refuse_statement
from nbmlops.package.cutting.watching import Watch

__all__ = ["Tracer", "is_file", "trace_recipe"]

_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_TURNS = 20_000
_DRAWING = ("matplotlib", "seaborn", "plotly", "altair", "bokeh")


class Tracer:
    """Runs statements and keeps what the probes saw."""

    def __init__(self, recipe: Recipe, parameters: dict[str, Any]) -> None:
        self.recipe = recipe
        self.parameters = parameters
        self.prober = Prober()
        self.space = RowSpace()
        self.texts = TextCounts()
        self.seen: dict[int, Seen] = {}
        self.last: dict[int, Any] = {}
        self.taint: dict[int, bool] = {}
        self.frame: types.FrameType = sys._getframe()
        self.fits: list[Fit] = []
        self.splits: dict[int, list[Any]] = {}
        self.raw: tuple[Node, Node, pd.DataFrame] | None = None
        self.parameter = ""
        self.raw_statement = -1
        self.over_rows = -1
        self.before: list[Any] = []
        self.refusals: list[tuple[int, str]] = []
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        self.namespace = main.__dict__
        self.namespace["parameters"] = types.SimpleNamespace(**parameters)
        self.namespace[PROBE] = self.probe

    def probe(self, number: int, value: Any) -> Any:
        """Look at the value of an expression, and hand it on."""
        node = self.prober.nodes[number]
        self.last[number] = value
        self.frame = sys._getframe(1)
        seen = self.seen.get(number)
        if seen is None:
            seen = self.seen[number] = Seen()
        below = any(self.taint.get(child, False) for child in node.children)
        if isinstance(value, bool | int | float | str) and not below:
            self.taint[number] = False
            return value
        parts = [self.last[child] for child in node.children if child in self.last]
        callee = callee_name(node.tree) if "receiver" in node.parts else ""
        if (
            (not below and self._take_raw(node, value))
            or self.space.is_aligned(value, parts, callee)
            or self._take_split(node, value, below)
        ):
            seen.aligned = True
            self.taint[number] = True
            if not isinstance(value, pd.DataFrame):
                self.texts.count(value)
        elif node.in_function and self.space.is_part(value):
            seen.aligned = self.taint[number] = True
        elif not below:
            self.taint[number] = False
        else:
            self.taint[number] = True
            self._take_learned(node, seen, value)
        if node.runs_over and self.taint[number] and _runs_over_rows(value, callee):
            seen.over_rows = True
            self.over_rows = self.prober.statement
        if isinstance(node.tree, ast.Call | ast.Subscript) and self.taint[number]:
            look_special(node, seen, value, self.last, self._keep)
            self._take_parts(node, seen, value)
        if callee.startswith("fit") and isinstance(node.tree, ast.Call):
            self._take_fit(node, value)
        return value

    def _take_raw(self, node: Node, value: Any) -> bool:
        if not isinstance(value, pd.DataFrame):
            return False
        given = {n: self.last.get(n) for n in self.prober.list_below(node)}
        paths = [n for n, v in given.items() if is_file(v)]
        if not paths:
            return False
        inside = self.raw is not None and self.raw[0].in_function and not node.in_function
        if inside and self.raw_statement == self.prober.statement:
            return False
        if self.raw is not None:
            self.refusals.append((self.prober.statement, "it reads a second table, or the same one again"))
            return False
        self.raw = (node, self.prober.nodes[paths[-1]], value.copy())
        self.raw_statement = self.prober.statement
        chosen = self.last[paths[-1]]
        self.parameter = next((n for n, v in self.parameters.items() if v == str(chosen)), "")
        self.space.register(value.index)
        self.texts.count(value)
        return True

    def _take_split(self, node: Node, value: Any, below: bool) -> bool:
        """Remember the row counts that a split into parts makes."""
        if not below or not is_split(node, self.last.get(node.parts.get("receiver", -1))):
            return False
        for part in value if isinstance(value, list | tuple) else [value]:
            if is_rectangle(part) or isinstance(part, list):
                self.space.register(getattr(part, "index", pd.RangeIndex(count_rows(part))))
        return True

    def _take_parts(self, node: Node, seen: Seen, value: Any) -> None:
        """Keep what a split at the top level made, to compare it with the row function."""
        if seen.split and isinstance(value, list | tuple) and not node.in_function:
            parts = [part.copy() for part in value if is_rectangle(part)]
            self.splits.setdefault(self.prober.statement, []).extend(parts)

    def _take_learned(self, node: Node, seen: Seen, value: Any) -> None:
        seen.learned = True
        seen.drawn = seen.drawn or type(value).__module__.split(".")[0] in _DRAWING
        if self.raw is not None and count_rows(value) > most_learned(len(self.raw[2])):
            seen.too_large = True
            return
        if isinstance(node.tree, ast.Name) or self._is_of_cells(node):
            return
        if len(seen.turns) > _TURNS:
            seen.too_large = True
            return
        listed = node.runs_over and isinstance(value, pd.api.extensions.ExtensionArray)
        frozen = freeze_value(list(value) if listed else value)
        if frozen is None:
            seen.opaque = True
            return
        seen.add_turn(self._keys(node), frozen)

    def _is_of_cells(self, node: Node) -> bool:
        """Say whether an expression uses what belongs to one row: it is not learned then."""
        used = {n.id for n in ast.walk(node.tree) if isinstance(n, ast.Name)}
        for loop in node.loops:
            over = self.prober.of_tree.get(loop.over, -1)
            if used & loop.names and self.taint.get(over) and self.seen[over].over_rows:
                return True
        if not node.in_function:
            return False
        frame: types.FrameType | None = self.frame
        while frame is not None and frame.f_code.co_name in _COMPREHENSIONS:
            frame = frame.f_back
        if frame is None or frame.f_code.co_name == "<module>" or not self._is_called_back(frame):
            return False
        own = {name: value for name, value in frame.f_locals.items() if name in used}
        return any(not self.space.is_aligned(v) and not self.space.is_part(v) for v in own.values())

    def _is_called_back(self, frame: types.FrameType) -> bool:
        """Say whether a function runs once for each row: a library calls it, or a loop over rows does."""
        caller = frame.f_back
        ours = caller is not None and caller.f_code.co_filename.startswith("<statement ")
        return frame.f_code.co_name == "<lambda>" or not ours or self.over_rows == self.prober.statement

    def _keep(self, number: int, value: Any) -> None:
        """Freeze the value of an expression for this turn, whatever it depends on."""
        frozen = freeze_value(value)
        if frozen is None:
            return
        seen = self.seen.setdefault(number, Seen())
        seen.forced = True
        seen.add_turn(self._keys(self.prober.nodes[number]), frozen)

    def _keys(self, node: Node) -> dict[str, Any]:
        """Return the values of the names that may tell this turn of an expression from another."""
        if not node.keys:
            return {}
        found: dict[str, Any] = {}
        for name in node.keys:
            here: types.FrameType | None = self.frame
            for _ in range(3):
                if here is None:
                    break
                if name in here.f_locals:
                    value = here.f_locals[name]
                    if isinstance(value, str | int | float | bool):
                        found[name] = value
                    elif isinstance(value, pd.Series) and isinstance(value.name, str):
                        found[f"{name}.name"] = value.name
                    break
                here = here.f_back if here.f_code.co_name.startswith("<") else None
        return found

    def _take_fit(self, node: Node, result: Any) -> None:
        receiver = self.last.get(node.parts.get("receiver", -1))
        where = node.parts.get("first", node.parts.get("X", -1))
        fits = hasattr(receiver, "get_params") or hasattr(receiver, "predict")
        if not fits or where not in self.last:
            return
        seen = self.last[where]
        if not is_rectangle(seen):
            return
        labelled = node.parts.get("second", node.parts.get("y", -1))
        labels: Any = self.last.get(labelled)
        fit = Fit(
            self.prober.statement,
            self.prober.nodes[where],
            self.prober.nodes[labelled] if labelled in self.last else None,
            seen.copy(),
            labels.copy() if hasattr(labels, "copy") else labels,
            receiver,
            result,
        )
        if fit.features.in_function:
            fit.features = self._outside(seen) or fit.features
        if fit.target is not None and fit.target.in_function:
            fit.target = self._outside(labels)
        self.fits = [f for f in self.fits if f.receiver is not receiver] + [fit]

    def _outside(self, value: Any) -> Node | None:
        """Return the expression outside of any function that has this very value now."""
        for number, other in self.last.items():
            node = self.prober.nodes[number]
            if other is value and not node.in_function and node.statement == self.prober.statement:
                return node
        return None

    def run(self, progress: Callable[[str], None]) -> list[Traced]:
        """Run every statement and return what each did."""
        watch = Watch(self.namespace)
        done: list[Traced] = []
        flags = 0
        total = len(self.recipe.statements)
        for source in self.recipe.statements:
            progress(f"running statement {source.index + 1} of {total}")
            module = self.prober.instrument(source.tree, source.index)
            if isinstance(source.tree, ast.ImportFrom) and source.tree.module == "__future__":
                continue
            mentions = watch.before(source.tree)
            # What is changed in place is known by what it was before: shallow copies keep it.
            self.before = [
                value.copy(deep=False)
                for name in mentions
                if isinstance(value := self.namespace.get(name), pd.DataFrame | pd.Series)
            ]
            self._execute(compile(module, f"<statement {source.index + 1}>", "exec", flags), source)
            done.append(self._conclude(source, watch, mentions))
            self.last.clear()
            for number, reason in self.refusals:
                raise refuse_statement(self.recipe, self.recipe.statements[number], reason)
        return done

    def _execute(self, code: types.CodeType, source: SourceStatement) -> None:
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                exec(code, self.namespace)
        except Exception as error:
            raise PackageError(
                f"The statement '{self.recipe.title(source)}' of the recipe failed: "
                f"{type(error).__name__}: {error}.",
                "Prove the export first: it shows where the recipe and the notebook part.",
            ) from error

    def _conclude(self, source: SourceStatement, watch: Watch, mentions: set[str]) -> Traced:
        done = Traced(source)
        done.tainted = any(
            self.taint.get(n.number, False)
            for n in self.prober.nodes
            if n.statement == source.index and n.number in self.last
        )
        after = watch.after(source.tree)
        done.mentions = frozenset(mentions)
        done.bound = frozenset(after.bound)
        done.changed = frozenset(after.changed)
        aligned = set()
        for name in done.bound | done.changed:
            value = self.namespace.get(name)
            parts = [*self.last.values(), *self.before]
            if name in self.namespace and self.space.is_aligned(value, parts):
                aligned.add(name)
                self.texts.count(value)
                if name in after.digests:
                    done.digests[name] = after.digests[name]
                if isinstance(value, pd.DataFrame | pd.Series):
                    done.counts[name] = len(value)
            elif done.tainted and name in self.namespace and self._is_estimated(value):
                frozen = freeze_value(value)
                if frozen is not None:
                    done.snapshots[name] = frozen
        done.aligned = frozenset(aligned)
        return done

    def _is_estimated(self, value: Any) -> bool:
        """Say whether a value is small enough to be looked at as something learned."""
        return self.raw is not None and count_rows(value) <= most_learned(len(self.raw[2]))


def _runs_over_rows(value: Any, callee: str) -> bool:
    """Say whether what a loop runs over gives it one row, or one cell of a row, after the other."""
    return not isinstance(value, pd.DataFrame) and callee not in ("items", "groupby")


def trace_recipe(recipe: Recipe, parameters: dict[str, Any], progress: Callable[[str], None]) -> Trace:
    """Run a recipe with probes on its expressions.

    Raises PackageError where a statement fails, or where the rows come from no or from several tables.
    """
    tracer = Tracer(recipe, parameters)
    done = tracer.run(progress)
    if tracer.raw is None:
        raise PackageError(
            "No statement that the model needs reads a table from a file, so there are no raw rows to serve.",
            "Read the data with a call such as pd.read_csv(...) in a cell of its own, and register again.",
        )
    node, path, raw = tracer.raw
    return Trace(
        recipe,
        tracer.prober.nodes,
        tracer.prober.of_tree,
        done,
        tracer.namespace,
        tracer.seen,
        node,
        path,
        tracer.raw_statement,
        tracer.parameter,
        raw,
        tracer.fits,
        tracer.splits,
        tracer.texts,
    )


def is_file(value: Any) -> bool:
    """Say whether a value is the path of a file."""
    # os.path.isfile has no errors for text that cannot be a path, which Path.is_file has
    return isinstance(value, str | Path) and os.path.isfile(value)  # noqa: PTH113
