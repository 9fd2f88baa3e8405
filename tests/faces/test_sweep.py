"""Sweeps in a real kernel: each child is bit for bit what the cell gives by hand."""

from __future__ import annotations

import pytest

from tests.faces.conftest import start_kernel
from tests.faces.sweeping import CELL, DATA, STATE, list_children, read_runs


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    directory = tmp_path_factory.mktemp("swept")
    (directory / "beside.py").write_text("factor = 2\n\ndef triple(x):\n    return 3 * x\n")
    started = start_kernel(directory)
    started.directory = directory
    for cell in ("%load_ext nbmlops", DATA, "shift = 0.5"):
        assert started.run(cell).status == "ok"
    yield started
    started.stop()


def test_a_child_is_the_cell_by_hand(swept):
    before = swept.ask(STATE)
    reply = swept.run(f"%%sweep depth=[2, 5] shift=[0.5, 0.25]\n%%sweep --metric acc\n{CELL}")
    assert reply.status == "ok", reply.traceback
    assert "4 of 4 children" in reply.shown[-1]["text/plain"]
    assert "best: acc = " in reply.shown[-1]["text/plain"] and "<table>" in reply.shown[-1]["text/html"]
    assert "\n" + CELL.splitlines()[1] + "\n" in reply.shown[-1]["text/plain"]
    assert before == swept.ask(STATE)
    (sweep,) = read_runs(swept)
    assert sweep["model"]["type"] == "sweep" and sweep["status"] == "finished"
    runs = read_runs(swept, sweep["id"])
    assert {(r["parameters"]["depth"], r["parameters"]["shift"]) for r in runs} == {
        (2, 0.5), (2, 0.25), (5, 0.5), (5, 0.25),
    }  # fmt: skip
    child = next(r for r in runs if (r["parameters"]["depth"], r["parameters"]["shift"]) == (5, 0.25))
    swept.run("shift = 0.25")
    swept.run(CELL.replace("depth = 3", "depth = 5"))
    hand = next(r for r in read_runs(swept) if r["model"]["type"] != "sweep")
    assert hand["id"] == child["id"] and hand["occurrences"] == 2
    assert hand["metrics"] == child["metrics"] and hand["data"] == child["data"]


def test_the_same_sweep_again_is_the_same_run(swept):
    cell = "%%sweep n=[1, 2] --metric twice\nn = 0\ntwice = 2 * n"
    for _ in range(2):
        assert swept.run(cell).status == "ok"
    sweep = read_runs(swept)[0]
    assert (sweep["model"]["type"], sweep["occurrences"]) == ("sweep", 2)
    assert len(sweep["executions"]) == 2
    assert {r["parameters"]["n"] for r in read_runs(swept, sweep["id"])} == {1, 2}


def test_what_an_earlier_cell_made_of_the_name_is_made_again(swept):
    cells = [
        "rows = 40",
        "X = np.random.normal(size=(rows, 3))",
        "y = (X[:, 0] > 0).astype(int)",
        "X = X * 2",
    ]
    swept.run("saved = np.random.get_state()")
    for cell in cells:
        swept.run(cell)
    reply = swept.run(f"%%sweep rows=[20, 30] --metric acc\n{CELL}")
    assert reply.status == "ok", reply.traceback
    sweep = read_runs(swept)[0]
    by_rows = {r["parameters"]["rows"]: r for r in read_runs(swept, sweep["id"])}
    assert [by_rows[n]["data"][0]["rows"] for n in (20, 30)] == [20, 30]
    swept.run("np.random.set_state(saved)")
    for cell in (*cells, CELL):
        swept.run(cell.replace("rows = 40", "rows = 30"))
    assert swept.ask("acc") in (
        repr(by_rows[30]["metrics"]["acc"]),
        f"np.float64({by_rows[30]['metrics']['acc']!r})",
    )
    assert read_runs(swept)[0]["data"] == by_rows[30]["data"]
    assert "rows=" not in swept.run("%nbmlops history --json").printed
    shown = swept.run(f"%nbmlops show {by_rows[20]['id']}").shown[-1]["text/plain"]
    assert "rows = 20" in shown and "X = X * 2" in shown and "rows = 40" not in shown


@pytest.mark.slow
def test_a_child_is_exported(swept):
    child = read_runs(swept, next(r["id"] for r in read_runs(swept) if r["model"]["type"] == "sweep"))[0]
    rows = list_children(swept.directory)
    history = next(c.history for attempt in rows for c in attempt if c.history)
    reply = swept.run(f"%nbmlops export model out --history {history}")
    assert "identical" in reply.shown[-1]["text/plain"], reply.shown[-1]["text/plain"] + reply.traceback
    assert child["status"] == "finished"


@pytest.mark.parametrize(
    ("before", "cell", "said"),
    [
        ("", "%%sweep depht=[1]\ndepth = 1", "'depht'"),
        ("", "%%sweep depth=[1\ndepth = 1", "not closed"),
        ("", "%%sweep depth=[1]\ndepth = 1\ndepth = 2", "a second time"),
        ("", "%%sweep depth=[1]\ndepth = 1\ndef", "no Python"),
        ("lock = __import__('threading').Lock()", "%%sweep depth=[1]\ndepth = 1\nlock.acquire()", "'lock' "),
        ("unused = 1", "%%sweep unused=[1, 2]\nz = 3", "depends on 'unused'"),
        ("pair, other = 1, 2", "%%sweep pair=[1, 2]\nz = pair", "binds 'pair' and does more"),
        ("5", "%%sweep depth=[1]\ndepth = 1\nz = _ + depth", "IPython remembers"),
        ("", "%%sweep depth=[1] --metric acc --sampler gp\ndepth = 1", "'gp' needs 'torch'"),
    ],
)
def test_what_cannot_be_is_refused(swept, before, cell, said):
    if before:
        assert swept.run(before).status == "ok"
    reply = swept.run(cell)
    assert reply.status == "error"
    assert said in reply.traceback and "Traceback" not in reply.traceback


def test_children_that_fail(swept):
    text = "%%sweep k=[0, 1, 2] --metric z\nk = 1\nimport beside\nz = beside.triple(1) / k"
    shown = swept.run(text).shown[-1]["text/plain"]
    assert "(1 failed)" in shown and "best: z = 3 with k=1" in shown and "ZeroDivisionError" in shown
    sweep = read_runs(swept)[0]
    statuses = {r["parameters"]["k"]: r["status"] for r in read_runs(swept, sweep["id"])}
    assert statuses == {0: "failed", 1: "finished", 2: "finished"}
    shown = swept.run("%%sweep k=[0] --metric z\nk = 1\nz = 1 / k").shown[-1]["text/plain"]
    assert "All of them failed. The first: ZeroDivisionError: division by zero" in shown


@pytest.mark.slow
def test_no_secret_is_kept_of_an_error(swept):
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    swept.run(f"%%sweep k=[1] --metric z\nk = 1\ntoken = '{secret}'\nraise ValueError(token)")
    (child,) = list_children(swept.directory)[-1]
    assert child.error.startswith("ValueError") and secret not in child.error


@pytest.mark.slow
def test_functions_of_the_notebook_see_the_value(swept):
    swept.run("def grow(x):\n    return x * gain + len(log)")
    swept.run("gain = 1\nlog = []")
    swept.run("%%sweep gain=[2, 3] --metric z\nlog.append(gain)\nz = grow(10)")
    assert [c.metric for c in list_children(swept.directory)[-1]] == [21.0, 31.0]
    assert swept.ask("log") == "[]"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "cell"),
    [
        ("", "%%time\nk = 2\nz = X.sum() * k"),
        ("", "%matplotlib inline\nimport matplotlib.pyplot as plt\nk = 2\nplt.plot(X * k)\nz = X.max() * k"),
        (
            "rng = np.random.default_rng()\nold = np.random.RandomState()",
            "k = 2\nz = rng.random() + old.rand() * k",
        ),
        (
            "class Own:\n    def go(self):\n        return base * k\nown = Own()\nbase = 3",
            "k = 2\nz = own.go() + base",
        ),
        ("A = np.arange(9.0).reshape(3, 3)\nV = A[:, 1]", "k = 2\nA[0] = k\nz = V.sum()\nA[0] = [0, 1, 2]"),
        ("import decimal\ndecimal.getcontext().prec = 5", "k = 3\nz = float(1 / decimal.Decimal(k))"),
    ],
)
def test_what_comes_out_is_what_comes_out_by_hand(swept, before, cell):
    if before:
        assert swept.run(before).status == "ok"
    value = cell.partition("k = ")[2][0]
    reply = swept.run(f"%%sweep k=[{value}] --metric z\n{cell}")
    assert reply.status == "ok", reply.traceback
    (child,) = list_children(swept.directory)[-1]
    assert swept.run(cell).status == "ok"
    assert float(swept.ask("float(z)")) == child.metric


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "cell", "said"),
    [
        ("import pandas as pd\nd = pd.DataFrame({'a': [1.0]})\nv = d['a'].values",
         "k = 2\nd.loc[0, 'a'] = k\nz = v[0]", "whose memory 'v' shares"),
        ("", "k = 2\nwith open('x', 'w') as f: f.write('1')\nz = float(open('x').read())", "`--workers 1`"),
    ],
)  # fmt: skip
def test_a_child_that_would_be_otherwise_is_refused(swept, before, cell, said):
    if before:
        assert swept.run(before).status == "ok"
    reply = swept.run(f"%%sweep k=[2, 3] --metric z\n{cell}")
    assert reply.status == "error" and said in reply.traceback


@pytest.mark.slow
def test_a_worker_that_dies(swept):
    cell = "k = 1\nimport os\nz = k if k < 3 else os.kill(os.getpid(), 9)"
    shown = swept.run(f"%%sweep k=[1, 2, 3] --metric z\n{cell}").shown[-1]["text/plain"]
    assert "3 of 3 children (1 failed)" in shown and "was ended by SIGKILL" in shown


@pytest.mark.slow
def test_a_module_that_was_changed_is_refused(swept):
    swept.run("import beside\nbeside.factor = 3")
    reply = swept.run("%%sweep k=[1] --metric z\nk = 1\nz = beside.factor * k")
    assert reply.status == "error" and "The module 'beside' is not the same" in reply.traceback
    swept.run("beside.factor = 2")
    reply = swept.run("%%sweep k=[1] --metric z\nk = 1\nz = beside.factor * k")
    assert "best: z = 2" in reply.shown[-1]["text/plain"]


@pytest.mark.slow
def test_optuna_chooses_and_prunes(swept):
    cell = (
        "%%sweep a=uniform(-3, 3) --metric loss --minimize --sampler tpe --pruner median --trials 9\n"
        "import nbmlops\na = 1.0\nfor i in range(8):\n    loss = a ** 2 + 1 / (1 + i)\n"
        "    nbmlops.log_metric('loss', loss, step=i)"
    )
    assert "stopped by the pruner" in swept.run(cell).shown[-1]["text/plain"]
    assert {c.status for c in list_children(swept.directory)[-1]} == {"finished", "interrupted"}


NETWORK = """
import torch
torch.manual_seed(0)
rows = torch.randn(60, 4)
wanted = rows[:, :1] ** 2
start = torch.nn.Linear(4, 1)
"""
TRAINING = """
import copy
lr = 0.1
net = copy.deepcopy(start)
steps = torch.optim.Adam(net.parameters(), lr=lr)
for _ in range(5):
    off = torch.nn.functional.mse_loss(net(rows + 0.1 * torch.randn(60, 4)), wanted)
    steps.zero_grad()
    off.backward()
    steps.step()
loss = off.item()
"""


def test_a_network_is_trained_as_by_hand(swept):
    pytest.importorskip("torch")
    assert swept.run(NETWORK).status == "ok"
    reply = swept.run(f"%%sweep lr=[0.01, 0.3] --metric loss --minimize\n{TRAINING}")
    assert reply.status == "ok", reply.traceback
    child = next(r for r in read_runs(swept, read_runs(swept)[0]["id"]) if r["parameters"]["lr"] == 0.3)
    swept.run(TRAINING.replace("lr = 0.1", "lr = 0.3"))
    hand = next(r for r in read_runs(swept) if r["model"]["type"] != "sweep")
    assert (hand["id"], hand["occurrences"], hand["metrics"]) == (child["id"], 2, child["metrics"])
