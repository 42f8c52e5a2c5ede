"""`PartitionLog` over real Kafka: pre-built record batches out, bounded reads in."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas import codec
from schemas.errors import UndecodableError
from schemas.records.control import ReferenceArtefact
from streams.runtime.commit import ChangelogEntry
from streams.runtime.errors import AppendFailedError, ReadFailedError
from streams.runtime.partitioning import spread
from streams.runtime.raw_fetch import hand_over_raw
from streams.runtime.recovery import Entry
from streams.runtime.step import Output
from streams.settings import Kafka
from streams.topics import REFERENCE, changelog_of

REQUEST_BYTES_MAX = 8 << 20
FETCH_BYTES_MAX = 8 << 20
READ_RECORDS_MAX = 20_000
APPEND_TIMEOUT_MS = 15_000
READ_TIMEOUT_SECONDS = 60.0


class KafkaLinks:
    """A worker's connections: one idempotent producer for all its partitions, readers on demand."""

    def __init__(self, kafka: Kafka, *, batch_bytes_max: int) -> None:
        """Nothing connects before `start`.

        Args:
            kafka: Where Kafka is.
            batch_bytes_max: Largest record batch to build.
        """
        self._kafka = kafka
        self._batch_bytes_max = batch_bytes_max
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect the producer."""
        producer = AIOKafkaProducer(
            **self._kafka.for_aiokafka(),
            acks="all",
            enable_idempotence=True,
            max_batch_size=self._batch_bytes_max,
            max_request_size=REQUEST_BYTES_MAX,
            linger_ms=0,
            request_timeout_ms=APPEND_TIMEOUT_MS,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Disconnect; batches not yet acknowledged are given up."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # `stop` would wait for batches that can no longer count.
            producer._message_accumulator.fail_all(KafkaError("the worker has let go"))
            await producer.stop()

    async def append(
        self,
        topic: str,
        partition: int,
        records: Sequence[Output | ChangelogEntry],
        at_ms: int | None,
    ) -> list[int]:
        """Append records in order; return the base offset of each batch it took.

        Raises:
            AppendFailedError: Not acknowledged; whether it is in the log is unknown.
        """
        producer = self._producer
        if producer is None:
            raise AppendFailedError(topic=topic, partition=partition, because="not connected")
        bases: list[int] = []
        try:
            for batch in self._build(producer, records, at_ms):
                future = await producer.send_batch(batch, topic, partition=partition)
                base = (await future).offset
                if base < 0:
                    # A retry that the broker had already: where it stands is not told.
                    because = "acknowledged as a repeat, without its offset"
                    raise AppendFailedError(topic=topic, partition=partition, because=because)
                bases.append(base)
        except KafkaError as fault:
            raise AppendFailedError(
                topic=topic, partition=partition, because=f"{type(fault).__name__} {fault}".strip()
            ) from fault
        return bases

    async def partitions_of(self, topic: str) -> int:
        """Return how many partitions a topic has.

        Raises:
            AppendFailedError: It cannot be had now.
        """
        producer = self._producer
        if producer is None:
            raise AppendFailedError(topic=topic, partition=-1, because="not connected")
        try:
            return len(await producer.partitions_for(topic))
        except KafkaError as fault:
            raise AppendFailedError(
                topic=topic, partition=-1, because=f"{type(fault).__name__} {fault}".strip()
            ) from fault

    @staticmethod
    def _build(
        producer: AIOKafkaProducer, records: Sequence[Output | ChangelogEntry], at_ms: int | None
    ) -> list[Any]:
        batch = producer.create_batch()
        batches = [batch]
        append = batch.append
        for record in records:
            timestamp = record.timestamp_ms if at_ms is None else at_ms  # type: ignore[union-attr]
            taken = append(
                timestamp=timestamp, key=record.key, value=record.value, headers=record.headers
            )
            if taken is None:
                batch = producer.create_batch()
                batches.append(batch)
                append = batch.append
                append(
                    timestamp=timestamp, key=record.key, value=record.value, headers=record.headers
                )
        for built in batches:
            built.close()
        return batches

    async def reader(self, *partitions: TopicPartition) -> AIOKafkaConsumer:
        """Return a connected consumer without a group, assigned to `partitions`."""
        consumer = AIOKafkaConsumer(
            **self._kafka.for_aiokafka(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=FETCH_BYTES_MAX,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        hand_over_raw(consumer)
        consumer.assign(list(partitions))
        return consumer


class KafkaPartitionLog:
    """One processor partition's way to Kafka."""

    def __init__(
        self, links: KafkaLinks, processor: str, partition: int, *, feeds: Collection[str] = ()
    ) -> None:
        """Use the worker's connections.

        Args:
            links: The worker's connections.
            processor: Whose changelog.
            partition: Which partition of log, changelog and derived topics.
            feeds: Logs of other processors, where a record goes to the partition of its key.
        """
        self._links = links
        self._feeds = frozenset(feeds)
        self._topic = changelog_of(processor)
        self._partition = partition
        self._changelog = TopicPartition(self._topic, partition)
        self._reader: AIOKafkaConsumer | None = None

    async def append_outputs(self, outputs: dict[str, list[Output]]) -> None:
        """Append derived records, in order per topic; topics side by side."""
        jobs = [
            self._links.append(topic, partition, records, None)
            for topic, all_records in outputs.items()
            if all_records
            for partition, records in (await self._spread(topic, all_records)).items()
        ]
        if len(jobs) == 1:
            await jobs[0]
        else:
            await asyncio.gather(*jobs)

    async def _spread(self, topic: str, records: list[Output]) -> dict[int, list[Output]]:
        if topic not in self._feeds:
            return {self._partition: records}
        partitions = await self._links.partitions_of(topic)
        return spread(records, partitions)

    async def append_changelog(self, entries: Sequence[ChangelogEntry], timestamp_ms: int) -> int:
        """Append one record batch; return the offset of its first record."""
        bases = await self._links.append(self._topic, self._partition, entries, timestamp_ms)
        if len(bases) != 1:
            raise AppendFailedError(
                topic=self._topic,
                partition=self._partition,
                because=f"{len(entries)} entries made {len(bases)} batches: a batch that is not"
                " whole may not count; lower `worker.batch_bytes_max`",
            )
        return bases[0]

    async def read_changelog(self, start: int, end: int) -> Sequence[Entry]:
        """Return some of the entries from `start` below `end`, in order."""
        reader = await self._reading()
        if await reader.position(self._changelog) != start:
            reader.seek(self._changelog, start)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + READ_TIMEOUT_SECONDS
        while loop.time() < deadline:
            found = await reader.getmany(
                self._changelog, timeout_ms=500, max_records=READ_RECORDS_MAX
            )
            entries: list[Any] = found.get(self._changelog, [])
            if entries:
                if entries[-1].offset >= end:
                    entries = [entry for entry in entries if entry.offset < end]
                return entries
            if await reader.position(self._changelog) >= end:
                return []
        raise ReadFailedError(topic=self._topic, partition=self._partition, offset=start, end=end)

    async def changelog_span(self) -> tuple[int, int]:
        """Return the changelog's first offset and the offset after its last record."""
        reader = await self._reading()
        begin = await reader.beginning_offsets([self._changelog])
        end = await reader.end_offsets([self._changelog])
        return begin[self._changelog], end[self._changelog]

    async def log_end(self, topic: str) -> int:
        """Return the offset after the last record of the processor's log."""
        reader = await self._reading()
        log = TopicPartition(topic, self._partition)
        return int((await reader.end_offsets([log]))[log])

    async def last_sequence(self, topic: str, source: str) -> int:
        """Return the sequence of the last record in the partition of a derived topic, or -1."""
        tp = TopicPartition(topic, self._partition)
        reader = await self._links.reader(tp)
        try:
            end = (await reader.end_offsets([tp]))[tp]
            begin = (await reader.beginning_offsets([tp]))[tp]
            if end <= begin:
                return -1
            reader.seek(tp, end - 1)
            while await reader.position(tp) < end:
                for record in (await reader.getmany(tp, timeout_ms=500)).get(tp, []):
                    headers = dict(record.headers)
                    if headers.get("ce_source") == source.encode():
                        return int(headers.get("ce_sequence", b"-1"))
        finally:
            await reader.stop()
        return -1

    async def close_reader(self) -> None:
        """Disconnect the changelog reader until it is needed again."""
        reader, self._reader = self._reader, None
        if reader is not None:
            await reader.stop()

    async def _reading(self) -> AIOKafkaConsumer:
        if self._reader is None:
            self._reader = await self._links.reader(self._changelog)
        return self._reader


class Artefacts:
    """Reads announced artefacts from `control.reference.v1`, keeping none of their contents."""

    def __init__(self, links: KafkaLinks) -> None:
        """Use the worker's connections."""
        self._links = links

    async def find(self, digests: set[str]) -> dict[str, ReferenceArtefact]:
        """Return those of `digests` that are on the topic, by digest."""
        reader = await self._links.reader()
        found: dict[str, ReferenceArtefact] = {}
        try:
            await reader._client._wait_on_metadata(REFERENCE)
            partitions = reader.partitions_for_topic(REFERENCE) or {0}
            tps = [TopicPartition(REFERENCE, partition) for partition in sorted(partitions)]
            reader.assign(tps)
            await reader.seek_to_beginning(*tps)
            ends = await reader.end_offsets(tps)
            while found.keys() != digests:
                waiting = [tp for tp in tps if await reader.position(tp) < ends[tp]]
                if not waiting:
                    break
                for records in (await reader.getmany(*waiting, timeout_ms=500)).values():
                    _collect(records, digests, found)
        finally:
            await reader.stop()
        return found


def _collect(
    records: Sequence[Any], digests: set[str], found: dict[str, ReferenceArtefact]
) -> None:
    for record in records:
        key = (record.key or b"").decode(errors="replace")
        if key not in digests or record.value is None:
            continue
        try:
            artefact = codec.decode(record.value)
        except UndecodableError:
            continue
        if isinstance(artefact, ReferenceArtefact):
            found[key] = artefact
