"""What `articles publish` and `settings publish` share: check, write the artefact, announce it.

The artefact goes to the compacted reference topic under its digest; then one `ReferenceChanged`
goes to every partition of each log that cares, and from there on that version counts.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from streams.cli.errors import NotDoneError

if TYPE_CHECKING:
    from schemas.records.control import ReferenceArtefact
    from streams.settings import Kafka

ACKNOWLEDGEMENT_S = 30.0
CONTENT_BYTES_MAX = 4_000_000


def read_content(path: Path) -> bytes:
    """Return a file's content.

    Raises:
        NotDoneError: It is missing, a folder, empty or too large.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NotDoneError(f"{path}: there is no such file") from error
    except IsADirectoryError as error:
        raise NotDoneError(f"{path}: this is a folder, not a file") from error
    if not content.strip():
        raise NotDoneError(f"{path}: the file is empty")
    if len(content) > CONTENT_BYTES_MAX:
        raise NotDoneError(
            f"{path}: {len(content):,} bytes; an artefact may have {CONTENT_BYTES_MAX:,}"
        )
    return content


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
    from streams.topics import TOPICS  # noqa: PLC0415

    validate(reference, content)
    digest = hashlib.sha256(content).hexdigest()
    now_ms = time.time_ns() // 1_000_000
    changed = ReferenceChanged(
        tenant=tenant, occurred_at_ms=now_ms, reference=reference, digest=digest, label=label
    )
    logs: Sequence[str] = [
        plan.name for plan in TOPICS if plan.role == "log" and changed.FULL_NAME in plan.records
    ]
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
        for log in logs:
            for partition in producer.partitions_of(log):
                producer.send(changed, topic=log, partition=partition)
        producer.flush(ACKNOWLEDGEMENT_S)
    return digest


def published_reference(
    kafka: Kafka | str, reference: str, *, tenant: str
) -> ReferenceArtefact | None:
    """Return the version of a reference that a tenant published last; None when there is none.

    Raises:
        ClientError: Kafka cannot be read.
    """
    from schemas.records.control import ReferenceArtefact  # noqa: PLC0415
    from streams.client import Follower, Received  # noqa: PLC0415
    from streams.topics import REFERENCE  # noqa: PLC0415

    found: ReferenceArtefact | None = None
    with Follower(kafka, [REFERENCE], start="earliest", tenant=tenant, stop_at_end=True) as items:
        for item in items:
            if not isinstance(item, Received) or not isinstance(item.record, ReferenceArtefact):
                continue
            if item.record.reference != reference:
                continue
            if found is None or item.record.recorded_at_ms >= found.recorded_at_ms:
                found = item.record
    return found
