"""Power: whatever a loss of power leaves of the last writes, all that was durable is there and whole."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

from nbmlops.core.digest import digest_bytes
from nbmlops.core.model import Approval
from nbmlops.core.value import SavedValue
from nbmlops.errors import StoreError
from nbmlops.store.opening import open_store
from nbmlops.values.codec import load_value, save_pieces
from tests.store.crashing_disk import Disk, open_on_disk

RNG = np.random.default_rng(2)
KEY = "20260101-000000-aaaaaa"
FRAMES = [pd.DataFrame({"x": RNG.normal(size=9000), "w": ["a", "b", "c"] * 3000})]
FRAMES += [FRAMES[0].assign(**{f"y{at}": RNG.normal(size=9000)}) for at in range(3)]


def work(store, disk, make_execution, make_version):
    """Record, keep values and decide; yield what is durable, and after how many operations."""
    for number in range(1, 13):
        content = RNG.bytes(3000 * number)
        store.histories.add_execution(KEY, make_execution(number, "df"), [content])
        codec, pieces = save_pieces(FRAMES[number % 4])
        store.histories.save_values(KEY, number, [(SavedValue("df", "frame", None, None, codec), pieces)])
        if number % 3 == 0:
            store.models.add_version(make_version(artifact=content), (content, b"print(1)"))
            yield len(disk.operations), "version", number // 3
            store.trail.add(Approval("income", number // 3, "approved", "me", "2026", ""))
            yield len(disk.operations), "approval", number // 3


def require_durable(path, at, done):
    with open_store(path, create=False) as store:
        assert store.check() == (), f"after {at} operations"
        versions = [v.version for v in store.models.versions("income")]
        decisions = [entry.version for entry in store.trail.approvals("income")]
        for place, kind, number in done:
            if place <= at:
                assert number in (versions if kind == "version" else decisions), f"after {at} operations"
        assert max(decisions, default=0) <= max(versions, default=0)
        executions = store.histories.load(KEY).executions
        assert [e.number for e in executions] == list(range(1, len(executions) + 1))
        for number, value in store.histories.saved_versions(KEY, "df"):
            found = load_value(value.codec, store.contents.get(value.content))
            assert found.equals(FRAMES[number % 4])
        return len(executions)


def run_crashes(path, tmp_path, journal, points, make_history, make_execution, make_version):
    with open_store(path) as store:
        store.histories.begin(make_history(KEY))
    disk = Disk()
    store = open_on_disk(path, disk, journal)
    start = len(disk.operations)
    done = list(work(store, disk, make_execution, make_version))
    end = len(disk.operations)
    assert sum(o.kind == "sync" for o in disk.operations[start:]) >= 8
    chance = random.Random(7)
    seen = set()
    for number in range(points):
        at = chance.randrange(start, end + 1)
        folder = tmp_path / f"crash-{number}"
        folder.mkdir()
        disk.crash(at, chance, folder)
        seen.add(require_durable(folder / path.name, at, done))
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    assert len(seen) > 5
    store.close()


@pytest.mark.parametrize(("journal", "points"), [("wal", 70), ("delete", 30)])
def test_power_is_lost(path, tmp_path, journal, points, make_history, make_execution, make_version):
    run_crashes(path, tmp_path, journal, points, make_history, make_execution, make_version)


@pytest.mark.slow
@pytest.mark.parametrize(("journal", "points"), [("wal", 2000), ("delete", 500)])
def test_power_is_lost_often(path, tmp_path, journal, points, make_history, make_execution, make_version):
    run_crashes(path, tmp_path, journal, points, make_history, make_execution, make_version)


@pytest.mark.parametrize("failing", [1, 2, 3, 5])
def test_failing_sync_is_told(path, make_history, make_execution, make_version, failing):
    with open_store(path) as store:
        store.histories.begin(make_history(KEY))
    disk = Disk(failing=failing)
    store = open_on_disk(path, disk)
    done = []
    with pytest.raises(StoreError, match="could not be read or written"):
        for number in range(1, 20):
            content = digest_bytes(b"%d" % number).encode() * 3000
            store.models.add_version(make_version(artifact=content), (content, b"print(1)"))
            done.append(number)
    store.close()
    with open_store(path, create=False) as reopened:
        assert reopened.check() == ()
        versions = [v.version for v in reopened.models.versions("income")]
        assert versions[: len(done)] == done or set(done) <= set(versions)
