"""Ownership: whether a store was made by this person on this machine, so that its values may be opened."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["claim_store", "derive_seed", "is_own", "leave_store"]

_ID = "id"
_OWN = "own "


def claim_store(database: Database) -> None:
    """Say in a store that it is this person's; where no key can be kept, nothing is said."""
    key = _read_key()
    if key is None:
        return
    with database.transaction() as connection:
        connection.execute("insert or ignore into origins values (?, ?)", (_ID, os.urandom(16).hex()))
        name, seal = _seal(key, _read_id(database))
        connection.execute("insert or replace into origins values (?, ?)", (name, seal))


def is_own(database: Database) -> bool:
    """Say whether this person made or trusted a store; true where no key can be kept to know it by."""
    key = _read_key()
    if key is None:
        return True
    name, seal = _seal(key, _read_id(database))
    row = database.row("select value from origins where key = ?", (name,))
    return row is not None and row[0] == seal


def leave_store(database: Database) -> None:
    """Take out whose a store is, before it is given to somebody else."""
    database.write("delete from origins where key = ? or key like ?", (_ID, f"{_OWN}%"))


def derive_seed(purpose: str) -> bytes:
    """Return 32 secret bytes of this person for one purpose; where no key can be kept, others each time."""
    import hashlib
    import hmac

    return hmac.new(_read_key() or os.urandom(32), purpose.encode(), hashlib.sha256).digest()


def _read_id(database: Database) -> str:
    row = database.row("select value from origins where key = ?", (_ID,))
    return row[0] if row else ""


def _seal(key: bytes, identity: str) -> tuple[str, str]:
    import hashlib  # loads OpenSSL, which who only lists can do without
    import hmac

    name = hashlib.sha256(key).hexdigest()[:16]
    return f"{_OWN}{name}", hmac.new(key, f"store {identity}".encode(), hashlib.sha256).hexdigest()


def _read_key() -> bytes | None:
    """Return the secret of this person on this machine, a new one at first; None where it cannot be kept."""
    try:
        base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        place = Path(base) / "nbmlops" / "key"
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileExistsError):
                _write_key(place)
        key = place.read_bytes()
    except (OSError, RuntimeError):
        return None
    return key if len(key) == 32 else None


def _write_key(place: Path) -> None:
    """Write a new key whole under another name first: two processes may come at once."""
    draft = place.with_name(f"key.{os.getpid()}.{os.urandom(4).hex()}")
    draft.touch(mode=0o600, exist_ok=False)
    try:
        draft.write_bytes(os.urandom(32))
        os.link(draft, place)
    finally:
        draft.unlink()
