"""Kubernetes: manifests that run a package with probes, limits, scaling, metrics and a canary."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from nbmlops.package.context import PackageContext
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target
from nbmlops.templating import render_template

__all__ = ["KubernetesContext", "nbmlops_targets"]

_FILES = (
    "deployment",
    "service",
    "autoscaler",
    "disruption",
    "servicemonitor",
    "canary",
    "route",
    "kustomization",
)
_LONGEST, _DIGITS = 48, 8
_MEBIBYTE = 2**20
_UNMEASURED = 512 * _MEBIBYTE
_THEN = "make the key first: `kubectl create secret generic NAME-key --from-literal=API_KEY=...`"


@dataclass(frozen=True, slots=True)
class KubernetesContext:
    """What the manifests know: `name` is a DNS label, `model` the model's own name, memory in mebibytes.

    `measured` says that the memory is what the service took for the golden rows; a limit is twice that.
    """

    name: str
    model: str
    image: str
    version: str
    memory: int
    limit: int
    measured: bool


@hookimpl
def nbmlops_targets() -> list[Target]:
    """Return the Kubernetes target of packages."""
    return [Target("kubernetes", "package", "Kubernetes manifests that run the image", _render, _THEN)]


def _render(context: PackageContext) -> dict[str, str]:
    memory = -(-(context.memory or _UNMEASURED) // _MEBIBYTE)
    known = KubernetesContext(
        name=_name_label(context.project),
        model=context.name,
        image=f"{context.project}:{context.version}",
        version=str(context.version),
        memory=memory,
        limit=2 * memory,
        measured=bool(context.memory),
    )
    return {
        f"kubernetes/{name}.yaml": render_template("targets", f"{name}.yaml.j2", known) for name in _FILES
    }


def _name_label(project: str) -> str:
    """Return a DNS label that leaves room for endings; a long name keeps its beginning and a digest."""
    label = project.strip("-")
    if len(label) <= _LONGEST:
        return label
    digest = hashlib.sha256(project.encode()).hexdigest()[:_DIGITS]
    return f"{label[: _LONGEST - _DIGITS - 1].rstrip('-')}-{digest}"
