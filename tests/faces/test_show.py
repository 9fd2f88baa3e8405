from __future__ import annotations

import dataclasses

import pytest

from nbmlops.api.health import GivenUp, Health
from nbmlops.capture.costs import Cost
from nbmlops.core.standing import Standing
from nbmlops.faces.blocks import Line, Listing, Mark, Table
from nbmlops.faces.page import render_html, style_line
from nbmlops.faces.show import show_explanation, show_history, show_proof, show_slice
from nbmlops.faces.show_models import show_drift, show_models, show_retrained, show_version
from nbmlops.faces.show_record import show_record
from nbmlops.faces.show_runs import show_runs
from nbmlops.faces.show_standing import show_proved, show_rescue, show_standing
from nbmlops.faces.show_status import show_health
from nbmlops.faces.text import measure_text, render_text
from nbmlops.faces.wording import address_blocks
from tests.faces.records import (
    DIVERGED,
    DRIFT,
    HISTORY,
    PROOF,
    RESCUE,
    RETRAINED,
    RUN,
    SLICE,
    STANDING,
    VERSION,
)

HEALTH = Health(
    "/s.db",
    2_000,
    3,
    True,
    0.021,
    problems=(),
    notes=(),
    seconds=0.25,
    elapsed=12.25,
    dearest=(Cost(0.2, 3, 2, "c3", "# fit\nmodel.fit(X)"),),
    given_up=(GivenUp(2, "c2", 1, "big[0] = 1", "big", "too large"),),
    unobserved=("execution 1 ran unobserved: %%private",),
)
EVIL = "<img src=x onerror=alert(1)>\x1b[2J\u202e"

SHOWN = {
    "history": (
        show_history(HISTORY),
        ["error", "3.5 s", "3 min", "df.head()", "model = Tree().fit(", "nb.ipynb"],
    ),
    "slice": (
        show_slice(SLICE),
        ["2 of 3 statements (67%)", "    df", "numpy", "/data/x.csv", "'threshold'"],
    ),
    "why": (
        show_explanation(SLICE),
        [
            "<- 'model' was fitted on it",
            "itself (assumed, to be safe)",
            "df.head()",
            "1 of them, marked `?`, is only assumed to matter",
            "nbmlops export model DIR --minimise",
        ],
    ),
    "doctor": (
        show_health(HEALTH),
        [
            "recording took 250 ms beside 12.0 s of this kernel's cells (2.1%)",
            "200.0 ms 3 2 model.fit(X)",
            "1 change only assumed",
            "2 1 big too large big[0] = 1",
            "not observed: execution 1 ran unobserved: %%private",
            "all is well",
        ],
    ),
    "runs": (show_runs((RUN,)), ["max_depth  accuracy", "3  0.861235", "df 32561×15 and 1 more", "finished"]),
    "no runs": (show_runs(()), ["no run: fit a model"]),
    "proof": (show_proof(PROOF), ["identical", "bit for bit", "numpy"]),
    "different": (show_proof(DIVERGED), ["different", "because: the random state", "cell 3, statement 1"]),
    "standing": (
        show_proved(STANDING),
        [
            "1 of 2 values can be made again, bit for bit. From cell [3] on",
            "df DataFrame stands 1",
            "model Tree differs 2",
            "g: reading it would use it up",
            "model: the clock",
            "note: 'x.csv' is no longer",
        ],
    ),
    "nothing stands": (show_standing(Standing("h", None, 0, ())), ["Nothing here", "nothing is bound"]),
    "rescue": (
        show_rescue(RESCUE),
        ["cell [2] raises KeyError", "3 of 4 saved outputs are the same", "2 df.head() 1 2", "none stands"],
    ),
    "models": (show_models((VERSION,)), ["income", "awaits approval", "identical", "accuracy=0.86"]),
    "no models": (show_models(()), ["nbmlops register"]),
    "version": (show_version(VERSION), ["income 2: awaits approval", "nbmlops approve income 2"]),
    "drift": (show_drift(DRIFT), ["drifting: age", "0.412", "from 37 to 52", "500 predictions"]),
    "retrained": (
        show_retrained(RETRAINED),
        ["+0.011 to +0.029", "12 known already", "promote income 3 champion"],
    ),
    "record": (show_record(RUN.data[0]), ["rows", "32561"]),
    "nothing": (show_record(None), []),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_shown(kind):
    blocks, expected = SHOWN[kind]
    text = render_text(blocks)
    for part in expected:
        # A cell of a table that is too wide for the page goes on in the next line.
        assert part in text or all(word in text for word in part.split())
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    page = render_html(blocks)
    assert page.count("<div") == page.count("</div>")
    assert page.count("<td") == page.count("</td>")


def test_next_step_follows_the_decisions():
    approved = dataclasses.replace(VERSION, approved=True)
    champion = dataclasses.replace(approved, aliases=("champion",))
    rejected = dataclasses.replace(VERSION, approved=False)
    assert "nbmlops promote income 2 champion" in render_text(show_version(approved))
    assert "nbmlops package income@champion" in render_text(show_version(champion))
    assert "next" not in render_text(show_version(rejected))


def test_columns_line_up_also_when_letters_are_wide():
    table = Table(("name", "n"), (("データ", "1"), ("é", "1000")), frozenset({1}))
    lines = render_text([table]).splitlines()
    assert len({measure_text(line) for line in lines}) == 1


def test_foreign_text_cannot_repaint_a_terminal_or_a_page():
    blocks = [Line(EVIL), Table(("h",), ((EVIL,),)), Listing((Mark(1, EVIL, notes=(EVIL,)),))]
    text = render_text(blocks)
    assert "\x1b" not in text
    assert "\u202e" not in text
    page = render_html(blocks) + style_line(EVIL, role="status")
    assert "<img" not in page


def test_a_wide_table_is_folded_and_stays_whole():
    words = (
        "parameters",
        "min_samples_leaf=3, n_estimators=400, criterion=gini, max_depth=17, ccp_alpha=0.1",
    )
    table = Table(("run", words[0], "status"), (("d5dbaf2e698a", words[1] * 2, "finished"),))
    lines = render_text([table]).splitlines()
    assert max(map(measure_text, lines)) <= 100
    assert all(word in " ".join(lines) for word in words[1].split(", "))
    long = render_text([Line("file " * 60), Line("x" * 150)]).splitlines()
    assert max(map(len, long[:-1])) <= 100
    assert long[-1] == "x" * 150


def test_commands_are_written_as_they_are_typed_where_they_are_read():
    blocks = [Line("next: `nbmlops models`"), Table(("a",), (), empty="see `%nbmlops runs`")]
    assert render_text(address_blocks(blocks, "%nbmlops")) == (
        "next: `%nbmlops models`\n\n(see `%nbmlops runs`)"
    )
    assert "`nbmlops runs`" in render_text(address_blocks(blocks, "nbmlops"))


def test_what_is_assumed_is_marked():
    text, page = render_text(show_explanation(SLICE)), render_html(show_explanation(SLICE))
    assert ("* [1] df" in text, "? [3] # fit" in text) == (True, True)
    assert ("● [1] df" in page, "? [3] # fit" in page) == (True, True)
    assert "? [3] # fit" in render_text(show_slice(SLICE))
    certain = dataclasses.replace(SLICE, explained=SLICE.explained[:2])
    assert "assumed" not in render_text(show_explanation(certain))
