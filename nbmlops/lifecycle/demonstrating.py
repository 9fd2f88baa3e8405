"""The demonstration: its folder, the questions it asks a service, and the new data it makes up."""

from __future__ import annotations

import json
import math
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.core.history import History
from nbmlops.core.quickstart import QUICKSTART_FILES, locate_quickstart
from nbmlops.errors import MonitorError, UsageError
from nbmlops.store.opening import Store
from nbmlops.values.codec import load_value
from nbmlops.values.profile import read_table

__all__ = [
    "Asked",
    "Question",
    "ask_service",
    "find_question",
    "list_questions",
    "list_rows",
    "make_data",
    "measure_overhead",
    "prepare_place",
    "send_rows",
]

_MARK = ".nbmlops-demo"
_LABEL = "income"
_BATCH = 50
_DRIFTED = 25
_NEW_AGE = 10


@dataclass(frozen=True, slots=True)
class Question:
    """A raw row as the notebook read it, and the notebook's own answer to it with its probability."""

    row: dict[str, Any]
    answer: str
    probability: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What a service answered: the status and the JSON."""

    status: int
    content: Any


def prepare_place(directory: Path) -> Path:
    """Make the folder of the demonstration anew with the quickstart in it; return the notebook's path.

    Raises
    ------
    UsageError
        If the folder holds anything but an earlier demonstration.
    """
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"'{directory}' is a file.", "Name a new directory: `nbmlops demo DIR`.")
    if directory.is_dir() and any(directory.iterdir()):
        if not (directory / _MARK).is_file():
            raise UsageError(
                f"'{directory}' is neither empty nor an earlier demo, so it is left alone.",
                "Name a new directory: `nbmlops demo DIR`.",
            )
        _empty_place(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / _MARK).write_text("A demo was here: `nbmlops demo` may remove what it made.\n", "utf-8")
    for name in QUICKSTART_FILES:
        shutil.copyfile(locate_quickstart() / name, directory / name)
    return directory / QUICKSTART_FILES[0]


def _empty_place(directory: Path) -> None:
    """Remove what an earlier demonstration made, and nothing else."""
    for name in (".nbmlops", "pipelines", "dist"):
        shutil.rmtree(directory / name, ignore_errors=True)
    for name in (*QUICKSTART_FILES, "new.csv.gz"):
        (directory / name).unlink(missing_ok=True)


def find_question(store: Store, history: History, data: Path) -> Question:
    """Return the raw row behind the first row that the notebook tested its model on, and its answer."""
    model, tested = (_load_saved(store, history, name) for name in ("model", "X_test"))
    first = tested.iloc[[0]]
    shares = model.predict_proba(first)[0]
    row = next(list_rows(read_table(data).loc[[first.index[0]]]))
    return Question(row, str(model.predict(first)[0]), float(shares.max()))


def _load_saved(store: Store, history: History, name: str) -> Any:
    saved = store.histories.saved_value(history.id, name)
    if saved is None or saved.content is None or saved.codec is None:
        raise MonitorError(
            f"The store did not keep what '{name}' held when the notebook ended.",
            "Run the demo in a folder with more room, or look at the store: `nbmlops doctor`.",
        )
    return load_value(saved.codec, store.contents.get(saved.content))


def list_rows(frame: Any) -> Iterator[dict[str, Any]]:
    """Yield rows as a caller sends them: without the label, and null for what is missing."""
    for row in frame.drop(columns=[_LABEL]).to_dict("records"):
        yield {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in row.items()
        }


def list_questions(data: Path, rows: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return raw rows, the second half of them of people who are older, and one that cleaning drops."""
    frame = read_table(data)
    dropped = next(list_rows(frame[frame["native_country"].isna()].head(1)))
    asked = frame[frame["native_country"].notna()].sample(rows, random_state=1)
    later = asked["age"].copy()
    later.iloc[rows // 2 :] += _DRIFTED
    return list(list_rows(asked.assign(age=later))), dropped


def send_rows(url: str, rows: list[dict[str, Any]]) -> int:
    """Send rows to a service, fifty at a time, and return how many were answered."""
    answered = 0
    for start in range(0, len(rows), _BATCH):
        reply = ask_service(url, "predict", {"rows": rows[start : start + _BATCH]})
        answered += len(reply.content["predictions"]) if reply.status == 200 else 0
    return answered


def ask_service(url: str, route: str, body: Any) -> Asked:
    """Send JSON to a route of a service and return what it answers, refusals too."""
    request = urllib.request.Request(
        f"{url}/{route}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return Asked(reply.status, json.load(reply))
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Asked(refusal.code, json.load(refusal))


def make_data(source: Path, place: Path, known: int, changed: int) -> None:
    """Write new data: rows that are known, and rows that are made up of others.

    People have grown older by ten years, and of those who studied, more earn above 50K.
    """
    drawn = read_table(source).sample(known + changed, random_state=2)
    later = drawn.iloc[known:].copy()
    later["age"] = (later["age"] + _NEW_AGE).clip(upper=90)
    richer = (later["education_num"] >= 11) & (later["age"] > 35)
    later.loc[richer, _LABEL] = ">50K"
    made = drawn.astype({"age": later["age"].dtype})
    made.iloc[known:] = later
    made.to_csv(place, index=False)


def measure_overhead(history: History) -> float:
    """Return the share of the cells' time that capture took; cells of nbmlops itself do not count."""
    own = [e for e in history.executions if not e.source.lstrip().startswith("%")]
    elapsed = sum(e.elapsed for e in own)
    return sum(e.overhead for e in own) / elapsed if elapsed else 0.0
