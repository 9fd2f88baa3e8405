"""Git: the commit that a folder stands at, read from its files, and what was not committed, asked of git."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

__all__ = ["find_repository", "read_commit", "start_diff"]

_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SCRIPT = (
    '(git -C "$1" --no-optional-locks diff --no-ext-diff --no-textconv HEAD > "$2.part"; mv "$2.part" "$2") &'
)


def find_repository(folder: Path) -> Path | None:
    """Return the top folder of the repository that a folder lies in, if it lies in one."""
    top = os.path.abspath(folder)
    while not os.path.exists(os.path.join(top, ".git")):
        top, below = os.path.dirname(top), top
        if top == below:
            return None
    return Path(top)


def read_commit(repository: Path) -> tuple[str, str | None] | None:
    """Return the commit that is checked out and its branch (None: detached); None before the first commit."""
    try:
        inner = _find_inner(repository / ".git")
        head = (inner / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return (head, None) if _HASH.fullmatch(head) else None
        reference = head.removeprefix("ref: ")
        commit = _read_reference(inner, reference)
    except (OSError, UnicodeDecodeError):
        return None
    return None if commit is None else (commit, reference.removeprefix("refs/heads/"))


def _find_inner(git: Path) -> Path:
    """Return the folder behind ``.git``, which is a file in a worktree."""
    if git.is_dir():
        return git
    text = git.read_text(encoding="utf-8").strip()
    return (git.parent / text.removeprefix("gitdir: ")).resolve()


def _read_reference(inner: Path, reference: str) -> str | None:
    common = inner / "commondir"
    shared = (inner / common.read_text(encoding="utf-8").strip()).resolve() if common.exists() else inner
    for folder in (inner, shared):
        loose = folder / reference
        if loose.is_file():
            commit = loose.read_text(encoding="utf-8").strip()
            return commit if _HASH.fullmatch(commit) else None
    packed = shared / "packed-refs"
    if packed.is_file():
        for line in packed.read_text(encoding="utf-8").splitlines():
            commit, _, name = line.partition(" ")
            if name == reference and _HASH.fullmatch(commit):
                return commit
    return None


def start_diff(repository: Path, into: Path) -> bool:
    """Have git write what differs from the commit into a file, which is there when it is whole.

    Nobody waits for it, and it is no child of this process, whose own calls of ``wait`` would find it.
    """
    if shutil.which("git") is None or shutil.which("sh") is None:
        return False
    asked = subprocess.run(
        ["sh", "-c", _SCRIPT, "sh", str(repository), str(into)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        check=False,
    )
    return asked.returncode == 0
