"""Decisions: people approve, reject, promote and roll back, and the trail remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nbmlops.core.clock import now
from nbmlops.core.model import Approval, ModelVersion
from nbmlops.core.policy import read_policy
from nbmlops.errors import RegistryError, UsageError
from nbmlops.registry.names import CHAMPION, find_user, require_alias
from nbmlops.registry.versions import find_model, get_version

if TYPE_CHECKING:
    from nbmlops.store.models import AliasMove
    from nbmlops.store.opening import Store

__all__ = [
    "decide_version",
    "find_previous",
    "list_decisions",
    "promote_version",
    "rollback_model",
]

_ANSWERS = ("approved", "rejected")


def decide_version(
    store: Store,
    model: str,
    version: int,
    decision: Literal["approved", "rejected"],
    *,
    by: str | None = None,
    note: str = "",
) -> Approval:
    """Keep that a person approved or rejected a version; the last word counts."""
    if decision not in _ANSWERS:
        raise UsageError(f"'{decision}' is no decision.", f"Write one of: {', '.join(_ANSWERS)}.")
    with store.transaction(durable=True):
        get_version(store, model, version)
        return _keep(store, Approval(model, version, decision, by or find_user(), now(), note))


def promote_version(
    store: Store, model: str, version: int, alias: str, *, by: str | None = None, note: str = ""
) -> ModelVersion:
    """Point an alias at a version.

    The champion has to be approved, and its proof's verdict one that the project accepts:
    `RegistryError` says what is missing.
    """
    require_alias(alias)
    with store.transaction(durable=True):
        found = get_version(store, model, version)
        if alias == CHAMPION:
            _require_fit(store, found)
        before = store.models.alias(model, alias)
        if before == version:
            return found
        person = by or find_user()
        store.models.set_alias(model, alias, version, person)
        moved = f"as {alias}" + (f", in place of version {before}" if before else "")
        _keep(store, Approval(model, version, "promoted", person, now(), _join(moved, note)))
        return get_version(store, model, version)


def rollback_model(store: Store, model: str, *, by: str | None = None, note: str = "") -> ModelVersion:
    """Make the champion before this one champion again; repeated, go back further."""
    with store.transaction(durable=True):
        find_model(store, model)
        moves = store.models.alias_history(model, CHAMPION)
        if not moves:
            raise RegistryError(
                f"'{model}' cannot be rolled back: it has no champion.",
                f"Promote a version: `nbmlops promote {model} VERSION {CHAMPION}`.",
            )
        previous, current = find_previous(moves), moves[-1].version
        if previous is None:
            raise RegistryError(
                f"'{model}' cannot be rolled back: version {current} is its first champion.",
                f"Promote another version: `nbmlops promote {model} VERSION {CHAMPION}`.",
            )
        _require_fit(store, get_version(store, model, previous))
        person = by or find_user()
        store.models.set_alias(model, CHAMPION, previous, person, back=True)
        moved = f"as {CHAMPION}, from version {current}"
        _keep(store, Approval(model, previous, "rolled back", person, now(), _join(moved, note)))
        return get_version(store, model, previous)


def find_previous(moves: tuple[AliasMove, ...]) -> int | None:
    """Return the version to go back to after these moves of an alias, the oldest first."""
    stack: list[int] = []
    for move in moves:
        if move.back and len(stack) > 1:
            stack.pop()
        else:
            stack.append(move.version)
    return stack[-2] if len(stack) > 1 else None


def list_decisions(store: Store, model: str, version: int | None = None) -> tuple[Approval, ...]:
    """Return the audit trail of a model or of one version of it, the oldest entry first."""
    find_model(store, model)
    return store.trail.approvals(model, version)


def _require_fit(store: Store, version: ModelVersion) -> None:
    name, number = version.name, version.version
    if version.approved is False:
        raise RegistryError(
            f"Version {number} of '{name}' cannot be {CHAMPION}: it was rejected.",
            f"Approve it first if that is what you mean: `nbmlops approve {name} {number}`.",
        )
    accepted = read_policy(store.path)
    if version.proof.verdict not in accepted:
        verdict = f"'{version.proof.verdict}'" if version.proof.verdict else "missing"
        cause = f" ({version.proof.cause.rstrip('.')})" if version.proof.cause else ""
        raise RegistryError(
            f"Version {number} of '{name}' cannot be {CHAMPION}: its proof is {verdict}{cause}, "
            f"and only {' or '.join(repr(each) for each in accepted)} will do.",
            f"Mend the notebook, run it and register it again: "
            f"`%nbmlops register {version.target} --as {name}`.",
        )
    if version.approved is None:
        raise RegistryError(
            f"Version {number} of '{name}' cannot be {CHAMPION}: nobody has approved it.",
            f"Approve it first: `nbmlops approve {name} {number}`.",
        )


def _keep(store: Store, entry: Approval) -> Approval:
    store.trail.add(entry)
    return entry


def _join(moved: str, note: str) -> str:
    return f"{moved}: {note}" if note else moved
