"""GitLab: a pipeline that tests, builds, proves and packages a package on every push."""

from __future__ import annotations

from nbmlops.package.context import PackageContext
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target
from nbmlops.targets.checks import describe_checks
from nbmlops.templating import render_template

__all__ = ["nbmlops_targets"]


@hookimpl
def nbmlops_targets() -> list[Target]:
    """Return the GitLab target of packages."""
    return [
        Target("gitlab", "package", "a GitLab pipeline that tests, builds and proves the package", _render)
    ]


def _render(context: PackageContext) -> dict[str, str]:
    checks = describe_checks(context)
    return {
        ".gitlab-ci.yml": render_template("targets", "gitlab.yml.j2", checks),
        "prove_service.py": render_template("targets", "prove_service.py.j2", checks),
    }
