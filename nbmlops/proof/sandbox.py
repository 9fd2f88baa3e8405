"""The sandbox: an empty directory, a cleaned environment and a guarded process for each replay."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbmlops.core.settings import find_store
from nbmlops.errors import UsageError
from nbmlops.processes.child import Finished, clean_environment, python_command, run_child

__all__ = ["Answer", "Sandbox", "check_effects", "make_sandbox", "name_kinds"]

_HERE = Path(__file__).parent
_ANSWERS = ("tests", "proof.json")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a guarded process answered: `result` is None where no answer, or a forged one, came."""

    result: dict[str, Any] | None
    finished: Finished


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The folders of one replay.

    `root` holds it all; the process may write to `work`, where it starts, and to `cache`.
    """

    root: Path
    allowed: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        """The working directory, empty at first."""
        return self.root / "work"

    @property
    def cache(self) -> Path:
        """Where libraries may keep what they keep in a home directory."""
        return self.root / "cache"

    def make_rules(self, directory: Path, declared: Iterable[str] = ()) -> dict[str, Any]:
        """Return what the guard lets through, for the replay of the export in `directory`.

        Where files are `declared`, the guard remembers what else was read.
        """
        paths = [effect.partition(":")[2] for effect in self.allowed if effect.startswith("write:")]
        hosts = [effect.partition(":")[2] for effect in self.allowed if effect.startswith("network:")]
        stores = [str(find_store().resolve()), str(find_store(directory).resolve())]
        return {
            "writable": [str(self.work), str(self.cache), *(os.path.realpath(path) for path in paths)],
            "hidden": [*(str(directory / name) for name in _ANSWERS), *stores],
            "script": str(directory / "pipeline.py"),
            "hosts": hosts,
            "network": "network" in self.allowed,
            "programs": "subprocess" in self.allowed,
            "known": self._list_known(declared),
        }

    def _list_known(self, declared: Iterable[str]) -> list[str]:
        """Return what may be read: the sandbox, caches at home, and what is declared or allowed."""
        known = [os.path.realpath(path) for path in declared]
        if not known:
            return []
        home = (".cache", ".config", ".keras", ".local", "Library")
        allowed = (e.partition(":")[2] for e in self.allowed if e.startswith(("read:", "write:")))
        known += [os.path.realpath(Path.home() / name) for name in home]
        return [*known, *map(os.path.realpath, allowed), str(self.root)]

    def run(
        self,
        script: str,
        settings: Mapping[str, Any],
        on_line: Callable[[str], None] | None,
        timeout: float | None,
        *,
        python: Path | None = None,
    ) -> Answer:
        """Run one of the guarded scripts, by another interpreter where one is named; return its answer."""
        settings_path, result_path = self.root / "settings.json", self.root / "result.json"
        settings_path.write_text(json.dumps(settings), "utf-8")
        result_path.write_bytes(b"")
        nonce = secrets.token_hex(16)
        finished = run_child(
            python_command(_HERE / script, settings_path, result_path, isolated=True, python=python),
            cwd=self.work,
            env=self.make_environment(),
            timeout=timeout,
            on_line=on_line,
            stdin=nonce,
        )
        return Answer(_read_answer(result_path, nonce), finished)

    def make_environment(self) -> dict[str, str]:
        """Return the variables of a replay: this process's own, with every cache in the sandbox."""
        cache = str(self.cache)
        kept = {
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": cache,
            "XDG_CACHE_HOME": cache,
            "JOBLIB_TEMP_FOLDER": cache,
            "NUMBA_CACHE_DIR": cache,
            "TMPDIR": cache,
            "TEMP": cache,
            "TMP": cache,
        }
        if "subprocess" not in self.allowed:
            # One process does what several would have done: a search with n_jobs=2 needs no others.
            kept["JOBLIB_MULTIPROCESSING"] = "0"
        return clean_environment(kept | self.variables)


@contextlib.contextmanager
def make_sandbox(
    allowed: Collection[str] = (), variables: Mapping[str, str] | None = None
) -> Iterator[Sandbox]:
    """Make the folders of a replay, and remove them afterwards."""
    root = Path(tempfile.mkdtemp(prefix="nbmlops-proof-")).resolve()
    sandbox = Sandbox(root, tuple(allowed), dict(variables or {}))
    try:
        sandbox.work.mkdir()
        sandbox.cache.mkdir()
        _lend_fonts(sandbox.cache)
        yield sandbox
    finally:
        shutil.rmtree(root, ignore_errors=True)


def check_effects(allow: Collection[str]) -> tuple[str, ...]:
    """Return side effects in the form that the guard takes, or raise a UsageError."""
    checked = []
    for effect in allow:
        kind, _, what = effect.partition(":")
        if kind in ("read", "write") and what:
            checked.append(f"{kind}:{Path(what).expanduser().absolute()}")
        elif effect in ("network", "subprocess") or (kind == "network" and what):
            checked.append(effect)
        else:
            raise UsageError(
                f"'{effect}' is no side effect that can be allowed.",
                f"Allow one of: {', '.join(name_kinds())}.",
            )
    return tuple(checked)


def name_kinds() -> tuple[str, ...]:
    """Return the forms in which a side effect is allowed."""
    return ("write:PATH", "read:PATH", "network", "network:HOST", "subprocess")


def _read_answer(path: Path, nonce: str) -> dict[str, Any] | None:
    try:
        result = json.loads(path.read_bytes())
    except ValueError:
        return None
    genuine = isinstance(result, dict) and result.get("nonce") == nonce
    return result if genuine else None


def _lend_fonts(cache: Path) -> None:
    """Copy matplotlib's list of fonts: to make it anew would take seconds."""
    places = [
        os.environ.get("MPLCONFIGDIR"),
        os.environ.get("XDG_CACHE_HOME"),
        str(Path("~/.cache").expanduser()),
    ]
    for place in filter(None, places):
        for folder in (Path(place), Path(place) / "matplotlib"):
            for font_list in folder.glob("fontlist-*.json"):
                shutil.copyfile(font_list, cache / font_list.name)
