"""Checks: the commands by which a continuous integration tests, builds, proves and packages a package."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.package.context import PackageContext

__all__ = ["CheckContext", "describe_checks"]


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What the templates of a continuous integration know: the commands of each of its steps.

    `image` is the base image that has the interpreter; `close` says that answers are near the golden ones
    and not the same bits.
    """

    project: str
    module: str
    python: str
    image: str
    test_commands: tuple[str, ...]
    build_commands: tuple[str, ...]
    prove_commands: tuple[str, ...]
    package_commands: tuple[str, ...]
    close: bool


def describe_checks(context: PackageContext) -> CheckContext:
    """Return the commands for a package; names of its own are plain ASCII words there."""
    locked = ("python -m pip install --require-hashes -r requirements.txt",) if context.locked else ()
    own = "--no-deps " if context.locked else ""
    environment = "python -m venv .prove"
    return CheckContext(
        project=context.project,
        module=context.module,
        python=context.interpreter,
        image=f"python:{context.interpreter}-slim",
        test_commands=(
            *locked,
            f"python -m pip install {own}.",
            'python -m pip install "pytest>=8"',
            "python -m pytest",
        ),
        build_commands=("python -m pip wheel --no-deps --wheel-dir dist .",),
        prove_commands=(
            environment,
            *(line.replace("python ", ".prove/bin/python ", 1) for line in locked),
            f".prove/bin/python -m pip install {own}dist/*.whl",
            ".prove/bin/python prove_service.py",
        ),
        package_commands=(f"docker build --tag {context.project}:{context.version} .",),
        close=context.close,
    )
