"""The view without a browser: acts, two steps, long work, and whatever is wrong in the status line."""

from __future__ import annotations

import json
import threading
import time

import pytest

from nbmlops.errors import UsageError
from nbmlops.faces.blocks import Line
from nbmlops.faces.panel import view as panel_view
from nbmlops.faces.panel import working
from nbmlops.faces.panel.desk import Screen
from nbmlops.faces.panel.parts import Button, Field, Grid, Row, Section, describe_part, plain_blocks
from nbmlops.faces.panel.view import View
from nbmlops.faces.panel.working import Work

CALLED = []


class _Answer:
    """A verb at our own port: what the view calls instead of the api."""

    reports = True

    def __init__(self, name):
        self.name = name

    def answer(self, progress, **keywords):
        CALLED.append((self.name, keywords))
        if self.name == "slow":
            for turn in range(10**6):
                progress(f"turn {turn}")
                time.sleep(0.01)
        if self.name == "broken":
            raise ValueError("no word of ours")
        if self.name == "refused":
            raise UsageError("'x' is refused.", "Type `nbmlops runs`.")
        return "done"


@pytest.fixture
def view(monkeypatch):
    CALLED.clear()
    monkeypatch.setattr(panel_view, "find_verb", _Answer)

    def tell(record):
        return Line(f"it is {record}", "good")

    def fail(desk, value):
        raise ZeroDivisionError("in a screen")

    screen = Screen(
        "one",
        "One",
        lambda desk: [Button("<b>Go</b>", "go"), Line("words")],
        {
            "go": lambda desk, value: desk.start(value["verb"], {"a": 1}, tell, "the work"),
            "risky": lambda desk, value: desk.ask_first("approve", {"b": 2}, tell, "Sure?", "Yes, do"),
            "fail": fail,
        },
    )
    return View([screen, Screen("two", "Two", lambda desk: ())])


def status(view):
    return view.show()["status"]["text"]


def wait_for(found):
    until = time.monotonic() + 600
    while not found():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_is_shown_is_json(view):
    shown = json.loads(json.dumps(view.show()))
    assert [tab["open"] for tab in shown["tabs"]] == [True, False]
    assert shown["parts"][0]["text"] == "<b>Go</b>"
    assert "Go" not in view.show_plain()[1]
    view.dispatch("open", {"screen": "two"})
    assert [tab["open"] for tab in view.show()["tabs"]] == [False, True]
    view.dispatch("open", {"screen": "nowhere"})
    assert "no 'open'" in status(view)


def test_the_second_step_needs_the_word_of_the_first(view):
    view.dispatch("risky")
    (asked,) = [p for p in view.show()["parts"] if p["kind"] == "confirm"]
    view.dispatch("confirm", {"word": "guessed"})
    assert "not asked for here" in status(view)
    view.dispatch("confirm", {"word": asked["word"]})
    assert CALLED == []
    view.dispatch("risky")
    (again,) = [p for p in view.show()["parts"] if p["kind"] == "confirm"]
    assert again["word"] != asked["word"]
    view.dispatch("confirm", {"word": again["word"]})
    assert status(view) == "it is done"
    view.dispatch("confirm", {"word": again["word"]})
    assert CALLED == [("approve", {"b": 2, "store": None})]


def test_what_was_asked_too_long_ago_is_not_done(view, monkeypatch):
    view.dispatch("risky")
    (asked,) = [p for p in view.show()["parts"] if p["kind"] == "confirm"]
    now = time.monotonic()
    monkeypatch.setattr(panel_view.time, "monotonic", lambda: now + 3600)
    view.dispatch("confirm", {"word": asked["word"]})
    assert "too long ago" in status(view)
    assert CALLED == []


@pytest.mark.parametrize("leave", [("cancel", {}), ("open", {"screen": "two"})])
def test_leaving_takes_the_question_back(view, leave):
    view.dispatch("risky")
    (asked,) = [p for p in view.show()["parts"] if p["kind"] == "confirm"]
    view.dispatch(*leave)
    view.dispatch("confirm", {"word": asked["word"]})
    assert CALLED == []


def test_long_work_is_told_and_stopped(view, monkeypatch):
    monkeypatch.setattr(working, "_PAUSE", 3600.0)
    told = []
    view.changed = lambda: told.append(status(view))
    view.dispatch("go", {"verb": "slow"})
    wait_for(lambda: any("turn" in text for text in told))
    assert view.show()["working"]
    view.dispatch("go", {"verb": "quick"})
    assert "still at work" in status(view)
    view.dispatch("stop")
    wait_for(lambda: not view.show()["working"])
    assert "stopped" in status(view)
    assert [name for name, _ in CALLED] == ["slow"]
    assert len([text for text in told if "turn" in text]) < 5


def test_what_is_told_last_is_that_nothing_is_at_work(view):
    told = []
    view.changed = lambda: told.append(view.show())
    view.dispatch("go", {"verb": "quick"})
    wait_for(lambda: told and told[-1]["status"]["text"] == "it is done")
    assert not told[-1]["working"]


def test_panels_of_one_kernel_hear_of_each_other():
    def screen(desk, value):
        desk.wrote = value["wrote"]

    peers, heard = set(), []
    screens = [Screen("one", "One", lambda desk: (), {"write": screen})]
    first, second = View(screens, peers=peers), View(screens, peers=peers)
    first.heard, second.heard = lambda: heard.append(1), lambda: heard.append(2)
    first.dispatch("write", {"wrote": False})
    assert heard == []
    first.dispatch("write", {"wrote": True})
    assert heard == [2]


@pytest.mark.parametrize(
    ("verb", "said"), [("broken", "ValueError: no word of ours"), ("refused", "`%nbmlops runs`")]
)
def test_what_long_work_raises_is_told(view, verb, said):
    view.dispatch("go", {"verb": verb})
    wait_for(lambda: not view.show()["working"])
    assert said in status(view)


def test_what_a_screen_raises_is_told(view):
    view.dispatch("fail")
    assert status(view) == "ZeroDivisionError: in a screen"


def test_a_screen_that_cannot_be_shown_says_why(view):
    def fail(desk):
        raise ZeroDivisionError("<b>in a screen</b>")

    view.desk.screen = "three"
    view._screens["three"] = Screen("three", "Three", fail)
    shown = view.show()["parts"]
    assert [part["text"] for part in shown] == ["ZeroDivisionError: <b>in a screen</b>"]
    view.dispatch("open", {"screen": "two"})
    assert view.show()["parts"] == []


def test_work_waits_until_no_cell_runs():
    busy, told, ended = threading.Event(), [], []
    busy.set()
    work = Work(
        "the work",
        _Answer("quick").answer,
        lambda record: Line("over"),
        busy.is_set,
        told.append,
        ended.append,
    )
    work.begin()
    wait_for(lambda: told)
    assert "queued, the kernel is busy" in told[0]
    assert ended == []
    busy.clear()
    work.join(600)
    assert [line.text for line in ended] == ["over"]


def test_acts_come_one_at_a_time(view):
    threads = [threading.Thread(target=view.dispatch, args=("risky",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([p for p in view.show()["parts"] if p["kind"] == "confirm"]) == 1


def test_a_grid_reads_as_a_table():
    assert describe_part(Grid("g", (), ()))["kind"] == "grid"
    (table,) = plain_blocks([Button("x", "y"), Grid("g", (), (), empty="none")])
    assert table.empty == "none"


@pytest.mark.parametrize("prompt", ["%nbmlops", "nbmlops"])
def test_commands_are_said_as_they_are_typed_there(prompt):
    inside = (Line("`nbmlops doctor`"), Grid("g", (), (), empty="`nbmlops runs`"))
    screen = Screen("one", "One", lambda desk: (Section("s", (Row(inside),)), Line("`nbmlops gc`")))
    view = View([screen], summary=lambda: [Line("`nbmlops enable`")], prompt=prompt)
    view.desk.say("`nbmlops history`")
    for shown in (json.dumps(view.show()), view.show_plain()[0]):
        assert shown.count("`nbmlops ") == (0 if prompt == "%nbmlops" else shown.count("nbmlops "))
        assert f"`{prompt} doctor`" in shown and f"`{prompt} enable`" in shown
    assert view.show()["status"]["text"] == f"`{prompt} history`"


def test_a_section_of_nothing_but_boxes_is_not_read():
    boxes = Section("Columns", (Row((Field("a", "A", "check"),)),))
    assert plain_blocks([boxes, Section("Said", (Line("x"),))]) == [Line("Said", "strong"), Line("x")]
