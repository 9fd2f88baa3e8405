"""Policy: which verdicts of a proof a project accepts, as its pyproject.toml says."""

from __future__ import annotations

from pathlib import Path

from nbmlops.core.project import read_project
from nbmlops.core.proof import ACCEPTED
from nbmlops.errors import UsageError

__all__ = ["read_policy"]

_ALLOWED = (*ACCEPTED, "close")


def read_policy(store: Path) -> tuple[str, ...]:
    """Return the verdicts that ``[tool.nbmlops] accept`` of the pyproject.toml beside a store lists.

    ``identical`` is always among them; ``identical`` and ``equivalent`` where nothing is said. Raises
    UsageError where anything is accepted that no policy can accept, or the file is no TOML.
    """
    place, table = read_project(store)
    accepted = table.get("accept", list(ACCEPTED))
    if not isinstance(accepted, list) or not all(verdict in _ALLOWED for verdict in accepted):
        raise UsageError(
            f"'{place}' says `accept = {accepted!r}` under [tool.nbmlops], which is no policy.",
            f"Write a list of these: {', '.join(repr(v) for v in _ALLOWED)}.",
        )
    return tuple(verdict for verdict in _ALLOWED if verdict == "identical" or verdict in accepted)
