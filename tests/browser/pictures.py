"""Pictures: the documentation's pictures of the panel in a real JupyterLab, and what is measured of them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM_ARGUMENTS, TIMEOUT_MS, find_chromium
from tests.browser.layout import Layout, write_layouts
from tests.browser.layout_tour import Shot, open_tour

__all__ = ["FOLDER", "main"]

_ROOT = Path(__file__).resolve().parents[2]
FOLDER = _ROOT / "docs" / "panel"
_WHOLE = _ROOT / "docs" / "panel.png"
_COLOURS, _MOST_BYTES = 256, 150_000


def main() -> int:
    """Use every screen, and write docs/panel.png, docs/panel/*.png and tests/browser/layout.json."""
    chromium = find_chromium()
    if chromium is None:
        print("Chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 3
    layouts: dict[str, Layout] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=CHROMIUM_ARGUMENTS, timeout=TIMEOUT_MS
        )
        with open_tour(browser) as tour:
            for shot in tour.look_early():
                layouts[shot.name] = _keep_shot(shot)
            for shot in tour.look_late():
                layouts[shot.name] = _keep_shot(shot)
                if shot.name == "models-light":
                    _keep(tour.look_whole(), _WHOLE)
        browser.close()
    write_layouts(layouts)
    faults = [f"{name}: {fault}" for name, layout in layouts.items() for fault in layout.faults]
    print("\n".join(faults) or f"{len(layouts)} pictures, no fault", file=sys.stderr)
    return int(bool(faults))


def _keep_shot(shot: Shot) -> Layout:
    _keep(shot.picture, FOLDER / f"{shot.name}.png")
    return shot.layout


def _keep(content: bytes, path: Path) -> None:
    """Write a picture as it is; one that is too large with fewer colours."""
    path.parent.mkdir(exist_ok=True)
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    picture.save(path, optimize=True)
    if path.stat().st_size > _MOST_BYTES:
        picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
