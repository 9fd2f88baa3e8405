"""The palette: colours that are told apart by the colour-blind and seen on white and on black."""

from __future__ import annotations

__all__ = ["DASHES", "INK", "choose_colour", "choose_dash"]

INK = "currentColor"
"""The colour of the text around a picture: frames, labels and ticks follow the theme."""

# Hues of Okabe and Ito, each at a lightness that has a contrast of 3 with white and with Lab's dark grey.
_COLOURS = ("#1f83c4", "#c7680c", "#0e9070", "#b5609c", "#8a7a1f", "#6f75d8")
DASHES = ("", "7 3", "2 3", "9 3 2 3", "1 4", "12 4")
"""Of lines: what tells them apart without colour."""


def choose_colour(index: int) -> str:
    """Return the colour of the series with this index."""
    return _COLOURS[index % len(_COLOURS)]


def choose_dash(index: int) -> str:
    """Return the dashes of the series with this index; the first is drawn through."""
    return DASHES[index % len(DASHES)]
