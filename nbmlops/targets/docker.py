"""Docker: an image that serves a package as a user without rights, behind a key."""

from __future__ import annotations

from nbmlops.package.context import PackageContext
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target
from nbmlops.templating import render_template

__all__ = ["nbmlops_targets"]


@hookimpl
def nbmlops_targets() -> list[Target]:
    """Return the Docker target of packages."""
    return [Target("docker", "package", "a Dockerfile that serves the package", _render)]


def _render(context: PackageContext) -> dict[str, str]:
    return {
        "Dockerfile": render_template("targets", "Dockerfile.j2", context),
        "compose.yaml": render_template("targets", "compose.yaml.j2", context),
        ".dockerignore": render_template("targets", "dockerignore.j2", context),
    }
