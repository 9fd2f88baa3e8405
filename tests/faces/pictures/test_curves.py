"""Curves: what is drawn is there for every theme, every reader and every number."""

from __future__ import annotations

import dataclasses
import math
from xml.etree import ElementTree

import pytest

from nbmlops.core.run import MetricValue
from nbmlops.faces.page import render_html
from nbmlops.faces.pictures.axes import choose_ticks
from nbmlops.faces.pictures.curves import Curve, draw_curves
from nbmlops.faces.pictures.palette import choose_colour, choose_dash
from nbmlops.faces.pictures.run_curves import draw_history, draw_metrics, draw_together
from nbmlops.faces.shapes import Shape, write_svg
from nbmlops.faces.text import render_text
from tests.faces.pictures.page_reader import read_page
from tests.faces.records import RUN

HOSTILE = '</text><script>alert(1)</script>" onload="x \x00\x1b[31m \u202e غير 🎲'


def draw(*curves):
    return draw_curves(curves, "some curves", "step", "value")


def read_svg(picture):
    return ElementTree.fromstring(write_svg(picture.shape, alone=True))


def list_points(picture):
    lines = [e.get("points") for e in read_svg(picture).iter() if e.tag.endswith("polyline")]
    return [[tuple(map(float, pair.split(","))) for pair in line.split()] for line in lines]


def test_points_lie_where_their_numbers_say():
    picture = draw(Curve("loss", (0, 1, 2), (4, 2, 0)))
    line = list_points(picture)[0]
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    heights = [y for _, y in line]
    assert heights[0] < heights[1] < heights[2]
    assert math.isclose(heights[1] - heights[0], heights[2] - heights[1], abs_tol=0.02)


def test_a_picture_has_a_name_and_a_table():
    picture = draw(Curve("loss", (0, 1), (4, 2)))
    assert read_svg(picture).get("aria-label") == picture.caption == "some curves"
    assert read_svg(picture).get("role") == "img"
    assert picture.table.rows == (("0", "4"), ("1", "2"))
    told = render_text([picture])
    assert "some curves" in told
    assert "loss" in told
    page = read_page(render_html([picture]))
    assert {"svg", "figcaption", "table"} <= set(page.tags)


@pytest.mark.parametrize(
    "values",
    [
        (math.nan, 1.0, math.inf, 2.0, -math.inf, 3.0),
        (math.nan, math.nan),
        (5.0, 5.0),
        (1.7e308, -1.7e308),
        (1e-300, 2e-300),
        (0.0, 0.0),
        (),
    ],
)
def test_no_number_breaks_a_picture(values):
    picture = draw(Curve("c", tuple(map(float, range(len(values)))), values))
    text = write_svg(picture.shape, alone=True)
    root = ElementTree.fromstring(text)
    places = [
        e.get(n)
        for e in root.iter()
        for n in ("x", "y", "x1", "y1", "cx", "cy", "width", "height")
        if e.get(n) is not None
    ]
    assert all(math.isfinite(float(place)) for place in places)
    assert "nan" not in " ".join(e.get("points", "") for e in root.iter())


def test_a_number_that_is_none_leaves_a_gap():
    assert len(list_points(draw(Curve("c", (0, 1, 2, 3, 4), (1, 2, math.nan, 3, 4))))) == 2


def test_hostile_names_are_text():
    picture = draw_curves([Curve(HOSTILE, (0, 1), (0, 1))], HOSTILE, HOSTILE, HOSTILE)
    page = read_page(render_html([picture]))
    assert "script" not in page.tags
    assert "onload" not in page.names
    assert ElementTree.fromstring(write_svg(picture.shape, alone=True)) is not None
    assert "\x1b" not in render_text([picture])


def test_a_picture_has_no_other_elements():
    for shape in (Shape("script"), Shape("a"), Shape("rect", {"onload": "x"}), Shape("g", {"style": "x"})):
        with pytest.raises(ValueError, match="a picture has no"):
            write_svg(Shape("svg", {}, (shape,)))


def test_long_curves_are_thinned_and_said_to_be():
    picture = draw(Curve("c", tuple(map(float, range(100_000))), tuple(map(float, range(100_000)))))
    assert "400 of 100,000 points" in picture.caption
    assert len(list_points(picture)[0]) == 400
    assert picture.table.rows[-1] == ("99999", "99999")
    assert len(render_html([picture])) < 30_000


def test_series_are_told_apart_without_colour():
    assert len({choose_dash(i) for i in range(6)}) == 6
    assert len({choose_colour(i) for i in range(6)}) == 6


def measure_light(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("ground", ["#ffffff", "#212121", "#000000"])
def test_colours_are_seen_on_light_and_on_dark(index, ground):
    low, high = sorted((measure_light(choose_colour(index)), measure_light(ground)))
    assert (high + 0.05) / (low + 0.05) >= 3


def test_ticks_are_round():
    assert choose_ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert choose_ticks(0.83, 0.91) == [0.84, 0.86, 0.88, 0.9]
    assert choose_ticks(3, 3) == [3]


def test_metrics_of_runs_are_drawn_where_they_have_points():
    loss = MetricValue("loss", 0.1, "log_metric", 3, (0.9, 0.4, 0.1), (0, 10, 20))
    run = dataclasses.replace(RUN, metrics=(*RUN.metrics, loss))
    (alone,) = draw_metrics(run)
    assert alone.table.rows == (("0", "0.9"), ("10", "0.4"), ("20", "0.1"))
    other = dataclasses.replace(run, id="r2")
    (both,) = draw_together([run, other, RUN])
    assert both.caption == "'loss' of 2 runs"
    assert draw_together([run, RUN]) == []
    history = draw_history("accuracy", [run, other])
    assert len(history.table.rows) == 2
