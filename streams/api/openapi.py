"""From msgspec structs to OpenAPI: what routes say about bodies, and the schemas behind it.

Bodies are encoded and decoded by msgspec alone. FastAPI only documents them: routes carry
references, and `document` adds the schemas they point at.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from streams.api import (
    answers,
    dry_run_answers,
    intent_answers,
    library_answers,
    library_bodies,
    routing_answers,
    routing_bodies,
)
from streams.api.problems import MEDIA_TYPE, Problem

_PREFIX: Final = "#/components/schemas/"

STRUCTS: Final[tuple[type[msgspec.Struct], ...]] = (
    Problem,
    *(
        shape
        for module in (
            answers,
            routing_answers,
            routing_bodies,
            intent_answers,
            library_answers,
            library_bodies,
            dry_run_answers,
        )
        for shape in vars(module).values()
        if isinstance(shape, type)
        and issubclass(shape, msgspec.Struct)
        and shape.__module__ == module.__name__
    ),
)

_REFUSALS: Final = {
    401: "Who asks is not known.",
    403: "The asker may not do this.",
    404: "There is nothing here that the asker may see.",
    409: "The rules refuse it; the problem says why.",
    413: "Too large.",
    415: "Not a content type that is taken here.",
    422: "A field is not right; the problem names it.",
    429: "Too many requests; Retry-After says when to come back.",
    503: "Not available just now; Retry-After says when to come back.",
}


def gives(
    shape: type[msgspec.Struct], *refusals: int, status: int = 200, says: str = ""
) -> dict[int | str, dict[str, Any]]:
    """Return a route's `responses`: its answer, and the problems it may give instead."""
    good = {
        "description": says or (shape.__doc__ or "").partition("\n")[0],
        "content": {"application/json": {"schema": _reference(shape)}},
    }
    return {status: good} | problems(*refusals)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems a route may answer with; 401 and 503 always are among them."""
    return {
        status: {
            "description": _REFUSALS[status],
            "content": {MEDIA_TYPE: {"schema": _reference(Problem)}},
        }
        for status in sorted({401, 503, *statuses})
    }


def takes(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """Return a route's `openapi_extra` for a JSON body."""
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _reference(shape)}},
        }
    }


def takes_events() -> dict[str, Any]:
    """Return the gateway's `openapi_extra`: one or many records, plain or as CloudEvents."""
    one = _reference(answers.GatewayEvent)
    many = {"type": "array", "items": one, "minItems": 1}
    cloud = {"type": "object", "description": "CloudEvents 1.0 in structured mode"}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"anyOf": [one, many]}},
                "application/cloudevents+json": {"schema": cloud},
                "application/cloudevents-batch+json": {"schema": {"type": "array", "items": cloud}},
            },
        }
    }


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document with every schema it points at."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        _, schemas = msgspec.json.schema_components(STRUCTS, ref_template=_PREFIX + "{name}")
        components = made.setdefault("components", {})
        components["schemas"] = {**schemas}
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        }
        made["security"] = [{"bearer": []}]
        for operations in made["paths"].values():
            for operation in operations.values():
                _drop_foreign(operation)
        app.openapi_schema = made
    return app.openapi_schema


def _reference(shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {"$ref": _PREFIX + shape.__name__}


def _drop_foreign(operation: dict[str, Any]) -> None:
    """Replace FastAPI's own shape of a parameter error by a problem: that is what is answered."""
    answer = operation.get("responses", {}).get("422")
    if answer is not None and "application/json" in answer.get("content", {}):
        answer["description"] = _REFUSALS[422]
        answer["content"] = {MEDIA_TYPE: {"schema": _reference(Problem)}}
