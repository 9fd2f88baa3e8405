"""What is displayed outlives its kernel: as a page that nbconvert makes, and in the notebook opened again."""

from __future__ import annotations

import json
import random

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from tests.browser.conftest import TIMEOUT_MS
from tests.browser.flowers import FLOWERS, write_flowers
from tests.browser.test_panel import list_versions

LONG = 600_000
SHOWN = {
    "a run": "run = nbmlops.runs().index[0]\nnbmlops.show('model')",
    "a comparison": "nbmlops.compare('model', 'smaller')",
    "a slice": "nbmlops.why('model')",
    "an export with its proof": "%nbmlops export model {folder}/pipeline",
    "a version": "%nbmlops register model --as documented",
    "a difference": "nbmlops.diff('df@3', 'df@4')",
    "a drift report": "%nbmlops monitor documented --log {folder}/later.jsonl",
    "the panel": "%nbmlops",
}
WORDS = {
    "a run": ("LogisticRegression", "accuracy"),
    "a comparison": ("smaller", "max_iter"),
    "a slice": ("pd.read_csv", "●", "○"),
    "an export with its proof": ("identical", "statements"),
    "a version": ("documented", "identical"),
    "a difference": ("petal", "df"),
    "a drift report": ("petal", "drifts"),
    "the panel": ("LogisticRegression", "recording"),
}
BEFORE = """\
import nbmlops
smaller = LogisticRegression(max_iter=200).fit(X, df["rare"])
%nbmlops snapshot df
"""
CHANGED = """\
df["petal"] = df["petal"] + 1
%nbmlops snapshot df
"""


def write_log(path):
    """Write what a service of this model would have logged, of flowers that have become larger."""
    draw = random.Random(0)
    with path.open("w") as file:
        for _ in range(300):
            row = {
                "petal": draw.gauss(6, 1),
                "leaves": draw.randint(2, 9),
                "soil": draw.choice(["clay", "sand"]),
            }
            said = {"time": "2026-01-01T00:00:00+00:00", "model": "documented", "version": 1}
            file.write(json.dumps({**said, "row": row, "prediction": 1}) + "\n")


@pytest.fixture
def saved(open_notebook, lab, tmp_path):
    """The path of a notebook that shows a record of each kind, saved by Lab."""
    write_flowers(lab.root / "flowers.csv")
    write_log(tmp_path / "later.jsonl")
    cells = [source.format(folder=tmp_path) for source in SHOWN.values()]
    page = open_notebook(["%load_ext nbmlops", FLOWERS, BEFORE, CHANGED, *cells])
    for index in range(len(cells) + 4):
        page.run_cell(index)
    page.output(len(cells) + 3).get_by_role("tab", name="Runs").wait_for()
    (version,) = list_versions(lab, "documented")
    assert version["verdict"] == "identical"
    page.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert not page.errors
    page.page.goto("about:blank")
    lab.stop_kernels()
    return lab.root / page.name


def list_bundles(notebook):
    """Return what each kind of record was shown as, by its name."""
    found = {}
    for name, cell in zip(SHOWN, notebook.cells[4:], strict=True):
        found[name] = [o["data"] for o in cell.outputs if "data" in o][-1]
    return found


def test_displays_outlive_their_kernel(saved, browser, lab):
    notebook = nbformat.read(saved, as_version=4)
    nbformat.validate(notebook)
    for name, bundle in list_bundles(notebook).items():
        assert len(bundle["text/html"].encode()) + len(bundle["text/plain"].encode()) < 100_000, name
        assert "<" not in bundle["text/plain"].split("\n")[0], name
        assert "<script" not in bundle["text/html"], name
        for word in WORDS[name]:
            assert word in bundle["text/html"], (name, word)
            assert word.replace("●", "* [").replace("○", "  [") in bundle["text/plain"], (name, word)
    read_converted(saved, browser)
    read_reopened(saved, browser, lab)


def read_converted(saved, browser):
    """Look at nbconvert's page in a browser that runs no script."""
    page_path = saved.with_suffix(".html")
    body, _ = HTMLExporter(template_name="lab", embed_images=True).from_filename(str(saved))
    page_path.write_text(body, "utf-8")
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto(page_path.as_uri())
    outputs = page.locator(".jp-Cell").filter(has=page.locator(".jp-OutputArea-output"))
    for name, source in SHOWN.items():
        first = source.partition("\n")[0].partition("{")[0]
        cell = outputs.filter(has=page.locator(".jp-InputArea", has_text=first)).last
        for word in WORDS[name]:
            expect(cell.locator(".jp-OutputArea"), name).to_contain_text(word)
    context.close()


def read_reopened(saved, browser, lab):
    """Open the notebook in Lab with no kernel at all."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto(f"{lab.url}/lab/workspaces/reopened/?reset&token={lab.token}")
    page.wait_for_function("() => !!(window.jupyterapp && window.jupyterapp.restored)")
    page.evaluate("() => window.jupyterapp.restored")
    page.evaluate(
        """(path) => window.jupyterapp.commands.execute('docmanager:open',
             {path, kernelPreference: {shouldStart: false, canStart: false, autoStartDefault: false}})""",
        saved.name,
    )
    for at, name in enumerate(SHOWN):
        cell = page.locator(f".jp-NotebookPanel .jp-CodeCell[data-windowed-list-index='{at + 4}']")
        for word in WORDS[name]:
            expect(cell.locator(".jp-Cell-outputArea"), name).to_contain_text(word)
    expect(page.locator(".jp-NotebookPanel")).not_to_contain_text("Loading widget")
    assert lab.ask("/api/kernels") == []
    page.screenshot(path=str(saved.with_suffix(".png")))
    context.close()
