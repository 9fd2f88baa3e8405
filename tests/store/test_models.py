"""Models: numbers without gaps, aliases that remember, a trail that cannot be rewritten."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from nbmlops.core.digest import digest_bytes
from nbmlops.core.model import Approval
from nbmlops.errors import StoreError
from nbmlops.store.models import AliasMove

CONTENTS = (b"estimator", b"print(1)")


@pytest.fixture
def models(store, make_history):
    store.histories.begin(make_history())
    return store.models


def test_round_trip(models, make_version):
    version = make_version(recipe=digest_bytes(b"recipe"))
    assert models.add_version(version, (*CONTENTS, b"recipe")) == 1
    assert models.add_version(version) == 2
    assert models.add_version(make_version("other")) == 1
    found = models.version("income", 1)
    assert (found.version, found.proof, found.metrics) == (1, version.proof, version.metrics)
    assert (found.approved, found.aliases) == (None, ())
    assert [(one.name, one.version) for one in models.versions()] == [
        ("income", 1),
        ("income", 2),
        ("other", 1),
    ]
    assert [one.version for one in models.versions("income")] == [1, 2]
    assert models.names() == ("income", "other")
    assert models.version("income", 3) is None


@pytest.mark.parametrize(
    "fields",
    [{"artifact": b"nowhere"}, {"recipe": "0" * 64}, {"pipeline": {"pipeline.py": "0" * 64}}],
)
def test_version_without_its_content(models, make_version, fields):
    with pytest.raises(StoreError, match=r"lacks the content of .*`%nbmlops register model --as income`\.$"):
        models.add_version(make_version(**fields), CONTENTS)
    assert models.names() == ()
    assert not models.kept.contents.has(digest_bytes(CONTENTS[0]))


def test_version_of_no_history(models, make_version):
    with pytest.raises(StoreError):
        models.add_version(make_version(history="nowhere"), CONTENTS)


def test_numbers_among_threads(models, make_version):
    models.add_version(make_version(), CONTENTS)
    numbers: list[int] = []

    def add() -> None:
        for _ in range(5):
            numbers.append(models.add_version(make_version()))

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(2, 12))


def test_aliases(models, make_version):
    for _ in range(2):
        models.add_version(make_version(), CONTENTS)
    models.set_alias("income", "champion", 1, "ann")
    models.set_alias("income", "champion", 2, "bob", back=True)
    models.set_alias("income", "shadow", 2, "ann")
    assert models.alias("income", "champion") == 2
    assert models.alias("income", "nobody") is None
    assert models.aliases("income") == {"champion": 2, "shadow": 2}
    assert models.version("income", 2).aliases == ("champion", "shadow")
    assert models.version("income", 1).aliases == ()
    moves = models.alias_history("income", "champion")
    assert [(move.version, move.by, move.back) for move in moves] == [(1, "ann", False), (2, "bob", True)]
    assert isinstance(moves[0], AliasMove)
    with pytest.raises(StoreError):
        models.set_alias("income", "champion", 9, "ann")


def test_decisions_show(store, models, make_version):
    models.add_version(make_version(), CONTENTS)
    entries = [
        Approval("income", 1, "registered", "ann", "2026-01-01"),
        Approval("income", 1, "approved", "bob\ud800", "2026-01-02", "fine"),
    ]
    for entry in entries:
        store.trail.add(entry)
    assert models.version("income", 1).approved is True
    store.trail.add(Approval("income", 1, "rejected", "bob", "2026-01-03"))
    store.trail.add(Approval("income", 1, "promoted", "bob", "2026-01-04"))
    assert models.version("income", 1).approved is False
    found = store.trail.approvals("income")
    assert [entry.decision for entry in found] == ["registered", "approved", "rejected", "promoted"]
    assert found[1].by == "bob\\ud800"
    assert store.trail.approvals("income", 2) == ()
    assert store.check() == ()


@pytest.mark.parametrize("table", ["trail", "versions", "aliases"])
@pytest.mark.parametrize(
    "change",
    ["update {} set model = 'x'", "delete from {}", "insert or replace into {} select * from {}"],
)
def test_nothing_is_rewritten(store, models, make_version, table, change):
    models.add_version(make_version(), CONTENTS)
    models.set_alias("income", "champion", 1, "ann")
    store.trail.add(Approval("income", 1, "approved", "ann", "2026-01-01"))
    with pytest.raises(StoreError, match="entries are never changed or removed"):
        store.database.write(change.format(table, table))
    assert store.trail.approvals("income")[0].decision == "approved"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("update trail set decision = 'approved' where id = 2", "altered at entry 2 ('income' version 1)"),
        ("delete from trail where id = 2", "lacks entry 2"),
        ("delete from trail where id = 1", "lacks entry 1"),
    ],
)
def test_tampering_shows(path, store, models, make_version, change, finding):
    models.add_version(make_version(), CONTENTS)
    for decision in ("registered", "rejected", "promoted"):
        store.trail.add(Approval("income", 1, decision, "ann", "2026-01-01"))
    assert store.check() == ()
    other = sqlite3.connect(path)
    other.executescript(f"drop trigger trail_refuse_update; drop trigger trail_refuse_delete; {change}")
    other.close()
    assert any(finding in line for line in store.check())
