"""Run messy sessions: ``python -m tests.messy --sessions 200``."""

from __future__ import annotations

import argparse
import collections
import itertools
import time

from tests.messy.live import run_live
from tests.messy.session import make_session
from tests.messy.shelf import read_gallery, read_shelf
from tests.messy.swift import import_ahead, run_swiftly

parser = argparse.ArgumentParser(prog="python -m tests.messy", description=__doc__)
parser.add_argument("--sessions", type=int, default=200)
parser.add_argument("--first", type=int, default=0)
parser.add_argument("--notebook", nargs="*", default=[], help="only these (default: all)")
parser.add_argument("--live", action="store_true", help="in real kernels, with real proofs")
parser.add_argument("--verbose", action="store_true", help="print what came of every name")
parser.add_argument("--mess", type=float, default=0.35)
chosen = parser.parse_args()
shelf = read_shelf() | read_gallery()
shelf = {name: shelf[name] for name in chosen.notebook} or shelf
if not chosen.live:
    import_ahead()
tally: collections.Counter[str] = collections.Counter()
reasons: collections.Counter[str] = collections.Counter()
began, kept, total = time.monotonic(), 0, 0
for number, notebook in zip(
    range(chosen.first, chosen.first + chosen.sessions), itertools.cycle(shelf.values()), strict=False
):
    session = make_session(notebook, number, chosen.mess)
    try:
        outcome = run_live(session) if chosen.live else run_swiftly(session)
    except TimeoutError as problem:
        tally["timeout"] += 1
        print(f"{notebook.name} {number}: {problem}", flush=True)
        continue
    tally["session"] += 1
    tally.update(f.what for f in outcome.findings)
    kept, total = kept + outcome.kept, total + outcome.total
    for found in outcome.findings:
        if found.what == "refused":
            reasons[found.detail.partition("\n")[0][:150]] += 1
        if chosen.verbose or found.is_bad or found.detail.startswith("joblib"):
            print(f"{notebook.name} {number} {found.name}: {found.what}: {found.detail}", flush=True)
print(dict(tally), f"{time.monotonic() - began:.0f} s", f"kept {kept} of {total}")
for reason, count in reasons.most_common():
    print(count, reason)
