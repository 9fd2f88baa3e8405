"""The panel in a real notebook: what is clicked is in the kernel and in the store."""

from __future__ import annotations

import json
import subprocess
import sys

from playwright.sync_api import expect

FIT = """\
import numpy as np
from sklearn.tree import DecisionTreeClassifier
X = np.random.default_rng(0).normal(size=(60, 3))
y = (X[:, 0] + X[:, 1] ** 2 > 0.4).astype(int)
for depth in (1, 2, 3):
    model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y)
    print("accuracy", model.score(X, y))
"""
HOSTILE = """\
from IPython.display import Javascript, display
display(Javascript('''
  const click = (text) => {
    const found = [...document.querySelectorAll("button")].find((b) => b.innerText.startsWith(text));
    if (found) found.click();
    return Boolean(found);
  };
  window.tried = [];
  window.tried.push(click("Approve"));
  const second = () => {
    if (click("Yes, approve")) window.tried.push(true); else setTimeout(second, 50);
  };
  second();
'''))
"""


SEARCH = """\
import matplotlib.pyplot as plt
from sklearn.model_selection import GridSearchCV
search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"min_samples_leaf": [2, 9]}, cv=3).fit(X, y)
_ = plt.plot(search.cv_results_["mean_test_score"])
"""


def list_models(lab):
    command = [sys.executable, "-m", "nbmlops", "models", "--json", "--store", str(lab.store)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def list_versions(lab, name):
    return [v for v in list_models(lab) if v["name"] == name]


def open_panel(open_notebook, *more, first=()):
    page = open_notebook(["%load_ext nbmlops", FIT, *first, "%nbmlops", *more])
    shown = 2 + len(first)
    for index in range(shown + 1):
        page.run_cell(index)
    panel = page.output(shown)
    panel.get_by_role("tab", name="Runs").wait_for()
    return page, panel


def register(panel, name):
    panel.get_by_role("tab", name="Models").click()
    panel.get_by_label("Model", exact=True).fill(name)
    panel.get_by_role("button", name="Register").click()
    status = panel.get_by_role("status").last
    expect(status).to_contain_text(f"Registered {name} 1. identical", timeout=600_000)
    return status


def test_runs_are_filtered_sorted_opened_and_compared(open_notebook):
    page, panel = open_panel(open_notebook, first=[SEARCH])
    grid = panel.get_by_role("table", name="runs")
    expect(panel).to_contain_text("recording")
    own = f"experiment = '{page.name.removesuffix('.ipynb')}'"  # other tests filled the store too
    filter_runs(panel, own)
    expect(grid.get_by_role("row")).to_have_count(5)
    filter_runs(panel, f"{own} and max_depth > 1")
    expect(grid.get_by_role("row")).to_have_count(3)
    filter_runs(panel, "max_depth >")
    expect(panel).to_contain_text("max_depth >")
    expect(panel.get_by_role("table", name="runs")).to_have_count(0)
    filter_runs(panel, own)
    expect(grid.get_by_role("row")).to_have_count(5)
    grid.get_by_role("button", name="max_depth").click()
    expect(grid.get_by_role("columnheader", name="max_depth")).to_have_attribute("aria-sort", "descending")
    depths = grid.locator("tbody tr").evaluate_all("rows => rows.map(row => row.innerText)")
    assert len(depths) == 3
    expect(panel).to_contain_text("sorted by 'max_depth': runs without such a number are left out")
    panel.get_by_role("button", name="Newest first").click()
    expect(grid.get_by_role("row")).to_have_count(5)
    choose_columns(panel, grid)
    open_children(panel, grid)
    grid.get_by_role("button", name="model: DecisionTreeClassifier").first.click()
    expect(panel).to_contain_text("its slice")
    for box in grid.get_by_role("checkbox").all()[:2]:
        box.check()
    panel.get_by_role("button", name="Compare 2 runs").click()
    expect(panel).to_contain_text("Compared")
    open_lineage(panel)
    assert not page.errors


def filter_runs(panel, condition):
    field = panel.get_by_label("Filter")
    field.fill(condition)
    field.press("Enter")


def choose_columns(panel, grid):
    """Give a parameter a column of its own, and take it away again."""
    expect(grid.get_by_role("columnheader", name="cv", exact=True)).to_have_count(0)
    for shown in (1, 0):
        columns = panel.locator("details").filter(has=panel.page.locator("summary", has_text="Columns"))
        box = columns.get_by_role("checkbox", name="cv", exact=True)
        if not box.is_visible():
            columns.locator("summary").click()
        box.set_checked(bool(shown))
        expect(grid.get_by_role("columnheader", name="cv", exact=True)).to_have_count(shown)
    expect(grid.get_by_role("columnheader", name="max_depth")).to_have_count(1)


def open_children(panel, grid):
    """Look at the figure of a search, at what it tried, and at all runs again."""
    grid.get_by_role("button", name="search: GridSearchCV").click()
    figure = panel.locator("figure img")
    expect(figure).to_have_count(1)
    assert figure.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 100
    panel.get_by_role("button", name="Show the 2 that it tried").click()
    expect(grid.get_by_role("row")).to_have_count(3)
    expect(grid.get_by_role("columnheader", name="min_samples_leaf")).to_have_count(1)
    panel.get_by_role("button", name="All runs, not only those of").click()
    expect(grid.get_by_role("row")).to_have_count(5)


def open_lineage(panel):
    panel.get_by_role("tab", name="Runs").press("ArrowRight")
    expect(panel.get_by_role("tab", name="Lineage")).to_have_attribute("aria-selected", "true")
    panel.get_by_label("Object").fill("model")
    panel.get_by_label("Object").press("Enter")
    expect(panel.get_by_role("img", name="needed", exact=True).first).to_be_visible()


def test_register_and_approve_in_two_steps(open_notebook):
    page, panel = open_panel(open_notebook, HOSTILE)
    refuse_name(page, panel)
    status = register(panel, "flowers")
    (version,) = list_versions(page.lab, "flowers")
    assert (version["version"], version["verdict"], version["approved"]) == (1, "identical", None)
    click_by_script(page, panel)
    panel.get_by_role("button", name="Cancel").click()
    expect(status).to_contain_text("Nothing was changed")
    assert [v["approved"] for v in list_versions(page.lab, "flowers")] == [None]
    panel.get_by_role("button", name="Approve…").click()
    panel.get_by_role("button", name="Yes, approve flowers 1").click()
    expect(status).to_contain_text("Approved flowers 1")
    assert [v["approved"] for v in list_versions(page.lab, "flowers")] == [True]
    page.wait_idle()
    assert page.ask_kernel("type(model).__name__") == "'DecisionTreeClassifier'"
    assert not page.errors


def refuse_name(page, panel):
    panel.get_by_role("tab", name="Models").click()
    panel.get_by_label("Model", exact=True).fill("<b>no/name</b>")
    panel.get_by_role("button", name="Register").click()
    expect(panel.get_by_role("status").last).to_contain_text("<b>no/name</b>", timeout=600_000)
    assert not [v for v in list_models(page.lab) if "no/name" in v["name"]]


def click_by_script(page, panel):
    """Let script in an output click both steps: it gets as far as the question."""
    page.run_cell(3)
    page.page.wait_for_function("() => window.tried && window.tried.length === 2")
    assert page.page.evaluate("() => window.tried") == [True, True]
    expect(panel.get_by_role("button", name="Yes, approve flowers 1")).to_be_visible()
    page.wait_idle()
    assert [v["approved"] for v in list_versions(page.lab, "flowers")] == [None]
