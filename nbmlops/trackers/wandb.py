"""W&B: runs as the offline folders that its own client writes, to be synced when somebody likes."""

from __future__ import annotations

import base64
import importlib.util
import json
import math
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from nbmlops.core.exchange import Known, Parcel, Series, VersionParcel
from nbmlops.errors import TrackerError
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.tracker import Tracker
from nbmlops.processes.child import ProgramError, clean_environment, python_command
from nbmlops.processes.talking import Talk
from nbmlops.trackers.spelling import Spelling

__all__ = ["WandbFolder", "nbmlops_trackers"]

_LEDGER = "nbmlops.json"
_EXITS = {"finished": 0, "failed": 1, "interrupted": 255}
_FORBIDDEN = str.maketrans(dict.fromkeys("/\\#?%:", "-"))
_SPELLED = re.compile(r"name\(.*\)\Z", re.DOTALL)
_LONGEST_TAG, _LONGEST_PROJECT = 64, 128


@hookimpl
def nbmlops_trackers() -> list[Tracker]:
    """Return the tracker of W&B's offline runs."""
    return [Tracker("wandb", "a folder of offline W&B runs", WandbFolder, pulls=False)]


class WandbFolder:
    """A folder of offline runs, with a ledger of those that are in it.

    Responsibilities: tells W&B's client, in a process of its own, what to write; remembers which folder holds
    which run in which state. Nothing is sent to anybody.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder).absolute()
        self.place = f"wandb {self.folder}"
        self._spelling = Spelling()
        self._said: list[str] = []
        self._talk: Talk | None = None
        if importlib.util.find_spec("wandb") is None:
            raise TrackerError(
                "W&B's client is not installed.", "Install it: `pip install 'nbmlops[wandb]'`."
            )
        self._ledger = self._read_ledger()

    @property
    def notes(self) -> list[str]:
        """What could not go over as it is."""
        where = "the true one is in the run's file nbmlops/record.json"
        return [*self._spelling.tell(where), *dict.fromkeys(self._said)]

    def _read_ledger(self) -> dict[str, dict[str, Any]]:
        path = self.folder / _LEDGER
        if not path.exists():
            return {}
        try:
            found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TrackerError(
                f"'{path}' cannot be read: {error}.", "Move it away; the runs are then written once more."
            ) from error
        return found

    def list_known(self) -> Iterator[Known]:
        """Yield the runs that the folder holds, or held."""
        for run, told in self._ledger.items():
            gone = not (self.folder / "wandb" / told["folder"]).is_dir()
            yield Known(run, told["folder"], told["states"], told["marks"], gone)

    def restore_run(self, known: Known) -> None:
        """Do nothing: what is gone is written anew."""

    def send_run(self, parcel: Parcel, known: Known | None, store: str) -> None:
        """Write a run, in the place of what was written of it before unless that was synced."""
        marks = dict(known.marks) if known else {}
        marks = {k: v for k, v in (marks | dict(parcel.marks)).items() if k not in parcel.unmarked}
        told = self._tell_run(parcel, marks)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            written = self._replace(told, known)
            states = {**(known.states if known else {}), store: parcel.state}
            self._ledger[parcel.id] = {"folder": written, "states": states, "marks": marks}
            draft = self.folder / f".{_LEDGER}"
            draft.write_text(json.dumps(self._ledger, indent=1), encoding="utf-8")
            draft.replace(self.folder / _LEDGER)
        except OSError as error:
            raise TrackerError(
                f"'{self.folder}' cannot be written to: {error}.", "Name another folder."
            ) from error

    def _tell_run(self, parcel: Parcel, marks: dict[str, str]) -> dict[str, Any]:
        spell = self._spelling
        tags = {key.removeprefix("tag "): value for key, value in marks.items() if key.startswith("tag ")}
        words = [f"{name}={value}" for name, value in tags.items()]
        words += [key for key in ("pinned", "archived") if key in marks]
        project = parcel.experiment.translate(_FORBIDDEN)
        if project != parcel.experiment:
            spell.renamed[parcel.experiment] = project
        record = f"[{','.join(parcel.records)}]".encode("utf-8", "backslashreplace")
        files = {**parcel.files, "record.json": record}
        return {
            "id": parcel.id,
            "project": spell.text("name of an experiment", project, _LONGEST_PROJECT) or "default",
            "name": parcel.name,
            "group": parcel.parent,
            "notes": marks.get("note"),
            "tags": [spell.text("tag", word, _LONGEST_TAG) for word in words],
            "config": {_spell(spell, name): _plain(value) for name, value in parcel.parameters}
            | {
                "nbmlops": {
                    "run": parcel.id,
                    "status": parcel.status,
                    "began": parcel.began,
                    "ended": parcel.ended,
                    "tags": tags,
                    "data": [[use.name, use.digest, use.rows, use.columns] for use in parcel.data],
                }
            },
            "rows": _list_rows(spell, parcel.series),
            "files": {
                f"nbmlops/{name}": base64.b64encode(content).decode() for name, content in files.items()
            },
            "started": parcel.began / 1000,
            "exit": _EXITS[parcel.status],
        }

    def _replace(self, told: dict[str, Any], known: Known | None) -> str:
        """Write a run, and remove what was written of it before unless that was synced: then W&B knows it."""
        old = None if known is None else self.folder / "wandb" / Path(known.remote).name
        if old is None or not old.is_dir():
            return self._ask(told)
        if list(old.glob("*.synced")):
            return self._ask(told | {"started": time.time()})
        aside = old.with_name(f".{old.name}")
        shutil.rmtree(aside, ignore_errors=True)
        old.rename(aside)
        try:
            written = self._ask(told)
        except BaseException:
            shutil.rmtree(old, ignore_errors=True)
            aside.rename(old)
            raise
        shutil.rmtree(aside)
        return written

    def _ask(self, told: dict[str, Any]) -> str:
        """Let the client write a run; return its folder."""
        if self._talk is None:
            env = {k: v for k, v in clean_environment().items() if not k.startswith("WANDB_")}
            self._talk = Talk(
                python_command("-m", "nbmlops.trackers.wandb_writing", self.folder),
                cwd=self.folder,
                env={**env, "WANDB_MODE": "offline", "WANDB_ERROR_REPORTING": "false"},
            )
        try:
            answer = json.loads(self._talk.ask(json.dumps(told)))
        except ProgramError as error:
            answer = {"error": error.what}
        if "error" in answer:
            raise TrackerError(
                f"W&B's client did not write run {told['id']}: {answer['error']}",
                "Mend that, and type the same again: it goes on where it was.",
            )
        return str(answer["folder"])

    def send_versions(self, versions: Iterable[VersionParcel], own: Callable[[str], bool]) -> int:
        """Say that versions stay: a registry is kept by W&B's server only."""
        if any(True for _ in versions):
            self._said.append("versions of models stay here: W&B keeps its registry on its server only")
        return 0

    def close(self) -> None:
        """End the client's process."""
        if self._talk is not None:
            self._talk.close()
            self._talk = None


def _list_rows(spelling: Spelling, series: Iterable[Series]) -> list[dict[str, Any]]:
    """Return the points of all metrics by their steps; steps before the first are counted anew."""
    rows: dict[int, dict[str, float]] = {}
    for one in series:
        name = _spell(spelling, one.name)
        counted = any(point.step < 0 for point in one.points)
        for at, point in enumerate(one.points):
            row = rows.setdefault(at if counted else point.step, {"_timestamp": 0.0})
            row[name] = point.value
            row["_timestamp"] = max(row["_timestamp"], point.at / 1000)
    return [{"step": step, "values": rows[step]} for step in sorted(rows)]


def _spell(spelling: Spelling, name: str) -> str:
    """Return a name, spelled otherwise where W&B keeps it for itself or takes something off it."""
    if (
        name
        and name[0] not in "_-"
        and name[-1] not in "_-"
        and name != "nbmlops"
        and not _SPELLED.match(name)
    ):
        return name
    spelling.renamed[name] = spelled = f"name({name})"
    return spelled


def _plain(value: Any) -> Any:
    """Return a parameter as JSON holds it."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
