"""Attacks: what slices easily overlook; exported with the notebook's parameters, and with others."""

from __future__ import annotations

import pytest

from tests.messy.attacking import ATTACKS, find_wrong

_QUICK = 10


def _mark(number, attack):
    return pytest.param(attack, id=attack.name, marks=[pytest.mark.slow] if number % _QUICK else [])


@pytest.mark.parametrize("attack", [_mark(number, attack) for number, attack in enumerate(ATTACKS)])
def test_attack(attack, tmp_path):
    assert find_wrong(attack, tmp_path) == []
