"""What the listener serves, as OpenAPI says it."""

from functools import cache
from importlib.metadata import version
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.service.bodies import JSON, LINES

PATH = "/openapi.json"

Part = dict[str, Any]


def route() -> Route:
    """Where it is served."""

    async def described(request: Request) -> Response:
        del request
        return JSONResponse(document())

    return Route(PATH, described)


@cache
def document() -> Part:
    """The whole of it."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Linkdeck", "version": version("linkdeck")},
        "paths": {
            "/links/{name}/records": {"parameters": [_NAME], "post": _take()},
            "/links/{name}/events/{number}": {
                "parameters": [_NAME, _NUMBER],
                "get": _show(),
            },
            "/health": {"get": _get("health", "Whether the process lives", 200, "Health")},
            "/ready": {"get": _ready()},
            "/metrics": {"get": _metrics()},
            PATH: {"get": _get("openapi", "This document", 200, None)},
        },
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _object(**properties: Part) -> Part:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _ref(name: str) -> Part:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: str | None = "Problem", **headers: str) -> Part:
    shape = {"type": "object"} if schema is None else _ref(schema)
    answer: Part = {"description": description, "content": {JSON: {"schema": shape}}}
    if headers:
        answer["headers"] = {
            name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        }
    return answer


def _get(name: str, summary: str, status: int, schema: str | None) -> Part:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {str(status): _answer(summary, schema)},
    }


def _ready() -> Part:
    summary = "Whether it takes work, the store is there and its loop beats"
    answers = {"200": _answer("it is ready", "Ready"), "503": _answer("it is not", "Ready")}
    return {"operationId": "ready", "summary": summary, "responses": answers}


def _metrics() -> Part:
    text = {"text/plain": {"schema": {"type": "string"}}}
    answer = {"description": "the metrics in Prometheus' format", "content": text}
    return {"operationId": "metrics", "summary": "Metrics", "responses": {"200": answer}}


_STRING: Part = {"type": "string"}
_WHOLE: Part = {"type": "integer"}
_NULLABLE: Part = {"type": ["string", "null"]}

_NAME: Part = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "the Link",
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"},
}
_NUMBER: Part = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "the Sync Event",
    "schema": _WHOLE,
}

_RECORD: Part = {"type": "object", "additionalProperties": True}

_OUTCOMES = ["written", "ignored", "failed", "in_doubt", "waiting", "not_attempted"]

_SCHEMAS: Part = {
    "Accepted": _object(event=_WHOLE, received=_WHOLE, url=_STRING),
    "Results": _object(event=_WHOLE, results={"type": "array", "items": _ref("Result")}),
    "Result": {
        **_object(
            key=_NULLABLE,
            outcome={"type": "string", "enum": _OUTCOMES},
            errors={"type": "array", "items": _ref("Error")},
        ),
        "description": "`reason` says why a record was ignored, where that is known",
    },
    "Error": _object(
        **{"class": _STRING},
        code=_STRING,
        field=_NULLABLE,
        stage=_NULLABLE,
        message=_STRING,
    ),
    "Event": {
        "type": "object",
        "description": "the same as `linkdeck show --json`",
        "required": [
            "id",
            "link",
            "kind",
            "status",
            "batches",
            "records",
            "open",
            "errors",
        ],
    },
    "Problem": {
        "type": "object",
        "properties": {"error": _STRING, "line": _WHOLE, "event": _WHOLE},
        "required": ["error"],
    },
    "Health": _object(status={"const": "alive"}),
    "Ready": _object(ready={"type": "boolean"}, why={"type": "array", "items": _STRING}),
}


def _take() -> Part:
    return {
        "operationId": "deliver",
        "summary": "Deliver records to a push Link",
        "security": [{"token": []}],
        "parameters": _ASKED,
        "requestBody": _BODY,
        "responses": _taken(),
    }


_ASKED: list[Part] = [
    {
        "name": "wait",
        "in": "query",
        "description": "1: be answered record by record",
        "schema": {"type": "string", "enum": ["0", "1"], "default": "0"},
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "the same delivery under the same key is taken once",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
]

_BODY: Part = {
    "required": True,
    "content": {
        JSON: {"schema": {"oneOf": [_RECORD, {"type": "array", "items": _RECORD}]}},
        LINES: {"schema": _STRING},
    },
}


def _taken() -> Part:
    return {
        "200": _answer("what became of each record (wait=1)", "Results"),
        "202": _answer("stored; it is processed from here on", "Accepted", Location="url"),
        "400": _answer("the body is not understood; `line` says where"),
        "401": _answer("no token that holds", WWW_Authenticate="Bearer"),
        "404": _answer("no such Link, or none that takes deliveries"),
        "408": _answer("the body came too slowly"),
        "409": _answer("the same Idempotency-Key with another body"),
        "411": _answer("neither a Content-Length nor chunks"),
        "413": _answer("more than the Link's max_body"),
        "415": _answer("another media type, charset or encoding"),
        "429": _answer("more deliveries than the Link's rate", Retry_After="seconds"),
        "503": _answer("nothing can be stored now", Retry_After="seconds"),
    }


def _show() -> Part:
    return {
        "operationId": "event",
        "summary": "A Sync Event of the Link",
        "security": [{"token": []}],
        "responses": {
            "200": _answer("the Sync Event", "Event"),
            "401": _answer("no token that holds", WWW_Authenticate="Bearer"),
            "404": _answer("the Link has no such Sync Event"),
        },
    }
