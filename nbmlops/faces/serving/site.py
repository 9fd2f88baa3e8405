"""The site: the few addresses of the page, behind its gate."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nbmlops.faces.serving.gate import HEADERS, Asked, Keys, judge_request
from nbmlops.faces.serving.pages import Pages

__all__ = ["make_site"]

_PANEL, _OWN = "nbmlops.faces.panel", "nbmlops.faces.serving"
_FILES: Mapping[str, tuple[str, str]] = {
    "panel.mjs": (_PANEL, "text/javascript"),
    "panel.css": (_PANEL, "text/css"),
    "page.mjs": (_OWN, "text/javascript"),
    "page.css": (_OWN, "text/css"),
}
_PAGE_NAME = re.compile(r"[0-9a-z]{8,40}")
_MOST_BYTES = 64 * 1024
# The browser asks anew from the page itself: then the cookie is sent also where the address was opened from
# another site, and the address with the token is in no list of visited pages.
_OPENING = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>nbmlops</title>'
    '<link rel="icon" href="data:,"><meta http-equiv="refresh" content="0;url=./"></head>'
    '<body><p><a href="./">nbmlops</a></p></body></html>'
)


def make_site(pages: Pages, keys: Keys) -> ASGIApp:
    """Return the application: it shows what `pages` do, to whom `keys` let in."""

    async def open_page(request: Request) -> Response:
        if "token" in request.query_params:
            answer = HTMLResponse(_OPENING)
            path = f"/{keys.place}/"
            answer.set_cookie(keys.cookie, keys.session, path=path, httponly=True, samesite="strict")
            return answer
        return HTMLResponse(_read_file(_OWN, "page.html"))

    async def send_file(request: Request) -> Response:
        folder, media = _FILES[request.url.path.rpartition("/")[2]]
        return Response(_read_file(folder, request.url.path.rpartition("/")[2]), media_type=media)

    def show_page(request: Request) -> Response:
        page = request.query_params.get("page", "")
        if _PAGE_NAME.fullmatch(page) is None:
            return PlainTextResponse("Which page?", 400)
        return JSONResponse(pages.show(page))

    async def act_page(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        asked = await _read_act(request)
        if isinstance(asked, Response):
            return asked
        try:
            return JSONResponse(await run_in_threadpool(pages.act, *asked))
        except PermissionError:
            return PlainTextResponse("This page only shows: nothing can be changed here.", 403)

    root = f"/{keys.place}/"
    routes = [
        Route(root, open_page, methods=["GET"]),
        Route(f"{root}shown", show_page, methods=["GET"]),
        Route(f"{root}act", act_page, methods=["POST"]),
        *(Route(f"{root}{name}", send_file, methods=["GET"]) for name in _FILES),
    ]
    return _guard(Starlette(routes=routes), keys)


def _read_file(folder: str, name: str) -> str:
    return resources.files(folder).joinpath(name).read_text("utf-8")


async def _read_act(request: Request) -> tuple[str, str, dict[str, Any]] | Response:
    """Return the page, the act and what was sent with it; an answer where that cannot be read."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return PlainTextResponse("Only JSON is read.", 415)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            return PlainTextResponse("That is too much.", 413)
    try:
        found = json.loads(body)
        page, act, value = found["page"], found["act"], found["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return PlainTextResponse("That is no act.", 400)
    texts = isinstance(page, str) and isinstance(act, str) and isinstance(value, dict)
    if not texts or _PAGE_NAME.fullmatch(page) is None:
        return PlainTextResponse("That is no act.", 400)
    return page, act, value


def _guard(app: ASGIApp, keys: Keys) -> ASGIApp:
    """Put the gate before an application, and its headers on every answer."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", []), *added]}
            await send(message)

        if scope["type"] != "http":
            return
        request = Request(scope)
        token = request.query_params.get("token")
        refused = judge_request(Asked(request.method, scope["path"], request.headers, token), keys)
        if refused is not None:
            await PlainTextResponse(refused.text, refused.status)(scope, receive, send_guarded)
        else:
            await app(scope, receive, send_guarded)

    return answer
