"""What runs again before a swept cell: all that has to, in order, or nothing at all."""

from __future__ import annotations

import pytest

from nbmlops.errors import SweepError
from nbmlops.lifecycle.sweeping.planning import plan_sweep
from tests.capture.recorded_shell import record_cells


def plan(cells, swept, read, bound=(), folder="/"):
    history, _, names = record_cells(cells, folder)
    found = plan_sweep(history, swept, read, bound, names)
    return found, [s.code for s in found.again], set(found.names)


def test_a_name_of_the_cell_needs_nothing_again():
    found, again, names = plan(["a = 1\nb = [a]"], ["depth"], ["b"], bound=["depth"])
    assert (again, names, found.stale) == ([], {"b"}, frozenset())


def test_what_depends_runs_again_from_the_binding_on():
    cells = ["n = 3", "other = 5", "x = n * other", "unneeded = n + 1", "y = x + 1"]
    found, again, names = plan(cells, ["n"], ["y"])
    assert again == ["n = 3", "x = n * other", "y = x + 1"] and names == {"other"}
    assert [found.spell(s, {"n": "7"}) for s in found.again] == ["n = 7", "x = n * other", "y = x + 1"]
    assert len(found.stale) == 4


def test_only_the_last_binding_counts():
    _, again, names = plan(["n = 3", "x = n * 2", "n = 4", "y = n + x"], ["n"], ["y", "n"])
    assert again == ["n = 4", "y = n + x"] and names == {"x"}


def test_a_version_that_is_gone_is_made_again():
    cells = ["base = [1]", "n = 2", "x = [n, *base]", "base = 'another'"]
    _, again, names = plan(cells, ["n"], ["x"])
    assert again == ["base = [1]", "n = 2", "x = [n, *base]"] and not names


def test_what_is_changed_in_place_is_made_again():
    cells = ["box = {}", "n = 2", "box['n'] = n"]
    _, again, names = plan(cells, ["n"], ["box"])
    assert again == ["box = {}", "n = 2", "box['n'] = n"] and not names


def test_a_later_version_is_made_again_where_an_earlier_one_is():
    cells = ["v = 1", "n = 2", "a = v + n", "v = 10", "b = v + n"]
    _, again, names = plan(cells, ["n"], ["a", "b", "v"])
    assert again == ["v = 1", "n = 2", "a = v + n", "v = 10", "b = v + n"] and not names


def test_what_mends_a_library_happens_in_the_worker_too():
    cells = [
        "import pandas as pd\ndef first(self):\n    return 1",
        "pd.DataFrame.first_of_all = first",
        "d = 2",
    ]
    found, again, names = plan(cells, ["depth"], ["d"], bound=["depth"])
    assert "pd.DataFrame.first_of_all = first" in again and {"first", "d"} <= names
    assert not found.stale


def test_a_library_may_ask_the_machine_when_it_is_imported(tmp_path, monkeypatch):
    library = tmp_path / "site-packages" / "asking_library.py"
    library.parent.mkdir()
    text = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])\nsys.asked_by = __name__\n"
    library.write_text(text)
    monkeypatch.syspath_prepend(library.parent)
    _, again, _ = plan(["import asking_library", "d = 2"], ["depth"], ["d"], bound=["depth"])
    assert again == ["import asking_library"]
    (tmp_path / "asking_module.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SweepError, match="asks the outside world"):
        plan(["import asking_module", "d = 2"], ["depth"], ["d"], bound=["depth"], folder=tmp_path)


def test_random_states_are_put_back_as_exports_do():
    cells = [
        "import numpy as np",
        "n = 2",
        "x = np.random.normal(size=n)",
        "z = np.random.normal()",
    ]
    found, again, _ = plan(cells, ["n"], ["x"])
    assert again == ["n = 2", "x = np.random.normal(size=n)"]
    assert [(r.stream, r.place) for r in found.restores] == [("numpy", found.again[1].place)]
    assert not found.flows
    assert plan(cells[:3], ["n"], ["x"])[0].flows == {"numpy"}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["n = 1", "with open('/tmp/nbmlops-p', 'w') as f: f.write(str(n))", "x = n"], None),
        (["n = 1", "with open('/tmp/nbmlops-p', 'w') as f: x = f.write(str(n))"], "it writes 'nbmlops-p'"),
        (["n = 1", "import urllib.request\ntry:\n    x = n, urllib.request.urlopen('http://127.0.0.1:9')\n"
          "except OSError:\n    x = n"], "it asks the outside world"),
        (["n = 1", "x = []\nfor i in (n, 0): x.append(1 / i)"], "it raised an error"),
        (["n = 1", "%%private\nx = n"], "nobody observed it"),
        (["n, m = 1, 2", "x = n"], "binds 'n' and does more"),
        (["x = 1"], "Neither the cell nor an observed cell before it binds 'n'"),
        (["n = 1", "x = 2"], "depends on 'n'"),
        (["n = 1", "x = n", "del n"], "Neither the cell"),
    ],
)  # fmt: skip
def test_what_is_not_sound_is_refused(cells, said):
    if said is None:
        assert "x = n" in plan(cells, ["n"], ["x"])[1]
        return
    with pytest.raises(SweepError) as caught:
        plan(cells, ["n"], ["x"])
    assert said in caught.value.what
