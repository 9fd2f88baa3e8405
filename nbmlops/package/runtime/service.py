"""The service: answers raw rows over HTTP, and says in plain words why it cannot answer others."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hmac
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from .drift import load_reference
from .events import Events
from .log import PredictionLog, open_log
from .metrics import TYPE, Metrics
from .model import Model, RefusedError
from .openapi import describe_service
from .protocol import read_invocation
from .reply import Reply, refuse, reply_json, send_reply
from .request import BadRequestError, read_body, read_rows

__all__ = ["KEY_VARIABLE", "LIMIT_VARIABLE", "ROWS_VARIABLE", "create_app"]

KEY_VARIABLE = "API_KEY"
LIMIT_VARIABLE = "MAX_BODY_BYTES"
ROWS_VARIABLE = "MAX_ROWS"

_DEFAULT_LIMIT = 2**20
_DEFAULT_ROWS = 10_000
_OPEN = ("/health", "/ready", "/ping")
_SHORT = 2**14


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """How rows are asked for: `read` finds them in a body; the answer is of MLflow's shape or of our own."""

    path: str
    read: Callable[[bytes, str], list[Any]]
    probabilities: bool = False
    mlflow: bool = False


class _Service:
    """What the routes share: the model, its log, its figures, the key and the limits."""

    def __init__(self, folder: Path | None, events: Events | None) -> None:
        self.model = Model(folder)
        self.metrics = Metrics(self.model.manifest, load_reference(self.model.folder))
        self.events = events
        self.log: PredictionLog | None = None
        self.key = (os.environ.get(KEY_VARIABLE) or "").encode()
        self.limit = int(os.environ.get(LIMIT_VARIABLE) or _DEFAULT_LIMIT)
        self.most = int(os.environ.get(ROWS_VARIABLE) or _DEFAULT_ROWS)

    def allows(self, path: str, headers: dict[bytes, bytes]) -> bool:
        """Say whether a request carries the key, where one is set."""
        if not self.key or path in _OPEN:
            return True
        given = headers.get(b"x-api-key", b"")
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer":
            given = given or token
        return hmac.compare_digest(given, self.key)

    def note(self, method: str, path: str, reply: Reply, began: tuple[float, float]) -> None:
        """Count, time and log a request that was answered; `began` is its moment by both clocks."""
        seconds = time.perf_counter() - began[1]
        self.metrics.count_request(path, reply.status, seconds)
        if self.events is not None:
            self.events.write_request(method, path, reply.status, began[0], seconds, reply.rows)

    async def answer(self, scope: Scope, receive: Receive, asked: _Asked) -> Reply | None:
        """Answer the rows of a request; None where the caller went away."""
        headers = dict(scope["headers"])
        if not self.allows(asked.path, headers):
            return refuse(401, "the API key is missing or wrong")
        body = await read_body(receive, self.limit)
        if body is None:
            return None
        if len(body) > self.limit:
            return refuse(413, f"the body is longer than {self.limit} bytes")
        kind = headers.get(b"content-type", b"").decode("latin-1")
        if self.model.direct is not None and len(body) <= _SHORT:
            return self._answer(body, kind, asked)  # sooner done than handed to a thread
        return await run_in_threadpool(self._answer, body, kind, asked)

    def _answer(self, body: bytes, kind: str, asked: _Asked) -> Reply:
        rows: list[Any] = []
        try:
            rows = asked.read(body, kind)
            if len(rows) > self.most:
                return refuse(413, f"{len(rows)} rows are more than {self.most}")
            answers = self.model.answer_rows(rows, asked.probabilities)
        except BadRequestError as error:
            return refuse(422, str(error))
        except RefusedError as refused:
            self.metrics.count_refused(len(rows))
            return refuse(422, [_show_problem(problem) for problem in refused.problems])
        self.metrics.count_answers(rows, answers)
        return reply_json(200, self._shape(rows, answers, asked), len(rows))

    def _shape(self, rows: list[Any], answers: list[dict[str, Any]], asked: _Asked) -> dict[str, Any]:
        predictions = [answer["prediction"] for answer in answers]
        ids = None
        if self.log is not None:
            ids = self.log.append(self.model.name, self.model.version, rows, answers)
        if asked.mlflow:
            return {"predictions": predictions}
        content: dict[str, Any] = {
            "model": self.model.name,
            "version": self.model.version,
            "predictions": predictions,
        }
        if asked.probabilities:
            content["probabilities"] = [answer["probabilities"] for answer in answers]
        if ids is not None:
            content["ids"] = ids
        return content

    def tell_ready(self) -> Reply:
        """Say whether predictions can be made and logged."""
        if self.log is not None and self.log.failure is not None:
            self.log.retry()
            return reply_json(503, {"status": "not ready", "problem": f"log: {self.log.failure}"})
        return reply_json(200, {"status": "ready"})

    def tell_version(self) -> Reply:
        """Say which model answers."""
        known = self.model.manifest
        told = {name: known.get(name) for name in ("model", "version", "estimator", "made", "format")}
        return reply_json(200, told | {"answers": known.get("promise")})


class _Answering:
    """Answers the rows that are sent to one path; an ASGI application of its own."""

    def __init__(self, service: _Service, asked: _Asked) -> None:
        self.service = service
        self.asked = asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = (time.time(), time.perf_counter())
        try:
            reply = await self.service.answer(scope, receive, self.asked)
        except asyncio.CancelledError:  # it took longer than the service may take to end
            reply = refuse(503, "the service ended before it had the answer")
        if reply is not None:
            self.service.note("POST", self.asked.path, reply, began)
            await send_reply(send, reply)


class _Application(Starlette):
    """Starlette, except that what is asked most often takes the shortest way."""

    def __init__(self, answering: dict[str, _Answering], states: list[Route], lifespan: Any) -> None:
        routes = [Route(path, answer, methods=["POST"]) for path, answer in answering.items()]
        super().__init__(routes=[*states, *routes], lifespan=lifespan)
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "POST":
            answer = self._answering.get(scope["path"])
            if answer is not None:
                await answer(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


def create_app(
    folder: Path | None = None, events: Events | None = None, at_end: Callable[[], None] | None = None
) -> Starlette:
    """Make the service of the package in `folder`; DamagedError where one of its files is not its own.

    `events` writes a line for each request; `at_end` is called when the last one was answered.
    """
    service = _Service(folder, events)

    @contextlib.asynccontextmanager
    async def live(app: Starlette) -> AsyncIterator[None]:
        service.log = open_log()
        try:
            yield
        finally:
            if service.log is not None:
                service.log.close()
            if service.events is not None:
                service.events.close()
            if at_end is not None:
                at_end()

    return _Application(_make_answers(service), _make_states(service), live)


def _make_states(service: _Service) -> list[Route]:
    model = service.model
    described = describe_service(model.schema, model.name, model.version, model.has_probabilities)
    told: dict[str, Callable[[], Reply]] = {
        "/health": lambda: reply_json(200, {"status": "alive"}),
        "/ready": service.tell_ready,
        "/ping": service.tell_ready,
        "/version": service.tell_version,
        "/schema": lambda: Reply(200, (model.folder / "signature.json").read_bytes()),
        "/openapi.json": lambda: reply_json(200, described),
        "/metrics": lambda: Reply(200, service.metrics.write_text().encode(), TYPE),
    }
    return [_make_state(service, path, tell) for path, tell in told.items()]


def _make_state(service: _Service, path: str, tell: Callable[[], Reply]) -> Route:
    async def show(request: Request) -> Response:
        began = (time.time(), time.perf_counter())
        allowed = service.allows(path, dict(request.scope["headers"]))
        reply = tell() if allowed else refuse(401, "the API key is missing or wrong")
        service.note("GET", path, reply, began)
        return Response(reply.content, reply.status, media_type=reply.kind)

    return Route(path, show, methods=["GET"])


def _make_answers(service: _Service) -> dict[str, _Answering]:
    def read(body: bytes, kind: str) -> list[Any]:
        return read_rows(body)

    def read_mlflow(body: bytes, kind: str) -> list[Any]:
        return read_invocation(body, kind, service.model.schema)

    asked = [_Asked("/predict", read), _Asked("/invocations", read_mlflow, mlflow=True)]
    if service.model.has_probabilities:
        asked.append(_Asked("/predict_proba", read, probabilities=True))
    return {each.path: _Answering(service, each) for each in asked}


def _show_problem(problem: Any) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(problem).items() if value is not None}
