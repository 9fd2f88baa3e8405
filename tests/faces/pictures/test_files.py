"""Files: a picture as SVG and as PNG shows the same, also of hostile names."""

from __future__ import annotations

import io
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from nbmlops.core.plot import Plot, Trace
from nbmlops.faces.pictures.change import draw_difference
from nbmlops.faces.pictures.files import stack_shapes, write_png, write_vectors
from nbmlops.faces.pictures.lineage import draw_lineage
from nbmlops.faces.pictures.plots import draw_plot
from nbmlops.faces.text import render_text
from tests.faces.pictures.test_curves import HOSTILE, Curve, draw
from tests.faces.records import SLICE
from tests.faces.test_displays import DIFFERENCE

CONFUSION = Plot("confusion", "`m` on `X`", 100, labels=("no", "yes"), counts=((40, 10), (5, 45)))
IMPORTANCE = Plot(
    "importance",
    "`m`",
    labels=("a", HOSTILE),
    values=(0.7, -0.3),
    deviations=(0.1, 0.2),
    x_label="weight",
)
ROC = Plot("roc", "`m`", 9, (Trace("yes", (0, 0.5, 1), (0, 0.9, 1)), Trace("", (0, 1), (0, 1), True)))
PICTURES = {
    "curves": draw(Curve("a", (0, 1, 2), (1, 3, 2)), Curve("$b_$", (0, 1, 2), (2, 2, 5))),
    "roc": draw_plot(ROC),
    "confusion": draw_plot(CONFUSION),
    "importance": draw_plot(IMPORTANCE),
    "lineage": draw_lineage(SLICE),
    "difference": draw_difference(DIFFERENCE),
}


def read_png(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("L"))


@pytest.mark.parametrize("name", PICTURES)
def test_both_files_show_the_picture(name):
    shape = PICTURES[name].shape
    root = ElementTree.fromstring(write_vectors(shape))
    assert root[0].text == PICTURES[name].caption
    pixels = read_png(write_png(shape))
    size = (float(shape.attributes["height"]) * 2, float(shape.attributes["width"]) * 2)
    assert np.allclose(pixels.shape, size, atol=2)
    assert 0.002 < (pixels < 200).mean() < 0.6


def test_the_same_picture_is_the_same_file():
    shape = PICTURES["roc"].shape
    assert write_png(shape) == write_png(shape)
    assert write_vectors(shape) == write_vectors(shape)


def test_several_are_put_below_each_other():
    one, other = PICTURES["roc"].shape, PICTURES["confusion"].shape
    both = stack_shapes([one, other], "both")
    assert both.attributes["height"] == one.attributes["height"] + other.attributes["height"]
    pixels = read_png(write_png(both))
    lower = pixels[int(one.attributes["height"] * 2) :]
    assert (lower < 200).mean() > 0.002


def test_drawing_a_file_leaves_pyplot_alone():
    before = set(sys.modules)
    write_png(PICTURES["roc"].shape)
    assert "matplotlib.pyplot" not in set(sys.modules) - before


def test_a_matrix_and_ranks_are_told_in_numbers():
    assert PICTURES["confusion"].table.rows == (("no", "40", "10"), ("yes", "5", "45"))
    assert PICTURES["importance"].table.rows[0] == ("a", "0.7", "± 0.1")
    assert "Confusion matrix of `m` on `X` (100 rows)" in render_text([PICTURES["confusion"]])
