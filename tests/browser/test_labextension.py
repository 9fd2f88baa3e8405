"""JupyterLab's extension in a real notebook: the sidebar, the toolbar, the palette, and marks at cells."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_panel import list_versions

DATA = "import numpy as np\nX = np.arange(60.0).reshape(20, 3)\ny = (X[:, 0] > 25).astype(int)"
MODEL = """\
from sklearn.tree import DecisionTreeClassifier
model = DecisionTreeClassifier(random_state=0).fit(X, y)"""
ASIDE = "aside = X.sum()"
# What output JavaScript with a way to the kernel could send: a comm of its own, and every act there is.
HOSTILE = """async () => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const comm = kernel.createComm('nbmlops');
  const heard = [];
  comm.onMsg = (message) => heard.push(message.content.data);
  comm.open({});
  const version = { model: 'kept', version: 1 };
  const stolen = { name: 'model', model: 'stolen' };
  const sent = [['open', { screen: 'models' }], ['approve', version], ['confirm', { word: '' }],
    ['reject', version], ['promote', version], ['rollback', version], ['register', stolen],
    ['export', stolen], ['follow', {}], ['inspect', {}], ['open', { screen: [] }]];
  for (const [act, value] of sent) await comm.send({ act, value }).done;
  await comm.send('no object').done;
  await comm.send({ act: 7 }).done;
  comm.close();
  return heard.filter((data) => data.kind === 'show').map((data) => data.shown.status.text);
}"""


@pytest.fixture
def open_sidebar(open_notebook):
    def open_sources(*sources, ran):
        page = open_notebook(list(sources))
        for index in range(ran):
            page.run_cell(index)
        page.page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name="nbmlops").click()
        return page, page.page.get_by_role("region", name="nbmlops")

    return open_sources


def find_sign(page, index, name):
    return page.cell(index).get_by_role("img", name=name)


def choose_command(page, name):
    page.page.keyboard.press("Control+Shift+KeyC")
    palette = page.page.locator(".lm-CommandPalette")
    palette.get_by_role("textbox").or_(palette.locator("input")).first.fill(name)
    palette.locator(".lm-CommandPalette-item", has_text=name).first.click()


def choose_object(sidebar, name):
    sidebar.get_by_role("tab", name="Lineage").click()
    chosen = sidebar.get_by_label("Object")
    chosen.fill(name)
    chosen.press("Enter")


def test_the_sidebar_shows_runs_and_the_cells_show_what_an_object_needs(open_sidebar):
    page, sidebar = open_sidebar("%load_ext nbmlops", DATA, MODEL, ASIDE, ran=4)
    expect(sidebar.get_by_role("table", name="runs").get_by_role("row")).to_have_count(2)
    expect(sidebar).to_contain_text("recording")
    choose_command(page, "Show What an Object Needs")
    expect(sidebar.get_by_role("tab", name="Lineage")).to_have_attribute("aria-selected", "true")
    choose_object(sidebar, "model")
    expect(find_sign(page, 1, "needed by model")).to_be_visible()
    expect(find_sign(page, 2, "needed by model")).to_be_visible()
    expect(find_sign(page, 3, "not needed by model")).to_be_visible()
    choose_object(sidebar, "aside")
    expect(find_sign(page, 2, "not needed by aside")).to_be_visible()
    expect(find_sign(page, 3, "needed by aside")).to_be_visible()
    expect(page.page.get_by_role("img", name="edited after it ran")).to_have_count(0)
    page.cell(3).locator(".jp-InputArea-editor").click()
    page.page.keyboard.press("End")
    page.page.keyboard.type(" + 1")
    expect(find_sign(page, 3, "edited after it ran")).to_be_visible()
    expect(find_sign(page, 2, "edited after it ran")).to_have_count(0)
    page.run_cell(3)
    expect(find_sign(page, 3, "edited after it ran")).to_have_count(0)
    page.page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name="nbmlops").click()
    expect(sidebar).to_be_hidden()
    assert not page.errors


def test_a_foreign_comm_decides_nothing(open_sidebar):
    register = "%nbmlops register model --as kept"
    page, sidebar = open_sidebar("%load_ext nbmlops", DATA, MODEL, register, ran=4)
    expect(sidebar).to_contain_text("recording")
    told = page.page.evaluate(HOSTILE)
    assert any("the sidebar only looks" in text for text in told)
    assert [(v["version"], v["approved"], v["aliases"]) for v in list_versions(page.lab, "kept")] == [
        (1, None, [])
    ]
    assert not list_versions(page.lab, "stolen")
    expect(sidebar.get_by_role("button", name="Register")).to_have_count(0)
    assert not page.errors
