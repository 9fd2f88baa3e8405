"""Base images for tests: Debian by debootstrap, with this interpreter, by the name that is asked for."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

__all__ = ["Images"]

ROOT = Path(__file__).parents[2]
_LIBRARIES = "libssl3,libffi8,libsqlite3-0,zlib1g,libbz2-1.0,liblzma5,libreadline8,libuuid1,ca-certificates"
_SETTINGS = ("/etc/pip.conf", "/root/.config/pip/pip.conf", "/etc/ssl/certs/ca-certificates.crt")


class Images:
    """Builds images with Debian's buildah: chroot isolation, and the vfs driver, which needs no mounts."""

    def __init__(self, folder: Path) -> None:
        missing = [name for name in ("buildah", "debootstrap") if shutil.which(name) is None]
        if missing or os.geteuid() != 0:
            pytest.skip("building an image needs root, and Debian's buildah and debootstrap")
        self.folder = folder

    def run(self, verb: str, *words: str | Path) -> str:
        """Run a verb of buildah in a store of our own, and return what it printed."""
        return _run(self.command(verb, *words))

    def command(self, verb: str, *words: str | Path) -> list[str]:
        """Return the command of a verb."""
        place = [
            "--root",
            f"{self.folder}/store",
            "--runroot",
            f"{self.folder}/run",
            "--storage-driver",
            "vfs",
        ]
        return ["buildah", *place, verb, *map(str, words)]

    def make_base(self, name: str) -> None:
        """Make the base image `name` of a Debian with this interpreter."""
        container = self.run("from", "scratch").strip()
        self.run("add", container, _make_root(), "/")
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        self.run("config", "--env", f"PATH={path}", container)
        self.run("commit", "--rm", container, name)

    def build(self, place: Path, name: str) -> None:
        """Build the Dockerfile in `place`, with this machine's settings of pip, which stay outside."""
        shown = [
            word for file in _SETTINGS if Path(file).exists() for word in ("--volume", f"{file}:{file}:ro")
        ]
        options = ["--isolation", "chroot", "--format", "docker", "--pull-never", "--no-cache", *shown]
        self.run("bud", *options, "--tag", name, place)


def _run(command: Sequence[str | Path]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{command[0]}: {(done.stderr or done.stdout)[-3000:]}")
    return done.stdout


def _make_root() -> Path:
    """Return an archive of the root of a Debian with this interpreter below /usr/local; kept under build/."""
    digest = hashlib.sha256(f"{sys.version}{_LIBRARIES}".encode()).hexdigest()[:12]
    kept = ROOT / "build" / "images" / f"{platform.python_version()}-{digest}.tar"
    if kept.exists():
        return kept
    root = kept.with_suffix("")
    shutil.rmtree(root, ignore_errors=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    _run(["debootstrap", "--variant=minbase", f"--include={_LIBRARIES}", "bookworm", root])
    _copy_interpreter(root / "usr" / "local")
    _run(["chroot", root, "/sbin/ldconfig"])
    _run(["tar", "--directory", root, "--create", "--file", f"{kept}.part", "."])
    os.replace(f"{kept}.part", kept)
    shutil.rmtree(root)
    return kept


def _copy_interpreter(local: Path) -> None:
    """Copy this interpreter and its standard library, with pip and nothing else that was installed for it."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix)
    left_out = shutil.ignore_patterns("__pycache__", "site-packages", "test", "idlelib", "config-*", "*.a")
    shutil.copytree(base / "lib" / f"python{version}", local / "lib" / f"python{version}", ignore=left_out)
    for library in base.glob("lib/libpython*.so*"):
        shutil.copy2(library, local / "lib" / library.name, follow_symlinks=False)
    program = local / "bin" / f"python{version}"
    shutil.copy2(Path(sys.executable).resolve(), program)
    for name in ("python", "python3"):
        (local / "bin" / name).symlink_to(program.name)
    packages = local / "lib" / f"python{version}" / "site-packages"
    packages.mkdir()
    _run([sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", packages, "pip"])
    shutil.rmtree(packages / "bin", ignore_errors=True)
    pip = local / "bin" / "pip"
    pip.write_text('#!/bin/sh\nexec python -m pip "$@"\n')
    pip.chmod(0o755)
