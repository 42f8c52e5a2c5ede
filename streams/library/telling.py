"""What a worker tells the logs of its work: offered again until they take it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

from schemas.records.control import ReferenceArtefact, ReferenceChanged
from streams.api.appending import Appender, Entry, Refused
from streams.library.errors import NotTakenError
from streams.reference_publication import logs_for
from streams.telemetry.logs import logger

SOURCE: Final = "/library"
AGAIN_S: Final = 0.5

_log = logger(__name__)


async def tell(appender: Appender, entries: Sequence[Entry]) -> None:
    """Append records in order and return when all are acknowledged.

    Raises:
        NotTakenError: One is too large, whatever is tried.
    """
    waiting = list(entries)
    while waiting:
        told = await appender.append(waiting)
        refused = [
            (entry, said)
            for entry, said in zip(waiting, told, strict=True)
            if isinstance(said, Refused)
        ]
        for entry, said in refused:
            if said.is_too_large:
                record = type(entry.record).__name__
                raise NotTakenError(record=record, because=said.because)
        waiting = [entry for entry, _ in refused]
        if waiting:
            _log.warning("log does not take what was found", because=refused[0][1].because)
            await asyncio.sleep(AGAIN_S)


def entry(record: Any, event_id: str) -> Entry:
    """Return a record for the log that carries it."""
    return Entry(record, event_id, SOURCE)


async def announce(
    appender: Appender, *, tenant: str, reference: str, content: bytes, digest: str, label: str
) -> None:
    """Publish an artefact and say, in every log that cares, that it counts from here.

    Doing it again changes nothing: the artefact is the same under the same digest.

    Raises:
        NotTakenError: It is too large for a record.
    """
    at_ms = now_ms()
    artefact = ReferenceArtefact(
        tenant=tenant, occurred_at_ms=at_ms, reference=reference, digest=digest, content=content
    )
    # The announcement may not be in a log before the artefact can be read.
    await tell(appender, [entry(artefact, digest)])
    changed = ReferenceChanged(
        tenant=tenant, occurred_at_ms=at_ms, reference=reference, digest=digest, label=label
    )
    partitions = await _partitions(appender, changed.FULL_NAME)
    await tell(
        appender,
        [
            Entry(changed, f"{digest}/{log}/{partition}", SOURCE, partition, log)
            for log in logs_for(reference)
            for partition in partitions
        ],
    )


async def _partitions(appender: Appender, record_type: str) -> list[int]:
    while True:
        if partitions := await appender.partitions_of(record_type):
            return partitions
        await asyncio.sleep(AGAIN_S)


def now_ms() -> int:
    """Return the wall clock in epoch ms."""
    return time.time_ns() // 1_000_000
