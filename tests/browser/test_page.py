"""The page of `nbmlops ui` in a real browser: it opens, shows, and can change nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from nbmlops.faces.panel.opening import SCREENS
from tests.browser.axe import find_violations
from tests.browser.conftest import TIMEOUT_MS
from tests.faces.serving.conftest import filled, offered

__all__ = ["filled", "offered"]


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture
def opened(browser, offered, scheme):
    """The page as it is after the printed address was opened, and what the browser complained of."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.problems = []
    page.on("console", lambda said: said.type in ("error", "warning") and page.problems.append(said.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(offered.url)
    page.wait_for_url(offered.root)
    expect(page.get_by_role("table").first).to_be_visible()
    yield page
    context.close()


def test_the_token_is_gone_and_the_runs_are_there(opened, offered):
    token = offered.url.rpartition("=")[2]
    assert opened.url == offered.root
    assert token not in opened.content()
    assert opened.evaluate("history.length") <= 2
    assert opened.evaluate("document.referrer + document.cookie") == ""
    opened.go_back()
    assert token not in opened.url
    assert opened.problems == []


def test_runs_are_filtered_opened_and_compared(opened):
    rows = opened.locator(".nbmlops-grid tbody tr")
    expect(rows).to_have_count(3)
    opened.get_by_label("Filter").fill("max_depth >= 2")
    opened.get_by_label("Filter").press("Enter")
    expect(rows).to_have_count(2)
    rows.first.get_by_role("button").first.click()
    expect(opened.get_by_text("DecisionTreeClassifier(max_depth=depth)").first).to_be_visible()
    for box in rows.get_by_role("checkbox").all():
        box.click()
    opened.get_by_role("button", name="Compare 2 runs").click()
    expect(opened.get_by_text("Compared")).to_be_visible()
    assert opened.problems == []


def test_nothing_that_changes_anything_is_offered(opened, offered):
    for screen in SCREENS:
        opened.get_by_role("tab", name=screen.title, exact=True).click()
        expect(opened.get_by_role("tab", name=screen.title, exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
        for row in opened.locator(".nbmlops-grid .nbmlops-open").all()[:1]:
            row.click()
            expect(opened.locator(".nbmlops-section").first).to_be_visible()
        for name in ("Approve", "Reject", "Promote", "Register", "Roll back", "Export", "Retrain", "Package"):
            expect(opened.get_by_role("button", name=name)).to_have_count(0)
    posted = """(act) => fetch("act", {method: "POST", headers: {"Content-Type": "application/json"},
        body: JSON.stringify({page: "0123456789abcdef", act, value: {model: "income", version: 1}})})
        .then((answer) => answer.status)"""
    for act in ("approve", "reject", "promote", "rollback", "register", "confirm", "stop"):
        assert opened.evaluate(posted, act) == 403
    assert opened.evaluate("fetch('act').then((answer) => answer.status)") == 405


def test_every_screen_is_for_everybody(opened):
    for screen in SCREENS:
        opened.get_by_role("tab", name=screen.title, exact=True).click()
        expect(opened.get_by_role("tab", name=screen.title, exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
        for row in opened.locator(".nbmlops-grid .nbmlops-open").all()[:1]:
            row.click()
            expect(opened.locator(".nbmlops-section").first).to_be_visible()
        assert find_violations(opened) == [], screen.title


def test_it_follows_the_scheme(opened, scheme):
    ground = opened.evaluate("getComputedStyle(document.querySelector('.nbmlops-panel')).backgroundColor")
    light = sum(map(int, ground.removeprefix("rgb(").rstrip(")").split(",")))
    assert (light > 600) == (scheme == "light")


def test_no_other_page_reads_it(browser, offered):
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto(offered.url)
    page.wait_for_url(offered.root)
    expect(page.get_by_role("tab").first).to_be_visible()
    other = context.new_page()
    other.goto("about:blank")
    reads = "(url) => fetch(url, {credentials: 'include'}).then((a) => a.text(), () => 'refused')"
    assert other.evaluate(reads, offered.root) == "refused"
    other.set_content(f'<iframe src="{offered.root}"></iframe>')
    other.wait_for_timeout(300)
    assert not any(frame.query_selector("#panel") for frame in other.frames[1:])
    elsewhere = offered.root.replace("127.0.0.1", "rebound.example")
    stranger = browser.new_context().new_page()
    stranger.set_default_timeout(TIMEOUT_MS)
    assert stranger.goto(offered.root).status == 403
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        stranger.goto(elsewhere)
    stranger.context.close()
    context.close()
