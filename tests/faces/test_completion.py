from __future__ import annotations

import pytest

from nbmlops.faces.completion import complete_line, complete_sweep

NAMES = ("model", "median", "_hidden", "df")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%nbmlops reg", ["register"]),
        ("%nbmlops res", ["rescue", "restore", "restore-store"]),
        ("%nbmlops export m", ["median", "model"]),
        ("%nbmlops export model out --no", ["--no-prove", "--notebook"]),
        ("%nbmlops export model out --for d", ["dask", "dvc"]),
        ("%nbmlops package income@champion dist --format ", ["auto", "onnx", "pickle", "skops"]),
        ("%nbmlops package income@champion dist --for ", ["docker", "github", "gitlab", "kubernetes"]),
        ("%nbmlops export model out --for make --fro", ["--frozen"]),
        ("%nbmlops why ", ["df", "median", "model"]),
        ("%nbmlops nothing ", []),
        ("%nbmlops", []),
    ],
)
def test_completed(line, offered):
    assert complete_line(line, NAMES) == offered


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%%sweep a=[1] --sam", ["--sampler"]),
        ("%%sweep a=[1] --sampler q", ["qmc"]),
        ("%%sweep a=[1] --pruner ", ["halving", "hyperband", "median"]),
        ("%%sweep a=[1] --metric ac", ["acc", "accuracy"]),
        ("%%sweep a=", ["a=int(", "a=log(", "a=uniform("]),
    ],
)
def test_words_behind_a_sweep(line, offered):
    assert complete_sweep(line, ["acc", "_acc", "accuracy", "model"]) == offered
