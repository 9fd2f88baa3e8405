"""One side: a program that runs the cells it is sent, and answers with CPU and wall seconds.

It is started from its text (`python -c`): a file of its own would be one of the person's modules, which
recording watches.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import time
import warnings


def _begin_cells(kind, folder):
    """Return what runs a cell: IPython, recorded or not, or the bare interpreter under MLflow or not."""
    if kind in ("plain", "recorded"):
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        shell = InteractiveShell.instance(config=Config({"HistoryManager": {"hist_file": ":memory:"}}))
        if kind == "recorded":
            shell.run_cell("%load_ext nbmlops", store_history=True)
        return lambda source: shell.run_cell(source, store_history=True).raise_error()
    if kind == "autologged":
        import mlflow

        logging.disable(logging.CRITICAL)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        mlflow.sklearn.autolog(silent=True)
    space = {}
    return lambda source: exec(compile(source, "cell", "exec"), space)


def main():
    """Serve cells until there are no more."""
    kind, folder = sys.argv[1:]
    os.chdir(folder)
    real, unread = sys.stdout, io.StringIO()
    with contextlib.redirect_stdout(unread), contextlib.redirect_stderr(unread):
        warnings.simplefilter("ignore")
        run = _begin_cells(kind, folder)
        for line in sys.stdin:
            source = json.loads(line)
            began = time.process_time(), time.perf_counter()
            run(source)
            taken = time.process_time() - began[0], time.perf_counter() - began[1]
            print(json.dumps(taken), file=real, flush=True)
        if kind == "recorded":
            run("%unload_ext nbmlops")


main()
