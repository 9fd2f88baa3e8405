"""GitHub: a workflow that installs a package and runs its tests on every push."""

from __future__ import annotations

from nbmlops.package.context import PackageContext
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target
from nbmlops.templating import render_template

__all__ = ["nbmlops_targets"]


@hookimpl
def nbmlops_targets() -> list[Target]:
    """Return the GitHub target of packages."""
    return [Target("github", "package", "a GitHub Actions workflow that tests the package", _render)]


def _render(context: PackageContext) -> dict[str, str]:
    return {".github/workflows/ci.yml": render_template("targets", "github.yml.j2", context)}
