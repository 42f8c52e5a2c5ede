"""The OpenAPI document is whole and true: no dangling reference, no answer it does not name."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.floors import accept, floor, hand_off
from tests.api.support import Node, body, node, token

ADMIN = token("ann", roles=["admin", "representative"])

_cluster = floor("ann", "ben", waiting=3)
hand_off(_cluster)
accept(_cluster, "ann", "c-1")
_worker = Node(cluster=_cluster)
schema = schemathesis.openapi.from_asgi("/openapi.json", _worker.app)


async def test_every_reference_of_the_document_leads_somewhere():
    async with node() as worker, worker.client() as client:
        document = body(await client.get("/openapi.json"))
    text = msgspec.json.encode(document).decode()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named <= document["components"]["schemas"].keys()
    assert "HTTPValidationError" not in text
    for name, shape in document["components"]["schemas"].items():
        assert shape.get("description"), f"{name} has no description"
        jsonschema_rs.validator_for({**shape, "components": document["components"]})


async def test_every_operation_says_what_it_gives_and_how_it_refuses():
    async with node() as worker, worker.client() as client:
        document = body(await client.get("/openapi.json"))
    assert len(document["paths"]) >= 42
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert operation.get("description"), f"{method} {path}"
            assert any(status.startswith("2") for status in answers)
            if path.startswith("/v1"):
                assert {"401", "503"} <= answers.keys()
                assert all(
                    "application/problem+json" in answers[status]["content"]
                    for status in answers
                    if not status.startswith("2")
                )


@schema.exclude(path_regex="^/v1/stream").parametrize()
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_api_and_every_answer_is_as_documented(case: Any):
    answer = case.call(headers={"Authorization": f"Bearer {ADMIN}"})
    case.validate_response(
        answer,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Any:
    yield
    asyncio.run(_worker.close())
