"""A sweep in a real notebook: how far it is, the stop button, what is kept, and its children in the panel."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.faces.sweeping import list_children, list_workers, wait_until

LONG = 600_000
# The last two children wait for a file.
CELL = """\
%%sweep n=[1, 2, 3, 4] --metric acc{resume}
import os, time
n = 0
open(f'{place}/began-{{n}}', 'w').close()
while n > 2 and not os.path.exists('{place}/go'):
    time.sleep(0.05)
acc = n * scale
"""


def test_a_sweep_is_followed_stopped_and_gone_on_with(open_notebook, lab, tmp_path):
    cells = [CELL.format(resume=resume, place=tmp_path) for resume in ("", " --resume")]
    page = open_notebook(["%load_ext nbmlops", "scale = 2.0", *cells, "%nbmlops"])
    for index in range(2):
        page.run_cell(index)
    kernel = int(page.ask_kernel("__import__('os').getpid()"))
    page.cell(2).locator(".jp-InputArea-editor").click()
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("Control+Enter")
    expect(page.output(2)).to_contain_text("2 of 4", timeout=LONG)
    page.page.get_by_role("button", name="Interrupt the kernel").click()
    expect(page.output(2)).to_contain_text("the sweep was stopped", timeout=LONG)
    expect(page.output(2)).to_contain_text("2 are missing: run the cell with `--resume`")
    page.wait_idle()
    wait_until(lambda: not list_workers(kernel))
    assert [child.number for child in list_children(lab.root)[-1]] == [1, 2]
    (tmp_path / "go").touch()
    page.run_cell(3)
    expect(page.output(3)).to_contain_text("2 of them ran before")
    expect(page.output(3)).to_contain_text("best: acc = 8 with n=4")
    assert [(c.number, c.metric) for c in list_children(lab.root)[-1]] == [(n, 2.0 * n) for n in (1, 2, 3, 4)]
    page.run_cell(4)
    panel = page.output(4)
    grid = panel.get_by_role("table", name="runs")
    own = f"experiment = '{page.name.removesuffix('.ipynb')}'"
    panel.get_by_label("Filter").fill(own)
    panel.get_by_label("Filter").press("Enter")
    expect(grid.get_by_role("row")).to_have_count(2)
    grid.get_by_role("button").filter(has_text="sweep").first.click()
    panel.get_by_role("button", name="Show the 4 that it tried").click()
    expect(grid.get_by_role("row")).to_have_count(5)
    expect(grid.get_by_role("columnheader", name="n", exact=True)).to_have_count(1)
    assert page.ask_kernel("'n' in globals()") == "False"
    assert not page.errors
