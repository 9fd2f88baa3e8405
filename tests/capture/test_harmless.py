"""Recording changes nothing that a person sees: each cell is run in a plain and in a recorded kernel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cases.notebook_kernel import PROBLEMS, open_kernel

TEXT = Path(__file__).with_name("cells.txt").read_text()
CELLS = dict(re.findall(r"^### (.*)\n(.*(?:\n(?!### ).*)*?)\n*(?=^### |\Z)", TEXT, re.MULTILINE))

HOSTILE = "\n".join(source for name, source in CELLS.items() if name.startswith("hostile"))


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    with (
        open_kernel(tmp_path_factory.mktemp("plain")) as plain,
        open_kernel(tmp_path_factory.mktemp("recorded")) as recorded,
    ):
        plain.run("pass")
        recorded.run("%load_ext nbmlops")
        told = {}
        for name, source in CELLS.items():
            told[name] = (plain.run(source), recorded.run(source))
        problems = recorded.ask(PROBLEMS)
        recorded.run(HOSTILE)
        yield told, problems, recorded.run("%unload_ext nbmlops")


def _without_times(messages):
    text = repr(messages)
    text = re.sub(r"/tmp/ipykernel_\d+/\d+\.py", "CELL", text)
    text = re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", text)
    text = re.sub(r"[\d.]+ (ns|µs|μs|us|ms|s)\b( ± [\d.]+ (ns|µs|μs|us|ms|s))?", "TIME", text)
    text = re.sub(r"(CPU times|Wall time)[^\\]*", "TIMES", text)
    return re.sub(r"/[^']*/(plain|recorded)\d*", "FOLDER", text)


@pytest.mark.parametrize("name", CELLS)
def test_cell_shows_the_same(both, name):
    plain, recorded = both[0][name]
    assert recorded.status == plain.status
    assert _without_times(recorded.messages) == _without_times(plain.messages)


def test_nothing_went_wrong_in_capture(both):
    missed, unsure = both[1]
    assert missed == []
    assert unsure == []


def test_recording_ends_whatever_the_names_hold(both):
    assert both[2].status == "ok"
    assert both[2].messages == []
