"""Change and lineage: what is drawn beside a difference, a drift report and a slice."""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree

from nbmlops.core.drift import ColumnDrift
from nbmlops.core.value import ColumnProfile, Profile
from nbmlops.faces.page import render_html
from nbmlops.faces.pictures.change import draw_difference, draw_drift
from nbmlops.faces.pictures.lineage import draw_lineage
from nbmlops.faces.shapes import write_svg
from nbmlops.faces.text import render_text
from nbmlops.monitor.drift import find_drift
from nbmlops.monitor.reading import Logged
from tests.faces.pictures.page_reader import read_page
from tests.faces.records import DRIFT, SLICE
from tests.faces.test_displays import DIFFERENCE


def count(picture, tag):
    root = ElementTree.fromstring(write_svg(picture.shape, alone=True))
    return sum(element.tag.endswith("}" + tag) for element in root.iter())


def test_columns_that_changed_are_drawn_before_and_after():
    picture = draw_difference(DIFFERENCE)
    assert count(picture, "rect") == 2 + 2 * 3
    assert [row[2:] for row in picture.table.rows] == [
        ("16.7%", "50.0%"),
        ("33.3%", "33.3%"),
        ("50.0%", "16.7%"),
    ]
    assert "df@1" in picture.caption
    assert render_text([picture]) == ""
    assert "figure" in read_page(render_html([picture])).tags


def test_at_most_nine_are_drawn():
    many = dataclasses.replace(DIFFERENCE, columns=DIFFERENCE.columns * 12)
    assert "The first 9 of 12 columns" in draw_difference(many).caption
    assert draw_difference(dataclasses.replace(DIFFERENCE, columns=())) is None


def test_a_report_without_bins_is_not_drawn():
    assert draw_drift(DRIFT) is None


def test_what_drifts_is_drawn_first_with_its_bins():
    moved = ColumnDrift("age", 0.4, 0.2, True, "", ("to 30", "from 30"), (0.5, 0.5), (10.0, 30.0))
    stayed = ColumnDrift("sex", 0.0, 0.2, False, "", ("f", "m"), (0.5, 0.5), (20.0, 20.0))
    picture = draw_drift(dataclasses.replace(DRIFT, columns=(stayed, moved)))
    assert picture.table.rows[0] == ("age", "to 30", "50.0%", "25.0%")
    assert [row[0] for row in picture.table.rows] == ["age", "", "sex", ""]


def test_reports_keep_the_bins_they_compared():
    quantiles = tuple(float(at) for at in range(21))
    column = ColumnProfile("x", "float64", "number", 2000, 0, 2000, quantiles)
    rows = tuple({"x": None if at % 4 == 0 else at / 20} for at in range(400))
    (found,) = find_drift("m", 1, Profile(2000, (column,)), Logged(rows, (), None, None)).columns
    assert len(found.labels) == len(found.expected) == len(found.counts)
    assert found.labels[-1] == "missing"
    assert sum(found.counts) == 400
    assert abs(sum(found.expected) - 1) < 1e-9


def test_lineage_joins_cells_by_what_passes_between_them():
    picture = draw_lineage(SLICE)
    assert picture.folded
    assert picture.table.rows[0] == ("input", "[1]", "/data/x.csv")
    assert count(picture, "path") == len(picture.table.rows)
    assert draw_lineage(dataclasses.replace(SLICE, inputs=(), explained=SLICE.explained[:1])) is None
    assert "details" in read_page(render_html([picture])).tags


def test_long_lineages_are_cut_and_say_so():
    steps = [
        dataclasses.replace(e, statement=dataclasses.replace(e.statement, execution=number))
        for number in range(100)
        for e in SLICE.explained[:1]
    ]
    picture = draw_lineage(dataclasses.replace(SLICE, explained=tuple(steps)))
    assert "the last 40 are drawn" in picture.caption
    assert count(picture, "circle") == 40
