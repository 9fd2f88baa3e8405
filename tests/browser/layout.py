"""Layout: which named parts a screen of the panel has, where they are, and in which colours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator

__all__ = ["KEPT", "Layout", "Part", "measure_layout", "read_layouts", "write_layouts"]

KEPT = Path(__file__).with_name("layout.json")
_MEASURE = Path(__file__).with_suffix(".js")
_TRIES, _PAUSE_MS = 6000, 100


@dataclass(frozen=True, slots=True)
class Part:
    """What has a role and a name; pixels from the upper left corner of its panel."""

    role: str
    name: str
    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.role} '{self.name}'"


@dataclass(frozen=True, slots=True)
class Layout:
    """A screen as it was measured: `looks` are the colours of text, ground, left and lower edge.

    `font` is how wide some letters are: where it is another, the font is another.
    """

    font: int
    size: tuple[int, int]
    parts: tuple[Part, ...]
    looks: dict[str, tuple[str, ...]]
    faults: tuple[str, ...] = ()


def measure_layout(shown: Locator, folder: Path) -> Layout:
    """Measure a panel as soon as it stands still; where `folder` is named, it is left out."""
    before: dict[str, Any] = {}
    for _ in range(_TRIES):
        found = shown.evaluate(f"(root, kept) => ({_MEASURE.read_text('utf-8')})(root, kept)", [str(folder)])
        if found == before and not found["busy"]:
            parts = tuple(Part(*each) for each in found["parts"])
            looks = {look: tuple(colours) for look, colours in found["looks"].items()}
            return Layout(found["font"], tuple(found["size"]), parts, looks, tuple(found["faults"]))
        before = found
        shown.page.wait_for_timeout(_PAUSE_MS)
    raise AssertionError("the panel does not come to rest")


def write_layouts(layouts: dict[str, Layout], path: Path = KEPT) -> None:
    """Write what was measured by screen and theme (`runs-dark`); both themes have one place for each part."""
    kept: dict[str, Any] = {"colours": {}, "screens": {}}
    for name, layout in sorted(layouts.items()):
        screen, theme = name.rsplit("-", 1)
        colours = kept["colours"].setdefault(_group_colours(screen, theme), {})
        for look, seen in layout.looks.items():
            if colours.setdefault(look, list(seen)) != list(seen):
                raise AssertionError(f"{look} of {name} is {seen}, and elsewhere {colours[look]}")
        parts = [[p.role, p.name, p.x, p.y, p.width, p.height] for p in layout.parts]
        kept["screens"][screen] = {
            "font": layout.font,
            "size": layout.size,
            "looks": sorted(layout.looks),
            "parts": parts,
        }
    path.write_text(_write_lines(kept), "utf-8")


def read_layouts(path: Path = KEPT) -> dict[str, Layout]:
    """Return what was kept by screen and theme."""
    kept = json.loads(path.read_text("utf-8"))
    layouts: dict[str, Layout] = {}
    for screen, of in kept["screens"].items():
        parts = tuple(Part(*each) for each in of["parts"])
        for theme in ("light", "dark"):
            colours = kept["colours"][_group_colours(screen, theme)]
            looks = {look: tuple(colours[look]) for look in of["looks"]}
            layouts[f"{screen}-{theme}"] = Layout(of["font"], tuple(of["size"]), parts, looks)
    return layouts


def _group_colours(screen: str, theme: str) -> str:
    """Name the colours of a screen: in the side some parts have no line below them."""
    return f"side {theme}" if screen.startswith("side-") else theme


def _write_lines(kept: dict[str, Any]) -> str:
    """Return JSON with a line for each part, so that a change of one is seen as that."""
    lines: list[str] = []
    for theme, colours in sorted(kept["colours"].items()):
        inside = ",\n".join(
            f"   {json.dumps(look)}: {json.dumps(seen)}" for look, seen in sorted(colours.items())
        )
        lines.append(f"  {json.dumps(theme)}: {{\n{inside}\n  }}")
    screens: list[str] = []
    for screen, of in kept["screens"].items():
        parts = ",\n".join(f"   {json.dumps(part, ensure_ascii=False)}" for part in of["parts"])
        head = (
            f'"font": {of["font"]}, "size": {json.dumps(of["size"])},\n   "looks": {json.dumps(of["looks"])}'
        )
        screens.append(f'  {json.dumps(screen)}: {{\n   {head},\n   "parts": [\n{parts}\n  ]}}')
    themes, shots = ",\n".join(lines), ",\n".join(screens)
    return f'{{\n "colours": {{\n{themes}\n }},\n "screens": {{\n{shots}\n }}\n}}\n'
