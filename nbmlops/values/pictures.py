"""Pictures: figures of the plotting libraries as bytes with their media type."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

__all__ = ["NoPicture", "draw_picture"]

_SIGNS = {b"\x89PNG\r\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_PLOTLY = "application/vnd.plotly.v1+json"
_ALTAIR = "application/vnd.vegalite.v5+json"


class NoPicture(TypeError):  # noqa: N818 - a verdict on a value, said as an adjective
    """A value is no figure."""


def draw_picture(figure: Any) -> tuple[str, bytes]:
    """Return the media type and the bytes of a figure.

    It may be a figure or axes of matplotlib, what seaborn, scikit-learn, plotly, altair or Pillow draw, the
    bytes of a PNG, JPEG or SVG, or the path of a file that holds one. Raises `NoPicture` for anything else.
    """
    if isinstance(figure, bytes | bytearray):
        return _judge_bytes(bytes(figure))
    if isinstance(figure, str) and figure.lstrip().startswith(("<svg", "<?xml")):
        return _judge_bytes(figure.encode())
    if isinstance(figure, str | os.PathLike):
        return _read_file(Path(figure))
    for holder in ("figure_", "figure", "fig"):
        if not hasattr(figure, "savefig") and hasattr(getattr(figure, holder, None), "savefig"):
            figure = getattr(figure, holder)
    if hasattr(figure, "savefig"):
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png")
        return "image/png", drawn.getvalue()
    if hasattr(figure, "to_plotly_json"):
        return _PLOTLY, str(figure.to_json()).encode()
    if type(figure).__module__.startswith("altair."):
        return _ALTAIR, json.dumps(figure.to_dict()).encode()
    if type(figure).__module__.startswith("PIL."):
        drawn = io.BytesIO()
        figure.save(drawn, format="PNG")
        return "image/png", drawn.getvalue()
    raise NoPicture(f"a {type(figure).__name__} is no figure")


def _read_file(path: Path) -> tuple[str, bytes]:
    try:
        return _judge_bytes(path.read_bytes())
    except OSError as problem:
        raise NoPicture(f"'{path}' cannot be read: {problem.strerror}") from problem


def _judge_bytes(content: bytes) -> tuple[str, bytes]:
    for sign, media in _SIGNS.items():
        if content.startswith(sign):
            return media, content
    if b"<svg" in content[:1000]:
        return "image/svg+xml", content
    raise NoPicture("the bytes are those of no PNG, JPEG or SVG")
