import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from schemas import catalogue
from streams.asyncapi import document
from streams.topics import TOPICS

SPECIFICATION = (
    Path(__file__).parents[2] / "streams/console/node_modules/@asyncapi/specs/schemas/3.1.0.json"
)


@pytest.fixture(scope="module")
def official() -> jsonschema_rs.Draft7Validator:
    """The official JSON Schema, from the console's development dependencies."""
    if not SPECIFICATION.is_file():
        pytest.skip("@asyncapi/specs is not installed: npm ci in streams/console")
    return jsonschema_rs.Draft7Validator(json.loads(SPECIFICATION.read_bytes()))


def resolve(described: dict[str, Any], reference: str) -> Any:
    value: Any = described
    for part in reference.removeprefix("#/").split("/"):
        value = value[part.replace("~1", "/").replace("~0", "~")]
    return value


def references_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for part in value.values() for found in references_in(part)]
    if isinstance(value, list):
        return [found for part in value for found in references_in(part)]
    return []


def test_the_document_is_valid_by_the_official_schema(official: jsonschema_rs.Draft7Validator):
    for described in (document(), document(bootstrap_servers="a:1, b:2", partitions=4)):
        assert [error.message for error in official.iter_errors(described)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("operations", "receive.conversation.turns.v1", "action"), "eat"),
        (("channels", "conversation.turns.v1", "adress"), "x"),
        (("asyncapi",), "4.0.0"),
        (("channels", "conversation.turns.v1", "bindings", "kafka", "partitions"), 0),
    ],
)
def test_the_official_schema_would_notice_a_mistake(
    official: jsonschema_rs.Draft7Validator, path: tuple[str, ...], value: Any
):
    described = deepcopy(document())
    where: Any = described
    for part in path[:-1]:
        where = where[part]
    where[path[-1]] = value
    assert not official.is_valid(described)


def test_the_topics_of_the_document_are_the_topics_of_the_code():
    described = document()
    assert {channel["address"] for channel in described["channels"].values()} == {
        plan.name for plan in TOPICS
    }
    for plan in TOPICS:
        channel = described["channels"][plan.name]
        assert tuple(channel.get("messages", {})) == plan.records


def test_every_reference_leads_somewhere():
    described = document()
    references = references_in(described["channels"]) + references_in(described["operations"])
    assert len(references) > 30
    for reference in references:
        assert resolve(described, reference)


def test_payloads_are_the_contracts_themselves():
    described = document()
    for name, message in described["components"]["messages"].items():
        contract = catalogue.by_name(name)
        assert message["payload"]["schema"] == contract.definition
        assert message["x-fingerprint"] == contract.fingerprint.hex()


def test_what_the_engine_derives_it_sends_and_what_it_reads_it_receives():
    operations = document()["operations"]
    assert operations["receive.conversation.turns.v1"]["action"] == "receive"
    assert operations["send.assist.recommendations.v1"]["action"] == "send"
    assert operations["send.control.quarantine.v1"]["action"] == "send"
    assert operations["receive.control.reference.v1"]["action"] == "receive"


def test_changing_the_document_does_not_change_the_contracts():
    first = next(iter(document()["components"]["messages"].values()))
    first["payload"]["schema"]["fields"].clear()
    assert all(contract.definition["fields"] for contract in catalogue.CONTRACTS)
