"""The project: what the pyproject.toml beside a store says for nbmlops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbmlops.errors import StoreError, UsageError

__all__ = ["read_project"]


def read_project(store: Path, strict: bool = True) -> tuple[Path, dict[str, Any]]:
    """Return the file, and what it says under ``[tool.nbmlops]``.

    Raises StoreError where it cannot be read, and UsageError where it is no TOML; unless `strict`, only
    where it speaks of nbmlops.
    """
    home = store.parent.parent if store.parent.name == ".nbmlops" else store.parent
    place = home / "pyproject.toml"
    try:
        text = place.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return place, {}
    except OSError as problem:
        raise StoreError(
            f"'{place}' cannot be read: {problem.strerror}.", "Make it readable for you."
        ) from problem
    except ValueError as problem:
        raise UsageError(f"'{place}' cannot be read: {problem}.", "Mend the file.") from problem
    if not strict and "nbmlops" not in text:
        return place, {}
    import tomllib

    try:
        settings = tomllib.loads(text)
    except ValueError as problem:
        raise UsageError(f"'{place}' cannot be read: {problem}.", "Mend the file.") from problem
    table = settings.get("tool", {}).get("nbmlops", {})
    return place, table if isinstance(table, dict) else {"accept": table}
