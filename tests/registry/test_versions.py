"""Versions: registered under the next number, and found by every way of writing them."""

from __future__ import annotations

import pytest

from nbmlops.errors import UnknownNameError, UsageError
from nbmlops.registry.decisions import list_decisions, promote_version
from nbmlops.registry.versions import find_version, list_versions


def test_register(store, register):
    first, second = register(), register()
    assert (first.version, second.version) == (1, 2)
    assert first.approved is None
    assert [(e.version, e.decision, e.by) for e in list_decisions(store, "income")] == [
        (1, "registered", "ann"),
        (2, "registered", "ann"),
    ]
    assert [one.version for one in list_versions(store, "income")] == [1, 2]


def test_refused_name_leaves_nothing(store, register):
    with pytest.raises(UsageError):
        register("../income")
    assert list_versions(store) == ()


def test_find_version(store, register):
    for _ in range(3):
        register()
    assert find_version(store, "income").version == 3
    assert find_version(store, "income@2").version == 2
    assert find_version(store, "income/1").version == 1
    promote_version(store, "income", 2, "challenger", by="ann")
    assert find_version(store, "income@challenger").version == 2
    assert find_version(store, "income").version == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("incom", r"There is no model 'incom'; close: income\. See them all: `nbmlops models`\.$"),
        ("zebra@1", r"There is no model 'zebra'; there are: income\."),
        ("income@7", r"has no version 7; it has: 1\."),
        ("income@0", r"has no version 0; it has: 1\."),
        (
            "income@champion",
            r"no alias 'champion'; it has: none\. Give it: `nbmlops promote income 1 champion`\.$",
        ),
    ],
)
def test_unknown(store, register, text, message):
    register()
    with pytest.raises(UnknownNameError, match=message):
        find_version(store, text)


def test_nothing_registered(store):
    with pytest.raises(
        UnknownNameError, match=r"none has been registered.*`%nbmlops register NAME --as income`\.$"
    ):
        find_version(store, "income")
