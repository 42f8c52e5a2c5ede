"""Writes a processor's changelog on real Kafka the way the runtime does: one batch, marker last."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec
from aiokafka import AIOKafkaProducer

from processors.views import conversation as views
from processors.views.conversation import ConversationView
from streams.runtime import ledger
from streams.runtime.ledger import Marker
from streams.settings import Kafka
from streams.topics import changelog_of

Rows = Mapping[bytes, bytes | None]


class Writer:
    """One owner after another of a changelog's partitions."""

    def __init__(self, producer: AIOKafkaProducer, processor: str) -> None:
        self._producer, self._topic = producer, changelog_of(processor)
        self.epoch = 1
        self.next: dict[int, int] = {}

    async def commit(self, partition: int, rows: Rows, *, is_torn: bool = False) -> int:
        """Append rows and their marker as one batch; without the marker when torn.

        A new owner removes the torn rows with its own first batch.

        Returns:
            The offset after the batch.
        """
        reached = self.next.get(partition, 0) + 1
        if not is_torn:
            self.next[partition] = reached
        entries = list(entries_of(rows, self.epoch, reached))
        if not is_torn:
            marker = ledger.encode_marker(Marker(epoch=self.epoch, next=reached))
            entries.append((ledger.MARKER_KEY, marker, ()))
        return await self._append(partition, entries)

    async def claim(self, partition: int) -> int:
        """Write the claim of a new owner."""
        self.epoch += 1
        return await self._append(partition, [(ledger.CLAIM_KEY, ledger.stamp(self.epoch, 0), ())])

    async def _append(
        self,
        partition: int,
        entries: Sequence[tuple[bytes, bytes | None, Sequence[tuple[str, bytes]]]],
    ) -> int:
        batch = self._producer.create_batch()
        for key, value, headers in entries:
            added = batch.append(key=key, value=value, timestamp=None, headers=list(headers))
            assert added is not None, "the batch is full"
        sent = await self._producer.send_batch(batch, self._topic, partition=partition)
        return int((await sent).offset) + len(entries)


def entries_of(rows: Rows, epoch: int, reached: int):
    """Yield rows as changelog entries."""
    stamp = ledger.stamp(epoch, reached)
    for key, value in rows.items():
        if value is None:
            yield key, None, ((ledger.STAMP_HEADER, stamp),)
        else:
            yield key, stamp + value, ()


def turn_rows(name: str, number: int, tenant: str = "demo") -> dict[bytes, bytes | None]:
    """Return a turn's row; its value is not looked at by the feed."""
    key = views.turn_key(f"{tenant}:{name}".encode(), number)
    return {ledger.row_key(views.TURN, key): f"turn {number} of {name}".encode()}


def conversation_rows(view: ConversationView) -> dict[bytes, bytes | None]:
    """Return a conversation's row."""
    key = f"{view.tenant}:{view.conversation_id}".encode()
    return {ledger.row_key(views.CONVERSATION, key): views.encode(view)}


class Entry(msgspec.Struct):
    """A changelog record as a client hands it over."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


@contextlib.asynccontextmanager
async def writing(kafka: Kafka, processor: str) -> AsyncIterator[Writer]:
    """Open a writer."""
    producer = AIOKafkaProducer(**kafka.for_aiokafka(), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield Writer(producer, processor)
    finally:
        await producer.stop()
