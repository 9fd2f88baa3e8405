"""The gate: who may ask the page for what, decided before anything is answered."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

__all__ = ["HEADERS", "Asked", "Keys", "Refusal", "judge_request"]

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
"""What every answer carries: nothing but our own files runs, and nothing is framed, kept or told on."""

_OWN = ("same-origin", "none")


def _make_word() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Keys:
    """What one server knows its own person by.

    `token` opens the page, `session` is what the cookie then holds. `place` is the folder that the cookie is
    sent to: cookies are not told apart by port, so another server on this machine would be sent one that
    is for every path.
    """

    port: int
    token: str = field(default_factory=_make_word)
    session: str = field(default_factory=_make_word)
    place: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def hosts(self) -> tuple[str, str]:
        """The names under which a browser may ask."""
        return (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return f"nbmlops-{self.port}"

    @property
    def url(self) -> str:
        """The address that opens the page, with the token: for its own person only."""
        return f"http://127.0.0.1:{self.port}/{self.place}/?token={self.token}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as far as it decides who asks: headers by their names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered."""

    status: int
    text: str


def judge_request(asked: Asked, keys: Keys) -> Refusal | None:
    """Return why a request is refused; None where it may be answered.

    A name that was rebound to this machine has the wrong Host; another site's page the wrong Origin or
    Sec-Fetch-Site; another person of this machine neither token nor cookie.
    """
    host = asked.headers.get("host", "")
    if host not in keys.hosts:
        return Refusal(403, "This page answers to 127.0.0.1 and localhost only.")
    origin = asked.headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return Refusal(403, "Another site's page may not ask.")
    opening = asked.token is not None and asked.method == "GET"
    if asked.headers.get("sec-fetch-site", "none") not in _OWN and not opening:
        return Refusal(403, "Another site's page may not ask.")
    if asked.method not in ("GET", "HEAD") and origin is None:
        return Refusal(403, "A request that says nothing of its origin is answered only if it reads.")
    if not asked.path.startswith(f"/{keys.place}/"):
        return Refusal(404, "There is nothing here: open the address that `nbmlops ui` printed.")
    if opening:
        known = secrets.compare_digest((asked.token or "").encode(), keys.token.encode())
    else:
        known = secrets.compare_digest(_read_session(asked, keys).encode(), keys.session.encode())
    return None if known else Refusal(403, "Open the address that `nbmlops ui` printed.")


def _read_session(asked: Asked, keys: Keys) -> str:
    try:
        found = SimpleCookie(asked.headers.get("cookie", "")).get(keys.cookie)
    except CookieError:
        return ""
    return "" if found is None else found.value
