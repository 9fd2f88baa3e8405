"""The wheel alone: installed where nothing else is, JupyterLab has the extension, and it works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import TIMEOUT_MS
from tests.browser.lab import Lab
from tests.browser.notebook_page import NotebookPage
from tests.browser.test_labextension import DATA, MODEL, choose_object, find_sign

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def run(*command):
    done = subprocess.run(
        [str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", folder / "venv")
    found = folder / "venv" / "bin" / "python"
    uv = [sys.executable, "-m", "uv", "--quiet"]
    run(*uv, "build", "--wheel", "--out-dir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    run(*uv, "pip", "install", "--python", found, "--constraint", ROOT / "constraints.txt", wheel)
    return found


@pytest.fixture(scope="module")
def installed_lab(python, tmp_path_factory):
    server = Lab(tmp_path_factory.mktemp("lab"), python=python)
    yield server
    server.stop()


def test_lab_lists_it_as_enabled(python):
    told = run(python, "-m", "jupyter", "labextension", "list")
    (line,) = [line for line in told.splitlines() if " nbmlops v" in line]
    assert "enabled" in line
    assert "OK" in line


def test_the_sidebar_reaches_the_kernel(installed_lab, browser):
    name = installed_lab.write_notebook("alone.ipynb", ["%load_ext nbmlops", DATA, MODEL])
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT_MS)
    page = NotebookPage(context.new_page(), installed_lab, name).open()
    for index in range(3):
        page.run_cell(index)
    page.page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name="nbmlops").click()
    sidebar = page.page.get_by_role("region", name="nbmlops")
    choose_object(sidebar, "model")
    expect(find_sign(page, 2, "needed by model")).to_be_visible()
    assert "site-packages" in page.ask_kernel("__import__('nbmlops').__file__")
    assert not page.errors
    context.close()
    installed_lab.stop_kernels()
