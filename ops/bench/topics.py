"""The bench's side of Kafka: topics made for a run, the input filled in, the output looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.partitioner import murmur2
from kafka import KafkaAdminClient

from ops.bench.work import FIRST_AT_MS, PARTITIONS, TURN_EVERY_MS, Work

_BATCH_BYTES = 65_536
_READ_RECORDS_MAX = 5_000
_METADATA_S = 20.0
_LOG_APPEND_TIME = 1
_QUIET_READS = 3


class _Output(msgspec.Struct, frozen=True, gc=False):
    conversation_id: str
    count: int
    hits: int


_decode_output = msgspec.json.Decoder(_Output).decode


@dataclass(slots=True)
class Outputs:
    """What an output topic holds, against what it should hold.

    Attributes:
        records: Committed records.
        missing: Outputs that should be there and are not.
        doubled: Outputs that are there more than once, counting each surplus one.
        wrong: Records that are no right output for any turn.
        first_ms: Broker's append time of the first record.
        last_ms: Broker's append time of the last record.
        append_times: Whether the times are the broker's and not the producer's.
    """

    records: int = 0
    missing: int = 0
    doubled: int = 0
    wrong: int = 0
    first_ms: int = 0
    last_ms: int = 0
    append_times: bool = True
    _seen: dict[str, set[int]] = field(default_factory=dict, repr=False)

    @property
    def complaint(self) -> str | None:
        """What is not as it should be, or None."""
        faults = {"missing": self.missing, "doubled": self.doubled, "wrong": self.wrong}
        found = [f"{count} outputs {fault}" for fault, count in faults.items() if count]
        if not self.append_times:
            found.append("the topic does not carry the broker's append times")
        return ", ".join(found) or None

    def take(self, value: bytes | None, expected: Mapping[str, Sequence[int]]) -> None:
        """Hold one output against `expected` (`Work.expected`)."""
        try:
            output = _decode_output(value or b"")
            wanted = expected[output.conversation_id][output.count - 1]
        except (msgspec.DecodeError, KeyError, IndexError):
            self.wrong += 1
            return
        if output.count < 1 or output.hits != wanted:
            self.wrong += 1
            return
        seen = self._seen.setdefault(output.conversation_id, set())
        if output.count in seen:
            self.doubled += 1
        seen.add(output.count)

    def take_all(
        self, records: Iterable[Any], expected: Mapping[str, Sequence[int]] | None
    ) -> None:
        """Count the records of one partition in, as the consumer gives them."""
        for record in records:
            self.records += 1
            if expected is not None:
                self.take(record.value, expected)
            self.append_times &= record.timestamp_type == _LOG_APPEND_TIME
            self.first_ms = min(self.first_ms or record.timestamp, record.timestamp)
            self.last_ms = max(self.last_ms, record.timestamp)

    def close(self, expected: Mapping[str, Sequence[int]]) -> None:
        """Count what is missing, after the last record."""
        wanted = sum(len(sums) for sums in expected.values())
        self.missing = wanted - sum(len(seen) for seen in self._seen.values())


class Bench:
    """One Kafka cluster as the bench uses it; an async context manager."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
        self._ends: AIOKafkaConsumer | None = None

    async def __aenter__(self) -> Bench:
        await self._admin.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._forget_metadata()
        await self._admin.close()

    async def create(self, topic: str, **config: str) -> None:
        """Create `topic` with the bench's partition count."""
        plan = NewTopic(topic, PARTITIONS, 1, topic_configs=config)
        answer = await self._admin.create_topics([plan])
        for _, code, *said in answer.topic_errors:
            if code:
                raise RuntimeError(f"topic {topic} was not created: {said}")
        async with asyncio.timeout(_METADATA_S):
            await self._until({topic}, present=True)

    async def topics(self) -> set[str]:
        """Return the names of all topics that are not Kafka's own."""
        return {name for name in await self._admin.list_topics() if not name.startswith("__")}

    async def delete(self, topics: set[str]) -> None:
        """Delete `topics` and wait until they are gone from the metadata."""
        if not topics:
            return
        await self._forget_metadata()
        await self._admin.delete_topics(sorted(topics))
        async with asyncio.timeout(_METADATA_S):
            await self._until(topics, present=False)

    async def forget_groups(self) -> None:
        """Delete all consumer groups that have no members, so that the next run starts fresh."""
        await asyncio.to_thread(_forget_groups, self.bootstrap_servers)

    async def appended(self, topic: str, partitions: int = PARTITIONS) -> int:
        """Return how many offsets `topic` has used up, transaction markers included."""
        if self._ends is None:
            self._ends = AIOKafkaConsumer(bootstrap_servers=self.bootstrap_servers)
            await self._ends.start()
        wanted = [TopicPartition(topic, number) for number in range(partitions)]
        ends: dict[Any, int] = await self._ends.end_offsets(wanted)
        return sum(ends.values())

    async def appended_to(self, topics: set[str]) -> int:
        """Return how many offsets were used up in all of `topics`."""
        described = await self._admin.describe_topics(sorted(topics)) if topics else []
        counts = [len(topic["partitions"]) for topic in described]
        names = [topic["topic"] for topic in described]
        return sum([await self.appended(n, c) for n, c in zip(names, counts, strict=True)])

    async def fill(self, topic: str, work: Work, progress: Callable[[int], None]) -> None:
        """Write the input, in order, each turn to the partition Kafka's partitioner says."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers,
            acks="all",
            enable_idempotence=True,
            max_batch_size=_BATCH_BYTES,
        )
        await producer.start()
        try:
            batches = [producer.create_batch() for _ in range(PARTITIONS)]
            for number, turn in enumerate(work.inputs()):
                partition = partition_of(turn.key)
                at_ms = FIRST_AT_MS + number * TURN_EVERY_MS
                row = {"timestamp": at_ms, "key": turn.key, "value": turn.value}
                if batches[partition].append(**row) is None:
                    await _send(producer, batches[partition], topic, partition)
                    batches[partition] = producer.create_batch()
                    batches[partition].append(**row)
                    progress(number)
            for partition, batch in enumerate(batches):
                if batch.record_count():
                    await _send(producer, batch, topic, partition)
            progress(work.turns)
        finally:
            await producer.stop()

    async def read(self, topic: str, expected: Mapping[str, Sequence[int]] | None) -> Outputs:
        """Read the whole output topic, committed records only, and hold it against `expected`.

        Without `expected` the records are only counted.
        """
        reader = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=4_194_304,
            fetch_max_wait_ms=100,
        )
        await reader.start()
        outputs = Outputs()
        try:
            reader.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
            quiet = 0
            # An open transaction hides the end of a partition, so the end is where nothing more
            # comes, not an offset.
            while quiet < _QUIET_READS:
                chunks = await reader.getmany(timeout_ms=250, max_records=_READ_RECORDS_MAX)
                quiet = 0 if chunks else quiet + 1
                for records in chunks.values():
                    outputs.take_all(records, expected)
        finally:
            await reader.stop()
        if expected is not None:
            outputs.close(expected)
        return outputs

    async def _forget_metadata(self) -> None:
        # A consumer asks for the metadata of every topic it ever saw, deleted ones included.
        if self._ends is not None:
            await self._ends.stop()
            self._ends = None

    async def _until(self, topics: set[str], *, present: bool) -> None:
        while True:
            there = topics & await self.topics()
            if there == (topics if present else set()):
                return
            await asyncio.sleep(0.05)


def partition_of(key: bytes) -> int:
    """Return the partition Kafka's default partitioner gives `key`."""
    return int((murmur2(key) & 0x7FFFFFFF) % PARTITIONS)


async def _send(producer: AIOKafkaProducer, batch: Any, topic: str, partition: int) -> None:
    await (await producer.send_batch(batch, topic, partition=partition))


def _forget_groups(bootstrap_servers: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        admin.delete_groups([group["group_id"] for group in admin.list_groups()])
    finally:
        admin.close()
