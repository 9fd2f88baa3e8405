"""Shapes: a picture as a tree of SVG elements, before it is known who draws it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

__all__ = ["ATTRIBUTES", "TAGS", "Shape", "escape_text", "write_svg"]

TAGS = frozenset(
    {"svg", "g", "path", "rect", "circle", "line", "polyline", "polygon", "text", "title", "desc"}
)
"""The elements that a picture may have."""

ATTRIBUTES = frozenset(
    {
        *("d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy", "width", "height"),
        *("viewBox", "points", "transform", "class", "role", "aria-label", "text-anchor", "font-size"),
        *("dominant-baseline", "fill", "stroke", "stroke-width", "stroke-dasharray", "opacity"),
        *("preserveAspectRatio", "font-weight", "font-family"),
    }
)
"""What of them may be set: nothing that refers to anything, and no style."""

_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_REFUSED = re.compile(f"[{_TURNING}]|[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACE = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, slots=True)
class Shape:
    """One element: its tag, its attributes, and what stands inside of it, shapes and texts.

    >>> write_svg(Shape("text", {"x": 1}, ("a < b",)))
    '<text x="1">a &lt; b</text>'
    """

    tag: str
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    inside: Sequence[Shape | str] = ()


def write_svg(shape: Shape, alone: bool = False) -> str:
    """Write a shape as SVG, every text escaped; `alone` makes it a file of its own.

    Raises ValueError for an element or an attribute that no picture needs.
    """
    strange = {shape.tag} - TAGS | set(shape.attributes) - ATTRIBUTES
    if strange:
        raise ValueError(f"a picture has no {', '.join(sorted(strange))}")
    attributes = {"xmlns": _SPACE, **shape.attributes} if alone else shape.attributes
    said = "".join(f' {name}="{escape_text(_write_value(value))}"' for name, value in attributes.items())
    inside = "".join(write_svg(i) if isinstance(i, Shape) else escape_text(i) for i in shape.inside)
    return f"<{shape.tag}{said}>{inside}</{shape.tag}>"


def _write_value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def escape_text(text: str) -> str:
    """Escape a text; what no XML file may hold, and what turns round its neighbours, is replaced."""
    return escape(_REFUSED.sub("\ufffd", text))
