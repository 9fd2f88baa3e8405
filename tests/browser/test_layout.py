"""Each screen of the panel looks as it was kept, light and dark: parts, places, colours, and the picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest
from PIL import Image

from tests.browser.layout import read_layouts
from tests.browser.layout_match import compare_layouts, compare_pictures
from tests.browser.layout_tour import Shot, open_tour
from tests.browser.pictures import FOLDER

EARLY = {"runs", "lineage", "export", "side-runs", "side-lineage"}
LATE = {"models", "package", "monitor"}


def find_changes(shots: Iterable[Shot], screens: set[str]) -> list[str]:
    kept, changes, seen = read_layouts(), [], set()
    for shot in shots:
        seen.add(shot.name)
        before = kept[shot.name]
        wrong = compare_layouts(before, shot.layout)
        wrong += compare_pictures(FOLDER / f"{shot.name}.png", shot.picture, before.font == shot.layout.font)
        changes += [f"{shot.name}: {each}" for each in wrong]
    assert seen == {f"{screen}-{theme}" for screen in screens for theme in ("light", "dark")}
    return changes


def test_what_is_kept_is_there():
    kept = read_layouts()
    assert {name.rsplit("-", 1)[0] for name in kept} == EARLY | LATE
    assert {path.stem for path in FOLDER.glob("*.png")} == set(kept)
    for name, layout in kept.items():
        with Image.open(FOLDER / f"{name}.png") as picture:
            # What begins between two pixels has one more in a picture.
            assert all(0 <= a - b <= 1 for a, b in zip(picture.size, layout.size, strict=True)), name
        assert not compare_layouts(layout, layout)


def test_what_is_another_is_said():
    kept = read_layouts()["runs-dark"]
    assert "tab 'Monitor' is gone" in say_without(kept, kept.parts[6])
    first, second, *others = kept.parts
    turned = dataclasses.replace(kept, parts=(second, first, *others))
    assert compare_layouts(kept, turned) == ["the parts stand in another order"]
    moved = dataclasses.replace(second, x=second.x + 20, width=second.width * 2)
    (beginning, width) = compare_layouts(kept, dataclasses.replace(kept, parts=(first, moved, *others)))
    assert "began at 4" in beginning and "wide" in width
    looks = {**kept.looks, "good badge": kept.looks["quiet badge"]}
    (colour,) = compare_layouts(kept, dataclasses.replace(kept, looks=looks))
    assert colour.startswith("good badge: the colours are")
    assert compare_layouts(kept, dataclasses.replace(kept, faults=("it scrolls",))) == ["it scrolls"]


def say_without(kept, part):
    rest = tuple(each for each in kept.parts if each is not part)
    return compare_layouts(kept, dataclasses.replace(kept, parts=rest))


@pytest.mark.parametrize("other", ["lineage-light", "export-light"])
def test_another_picture_is_seen(other):
    (said,) = compare_pictures(FOLDER / "runs-light.png", (FOLDER / f"{other}.png").read_bytes(), True)
    assert "differs" in said or "and the screen" in said


def test_screens_that_need_no_version_look_as_kept(browser):
    with open_tour(browser) as tour:
        changes = find_changes(tour.look_early(), EARLY)
    assert not changes, "\n".join(changes)


@pytest.mark.slow
def test_every_screen_looks_as_kept(browser):
    with open_tour(browser) as tour:
        changes = find_changes([*tour.look_early(), *tour.look_late()], EARLY | LATE)
    assert not changes, "\n".join(changes)
