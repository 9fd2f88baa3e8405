from __future__ import annotations

import pytest

from nbmlops.faces.completion import complete_line

NAMES = ("model", "median", "_hidden", "df")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%nbmlops reg", ["register"]),
        ("%nbmlops res", ["rescue", "restore", "restore-store"]),
        ("%nbmlops export m", ["median", "model"]),
        ("%nbmlops export model out --no", ["--no-prove", "--notebook"]),
        ("%nbmlops export model out --for d", ["dask", "dvc"]),
        ("%nbmlops package income@champion dist --for ", ["docker", "github"]),
        ("%nbmlops export model out --for make --fro", ["--frozen"]),
        ("%nbmlops why ", ["df", "median", "model"]),
        ("%nbmlops nothing ", []),
        ("%nbmlops", []),
    ],
)
def test_completed(line, offered):
    assert complete_line(line, NAMES) == offered
