"""Soak: ten minutes without a pause, rows that are answered and rows that are refused, and the memory held.

Run by `make soak`. After the first minute it may not grow by two hundredths.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbmlops.processes.server import choose_port, start_server
from tests.benchmarks.serving.load import find_wrk, read_memory
from tests.benchmarks.serving.models import make_package, make_rows, read_row
from tests.benchmarks.serving.page import put_part

_SCRIPT = """
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-API-Key"] = "soak"
local bodies = {{ {bodies} }}
local paths = {{ "/predict", "/predict_proba", "/predict", "/predict", "/invocations" }}
local at = 0
request = function()
  at = at + 1
  if at % 500 == 0 then return wrk.format("GET", "/metrics") end
  return wrk.format("POST", paths[at % #paths + 1], nil, bodies[at % #bodies + 1])
end
"""


def _write_script(folder: Path, row: dict[str, float]) -> Path:
    """Write what is asked: a row, seven rows, rows that are wrong, MLflow's spelling, and no JSON."""
    asked = [
        row,
        {"rows": [row] * 7},
        row | {"x0": "wrong"},
        {"instances": [row]},
        {"rows": [row | {f"unknown {n}": 1} for n in range(3)]},
        row | {"x1": 1e300},
    ]
    bodies = [*(json.dumps(body) for body in asked), "{"]
    script = folder / "soak.lua"
    script.write_text(_SCRIPT.format(bodies=", ".join(f"[==[{body}]==]" for body in bodies)))
    return script


def main() -> None:
    """Measure, print, and end with 1 where memory grew."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    seen: dict[float, float] = {}
    with tempfile.TemporaryDirectory(prefix="nbmlops-soak-") as name:
        folder = Path(name)
        rows = make_rows(folder)
        place, script = make_package(folder, rows, "forest"), _write_script(folder, read_row(rows))
        port = choose_port()
        command = [sys.executable, "-m", "forest_model", "serve", "--port", str(port)]
        environment = os.environ | {
            "API_KEY": "soak",
            "PREDICTION_LOG": str(folder / "log.jsonl"),
            "PREDICTION_LOG_BYTES": str(2**20),
        }
        with start_server(command, cwd=place, port=port, env=environment, log=Path(os.devnull)) as server:
            wrk = [find_wrk(), "-t1", "-c8", f"-d{given.minutes * 60:.0f}s", "-s", str(script), server.url]
            with subprocess.Popen(wrk, stdout=subprocess.PIPE, text=True) as load:
                began = time.monotonic()
                for minute in (given.minutes / 10, given.minutes / 2, given.minutes):
                    time.sleep(max(0.0, began + minute * 60 - 1 - time.monotonic()))
                    seen[minute] = read_memory(server.child.pid)
                told = load.communicate()[0]
    requests = int(told.partition(" requests in")[0].split()[-1])
    first, *_, last = seen.values()
    held = ", ".join(f"{memory:.1f} MB after {minute:g} min" for minute, memory in seen.items())
    text = f"{requests:,} requests in {given.minutes:g} minutes: {held} ({last / first - 1:+.1%}).\n"
    print(text)
    if given.page:
        put_part(given.page, "soaked", text)
    raise SystemExit(last > 1.02 * first)


if __name__ == "__main__":
    main()
