"""Calls that log, in a notebook and in plain scripts: whose they are, and that nothing of them leaves."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.experiments import list_runs, mark_run, show_run
from nbmlops.api.exporting import export_name
from nbmlops.errors import StoreError, UnknownNameError, UsageError
from nbmlops.faces.show_runs import show_runs
from nbmlops.faces.text import render_text
from nbmlops.store.opening import open_store

SECRET = "Zx81kQpLm29sVtYw34RbNc67"
CELLS = (
    "import nbmlops\nfrom nbmlops import log_metric as lm\n"
    "import matplotlib.pyplot as plt\nimport numpy as np",
    "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.linear_model import SGDClassifier\nX, y = load_iris(return_X_y=True)",
    "nbmlops.log_parameter('before', 1)",
    "one = LogisticRegression(C=1, max_iter=300).fit(X, y)\nnbmlops.log_parameter('kind', 'first')",
    "two = LogisticRegression(C=2, max_iter=300).fit(X, y)",
    "agreed = sum(one.predict(X) == y) / len(y)",
    "lm('agreed', agreed)",
    "lm('given', 0.25, model=one)\nlm('at large', np.float32(0.5))\nnbmlops.tag('team', 'blue')",
    "nets = SGDClassifier(random_state=0)\nfor epoch in range(0, 30, 10):\n"
    "    nets.partial_fit(X, y, classes=[0, 1, 2])\n"
    "    nbmlops.log_metric('loss', 1 / (epoch + 1), step=epoch)",
    "lm('loss', 0.01, step=30)",
    "plt.plot(one.coef_[0])\nplt.show()",
    "fig, ax = plt.subplots()\nax.plot(nets.coef_[0])\nplt.close(fig)\n"
    "nbmlops.log_figure('weights', fig, model=nets)",
    f"%%private\nnbmlops.tag('hidden', 'x')\nhidden = '{SECRET}'",
    f"nbmlops.log_parameter('api_key', '{SECRET}')",
    "def train(data):\n    found = LogisticRegression(C=5, max_iter=300).fit(data, y)\n"
    "    nbmlops.log_metric('inside', found.n_iter_[0])\n    return found\nthree = train(X)",
    "nbmlops.log_metric('a', 'many')",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder where a notebook that logs was run; not to be changed."""
    folder = tmp_path_factory.mktemp("saying")
    made = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=made), folder / "n.ipynb")
    os.environ.pop("MPLBACKEND", None)
    try:
        run_notebook(folder / "n.ipynb", store=folder / ".nbmlops" / "store.db", allow_errors=True)
    finally:
        os.environ["MPLBACKEND"] = "Agg"
    return folder


@pytest.fixture(scope="module")
def runs(folder):
    found = list_runs(store=folder / ".nbmlops" / "store.db")
    return {run.model_name: run for run in found}


def metrics(run):
    return {m.name: m.value for m in run.metrics}


def test_what_is_logged_belongs_to_what_it_was_computed_from(runs):
    assert 0.9 < metrics(runs["one"])["agreed"] < 1
    assert "agreed" not in metrics(runs["two"])
    assert metrics(runs["one"])["given"] == 0.25
    assert dict(runs["one"].parameters)["kind"] == "first"
    assert metrics(runs["two"])["at large"] == 0.5
    assert dict(runs["two"].tags) == {"team": "blue"}


def test_points_keep_their_steps_over_several_statements(runs):
    loss = next(m for m in runs["nets"].metrics if m.name == "loss")
    assert (loss.value, loss.steps) == (0.01, (0, 10, 20, 30))
    assert loss.points == (1.0, 1 / 11, 1 / 21, 0.01)


def test_what_is_logged_before_any_fit_is_a_run_of_its_own(runs):
    assert dict(runs[""].parameters) == {"before": 1}
    assert runs[""].status == "finished"


def test_a_function_that_logs_logs_to_what_it_returns(runs):
    assert "inside" in metrics(runs["three"])


def test_figures_belong_to_the_models_that_they_show(runs, folder):
    shown, logged = runs["one"].figures, runs["nets"].figures
    assert [f.name for f in shown] == [""]
    assert [f.name for f in logged] == ["weights"]
    assert runs["two"].figures == ()
    with open_store(folder / ".nbmlops" / "store.db", create=False) as store:
        for figure in (*shown, *logged):
            content = store.contents.get(figure.digest)
            assert content.startswith(b"\x89PNG")
            assert figure.size == len(content)


def test_a_figure_is_written_and_leads_back_to_its_run(folder, runs, tmp_path):
    store = folder / ".nbmlops" / "store.db"
    show_run("nets", tmp_path / "figures", store)
    show_run("nets", tmp_path / "figures", store)
    (file,) = (tmp_path / "figures").iterdir()
    assert file.name == "01-weights.png"
    assert show_run(str(file), store=store).run.id == runs["nets"].id
    file.write_bytes(b"something of a person's")
    with pytest.raises(UsageError, match="something else"):
        show_run("nets", tmp_path / "figures", store)
    assert file.read_bytes() == b"something of a person's"
    with pytest.raises(UsageError, match="no figure"):
        show_run("two", tmp_path / "figures", store)


def test_a_logged_tag_can_be_said_otherwise_and_not_be_unsaid(folder, runs, tmp_path):
    shutil.copytree(folder / ".nbmlops", tmp_path / ".nbmlops")
    store = tmp_path / ".nbmlops" / "store.db"
    with pytest.raises(UsageError, match="was logged by the code"):
        mark_run(runs["two"].id, untag=["team"], store=store)
    assert dict(mark_run(runs["two"].id, tags=[("team", "red")], store=store).tags) == {"team": "red"}
    assert [r.model_name for r in list_runs(["tags.team = red"], store=store)] == ["two"]
    assert list_runs(["tags.team = blue"], store=store) == ()


def test_nothing_secret_or_private_is_kept(folder, runs):
    with open_store(folder / ".nbmlops" / "store.db", create=False) as store:
        history = store.histories.load(store.histories.resolve("last"))
    assert SECRET not in repr(history)
    assert "hidden" not in {name for run in runs.values() for name, _ in run.tags}
    assert SECRET not in repr(runs)


def test_what_is_no_number_is_refused(folder):
    with open_store(folder / ".nbmlops" / "store.db", create=False) as store:
        history = store.histories.load(store.histories.resolve("last"))
    assert "no number" in history.statements()[-1].error


@pytest.mark.parametrize("name", ["nets", "three"])
def test_what_leaves_has_no_call_that_logs(folder, tmp_path, name):
    done = export_name(name, tmp_path / name, store=folder / ".nbmlops" / "store.db")
    assert done.verdict == "identical"
    texts = [p.read_text() for p in (tmp_path / name).rglob("*.py")]
    assert [t for t in texts if "nbmlops" in t and "log_metric" in t] == []
    assert not any("import nbmlops" in text or "lm(" in text for text in texts)


SCRIPT = """\
import time
import nbmlops
from sklearn.tree import DecisionTreeClassifier
tree = DecisionTreeClassifier(max_depth=3).fit([[0], [1]], [0, 1])
nbmlops.log_parameter("rows", 2)
for epoch in range(3):
    nbmlops.log_metric("loss", 1 / (epoch + 1))
    time.sleep(0.4)
nbmlops.log_metric("depth", tree.get_depth(), model=tree)
"""


def run_script(folder, text, **options):
    (folder / "train.py").write_text(text)
    environment = {**os.environ, "NBMLOPS_STORE": str(folder / "store.db")}
    return subprocess.Popen([sys.executable, "train.py"], cwd=folder, env=environment, text=True, **options)


def test_a_script_logs_to_runs_of_its_own(tmp_path):
    assert run_script(tmp_path, SCRIPT).wait() == 0
    run_script(tmp_path, SCRIPT + "raise SystemError('late')\n", stderr=subprocess.DEVNULL).wait()
    found = list_runs(store=tmp_path / "store.db")
    assert [(r.model_type, r.experiment) for r in found] == 2 * [("DecisionTreeClassifier", "train.py")]
    assert metrics(found[0]) == {"loss": pytest.approx(1 / 3), "depth": 1.0}
    assert dict(found[0].parameters) == {"max_depth": 3, "rows": 2}
    with open_store(tmp_path / "store.db", create=False) as store:
        history = store.histories.load(found[1].history)
    assert "".join(e.source for e in history.executions) == SCRIPT
    assert history.ended


def test_a_script_that_is_killed_keeps_what_it_logged(tmp_path):
    text = (
        "import time, nbmlops\nfor i in range(10**6):\n    nbmlops.log_metric('n', i)\n    time.sleep(0.05)\n"
    )
    with run_script(tmp_path, text) as process:
        until = time.monotonic() + 600
        try:
            while time.monotonic() < until:
                time.sleep(0.2)
                found = ()
                with contextlib.suppress(StoreError):  # it is being made
                    found = list_runs(store=tmp_path / "store.db")
                if found and len(found[0].metrics[0].points) > 5:
                    break
        finally:
            process.send_signal(signal.SIGKILL)
    points = list_runs(store=tmp_path / "store.db")[0].metrics[0].points
    assert points[:6] == (0, 1, 2, 3, 4, 5)


def test_a_script_that_fails_is_a_failed_run(tmp_path):
    text = "import nbmlops\nnbmlops.log_metric('n', 1)\nraise SystemError('late')\n"
    assert run_script(tmp_path, text, stderr=subprocess.DEVNULL).wait() == 1
    assert [r.status for r in list_runs(store=tmp_path / "store.db")] == ["failed"]


def test_a_store_that_cannot_be_written_is_told_and_harms_nothing(tmp_path):
    (tmp_path / "store.db").write_text("not a database, and long enough to be seen as one" * 50)
    process = run_script(
        tmp_path,
        "import nbmlops\nnbmlops.log_metric('n', 1)\nprint('went on')\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    printed, told = process.communicate()
    assert (process.returncode, printed) == (0, "went on\n")
    assert "'n' was not logged" in told


def test_columns_narrow_what_is_shown_of_each_run(folder):
    found = list_runs(["model contains L"], columns=["agreed", "C"], store=folder / ".nbmlops" / "store.db")
    one = next(run for run in found if run.model_name == "one")
    assert one.parameters == (("C", 1),)
    assert [m.name for m in one.metrics] == ["agreed"]
    two = next(run for run in found if run.model_name == "two")
    assert (two.parameters, two.metrics) == ((("C", 2),), ())
    text = render_text(show_runs(found))
    assert " C " in text.splitlines()[0]
    assert "max_iter" not in text
    with pytest.raises(UnknownNameError, match="'nowhere'"):
        list_runs(columns=["agreed", "nowhere"], store=folder / ".nbmlops" / "store.db")
