"""A click while a cell runs: answered beside it on a thread of its own, or kept until the kernel is free."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nbmlops.store.opening import open_store
from tests.browser.test_panel import list_versions
from tests.browser.test_panel_life import FIT, last_status, open_screen

LONG = 600_000
SUBSHELL = Path(__file__).parents[2] / ".venv-subshell"
HOLD = """\
import os, time
open({go!r} + "-began", "w").close()
while not os.path.exists({go!r}):
    time.sleep(0.02)
late = accuracy + 1
"""
LAST = """[[e.number, e.source, \
[x.resource.key for s in e.statements for x in s.effects if x.resource.kind == 'name']] for e in \
__import__('nbmlops.api.histories').api.histories.list_history().executions][-1]"""


@pytest.fixture
def open_held(open_notebook, tmp_path):
    def open_kernel(kernel):
        page = open_notebook(
            ["%load_ext nbmlops", FIT, "%nbmlops", HOLD.format(go=str(tmp_path / "go"))], kernel
        )
        for index in range(3):
            page.run_cell(index)
        panel = page.output(2)
        panel.get_by_role("tab", name="Runs").wait_for()
        own = f"experiment = '{page.name.removesuffix('.ipynb')}'"
        panel.get_by_label("Filter").fill(own)
        panel.get_by_label("Filter").press("Enter")
        expect(panel.get_by_role("table", name="runs").get_by_role("row")).to_have_count(2)
        page.cell(3).locator(".jp-InputArea-editor").click()
        page.page.keyboard.press("Escape")
        page.page.keyboard.press("Control+Enter")
        until = time.monotonic() + 600
        while not (tmp_path / "go-began").exists():
            assert time.monotonic() < until
            page.page.wait_for_timeout(20)
        return page, panel

    return open_kernel


def finish(page, panel, tmp_path, name):
    """Let the cell end; see that the record is of the cell alone, and that nothing was complained of."""
    (tmp_path / "go").touch()
    expect(last_status(panel)).to_contain_text(f"Registered {name} 1. identical", timeout=LONG)
    page.wait_idle()
    number, source, effects = ast.literal_eval(page.ask_kernel(LAST))
    assert source.rstrip().endswith("late = accuracy + 1")
    assert number == 4
    assert set(effects) == {"os", "time", "late"}
    assert [v["verdict"] for v in list_versions(page.lab, name)] == ["identical"]
    with open_store(page.lab.store) as store:
        assert store.check() == ()
    assert not page.errors


def look(page, since):
    """Nothing was raised in the kernel."""
    said = page.lab.read_log()[since:]
    assert "Traceback" not in said and "Exception" not in said, said


def test_a_click_is_answered_or_said_to_wait(open_held, lab, tmp_path):
    since = len(lab.read_log())
    page, panel = open_held("python3")
    panel.get_by_role("tab", name="Models").click()
    answered = panel.locator("[role=tab][aria-selected=true]", has_text="Models")
    queued = panel.get_by_role("status").filter(has_text="queued: the kernel is busy")
    expect(answered.or_(queued).first).to_be_visible()
    expect(page.cell(3).locator(".jp-InputArea-prompt")).to_have_text("[*]:")
    (tmp_path / "go").touch()
    expect(answered).to_be_visible()
    panel.get_by_label("Model", exact=True).fill("waited")
    panel.get_by_role("button", name="Register").click()
    finish(page, panel, tmp_path, "waited")
    look(page, since)


@pytest.mark.slow
@pytest.mark.skipif(not SUBSHELL.exists(), reason="make .venv-subshell/.installed")
def test_a_click_is_answered_beside_a_running_cell(open_held, lab, tmp_path):
    lab.add_kernel("subshell", SUBSHELL)
    since = len(lab.read_log())
    page, panel = open_held("subshell")
    runs = panel.get_by_role("table", name="runs")
    for _ in range(3):
        for screen in ("Models", "Lineage", "Runs"):
            open_screen(panel, screen)
    runs.get_by_role("button", name="DecisionTree").first.click()
    panel.get_by_role("button", name="Pin", exact=True).click()
    expect(runs).to_contain_text("★")
    open_screen(panel, "Models")
    panel.get_by_label("Model", exact=True).fill("beside")
    panel.get_by_role("button", name="Register").click()
    expect(last_status(panel)).to_contain_text("queued, the kernel is busy")
    expect(page.cell(3).locator(".jp-InputArea-prompt")).to_have_text("[*]:")
    assert not list_versions(page.lab, "beside")
    finish(page, panel, tmp_path, "beside")
    names = page.ask_kernel("[t.name for t in __import__('threading').enumerate()]")
    assert "subshell" in names
    assert page.ask_kernel("__import__('ipykernel').__version__") == "'7.3.0'"
    look(page, since)
