"""The page, asked over HTTP as a browser and as others would."""

from __future__ import annotations

import json
import os
import signal

import pytest

from nbmlops.api.models import list_models
from nbmlops.faces.panel.opening import SCREENS
from nbmlops.faces.serving.pages import MOVES, Pages
from nbmlops.faces.serving.running import serve_page
from tests.faces.serving.offered import Offered

PAGE = "0123456789abcdef"
BROWSER = """\
#!/bin/sh
stat -c %a "${1#file://}" > "$SEEN.mode"
printf "%s" "$1" > "$SEEN.new"
mv "$SEEN.new" "$SEEN"
"""


@pytest.fixture(scope="session")
def cookie(offered):
    _, headers, _ = offered.ask(offered.url)
    return headers["set-cookie"]


def act(offered, cookie, name, value=None, **headers):
    body = json.dumps({"page": PAGE, "act": name, "value": value or {}}).encode()
    sent = {"Content_Type": "application/json", "Origin": offered.origin, "Cookie": cookie.split(";")[0]}
    return offered.ask("act", "POST", body, **{**sent, **headers})


def test_the_token_becomes_a_cookie(offered, cookie):
    parts = [part.strip().lower() for part in cookie.split(";")]
    assert {"httponly", "samesite=strict", f"path={offered.root.removeprefix(offered.origin)}"} <= set(parts)
    token = offered.url.rpartition("=")[2]
    assert token not in cookie
    status, headers, text = offered.ask(offered.url)
    assert status == 200
    assert token not in text
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "place", ["", "page.mjs", "panel.mjs", "page.css", f"shown?page={PAGE}", "act", "../"]
)
def test_without_the_cookie_nothing_is_shown(offered, place):
    status, headers, text = offered.ask(place)
    assert status in (403, 404)
    assert "accuracy" not in text
    assert "default-src 'none'" in headers["content-security-policy"]


def test_with_it_the_screens_are_shown(offered, cookie):
    asked = {"Cookie": cookie.split(";")[0]}
    status, headers, text = offered.ask("", **asked)
    assert status == 200
    assert '<script type="module" src="page.mjs">' in text
    assert "unsafe" not in headers["content-security-policy"]
    for place in ("page.mjs", "panel.mjs", "page.css", "panel.css"):
        assert offered.ask(place, **asked)[0] == 200
    shown = json.loads(offered.ask(f"shown?page={PAGE}", **asked)[2])
    assert [tab["name"] for tab in shown["tabs"]] == [screen.name for screen in SCREENS]
    assert "DecisionTreeClassifier" in json.dumps(shown)


def test_a_rebound_name_and_another_site_are_refused(offered, cookie):
    mine = {"Cookie": cookie.split(";")[0]}
    assert offered.ask("", Host="evil.example", **mine)[0] == 403
    assert offered.ask(f"shown?page={PAGE}", Origin="http://evil.example", **mine)[0] == 403
    assert offered.ask(f"shown?page={PAGE}", Sec_Fetch_Site="cross-site", **mine)[0] == 403
    assert act(offered, cookie, "refresh", Origin="http://evil.example")[0] == 403
    assert act(offered, cookie, "refresh", Origin="null")[0] == 403
    assert act(offered, cookie, "refresh", Content_Type="text/plain")[0] == 415


def test_what_chooses_is_done(offered, cookie):
    status, _, text = act(offered, cookie, "filter", {"where": "max_depth > 2"})
    assert status == 200
    shown = json.loads(text)
    (grid,) = [part for part in shown["parts"] if part["kind"] == "grid"]
    assert len(grid["rows"]) == 1
    act(offered, cookie, "filter", {"where": ""})


def test_what_changes_anything_is_refused(offered, cookie, filled):
    before = list_models(store=filled)
    others = {name for screen in SCREENS for name in screen.acts} - MOVES
    assert {"approve", "reject", "promote", "rollback", "register"} <= others
    act(offered, cookie, "open", {"screen": "models"})
    for name in (*others, "confirm", "cancel", "stop", "__class__", ""):
        status, _, text = act(offered, cookie, name, {"model": "income", "version": 1, "word": "x"})
        assert status == 403, name
        assert "nothing can be changed" in text
    for method in ("PUT", "DELETE", "PATCH"):
        asked = {"Origin": offered.origin, "Cookie": cookie.split(";")[0]}
        assert offered.ask("act", method, b"{}", **asked)[0] == 405
    assert offered.ask("act", Cookie=cookie.split(";")[0])[0] == 405
    assert list_models(store=filled) == before


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"page": 1}', b"[" * 20_000, b'"' + b"x" * 70_000 + b'"']
)
def test_nonsense_is_told(offered, cookie, body):
    sent = {"Content_Type": "application/json", "Origin": offered.origin, "Cookie": cookie.split(";")[0]}
    assert offered.ask("act", "POST", body, **sent)[0] in (400, 413)


def test_nothing_that_can_be_clicked_changes_anything(filled):
    pages = Pages(filled)
    for screen in SCREENS:
        shown = pages.act(PAGE, "open", {"screen": screen.name})
        for grid in [part for part in shown["parts"] if part["kind"] == "grid"]:
            for row in grid["rows"][:1]:
                shown = pages.act(PAGE, grid["open_act"], {"key": row["key"]})
        assert list_acts(shown["parts"]) <= MOVES, screen.name


def list_acts(part):
    """Return every act that some parts name."""
    if isinstance(part, list):
        return set().union(*map(list_acts, part))
    if not isinstance(part, dict):
        return set()
    own = {value for name, value in part.items() if name == "act" or name.endswith("_act")} - {""}
    return own.union(*(list_acts(value) for value in part.values()))


def test_many_pages_are_let_go(filled):
    pages = Pages(filled)
    pages.act("first000", "filter", {"where": "max_depth > 2"})
    for number in range(40):
        pages.show(f"page{number:04}")
    (grid,) = [part for part in pages.show("first000")["parts"] if part["kind"] == "grid"]
    assert len(grid["rows"]) == 3


def test_it_listens_on_this_machine_only(offered):
    port = int(offered.origin.rpartition(":")[2])
    with open(f"/proc/{offered.process.pid}/net/tcp") as table:
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert [address for address in listening if address.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_it_ends_when_it_is_told_to(filled, number, code):
    started = Offered(filled)
    started.ask(started.url)
    ended, out, err = started.stop(number)
    assert ended == code, err
    assert "Traceback" not in err
    assert ("The page is closed." in out) == (code == 0)


def test_a_taken_port_is_told(offered, filled):
    port = int(offered.origin.rpartition(":")[2])
    with pytest.raises(Exception, match=f"The port {port} cannot be listened on"):
        serve_page(port, browser=False, store=filled)


def test_the_browser_is_given_no_token(filled, tmp_path, monkeypatch):
    """The address is in a file of its person's own, as everybody sees the arguments of a program."""
    browser = tmp_path / "browser"
    browser.write_text(BROWSER)
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    started = Offered(filled, browser=True)
    try:
        for _ in range(6000):
            if (tmp_path / "seen").exists():
                break
            signal.sigtimedwait([], 0.1)
        opened = (tmp_path / "seen").read_text()
        assert "token" not in opened
        assert (tmp_path / "seen.mode").read_text().strip() == "600"
        assert os.path.exists(opened.removeprefix("file://"))
    finally:
        started.stop()
    assert not os.path.exists(opened.removeprefix("file://"))
