"""Sizes: no file and no function outgrows its reader."""

from __future__ import annotations

import statistics

import pytest

from tests.house.source import MODULES, ROOT, function_nodes, list_files, module_id, read_tree

BANNED = ("utils", "helpers", "common", "misc", "base")
PYTHON_FILES = [path for path in list_files() if path.suffix == ".py"]


def measure_body(node):
    return node.body[-1].end_lineno - node.body[0].lineno + 1


@pytest.mark.parametrize("path", PYTHON_FILES, ids=module_id)
def test_file_is_short(path):
    assert len(path.read_text().splitlines()) <= 350


@pytest.mark.parametrize("path", PYTHON_FILES, ids=module_id)
def test_name_says_something(path):
    words = path.relative_to(ROOT).with_suffix("").as_posix().replace("_", "/").split("/")
    assert not set(words) & set(BANNED)


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_functions_are_short(path):
    long = {n.name: measure_body(n) for n in function_nodes(read_tree(path)) if measure_body(n) > 60}
    assert not long


def test_most_functions_are_very_short():
    sizes = [measure_body(n) for path in MODULES for n in function_nodes(read_tree(path))]
    assert statistics.median(sizes) <= 12
    assert statistics.quantiles(sizes, n=10)[-1] <= 30
