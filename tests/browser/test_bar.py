"""The bar in a real notebook: what is clicked is in the store."""

from __future__ import annotations

import json
import subprocess
import sys

from playwright.sync_api import expect

FIT = """\
import numpy as np
from sklearn.tree import DecisionTreeClassifier
X = np.random.normal(size=(60, 3))
y = (X[:, 0] > 0).astype(int)
model = DecisionTreeClassifier(max_depth=2).fit(X, y)
accuracy = model.score(X, y)
"""


def list_models(lab):
    command = [sys.executable, "-m", "nbmlops", "models", "--json", "--store", str(lab.store)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_register_and_approve(open_notebook):
    page = open_notebook(["%load_ext nbmlops", FIT, "%nbmlops"])
    for index in range(3):
        page.run_cell(index)
    bar = page.output(2)
    status = bar.get_by_role("status").last
    expect(bar).to_contain_text("recording")
    expect(bar).to_contain_text("max_depth=2")

    name = bar.get_by_label("Model")
    name.fill("flowers")
    name.press("Tab")
    bar.get_by_role("button", name="Register").click()
    expect(status).to_contain_text("Registered flowers 1. identical", timeout=120_000)
    (version,) = [v for v in list_models(page.lab) if v["name"] == "flowers"]
    assert (version["version"], version["verdict"], version["approved"]) == (1, "identical", None)

    bar.get_by_role("button", name="Approve", exact=True).click()
    bar.get_by_role("button", name="Cancel").click()
    expect(status).to_contain_text("Nothing was approved")
    assert [v["approved"] for v in list_models(page.lab)] == [None]

    bar.get_by_role("button", name="Approve", exact=True).click()
    bar.get_by_role("button", name="Yes, approve flowers 1").click()
    expect(status).to_contain_text("Approved flowers 1")
    assert [v["approved"] for v in list_models(page.lab)] == [True]

    page.wait_idle()
    assert page.ask_kernel("type(model).__name__") == "'DecisionTreeClassifier'"
    assert not page.errors


def test_a_refusal_stands_in_the_status_line(open_notebook):
    page = open_notebook(["%load_ext nbmlops", FIT, "%nbmlops"])
    for index in range(3):
        page.run_cell(index)
    bar = page.output(2)
    bar.get_by_label("Model").fill("<b>no/name</b>")
    bar.get_by_label("Model").press("Tab")
    bar.get_by_role("button", name="Register").click()
    status = bar.get_by_role("status").last
    expect(status).to_contain_text("<b>no/name</b>", timeout=120_000)
    assert not [v for v in list_models(page.lab) if "no/name" in v["name"]]
    assert not page.errors
