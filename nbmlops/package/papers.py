"""Papers: the bill of materials, the licences and the provenance of a package, as machines read them."""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.core.clock import now
from nbmlops.core.encoding import encode
from nbmlops.errors import PackageError
from nbmlops.package.rowcut import Origin
from nbmlops.processes.child import clean_environment, python_command, run_child

__all__ = [
    "Distribution",
    "describe_materials",
    "describe_provenance",
    "list_distributions",
    "write_licences",
]

_INVENTORY = Path(__file__).with_name("inventorying.py")
_MAKER = "nbmlops"


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed distribution: what it says of its licence, and which others it needs."""

    name: str
    version: str
    licence: str | None
    needs: tuple[str, ...]


def list_distributions(python: Path | None, requirements: Sequence[str]) -> tuple[Distribution, ...]:
    """Return what the environment of `python` holds; without one, what this one has of the requirements."""
    names = (
        [] if python else [re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in requirements]
    )
    command = python_command(_INVENTORY, *names, isolated=True, python=python or sys.executable)
    finished = run_child(command, cwd=_INVENTORY.parent, env=clean_environment())
    if finished.code != 0:
        raise PackageError(
            f"The installed distributions cannot be listed: {finished.errors.strip()[-300:]}",
            "Check the environment with `python -m pip check`.",
        )
    return tuple(
        Distribution(item["name"], item["version"], item["licence"], tuple(item["needs"]))
        for item in json.loads(finished.output)
    )


def describe_materials(
    name: str, version: int, estimator: str, model: tuple[str, str], found: Sequence[Distribution]
) -> dict[str, Any]:
    """Return the bill of materials in CycloneDX 1.6; `model` is the file of the model and its digest."""
    root = f"model:{version}"
    refs = {item.name: f"pkg:pypi/{item.name}@{item.version}" for item in found}
    file, digest = model
    component = {
        "type": "machine-learning-model",
        "bom-ref": file,
        "name": name,
        "version": str(version),
        "description": f"the fitted {estimator}",
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }
    needs = [
        {"ref": refs[item.name], "dependsOn": [refs[n] for n in item.needs if n in refs]} for item in found
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": now(),
            "tools": {"components": [{"type": "application", "name": _MAKER}]},
            "component": {"type": "application", "bom-ref": root, "name": name, "version": str(version)},
        },
        "components": [component, *(_describe_library(item, refs[item.name]) for item in found)],
        "dependencies": [
            {"ref": root, "dependsOn": [file, *refs.values()]},
            {"ref": file},
            *needs,
        ],
    }


def _describe_library(item: Distribution, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": ref,
        "name": item.name,
        "version": item.version,
        "purl": ref,
    }
    if item.licence:
        found["licenses"] = [{"license": {"name": item.licence}}]
    return found


def describe_provenance(
    name: str, version: int, origin: Origin, subjects: Mapping[str, str]
) -> dict[str, Any]:
    """Return what a package was made from, as an in-toto statement with SLSA's predicate.

    Of the data it says names and digests, and nothing of what is in them.
    """
    materials: list[dict[str, Any]] = [
        {"name": file, "digest": {"sha256": digest}} for file, digest in origin.inputs
    ]
    if origin.commit is not None:
        materials.append({"name": "git", "digest": {"gitCommit": origin.commit}})
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": file, "digest": {"sha256": digest}} for file, digest in sorted(subjects.items())
        ],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:nbmlops:package:1",
                "externalParameters": {"model": name, "version": version},
                "internalParameters": {
                    key: value
                    for key, value in encode(origin).items()
                    if key not in ("inputs", "commit", "reference")
                },
                "resolvedDependencies": materials,
            },
            "runDetails": {
                "builder": {
                    "id": "urn:nbmlops:package",
                    "version": {"python": sys.version.partition(" ")[0]},
                },
                "metadata": {"finishedOn": now()},
            },
        },
    }


def write_licences(found: Sequence[Distribution]) -> str:
    """Return the licences that the distributions say they have, as a table to read."""
    lines = [
        "# Licences",
        "",
        "Of what is installed with the model, as the distributions' own metadata says.",
        "",
        "| distribution | version | licence |",
        "|---|---|---|",
    ]
    for item in found:
        lines.append(
            f"| {item.name} | {item.version} | {(item.licence or 'it says none').replace('|', '/')} |"
        )
    return "\n".join(lines) + "\n"
