"""The panel in the life of a kernel: busy, restarted, seen twice, by keys only, in both themes, reopened."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.axe import find_violations

SCREENS = ("Runs", "Lineage", "Export and prove", "Models", "Package and try", "Monitor")
FIT = """\
import numpy as np
from sklearn.tree import DecisionTreeClassifier
X = np.random.default_rng(0).normal(size=(60, 3))
y = (X[:, 0] > 0.4).astype(int)
unused = X.mean()
also_unused = X.max()
model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
accuracy = model.score(X, y)
"""


def open_panel(open_notebook, *more, first=()):
    sources = ["%load_ext nbmlops", *first, FIT, "%nbmlops", *more]
    page = open_notebook(sources)
    shown = 2 + len(first)
    for index in range(shown + 1):
        page.run_cell(index)
    panel = page.output(shown)
    panel.get_by_role("tab", name="Runs").wait_for()
    return page, panel


def open_screen(panel, name):
    tab = panel.get_by_role("tab", name=name, exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def last_status(panel):
    return panel.get_by_role("status").last


def test_a_restarted_kernel_is_said(open_notebook):
    page, panel = open_panel(open_notebook)
    page.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.wait_idle()
    panel.get_by_role("tab", name="Models").click()
    expect(last_status(panel)).to_contain_text("Run `%load_ext nbmlops` and `%nbmlops` again")
    page.page.evaluate("() => window.jupyterapp.commands.execute('editmenu:clear-all')")
    for index in range(3):
        page.run_cell(index)
    expect(panel.get_by_role("table", name="runs")).to_be_visible()
    open_screen(panel, "Models")
    assert not page.errors


def test_two_panels_show_one_store(open_notebook):
    page, first = open_panel(open_notebook, "%nbmlops")
    page.run_cell(3)
    second = page.output(3)
    open_screen(second, "Runs")
    first.get_by_role("table", name="runs").get_by_role("button", name="DecisionTree").first.click()
    first.get_by_role("button", name="Pin", exact=True).click()
    expect(first.get_by_role("table", name="runs")).to_contain_text("★")
    expect(second.get_by_role("table", name="runs")).to_contain_text("★")
    first.get_by_label("Note").fill("the best <b>so far</b>")
    first.get_by_role("button", name="Keep note").click()
    expect(first).to_contain_text("the best <b>so far</b>")
    assert not page.errors


def test_every_screen_and_its_button_are_reached_by_keys(open_notebook):
    page, panel = open_panel(open_notebook)
    panel.get_by_role("tab", name="Runs").focus()
    for name in SCREENS[1:]:
        page.page.keyboard.press("ArrowRight")
        expect(panel.get_by_role("tab", name=name, exact=True)).to_be_focused()
        expect(panel.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")
    page.page.keyboard.press("Home")
    expect(panel.get_by_role("tab", name="Runs")).to_have_attribute("aria-selected", "true")
    for _ in range(3):
        page.page.keyboard.press("ArrowRight")
    model = panel.get_by_label("Model", exact=True)
    expect(model).to_be_visible()
    press_until(page, model)
    page.page.keyboard.type("keyed")
    press_until(page, panel.get_by_role("button", name="Register", exact=True))
    page.page.keyboard.press("Enter")
    expect(last_status(panel)).to_contain_text("Registered keyed 1. identical", timeout=600_000)
    press_until(page, panel.get_by_role("button", name="Approve…"))
    page.page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="Cancel")).to_be_focused()
    press_until(page, panel.get_by_role("button", name="Yes, approve keyed 1"))
    page.page.keyboard.press("Enter")
    expect(last_status(panel)).to_contain_text("Approved keyed 1")
    assert not page.errors


def press_until(page, wanted):
    """Press Tab until something has the focus."""
    for _ in range(40):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.page.keyboard.press("Tab")
    expect(wanted).to_be_focused()


def test_no_screen_breaks_a_rule_of_axe(open_notebook):
    page, panel = open_panel(open_notebook)
    panel.get_by_role("table", name="runs").get_by_role("button", name="DecisionTree").first.click()
    expect(panel).to_contain_text("its slice")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        page.change_theme(theme)
        for name in SCREENS:
            open_screen(panel, name)
            assert find_violations(page.page, ".jp-NotebookPanel .nbmlops-panel") == [], (theme, name)
    assert not page.errors


OPEN_WITHOUT_KERNEL = """(path) => window.jupyterapp.commands.execute('docmanager:open',
  {path, kernelPreference: {shouldStart: false, canStart: false, autoStartDefault: false}})"""
NO_WIDGET = re.compile("Loading widget|Error displaying widget")


def test_a_saved_panel_is_read_without_its_kernel(open_notebook, lab):
    page, panel = open_panel(open_notebook)
    assert panel.locator(".jp-RenderedHTML").count() == 0
    page.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.open()  # while its kernel lives, the panel is the same as before
    open_screen(panel, "Models")
    expect(panel).not_to_contain_text("Buttons need a live kernel")
    assert not page.errors
    lab.stop_kernels()
    open_without_kernel(page)
    expect(panel.get_by_role("table")).to_contain_text("DecisionTreeClassifier")
    expect(panel).to_contain_text("Buttons need a live kernel and ipywidgets: run this cell again.")
    expect(panel).not_to_contain_text(NO_WIDGET)
    assert panel.get_by_role("tab").count() == 0
    assert find_violations(page.page, ".jp-NotebookPanel .jp-Cell-outputArea .nbmlops") == []
    assert lab.ask("/api/kernels") == []
    page.errors.clear()  # the manager of widgets asks for the kernel that is not there
    page.open()  # a new kernel, which knows nothing of the panel
    expect(panel.get_by_role("table")).to_contain_text("DecisionTreeClassifier")
    expect(panel).not_to_contain_text(NO_WIDGET)
    assert panel.get_by_role("tab").count() == 0
    for index in (1, 0, 1, 2):  # each gets another number than it was saved with
        page.run_cell(index)
    open_screen(panel, "Models")
    expect(panel).not_to_contain_text("Buttons need a live kernel")
    assert not page.errors


def open_without_kernel(page):
    """Open the notebook in a fresh workspace, with no kernel at all."""
    page.page.goto(f"{page.lab.url}/lab/workspaces/{page.name[:-6]}/?reset&token={page.lab.token}")
    page.page.wait_for_function("() => !!(window.jupyterapp && window.jupyterapp.restored)")
    page.page.evaluate("() => window.jupyterapp.restored")
    page.page.evaluate(OPEN_WITHOUT_KERNEL, page.name)


HOSTILE = '''\
"""<script>window.broken = 1</script> "quotes" 'and' `ticks` {{braces}} 💥"""
text = "first \u202egnp.exe\u202c behind it"
long = "LONG"
import pandas as pd
from sklearn.linear_model import LinearRegression
odd = pd.DataFrame({"<img src=x onerror=alert(1)>": [1.0, 2, 3], "\u05e9\u05dc\u05d5\u05dd": [3.0, 1, 2]})
line = LinearRegression().fit(odd, [1, 2, 3])
r2 = line.score(odd, [1, 2, 3])
'''.replace("LONG", "y" * 10_000)


# In texts of which a letter was replaced: those in which one stands left of another that comes before it.
REORDERED = """(panel) => {
  const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT), found = [];
  let seen = 0;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.includes('\\ufffd') || !node.parentElement.checkVisibility()) continue;
    seen += 1;
    let before = null;
    for (let at = 0; at < node.length; at += 1) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getClientRects()[0];
      if (!box || !box.width) continue;
      if (before && Math.abs(box.top - before.top) < 4 && box.left < before.left - 1) found.push(node.data);
      before = box;
    }
  }
  return { seen, found: [...new Set(found)] };
}"""


def test_hostile_text_is_text(open_notebook):
    page, panel = open_panel(open_notebook, first=[HOSTILE])
    panel.get_by_role("table", name="runs").get_by_role("button", name="LinearRegression").first.click()
    expect(panel).to_contain_text("<img src=x onerror=alert(1)>")
    panel.get_by_label("Note").fill("<script>window.broken = 2</script> 💥 \u202e txt.exe")
    panel.get_by_role("button", name="Keep note").click()
    expect(panel).to_contain_text("<script>window.broken = 2</script> 💥 \ufffd txt.exe")
    assert panel.get_by_label("Note").input_value().endswith("\u202e txt.exe")  # it is kept as it was typed
    panel.get_by_label("Tag").fill("<i>a=\"'b")
    panel.get_by_role("button", name="Tag", exact=True).click()
    expect(panel).to_contain_text("<i>a=\"'b")
    check_order(panel)
    open_screen(panel, "Lineage")
    ask_for(panel, "line")
    expect(panel).to_contain_text("<img src=x")
    ask_for(panel, "<b>nothing</b>")
    expect(panel).to_contain_text("<b>nothing</b>")
    ask_for(panel, "text")
    expect(panel).to_contain_text("\ufffdgnp.exe")
    check_order(panel)
    assert page.page.evaluate("() => window.broken === undefined")
    assert panel.locator("script, img, b, i").count() == 0
    assert not page.errors


def ask_for(panel, name):
    panel.get_by_label("Object").fill(name)
    panel.get_by_label("Object").press("Enter")


def check_order(panel):
    """Nothing is turned round, and nothing is wider than the panel."""
    looked = panel.evaluate(REORDERED)
    assert looked["seen"] and not looked["found"], looked
    body = panel.locator(".nbmlops-body")
    assert body.evaluate("body => body.scrollWidth - body.clientWidth") <= 1
