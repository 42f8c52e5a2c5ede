"""The AsyncAPI 3.1 document of every topic, generated from the topic plans and the contracts.

It is written from the engine's side: the engine receives what stands in logs and sends what it
derives. Payloads are the Avro contracts themselves; keys, partitions and topic settings stand in
the Kafka bindings (version 0.5.0).
"""

from __future__ import annotations

from copy import deepcopy
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from schemas import catalogue
from schemas.catalogue import Contract
from streams.topics import TOPICS, TopicPlan

ASYNCAPI: Final = "3.1.0"
BINDING: Final = "0.5.0"
AVRO: Final = "application/vnd.apache.avro;version=1.9.0"
DERIVED_KINDS: Final = frozenset({"event"})

Document = dict[str, Any]

_INTEGERS = frozenset(
    {"retention.ms", "max.message.bytes", "delete.retention.ms", "min.compaction.lag.ms"}
)


def document(*, bootstrap_servers: str | None = None, partitions: int | None = None) -> Document:
    """Return the document as plain JSON values.

    Args:
        bootstrap_servers: Named as the server when given, host:port, comma separated.
        partitions: Of every log, for the bindings; left out when not known.
    """
    contracts = {name: catalogue.by_name(name) for plan in TOPICS for name in plan.records}
    described: Document = {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Cuestream",
            "version": _version(),
            "description": (
                "Conversation turns in, recommendations out. Values are Avro in single-object "
                "encoding (C3 01, 8 bytes of CRC-64-AVRO fingerprint, body); headers are "
                "CloudEvents 1.0 in binary mode. A derived event's ce_sequence only grows per "
                "topic and ce_source: drop what is not above the highest you have seen."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/avro",
        "channels": {plan.name: _channel(plan, partitions) for plan in TOPICS},
        "operations": dict(_operation(plan) for plan in TOPICS if plan.records),
        "components": {
            "messages": {name: _message(contract) for name, contract in contracts.items()},
            "messageTraits": {
                "cloudEvent": _trait(is_derived=False),
                "derivedCloudEvent": _trait(is_derived=True),
            },
        },
    }
    if bootstrap_servers:
        described["servers"] = _servers(bootstrap_servers)
    return described


def _servers(bootstrap_servers: str) -> Document:
    hosts = [host.strip() for host in bootstrap_servers.split(",") if host.strip()]
    return {
        f"kafka{number}": {"host": host, "protocol": "kafka", "title": "Apache Kafka"}
        for number, host in enumerate(hosts, start=1)
    }


def _channel(plan: TopicPlan, partitions: int | None) -> Document:
    binding: Document = {
        "topic": plan.name,
        "topicConfiguration": _configuration(plan),
        "bindingVersion": BINDING,
    }
    if partitions is not None:
        binding["partitions"] = partitions
    channel: Document = {
        "address": plan.name,
        "title": plan.name,
        "description": f"{plan.says} Key: {plan.key}.{_sharing(plan)}",
        "tags": [{"name": plan.role}],
        "bindings": {"kafka": binding},
    }
    if plan.records:
        channel["messages"] = {name: _ref(f"components/messages/{name}") for name in plan.records}
    else:
        channel["x-internal"] = True
    return channel


def _sharing(plan: TopicPlan) -> str:
    if not plan.partitions_of or plan.partitions_of == plan.name:
        return ""
    return f" As many partitions as {plan.partitions_of}; a key has the same number in both."


def _configuration(plan: TopicPlan) -> Document:
    return {name: _setting(name, value) for name, value in sorted(plan.settings().items())}


def _setting(name: str, value: str) -> Any:
    if name == "cleanup.policy":
        return value.split(",")
    return int(value) if name in _INTEGERS else value


def _operation(plan: TopicPlan) -> tuple[str, Document]:
    kinds = {catalogue.by_name(name).kind for name in plan.records}
    sends = plan.role == "derived" or (plan.role == "control" and kinds & DERIVED_KINDS)
    action = "send" if sends else "receive"
    channel = plan.name.replace("/", "~1")
    return f"{action}.{plan.name}", {
        "action": action,
        "channel": _ref(f"channels/{channel}"),
        "summary": plan.says,
        "messages": [_ref(f"channels/{channel}/messages/{name}") for name in plan.records],
    }


def _message(contract: Contract) -> Document:
    definition = contract.definition
    trait = "derivedCloudEvent" if contract.kind in DERIVED_KINDS else "cloudEvent"
    binding: Document = {"bindingVersion": BINDING}
    if contract.key:
        binding["key"] = {"type": "string", "description": f"UTF-8 of {contract.key}"}
    return {
        "name": contract.name,
        "title": definition["name"],
        "summary": definition["doc"],
        "contentType": "application/avro",
        "payload": {"schemaFormat": AVRO, "schema": deepcopy(definition)},
        "traits": [_ref(f"components/messageTraits/{trait}")],
        "bindings": {"kafka": binding},
        "x-kind": contract.kind,
        "x-fingerprint": contract.fingerprint.hex(),
    }


def _trait(*, is_derived: bool) -> Document:
    text = {"type": "string"}
    properties: Document = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": text,
        "ce_source": {"type": "string", "format": "uri-reference"},
        "ce_type": text,
        "ce_subject": text,
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"type": "string", "const": "application/avro"},
    }
    required = ["ce_specversion", "ce_id", "ce_source", "ce_type"]
    if is_derived:
        properties["ce_sequence"] = {
            "type": "string",
            "pattern": "^[0-9]{1,19}$",
            "description": "Decimal; it only grows per topic and ce_source.",
        }
        properties["ce_processor"] = {"type": "string", "description": "name/version"}
        required.append("ce_sequence")
    return {"headers": {"type": "object", "properties": properties, "required": required}}


def _ref(path: str) -> Document:
    return {"$ref": f"#/{path}"}


def _version() -> str:
    try:
        return version("cuestream")
    except PackageNotFoundError:
        return "0.0.0"
