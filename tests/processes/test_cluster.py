"""A Dask cluster: a worker that is killed loses no child, and none runs twice."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings

import pytest

from nbmlops.processes.child import ProgramError
from nbmlops.processes.cluster import ClusterWorkers

CODE = f"""
import os, sys, time
sys.path[:] = {sys.path!r}
from nbmlops.processes.workers import DONE, serve_wire
wire = serve_wire()
folder = wire.receive().decode()
task = wire.receive().decode()
open(os.path.join(folder, task + "-" + str(os.getppid())), "w").close()
while task == "slow" and not os.path.exists(os.path.join(folder, "go")):
    time.sleep(0.05)
wire.send(DONE + folder.encode() + task.encode())
"""


@pytest.fixture
def cluster():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from distributed import LocalCluster

        made = LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            host="127.0.0.1",
            silence_logs=50,
        )
        yield made
        made.close()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("killed", ["its own", "all"])
def test_a_killed_worker_loses_nothing(cluster, tmp_path, killed):
    """Also where it was the last that had what every task begins with."""
    workers = ClusterWorkers(cluster.scheduler_address, 2, str(tmp_path).encode(), CODE)
    try:
        workers.submit(1, b"slow")
        until = time.monotonic() + 600
        while not (first := list(tmp_path.glob("slow-*"))):
            assert time.monotonic() < until
            time.sleep(0.05)
        own = int(first[0].name.partition("-")[2])
        for process in [own] if killed == "its own" else [each.pid for each in cluster.workers.values()]:
            os.kill(process, signal.SIGKILL)
        workers.submit(2, b"quick")
        (tmp_path / "go").touch()
        found = []
        while len(found) < 2:
            assert time.monotonic() < until
            found += workers.wait(1.0)
    finally:
        workers.close()
    assert len(list(tmp_path.glob("slow-*"))) == 2
    assert sorted((e.number, e.kind, e.content) for e in found) == [
        (1, "done", str(tmp_path).encode() + b"slow"),
        (2, "done", str(tmp_path).encode() + b"quick"),
    ]


REPORTING = f"""
import sys
sys.path[:] = {sys.path!r}
from nbmlops.processes.workers import DONE, REPORTS, serve_wire
wire = serve_wire()
wire.receive()
heard = []
for step in range(int(wire.receive())):
    wire.send(REPORTS + bytes([step]))
    heard.append(wire.receive())
wire.send(DONE + b"".join(heard))
"""


@pytest.mark.filterwarnings("ignore")
def test_tasks_report_on_their_way(cluster):
    workers = ClusterWorkers(cluster.scheduler_address, 2, b"", REPORTING, reports=True)
    reported, done, until = [], {}, time.monotonic() + 600
    try:
        workers.submit(1, b"3")
        workers.submit(2, b"2")
        while len(done) < 2:
            assert time.monotonic() < until
            for event in workers.wait(1.0):
                if event.kind == "reports":
                    reported.append((event.number, event.content))
                    workers.reply(event.number, stop=event.content == b"\1")
                else:
                    done[event.number] = event.content
    finally:
        workers.close()
    assert sorted(reported) == [(1, b"\0"), (1, b"\1"), (1, b"\2"), (2, b"\0"), (2, b"\1")]
    assert done == {1: b"\0\1\0", 2: b"\0\1"}


@pytest.mark.slow
def test_nobody_at_the_address():
    with pytest.raises(ProgramError, match=r"No Dask cluster answers at 'tcp://127.0.0.1:9'"):
        ClusterWorkers("tcp://127.0.0.1:9", 2, b"", "")
