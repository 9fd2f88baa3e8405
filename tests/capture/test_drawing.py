"""What is only drawn on has to be there; what was drawn on it before is of no consequence."""

from __future__ import annotations

import ast

import pytest

from nbmlops.capture.drawing import find_drawn, is_figure


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ax.plot([1])", {"ax"}),
        ("for i in range(3):\n    x = i\n    ax.scatter(x, x, c='r')\n    ax.set_title(str(i))", {"ax"}),
        ("ax.plot([1]); bx.plot([2])", {"ax", "bx"}),
        ("lines = ax.plot([1])", set()),
        ("ax.plot(ax.get_xlim())", set()),
        ("ax.plot([1])\nlim = ax.get_xlim()", set()),
        ("ax.text(0, 0, 'a', transform=ax.transAxes)", set()),
        ("ax.get_figure()", set()),
        ("frame.plot(ax=ax)", {"frame"}),
        ("f(ax)", set()),
        ("axes[0].plot([1])", set()),
        ("x = 1", set()),
    ],
)
def test_names_that_are_drawn_on(text, names):
    tree = ast.parse(text)
    nodes = [n for statement in tree.body for n in ast.walk(statement)]
    assert find_drawn(nodes) == names


def test_figures_are_matplotlibs_own():
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    class Counting(Axes):
        """Draws in a way of its own."""

    figure = Figure()
    assert is_figure(figure)
    assert is_figure(figure.add_subplot())
    assert not is_figure(Counting(figure, (0, 0, 1, 1)))
    assert not is_figure([1])
