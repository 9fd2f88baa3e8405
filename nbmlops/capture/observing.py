"""Observing: bring all evidence of one statement together into its record."""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from nbmlops.capture.ambient import take_settings
from nbmlops.capture.bindings import is_user_name
from nbmlops.capture.budget import Budget
from nbmlops.capture.dependence import read_imports, read_settings
from nbmlops.capture.draws import conclude_streams, origin_generators
from nbmlops.capture.evidence import (
    Before,
    conclude_ambient,
    conclude_names,
    holds_handle,
    look_before,
    read_kinds,
    read_names,
)
from nbmlops.capture.files import Observed, Watch
from nbmlops.capture.formulas import find_evaluated_names, find_formula_names
from nbmlops.capture.keeping import Keeping
from nbmlops.capture.magics import bind_run, find_run, is_own_verb, read_call
from nbmlops.capture.mentions import Mentions, find_mentions
from nbmlops.capture.noting import Notes
from nbmlops.capture.patches import conclude_lookups, conclude_patches
from nbmlops.capture.paths import conclude_files, conclude_folders, conclude_imports
from nbmlops.capture.portraits import Gallery
from nbmlops.capture.saying import Clearing
from nbmlops.capture.scene import Scenery
from nbmlops.capture.setups import Setups
from nbmlops.capture.stamps import FolderStamps, named_folders, stamp_folder_files, stamp_folders, stamp_words
from nbmlops.capture.statements import Span, only_gathers, parse_code, watched_code
from nbmlops.capture.streams import take_states
from nbmlops.capture.unseen import (
    asks_files,
    conclude_handles,
    find_handles,
    find_logs,
    find_questions,
    read_maps,
    spell_paths,
    uses_native,
)
from nbmlops.capture.untaken import CHOSEN_MODE, UNTAKEN, conclude_untaken
from nbmlops.capture.witness import Witness
from nbmlops.core.history import Statement
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.values.structure import name_type

__all__ = ["Observer"]

_MOST_TEXTS = 2_000
_PROGRAM = "subprocess.Popen"
_STARTING = frozenset({"subprocess", "system", "getoutput", "getoutputs", "run_cell_magic", "popen"})


@dataclass(slots=True)
class _Current:
    span: Span
    told: ast.stmt
    mentions: Mentions
    before: Before
    states: dict[str, Any]
    settings: Mapping[str, Any] | None
    reads: list[Read]
    began: float
    modules: frozenset[str]
    handles: dict[str, bool]
    questions: list[str]


class Observer:
    """Takes the evidence before and after each statement of one kernel.

    `keeping` collects what the records refer to until the recorder takes it to the store.
    """

    def __init__(self, namespace: dict[str, Any], watch: Watch, value_cap: int) -> None:
        self._namespace = namespace
        self._watch = watch
        self.keeping = Keeping(value_cap, watch.kernel_start)
        self.budget = Budget()
        self._gallery = Gallery(namespace, self.budget)
        self._mentions: dict[str, Mentions] = {}
        self._current: _Current | None = None
        self._states: dict[str, Any] | None = None
        self._settings: Mapping[str, Any] | None = None
        self._set_ambient: set[str] = set()
        self._ran: set[str] = set()
        self._writers: dict[str, set[str]] = {}
        self._made: set[str] = set()
        self._gone: set[str] = set()
        self._running: FolderStamps | None = None
        self._setups = Setups()
        self._scenery = Scenery(namespace)
        self.notes = Notes(namespace)
        self._clearing = Clearing(namespace)
        self.witness: Witness | None = None

    def look_around(self) -> None:
        """Take a first portrait of every name that is already there."""
        for name in list(self._namespace):
            if is_user_name(name):
                self._gallery.look(name)

    def find_changed(self) -> list[str]:
        """Return the names whose content changed since it was last seen."""
        return self._gallery.find_changed()

    def start_execution(self) -> None:
        """Forget what callbacks between two cells may have changed."""
        self._gallery.start_execution()
        self.notes.start_execution()
        if self.witness is not None:
            self.witness.start_execution()
        self._states = self._settings = None

    def before(self, span: Span) -> None:
        """Take the evidence that has to be taken before a statement runs."""
        told, mentions = self._read_text(span)
        node, native, own = span.node, False, not span.code and is_own_verb(span.node)
        if mentions.has_call:
            formulas = find_formula_names(node, span.code, self._namespace)
            native = uses_native(mentions.words, mentions.loaded, self._namespace)
            asks = native or asks_files(mentions.words, mentions.loaded, self._namespace)
            paths = spell_paths(node, self._namespace) if asks else []
            if formulas or paths:
                texts = (*mentions.strings, *paths)
                mentions = replace(mentions, loaded=mentions.loaded | formulas, strings=texts)
        evaluated = find_evaluated_names(node, self._namespace) if mentions.dynamic else None
        if evaluated is not None and span.code == span.source:
            mentions = replace(mentions, loaded=mentions.loaded | evaluated, dynamic=False)
        before = look_before(mentions, self._gallery, self._namespace)
        for name in find_logs(before.reached, self._namespace):
            before.reached.setdefault(name, None)
            before.seen[name] = self._gallery.look(name)
        if not _STARTING.isdisjoint(mentions.words):
            before.files |= stamp_words([*mentions.strings, *spell_paths(told, self._namespace)])
        if native:
            before.files |= stamp_folder_files(mentions.strings)
        reads = read_names(mentions, before, self._namespace, self._gone)
        if only_gathers(node):
            reads = [read for read in reads if not read.late]
        reads += [
            Read(
                Resource("outside", f"between cells: {name}"), f"`{name}` changed while no observed cell ran"
            )
            for name in self._gallery.take_surprises()
        ]
        self._current = _Current(
            span=span,
            told=told,
            mentions=mentions,
            before=before,
            states=take_states() if self._states is None else self._states,
            settings=None if own else self._take_settings(mentions),
            reads=reads,
            began=time.perf_counter(),
            modules=frozenset(self._gallery.modules()),
            handles=find_handles(before.reached, self._namespace, mentions.words),
            questions=find_questions(node, before.reached, self._namespace, mentions.loaded),
        )
        self._setups.begin(mentions.is_import)
        if not own:  # what a verb does, it does beside the notebook; what it binds is seen all the same
            self._watch.begin(
                stamp_folders([os.getcwd(), *named_folders(mentions.strings)]) if native else None
            )

    def look_now(self, mentions: Mentions) -> tuple[Before, list[Read]]:
        """Return what a statement with such mentions would find if it ran now, and what it would read."""
        before = look_before(mentions, self._gallery, self._namespace)
        return before, read_names(mentions, before, self._namespace, self._gone)

    def list_modules(self) -> dict[str, ModuleType]:
        """Return the person's own modules that are loaded."""
        return self._gallery.modules()

    def _take_settings(self, mentions: Mentions) -> Mapping[str, Any] | None:
        """Return the settings as they are; around an import nobody asks for them."""
        if mentions.is_import or self._settings is not None:
            return self._settings
        return take_settings()

    def _read_text(self, span: Span) -> tuple[ast.stmt, Mentions]:
        """Return the tree of a statement as plain Python, and what it mentions."""
        code = watched_code(span)
        node = parse_code(code, span.node) if span.code != span.source else span.node
        known = self._mentions.get(code)
        if known is None:
            if len(self._mentions) >= _MOST_TEXTS:
                self._mentions.clear()
            known = self._mentions[code] = find_mentions(code or "pass", node)
        return node, known

    def after(self, execution: int, index: int, error: str | None) -> Statement:
        """Take the evidence after the statement, and return its record."""
        observed = self._watch.end()
        current, self._current = self._current, None
        if current is None:
            raise RuntimeError("a statement ended that had not begun")
        self.budget.earn(time.perf_counter() - current.began)
        effects = self._conclude_names(current, error is None)
        observed.outside |= dict.fromkeys(current.questions)
        asks = observed.outside or any(read.resource.kind == "outside" for read in current.reads)
        if asks and error is None:
            effects = [self.keeping.keep_answer(effect, self._namespace) for effect in effects]
        self._look_back(observed, current, effects)
        file_reads, file_effects = self._conclude_files(observed, current, effects)
        before = current.before
        states = self._states = take_states()
        self._settings = None
        settings = self._settings = self._take_settings(current.mentions)
        moved_reads, moved_effects, origin = conclude_streams(
            current.states, states, current.mentions, before, self._namespace, error is None, self.keeping
        )
        ambient = conclude_ambient(current.settings, settings, before.tuned)
        folder_reads, folder_effects = conclude_folders(
            current.mentions, observed, before.reached, self._namespace, self._made, before.files
        )
        self._made |= {e.resource.key for e in folder_effects if e.change == "written"}
        ambient += self._conclude_patches(current.mentions)
        effects += conclude_lookups(ambient, self._namespace)
        moved_effects += self._setups.conclude_import(current.span.node)
        origin += origin_generators(current.mentions, effects, self._namespace, self.keeping)
        file_reads += conclude_imports(current.mentions, current.modules, self._gallery.modules())
        reads = [
            *current.reads,
            *read_kinds(effects, current.before, self._gallery, self._namespace),
            *file_reads,
            *folder_reads,
            *moved_reads,
            *self._setups.read_attributes(current.span.node),
            *self._read_ambient(current, effects, bool(file_reads or file_effects)),
        ]
        reads, code = self._clearing.clear(*self._take_run(current, reads, effects))
        reads = self._drop_doubles(reads)
        self.keeping.keep_inputs(reads, file_effects, observed.kept)
        file_effects += conclude_untaken(
            before.tuned, current.mentions.strings, before.reached, self._namespace, observed
        )
        self._set_ambient |= {e.resource.key for e in (*effects, *ambient) if e.resource.kind == "ambient"}
        return Statement(
            execution=execution,
            index=index,
            line=current.span.line,
            source=current.span.source,
            code=code,
            outcome="ok" if error is None else "raised",
            error=error,
            reads=tuple(reads),
            effects=(*effects, *file_effects, *folder_effects, *moved_effects, *ambient),
            origin=tuple(origin),
            learned=self.notes.collect(effects, reads, current.before.seen),
            witnessed=None if self.witness is None else self.witness.collect(execution, index),
        )

    def _conclude_patches(self, mentions: Mentions) -> list[Effect]:
        effects = conclude_patches(mentions, self._namespace)
        self._gallery.attached |= mentions.attached if effects else set()
        return effects

    def _conclude_files(
        self, observed: Observed, current: _Current, effects: list[Effect]
    ) -> tuple[list[Read], list[Effect]]:
        reads, written = conclude_files(observed, current.before.files)
        reads = [self.keeping.doubt_origin(r, observed) for r in reads if self.keeping.can_matter(r)]
        if CHOSEN_MODE in current.before.tuned:
            known = {read.resource.key for read in reads}
            paths = [path for path in observed.written if path in self.keeping.produced.keys() - known]
            reads += [Read(Resource("file", path), UNTAKEN, certain=False) for path in paths]
        reads += read_maps(current.before.reached, self._namespace, self.keeping.produced)
        return reads, written + conclude_handles(current.handles, effects)

    def _look_back(self, observed: Observed, current: _Current, effects: list[Effect]) -> None:
        """Note what a statement shares with earlier ones: open databases and programs that still run."""
        if observed.databases.origins and holds_handle(current.before):
            for path in observed.databases.origins:
                observed.note_read(path)
        values = [self._namespace.get(n) for n in current.before.reached] if self._running else []
        if observed.stamps is None and any(name_type(type(v)) == _PROGRAM for v in values):
            observed.stamps = self._running
        if observed.stamps is not None and (self._running or any(e.type == _PROGRAM for e in effects)):
            self._running = stamp_folders(observed.stamps.folders)

    def _take_run(
        self, current: _Current, reads: list[Read], effects: list[Effect]
    ) -> tuple[list[Read], str]:
        """Return the reads and the plain code of a statement, which may have run a script or a notebook."""
        code, call = current.span.code, read_call(current.span.node)
        path = find_run(call) if call else None
        if path is None or "get_ipython(" in code:
            return reads, code
        path = os.path.abspath(os.path.expanduser(path))
        if path.endswith(".ipynb"):  # its cells stand in the code
            return [r for r in reads if r.resource != Resource("file", path)], code
        module = code.partition("run_module('")[2].partition("'")[0]
        reads = [replace(r, module=module) if r.resource == Resource("file", path) else r for r in reads]
        bound = {e.resource.key for e in effects if e.resource.kind == "name" and e.change == "bound"}
        return reads, bind_run(code, bound)

    @staticmethod
    def _drop_doubles(reads: list[Read]) -> list[Read]:
        """Leave out the reads of files that were loaded as modules."""
        own = {read.resource for read in reads if read.module}
        return [read for read in reads if read.module or read.resource not in own]

    def _conclude_names(self, current: _Current, completed: bool) -> list[Effect]:
        code = current.span.code
        effects = conclude_names(
            current.told,
            current.mentions,
            current.before,
            self._gallery,
            self._namespace,
            completed,
            code in self._ran,
        )
        for effect in effects:  # what ran before may have something to do again
            self._ran -= self._writers.pop(effect.resource.key, set())
        self._ran.add(code)
        for name in (*current.mentions.written, *current.before.reached):
            self._writers.setdefault(name, set()).add(code)
        self._gone |= {e.resource.key for e in effects if e.change == "deleted"}
        return effects

    def _read_ambient(self, current: _Current, effects: list[Effect], uses_files: bool) -> list[Read]:
        if not self._set_ambient:
            return []
        mentions = current.mentions
        own = frozenset(key.removeprefix("module ") for key in self._gallery.modules())
        reads = read_imports(self._setups.loaded, self._set_ambient, own)
        if not mentions.loaded or mentions.is_import:
            return reads
        scene = self._scenery.look_over(mentions.words, current.before.reached, self._gallery.digest)
        known = {read.resource.key for read in reads}
        return reads + [
            read
            for read in read_settings(self._set_ambient, scene, effects, mentions.dynamic, uses_files)
            if read.resource.key not in known
        ]
