"""The environment of a kernel: interpreter, platform, installed distributions and thread settings."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path

from nbmlops.core.history import Environment

__all__ = ["take_environment"]

_DISTRIBUTION = re.compile(r"^(?P<name>.+?)-(?P<version>\d[^-]*)\.(dist|egg)-info$")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")


def take_environment() -> Environment:
    """Describe this process; installed versions come from folder names alone, so it is quick."""
    packages: dict[str, str] = {}
    for entry in reversed(sys.path):
        folder = Path(entry or ".")
        if not folder.is_dir():
            continue
        for name in os.listdir(folder):
            found = _DISTRIBUTION.match(name)
            if found:
                packages[found["name"].replace("_", "-").lower()] = found["version"]
    threads = {name: os.environ[name] for name in _THREADS if name in os.environ}
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages=dict(sorted(packages.items())),
        threads={**threads, "cpus": str(os.cpu_count() or 1)},
    )
