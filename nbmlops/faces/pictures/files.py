"""Files: a picture as SVG, or drawn once more by matplotlib as PNG."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nbmlops.faces.pictures.palette import INK
from nbmlops.faces.shapes import Shape, write_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["stack_shapes", "write_png", "write_vectors"]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_DOTS, _POINTS = 192, 0.75
_ANCHORS = {"start": "left", "middle": "center", "end": "right"}


def stack_shapes(shapes: Sequence[Shape], said: str) -> Shape:
    """Return several pictures as one, each below the other."""
    if len(shapes) == 1:
        return shapes[0]
    inside, top, width = [], 0.0, 0.0
    for shape in shapes:
        inside.append(Shape("g", {"transform": f"translate(0 {top:g})"}, shape.inside))
        top += float(shape.attributes["height"])
        width = max(width, float(shape.attributes["width"]))
    size: dict[str, str | float] = {"viewBox": f"0 0 {width:g} {top:g}", "width": width, "height": top}
    return Shape("svg", {**shapes[0].attributes, **size, "aria-label": said}, tuple(inside))


def write_vectors(shape: Shape) -> bytes:
    """Return a picture as an SVG file, its name also as the title that a viewer shows."""
    title = Shape("title", {}, (str(shape.attributes.get("aria-label", "")),))
    titled = Shape(shape.tag, shape.attributes, (title, *shape.inside))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{write_svg(titled, alone=True)}\n'.encode()


def write_png(shape: Shape) -> bytes:
    """Return a picture as PNG, black on white, at twice its size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = float(shape.attributes["width"]), float(shape.attributes["height"])
    figure = Figure(figsize=(width / 96, height / 96), dpi=_DOTS, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    _draw_inside(axes, shape, 0.0)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DOTS, metadata={"Software": None})
    return drawn.getvalue()


def _draw_inside(axes: Axes, shape: Shape, top: float) -> None:
    moved = _NUMBER.findall(str(shape.attributes.get("transform", "")))
    top += float(moved[1]) if len(moved) == 2 else 0.0
    for inner in shape.inside:
        if isinstance(inner, Shape):
            if inner.tag == "g":
                _draw_inside(axes, inner, top)
            elif inner.tag == "text":
                _draw_text(axes, inner, top)
            elif inner.tag not in ("title", "desc"):
                _draw_outline(axes, inner, top)


def _draw_text(axes: Axes, shape: Shape, top: float) -> None:
    found = shape.attributes
    axes.text(
        float(found["x"]),
        float(found["y"]) + top,
        "".join(inner for inner in shape.inside if isinstance(inner, str)),
        fontsize=float(found.get("font-size", 11)) * _POINTS,
        ha=_ANCHORS[str(found.get("text-anchor", "start"))],
        va="center",
        color=_colour(found.get("fill", INK)),
        alpha=float(found.get("opacity", 1)),
        parse_math=False,  # a `$` in a column's name is no formula
    )


def _draw_outline(axes: Axes, shape: Shape, top: float) -> None:
    from matplotlib.patches import PathPatch

    found = shape.attributes
    dash = [float(n) for n in _NUMBER.findall(str(found.get("stroke-dasharray", "")))]
    axes.add_patch(
        PathPatch(
            _trace_path(shape, top),
            facecolor=_colour(found.get("fill", INK)),
            edgecolor=_colour(found.get("stroke", "none")),
            linewidth=float(found.get("stroke-width", 1)) * _POINTS,
            linestyle=(0, dash) if dash else "solid",
            alpha=float(found.get("opacity", 1)),
            capstyle="butt",
        )
    )


def _colour(colour: Any) -> str:
    return "black" if colour == INK else str(colour)


def _trace_path(shape: Shape, top: float) -> Any:
    """Return an element's outline as a path of matplotlib."""
    from matplotlib.path import Path

    numbers = {name: float(v) for name, v in shape.attributes.items() if isinstance(v, int | float)}
    if shape.tag == "rect":
        x, y = numbers["x"], numbers["y"] + top
        right, bottom = x + numbers["width"], y + numbers["height"]
        return Path([(x, y), (right, y), (right, bottom), (x, bottom), (x, y)], closed=True)
    if shape.tag == "circle":
        return Path.circle((numbers["cx"], numbers["cy"] + top), numbers["r"])
    if shape.tag == "line":
        return Path([(numbers["x1"], numbers["y1"] + top), (numbers["x2"], numbers["y2"] + top)])
    listed = [
        float(n) for n in _NUMBER.findall(str(shape.attributes.get("points", shape.attributes.get("d"))))
    ]
    points = [(x, y + top) for x, y in zip(listed[::2], listed[1::2], strict=True)]
    codes = [Path.MOVETO, *[Path.CURVE4] * (len(points) - 1)] if shape.tag == "path" else None
    return Path(points, codes)
