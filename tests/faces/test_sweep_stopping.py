"""Sweeps that are stopped or killed, or run where nobody looks: what had ended is kept, the rest goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import warnings

import pytest

from tests.faces.conftest import start_kernel
from tests.faces.sweeping import (
    CELL,
    DATA,
    SLOW,
    list_children,
    list_workers,
    read_command,
    read_runs,
    wait_until,
)


@pytest.fixture
def kernel(tmp_path):
    started = start_kernel(tmp_path)
    for cell in ("%load_ext nbmlops", "import numpy as np\nscale = np.float64(2)"):
        assert started.run(cell).status == "ok"
    yield started
    started.stop()


def test_stopping_and_going_on(kernel, tmp_path):
    def stop():
        wait_until((tmp_path / "began-4").exists)
        os.kill(kernel_id, signal.SIGINT)

    kernel_id = int(kernel.ask("__import__('os').getpid()"))
    thread = threading.Thread(target=stop)
    thread.start()
    cell = f"%%sweep n=[0, 1, 2, 3, 4] --metric acc\n{SLOW}"
    reply = kernel.run(cell)
    thread.join()
    assert (
        reply.status == "error"
        and "2 are missing: run the cell with `--resume`" in reply.shown[-1]["text/plain"]
    )
    assert "the sweep was stopped" in reply.traceback
    wait_until(lambda: not list_workers(kernel_id))
    assert [c.number for c in list_children(tmp_path)[-1]] == [1, 2, 3]
    resumed = cell.replace("--metric acc", "--metric acc --resume")
    changed = kernel.run(resumed.replace("600", "0"))
    assert changed.status == "error" and "the cell is not what it was" in changed.traceback


def test_a_killed_kernel(kernel, tmp_path):
    kernel_id = int(kernel.ask("__import__('os').getpid()"))
    kernel._client.execute(f"%%sweep n=[0, 1, 2, 3, 4] --metric acc\n{SLOW}")
    wait_until((tmp_path / "began-4").exists)
    workers = list_workers(kernel_id)
    os.kill(kernel_id, signal.SIGKILL)
    assert len(workers) == 2
    wait_until(lambda: not any(read_command(worker) for worker in workers))
    first = list_children(tmp_path)[-1]
    assert [c.number for c in first] == [1, 2, 3]
    for path in tmp_path.glob("began-*"):
        path.unlink()
    (tmp_path / "go").touch()
    again = start_kernel(tmp_path)
    try:
        for cell in ("%load_ext nbmlops", "import numpy as np\nscale = np.float64(2)"):
            again.run(cell)
        reply = again.run(f"%%sweep n=[0, 1, 2, 3, 4] --metric acc --resume\n{SLOW}")
        assert "3 of them ran before" in reply.shown[-1]["text/plain"], reply.traceback
    finally:
        again.stop()
    children = list_children(tmp_path)[-1]
    assert [(c.number, c.metric) for c in children] == [(n + 1, 2.0 * n) for n in range(5)]
    assert children[:3] == first
    assert sorted(path.name for path in tmp_path.glob("began-*")) == ["began-3", "began-4"]


@pytest.mark.slow
def test_a_notebook_without_a_screen(tmp_path, monkeypatch):
    import nbformat

    monkeypatch.setenv("NBMLOPS_STORE", str(tmp_path / ".nbmlops" / "store.db"))
    cells = [DATA, "shift = 0.5", f"%%sweep depth=[2, 5] --metric acc\n{CELL}"]
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(document, tmp_path / "tried.ipynb")

    def call(*words):
        command = [sys.executable, "-m", "nbmlops", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    call("run", "tried.ipynb")
    (sweep,) = json.loads(call("runs", "--json"))
    assert sweep["experiment"] == "tried"
    (run,) = json.loads(call("runs", "--of", sweep["id"], "--where", "depth > 2", "--json"))
    assert run["parameters"]["depth"] == 5 and run["experiment"] == "tried"
    assert "identical" in call("export", "model", "out", "--history", run["history"])
    assert len(json.loads(call("history", "--json"))) == 3
    call("forget", sweep["history"])
    assert not list_children(tmp_path)
    assert b"splitter='random'" not in (tmp_path / ".nbmlops" / "store.db").read_bytes()


@pytest.fixture
def cluster():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from distributed import LocalCluster

        made = LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        )
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_loses_a_worker(kernel, tmp_path, cluster):
    def kill():
        wait_until((tmp_path / "began-4").exists)
        os.kill(int((tmp_path / "began-4").read_text()), signal.SIGKILL)
        (tmp_path / "go").touch()

    thread = threading.Thread(target=kill)
    thread.start()
    cell = SLOW.replace("open(f'began-{n}', 'w').close()", "open(f'began-{n}', 'w').write(str(os.getppid()))")
    reply = kernel.run(f"%%sweep n=[0, 1, 2, 3, 4] --metric acc --on {cluster.scheduler_address}\n{cell}")
    thread.join()
    assert "5 of 5 children" in reply.shown[-1]["text/plain"], reply.traceback
    children = list_children(tmp_path)[-1]
    assert [(c.number, c.metric, c.status) for c in children] == [
        (n + 1, 2.0 * n, "finished") for n in range(5)
    ]
    assert len(read_runs(kernel, read_runs(kernel)[0]["id"])) == 5


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_pruner_stops_children_on_a_cluster(kernel, tmp_path, cluster):
    reply = kernel.run(
        "%%sweep a=[3, 2, 1, 0, 5, 9, 10] --metric loss --minimize --sampler grid --pruner median "
        f"--on {cluster.scheduler_address}\n"
        "import nbmlops\na = 1\nfor i in range(6):\n    loss = a ** 2 + 1 / (1 + i)\n"
        "    nbmlops.log_metric('loss', loss, step=i)"
    )
    assert "stopped by the pruner" in reply.shown[-1]["text/plain"], reply.traceback
    by_value = {dict(c.values)["a"]: c for c in list_children(tmp_path)[-1]}
    assert by_value["0"].status == "finished" and by_value["0"].metric == 1 / 6
    assert "interrupted" in {by_value["9"].status, by_value["10"].status}
