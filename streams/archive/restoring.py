"""An archive into topics: order, keys, values, headers and timestamps as they were.

Offsets are what they were when the topic is empty and the log had none without a record; otherwise
somebody has to say that new ones will do, because ids of derived records name offsets. Restoring
goes on where it ended, and puts nothing there twice: what a topic already holds must be the
beginning of the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final, Protocol, Self

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from streams.archive.container import ArchivedRecord, records_of
from streams.archive.errors import RestoreFailedError, RestoreRefusedError
from streams.archive.reading import Archive
from streams.broker.memory import MemoryBroker
from streams.replay.logs import KafkaLogs, Logs, MemoryLogs, Span
from streams.settings import Kafka

COMPARED_RECORDS: Final = 1_000
"""How many of the records already there, the last ones, are held against the archive."""
REQUEST_BYTES_MAX: Final = 4_194_304 - 4_096


class Sink(Protocol):
    """Topics that records can be appended to, and read back from."""

    @property
    def logs(self) -> Logs:
        """The same topics, for reading."""

    def append(self, topic: str, partition: int, records: Sequence[ArchivedRecord]) -> None:
        """Append records in order, with their timestamps; return when all of them are there.

        Raises:
            RestoreFailedError: Some may not be there.
        """


class MemorySink:
    """Topics of a broker in memory."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self.logs: Logs = MemoryLogs(broker)

    def append(self, topic: str, partition: int, records: Sequence[ArchivedRecord]) -> None:
        """Append records in order, with their timestamps."""
        place = self._broker.partition(topic, partition)
        for record in records:
            headers: Any = record.headers
            place.append([(record.key, record.value, headers)], record.timestamp)


class KafkaSink:
    """Topics on Kafka; use it as a context manager."""

    def __init__(self, kafka: Kafka) -> None:
        """Connect when something is written."""
        self._kafka = kafka
        self._logs = KafkaLogs(kafka)
        self._producer: KafkaProducer | None = None

    @property
    def logs(self) -> Logs:
        """The same topics, for reading."""
        return self._logs

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._logs.__exit__(kind, fault, where)
        if self._producer is not None:
            self._producer.close()

    def append(self, topic: str, partition: int, records: Sequence[ArchivedRecord]) -> None:
        """Append records in order, with their timestamps; return when all of them are there.

        Raises:
            RestoreFailedError: Some may not be there.
        """
        where = f"{topic}[{partition}]"
        try:
            producer = self._connected()
            sent = [
                producer.send(
                    topic,
                    record.value,
                    record.key,
                    headers=list(record.headers),
                    partition=partition,
                    timestamp_ms=record.timestamp,
                )
                for record in records
            ]
            producer.flush()
            for delivery in sent:
                delivery.get(timeout=60)
        except (KafkaError, AssertionError, ValueError) as fault:
            because = f"a record was not taken ({str(fault) or type(fault).__name__})"
            raise RestoreFailedError(where=where, because=because) from fault

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = KafkaProducer(
                **self._kafka.for_kafka_python(),
                acks="all",
                enable_idempotence=True,
                linger_ms=20,
                batch_size=262_144,
                max_request_size=REQUEST_BYTES_MAX,
                allow_auto_create_topics=False,
            )
        return self._producer


class Restored(msgspec.Struct, frozen=True):
    """What restoring a partition did.

    Attributes:
        topic: The topic restored into.
        partition: The partition.
        added: Records added.
        records: Records there now.
        has_new_offsets: Offsets are not what they were.
    """

    topic: str
    partition: int
    added: int
    records: int
    has_new_offsets: bool


def restore_topic(
    archive: Archive,
    topic: str,
    sink: Sink,
    *,
    into: str | None = None,
    takes_new_offsets: bool = False,
    on_records: Callable[[int], None] | None = None,
) -> list[Restored]:
    """Append a topic's archive to a topic that is empty, or holds its beginning.

    Args:
        archive: Where from.
        topic: Which topic of it.
        sink: Where to.
        into: The topic to restore into; the same name unless given. It must exist.
        takes_new_offsets: Offsets may be others than they were.
        on_records: Called with the number of records of each run that is there.

    Raises:
        RestoreRefusedError: It would not give what was archived, or would give something twice.
        RestoreFailedError: The cluster did not take something.
        ArchiveDamagedError: The archive is broken.
    """
    target = into or topic
    spans = _require_partitions(archive, topic, target, sink)
    plans = {}
    for partition, (begin, end) in sorted(archive.spans(topic).items()):
        where = f"{target}[{partition}]"
        hole = _hole(archive, topic, partition)
        if hole and not takes_new_offsets:
            because = (
                f"{hole}, so offsets would not be what they were, and ids of derived records,"
                " which name offsets, would change; --new-offsets restores it all the same"
            )
            raise RestoreRefusedError(where=where, because=because)
        is_exact = not hole
        plans[partition] = is_exact, _there(spans[partition], where), (begin, end)
    done = []
    for partition, (is_exact, there, (begin, end)) in plans.items():
        place = f"{target}[{partition}]"
        copy = _Copy(archive, topic, partition, sink, target)
        added = copy.run(begin, end, there, place, on_records)
        done.append(Restored(target, partition, added, there + added, not is_exact))
    return done


class _Copy:
    """One partition on its way."""

    def __init__(
        self, archive: Archive, topic: str, partition: int, sink: Sink, target: str
    ) -> None:
        self._archive, self._topic, self._partition = archive, topic, partition
        self._sink, self._target = sink, target

    def run(
        self, begin: int, end: int, there: int, where: str, on_records: Callable[[int], None] | None
    ) -> int:
        """Append what is not there yet; return how many records that was."""
        seen = added = 0
        tail: list[ArchivedRecord] = []
        is_held = there == 0
        for run in self._archive.read(self._topic, self._partition, begin, end):
            old = run[: max(0, there - seen)]
            new = run[len(old) :]
            seen += len(run)
            tail = [*tail, *old][-COMPARED_RECORDS:]
            if not is_held and seen >= there:
                self._require_beginning(tail, there, where)
                is_held = True
            if new:
                self._sink.append(self._target, self._partition, new)
                added += len(new)
            if on_records is not None:
                on_records(len(run))
        if not is_held:
            because = f"it holds {there:,} records, but only {seen:,} were archived"
            raise RestoreRefusedError(where=where, because=because)
        return added

    def _require_beginning(
        self, expected: Sequence[ArchivedRecord], there: int, where: str
    ) -> None:
        """Raise unless the topic's last records are the archive's up to there."""
        first = there - len(expected)
        for run in self._sink.logs.read(self._target, self._partition, first, there):
            for record in records_of(run):
                archived = expected[record.offset - first]
                same = msgspec.structs.replace(record, offset=archived.offset)
                if same != archived:
                    because = (
                        f"offset {record.offset} holds another record than the archive has there;"
                        " restore into a topic that is empty"
                    )
                    raise RestoreRefusedError(where=where, because=because)


def _require_partitions(archive: Archive, topic: str, target: str, sink: Sink) -> dict[int, Span]:
    held = archive.spans(topic)
    if not held:
        known = ", ".join(archive.topics())
        because = f"there is no {topic} in the archive; there is {known}"
        raise RestoreRefusedError(where=str(archive.folder), because=because)
    spans = dict(sink.logs.spans(target))
    if not spans:
        because = "there is no such topic; `cuestream topics apply` makes what a worker needs"
        raise RestoreRefusedError(where=target, because=because)
    if set(spans) != set(held):
        because = (
            f"the topic has {len(spans)} partitions, the archive {len(held)}: keys would stand in"
            " other partitions than their readers look for them"
        )
        raise RestoreRefusedError(where=target, because=because)
    return spans


def _there(span: Span, where: str) -> int:
    begin, end = span
    if begin > 0:
        because = f"it begins at offset {begin}: it held records before; restore into a new topic"
        raise RestoreRefusedError(where=where, because=because)
    return end


def _hole(archive: Archive, topic: str, partition: int) -> str:
    """Return why offsets cannot be what they were; empty when they can."""
    found = archive.surveys(topic)[partition]
    if found.begin > 0 and found.records:
        return f"its log began at offset {found.begin}"
    if found.records < found.last + 1:
        return f"{found.last + 1 - found.records:,} of its offsets held no record"
    return ""
