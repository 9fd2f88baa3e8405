"""The gate: rebound names, other sites and other people are refused."""

from __future__ import annotations

import pytest

from nbmlops.faces.serving.gate import Asked, Keys, judge_request

KEYS = Keys(8123)
COOKIE = {"cookie": f"{KEYS.cookie}={KEYS.session}"}
HOST = {"host": "127.0.0.1:8123"}
PLACE = f"/{KEYS.place}/"


def judge(method="GET", path=PLACE, token=None, **headers):
    found = judge_request(
        Asked(method, path, {name.replace("_", "-"): v for name, v in headers.items()}, token), KEYS
    )
    return None if found is None else found.status


@pytest.mark.parametrize("host", KEYS.hosts)
def test_its_own_person_reads(host):
    assert judge(host=host, **COOKIE) is None
    assert judge(host=host, sec_fetch_site="same-origin", **COOKIE) is None
    assert judge("POST", f"{PLACE}act", host=host, origin=f"http://{host}", **COOKIE) is None
    assert judge(token=KEYS.token, host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8123",
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:8123.evil.example",
        "[::1]:8123",
        "",
    ],
)
def test_a_rebound_name_is_refused(host):
    assert judge(host=host, **COOKIE) == 403
    assert judge(host=host, token=KEYS.token) == 403
    assert judge("POST", host=host, origin=f"http://{host}", **COOKIE) == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8123", ""]
)
def test_another_origin_is_refused(origin):
    assert judge(**HOST, **COOKIE, origin=origin) == 403
    assert judge("POST", **HOST, **COOKIE, origin=origin) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "something new"])
def test_a_request_from_another_site_is_refused(site):
    assert judge(**HOST, **COOKIE, sec_fetch_site=site) == 403
    assert judge("POST", **HOST, **COOKIE, sec_fetch_site=site, origin="http://127.0.0.1:8123") == 403


def test_an_act_has_to_say_where_it_comes_from():
    assert judge("POST", **HOST, **COOKIE) == 403


def test_other_people_of_the_machine_are_refused():
    assert judge(**HOST) == 403
    assert judge(**HOST, cookie=f"{KEYS.cookie}=") == 403
    assert judge(**HOST, cookie=f"{KEYS.cookie}={Keys(8123).session}") == 403
    assert judge(**HOST, cookie="a=b; =;;; \x00 é") == 403
    assert judge(**HOST, token="") == 403
    assert judge(**HOST, token="é") == 403
    assert judge(**HOST, token=KEYS.session) == 403
    assert judge("POST", **HOST, token=KEYS.token, origin="http://127.0.0.1:8123") == 403


def test_elsewhere_is_nothing():
    assert judge(path="/", **HOST, **COOKIE) == 404
    assert judge(path="/", token=KEYS.token, **HOST) == 404


def test_every_server_has_its_own_keys():
    one, other = Keys(1), Keys(1)
    assert one.token != other.token
    assert one.session not in one.url
    assert one.token != one.session
