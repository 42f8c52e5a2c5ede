"""Problem documents (RFC 9457): one shape for every refusal, with what to do in `detail`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from streams.api.errors import FieldFault, RequestError

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:cuestream:problem:"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong with a request.

    Attributes:
        type: URN of the kind of problem.
        title: The kind in a few words.
        status: The HTTP status.
        detail: What is wrong here and what to do, as a sentence.
        errors: The fields at fault, where fields are.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldFault, ...] = ()


def respond(
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    faults: Sequence[FieldFault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem as an HTTP answer."""
    problem = Problem(TYPE_PREFIX + code, title, status, detail, tuple(faults))
    return Response(
        msgspec.json.encode(problem), status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def of_error(error: RequestError) -> Response:
    """Return the answer to a refused request."""
    return respond(
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        faults=error.faults,
        headers=error.headers,
    )


async def on_request_error(_request: Request, error: Exception) -> Response:
    """Answer what our own code refuses."""
    assert isinstance(error, RequestError)
    return of_error(error)


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    try:
        phrase = HTTPStatus(error.status_code).phrase
    except ValueError:
        phrase = "Refused"
    detail = {
        404: "There is nothing at this address; /docs lists what there is.",
        405: "This address does not take that method; /docs lists what it takes.",
    }.get(error.status_code, f"{error.detail}.")
    return respond(
        status=error.status_code,
        code=phrase.lower().replace(" ", "-"),
        title=phrase,
        detail=detail,
        headers=error.headers,
    )


async def on_parameter_error(_request: Request, error: Exception) -> Response:
    """Answer a parameter of the path or the query that does not fit."""
    assert isinstance(error, RequestValidationError)
    faults = [
        FieldFault(_parameter(fault.get("loc", ())), str(fault.get("msg", "is not right")))
        for fault in error.errors()
    ]
    names = ", ".join(fault.field for fault in faults)
    return respond(
        status=422,
        code="invalid-input",
        title="A field is not right",
        detail=f"{names}: {faults[0].detail}." if faults else "A parameter is not right.",
        faults=faults,
    )


def _parameter(place: Sequence[Any]) -> str:
    return ".".join(str(part) for part in place[1:]) or "".join(map(str, place))
