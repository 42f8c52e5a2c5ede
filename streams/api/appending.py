"""The port through which the API writes to logs, and its one implementation over the SDK."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import msgspec

from streams.client.errors import ClientError, RecordTooLargeError
from streams.client.producer import Delivery, Limits, Producer, Receipt, topic_for
from streams.settings import Kafka
from streams.telemetry.logs import logger

_log = logger(__name__)

LIMITS = Limits(
    linger_ms=1,
    batch_bytes=131_072,
    waiting_max=20_000,
    room_timeout_s=0.5,
    delivery_timeout_s=8.0,
)
RECONNECT_AFTER_S = 1.0
STUCK_S = 1.0
"""A hand-over that takes longer waits for the broker: others need not queue up behind it."""


class Entry(msgspec.Struct, frozen=True):
    """A record to be appended under an id.

    Attributes:
        record: A record of a contract.
        id: CloudEvents id.
        source: CloudEvents source.
        partition: Which partition, for records without a key.
        topic: Which topic, for records that several carry.
    """

    record: Any
    id: str
    source: str
    partition: int | None = None
    topic: str | None = None


class Refused(msgspec.Struct, frozen=True):
    """Why an entry is not acknowledged.

    Attributes:
        because: A sentence.
        is_too_large: True when trying again cannot help.
    """

    because: str
    is_too_large: bool = False


class Appender(Protocol):
    """Appends records to the logs that carry them."""

    async def append(self, entries: Sequence[Entry]) -> list[Receipt | Refused]:
        """Return, entry by entry, where it stands once the broker has acknowledged it."""

    async def partitions_of(self, record_type: str) -> list[int]:
        """Return the partitions of the log that carries a record type; empty: not known now."""

    async def close(self) -> None:
        """Let go of the broker; what is under way is waited for."""


class ProducerAppender:
    """Appends through the SDK's producer, made when it is first needed.

    The producer blocks while it connects or waits for room, so it is driven from one thread of its
    own; acknowledgements come back as futures.
    """

    def __init__(self, kafka: Kafka | str, *, limits: Limits = LIMITS) -> None:
        self._kafka, self._limits = kafka, limits
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="appender")
        self._producer: Producer | None = None
        self._down: tuple[float, ClientError] | None = None
        self._handing_over_since_s: float | None = None

    async def append(self, entries: Sequence[Entry]) -> list[Receipt | Refused]:
        """Hand all entries over in order, then wait for their acknowledgements."""
        since_s = self._handing_over_since_s
        if since_s is not None and time.monotonic() - since_s > STUCK_S:
            return [Refused("Kafka does not take records just now.")] * len(entries)
        loop = asyncio.get_running_loop()
        sent = await loop.run_in_executor(self._thread, self._send, entries)
        waiting = [asyncio.wrap_future(found) for found in sent if isinstance(found, Delivery)]
        settled = iter(await asyncio.gather(*waiting, return_exceptions=True))
        return [found if isinstance(found, Refused) else _outcome(next(settled)) for found in sent]

    async def partitions_of(self, record_type: str) -> list[int]:
        """Return the partitions of the log that carries a record type; empty: not known now."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._partitions_of, record_type)
        except ClientError as fault:
            _log.warning("partitions not known", type=record_type, because=str(fault))
            return []

    async def close(self) -> None:
        """Flush for a short while and let go."""
        producer, self._producer = self._producer, None
        loop = asyncio.get_running_loop()
        if producer is not None:
            try:
                await loop.run_in_executor(self._thread, producer.close, 3.0)
            except ClientError as fault:
                _log.warning("not everything was acknowledged", because=str(fault))
        self._thread.shutdown(wait=False)

    def _send(self, entries: Sequence[Entry]) -> list[Delivery | Refused]:
        self._handing_over_since_s = time.monotonic()
        try:
            return self._hand_over(entries)
        finally:
            self._handing_over_since_s = None

    def _hand_over(self, entries: Sequence[Entry]) -> list[Delivery | Refused]:
        sent: list[Delivery | Refused] = []
        for entry in entries:
            try:
                producer = self._connected()
                sent.append(
                    producer.send(
                        entry.record,
                        id=entry.id,
                        source=entry.source,
                        partition=entry.partition,
                        topic=entry.topic,
                    )
                )
            except ClientError as fault:
                refused = _refused(fault)
                if not refused.is_too_large:
                    # Every further one would wait as long as this one did.
                    sent += [refused] * (len(entries) - len(sent))
                    break
                sent.append(refused)
        return sent

    def _partitions_of(self, record_type: str) -> list[int]:
        return self._connected().partitions_of(topic_for(record_type))

    def _connected(self) -> Producer:
        if self._producer is None:
            if self._down is not None and time.monotonic() < self._down[0]:
                raise self._down[1]
            try:
                self._producer = Producer(self._kafka, source="/api", limits=self._limits)
            except ClientError as fault:
                self._down = (time.monotonic() + RECONNECT_AFTER_S, fault)
                raise
        return self._producer


def _outcome(settled: Receipt | BaseException) -> Receipt | Refused:
    if isinstance(settled, Receipt):
        return settled
    if isinstance(settled, ClientError):
        return _refused(settled)
    raise settled


def _refused(fault: ClientError) -> Refused:
    return Refused(str(fault), isinstance(fault, RecordTooLargeError))
