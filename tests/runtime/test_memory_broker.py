"""The broker in memory keeps what the engine rests on."""

from __future__ import annotations

import pytest

from streams.broker.errors import TopicMissingError
from streams.broker.memory import MemoryBroker, MemoryPartition
from streams.runtime.clock import HandClock


def partition_of(*keys: bytes) -> MemoryPartition:
    partition = MemoryPartition()
    for n, key in enumerate(keys):
        partition.append([(key, b"%d" % n, ())], n)
    return partition


def offsets(partition: MemoryPartition) -> list[int]:
    return [record.offset for record in partition.read()]


def test_a_batch_stands_together_and_offsets_only_grow():
    partition = MemoryPartition()

    assert partition.append([(b"a", b"1", ()), (b"b", b"2", ())], 5) == 0
    partition.skip(3)
    assert partition.append([(b"c", None, ())], 6) == 5

    assert offsets(partition) == [0, 1, 5]
    assert (partition.end, partition.batches) == (6, [0, 5])


def test_reads_are_bounded_on_both_sides_and_by_number():
    partition = partition_of(*[b"x"] * 10)

    assert [one.offset for one in partition.read(3, 7)] == [3, 4, 5, 6]
    assert [one.offset for one in partition.read(3, limit=2)] == [3, 4]
    assert partition.read(99) == []


def test_compaction_keeps_the_newest_of_each_key_and_never_moves_an_offset():
    partition = partition_of(b"a", b"b", b"a", b"b", b"a")

    assert partition.compact(4) == 2

    assert offsets(partition) == [2, 3, 4]
    assert partition.end == 5


def test_compaction_leaves_the_last_record_even_if_it_is_a_removal():
    partition = partition_of(b"a")
    partition.append([(b"a", None, ())], 1)

    partition.compact(2, removals_before=2)

    assert offsets(partition) == [1]


def test_removals_go_when_they_are_old_enough():
    partition = partition_of(b"a")
    partition.append([(b"a", None, ())], 1)
    partition.append([(b"b", b"1", ())], 2)

    partition.compact(2)
    assert offsets(partition) == [1, 2]
    partition.compact(2, removals_before=2)

    assert offsets(partition) == [2]


def test_trimming_forgets_what_is_below():
    partition = partition_of(b"a", b"b", b"c")

    partition.trim(2)

    assert (partition.begin, offsets(partition)) == (2, [2])


def test_nothing_younger_than_the_lag_is_compacted():
    clock = HandClock(0)
    broker = MemoryBroker(clock)
    (partition,) = broker.create("changelog", 1)
    for _ in range(4):
        partition.append([(b"a", b"1", ())], clock.now_ms())
        clock.advance(1_000)

    assert broker.compact("changelog", min_compaction_lag_ms=2_500) == 1
    assert offsets(partition) == [1, 2, 3]


def test_a_topic_nobody_created_is_missed_by_name():
    with pytest.raises(TopicMissingError, match="nowhere"):
        MemoryBroker().partition("nowhere", 0)
