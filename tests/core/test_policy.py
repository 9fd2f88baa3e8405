"""Which verdicts will do is what a project's pyproject.toml says, and never a difference."""

from __future__ import annotations

import pytest

from nbmlops.core.encoding import dump, load
from nbmlops.core.policy import read_policy
from nbmlops.core.proof import ACCEPTED, Proof
from nbmlops.errors import UsageError


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        (None, ACCEPTED),
        ("[project]\nname = 'a'", ACCEPTED),
        ("[tool.nbmlops]\n", ACCEPTED),
        ("[tool.nbmlops]\naccept = ['close', 'equivalent']", ("identical", "equivalent", "close")),
        ("[tool.nbmlops]\naccept = ['identical']", ("identical",)),
        ("[tool.nbmlops]\naccept = []", ("identical",)),
    ],
)
def test_a_project_says_what_will_do(tmp_path, text, accepted):
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)
    assert read_policy(tmp_path / ".nbmlops" / "store.db") == accepted
    assert read_policy(tmp_path / "named.db") == accepted


@pytest.mark.parametrize(
    "text",
    [
        "[tool.nbmlops]\naccept = ['different']",
        "[tool.nbmlops]\naccept = 'close'",
        "[tool.nbmlops]\naccept = [['close']]",
        "[tool]\nnbmlops = 3",
        "[tool",
    ],
)
def test_what_is_no_policy_is_refused(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        read_policy(tmp_path / "named.db")


@pytest.mark.parametrize(
    ("verdict", "policy", "holds"),
    [
        ("identical", ACCEPTED, True),
        ("equivalent", ("identical",), False),
        ("close", ACCEPTED, False),
        ("close", (*ACCEPTED, "close"), True),
        (None, ACCEPTED, False),
    ],
)
def test_a_proof_remembers_its_policy(verdict, policy, holds):
    proof = Proof("model", verdict, (), None, None, policy=policy)
    assert load(Proof, dump(proof).encode()).holds is holds
