"""Kafka in process memory: partitions as lists of records; for drivers, simulations, users' tests.

It keeps what the engine rests on: offsets that only grow, record batches appended whole, compaction
that keeps the newest record of each key and never lets an offset be used twice. It has no network,
no groups and no clock of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from streams.broker.errors import TopicMissingError
from streams.runtime.clock import Clock, HandClock
from streams.runtime.commit import ChangelogEntry
from streams.runtime.partitioning import spread
from streams.runtime.step import Output
from streams.topics import MIN_COMPACTION_LAG_MS, changelog_of

Headers = tuple[tuple[str, bytes], ...]


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record at its place; `timestamp` in epoch ms, as Kafka clients call it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class MemoryPartition:
    """One partition of a topic.

    Attributes:
        begin: First offset that may still be read.
        end: Offset the next record gets.
        batches: Base offsets of the record batches appended, in order.
    """

    def __init__(self) -> None:
        self.begin = self.end = 0
        self.batches: list[int] = []
        self._records: list[Record] = []

    def __len__(self) -> int:
        return len(self._records)

    def append(
        self,
        records: Iterable[tuple[bytes | None, bytes | None, Headers]],
        timestamp_ms: int,
    ) -> int:
        """Append `(key, value, headers)` as one batch; return the offset of the first."""
        base = offset = self.end
        for key, value, headers in records:
            self._records.append(Record(offset, timestamp_ms, key, value, headers))
            offset += 1
        if offset > base:
            self.batches.append(base)
        self.end = offset
        return base

    def skip(self, offsets: int) -> None:
        """Use up offsets without records, as the markers of other people's transactions do."""
        self.end += offsets

    def read(
        self, start: int = 0, end: int | None = None, limit: int | None = None
    ) -> list[Record]:
        """Return records from `start`, below `end`, at most `limit`."""
        records = self._records
        low = bisect_left(records, start, key=_offset)
        high = len(records) if end is None else bisect_left(records, end, key=_offset)
        return records[low : high if limit is None else min(high, low + limit)]

    def trim(self, begin: int) -> None:
        """Delete everything below `begin`, as retention does."""
        self.begin = max(self.begin, min(begin, self.end))
        self._records = self.read(self.begin)

    def compact(self, before: int, *, removals_before: int = 0) -> int:
        """Keep only the newest record of each key below `before`; return how many went.

        Args:
            before: Offset at which cleaning stops; the last record always stays.
            removals_before: Newest records without value below this offset go too.
        """
        newest: dict[bytes | None, int] = {}
        for record in self._records:
            if record.offset >= before:
                break
            newest[record.key] = record.offset
        last = self.end - 1
        kept = [
            record
            for record in self._records
            if record.offset >= min(before, last)
            or (
                newest[record.key] == record.offset
                and not (record.value is None and record.offset < removals_before)
            )
        ]
        gone = len(self._records) - len(kept)
        self._records = kept
        return gone

    def older_than(self, at_ms: int) -> int:
        """Return the first offset whose timestamp is `at_ms` or later; the end if none is."""
        for record in self._records:
            if record.timestamp >= at_ms:
                return record.offset
        return self.end


def _offset(record: Record) -> int:
    return record.offset


class MemoryBroker:
    """Topics by name, and the clock that stamps what is appended to changelogs."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or HandClock()
        self.topics: dict[str, list[MemoryPartition]] = {}

    def create(self, topic: str, partitions: int) -> list[MemoryPartition]:
        """Create a topic, or return it as it is."""
        return self.topics.setdefault(topic, [MemoryPartition() for _ in range(partitions)])

    def partition(self, topic: str, partition: int) -> MemoryPartition:
        """Return a partition. Raises TopicMissingError."""
        found = self.topics.get(topic, ())
        if partition >= len(found):
            raise TopicMissingError(
                topics=[f"{topic}[{partition}]"], bootstrap_servers="the broker in memory"
            )
        return found[partition]

    def compact(self, topic: str, *, min_compaction_lag_ms: int = MIN_COMPACTION_LAG_MS) -> int:
        """Compact a topic, but nothing younger than the lag; return how many records went."""
        before_ms = self.clock.now_ms() - min_compaction_lag_ms
        return sum(
            partition.compact(partition.older_than(before_ms))
            for partition in self.topics.get(topic, ())
        )


class MemoryPartitionLog:
    """`PartitionLog` over a memory broker; every append is acknowledged at once."""

    def __init__(
        self,
        broker: MemoryBroker,
        processor: str,
        partition: int,
        *,
        feeds: Collection[str] = (),
        read_records_max: int = 5_000,
    ) -> None:
        """Use the broker's topics.

        Args:
            broker: Where the topics are.
            processor: Whose changelog.
            partition: Which partition of changelog and derived topics.
            feeds: Logs of other processors, where a record goes to the partition of its key.
            read_records_max: Most entries one read returns.
        """
        self._broker, self._partition, self._feeds = broker, partition, frozenset(feeds)
        self._changelog = broker.partition(changelog_of(processor), partition)
        self._read_records_max = read_records_max

    async def append_outputs(self, outputs: Mapping[str, Sequence[Output]]) -> None:
        """Append derived records, in order per topic."""
        for topic, records in outputs.items():
            if topic in self._feeds:
                for partition, part in spread(records, len(self._broker.topics[topic])).items():
                    append_outputs(self._broker, topic, partition, part)
            else:
                append_outputs(self._broker, topic, self._partition, records)

    async def append_changelog(self, entries: Sequence[ChangelogEntry], _timestamp_ms: int) -> int:
        """Append one record batch, stamped by the broker; return the offset of its first record."""
        return self._changelog.append(_plain(entries), self._broker.clock.now_ms())

    async def read_changelog(self, start: int, end: int) -> Sequence[Record]:
        """Return some of the entries from `start` below `end`, in order."""
        return self._changelog.read(start, end, self._read_records_max)

    async def changelog_span(self) -> tuple[int, int]:
        """Return the changelog's first offset and the offset after its last record."""
        return self._changelog.begin, self._changelog.end

    async def last_sequence(self, topic: str, source: str) -> int:
        """Return the sequence of the last record in the partition of a derived topic, or -1."""
        partition = self._broker.partition(topic, self._partition)
        for record in partition.read(partition.end - 1):
            headers = dict(record.headers)
            if headers.get("ce_source") == source.encode():
                return int(headers["ce_sequence"])
        return -1


def append_outputs(
    broker: MemoryBroker, topic: str, partition: int, records: Sequence[Output]
) -> None:
    """Append derived records to a topic's partition, each with its own timestamp."""
    place = broker.partition(topic, partition)
    for record in records:
        entry = (record.key, record.value, tuple(record.headers))
        place.append([entry], record.timestamp_ms)


def _plain(
    entries: Iterable[ChangelogEntry],
) -> Iterable[tuple[bytes | None, bytes | None, Headers]]:
    return ((entry.key, entry.value, tuple(entry.headers)) for entry in entries)
