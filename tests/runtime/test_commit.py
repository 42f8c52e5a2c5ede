"""Claims, split batches, foreign writes and the tail check, on a broker in memory."""

from __future__ import annotations

import pytest

from streams.replay.audit import audit_memory
from streams.replay.driver import table_of
from streams.replay.exercise import Exercise
from streams.runtime import commit, ledger
from streams.runtime.errors import AppendFailedError, ChangelogCorruptError, FencedError
from streams.runtime.ledger import CLAIM_KEY, MARKER_KEY
from streams.stores.memory import MemoryStore
from streams.topics import changelog_of
from tests.support.exercises import (
    asked,
    broker_for,
    committed,
    log_of,
    owner_on,
    run,
    stepped,
)

LOG = Exercise.log
CHANGELOG = changelog_of(Exercise.name)


@pytest.fixture
def broker():
    return broker_for(Exercise())


def say(broker, *values):
    """Append to the log what owners will be given."""
    for value in values:
        broker.partition(LOG, 0).append([(b"k", value, ())], log_of(value)[0].timestamp)


def stamps(broker):
    """Return (key, epoch, next) of every changelog entry."""
    found = []
    for entry in broker.partition(CHANGELOG, 0).read():
        epoch, reached = ledger.entry_stamp(entry.value, entry.headers) or (0, 0)
        found.append((entry.key, epoch, reached))
    return found


def recovered_table(broker, store=None):
    owner = owner_on(broker, store)
    run(owner.recover())
    return table_of(owner._store, 0), owner.committed


def test_a_new_owner_claims_with_a_higher_epoch_before_it_writes(broker):
    first = owner_on(broker)
    run(first.recover())
    committed(first, [asked("add")])
    second = owner_on(broker)

    report = run(second.recover(epoch_floor=7))

    assert stamps(broker)[0] == (CLAIM_KEY, 1, 0)
    assert stamps(broker)[-1] == (CLAIM_KEY, 7, 0)
    assert report.marker.next == 1
    assert second.kernel.marker.epoch == 7


def test_the_old_owner_is_fenced_at_its_next_batch_and_nothing_of_it_counts(broker):
    first = owner_on(broker)
    run(first.recover())
    committed(first, [asked("add")])
    second = owner_on(broker)
    run(second.recover())
    before = table_of(second._store, 0)

    with pytest.raises(FencedError) as fenced:
        committed(first, [asked("add")])

    assert (fenced.value.mine, fenced.value.theirs) == (1, 2)
    assert recovered_table(broker)[0] == before


def test_an_idle_owner_that_looks_writes_a_zombies_keys_and_marker_again(broker):
    zombie = owner_on(broker)
    run(zombie.recover())
    committed(zombie, [asked("add", "a"), asked("add", "b")])
    owner = owner_on(broker)
    run(owner.recover())
    table = table_of(owner._store, 0)
    with pytest.raises(FencedError):
        committed(zombie, [asked("add", "a"), asked("look")])

    run(owner.look())

    place = broker.partition(CHANGELOG, 0)
    place.compact(place.end)
    found, marker = recovered_table(broker)
    assert found == table
    assert marker.next == 2


def test_a_zombies_bare_marker_does_not_stay_the_newest(broker):
    zombie = owner_on(broker)
    run(zombie.recover())
    committed(zombie, [asked("add", "a")])
    owner = owner_on(broker)
    run(owner.recover())
    committed(owner, [asked("add", "b")])
    table = table_of(owner._store, 0)
    with pytest.raises(FencedError):
        committed(zombie, [asked("look")])

    run(owner.look())

    place = broker.partition(CHANGELOG, 0)
    place.compact(place.end)
    assert recovered_table(broker)[0] == table


def test_a_look_around_that_finds_nothing_writes_nothing(broker):
    owner = owner_on(broker)
    run(owner.recover())
    end = broker.partition(CHANGELOG, 0).end

    run(owner.look())

    assert broker.partition(CHANGELOG, 0).end == end


def test_a_foreign_write_found_with_a_flush_is_written_over_with_the_next(broker):
    zombie = owner_on(broker)
    run(zombie.recover())
    committed(zombie, [asked("add", "a")])
    owner = owner_on(broker)
    run(owner.recover())
    with pytest.raises(FencedError):
        committed(zombie, [asked("add", "a")])
    place = broker.partition(CHANGELOG, 0)
    hole = place.end - 3

    committed(owner, [asked("add", "c")])
    assert owner._store.position(0) == hole, "a crash now must find the foreign batch again"
    committed(owner, [asked("add", "c")])

    assert owner._store.position(0) == place.end
    assert (b"Sdemo:a", 2, 3) in stamps(broker)


def test_a_batch_too_large_is_split_with_the_marker_in_the_last_part(broker):
    owner = owner_on(broker, batch_bytes_max=120)
    run(owner.recover())
    place = broker.partition(CHANGELOG, 0)
    batches = len(place.batches)

    committed(owner, [asked("add", f"k{n}") for n in range(8)])

    parts = place.batches[batches:]
    assert len(parts) > 3
    keys = [entry.key for entry in place.read(parts[0])]
    assert keys.index(MARKER_KEY) == len(keys) - 1


def test_a_torn_batch_is_undone_by_the_next_owner_for_ever(broker):
    first = owner_on(broker, batch_bytes_max=120)
    run(first.recover())
    committed(first, [asked("add", f"k{n}") for n in range(4)])
    table = table_of(first._store, 0)
    place = broker.partition(CHANGELOG, 0)
    before = place.end
    flush = stepped(first, log_of(*[asked("add", f"k{n}") for n in range(6)], start=4))
    batch = first._batches(flush.entries, flush.marker)[0]
    run(first._log.append_changelog(batch, 0))
    assert place.end > before

    report = run(owner_on(broker).recover())

    assert (report.torn, report.rewritten) == (len(batch), len(batch))
    place.compact(place.end)
    assert recovered_table(broker)[0] == table


def test_outputs_that_are_in_the_topic_already_are_not_sent_again(broker):
    first = owner_on(broker)
    run(first.recover())
    flush = stepped(first, log_of(asked("emit", amount=3), asked("refuse")))
    run(first.send_outputs(flush))  # and then it dies
    lengths = {topic: len(broker.partition(topic, 0)) for topic in Exercise.derives}

    second = owner_on(broker)
    run(second.recover())
    committed(second, [asked("emit", amount=3), asked("refuse"), asked("look")])

    assert {topic: len(broker.partition(topic, 0)) for topic in Exercise.derives} == lengths
    assert second.tail_outputs_dropped == sum(lengths.values())


def test_two_that_claim_at_once_end_with_one_owner(broker):
    class Slow:
        """The log of an owner whose claim is on its way while another's lands."""

        def __init__(self, inner, meanwhile):
            self._inner, self._meanwhile = inner, meanwhile

        def __getattr__(self, name):
            return getattr(self._inner, name)

        async def append_changelog(self, entries, timestamp_ms):
            meanwhile, self._meanwhile = self._meanwhile, None
            if meanwhile is not None:
                meanwhile()
            return await self._inner.append_changelog(entries, timestamp_ms)

    quick = owner_on(broker)

    def cut_in():
        run(quick.recover())
        committed(quick, [asked("add")])

    slow = owner_on(broker)
    slow._log = Slow(slow._log, cut_in)
    run(slow.recover())

    assert slow.committed.epoch > quick.committed.epoch
    assert slow.committed.next == 1
    with pytest.raises(FencedError):
        committed(quick, [asked("add")])
    committed(slow, [asked("add")])


def test_a_changelog_that_lost_records_makes_the_owner_start_over(broker):
    owner = owner_on(broker)
    run(owner.recover())
    committed(owner, [asked("add")])
    place = broker.partition(CHANGELOG, 0)
    place.end -= 2
    place._records = place._records[:-2]

    with pytest.raises(AppendFailedError, match="records were lost"):
        run(owner.look())


def test_a_changelog_made_anew_is_not_mixed_with_the_old_store(broker):
    store = MemoryStore()
    owner = owner_on(broker, store)
    run(owner.recover())
    committed(owner, [asked("add", "old")] * 3)
    fresh = broker_for(Exercise())

    table, marker = recovered_table(fresh, store)

    assert (table, marker.next) == ({}, 0)


def test_a_long_changelog_is_read_with_a_look_ahead(broker, monkeypatch):
    owner = owner_on(broker)
    run(owner.recover())
    for n in range(30):
        committed(owner, [asked("add", f"k{n % 9}")])
    place = broker.partition(CHANGELOG, 0)
    place.compact(place.batches[-5])
    monkeypatch.setattr(commit, "LOOK_AHEAD_RECORDS", 10)

    table, marker = recovered_table(broker)

    assert table == table_of(owner._store, 0)
    assert marker.next == 30


def test_a_horizon_taken_from_a_zombie_is_noticed_and_the_fold_begun_again(broker, monkeypatch):
    zombie = owner_on(broker)
    run(zombie.recover())
    committed(zombie, [asked("add", f"k{n}") for n in range(5)])
    owner = owner_on(broker, batch_bytes_max=60)
    run(owner.recover())
    committed(owner, [asked("add", "k1")])
    table = table_of(owner._store, 0)
    torn = stepped(owner, log_of(asked("add", "k1"), asked("add", "k2"), start=6))
    run(owner._log.append_changelog(owner._batches(torn.entries, torn.marker)[0], 0))
    with pytest.raises(FencedError):
        committed(zombie, [asked("add", f"k{n}") for n in range(9)])
    monkeypatch.setattr(commit, "LOOK_AHEAD_RECORDS", 5)

    found, marker = recovered_table(broker)

    assert marker.next == 6
    assert found == table


def test_a_record_of_somebody_else_in_the_changelog_stops_the_start(broker):
    broker.partition(CHANGELOG, 0).append([(b"Sx", b"hello", ())], 0)

    with pytest.raises(ChangelogCorruptError, match="Nobody but the workers"):
        run(owner_on(broker).recover())


def test_the_audit_agrees_with_what_owners_write(broker):
    values = [asked("add", "a"), asked("emit", amount=2), asked("arm", amount=9), b"noise"]
    say(broker, *values)
    owner = owner_on(broker, batch_bytes_max=100)
    run(owner.recover())
    committed(owner, values)

    (report,) = audit_memory(broker, Exercise())

    assert report.difference is None
    assert (report.markers_checked, report.next, report.log_end) == (1, 4, 4)
