"""Small models go from a notebook to an installed wheel that answers as the notebook did."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tests.package.models.asking import ask_batch, ask_http, ask_schemathesis, start_wheel
from tests.package.models.malformed import MANY, ask_malformed
from tests.package.models.notebooks import NOTEBOOKS
from tests.package.models.walk import install_wheel, walk_notebook

QUICK = ("several",)
CHOSEN = [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in NOTEBOOKS]


def require_libraries(name: str) -> None:
    for needed in NOTEBOOKS[name].needs:
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is in the environment of `make models-page` only")


@pytest.mark.parametrize("name", CHOSEN)
def test_package_answers_as_the_notebook(name: str, tmp_path: Path) -> None:
    require_libraries(name)
    packaged = walk_notebook(name, tmp_path)
    assert packaged.verdict == "identical"
    (tmp_path / "work" / "empty").mkdir(parents=True)
    python, _ = install_wheel(packaged, tmp_path / "work")
    with start_wheel(packaged, python, tmp_path / "work" / "empty") as server:
        assert ask_http(packaged, server.url) > 10
    ask_batch(packaged, python, tmp_path / "customers.csv", tmp_path / "work")


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_service_stands_whatever_it_is_sent(name: str, tmp_path: Path) -> None:
    require_libraries(name)
    packaged = walk_notebook(name, tmp_path, verify=False)
    with start_wheel(packaged, Path(sys.executable), packaged.place) as server:
        told = ask_malformed(server, packaged.golden)
        assert sum(told.values()) == MANY
        assert min(told[200], told[422]) > MANY / 50
        ask_schemathesis(server.url, tmp_path)
        assert server.running
