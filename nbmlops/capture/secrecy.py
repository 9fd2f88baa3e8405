"""Secrecy: what a kernel knows to be secret, taken out of every record before it is stored."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from nbmlops.capture.recalling import PRIVATE, keep_names
from nbmlops.core.history import Execution, Statement
from nbmlops.core.learned import Learned, Parameters, Scalar
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.core.revision import Revision
from nbmlops.core.secret import Secret
from nbmlops.core.value import SavedValue
from nbmlops.core.witness import Witnessed
from nbmlops.values.pieces import Pieces
from nbmlops.values.redacting import Unredactable, holds_secret, redact_code, redact_text
from nbmlops.values.secrets import find_in_code, find_in_line, find_in_text, judge_named

__all__ = ["Secrecy", "live_secrets"]

_MOST = 256 * 1024
R = TypeVar("R", Read, Effect)
_LIVE: dict[str, str] = {}


def live_secrets() -> dict[str, str]:
    """Return the secrets of this process's notebook, by the variables that stand for them.

    They are held in memory alone.
    """
    return dict(_LIVE)


@dataclass(slots=True)
class Secrecy:
    """The secrets of one kernel, by their text; `notes` say what was redacted and what was not kept."""

    known: dict[str, Secret] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def screen(
        self, execution: Execution, contents: Mapping[str, bytes]
    ) -> tuple[Execution, Mapping[str, bytes]]:
        """Return an execution and its contents as they may be stored."""
        for statement in execution.statements:
            self._learn(_find_in_statement(statement), execution.number)
        if not execution.statements:  # nothing of it could be parsed
            self._learn(find_in_text(execution.source), execution.number)
        kept = {digest: content for digest, content in contents.items() if self._may_keep(content)}
        return (self._redact(execution) if self.known else execution), kept

    def screen_values(
        self, namespace: Mapping[str, Any], held: Iterable[tuple[SavedValue, Pieces | None]]
    ) -> list[tuple[SavedValue, Pieces | None]]:
        """Return values that are to be stored, those that hold a secret without their bytes."""
        texts = {name: value for name, value in namespace.items() if type(value) is str}
        self._learn([s for name, value in texts.items() if (s := judge_named(name, value))], None)
        screened: list[tuple[SavedValue, Pieces | None]] = []
        for saved, content in held:
            secret = texts.get(saved.name) in self.known
            if secret or (content is not None and self._is_in(content)):
                digest = None if secret else saved.digest
                without = replace(saved, digest=digest, content=None, size=0, note="it holds a secret")
                screened.append((without, None))
            else:
                screened.append((saved, content))
        return screened

    def screen_revision(self, revision: Revision) -> Revision:
        """Return a revision without the secrets that were not committed."""
        if revision.changes is None:
            return revision
        self._learn(find_in_text(revision.changes), None)
        return replace(revision, changes=redact_text(revision.changes, self.known.values()))

    def _is_in(self, content: Pieces) -> bool:
        known = self.known.values()
        return bool(known) and any(holds_secret(bytes(part.data), known) for part in content.parts)

    def _learn(self, found: Sequence[Secret], execution: int | None) -> None:
        for secret in found:
            if secret.value not in self.known:
                name, number = secret.name, 2
                while _LIVE.get(name, secret.value) != secret.value:
                    name, number = f"{secret.name}_{number}", number + 1
                self.known[secret.value] = replace(secret, name=name)
                _LIVE[name] = secret.value
                where = f"cell {execution}" if execution is not None else "a variable"
                self.notes.append(
                    f'a secret in {where} is not stored: {secret.why}. `os.environ["{name}"]` stands for it.'
                )

    def _may_keep(self, content: bytes) -> bool:
        if len(content) <= _MOST and b"\0" not in content[:4096]:
            with contextlib.suppress(UnicodeDecodeError):  # no text
                self._learn(find_in_text(content.decode()), None)
        if not self.known or not holds_secret(content, self.known.values()):
            return True
        self.notes.append("a file or an answer that holds a secret was not kept")
        return False

    def _redact(self, execution: Execution) -> Execution:
        secrets = list(self.known.values())
        statements = tuple(self._redact_statement(s, secrets) for s in execution.statements)
        source = execution.source
        for before, after in zip(execution.statements, statements, strict=True):
            if after.source != before.source:
                source = source.replace(before.source, after.source or PRIVATE)
        try:
            source = redact_code(source, secrets)
        except Unredactable:
            source = redact_text(source, secrets)
        return replace(execution, source=source, statements=statements)

    def _redact_statement(self, statement: Statement, secrets: Sequence[Secret]) -> Statement:
        try:
            code = redact_code(statement.code, secrets)
        except Unredactable as problem:
            self.notes.append(f"a statement of cell {statement.execution} is not stored: {problem}")
            return keep_names(statement.execution, [statement], "its text holds a secret")
        source = code
        if statement.source != statement.code:
            try:
                source = redact_code(statement.source, secrets)
            except Unredactable:
                source = redact_text(statement.source, secrets)
        error = statement.error and redact_text(statement.error, secrets)
        return replace(
            statement,
            source=source,
            code=code,
            error=error,
            reads=tuple(_redact_resource(read, secrets) for read in statement.reads),
            effects=tuple(_redact_resource(effect, secrets) for effect in statement.effects),
            learned=statement.learned and _redact_learned(statement.learned, secrets),
            witnessed=_screen_witnessed(statement.witnessed, secrets),
        )


def _screen_witnessed(found: Witnessed | None, secrets: Sequence[Secret]) -> Witnessed | None:
    """Return what was seen of rows, unless the text of a table or model holds a secret."""
    return None if found is None or holds_secret(repr(found).encode(), secrets) else found


def _redact_learned(learned: Learned, secrets: Sequence[Secret]) -> Learned:
    """Take secrets out of what models were set to, where they are reached, and what numbers are called."""

    def clean(value: Scalar) -> Scalar:
        return redact_text(value, secrets) if isinstance(value, str) else value

    def clean_pairs(pairs: Parameters) -> Parameters:
        return tuple((redact_text(name, secrets), clean(value)) for name, value in pairs)

    return replace(
        learned,
        models=tuple(
            replace(
                model,
                place=redact_text(model.place, secrets),
                parameters=clean_pairs(model.parameters),
                children=tuple(replace(c, parameters=clean_pairs(c.parameters)) for c in model.children),
            )
            for model in learned.models
        ),
        measures=tuple(
            replace(
                m, label=redact_text(m.label, secrets), keys=tuple(redact_text(k, secrets) for k in m.keys)
            )
            for m in learned.measures
        ),
        said=tuple(
            replace(s, name=redact_text(s.name, secrets), values=tuple(clean(v) for v in s.values))
            for s in learned.said
        ),
    )


def _redact_resource(record: R, secrets: Sequence[Secret]) -> R:
    key, because = record.resource.key, record.because
    clean = redact_text(key, secrets), redact_text(because, secrets)
    if clean == (key, because):
        return record
    return replace(record, resource=Resource(record.resource.kind, clean[0]), because=clean[1])


def _find_in_statement(statement: Statement) -> list[Secret]:
    found: list[Secret] = []
    if statement.code:
        try:
            found = find_in_code(statement.code)
        except SyntaxError:
            found = find_in_text(statement.code)
    if _SPECIAL.match(statement.source):
        found += [s for line in statement.source.splitlines() for s in find_in_line(line)]
    for model in statement.learned.models if statement.learned else ():
        texts = ((name, value) for name, value in model.parameters if isinstance(value, str))
        found += [s for name, value in texts if (s := judge_named(name, value))]
    for said in statement.learned.said if statement.learned else ():
        texts = ((said.name, value) for value in said.values if isinstance(value, str))
        found += [s for name, value in texts if (s := judge_named(name, value))]
    for text in (statement.error, *(r.resource.key for r in statement.reads if r.resource.kind == "outside")):
        found += find_in_text(text) if text else []
    return found


_SPECIAL = re.compile(r"\s*(?:[\w, ]+=\s*)?[!%]")
