"""Where a replay reads from: topics on Kafka or in memory, always up to a fixed end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from schemas import codec
from schemas.errors import UndecodableError
from schemas.records.control import ReferenceArtefact
from streams.broker.memory import MemoryBroker
from streams.replay.errors import LogUnreadableError
from streams.settings import Kafka
from streams.topics import REFERENCE

POLL_RECORDS_MAX = 5_000
POLL_MS = 500
FETCH_BYTES_MAX = 8 << 20
PATIENCE_POLLS = 60

Span = tuple[int, int]
"""First offset and the offset after the last record."""


class Logs(Protocol):
    """Topics that can be read from any offset."""

    def spans(self, topic: str) -> Mapping[int, Span]:
        """Return what every partition of a topic holds; empty when there is no such topic."""

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Sequence[Any]]:
        """Yield runs of records from `start` below `end`, in order."""


class MemoryLogs:
    """Topics of a broker in memory."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    def spans(self, topic: str) -> Mapping[int, Span]:
        """Return what every partition of a topic holds; empty when there is no such topic."""
        partitions = self._broker.topics.get(topic, [])
        return {number: (found.begin, found.end) for number, found in enumerate(partitions)}

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Sequence[Any]]:
        """Yield runs of records from `start` below `end`, in order."""
        place = self._broker.partition(topic, partition)
        while found := place.read(start, end, POLL_RECORDS_MAX):
            yield found
            start = found[-1].offset + 1


class KafkaLogs:
    """Topics on Kafka, read without a group; use it as a context manager."""

    def __init__(self, kafka: Kafka) -> None:
        """Connect when something is read; one connection a topic, so that reads may interleave."""
        self._kafka = kafka
        self._consumers: dict[str, KafkaConsumer] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        for consumer in self._consumers.values():
            consumer.close()

    def spans(self, topic: str) -> Mapping[int, Span]:
        """Return what every partition of a topic holds; empty when there is no such topic."""
        try:
            consumer = self._consumer(topic)
            numbers = consumer.partitions_for_topic(topic) or set()
            places = {number: TopicPartition(topic, number) for number in sorted(numbers)}
            begins = consumer.beginning_offsets(list(places.values()))
            ends = consumer.end_offsets(list(places.values()))
        except KafkaError as fault:
            raise self._unreadable(topic, fault) from fault
        return {number: (begins[place], ends[place]) for number, place in places.items()}

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Sequence[Any]]:
        """Yield runs of records from `start` below `end`, in order.

        Raises:
            LogUnreadableError: Kafka gives nothing for half a minute.
        """
        if start >= end:
            return
        place = TopicPartition(topic, partition)
        waited = 0
        try:
            consumer = self._consumer(topic)
            consumer.assign([place])
            consumer.seek(place, start)
            while consumer.position(place) < end:
                found = consumer.poll(timeout_ms=POLL_MS, max_records=POLL_RECORDS_MAX).get(place)
                if not found:
                    waited += 1
                    if waited > PATIENCE_POLLS:
                        raise self._unreadable(f"{topic}[{partition}]@{start}", "nothing came")
                    continue
                waited = 0
                start = found[-1].offset + 1
                yield found if start <= end else [one for one in found if one.offset < end]
        except KafkaError as fault:
            raise self._unreadable(f"{topic}[{partition}]@{start}", fault) from fault

    def _consumer(self, topic: str) -> KafkaConsumer:
        if topic not in self._consumers:
            self._consumers[topic] = KafkaConsumer(
                **self._kafka.for_kafka_python(),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=FETCH_BYTES_MAX,
                fetch_max_wait_ms=100,
            )
        return self._consumers[topic]

    def _unreadable(self, what: str, because: object) -> LogUnreadableError:
        servers = self._kafka.bootstrap_servers
        return LogUnreadableError(what=what, servers=servers, because=str(because))


def artefacts(logs: Logs) -> dict[str, bytes]:
    """Return the content of every artefact on `control.reference.v1`, by digest."""
    found: dict[str, bytes] = {}
    for partition, (begin, end) in logs.spans(REFERENCE).items():
        for records in logs.read(REFERENCE, partition, begin, end):
            for record in records:
                if record.key is None or record.value is None:
                    continue
                try:
                    artefact = codec.decode(record.value)
                except UndecodableError:
                    continue
                if isinstance(artefact, ReferenceArtefact):
                    found[bytes(record.key).decode(errors="replace")] = artefact.content
    return found
