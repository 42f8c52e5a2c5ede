"""Writer schemas on their compacted topic, so that any Avro tool can read the others."""

from __future__ import annotations

import json
import time

from schemas import catalogue
from schemas.records.control import SchemaPublished
from streams.client import Producer
from streams.settings import Kafka


def publish_schemas(kafka: Kafka) -> int:
    """Publish every contract's schema under its fingerprint; return how many.

    The topic is compacted by fingerprint, so publishing again changes nothing for readers.

    Raises:
        ClientError: Kafka did not take it.
    """
    now_ms = time.time_ns() // 1_000_000
    with Producer(kafka, source="/schemas", tenant="cuestream") as producer:
        for contract in catalogue.CONTRACTS:
            fingerprint = contract.fingerprint.hex()
            published = SchemaPublished(
                tenant="cuestream",
                occurred_at_ms=now_ms,
                fingerprint=fingerprint,
                name=contract.name,
                definition=json.dumps(contract.definition),
            )
            producer.send(published, id=fingerprint)
        producer.flush()
    return len(catalogue.CONTRACTS)
