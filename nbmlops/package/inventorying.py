"""The inventory: which distributions an environment holds, by their own metadata; run by its interpreter."""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from typing import Any

__all__: list[str] = []

_LONGEST = 100


def _list_distributions(wanted: set[str]) -> list[dict[str, Any]]:
    """Return name, version, licence and needs of each distribution; if any are `wanted`, of those."""
    found = []
    for distribution in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        if wanted and name not in wanted:
            continue
        found.append(
            {
                "name": name,
                "version": distribution.version,
                "licence": _read_licence(distribution.metadata),
                "needs": sorted(
                    {_read_name(line) for line in distribution.requires or () if "extra ==" not in line}
                ),
            }
        )
    return sorted(found, key=lambda item: str(item["name"]))


def _read_licence(metadata: Any) -> str | None:
    """Return the licence that a distribution says it has: an expression, else a name, else a classifier."""
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    classifiers = [
        c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier") or () if c.startswith("License ::")
    ]
    named = str(metadata.get("License") or "").strip()
    if named and "\n" not in named and len(named) <= _LONGEST:
        return named
    return ", ".join(classifiers) or None


def _read_name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else requirement


if __name__ == "__main__":
    print(json.dumps(_list_distributions(set(sys.argv[1:]))))  # noqa: T201
