"""Source: what the house tests look at."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

__all__ = ["MODULES", "ROOT", "function_nodes", "list_files", "module_id", "read_tree"]

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(p for p in (ROOT / "nbmlops").rglob("*.py"))


def module_id(path: Path) -> str:
    """Return a module's path in the repository, for the name of a test."""
    return path.relative_to(ROOT).as_posix()


def read_tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(), str(path))


def function_nodes(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function of a tree."""
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def list_files() -> list[Path]:
    """Return every file that is, or is about to be, part of the repository."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in told.stdout.splitlines() if (ROOT / line).is_file()]
