"""Killing: kernels that record and keep values are killed at random, and say what was acknowledged."""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

__all__ = ["make_frame"]


def make_frame(number):
    import numpy as np
    import pandas as pd

    rows = np.arange(20_000 + number)
    return pd.DataFrame({"x": np.sqrt(rows + number), "n": rows, "w": np.where(rows % 3, "a", "b")})


def record(path: Path, told: int) -> None:
    """Record cells and say after each which history and execution it was, until somebody ends this."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from nbmlops.api.capturing import start_capture
    from nbmlops.api.snapshots import take_snapshot
    from nbmlops.capture.following import current_following

    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    start_capture(shell, path)
    history = current_following().history.id
    shell.user_ns["make_frame"] = make_frame
    for number in range(1, 100_000):
        shell.run_cell(f"df = make_frame({number})", store_history=True)
        os.write(told, f"{history} cell {number}\n".encode())
        kept = take_snapshot("df", store=path)
        os.write(told, f"{history} kept {kept.execution}\n".encode())


def main() -> None:
    """Kill kernels (how many, with which seed) on one store, and print what each had acknowledged."""
    for needed in ("pandas", "IPython", "nbmlops.api.capturing", "nbmlops.api.snapshots"):
        importlib.import_module(needed)  # each kernel is forked with it
    path, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    for _ in range(count):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            record(path, writing)
            os._exit(0)
        os.close(writing)
        first, many = b"", chance.randint(1, 8)
        while first.count(b"\n") < many and (more := os.read(reading, 1)):  # then at a moment of chance
            first += more
        time.sleep(chance.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reading, "rb") as told:
            lines = (first + told.read()).decode().split("\n")[:-1]
        print(json.dumps(lines), flush=True)


if __name__ == "__main__":
    main()
