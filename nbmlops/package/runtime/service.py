"""The service: answers raw rows over HTTP, and says in plain words why it cannot answer others."""

from __future__ import annotations

import contextlib
import dataclasses
import hmac
import json
import math
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from .log import PredictionLog, open_log
from .model import Model, RefusedError
from .request import BadRequestError, read_rows

__all__ = ["KEY_VARIABLE", "LIMIT_VARIABLE", "create_app"]

KEY_VARIABLE = "API_KEY"
LIMIT_VARIABLE = "MAX_BODY_BYTES"

_DEFAULT_LIMIT = 2**20


class _Service:
    """What the routes share: the model, its log, the key and the limit."""

    def __init__(self, folder: Path | None) -> None:
        self.model = Model(folder)
        self.log: PredictionLog | None = None
        self.key = os.environ.get(KEY_VARIABLE) or None
        self.limit = int(os.environ.get(LIMIT_VARIABLE) or _DEFAULT_LIMIT)

    def allows(self, request: Request) -> bool:
        """Say whether a request carries the key, where one is set."""
        if self.key is None:
            return True
        given = request.headers.get("x-api-key") or ""
        scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
        if scheme.lower() == "bearer":
            given = given or token
        return hmac.compare_digest(given.encode(), self.key.encode())

    async def read_body(self, request: Request) -> bytes | None:
        """Return the body, or None where it is longer than the limit."""
        parts: list[bytes] = []
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > self.limit:
                return None
            parts.append(part)
        return b"".join(parts)

    def answer(self, body: bytes, probabilities: bool) -> Response:
        """Answer the rows of a body."""
        try:
            rows = read_rows(body)
            answers = self.model.answer_rows(rows, probabilities)
        except BadRequestError as error:
            return _refuse(422, str(error))
        except RefusedError as refused:
            return _refuse(422, [_show_problem(problem) for problem in refused.problems])
        content: dict[str, Any] = {
            "model": self.model.name,
            "version": self.model.version,
            "predictions": [answer["prediction"] for answer in answers],
        }
        if probabilities:
            content["probabilities"] = [answer["probabilities"] for answer in answers]
        if self.log is not None:
            content["ids"] = self.log.append(self.model.name, self.model.version, rows, answers)
        return _json(200, content)


def create_app(folder: Path | None = None) -> FastAPI:
    """Make the service of the package in `folder`; DamagedError where one of its files is not its own."""
    service = _Service(folder)

    @contextlib.asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        service.log = open_log()
        try:
            yield
        finally:
            if service.log is not None:
                service.log.close()

    app = FastAPI(
        title=service.model.name,
        version=str(service.model.version),
        lifespan=live,
        docs_url=None,
        redoc_url=None,
    )
    _add_states(app, service)
    _add_answers(app, service)
    return app


def _add_states(app: FastAPI, service: _Service) -> None:
    @app.get("/health")
    async def health() -> dict[str, str]:
        """Say that the process lives."""
        return {"status": "alive"}

    @app.get("/ready")
    async def ready() -> Response:
        """Say whether predictions can be made and logged."""
        if service.log is not None and service.log.failure is not None:
            return _json(503, {"status": "not ready", "problem": f"log: {service.log.failure}"})
        return _json(200, {"status": "ready"})

    @app.get("/version")
    async def version(request: Request) -> Response:
        """Say which model answers."""
        if not service.allows(request):
            return _refuse(401, "the API key is missing or wrong")
        shown = ("model", "version", "estimator", "made")
        return _json(200, {name: service.model.manifest.get(name) for name in shown})

    @app.get("/schema")
    async def schema(request: Request) -> Response:
        """Say which columns a row has."""
        if not service.allows(request):
            return _refuse(401, "the API key is missing or wrong")
        return Response((service.model.folder / "signature.json").read_bytes(), media_type="application/json")


def _add_answers(app: FastAPI, service: _Service) -> None:
    async def reply(request: Request, probabilities: bool) -> Response:
        if not service.allows(request):
            return _refuse(401, "the API key is missing or wrong")
        body = await service.read_body(request)
        if body is None:
            return _refuse(413, f"the body is longer than {service.limit} bytes")
        return await run_in_threadpool(service.answer, body, probabilities)

    @app.post("/predict")
    async def predict(request: Request) -> Response:
        """Answer a raw row, or several."""
        return await reply(request, False)

    if service.model.has_probabilities:

        @app.post("/predict_proba")
        async def predict_proba(request: Request) -> Response:
            """Answer raw rows with the probability of each class."""
            return await reply(request, True)


def _show_problem(problem: Any) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(problem).items() if value is not None}


def _refuse(status: int, detail: Any) -> Response:
    return _json(status, {"detail": detail})


def _json(status: int, content: Any) -> Response:
    text = json.dumps(_finite(content), ensure_ascii=False, allow_nan=False)
    return Response(text.encode("utf-8", "backslashreplace"), status, media_type="application/json")


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value
