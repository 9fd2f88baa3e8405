"""axe: what a page lacks for people who see it otherwise or not at all, as axe-core (vendored here) finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

__all__ = ["find_violations"]

_SOURCE = Path(__file__).with_name("axe.min.js")
_RUN = """
async (within) => {
  const place = within ? document.querySelector(within) : document;
  const found = await axe.run(place, {resultTypes: ["violations"]});
  return found.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 200)).join(" | "));
}
"""


def find_violations(page: Page, within: str | None = None) -> list[str]:
    """Return each rule that a page, or what a selector finds first in it, breaks, and where."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_SOURCE.read_text("utf-8"))
    found: list[Any] = page.evaluate(_RUN, within)
    return [str(violation) for violation in found]
