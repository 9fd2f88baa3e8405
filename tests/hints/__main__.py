"""Judge hints about old values and edited cells: ``python -m tests.hints --sessions 56``."""

from __future__ import annotations

import argparse
import collections
import itertools
import subprocess
import time

from tests.hints.sessions import judge_session, make_acts
from tests.messy.shelf import read_shelf

parser = argparse.ArgumentParser(prog="python -m tests.hints", description=__doc__)
parser.add_argument("--sessions", type=int, default=28)
parser.add_argument("--first", type=int, default=0)
parser.add_argument("--notebook", nargs="*", default=[], help="only these (default: all)")
parser.add_argument("--verbose", action="store_true", help="print every hint")
chosen = parser.parse_args()
shelf = {n: v for n, v in read_shelf().items() if n in chosen.notebook or not chosen.notebook}
tally: collections.Counter[tuple[str, str]] = collections.Counter()
began, ran, done = time.monotonic(), 0, 0
for number, notebook in zip(
    range(chosen.first, chosen.first + chosen.sessions), itertools.cycle(shelf.values()), strict=False
):
    try:
        judged, runs = judge_session(notebook, make_acts(notebook, number))
    except (TimeoutError, subprocess.SubprocessError) as problem:
        print(f"{notebook.name} {number}: {problem}", flush=True)
        continue
    ran, done = ran + runs, done + 1
    for one in judged:
        tally[one.claim.kind, one.verdict] += 1
        if chosen.verbose or one.verdict != "right":
            print(f"{notebook.name} {number} {one.verdict}: {one.claim.text} ({one.why})", flush=True)
print(f"{done} sessions, {ran} cells run, {time.monotonic() - began:.0f} s")
for (kind, verdict), count in sorted(tally.items()):
    print(f"{kind}: {count} {verdict}")
