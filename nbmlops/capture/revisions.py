"""Revisions: at which commit a model was fitted, and what was not committed then."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from nbmlops.core.history import Execution
from nbmlops.core.revision import Revision
from nbmlops.processes.git import find_repository, read_commit, start_diff

__all__ = ["Revisions"]

_PAUSE, _LONGEST = 10.0, 2**20
_PATIENCE = 2.0


@dataclass(slots=True)
class Revisions:
    """Follows the repository of a kernel's folder: the commit at each fit, the difference now and then."""

    folder: Path
    last: Revision | None = None
    _asked: float = float("-inf")
    _answers: tempfile.TemporaryDirectory[str] | None = None
    _waiting: list[tuple[int, Revision, Path]] = field(default_factory=list)

    def note(self, execution: Execution) -> Revision | None:
        """Return where the repository stands, if an execution fitted something and it has moved since."""
        if not any(s.learned and any(m.order for m in s.learned.models) for s in execution.statements):
            return None
        return self.look(execution.number)

    def look(self, execution: int) -> Revision | None:
        """Return where the repository stands at an execution, if it has moved since it was last asked."""
        repository = find_repository(self.folder)
        found = None if repository is None else read_commit(repository)
        if repository is None or found is None:
            return None
        revision = Revision(*found)
        if time.monotonic() - self._asked > _PAUSE:
            self._asked = time.monotonic()
            self._ask(repository, execution, revision)
        if self.last is not None and (self.last.commit, self.last.branch) == found:
            return None
        self.last = revision
        return revision

    def _ask(self, repository: Path, execution: int, revision: Revision) -> None:
        if self._answers is None:
            self._answers = tempfile.TemporaryDirectory(prefix="nbmlops-")
        into = Path(self._answers.name) / f"{execution}.diff"
        if start_diff(repository, into):
            self._waiting.append((execution, revision, into))

    def collect(self, wait: bool = False) -> list[tuple[int, Revision]]:
        """Return the differences that git has written by now; `wait` gives it two seconds."""
        until = time.monotonic() + (_PATIENCE if wait else 0)
        ready: list[tuple[int, Revision]] = []
        for execution, revision, path in list(self._waiting):
            while not path.exists() and time.monotonic() < until:
                time.sleep(0.01)
            if path.exists():
                self._waiting.remove((execution, revision, path))
                ready.append((execution, _read_changes(revision, path)))
                path.unlink()
        if wait and self._answers is not None:
            self._answers.cleanup()
            self._answers = None
        return ready


def _read_changes(revision: Revision, path: Path) -> Revision:
    text = path.read_bytes()
    changed = text.count(b"\ndiff --git ") + text.startswith(b"diff --git ")
    kept = text.decode("utf-8", "replace") if 0 < len(text) <= _LONGEST else None
    return Revision(revision.commit, revision.branch, changed, kept)
