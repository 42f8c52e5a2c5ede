"""Publishing a version of a reference: check, write the artefact, announce it.

The artefact goes to the compacted reference topic under its digest; then one `ReferenceChanged`
goes to every partition of each log that cares, and from there on that version counts.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from streams.topics import CONVERSATION_LOG, REFERENCE, ROUTING_LOG, TOPICS

if TYPE_CHECKING:
    from schemas.records.control import ReferenceArtefact
    from streams.settings import Kafka

ACKNOWLEDGEMENT_S: Final = 30.0
CONTENT_BYTES_MAX: Final = 4_000_000
"""Most bytes of an artefact: with its envelope it still fits a record."""

READ_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "intent.library": (CONVERSATION_LOG, ROUTING_LOG),
}
"""References that few logs care about: loading them elsewhere would only cost memory."""


def logs_for(reference: str) -> tuple[str, ...]:
    """Return the logs in which a version of a reference is announced."""
    if reference in READ_BY:
        return READ_BY[reference]
    changed = "cuestream.control.ReferenceChanged"
    return tuple(plan.name for plan in TOPICS if plan.role == "log" and changed in plan.records)


def publish_reference(
    kafka: Kafka | str,
    reference: str,
    content: bytes,
    *,
    tenant: str,
    label: str | None = None,
    source: str = "/cli/publish",
) -> str:
    """Publish a version of a reference and return its digest, after Kafka has taken all of it.

    Raises:
        UnknownReferenceError: Nobody reads a reference of that name.
        InvalidReferenceError: The content does not say what it must; nothing was written.
        ClientError: Kafka did not take it.
    """
    from processors.reference import validate  # noqa: PLC0415
    from schemas.records.control import ReferenceArtefact, ReferenceChanged  # noqa: PLC0415
    from streams.client import Producer  # noqa: PLC0415

    validate(reference, content)
    digest = hashlib.sha256(content).hexdigest()
    now_ms = time.time_ns() // 1_000_000
    changed = ReferenceChanged(
        tenant=tenant, occurred_at_ms=now_ms, reference=reference, digest=digest, label=label
    )
    with Producer(kafka, source=source) as producer:
        artefact = ReferenceArtefact(
            tenant=tenant,
            occurred_at_ms=now_ms,
            reference=reference,
            digest=digest,
            content=content,
        )
        # The announcement may not be in a log before the artefact can be read.
        producer.send(artefact).result(timeout=ACKNOWLEDGEMENT_S)
        for log in logs_for(reference):
            for partition in producer.partitions_of(log):
                producer.send(changed, topic=log, partition=partition)
        producer.flush(ACKNOWLEDGEMENT_S)
    return digest


def published_reference(
    kafka: Kafka | str, reference: str, *, tenant: str, digest: str | None = None
) -> ReferenceArtefact | None:
    """Return the version of a reference that a tenant published last; None when there is none.

    With a digest, that version.

    Raises:
        ClientError: Kafka cannot be read.
    """
    from schemas.records.control import ReferenceArtefact  # noqa: PLC0415
    from streams.client import Follower, Received  # noqa: PLC0415

    found: ReferenceArtefact | None = None
    with Follower(kafka, [REFERENCE], start="earliest", tenant=tenant, stop_at_end=True) as items:
        for item in items:
            if not isinstance(item, Received) or not isinstance(item.record, ReferenceArtefact):
                continue
            if item.record.reference != reference or digest not in {None, item.record.digest}:
                continue
            if found is None or item.record.recorded_at_ms >= found.recorded_at_ms:
                found = item.record
    return found
