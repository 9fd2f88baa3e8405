from __future__ import annotations

import json
import sys

import pytest

from nbmlops.processes.child import python_command, run_child
from nbmlops.proof.guard import Guard, Rules
from nbmlops.proof.sandbox import make_sandbox

# One guarded process executes a whole table of statements, each by itself.
TABLE = """
import json, os, sys
from pathlib import Path
from nbmlops.proof import guard as guards
from nbmlops.proof import landlock
from nbmlops.proof.referee import close_doors
settings = json.load(sys.stdin)
guard = guards.Guard(guards.Rules(**settings["rules"]))
close_doors(guards, landlock, guard)
home, results = os.getcwd(), {}
for statement in settings["statements"]:
    os.mkdir(f"{home}/{len(results)}")
    os.chdir(f"{home}/{len(results)}")
    guard.refused.clear()
    error = None
    try:
        exec(statement, {**settings["names"], "Path": Path})
    except BaseException as raised:
        error = f"{type(raised).__name__}: {raised}"
    results[statement] = {"error": error, "refused": [[r.effect, r.message] for r in guard.refused]}
print()
print(json.dumps(results), flush=True)
os._exit(0)
"""

WRITES = [
    "open(canary, 'w').write('dead')",
    "open(canary, 'a')",
    "open(canary, 'r+')",
    "open(new, 'x')",
    "import os; os.open(canary, os.O_WRONLY | os.O_TRUNC)",
    "import os; os.open(new, os.O_RDONLY | os.O_CREAT)",
    "import os; os.chdir(folder); open('new.txt', 'w')",
    "import os; os.symlink(canary, 'link'); open('link', 'w')",
    "import os; os.symlink(folder, 'link'); open('link/new.txt', 'w')",
    "import os; os.link(canary, 'hard'); open('hard', 'w').write('dead')",
    "import os; os.remove(canary)",
    "import os; os.unlink('canary.txt', dir_fd=os.open(folder, os.O_RDONLY))",
    "import os; os.rename(canary, 'mine')",
    "open('mine', 'w').close(); import os; os.replace('mine', canary)",
    "import os; os.mkdir(new)",
    "import os; os.makedirs(new + '/deeper')",
    "import os; os.rmdir(folder)",
    "import os; os.chmod(canary, 0)",
    "import os; os.chmod(os.open(canary, os.O_RDONLY), 0)",
    "import os; os.utime(canary, (0, 0))",
    "import os; os.truncate(canary, 0)",
    "import os; os.symlink('x', new)",
    "import os; os.setxattr(canary, 'user.x', b'y')",
    "import shutil; shutil.rmtree(folder)",
    "open('mine', 'w').close(); import shutil; shutil.copy('mine', canary)",
    "import shutil; shutil.move(canary, 'mine')",
    "Path(canary).write_text('dead')",
    "Path(new).touch()",
    "Path(canary).unlink()",
    "import numpy; numpy.save(new, [1])",
    "import numpy; numpy.memmap(canary, mode='r+')",
    "import pandas; pandas.DataFrame({'a': [1]}).to_csv(new)",
    "import tempfile; tempfile.NamedTemporaryFile(dir=folder)",
    "import logging; logging.basicConfig(filename=new)",
    "import sys; sys.path.insert(0, folder); open(folder + '/module.py', 'w')",
]


PROGRAMS = [
    "import subprocess; subprocess.run(['touch', new])",
    "import os; os.system('touch ' + new)",
    "import os; os.popen('touch ' + new)",
    "import os; os.fork()",
    "import os; os.execv('/usr/bin/touch', ['touch', new])",
    "import os; os.posix_spawn('/usr/bin/touch', ['touch', new], {})",
    "import os; os.spawnv(os.P_WAIT, '/usr/bin/touch', ['touch', new])",
    "import multiprocessing; multiprocessing.get_context('spawn').Process(target=print).start()",
    "import os, signal; os.kill(os.getppid(), 0)",
]


CONNECTIONS = [
    "import socket; socket.create_connection(('127.0.0.1', port))",
    "import socket; socket.socket().connect_ex(('127.0.0.1', port))",
    "import socket; socket.create_connection(('localhost', port))",
    "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))",
    "import urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{port}/')",
    "import http.client; http.client.HTTPConnection('127.0.0.1', port).request('GET', '/')",
    "import pandas; pandas.read_csv(f'http://127.0.0.1:{port}/x.csv')",
    "import socket; socket.getaddrinfo('example.invalid', 80)",
    "import socket; socket.gethostbyname('example.invalid')",
    "import socket; socket.create_server(('0.0.0.0', 0))",
]


HARMLESS = [
    "import os; os.makedirs(folder, exist_ok=True)",
    "Path(folder).mkdir(exist_ok=True)",
    "import contextlib, os\nwith contextlib.suppress(FileNotFoundError):\n    os.remove(folder + '/nothing')",
    "open('mine', 'w').write('x'); import os; os.rename('mine', 'yours'); os.remove('yours')",
    "import os; os.makedirs('a/b/c'); import shutil; shutil.rmtree('a')",
    "import tempfile; tempfile.TemporaryFile().write(b'x'); tempfile.mkdtemp()",
    "open('/dev/null', 'w').write('x')",
    "import urllib.request; urllib.request.urlopen('file://' + folder + '/canary.txt').read()",
    "import socket; socket.socketpair(); socket.gethostname(); socket.getaddrinfo('127.0.0.1', 80)",
    "import sqlite3; sqlite3.connect(':memory:'); sqlite3.connect('mine.db').execute('create table t (x)')",
    "import platform; platform.processor(); platform.platform()",
    "import ctypes.util; ctypes.util.find_library('c')",
    "import asyncio; asyncio.run(asyncio.sleep(0))",
    "import joblib; joblib.dump([1], 'list.joblib'); joblib.load('list.joblib')",
    "import logging; logging.basicConfig(filename='log.txt'); logging.error('x')",
    "import random, uuid, secrets; uuid.uuid4(); uuid.uuid1()",
    "import concurrent.futures as f; assert list(f.ThreadPoolExecutor(2).map(abs, [-1])) == [1]",
]


def execute_table(statements: list[str], tmp_path, **names) -> dict[str, dict]:
    with make_sandbox() as sandbox:
        settings = {"rules": sandbox.make_rules(tmp_path), "statements": statements, "names": names}
        finished = run_child(
            python_command("-B", "-c", TABLE),
            cwd=sandbox.work,
            env=sandbox.make_environment(),
            stdin=json.dumps(settings),
        )
    assert finished.code == 0, finished.errors
    return json.loads(finished.output.splitlines()[-1])


def test_writing_outside_is_refused(tmp_path, canary):
    folder = str(canary.parent)
    names = {"canary": str(canary), "new": str(canary.parent / "new.txt"), "folder": folder}
    for statement, result in execute_table(WRITES, tmp_path, **names).items():
        assert result["refused"], (statement, result)
        effect, message = result["refused"][0]
        assert effect.startswith(f"write:{folder}"), (statement, result)
        assert message.endswith("outside the working directory")
        assert result["error"] == f"SideEffectError: {message}", statement


def test_starting_programs_is_refused(tmp_path, canary):
    results = execute_table(PROGRAMS, tmp_path, new=str(canary.parent / "new.txt"))
    for statement, result in results.items():
        assert [effect for effect, _ in result["refused"]] == ["subprocess"], (statement, result)
        assert result["error"].startswith("SideEffectError: "), statement


def test_speaking_to_the_network_is_refused(tmp_path, listener):
    port, heard = listener
    for statement, result in execute_table(CONNECTIONS, tmp_path, port=port).items():
        assert result["refused"], (statement, result)
        assert result["refused"][0][0].startswith("network"), (statement, result)
        assert result["error"].startswith("SideEffectError: "), statement
    assert heard() == []


def test_what_harms_nobody_is_let_through(tmp_path, canary):
    for statement, result in execute_table(HARMLESS, tmp_path, folder=str(canary.parent)).items():
        assert result == {"error": None, "refused": []}, statement


UNFENCED = """
import sqlite3, sys
from nbmlops.proof.guard import Guard, Rules, SideEffectError
guard = Guard(Rules(writable=(sys.argv[1],), hidden=(), script="none"))
guard.watch()
sqlite3.connect(":memory:").close()
sqlite3.connect(sys.argv[1] + "/mine.db").close()
sqlite3.connect(f"file:{sys.argv[2]}?mode=ro", uri=True).close()
try:
    sqlite3.connect(sys.argv[2])
except SideEffectError as refusal:
    print(refusal)
"""


def test_without_a_fence_a_database_outside_is_refused(tmp_path, canary):
    (tmp_path / "work").mkdir()
    command = python_command("-c", UNFENCED, tmp_path / "work", canary)
    finished = run_child(command, cwd=tmp_path)
    assert finished.output == f"opening the database '{canary}' outside the working directory\n", finished


def find_undeclared(*paths) -> list[str]:
    guard = Guard(Rules((), (), "pipeline.py", known=("/nothing",)))
    for path in paths:
        guard.check_read(str(path))
    return list(guard.undeclared)


def write_file(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x = 1")
    return path


@pytest.mark.parametrize("name", ["site-packages", "dist-packages"])
def test_packages_of_a_site_folder_elsewhere_are_read(tmp_path, monkeypatch, name):
    module = write_file(tmp_path / name / "library" / "core.py")
    assert find_undeclared(module) == [str(module)]
    monkeypatch.syspath_prepend(str(tmp_path / name))
    assert find_undeclared(module) == []


def test_a_folder_of_ones_own_that_is_installed_editably_has_to_be_declared(tmp_path, monkeypatch):
    data = write_file(tmp_path / "src" / "mine" / "data.csv")
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    assert find_undeclared(data) == [str(data)]


def test_an_environment_may_lie_behind_links(tmp_path, monkeypatch):
    module = write_file(tmp_path / "disk" / "venv" / "lib" / "core.py")
    cached = write_file(tmp_path / "cache" / "wheel" / "core.py")
    (module.parent / "linked.py").symlink_to(cached)
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "home" / "venv"))
    assert find_undeclared(tmp_path / "home" / "venv" / "lib" / "core.py", module) == []
    assert find_undeclared(tmp_path / "home" / "venv" / "lib" / "linked.py") == []
    assert find_undeclared(cached) == [str(cached)]
