"""Layout match: where a screen is not as it was kept, beyond what another font or machine explains."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from tests.browser.layout import Layout, Part

__all__ = ["compare_layouts", "compare_pictures"]

# Pixels; what a wider font adds grows with the distance.
_LEFT, _LEFT_SHARE, _WIDTH, _SIZE_SHARE = 8, 0.15, 8, 0.25
_SET = frozenset({"button", "tab", "badge", "text", "search", "choice", "checkbox"})
# A row more in a table, and lines that break elsewhere.
_HEIGHT_SHARE = 0.12
_BLOCKS = (32, 20)
# Two takes of a screen differ in up to 3 of 100 blocks, two different screens in 11 and more.
_LEVELS, _MOST_BLOCKS, _MOST_IN_OTHER_FONT = 12, 0.07, 0.3


def compare_layouts(kept: Layout, found: Layout) -> list[str]:
    """Return what differs: parts and their order, places, sizes, colours; and what is wrong by itself."""
    wrong = [*found.faults, *_compare_looks(kept, found)]
    there = [(part.role, part.name) for part in found.parts]
    if there != [(part.role, part.name) for part in kept.parts]:
        return [*wrong, *_compare_names(kept, found)]
    if abs(found.size[0] - kept.size[0]) > 1:
        wrong.append(f"{found.size[0]} pixels wide, and {kept.size[0]} before")
    for was, now in zip(kept.parts, found.parts, strict=True):
        wrong += _compare_places(was, now)
    pairs = zip(kept.parts, kept.parts[1:], found.parts, found.parts[1:], strict=False)
    return [
        *wrong,
        *(f"{next_now} is not after {now}" for a, b, now, next_now in pairs if _turns(a, b, now, next_now)),
    ]


def compare_pictures(kept: Path, fresh: bytes, same_font: bool) -> list[str]:
    """Return how a kept picture is another than a fresh one: its size, or what is seen in it."""
    if not kept.is_file():
        return [f"{kept.name} is not there"]
    before, now = (Image.open(io.BytesIO(content)) for content in (kept.read_bytes(), fresh))
    high = _HEIGHT_SHARE * (1 if same_font else 2) * before.height
    if before.width != now.width or abs(before.height - now.height) > high:
        return [f"{kept.name} is {before.size}, and the screen {now.size}"]
    corner = (0, 0, before.width, min(before.height, now.height))
    pairs = zip(_list_blocks(before, corner), _list_blocks(now, corner), strict=True)
    share = sum(abs(a - b) > _LEVELS for a, b in pairs) / (_BLOCKS[0] * _BLOCKS[1])
    most = _MOST_BLOCKS if same_font else _MOST_IN_OTHER_FONT
    return [f"{kept.name} differs from the screen in {share:.0%} of its blocks"] if share > most else []


def _compare_looks(kept: Layout, found: Layout) -> list[str]:
    looks = sorted({*kept.looks, *found.looks})
    return [
        f"{look}: the colours are {found.looks.get(look)}, and were {kept.looks.get(look)}"
        for look in looks
        if kept.looks.get(look) != found.looks.get(look)
    ]


def _compare_names(kept: Layout, found: Layout) -> list[str]:
    was, now = [str(part) for part in kept.parts], [str(part) for part in found.parts]
    gone = [f"{each} is gone" for each in dict.fromkeys(was) if now.count(each) < was.count(each)]
    new = [f"{each} is new" for each in dict.fromkeys(now) if now.count(each) > was.count(each)]
    return [*gone, *new] or ["the parts stand in another order"]


def _compare_places(was: Part, now: Part) -> list[str]:
    wrong = []
    # Links stand beside folders, whose names are longer or shorter.
    if was.role != "link" and abs(now.x - was.x) > _LEFT + _LEFT_SHARE * was.x:
        wrong.append(f"{now} begins at {now.x}, and began at {was.x}")
    if abs(now.width - was.width) > _WIDTH + _SIZE_SHARE * was.width:
        wrong.append(f"{now} is {now.width} wide, and was {was.width}")
    if was.role in _SET and abs(now.height - was.height) > 2 + _SIZE_SHARE * was.height:
        wrong.append(f"{now} is {now.height} high, and was {was.height}")
    return wrong


def _turns(was: Part, then: Part, now: Part, after: Part) -> bool:
    """Whether what stood below or right of another does so no more; a line may break."""
    if then.y >= was.y + was.height - 2:
        return after.y < now.y + now.height - 2
    return then.x > was.x + 2 and after.x <= now.x and after.y < now.y + now.height - 2


def _list_blocks(picture: Image.Image, corner: tuple[int, int, int, int]) -> bytes:
    return picture.convert("L").crop(corner).resize(_BLOCKS, Image.Resampling.BOX).tobytes()
