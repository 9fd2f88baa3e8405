"""The schema of an export tells nobody's value, however small the table is."""

from __future__ import annotations

import tomllib

import pytest

from nbmlops.core.value import ColumnProfile, Profile
from nbmlops.pipeline.companions import shape_schema, write_companions
from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.slicing.cutting import cut_slice
from tests.core.trace import make_history, say


def make_column(count: int) -> ColumnProfile:
    quantiles = tuple(float(number) for number in range(21))
    return ColumnProfile("x", "float64", "number", count, 0, 9, quantiles, 10.0, 6.2, (("a", 10), ("b", 9)))


def test_small_columns_have_no_figures() -> None:
    columns = (make_column(99), make_column(100))
    small, large = shape_schema(Profile(100, columns))["columns"]  # type: ignore[misc]
    assert (small["quantiles"], small["mean"], small["deviation"]) == ([], None, None)
    assert (len(large["quantiles"]), large["mean"], large["deviation"]) == (19, 10.0, 6.2)
    assert small["top"] == large["top"] == [["a", 10]]


def write(*lines: tuple[str, object], notebook: bool = False) -> dict[str, str]:
    history = make_history(*lines)
    pipeline = cut_pipeline(cut_slice(history, "y"), history).pipeline
    files = write_companions(pipeline, (), "3.11.9", {}, {}, {}, "Made from a notebook.", notebook)
    return {path: content.decode() for path, content in files.items()}


def test_without_parameters_there_is_no_file_of_them() -> None:
    files = write(say("y = list()", binds="y"))
    assert "parameters.toml" not in files
    assert not any("parameters.toml" in text or "--params" in text for text in files.values())
    compile(files["tests/test_pipeline.py"], "test_pipeline.py", "exec")


@pytest.mark.parametrize(("spelled", "value"), [("1e999", "inf"), ("-1e999", "-inf"), ("1e-5", "1e-05")])
def test_any_number_stands_in_toml(spelled: str, value: str) -> None:
    files = write(say(f"most = {spelled}", binds="most"), say("y = [most]", reads="most", binds="y"))
    assert repr(tomllib.loads(files["parameters.toml"])["most"]) == value
    assert "def test_parameters_toml" in files["tests/test_pipeline.py"]


def test_the_readme_says_what_the_notebook_is() -> None:
    line = say("y = list()", binds="y")
    assert "pipeline.ipynb" not in write(line)["README.md"]
    assert "the proof ran `pipeline.py`, not this" in write(line, notebook=True)["README.md"]


def test_the_readme_shows_how_to_change_a_number_and_the_headings() -> None:
    lines = [
        say("df = load('/home/me/a.csv')", binds="df", opens="/home/me/a.csv", heading="Data | raw"),
        say("n = 3", binds="n"),
        say("y = fit(df, n)", reads="df n", binds="y", heading="A model"),
    ]
    readme = write(*lines)["README.md"]
    assert "python pipeline.py --n VALUE" in readme
    assert "Made from a notebook." in readme
    assert "| `data_raw` | - | df | Data / raw |" in readme
    assert "heading" not in write(say("y = list()", binds="y"))["README.md"]


def test_the_readme_spells_options_as_the_command_line_has_them() -> None:
    lines = [
        say("workdir = 3", binds="workdir"),
        say("from sklearn.linear_model import RidgeCV", binds="RidgeCV"),
        say("y = RidgeCV(alphas=[1, 2], cv=workdir)", reads="RidgeCV workdir", binds="y"),
    ]
    readme = write(*lines)["README.md"]
    assert "python pipeline.py --the-workdir VALUE" in readme
    assert "| `workdir` | `--the-workdir` | `3` |" in readme
    assert "| `alphas` | `--alphas` | `[1, 2]` |" in readme
    assert (
        "python pipeline.py --alphas '[1, 2]'"
        in write(lines[1], say("y = RidgeCV(alphas=[1, 2])", reads="RidgeCV", binds="y"))["README.md"]
    )
