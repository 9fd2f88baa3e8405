"""The order of rows: a package answers each row for itself where its notebook sorts or renumbers them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from nbmlops.errors import PackageError
from nbmlops.lifecycle.demonstrating import ask_service
from nbmlops.package.build import build_package, serve_package
from nbmlops.values.codec import save_value
from tests.package.rows.truth import cut_statements, make_table


@pytest.fixture
def ordered(tmp_path: Path) -> Path:
    """A table that is sorted by age already."""
    frame = make_table(tmp_path / "data.csv").sort_values("age", kind="stable")
    frame.to_csv(tmp_path / "data.csv", index=False)
    return tmp_path / "data.csv"


def test_rows_in_another_order_are_not_mixed_up(ordered: Path, tmp_path: Path) -> None:
    """The notebook's sort changes nothing on its own table, and would on that of a caller."""
    answering = cut_statements('df = df.sort_values("age")\n# --\ndf["n"] = df["age"] * 2', ordered, tmp_path)
    assert answering.cut.by_index
    record = build_package(answering.cut, save_value(answering.model), "order", 1, tmp_path / "dist")
    ages = [70, 20, 45, 33]
    with serve_package(Path(record.path)) as server:
        reply = ask_service(server.url, "predict", {"rows": [{"age": age} for age in ages]})
    alone = pd.DataFrame({"age": ages, "n": [age * 2 for age in ages]})
    assert reply.content["predictions"] == answering.model.predict(alone).tolist()


def test_sorted_and_numbered_anew_is_refused(ordered: Path, tmp_path: Path) -> None:
    code = 'df = df.sort_values("age").reset_index(drop=True)\n# --\ndf["n"] = df["age"] * 2'
    with pytest.raises(PackageError, match="in another order"):
        cut_statements(code, ordered, tmp_path)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ('df = df.sort_values("k", kind="stable").reset_index(drop=True)', 200),
        ('df = pd.concat([df[df["k"] == 1], df[df["k"] != 1]], ignore_index=True)', 422),
        ('df = df.iloc[np.argsort(df["k"].to_numpy(), kind="stable")].reset_index(drop=True)', 200),
    ],
)
def test_an_order_that_the_notebook_never_saw(code: str, status: int, ordered: Path, tmp_path: Path) -> None:
    """All its rows have the same `k`, so nothing moved there, and others move among a caller's."""
    pd.read_csv(ordered).assign(k=1).to_csv(ordered, index=False)
    answering = cut_statements(f'{code}\n# --\ndf["n"] = df["age"] * 2', ordered, tmp_path)
    record = build_package(answering.cut, save_value(answering.model), "order", 1, tmp_path / "dist")
    sent = [{"age": 70, "k": 9}, {"age": 20, "k": 1}, {"age": 45, "k": 5}]
    with serve_package(Path(record.path)) as server:
        reply = ask_service(server.url, "predict", {"rows": sent})
    alone = pd.DataFrame([{"age": row["age"], "n": row["age"] * 2} for row in sent])
    assert reply.status == status
    if status == 200:
        assert reply.content["predictions"] == answering.model.predict(alone).tolist()


def test_row_that_is_dropped_does_not_shift_the_others(ordered: Path, tmp_path: Path) -> None:
    """The filter drops nothing in training; numbering anew hides which row it drops of a caller's."""
    code = 'df = df[df["age"] > 10].reset_index(drop=True)\n# --\ndf["n"] = df["age"] * 2'
    answering = cut_statements(code, ordered, tmp_path)
    record = build_package(answering.cut, save_value(answering.model), "order", 1, tmp_path / "dist")
    ages = [5, 70, 20]
    (tmp_path / "in.jsonl").write_text("".join(f'{{"age": {age}}}\n' for age in ages))
    command = [sys.executable, "-m", record.module, "score", str(tmp_path / "in.jsonl"), "out.jsonl"]
    subprocess.run(command, cwd=record.path, check=True, capture_output=True)
    answers = [json.loads(line) for line in Path(record.path, "out.jsonl").read_text().splitlines()]
    kept = pd.DataFrame({"age": [70, 20], "n": [140, 40]})
    assert [a["prediction"] for a in answers] == [None, *answering.model.predict(kept).tolist()]
