"""Layout tour: a notebook whose panel is used screen by screen, and looked at in both themes."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import TIMEOUT_MS
from tests.browser.flowers import FLOWERS, send_flowers, write_flowers
from tests.browser.lab import Lab
from tests.browser.layout import Layout, measure_layout
from tests.browser.notebook_page import NotebookPage

__all__ = ["Shot", "Tour", "open_tour"]

_SIZE = {"width": 1360, "height": 1000}
_LONG = 3 * TIMEOUT_MS
_EARLY = {"runs": "Runs", "lineage": "Lineage", "export": "Export and prove"}
_LATE = {"models": "Models", "package": "Package and try", "monitor": "Monitor"}
_MORE = """\
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
for trees in (5, 20, 60):
    forest = RandomForestClassifier(trees, random_state=0).fit(X, df["rare"])
    scores = cross_val_score(forest, X, df["rare"], cv=8)
    print("accuracy", accuracy_score(df["rare"], forest.predict(X)))
"""


@dataclass(frozen=True, slots=True)
class Shot:
    """A screen in a theme (`runs-dark`): its picture as PNG, and what was measured of it."""

    name: str
    picture: bytes
    layout: Layout


@contextmanager
def open_tour(browser: Browser) -> Iterator[Tour]:
    """Learn from a small table in a Lab whose store holds nothing else."""
    with tempfile.TemporaryDirectory(prefix="nbmlops-pictures-") as name:
        lab = Lab(Path(name))
        try:
            yield Tour(lab, browser)
        finally:
            lab.stop_kernels()
            lab.stop()


class Tour:
    """First the screens that need no model version, then the others."""

    def __init__(self, lab: Lab, browser: Browser) -> None:
        write_flowers(lab.root / "flowers.csv")
        context = browser.new_context(viewport=_SIZE, reduced_motion="reduce")
        context.set_default_timeout(TIMEOUT_MS)
        notebook = lab.write_notebook("flowers.ipynb", ["%load_ext nbmlops", FLOWERS, _MORE, "%nbmlops"])
        self.page = NotebookPage(context.new_page(), lab, notebook).open()
        for index in range(4):
            self.page.run_cell(index)
        self.page.page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
        self.output = self.page.output(3)
        self.panel = self.output.locator(".nbmlops-panel")

    def look_early(self) -> Iterator[Shot]:
        """Use Runs, Lineage, and Export and prove, and look at them, in the side too."""
        _use_early(self.page, self.output)
        for theme in ("Light", "Dark"):
            yield from self._look(theme, _EARLY)
            yield from self._look_side(theme)

    def look_late(self) -> Iterator[Shot]:
        """Use Models, Package and try, and Monitor, and look at them."""
        self.page.change_theme("JupyterLab Light")
        _use_late(self.page, self.output)
        for theme in ("Light", "Dark"):
            yield from self._look(theme, _LATE)

    def look_whole(self) -> bytes:
        """Return a picture of the whole Lab, as it is."""
        self.output.evaluate("element => element.scrollIntoView({block: 'end'})")
        return self.page.page.screenshot()

    def _look(self, theme: str, screens: dict[str, str]) -> Iterator[Shot]:
        self.page.change_theme(f"JupyterLab {theme}")
        for name, title in screens.items():
            _open_screen(self.output, title)
            yield self._take(f"{name}-{theme.lower()}", self.panel)

    def _look_side(self, theme: str) -> Iterator[Shot]:
        """Look at the side of JupyterLab as it is beside the notebook."""
        page = self.page.page
        button = page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name="nbmlops")
        side = page.get_by_role("region", name="nbmlops")
        button.click()
        for title, label in (("Runs", "Filter"), ("Lineage", "Object")):
            _open_screen(side, title)
            expect(side.get_by_label(label)).to_be_visible()
            yield self._take(f"side-{title.lower()}-{theme.lower()}", side)
        button.click()
        expect(side).to_be_hidden()

    def _take(self, name: str, shown: Locator) -> Shot:
        self.page.wait_idle()
        self.page.page.mouse.move(5, 5)
        layout = measure_layout(shown, self.page.lab.root)
        return Shot(name, shown.screenshot(), layout)


def _open_screen(panel: Locator, title: str) -> None:
    tab = panel.get_by_role("tab", name=title, exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def _await(panel: Locator, text: str) -> None:
    expect(panel.get_by_role("status").last).to_contain_text(text, timeout=_LONG)


def _use_early(page: NotebookPage, panel: Locator) -> None:
    """Export a model and prove it, explain it, compare runs and draw a curve."""
    _open_screen(panel, "Export and prove")
    panel.get_by_label("Object").fill("model")
    panel.get_by_role("button", name="Export and prove").click()
    _await(panel, "identical")
    _open_screen(panel, "Lineage")
    panel.get_by_label("Object").fill("model")
    panel.get_by_label("Object").press("Enter")
    expect(panel).to_contain_text("'model' needs")
    _open_screen(panel, "Runs")
    for box in panel.get_by_role("table", name="runs").get_by_role("checkbox").all()[:2]:
        box.check()
    panel.get_by_role("table", name="runs").get_by_role("button", name="model: Logistic").click()
    expect(panel).to_contain_text("its slice")
    panel.get_by_role("button", name="ROC curve").click()
    _await(panel, "Drawn: ROC curve")
    panel.get_by_role("button", name="Refresh").click()
    page.wait_idle()


def _use_late(page: NotebookPage, panel: Locator) -> None:
    """Register, approve and promote a model, package and serve it, and look at its drift."""
    _open_screen(panel, "Models")
    panel.get_by_label("Object").select_option("model")
    panel.get_by_label("Model", exact=True).fill("rare")
    panel.get_by_role("button", name="Register").click()
    _await(panel, "Registered rare 1")
    for act in ("approve", "promote"):
        panel.get_by_role("button", name=f"{act.capitalize()}").click()
        panel.get_by_role("textbox", name="Note").fill("looked at by two of us")
        panel.get_by_role("button", name=f"Yes, {act} rare 1").click()
        _await(panel, f"{act.capitalize()}d rare 1")
    _open_screen(panel, "Package and try")
    panel.get_by_label("install and ask it at the end").uncheck()
    panel.get_by_role("button", name="Build").click()
    _await(panel, "Built rare@1")
    panel.get_by_role("button", name="Start", exact=True).click()
    _await(panel, "answers at")
    (url,) = set(re.findall(r"http://[\d.:]+\d", panel.inner_text()))
    send_flowers(url, write_flowers(page.lab.root / "later.csv", seed=1, shift=1.5))
    panel.get_by_role("button", name="Predict").click()
    expect(panel).to_contain_text("same as the notebook: yes", timeout=_LONG)
    _open_screen(panel, "Monitor")
    panel.get_by_role("button", name="Look now").click()
    expect(panel.get_by_role("table", name="drift")).to_be_visible(timeout=_LONG)
    panel.get_by_role("button", name="Refresh").click()
    page.wait_idle()
