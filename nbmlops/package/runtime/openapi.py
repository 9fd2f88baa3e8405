"""The description: what the service takes and answers, as OpenAPI, from the schema that rows are held to."""

from __future__ import annotations

from typing import Any

import numpy as np

from .schema import Field, Schema

__all__ = ["describe_row", "describe_service"]

_REF = "#/components/schemas/"
_ROWS = ("dataframe_split", "dataframe_records", "instances", "inputs")


def describe_row(schema: Schema) -> dict[str, Any]:
    """Return the JSON schema of one row: types, bounds, allowed values, which may be null or left out."""
    return {
        "type": "object",
        "properties": {field.name: _describe_field(field) for field in schema.fields},
        "required": [field.name for field in schema.fields if field.required],
        "additionalProperties": False,
    }


def describe_service(schema: Schema, name: str, version: int, probabilities: bool) -> dict[str, Any]:
    """Return the OpenAPI document of the service of a model."""
    body = _json_body({"oneOf": [_point("Row"), _point("Rows")]})
    paths = {"/predict": _describe_post("Answer a raw row, or several.", body, "Answers")}
    if probabilities:
        text = "Answer raw rows with the probability of each class."
        paths["/predict_proba"] = _describe_post(text, body, "Answers")
    paths["/invocations"] = _describe_post(
        "Answer raw rows in the spelling of MLflow and SageMaker.", _describe_invocation(schema), "Invocation"
    )
    for path, text, kind, others in (
        ("/health", "Say that the process lives.", "application/json", ()),
        ("/ready", "Say whether predictions can be made and logged.", "application/json", ("503",)),
        ("/ping", "Say the same to MLflow and SageMaker.", "application/json", ("503",)),
        ("/version", "Say which model answers.", "application/json", ("401",)),
        ("/schema", "Say which columns a row has.", "application/json", ("401",)),
        ("/metrics", "Count and time requests, for Prometheus.", "text/plain", ("401",)),
    ):
        paths[path] = {"get": _describe_get(text, kind, others)}
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": str(version)},
        "paths": paths,
        "components": {
            "schemas": _describe_parts(schema, probabilities),
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{}, {"key": []}, {"bearer": []}],
    }


def _describe_field(field: Field) -> dict[str, Any]:
    found = _describe_type(field)
    null = field.nullable or not field.required
    if field.values:
        found["enum"] = [*field.values, *([None] if null else [])]
    if null:
        found["type"] = [found["type"], "null"]
    return found


def _describe_type(field: Field) -> dict[str, Any]:
    if field.dtype.startswith(("int", "uint")):
        bounds = np.iinfo(field.dtype)
        return {"type": "integer", "minimum": int(bounds.min), "maximum": int(bounds.max)}
    if field.dtype.startswith("float"):
        most = float(np.finfo("float64").max)
        return {"type": "number", "minimum": -most, "maximum": most}
    if field.dtype == "bool":
        return {"type": "boolean"}
    if field.dtype.startswith("datetime"):
        if "," in field.dtype:
            return {"type": "string", "format": "date-time"}
        return {"type": "string", "description": "a time in ISO 8601, without an offset from UTC"}
    return {"type": "string"}


def _describe_parts(schema: Schema, probabilities: bool) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "model": {"type": "string"},
        "version": {"type": "integer"},
        "predictions": {"type": "array", "items": {}},
        "ids": {"type": "array", "items": {"type": "string"}},
    }
    if probabilities:
        share = {"type": "object", "additionalProperties": {"type": ["number", "null"]}}
        answers["probabilities"] = {"type": "array", "items": share}
    problem = {
        "type": "object",
        "properties": {
            "row": {"type": "integer"},
            "field": {"type": "string"},
            "problem": {"type": "string"},
        },
        "required": ["row", "problem"],
    }
    detail = {"oneOf": [{"type": "string"}, {"type": "array", "items": problem}]}
    return {
        "Row": describe_row(schema),
        "Rows": {
            "type": "object",
            "properties": {"rows": {"type": "array", "items": _point("Row")}},
            "required": ["rows"],
            "additionalProperties": False,
        },
        "Answers": {"type": "object", "properties": answers, "required": ["model", "version", "predictions"]},
        "Invocation": {
            "type": "object",
            "properties": {"predictions": {"type": "array", "items": {}}},
            "required": ["predictions"],
        },
        "Refusal": {"type": "object", "properties": {"detail": detail}, "required": ["detail"]},
    }


def _describe_invocation(schema: Schema) -> dict[str, Any]:
    rows = {"type": "array", "items": _point("Row")}
    split = {
        "type": "object",
        "properties": {
            "columns": {"type": "array", "items": {"enum": [field.name for field in schema.fields]}},
            "data": {"type": "array", "items": {"type": "array"}},
            "index": {"type": "array"},
        },
        "required": ["columns", "data"],
    }
    columns = {"type": "object", "additionalProperties": {"type": "array"}}
    kinds: dict[str, Any] = {
        "dataframe_split": split,
        "dataframe_records": rows,
        "instances": rows,
        "inputs": {"oneOf": [rows, columns]},
    }
    shapes = [{"type": "object", "properties": {key: kinds[key]}, "required": [key]} for key in _ROWS]
    body = _json_body({"oneOf": shapes})
    body["content"]["text/csv"] = {"schema": {"type": "string"}}
    return body


def _json_body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _describe_post(text: str, body: dict[str, Any], answer: str) -> dict[str, Any]:
    answers = {
        "200": _describe_answer("The answers.", answer),
        "401": _describe_answer("The API key is missing or wrong.", "Refusal"),
        "413": _describe_answer("The body or the number of rows is too large.", "Refusal"),
        "422": _describe_answer(
            "Rows that cannot be answered, and which fields of them are wrong.", "Refusal"
        ),
        "503": _describe_answer("The service ended before it had the answer.", "Refusal"),
    }
    return {"post": {"summary": text, "requestBody": body, "responses": answers}}


def _describe_get(text: str, kind: str, others: tuple[str, ...]) -> dict[str, Any]:
    schema = {"type": "string"} if kind == "text/plain" else {"type": "object"}
    answers: dict[str, Any] = {"200": {"description": text, "content": {kind: {"schema": schema}}}}
    for status in others:
        answers[status] = {
            "description": "Not now.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    return {"summary": text, "responses": answers}


def _describe_answer(text: str, part: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": _point(part)}}}


def _point(part: str) -> dict[str, str]:
    return {"$ref": f"{_REF}{part}"}
