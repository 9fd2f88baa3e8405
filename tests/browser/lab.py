"""Lab: a real JupyterLab on loopback, with folders and settings of its own."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import nbformat

__all__ = ["Lab"]

# Nothing pops up, and every cell is in the page.
_SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none", "kernelShutdown": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    "@jupyterlab/extensionmanager-extension/plugin": {"enabled": False},
}
_START_SECONDS = 600
# As it is built here, whatever an earlier installation put beside Lab.
_LABEXTENSIONS = Path(__file__).resolve().parents[2] / "labextension" / "built"
_KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Lab:
    """One server; notebooks lie in `root`.

    With a `python` of another environment it has what is installed there, and nothing of these sources.
    """

    def __init__(self, base: Path, python: Path | None = None) -> None:
        self._python = python
        self.root = base / "root"
        self.root.mkdir(parents=True)
        self.store = self.root / ".nbmlops" / "store.db"
        self.port, self.token = _find_port(), secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = base / "lab.log"
        self._write_settings(base / "settings")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(), env=self._environment(base), stdout=log, stderr=subprocess.STDOUT, cwd=base
            )
        self._wait()

    def ask(self, path: str, method: str = "GET") -> Any:
        """Call Jupyter's REST interface."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=300) as response:
            body = response.read()
        return json.loads(body) if body else None

    def add_kernel(self, name: str, before: Path) -> None:
        """Offer a kernel that takes modules of a folder before its own."""
        spec = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "env": {"PYTHONPATH": str(before)},
            "display_name": name,
            "language": "python",
        }
        folder = self._log.parent / "data" / "kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kernel.json").write_text(json.dumps(spec))

    def read_log(self) -> str:
        """Return what the server and its kernels have printed."""
        return self._log.read_text("utf-8", "replace")

    def write_notebook(self, name: str, sources: list[str], kernel: str = "python3") -> str:
        """Write a notebook of code cells."""
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        spec = {**_KERNELSPEC, "name": kernel}
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec}, cells=cells)
        nbformat.write(notebook, self.root / name)
        return name

    def stop_kernels(self) -> None:
        """Shut every kernel down."""
        for session in self.ask("/api/sessions"):
            self.ask(f"/api/sessions/{session['id']}", "DELETE")

    def empty(self) -> None:
        """Move all files of the root aside: no notebook finds the store of another."""
        aside = Path(tempfile.mkdtemp(prefix="aside-", dir=self.root.parent))
        for path in self.root.iterdir():  # moved, not removed: what a stopped kernel started may still write
            path.rename(aside / path.name)

    def stop(self) -> None:
        """Stop the server."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while True:
            if self._process.poll() is not None:
                raise RuntimeError(self._log.read_text())
            try:
                self.ask("/api/status")
                return
            except OSError:
                if time.monotonic() > end:
                    self.stop()
                    raise
                time.sleep(0.1)

    def _write_settings(self, folder: Path) -> None:
        for key, value in _SETTINGS.items():
            file = folder / f"{key}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(value))

    def _command(self) -> list[str]:
        options = {
            "--ServerApp.root_dir": str(self.root),
            "--IdentityProvider.token": self.token,
            "--LabApp.news_url": "None",
            "--LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager": "readonly",
            "--ServerApp.disable_check_xsrf": "True",
            "--ip": "127.0.0.1",
            "--port": str(self.port),
            "--port-retries": "0",
        }
        if self._python is None:
            options["--LabApp.extra_labextensions_path"] = str(_LABEXTENSIONS)
        flags = ["--no-browser", "--allow-root", "--expose-app-in-browser"]
        return [
            str(self._python or sys.executable),
            "-m",
            "jupyterlab",
            *flags,
            *(f"{key}={value}" for key, value in options.items()),
        ]

    def _environment(self, base: Path) -> dict[str, str]:
        private = {
            "HOME": base,
            "IPYTHONDIR": base / "ipython",
            "JUPYTER_CONFIG_DIR": base / "config",
            "JUPYTER_DATA_DIR": base / "data",
            "JUPYTER_RUNTIME_DIR": base / "runtime",
            "JUPYTERLAB_SETTINGS_DIR": base / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": base / "workspaces",
            "NBMLOPS_STORE": self.store,
        }
        fixed = {"JUPYTER_NO_CONFIG": "1", "OMP_NUM_THREADS": "1"}
        inherited = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
        return {**inherited, **fixed, **{name: str(path) for name, path in private.items()}}
