"""Odd runs: whatever numbers, names and notebooks runs come from, they are listed, searched and compared."""

from __future__ import annotations

import json
import math

import pytest

from nbmlops.api.experiments import list_runs
from nbmlops.api.frames import runs as frame_runs
from tests.bad_input.desk import JARGON, Desk
from tests.cases.notebook_kernel import open_kernel

ODD = {
    "quotes": 'it\'s "so"',
    "newline": "a\nb",
    "html": "<b onclick='x()'>bold</b>",
    "emoji": "🙂👩‍👩‍👧",
    "rtl": "\u202eabc",
    "nul": "a\0b",
    "surrogate": "a\ud800b",
    "long": "n" * 5000,
    "escape": "\x1b[31mred",
}
BEGIN = (
    "import numpy as np\nfrom sklearn.datasets import load_iris\nfrom sklearn.svm import SVC\n"
    "X, y = load_iris(return_X_y=True)"
)


GEAR = "class Gear:\n    def __init__(self, **given):\n        self.scale = given.get('scale', 1)"


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A folder whose notebook has odd names, odd numbers, a huge parameter and ten thousand of them."""
    folder = tmp_path_factory.mktemp("odd")
    desk = Desk(folder, folder / ".nbmlops" / "store.db")
    many = ", ".join(f"p{n}={n}" for n in range(10_000))
    cells = [
        BEGIN,
        f"models = {{name: SVC(C=1 + at) for at, name in enumerate({list(ODD.values())!a})}}",
        "for name, model in models.items():\n    model.fit(X, y)\n    print(name.encode('ascii', 'replace'), "
        "model.score(X, y))",
        f"scores = {{name: model.score(X, y) for name, model in models.items()}}\n{GEAR}",
        "strange = SVC(C=77).fit(X, y)",
        "bad_score = float(strange.score(X, y) * float('nan'))\n"
        "huge_score = strange.score(X, y) * float('inf')",
        "good_score = strange.score(X, y)\nworse_score = -huge_score",
        f"note = {'x' * 1_000_000!r}\nwide = SVC(C=78).fit(X * len(note), y)",
        f"note = {'x' * 999_999 + 'y'!r}\nwide = SVC(C=78).fit(X * len(note), y)",
        f"gear = Gear(scale=2, {many})\nlast = SVC(C=79).fit(X * gear.scale, y)\nacc = last.score(X, y)",
    ]
    desk.write_notebook("it's <b>odd 🙂.ipynb", cells)
    done = desk.type("run", "it's <b>odd 🙂.ipynb")
    assert done.code == 0, done.errors
    return desk


def listed(desk, *words):
    answer = desk.type("runs", "--limit", "1000", *words, "--json")
    assert answer.code == 0, answer.errors
    return json.loads(answer.output, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_models_by_whatever_keys_are_runs(odd):
    names = {run["model"]["name"] for run in listed(odd)}
    *others, _ = ODD.values()  # the last one is held by the loop's own name too
    assert {f"models[{key!r}]" for key in others} | {"model"} <= names


@pytest.mark.parametrize("verb", ["runs", "show", "compare"])
def test_odd_names_are_shown_and_repaint_nothing(odd, verb):
    every = [run["id"] for run in listed(odd)]
    words = {"runs": ["--limit", "1000"], "show": every[:1], "compare": every[:4]}[verb]
    answer = odd.type(verb, *words)
    assert answer.code == 0, answer.errors
    assert not {"\x1b", "\0", "\u202e"} & {*answer.output}
    assert not any(word in answer.errors for word in JARGON)


@pytest.mark.parametrize("kind", ODD)
def test_a_run_is_found_by_its_odd_name(odd, kind):
    name = f"models[{ODD[kind]!r}]"
    known = [run for run in listed(odd) if run["model"]["name"] == name]
    if known:
        assert json.loads(odd.type("show", name, "--json").output)["id"] in {run["id"] for run in known}


def test_a_frame_has_them_all(odd):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(odd.folder)
        found = frame_runs(store=odd.store)
    assert len(found) == len(listed(odd))
    assert math.isnan(found[found["name"] == "strange"].iloc[0]["metrics.bad_score"])
    assert found[found["name"] == "strange"].iloc[0]["metrics.huge_score"] == math.inf
    assert "models['a\\nb']" in set(found["name"])


def test_numbers_that_are_none_are_kept_filtered_and_sorted(odd):
    (strange,) = listed(odd, "--where", "name = strange")
    told = {name: strange["metrics"][name] for name in ("bad_score", "huge_score", "worse_score")}
    assert told == {"bad_score": "nan", "huge_score": "inf", "worse_score": "-inf"}
    for asked in ("bad_score = nan", "huge_score = inf", "huge_score > 1e300", "worse_score < -1e300"):
        assert [run["id"] for run in listed(odd, "--where", asked)] == [strange["id"]], asked
    for asked in ("bad_score > 0", "bad_score <= 0", "bad_score != 0", "huge_score = nan"):
        assert listed(odd, "--where", asked) == [], asked
    assert [run["id"] for run in listed(odd, "--sort", "bad_score")] == [strange["id"]]
    shown = odd.type("show", "strange")
    assert all(word in shown.output for word in ("nan", "inf", "-inf"))
    assert odd.type("compare", strange["id"], strange["id"]).code == 0


def test_a_parameter_of_a_megabyte_is_kept_short_and_told_apart(odd):
    runs = listed(odd, "--where", "name = wide")
    notes = {run["parameters"]["note"] for run in runs}
    assert len(notes) == len(runs) == 2
    assert all(len(note) < 400 and note.startswith("xxx") and "1,000,000" in note for note in notes)
    assert len(odd.type("runs").output) < 50_000


def test_ten_thousand_parameters_are_all_there(odd):
    (run,) = listed(odd, "--where", "p9999 = 9999 and name = last")
    assert len(run["parameters"]) >= 10_000
    table = odd.type("runs", "--where", "name = last")
    assert "more" in table.output
    assert len(table.output) < 5_000
    assert odd.type("show", "last").code == 0
    assert run["metrics"].keys() == {"acc"}


def test_experiments_and_tags_by_odd_names(odd):
    run = listed(odd)[0]["id"]
    assert {r["experiment"] for r in listed(odd)} == {"it's <b>odd 🙂"}
    assert len(listed(odd, "--where", "experiment = 'it''s <b>odd 🙂'")) == len(listed(odd))
    for name, value in ODD.items():
        if name != "nul":  # no argument of a program holds it
            assert odd.type("mark", run, "--tag", f"{name}={value}", "--note", value).code == 0
    (marked,) = listed(odd, "--where", "tags.newline = 'a\nb'")
    assert marked["tags"] == {name: value for name, value in ODD.items() if name != "nul"} | {
        "surrogate": "a\\ud800b"
    }


def test_a_run_compared_with_itself_differs_in_nothing(odd):
    run = listed(odd)[0]["id"]
    found = json.loads(odd.type("compare", run, run, "--json").output)
    assert (found["parameters"], found["data"], found["environment"], found["code"]) == ([], [], [], [[]])


FIT = "model = SVC(C={}).fit(X, y)\nacc = model.score(X, y)"


@pytest.mark.slow
def test_two_kernels_in_one_experiment_at_once(tmp_path):
    notebook = tmp_path / "both.ipynb"
    Desk(tmp_path).write_notebook(notebook.name, [BEGIN, FIT.format(1)])
    variables = {"NBMLOPS_NOTEBOOK": str(notebook)}
    with open_kernel(tmp_path, variables) as one, open_kernel(tmp_path, variables) as other:
        for kernel in (one, other):
            assert kernel.run("%load_ext nbmlops").status == "ok"
            assert kernel.run(BEGIN).status == "ok"
        for turn in range(4):
            assert one.run(FIT.format(1 + turn)).status == "ok"
            assert other.run(FIT.format(1 + 2 * turn)).status == "ok"
        store = tmp_path / ".nbmlops" / "store.db"
        found = {dict(run.parameters).get("C", 1.0): run for run in list_runs(store=store)}
    assert {C: run.occurrences for C, run in found.items()} == {1: 2, 2: 1, 3: 2, 4: 1, 5: 1, 7: 1}
    assert {run.experiment for run in found.values()} == {"both"}


@pytest.mark.slow
def test_a_kernel_that_is_killed_in_a_fit_leaves_an_interrupted_run(tmp_path):
    slow = (
        "import time\nclass Slow(SVC):\n    def fit(self, X, y):\n        print('now', flush=True)\n"
        "        time.sleep(60)\n        return super().fit(X, y)"
    )
    with open_kernel(tmp_path) as kernel:
        for cell in ("%load_ext nbmlops", BEGIN, slow, FIT.format(1)):
            assert kernel.run(cell).status == "ok"
        answer = kernel.run("model = Slow(C=5)\nmodel.fit(X, y)", stop_at="now")
        assert answer.status == "error"
        found = list_runs(store=tmp_path / ".nbmlops" / "store.db")
        assert {run.model_type: run.status for run in found} == {"Slow": "interrupted", "SVC": "finished"}
        assert {run.model_type: len(run.metrics) for run in found} == {"Slow": 0, "SVC": 1}
        kernel.run("import threading, os\nthreading.Timer(0.5, lambda: os.kill(os.getpid(), 9)).start()")
        with pytest.raises((RuntimeError, TimeoutError)):
            kernel.run("model = Slow(C=6)\nmodel.fit(X, y)", seconds=10)
    after = list_runs(store=tmp_path / ".nbmlops" / "store.db")
    assert [run.id for run in after] == [run.id for run in found]


@pytest.mark.slow
def test_a_renamed_notebook_and_a_history_that_was_forgotten(tmp_path):
    desk = Desk(tmp_path, tmp_path / ".nbmlops" / "store.db")
    for name, setting in (("before.ipynb", 1), ("after.ipynb", 1), ("after.ipynb", 9)):
        desk.write_notebook(name, [BEGIN, FIT.format(setting)])
        assert desk.type("run", name).code == 0
    runs = {run["parameters"].get("C", 1.0): run for run in listed(desk)}
    assert {C: run["occurrences"] for C, run in runs.items()} == {1.0: 2, 9: 1}
    assert {run["experiment"] for run in runs.values()} == {"after"}
    both = [runs[1.0]["id"], runs[9]["id"]]
    compared = json.loads(desk.type("compare", *both, "--json").output)
    assert [found["name"] for found in compared["parameters"]] == ["C"]
    assert desk.type("forget", both[1]).code == 0
    desk.type("compare", *both).refuses(both[1], "nbmlops runs")
    desk.type("show", both[1]).refuses(both[1])
    assert [run["id"] for run in listed(desk)] == both[:1]
