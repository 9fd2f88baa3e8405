from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from nbmlops.core.progress import watch_work
from nbmlops.processes.child import (
    Finished,
    ProgramError,
    ProgramTimeoutError,
    clean_environment,
    python_command,
    run_child,
)

FAMILY = """
import os, subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), grandchild.pid, flush=True)
time.sleep(600)
"""


def gone(pid: int) -> bool:
    """A process that is gone, or dead and waiting for init to collect it."""
    for _ in range(6000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z" and os.getpid() != int(ppid(pid)):
            return True
        time.sleep(0.05)
    return False


def ppid(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]


def test_output_errors_and_code(tmp_path):
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
    assert run_child(python_command("-c", code), cwd=tmp_path) == Finished(7, "out\n", "err\n")


def test_lines_arrive_one_by_one_in_the_calling_thread(tmp_path):
    heard = []
    code = "print('one'); print('two'); print('three', end='')"
    run_child(
        python_command("-c", code),
        cwd=tmp_path,
        on_line=lambda line: heard.append((line, threading.get_ident())),
    )
    assert heard == [(line, threading.get_ident()) for line in ("one", "two", "three")]


def test_a_great_deal_on_both_streams_does_not_block(tmp_path):
    code = "import sys; sys.stderr.write('e' * 3_000_000); sys.stdout.write('o' * 3_000_000)"
    finished = run_child(python_command("-c", code), cwd=tmp_path)
    assert (finished.code, len(finished.output), len(finished.errors)) == (0, 3_000_000, 3_000_000)


def test_what_a_child_that_has_ended_printed_is_read_however_slowly(tmp_path, monkeypatch):
    """Each look at the clock costs half a second here, and so each line more than it takes to read it."""
    turns, clock = itertools.count(), time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + next(turns) / 2)
    heard = []

    def hear(line: str) -> None:
        if not heard:
            os.waitid(os.P_PID, int(line), os.WEXITED | os.WNOWAIT)
        heard.append(line)

    code = "import os; print(os.getpid(), *range(20), sep=chr(10))"
    finished = run_child(python_command("-c", code), cwd=tmp_path, on_line=hear)
    assert (finished.code, heard[1:]) == (0, [str(n) for n in range(20)])


def test_bytes_that_are_no_text_are_replaced(tmp_path):
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\n')"
    assert run_child(python_command("-c", code), cwd=tmp_path).output == "\ufffd\n"


def test_standard_input_is_what_was_given_or_empty(tmp_path):
    code = "import sys; print(repr(sys.stdin.read()))"
    command = python_command("-c", code)
    assert run_child(command, cwd=tmp_path).output == "''\n"
    assert run_child(command, cwd=tmp_path, stdin="a word").output == "'a word'\n"


def test_a_child_that_ignores_its_input(tmp_path):
    assert run_child(python_command("-c", "pass"), cwd=tmp_path, stdin="x" * 1_000_000).code == 0


def test_a_timeout_ends_child_and_grandchild(tmp_path, monkeypatch):
    """The time is over once both are there, however long that took."""
    heard, clock = [], time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + 600 * len(heard))
    with pytest.raises(ProgramTimeoutError, match="did not finish within 600 seconds"):
        run_child(python_command("-c", FAMILY), cwd=tmp_path, timeout=600, on_line=heard.append)
    monkeypatch.undo()
    child, grandchild = map(int, heard[0].split())
    assert gone(child)
    assert gone(grandchild)


def test_a_child_that_has_closed_its_streams_still_times_out(tmp_path):
    code = "import os, time; os.close(1); os.close(2); time.sleep(600)"
    with pytest.raises(ProgramTimeoutError):
        run_child(python_command("-c", code), cwd=tmp_path, timeout=0.5)


def test_an_error_while_listening_ends_everything(tmp_path):
    heard = []

    def interrupt(line: str) -> None:
        heard.append(line)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_child(python_command("-c", FAMILY), cwd=tmp_path, on_line=interrupt)
    assert all(gone(int(pid)) for pid in heard[0].split())


def test_whoever_watches_can_end_a_program_that_says_nothing(tmp_path):
    class StoppedError(BaseException):
        pass

    def check() -> None:
        if (tmp_path / "pid").exists():
            raise StoppedError

    code = (
        "import os, time; open('new', 'w').write(str(os.getpid())); os.rename('new', 'pid'); time.sleep(600)"
    )
    with pytest.raises(StoppedError), watch_work(check):
        run_child(python_command("-c", code), cwd=tmp_path)
    assert gone(int((tmp_path / "pid").read_text()))
    assert run_child(python_command("-c", "print(1)"), cwd=tmp_path).output == "1\n"


def test_a_real_interrupt_ends_everything(tmp_path):
    heard = []

    def interrupt(line: str) -> None:
        heard.append(line)
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        run_child(python_command("-c", FAMILY), cwd=tmp_path, on_line=interrupt)
    assert all(gone(int(pid)) for pid in heard[0].split())


def test_a_grandchild_left_behind_is_ended_with_its_parent(tmp_path):
    code = (
        "import subprocess, sys\n"
        "left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(left.pid)\nleft.returncode = 0"
    )
    finished = run_child(python_command("-c", code), cwd=tmp_path)
    assert finished.code == 0
    assert gone(int(finished.output))


def test_a_child_that_a_signal_ended(tmp_path):
    code = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert run_child(python_command("-c", code), cwd=tmp_path).code == -signal.SIGTERM


def test_a_program_that_is_not_there(tmp_path):
    with pytest.raises(ProgramError, match="'no-such-program' could not be started") as caught:
        run_child(["no-such-program"], cwd=tmp_path)
    assert caught.value.exit_code == 3


def test_an_isolated_interpreter(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    (tmp_path / "beside.py").write_text("")
    script = tmp_path / "script.py"
    script.write_text("import sys, pytest\nprint(sys.path, sys.dont_write_bytecode)")
    finished = run_child(python_command(script, isolated=True), cwd=tmp_path)
    assert finished.code == 0, finished.errors
    assert "/nowhere" not in finished.output
    assert str(tmp_path) not in finished.output
    assert finished.output.endswith("True\n")


def test_an_environment_without_what_steers_us(monkeypatch):
    monkeypatch.setenv("NBMLOPS_STORE", "/x")
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.setenv("OTHER", "kept")
    clean = clean_environment({"MPLBACKEND": "Agg"})
    assert clean["OTHER"] == "kept"
    assert clean["MPLBACKEND"] == "Agg"
    assert not {"NBMLOPS_STORE", "PYTHONHASHSEED"} & set(clean)


def test_the_interpreter_is_this_one():
    assert python_command("-c", "pass") == [sys.executable, "-c", "pass"]


def test_another_interpreter_is_isolated_from_the_persons_own_packages():
    command = python_command("-c", "pass", isolated=True, python=Path("/other/python"))
    assert command == ["/other/python", "-E", "-P", "-B", "-s", "-c", "pass"]
