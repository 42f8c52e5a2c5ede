"""Where a record goes: Kafka's default partitioner, and derived records spread by it."""

from __future__ import annotations

from collections.abc import Iterable

from aiokafka.partitioner import murmur2

from streams.runtime.step import Output


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key: Kafka's default partitioner."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def spread(records: Iterable[Output], partitions: int) -> dict[int, list[Output]]:
    """Return records by the partition of their key, in order within each.

    A record without a key goes to every partition: it is meant for all of them.
    """
    found: dict[int, list[Output]] = {}
    for record in records:
        key = record.key
        targets = range(partitions) if key is None else (partition_of(key, partitions),)
        for target in targets:
            found.setdefault(target, []).append(record)
    return found
