"""Each screen's main button in a real notebook, its effect looked for in the kernel and in the store."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import find_violations
from tests.browser.flowers import FLOWERS, send_flowers, write_flowers
from tests.browser.test_panel import list_versions
from tests.faces.sweeping import wait_until

LONG = 600_000
# The export runs for as long as the file is there.
HELD = """\
import os, time
def hold():
    while os.path.exists({path!r}):
        time.sleep(0.05)
    return 500
"""


@pytest.fixture
def open_flowers(open_notebook, lab):
    def open_sources(*sources):
        write_flowers(lab.root / "flowers.csv")
        page = open_notebook(["%load_ext nbmlops", *sources, "%nbmlops"])
        for index in range(len(sources) + 2):
            page.run_cell(index)
        panel = page.output(len(sources) + 1)
        panel.get_by_role("tab", name="Runs").wait_for()
        return page, panel

    return open_sources


def open_screen(panel, name):
    tab = panel.get_by_role("tab", name=name, exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def last_status(panel):
    return panel.get_by_role("status").last


def ask_store(lab, query, *values):
    with contextlib.closing(sqlite3.connect(f"file:{lab.store}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def test_export_is_stopped_then_written_proved_and_opened(open_flowers, tmp_path):
    hold = tmp_path / "hold"
    held = FLOWERS.replace("max_iter=500", "max_iter=hold()")
    page, panel = open_flowers(HELD.format(path=str(hold)), held)
    directory = page.lab.root / "pipelines" / page.name
    open_screen(panel, "Export and prove")
    panel.get_by_label("Directory").fill(str(directory))
    hold.touch()
    panel.get_by_role("button", name="Export and prove").click()
    expect(last_status(panel)).to_contain_text("def hold()", timeout=LONG)
    open_screen(panel, "Lineage")  # the panel answers meanwhile
    open_screen(panel, "Export and prove")
    panel.get_by_role("button", name="Stop").click()
    expect(last_status(panel)).to_contain_text("export model: stopped")
    wait_until(lambda: not list_programs(directory))
    assert hold.exists()
    assert not ask_store(page.lab, "select verdict from proofs where subject = ?", str(directory))
    hold.unlink()
    panel.get_by_role("button", name="Export and prove").click()
    expect(last_status(panel)).to_contain_text("identical", timeout=LONG)
    expect(panel).to_contain_text("statements (")
    assert '"identical"' in (directory / "proof.json").read_text()
    assert ask_store(page.lab, "select verdict from proofs where subject = ?", str(directory)) == [
        ("identical",)
    ]
    link = panel.get_by_role("link", name="Open pipeline.py")
    link.click()
    page.page.locator(".jp-FileEditor").wait_for()
    page.page.evaluate("() => window.jupyterapp.commands.execute('application:close')")
    panel.get_by_role("table", name="exports").get_by_role("button").first.click()
    panel.get_by_role("button", name="Prove again").click()
    expect(last_status(panel)).to_contain_text("identical", timeout=LONG)
    assert len(ask_store(page.lab, "select 1 from proofs where subject = ?", str(directory))) == 2
    open_screen(panel, "Runs")
    expect(panel.get_by_role("table", name="runs")).to_contain_text("identical")
    assert not page.errors


def test_a_package_is_built_and_answers_as_the_notebook_does(open_flowers):
    page, panel = open_flowers(FLOWERS)
    grid = panel.get_by_role("table", name="runs")
    grid.get_by_role("button", name="model: LogisticRegression").first.click()
    expect(panel).to_contain_text("This kernel holds its model as `model`")
    panel.get_by_label("Model", exact=True).fill("rare")
    panel.get_by_role("button", name="Register").click()
    expect(last_status(panel)).to_contain_text("Registered rare 1. identical", timeout=LONG)
    (version,) = list_versions(page.lab, "rare")
    expect(panel).to_contain_text(f"run {version['run']}")
    open_screen(panel, "Package and try")
    directory = page.lab.root / "dist" / page.name
    panel.get_by_label("Directory").fill(str(directory))
    panel.get_by_label("install and ask it at the end").uncheck()
    panel.get_by_role("button", name="Build").click()
    expect(last_status(panel)).to_contain_text("Built rare@1", timeout=LONG)
    assert (directory / "manifest.json").is_file()
    panel.get_by_role("button", name="Start").click()
    expect(last_status(panel)).to_contain_text("answers at http://127.0.0.1", timeout=LONG)
    panel.get_by_role("button", name="Predict").click()
    expect(panel).to_contain_text("same as the notebook: yes", timeout=LONG)
    panel.get_by_label("petal").fill("3.25")
    panel.get_by_role("button", name="Predict").click()
    expect(panel).to_contain_text("same as the notebook: not known")
    panel.get_by_label("petal").fill("wide")
    panel.get_by_role("button", name="Predict").click()
    expect(last_status(panel)).to_contain_text("'wide' is no number")
    serving = find_services(page.lab)
    assert serving
    (url,) = set(re.findall(r"http://[\d.:]+\d", panel.inner_text()))
    assert send_flowers(url, write_flowers(page.lab.root / "later.csv", seed=1, shift=2)) == 200
    open_screen(panel, "Monitor")
    panel.get_by_role("button", name="Look now").click()
    drift = panel.get_by_role("table", name="drift")
    expect(drift.get_by_role("row").filter(has_text="petal")).to_contain_text("✗ drifts", timeout=LONG)
    expect(last_status(panel)).to_contain_text("drifting: petal, the predictions")
    assert ask_store(page.lab, "select model, version from reports where model = 'rare'") == [("rare", 1)]
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        page.change_theme(theme)
        for name in ("Models", "Package and try", "Monitor"):
            open_screen(panel, name)
            assert find_violations(page.page, ".jp-NotebookPanel .nbmlops-panel") == [], (theme, name)
    page.lab.stop_kernels()
    wait_until(lambda: not any(process.exists() for process in serving))  # it does not outlive its kernel
    assert not page.errors


@pytest.mark.slow
def test_retraining_makes_a_version_that_awaits_approval(open_flowers):
    page, panel = open_flowers(FLOWERS)
    open_screen(panel, "Models")
    panel.get_by_label("Model", exact=True).fill("renewed")
    panel.get_by_role("button", name="Register").click()
    expect(last_status(panel)).to_contain_text("Registered renewed 1. identical", timeout=LONG)
    for act in ("approve", "promote"):
        panel.get_by_role("button", name=f"{act.capitalize()}").click()
        panel.get_by_role("button", name=f"Yes, {act} renewed 1").click()
        expect(last_status(panel)).to_contain_text(f"{act.capitalize()}d renewed 1")
    open_screen(panel, "Monitor")
    few = write_flowers(page.lab.root / "few.csv", seed=1, shift=2)
    panel.get_by_label("New file").fill(str(few))
    panel.get_by_role("button", name="Retrain").click()
    expect(last_status(panel)).to_contain_text("only 40 could be held back", timeout=LONG)
    more = write_flowers(page.lab.root / "more.csv", seed=2, shift=2, count=400)
    panel.get_by_label("New file").fill(str(more))
    panel.get_by_role("button", name="Retrain").click()
    expect(last_status(panel)).to_contain_text("Retrained renewed", timeout=LONG)
    expect(panel).to_contain_text("renewed 2")
    found = {
        v["version"]: (v["verdict"], v["approved"], v["aliases"]) for v in list_versions(page.lab, "renewed")
    }
    assert found == {1: ("identical", True, ["champion"]), 2: ("identical", None, [])}
    assert not page.errors


def list_programs(directory):
    """Return the processes that were given a directory to work on."""
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and str(directory).encode() in (process / "cmdline").read_bytes():
                found.append(process)
    return found


def find_services(lab):
    """Return the processes that serve packages of this lab's store."""
    folder = lab.root / ".nbmlops" / "packages"
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink().is_relative_to(folder):
                found.append(process)
        except OSError:
            continue
    return found
