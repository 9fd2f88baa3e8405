"""Pictures: the documentation's picture of the panel, taken of the quickstart in a real JupyterLab."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import CHROMIUM_ARGUMENTS, TIMEOUT_MS, find_chromium
from tests.browser.lab import Lab
from tests.browser.notebook_page import NotebookPage

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parents[2]
_PICTURE = _ROOT / "docs" / "panel.png"
_SIZE = {"width": 1520, "height": 870}


def main() -> int:
    """Run the quickstart, register its model, begin to approve it, and write docs/panel.png."""
    chromium = find_chromium()
    if chromium is None:
        print("Chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory(prefix="nbmlops-pictures-") as name, sync_playwright() as playwright:
        lab = Lab(Path(name))
        browser = playwright.chromium.launch(
            executable_path=chromium, args=CHROMIUM_ARGUMENTS, timeout=TIMEOUT_MS
        )
        try:
            context = browser.new_context(viewport=_SIZE, device_scale_factor=1.4, reduced_motion="reduce")
            context.set_default_timeout(TIMEOUT_MS)
            page = NotebookPage(context.new_page(), lab, _write_quickstart(lab)).open()
            _show_panel(page)
            page.take_picture(_PICTURE)
        finally:
            browser.close()
            lab.stop_kernels()
            lab.stop()
    return 0


def _write_quickstart(lab: Lab) -> str:
    """Put the quickstart into the lab's folder, a bare `%nbmlops` in the place of its last verbs."""
    shutil.copy(_ROOT / "notebooks" / "adult.csv.gz", lab.root)
    notebook = nbformat.read(_ROOT / "notebooks" / "quickstart.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return lab.write_notebook(
        "quickstart.ipynb", [*(c for c in code if not c.startswith("%nbmlops")), "%nbmlops"]
    )


def _show_panel(page: NotebookPage) -> None:
    count = page.page.locator(".jp-NotebookPanel .jp-CodeCell").count()
    for index in range(count):
        page.run_cell(index)
    bar = page.output(count - 1)
    bar.get_by_label("Model").fill("income")
    bar.get_by_label("Model").press("Tab")
    bar.get_by_role("button", name="Register").click()
    expect(bar.get_by_role("status").last).to_contain_text("Registered income 1", timeout=3 * TIMEOUT_MS)
    bar.get_by_role("button", name="Approve", exact=True).click()
    bar.get_by_role("button", name="Yes, approve income 1").wait_for()
    bar.evaluate("element => element.scrollIntoView({block: 'end'})")
    page.page.mouse.move(5, 5)
    page.wait_idle()


if __name__ == "__main__":
    sys.exit(main())
