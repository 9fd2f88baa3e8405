"""Names and values are spelled so that a tracker takes them, each in a way of its own."""

from __future__ import annotations

import posixpath
import re

from hypothesis import given
from hypothesis import strategies as st

from nbmlops.core.meeting import is_same, meet_marks, settle_marks
from nbmlops.trackers.spelling import Spelling, read_scalar, spell_name

NAMES = st.text(alphabet=st.sampled_from("ab./-u3A2D:_ é\n\0'\ud800"), max_size=12)


@given(NAMES)
def test_a_name_is_allowed(name):
    spelled = spell_name(name)
    assert re.fullmatch(r"[\w. /-]{1,250}", spelled)
    assert posixpath.normpath(spelled) == spelled
    assert not spelled.startswith(("/", ".."))


@given(NAMES, NAMES)
def test_two_names_stay_two(one, other):
    assert (spell_name(one) == spell_name(other)) == (one == other)


def test_plain_names_stay():
    assert spell_name("train/loss_1.x - y") == "train/loss_1.x - y"
    assert len({spell_name("x" * 300), spell_name("x" * 299), spell_name("x" * 301)}) == 3


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)))
def test_what_is_read_is_written_the_same(value):
    assert str(read_scalar(str(value))) == str(value)


def test_a_long_text_is_cut_and_told():
    spelling = Spelling()
    text = spelling.text("it", "long " * 99, 100)
    assert (len(text), spelling.cut) == (100, {"it"})
    assert is_same(text, "long " * 99)
    assert not is_same(text, "other")


MARKS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"))


@given(MARKS, MARKS, MARKS)
def test_both_sides_meet(base, here, there):
    meeting = meet_marks(base, here, there)
    mine = {k: v for k, v in (here | dict(meeting.here)).items() if v is not None}
    theirs = {k: v for k, v in (there | dict(meeting.there)).items() if v is not None}
    for key in "abc":
        assert mine.get(key) == theirs.get(key) or key in meeting.parted
    settled = settle_marks(base, mine, meeting.parted)
    again = meet_marks(settled, mine, theirs)
    assert (again.here, again.there, again.parted) == ({}, {}, meeting.parted)
