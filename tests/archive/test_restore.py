"""What is restored is what was archived, once, or somebody is told why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from streams.archive.errors import RestoreFailedError, RestoreRefusedError
from streams.archive.restoring import MemorySink, restore_topic
from streams.broker.memory import MemoryBroker
from streams.replay.logs import MemoryLogs
from tests.archive.kept import TOPIC, archived, broker_of, everything, logs, plain_log

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told(broker: MemoryBroker, topic: str = TOPIC):
    """Return everything of a topic but the offsets."""
    return {
        number: [(r.timestamp, r.key, r.value, r.headers) for r in records]
        for number, records in everything(MemoryLogs(broker), topic).items()
    }


def empty(partitions: int) -> MemoryBroker:
    broker = MemoryBroker()
    broker.create(TOPIC, partitions)
    return broker


class Dying(MemorySink):
    """A sink whose process dies after so many records."""

    def __init__(self, broker: MemoryBroker, lives: int) -> None:
        super().__init__(broker)
        self.lives = lives

    def append(self, topic, partition, records):
        super().append(topic, partition, records[: self.lives])
        if len(records) > self.lives:
            raise RestoreFailedError(where=topic, because="killed")
        self.lives -= len(records)


@FEW
@given(st.lists(logs, min_size=1, max_size=3))
def test_what_is_restored_keeps_order_keys_values_headers_and_timestamps(
    tmp_path_factory: pytest.TempPathFactory, drawn
):
    broker = broker_of(*drawn)
    archive = archived(broker, tmp_path_factory.mktemp("a"))
    target = empty(len(drawn))
    done = restore_topic(archive, TOPIC, MemorySink(target), takes_new_offsets=True)
    assert told(target) == told(broker)
    for each in done:
        before, after = (everything(MemoryLogs(b))[each.partition] for b in (broker, target))
        has_changed = [r.offset for r in before] != [r.offset for r in after]
        assert each.has_new_offsets == has_changed


@FEW
@given(logs, st.lists(st.integers(0, 40), max_size=4))
def test_a_restore_that_is_killed_anywhere_goes_on_and_puts_nothing_there_twice(
    tmp_path_factory: pytest.TempPathFactory, drawn, deaths
):
    broker = broker_of(drawn)
    archive = archived(broker, tmp_path_factory.mktemp("a"))
    target = empty(1)
    for lives in deaths:
        try:
            restore_topic(archive, TOPIC, Dying(target, lives), takes_new_offsets=True)
        except RestoreFailedError:
            continue
    restore_topic(archive, TOPIC, MemorySink(target), takes_new_offsets=True)
    again = restore_topic(archive, TOPIC, MemorySink(target), takes_new_offsets=True)
    assert told(target) == told(broker)
    assert [each.added for each in again] == [0]


def test_a_log_without_holes_gets_its_very_offsets_back(tmp_path: Path):
    broker = broker_of(plain_log(2_500, per_day=900), plain_log(3))
    archive = archived(broker, tmp_path)
    target = empty(2)
    done = restore_topic(archive, TOPIC, MemorySink(target))
    assert everything(MemoryLogs(target)) == everything(MemoryLogs(broker))
    assert [(each.added, each.has_new_offsets) for each in done] == [(2_500, False), (3, False)]


def test_new_offsets_need_somebody_to_say_so_and_nothing_is_written_before(tmp_path: Path):
    broker = broker_of(plain_log(5), [(b"k", b"v", (), 0, 3)])
    archive = archived(broker, tmp_path)
    target = empty(2)
    with pytest.raises(RestoreRefusedError, match=r"\[1\]: 3 of its offsets held no record.*--new"):
        restore_topic(archive, TOPIC, MemorySink(target))
    assert told(target) == {0: [], 1: []}
    trimmed = broker_of(plain_log(5))
    trimmed.partition(TOPIC, 0).trim(2)
    archive = archived(trimmed, tmp_path / "trimmed")
    with pytest.raises(RestoreRefusedError, match="its log began at offset 2"):
        restore_topic(archive, TOPIC, MemorySink(empty(1)))


def test_a_topic_that_holds_something_else_is_left_alone(tmp_path: Path):
    archive = archived(broker_of(plain_log(10)), tmp_path)
    for other, because in (
        (broker_of(plain_log(4, start=1)), "offset 0 holds another record"),
        (broker_of(plain_log(11)), "it holds 11 records, but only 10 were archived"),
    ):
        before = told(other)
        with pytest.raises(RestoreRefusedError, match=because):
            restore_topic(archive, TOPIC, MemorySink(other))
        assert told(other) == before
    trimmed = broker_of(plain_log(10))
    trimmed.partition(TOPIC, 0).trim(4)
    with pytest.raises(RestoreRefusedError, match="it begins at offset 4"):
        restore_topic(archive, TOPIC, MemorySink(trimmed))


def test_a_topic_of_other_partitions_or_none_is_refused(tmp_path: Path):
    archive = archived(broker_of(plain_log(10)), tmp_path)
    with pytest.raises(RestoreRefusedError, match="the topic has 2 partitions, the archive 1"):
        restore_topic(archive, TOPIC, MemorySink(empty(2)))
    with pytest.raises(RestoreRefusedError, match="there is no such topic"):
        restore_topic(archive, TOPIC, MemorySink(MemoryBroker()))
    with pytest.raises(
        RestoreRefusedError, match="there is no other in the archive; there is demo"
    ):
        restore_topic(archive, "other", MemorySink(empty(1)))


def test_a_topic_may_be_restored_under_another_name(tmp_path: Path):
    broker = broker_of(plain_log(10))
    archive = archived(broker, tmp_path)
    target = MemoryBroker()
    target.create("copy.of.it", 1)
    restore_topic(archive, TOPIC, MemorySink(target), into="copy.of.it")
    assert told(target, "copy.of.it") == told(broker)
