"""One side: a program that runs the cells it is sent in an IPython of its own, and answers with CPU seconds.

It is started from its text (`python -c`): a file of its own would be one of the person's modules, which
recording watches.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time


def _make_shell():
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    return InteractiveShell.instance(config=config)


EXTENSIONS = {"recorded": "nbmlops", "lineapy": "lineapy", "ipyflow": "ipyflow"}


def _serve_cells(shell, kind, answer):
    if kind in EXTENSIONS:
        shell.run_cell(f"%load_ext {EXTENSIONS[kind]}", store_history=True)
    for number, line in enumerate(sys.stdin, 1):
        source = json.loads(line)
        began = time.process_time()
        result = shell.run_cell(source, store_history=True, cell_id=f"cell-{number}")
        taken = time.process_time() - began
        answer(taken if result.success else f"{source}\nraised {result.error_in_exec!r}")
    if kind == "recorded":
        shell.run_cell("%unload_ext nbmlops")


def _load_once(shell):
    """Load the extension in a forked process, where nothing of nbmlops was imported before."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        began = time.process_time()
        result = shell.run_cell("%load_ext nbmlops")
        os.write(writing, str(time.process_time() - began if result.success else "nan").encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        return float(told.read())


def _serve_loads(shell, answer):
    shell.run_cell("import pandas as pd, sklearn.ensemble, sklearn.linear_model")
    for _ in sys.stdin:
        answer(_load_once(shell))


def main():
    kind, folder = sys.argv[1:]
    os.chdir(folder)
    real, unread = sys.stdout, io.StringIO()

    def answer(told):
        print(json.dumps(told), file=real, flush=True)

    with contextlib.redirect_stdout(unread), contextlib.redirect_stderr(unread):
        shell = _make_shell()
        if kind == "loads":
            _serve_loads(shell, answer)
        else:
            _serve_cells(shell, kind, answer)


main()
