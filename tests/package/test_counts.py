"""Several processes of one service: their counts are one sum, and their lines are whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nbmlops.package.runtime.counts import Counts
from nbmlops.package.runtime.lines import Lines
from nbmlops.package.runtime.log import PredictionLog
from tests.package.test_running import wait_for

COUNT = """
import sys
from pathlib import Path
from nbmlops.package.runtime.counts import Counts
counts = Counts(Path(sys.argv[1]), 8)
place = counts.place("rows", sys.argv[2])
for _ in range(int(sys.argv[3])):
    counts.values[place] += 1
print("done", flush=True)
sys.stdin.read()
"""

WRITE = """
import sys
from pathlib import Path
from nbmlops.package.runtime.log import PredictionLog
log = PredictionLog(Path(sys.argv[1]), 20_000)
for number in range(int(sys.argv[3])):
    log.append("m", 1, [{"who": sys.argv[2], "text": "x" * (number % 300)}], [{"prediction": number}])
log.close()
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_counts_of_processes_are_added_up_and_never_fall(tmp_path):
    own = Counts(tmp_path, 8)
    own.values[own.place("rows", "a")] += 5
    others = [start(COUNT, tmp_path, name, 100) for name in ("a", "b")]
    for other in others:
        assert other.stdout is not None and other.stdout.readline() == "done\n"
    total, alive = own.add_up()
    assert (total["rows", "a"], total["rows", "b"], alive) == (105, 100, 3)
    os.kill(others[0].pid, signal.SIGKILL)
    others[0].communicate()
    total, alive = own.add_up()
    assert (total["rows", "a"], total["rows", "b"], alive) == (105, 100, 2)
    successor = start(COUNT, tmp_path, "c", 7)
    assert successor.stdout is not None and successor.stdout.readline() == "done\n"
    total, alive = own.add_up()
    assert (total["rows", "a"], total["rows", "c"], alive) == (105, 7, 3)
    assert len(list(tmp_path.glob("*.keys"))) == 3
    for other in (others[1], successor):
        other.communicate()


def test_a_name_that_was_half_written_is_forgotten(tmp_path):
    first = Counts(tmp_path, 8)
    first.values[first.place("rows", "a")] += 2
    del first
    for path in tmp_path.glob("*.keys"):
        path.write_bytes(path.read_bytes() + b'["rows", "b')
    # The lock of the first is that of its open file; a process that ends gives it back.
    (tmp_path / "0000.keys").rename(tmp_path / "old.keys")
    (tmp_path / "0000.keys").write_bytes((tmp_path / "old.keys").read_bytes())
    (tmp_path / "old.keys").unlink()
    second = Counts(tmp_path, 8)
    second.values[second.place("rows", "c")] += 3
    assert second.add_up()[0] == {("rows", "a"): 2, ("rows", "c"): 3}


def test_counts_of_one_process_need_no_folder():
    counts = Counts(None, 2)
    for number in range(100):
        counts.values[counts.place("n", str(number))] += number
    assert sum(counts.add_up()[0].values()) == sum(range(100))
    assert len(counts.find("n")) == 100


def test_lines_of_several_processes_are_whole_and_none_is_lost(tmp_path):
    log, times = tmp_path / "log.jsonl", 120
    writers = [start(WRITE, log, name, times) for name in ("a", "b", "c")]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    files = sorted(tmp_path.glob("log.jsonl*"))
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert len(files) > 3
    assert all(file.stat().st_size <= 20_000 for file in files)
    seen = {(line["row"]["who"], line["prediction"]) for line in lines}
    assert seen == {(name, number) for name in "abc" for number in range(times)}


def test_a_log_that_was_moved_away_goes_on(tmp_path):
    path = tmp_path / "log.jsonl"
    log = PredictionLog(path)
    log.append("m", 1, [{}], [{"prediction": 1}])
    log.close()
    log = PredictionLog(path)
    path.rename(tmp_path / "moved")
    log.append("m", 1, [{}], [{"prediction": 2}])
    log.close()
    assert json.loads(path.read_text())["prediction"] == 2
    assert json.loads((tmp_path / "moved").read_text())["prediction"] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full disk to write to")
def test_a_full_disk_is_told(tmp_path, capfd):
    (tmp_path / "log").symlink_to("/dev/full")
    try:
        log = PredictionLog(tmp_path / "log")
    except PermissionError:
        pytest.skip("the full disk belongs to somebody else")
    log.append("m", 1, [{}], [{"prediction": 1}])
    log.close()
    assert log.failure is not None
    assert "cannot be written" in capfd.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full disk to write to")
def test_what_a_full_disk_did_not_take_is_written_when_there_is_room_again(tmp_path, capfd):
    (tmp_path / "log").symlink_to("/dev/full")
    try:
        log = PredictionLog(tmp_path / "log")
    except PermissionError:
        pytest.skip("the full disk belongs to somebody else")
    log.append("m", 1, [{}, {}], [{"prediction": 1}, {"prediction": 2}])
    wait_for(lambda: log.failure is not None)
    log.retry()
    log.append("m", 1, [{}], [{"prediction": 3}])
    (tmp_path / "log").unlink()
    log.retry()
    wait_for(lambda: log.failure is None)
    log.append("m", 1, [{}], [{"prediction": 4}])
    log.close()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["prediction"] for line in lines] == [1, 2, 3, 4]
    assert "lost" not in capfd.readouterr().err


def test_lines_keep_their_order_and_are_written_at_once_after_the_end():
    written: list[bytes] = []
    lines = Lines(written.extend, "lines")
    for number in range(25_000):
        lines.put(b"%d" % number)
    lines.close()
    lines.put(b"last")
    lines.close()
    assert written == [*(b"%d" % number for number in range(25_000)), b"last"]
