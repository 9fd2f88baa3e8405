"""JupyterLab's extension through a notebook's life: loading, restarts, several notebooks, the palette."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.axe import find_violations
from tests.browser.test_labextension import ASIDE, DATA, MODEL, choose_command, choose_object, find_sign

NOTEBOOK = "window.jupyterapp.shell.currentWidget"
KERNEL = f"{NOTEBOOK}.sessionContext.session.kernel"
CLOSE = f"async () => {{ await {NOTEBOOK}.context.save(); {NOTEBOOK}.close(); }}"
CHANGE_THEME = "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
LOAD = "Run %load_ext nbmlops in a first cell"


def open_side(page):
    page.page.locator(".jp-NotebookPanel-toolbar:visible").get_by_role("button", name="nbmlops").click()
    return page.page.get_by_role("region", name="nbmlops")


def list_sources(page):
    return page.page.evaluate(
        f"() => {NOTEBOOK}.content.widgets.map((cell) => cell.model.sharedModel.getSource())"
    )


@pytest.mark.slow
def test_before_loading_and_after_a_restart_the_sidebar_offers_to_load(open_notebook):
    page = open_notebook([DATA, MODEL])
    side = open_side(page)
    side.get_by_role("button", name=LOAD).click()
    expect(side.get_by_role("tab", name="Runs")).to_be_visible()
    assert list_sources(page) == ["%load_ext nbmlops", DATA, MODEL]
    page.run_cell(1)
    page.run_cell(2)
    choose_object(side, "model")
    expect(find_sign(page, 1, "needed by model")).to_be_visible()
    page.page.evaluate(f"() => {KERNEL}.restart()")
    expect(side.get_by_role("button", name=LOAD)).to_be_visible()
    expect(page.page.get_by_role("img", name="needed by model")).to_have_count(0)
    side.get_by_role("button", name=LOAD).click()
    expect(side.get_by_role("tab", name="Runs")).to_be_visible()
    assert list_sources(page) == ["%load_ext nbmlops", DATA, MODEL]  # the notebook's own cell was run
    assert not page.errors


@pytest.mark.slow
def test_each_notebook_has_its_own_panel(open_notebook):
    page = open_notebook(["%load_ext nbmlops", DATA, MODEL])
    for index in range(3):
        page.run_cell(index)
    side = open_side(page)
    choose_object(side, "model")
    other = page.lab.write_notebook(f"other_{page.name}", [ASIDE])
    page.page.evaluate(
        "async (path) => { await window.jupyterapp.commands.execute('docmanager:open', {path}); }", other
    )
    expect(side.get_by_role("button", name=LOAD)).to_be_visible()
    page.page.evaluate(CLOSE)
    expect(side.get_by_label("Object")).to_have_value("model")
    expect(side).to_contain_text(page.name)
    page.page.evaluate(CLOSE)
    expect(side).to_contain_text("Open a notebook")
    assert not page.errors


@pytest.mark.slow
def test_the_palette_opens_exports_and_pauses(open_notebook):
    page = open_notebook(["%load_ext nbmlops", DATA, MODEL])
    for index in range(3):
        page.run_cell(index)
    choose_command(page, "Show What an Object Needs")
    side = page.page.get_by_role("region", name="nbmlops")
    expect(side.get_by_role("tab", name="Lineage")).to_have_attribute("aria-selected", "true")
    choose_command(page, "Show Runs")
    expect(side.get_by_role("table", name="runs").get_by_role("row")).to_have_count(2)
    choose_command(page, "Pause Recording")
    expect(side).to_contain_text("paused")
    choose_command(page, "Resume Recording")
    expect(side).to_contain_text("recording")
    choose_command(page, "Write the Export of an Object")
    assert "%nbmlops export model pipelines/model" in list_sources(page)
    page.wait_idle()
    assert not (page.lab.root / "pipelines").exists()  # it was written, and not run
    assert not page.errors


@pytest.mark.slow
def test_the_sidebar_and_the_marks_are_for_everybody(open_notebook):
    page = open_notebook(["%load_ext nbmlops", DATA, MODEL, ASIDE])
    for index in range(4):
        page.run_cell(index)
    side = open_side(page)
    choose_object(side, "model")
    expect(find_sign(page, 3, "not needed by model")).to_be_visible()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        page.page.evaluate(CHANGE_THEME, theme)
        page.page.wait_for_function("(name) => document.body.dataset.jpThemeName === name", arg=theme)
        assert find_violations(page.page, ".nbmlops-sidebar") == []
        assert find_violations(page.page, ".nbmlops-cell-mark") == []
    assert not page.errors
