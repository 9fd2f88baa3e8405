"""GitHub: workflows that test a package, or prove an export again, on every push."""

from __future__ import annotations

from nbmlops.package.context import PackageContext
from nbmlops.plugins.context import ExportContext
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target
from nbmlops.targets.checks import describe_checks
from nbmlops.templating import render_template

__all__ = ["nbmlops_targets"]

_THEN = "commit it; GitHub looks for `.github` at the root of a repository only: copy it there"


@hookimpl
def nbmlops_targets() -> list[Target]:
    """Return the GitHub targets of packages and of exports."""
    return [
        Target(
            "github",
            "package",
            "a GitHub Actions workflow that tests, builds and proves the package",
            _render_package,
        ),
        Target("github", "export", "a GitHub Actions workflow that proves it again", _render_export, _THEN),
    ]


def _render_package(context: PackageContext) -> dict[str, str]:
    checks = describe_checks(context)
    return {
        ".github/workflows/ci.yml": render_template("targets", "github.yml.j2", checks),
        "prove_service.py": render_template("targets", "prove_service.py.j2", checks),
    }


def _render_export(context: ExportContext) -> dict[str, str]:
    return {
        f".github/workflows/prove-{context.name}.yml": render_template("targets", "prove.yml.j2", context),
        "prove_again.py": render_template("targets", "prove_again.py.j2", context),
    }
