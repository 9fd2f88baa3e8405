"""The recorder: follows one kernel's cells through IPython's events and hands each execution on."""

from __future__ import annotations

import ast
import gc
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nbmlops.capture.costs import Cost, Costs
from nbmlops.capture.draft import Draft
from nbmlops.capture.files import shared_watch
from nbmlops.capture.noting import NOTE_HOOK
from nbmlops.capture.observing import Observer
from nbmlops.capture.recalling import describe_private, recall_statement, spell_error
from nbmlops.capture.showing import Showing
from nbmlops.capture.signals import hold_signals
from nbmlops.capture.statements import Span, cut_cell, is_envelope
from nbmlops.capture.weaving import install_hooks, remove_hooks, weave_hook
from nbmlops.capture.witness import GIVEN_HOOK, Witness
from nbmlops.core.clock import now
from nbmlops.core.history import Execution, ExecutionStatus
from nbmlops.core.learned import Scalar
from nbmlops.core.marks import cut_marks
from nbmlops.core.said import Figure, SaidKind
from nbmlops.values.structure import locate

__all__ = ["Announce", "Deliver", "Recorder"]

_HOOK = "__nbmlops_between__"

Deliver = Callable[[Execution, Mapping[str, bytes]], None]
Announce = Callable[[int, str, str], None]


class Recorder:
    """Registers with a shell, and delivers one `Execution` for each cell that was run.

    Parameters
    ----------
    shell
        IPython's ``InteractiveShell``.
    deliver
        Called with each finished execution and the contents that it refers to.
    headings
        The markdown heading above each cell, by the cell's id.
    first_number
        The least number of the first execution that will be delivered; a cell that counts has that of In[].
    announce
        Called with the number, the cell and the time of each execution that begins.

    Nothing raised in here ever reaches a user's cell: `problems` keeps what went wrong. While it is
    `paused`, cells are private.
    """

    def __init__(
        self,
        shell: Any,
        deliver: Deliver,
        headings: Callable[[], Mapping[str, str]],
        first_number: int = 1,
        value_cap: int = 512 * 2**20,
        announce: Announce | None = None,
    ) -> None:
        self._shell = shell
        self._deliver = deliver
        self._announce = announce
        self.paused = False
        self._headings = headings
        self._number = first_number
        self._draft: Draft | None = None
        self._envelope_body, self._envelope_line = "", 2
        self.observer = Observer(shell.user_ns, shared_watch(), value_cap)
        self._showing = Showing(shell)
        self.problems: list[str] = []
        self.costs = Costs()
        self.overhead = 0.0
        self.elapsed = 0.0
        self._hooks: dict[str, Callable[..., Any]] = {
            _HOOK: self._between,
            NOTE_HOOK: self.observer.notes.note,
        }

    def start(self) -> None:
        """Begin to follow the shell."""
        install_hooks(self._hooks)
        self._shell.events.register("pre_run_cell", self._on_start)
        self._shell.events.register("post_run_cell", self._on_end)
        self._shell.ast_transformers.append(self)
        self._showing.start()
        self._guarded(self.observer.look_around)

    def stop(self) -> None:
        """Leave the shell as it was found."""
        self._shell.events.unregister("pre_run_cell", self._on_start)
        self._shell.events.unregister("post_run_cell", self._on_end)
        if self in self._shell.ast_transformers:
            self._shell.ast_transformers.remove(self)
        remove_hooks(self._hooks)
        self._showing.stop()
        self._draft = None
        shared_watch().end()

    def witness_rows(self, on: bool) -> None:
        """Look at the rows that fits and metrics are given from the next cell on, or no longer."""
        remove_hooks({GIVEN_HOOK: self._hooks.pop(GIVEN_HOOK)} if GIVEN_HOOK in self._hooks else {})
        self.observer.witness = Witness() if on else None
        if self.observer.witness is not None:
            self._hooks[GIVEN_HOOK] = self.observer.witness.note
            install_hooks(self._hooks)

    @property
    def is_active(self) -> bool:
        """Whether the shell still knows this recorder."""
        return self in self._shell.ast_transformers

    @property
    def is_running(self) -> bool:
        """Whether a cell runs now."""
        return self._draft is not None

    @property
    def executions(self) -> int:
        """Number of the last execution that was begun."""
        return self._number if self._draft is not None else self._number - 1

    def draft_execution(self) -> Execution | None:
        """Return the running cell with the statements that it has completed, if one is running."""
        return None if self._draft is None else self._draft.describe_now()

    def say(self, kind: SaidKind, name: str, value: Scalar, **more: Any) -> bool:
        """Note what a call in the running cell says of a run; False where no observed cell runs."""
        if self._draft is None or self._draft.private:
            return False
        self.observer.notes.say(kind, name, value, **more)
        return True

    def _guarded(self, action: Callable[..., Any], *arguments: Any) -> Any:
        began = time.perf_counter()
        collects = gc.isenabled()
        gc.disable()  # what a user's object does when it is collected belongs to the user's own time
        try:
            return action(*arguments)
        except Exception as problem:  # noqa: BLE001 - a user's cell must never suffer from capture
            self._note_problem(problem)
            return None
        finally:
            if collects:
                gc.enable()
            if self._draft is not None:
                self._draft.overhead += time.perf_counter() - began

    def _note_problem(self, problem: BaseException) -> None:
        where = f"cell {self._draft.number}" if self._draft else "start"
        self.problems.append(f"{where}: {spell_error(problem)}")

    def _on_start(self, info: Any) -> None:
        self._guarded(self._start_execution, info)

    def _start_execution(self, info: Any) -> None:
        if self._draft is not None:
            self._draft.depth += 1
            return
        manager = self._shell.history_manager
        if manager is not None:  # the number that In[] gives it
            self._number = max(self._number, len(manager.input_hist_parsed))
        marks = cut_marks(info.raw_cell)[0]
        private = self.paused or marks.private
        self._draft = Draft(
            number=self._number,
            cell=info.cell_id or f"cell-{self._number}",
            raw=info.raw_cell,
            text=getattr(info, "transformed_cell", None),
            started=now(),
            began=time.perf_counter(),
            thread=threading.get_ident(),
            marks=marks,
            private=private,
            paused=self.paused and not marks.private,
            identities={n: locate(value) for n, value in self._shell.user_ns.items()} if private else {},
        )
        self.observer.start_execution()
        self._showing.begin()
        if self._announce is not None:
            self._announce(self._number, self._draft.cell, self._draft.started)

    def visit(self, tree: ast.Module) -> ast.Module:
        """Put a hook between the statements of a cell (the interface of ``ast_transformers``)."""
        changed = self._watched(self._instrument, tree)
        return tree if changed is None else changed

    def _watched(self, action: Callable[..., Any], *arguments: Any) -> Any:
        """Take evidence before a statement, which does not run where a signal raises something then."""
        draft = self._draft
        running = draft.active if draft else None
        try:
            with hold_signals():
                return self._guarded(action, *arguments)
        except BaseException:
            if draft is not None and draft.active != running:
                draft.active = None
            raise

    def _instrument(self, tree: ast.Module) -> ast.Module | None:
        draft = self._draft
        if draft is None or draft.private or threading.get_ident() != draft.thread:
            return None
        if draft.in_envelope and not draft.spans:
            text = self._shell.transform_cell(self._envelope_body)
            _, body, skipped = cut_marks(self._envelope_body)
            spans = cut_cell(tree, text, body, self._envelope_line + skipped - 1, self._shell.user_ns)
        elif draft.depth or draft.spans:
            return None
        else:
            _, raw, first_line = cut_marks(draft.raw)
            text = draft.text or self._shell.transform_cell(draft.raw)
            spans = cut_cell(tree, text, raw, first_line, self._shell.user_ns)
            if len(spans) == 1 and is_envelope(spans[0].node):
                draft.in_envelope = True
                self._envelope_body, self._envelope_line = _body_of(spans[0].node), first_line + 1
                return None
        draft.spans = spans
        if spans:
            self._begin(draft, 0)
        woven = self.observer.notes.weave_cell(tree.body, [span.source for span in spans])
        if self.observer.witness is not None:
            woven = self.observer.witness.weave_cell(woven)
        return ast.Module(weave_hook(woven, _HOOK), tree.type_ignores)

    def _begin(self, draft: Draft, index: int) -> None:
        draft.active, began = index, time.perf_counter()
        try:
            self.observer.before(draft.spans[index])
        except KeyboardInterrupt:  # somebody pressed stop before the statement could run
            draft.active = None
            raise
        draft.begun = time.perf_counter() - began

    def _between(self, index: int) -> None:
        draft = self._draft
        if draft is None or draft.active is None or threading.get_ident() != draft.thread:
            return
        self._watched(self._step_on, draft, index)

    def _step_on(self, draft: Draft, index: int) -> None:
        self._finish_statement(draft, None)
        self._begin(draft, index)

    def _finish_statement(self, draft: Draft, error: str | None) -> None:
        if draft.active is not None:
            index, draft.active = draft.active, None
            began = time.perf_counter()
            try:
                statement = self.observer.after(draft.number, index, error)
            except BaseException as problem:
                draft.statements.append(recall_statement(draft.number, index, draft.spans[index], error))
                if not isinstance(problem, Exception):  # somebody pressed stop: the cell has to
                    raise
                self._note_problem(problem)
            else:
                draft.statements.append(statement)
            self._note_cost(draft, draft.spans[index], time.perf_counter() - began)

    def _note_cost(self, draft: Draft, span: Span, seconds: float) -> None:
        whole, draft.begun = draft.begun + seconds, 0.0
        self.costs.note(Cost(whole, draft.number, span.line, draft.cell, span.source))

    def _on_end(self, result: Any) -> None:
        try:
            self._guarded(self._end_execution, result)
        except KeyboardInterrupt as problem:  # the cell is over: there is nothing left to stop
            self._note_problem(problem)

    def _end_execution(self, result: Any) -> None:
        draft = self._draft
        if draft is None:
            return
        if draft.depth:
            draft.depth -= 1
            return
        began = time.perf_counter()
        error = result.error_in_exec or result.error_before_exec
        text = None if error is None else spell_error(error)
        try:
            self._finish_statement(draft, text)
        finally:
            self._draft = None
        draft.overhead += time.perf_counter() - began
        status: ExecutionStatus = "ok"
        if error is not None:
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
        self._hand_over(draft, status)

    def _hand_over(self, draft: Draft, status: ExecutionStatus) -> None:
        if draft.private:
            changed = self.observer.find_changed()
            what = "a cell that ran while recording was paused" if draft.paused else "a private cell"
            left = describe_private(draft.number, draft.identities, self._shell.user_ns, changed, what)
            status, draft.statements = "not observed", [left]
        figures = self._guarded(self._take_figures) or ()
        execution = draft.describe_end(status, self._headings().get(draft.cell), figures)
        contents, self.observer.keeping.contents = self.observer.keeping.contents, {}
        began = time.perf_counter()
        self._deliver(execution, contents)
        self._number += 1
        kept = time.perf_counter() - began
        self.elapsed += execution.elapsed + kept
        self.overhead += draft.overhead + kept

    def _take_figures(self) -> tuple[Figure, ...]:
        keep = self.observer.keeping.keep
        return tuple(replace(figure, digest=keep(content)) for figure, content in self._showing.end())


def _body_of(node: ast.stmt) -> str:
    call = node.value  # type: ignore[attr-defined]
    return str(call.args[2].value)
