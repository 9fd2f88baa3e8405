"""Notebook page: one notebook open in Lab, driven as a person drives it."""

from __future__ import annotations

import uuid
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.lab import Lab

__all__ = ["NotebookPage"]

_SESSION = "window.jupyterapp.shell.currentWidget?.sessionContext"
_CELL = ".jp-NotebookPanel .jp-CodeCell[data-windowed-list-index='{index}']"


class NotebookPage:
    """Runs cells by keyboard; evidence comes from the kernel, not from what the page shows."""

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        self.page, self.lab, self.name = page, lab, name
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self) -> NotebookPage:
        """Open the notebook in a fresh workspace and wait for its kernel."""
        path = f"/lab/workspaces/{uuid.uuid4().hex[:8]}/tree/{self.name}"
        self.page.goto(f"{self.lab.url}{path}?reset&token={self.lab.token}")
        self.page.wait_for_function("() => !!(window.jupyterapp && window.jupyterapp.restored)")
        self.page.evaluate("() => window.jupyterapp.restored")
        self.page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
        self.wait_idle()
        return self

    def wait_idle(self) -> None:
        """Wait until the kernel is connected and idle."""
        self.page.wait_for_function(
            f"() => {{ const s = {_SESSION}; return s && s.isReady && "
            "s.session?.kernel?.connectionStatus === 'connected' && s.session?.kernel?.status === 'idle'; }"
        )

    def cell(self, index: int) -> Locator:
        """Return a code cell."""
        return self.page.locator(_CELL.format(index=index))

    def output(self, index: int) -> Locator:
        """Return what a cell shows."""
        return self.cell(index).locator(".jp-Cell-outputArea")

    def run_cell(self, index: int) -> None:
        """Select a cell, press Ctrl+Enter, and wait for its number."""
        prompt = self.cell(index).locator(".jp-InputArea-prompt")
        before = prompt.inner_text()
        self.cell(index).locator(".jp-InputArea-editor").click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(
            """([cell, before]) => {
                 const prompt = document.querySelector(`${cell} .jp-InputArea-prompt`);
                 return prompt && /\\[\\d+\\]/.test(prompt.innerText) && prompt.innerText !== before; }""",
            arg=[_CELL.format(index=index), before],
        )

    def ask_kernel(self, expression: str) -> str:
        """Evaluate an expression in the kernel, silently, and return its repr."""
        return str(
            self.page.evaluate(
                f"""async (expression) => {{
                     const kernel = {_SESSION}.session.kernel;
                     const asked = kernel.requestExecute({{code: '', silent: true, store_history: false,
                                                          user_expressions: {{v: expression}}}});
                     const reply = await asked.done;
                     const value = reply.content.user_expressions.v;
                     if (value.status !== 'ok') throw new Error(value.ename + ': ' + value.evalue);
                     return value.data['text/plain']; }}""",
                expression,
            )
        )

    def change_theme(self, name: str) -> None:
        """Give Lab another theme, and wait until it is there."""
        self.page.evaluate(
            "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", name
        )
        self.page.wait_for_function("(name) => document.body.dataset.jpThemeName === name", arg=name)

    def take_picture(self, path: Path) -> None:
        """Write what the page shows as a PNG."""
        self.page.screenshot(path=str(path))
