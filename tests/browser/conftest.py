"""A real Lab and a real Chromium for the whole run, a fresh notebook and kernel for each test."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.lab import Lab
from tests.browser.notebook_page import NotebookPage

HERE = Path(__file__).parent
TIMEOUT_MS = 300_000
# What is expected comes at once on an idle machine; on a busy one it may take long.
EXPECT_MS = 300_000
CHROMIUM_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--force-color-profile=srgb",
    # Nothing leaves the machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def find_chromium() -> str | None:
    named = os.environ.get("NBMLOPS_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    required = os.environ.get("NBMLOPS_REQUIRE_BROWSER") == "1"
    skip = pytest.mark.skip(reason="Chromium is not installed: apt-get install chromium")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not required and find_chromium() is None:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = find_chromium()
    expect.set_options(timeout=EXPECT_MS)
    assert chromium, "NBMLOPS_REQUIRE_BROWSER is set, and Chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=CHROMIUM_ARGUMENTS, headless=True, timeout=TIMEOUT_MS
        )
        yield started
        started.close()


@pytest.fixture
def open_notebook(lab: Lab, browser: Browser, tmp_path: Path) -> Iterator[Callable[..., NotebookPage]]:
    opened: list[tuple[BrowserContext, NotebookPage]] = []

    def open_sources(sources: list[str], kernel: str = "python3") -> NotebookPage:
        name = lab.write_notebook(f"nb_{uuid.uuid4().hex[:8]}.ipynb", sources, kernel)
        context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(TIMEOUT_MS)
        page = NotebookPage(context.new_page(), lab, name)
        opened.append((context, page))
        return page.open()

    yield open_sources
    for context, page in opened:
        page.take_picture(tmp_path / "last.png")
        context.close()
    lab.stop_kernels()
    lab.empty()
