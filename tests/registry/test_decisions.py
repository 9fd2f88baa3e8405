"""Decisions: who may become champion, what happens on the way back, and what the trail says."""

from __future__ import annotations

import pytest

from nbmlops.errors import RegistryError, UnknownNameError, UsageError
from nbmlops.registry.decisions import (
    decide_version,
    find_previous,
    list_decisions,
    promote_version,
    rollback_model,
)
from nbmlops.registry.versions import find_version, get_version
from nbmlops.store.models import AliasMove


def approve(store, version: int) -> None:
    decide_version(store, "income", version, "approved", by="bob", note="looks right")


def test_decide(store, register):
    register()
    entry = decide_version(store, "income", 1, "approved", by="bob", note="looks right")
    assert (entry.model, entry.version, entry.decision, entry.by, entry.note) == (
        "income",
        1,
        "approved",
        "bob",
        "looks right",
    )
    assert get_version(store, "income", 1).approved is True
    decide_version(store, "income", 1, "rejected", by="bob")
    assert get_version(store, "income", 1).approved is False
    assert [e.decision for e in list_decisions(store, "income", 1)] == ["registered", "approved", "rejected"]


def test_decider_is_the_user(store, register, monkeypatch):
    monkeypatch.setenv("LOGNAME", "carol")
    register()
    assert decide_version(store, "income", 1, "approved").by == "carol"


def test_decide_on_nothing(store, register):
    with pytest.raises(UnknownNameError):
        decide_version(store, "income", 1, "approved")
    register()
    with pytest.raises(UnknownNameError, match="has no version 2"):
        decide_version(store, "income", 2, "approved")
    with pytest.raises(UsageError, match="'promoted' is no decision"):
        decide_version(store, "income", 1, "promoted")
    assert len(list_decisions(store, "income")) == 1


def test_a_project_may_accept_what_is_close(store, register):
    register(verdict="close")
    approve(store, 1)
    with pytest.raises(RegistryError, match="only 'identical' or 'equivalent' will do"):
        promote_version(store, "income", 1, "champion")
    policy = store.path.parent.parent / "pyproject.toml"
    policy.write_text("[tool.nbmlops]\naccept = ['close']\n")
    promoted = promote_version(store, "income", 1, "champion")
    assert (promoted.aliases, promoted.proof.verdict) == (("champion",), "close")
    policy.unlink()


@pytest.mark.parametrize("verdict", ["identical", "equivalent"])
def test_promote_champion(store, register, verdict):
    register(verdict=verdict)
    approve(store, 1)
    found = promote_version(store, "income", 1, "champion", by="bob", note="for May")
    assert found.aliases == ("champion",)
    assert find_version(store, "income@champion").version == 1
    entry = list_decisions(store, "income")[-1]
    assert (entry.decision, entry.by, entry.note) == ("promoted", "bob", "as champion: for May")


@pytest.mark.parametrize(
    ("verdict", "cause", "message"),
    [
        ("close", None, r"its proof is 'close', and only 'identical' or 'equivalent' will do\."),
        ("different", None, r"its proof is 'different'"),
        (
            "failed",
            "no space.",
            r"its proof is 'failed' \(no space\), and.*`%nbmlops register model --as income`\.$",
        ),
        (None, "the value was not kept", r"its proof is missing \(the value was not kept\)"),
    ],
)
def test_champion_needs_a_proof(store, register, verdict, cause, message):
    register(verdict=verdict, cause=cause)
    approve(store, 1)
    with pytest.raises(RegistryError, match=message):
        promote_version(store, "income", 1, "champion")
    assert store.models.aliases("income") == {}


def test_champion_needs_an_approval(store, register):
    register()
    with pytest.raises(RegistryError, match=r"nobody has approved it\. .*`nbmlops approve income 1`\.$"):
        promote_version(store, "income", 1, "champion")
    decide_version(store, "income", 1, "rejected")
    with pytest.raises(RegistryError, match="it was rejected"):
        promote_version(store, "income", 1, "champion")
    assert promote_version(store, "income", 1, "challenger").aliases == ("challenger",)


def test_promoted_twice_is_told_once(store, register):
    register()
    approve(store, 1)
    for _ in range(2):
        promote_version(store, "income", 1, "champion")
    assert len(store.models.alias_history("income", "champion")) == 1
    assert [e.decision for e in list_decisions(store, "income")] == ["registered", "approved", "promoted"]


def test_rollback(store, register):
    for number in (1, 2, 3):
        register()
        approve(store, number)
        promote_version(store, "income", number, "champion")
    assert rollback_model(store, "income", by="bob", note="alerts").version == 2
    assert list_decisions(store, "income")[-1].note == "as champion, from version 3: alerts"
    assert rollback_model(store, "income").version == 1
    with pytest.raises(RegistryError, match=r"version 1 is its first champion"):
        rollback_model(store, "income")
    assert find_version(store, "income").version == 1
    promote_version(store, "income", 3, "champion")
    assert rollback_model(store, "income").version == 1


def test_rollback_to_a_rejected_version(store, register):
    for number in (1, 2):
        register()
        approve(store, number)
        promote_version(store, "income", number, "champion")
    decide_version(store, "income", 1, "rejected")
    with pytest.raises(RegistryError, match="it was rejected"):
        rollback_model(store, "income")
    assert find_version(store, "income@champion").version == 2


def test_rollback_without_champion(store, register):
    with pytest.raises(UnknownNameError):
        rollback_model(store, "income")
    register()
    with pytest.raises(
        RegistryError, match=r"it has no champion.*`nbmlops promote income VERSION champion`\.$"
    ):
        rollback_model(store, "income")


@pytest.mark.parametrize(
    ("moves", "previous"),
    [
        ("1", None),
        ("1 2", 1),
        ("1 2 3", 2),
        ("1 2 3 <2", 1),
        ("1 2 3 <2 <1", None),
        ("1 2 <1 3", 1),
        ("1 2 1", 2),
    ],
)
def test_find_previous(moves, previous):
    history = tuple(
        AliasMove("income", "champion", int(text.strip("<")), "", "", text.startswith("<"))
        for text in moves.split()
    )
    assert find_previous(history) == previous
