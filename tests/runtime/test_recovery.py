"""Recovery by position: empty, trimmed, compacted and torn changelogs, zombies, stale stores."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from streams.broker.memory import MemoryPartition
from streams.replay.driver import table_of
from streams.runtime import ledger
from streams.runtime.errors import ChangelogCorruptError
from streams.runtime.ledger import CLAIM_KEY, MARKER_KEY, Marker
from streams.runtime.recovery import Recovery
from streams.stores.memory import MemoryStore

STAMP = ledger.STAMP_HEADER


class Changelog:
    """Writes a changelog the way owners do, batch by batch."""

    def __init__(self):
        self.partition = MemoryPartition()

    def claim(self, epoch):
        self.partition.append([(CLAIM_KEY, ledger.stamp(epoch, 0), ())], 0)
        return self

    def part(self, epoch, reached, **values):
        """A batch without a marker."""
        stamp = ledger.stamp(epoch, reached)
        self.partition.append(
            [
                (b"S" + key.encode(), None, ((STAMP, stamp),))
                if value is None
                else (b"S" + key.encode(), stamp + value.encode(), ())
                for key, value in values.items()
            ],
            0,
        )
        return self

    def batch(self, epoch, reached, **values):
        marker = ledger.encode_marker(Marker(epoch=epoch, next=reached))
        before = len(self.partition)
        self.part(epoch, reached, **values)
        self.partition.append([(MARKER_KEY, marker, ())], 0)
        if len(self.partition) > before + 1:
            self.partition.batches.pop()  # one record batch
        return self

    def compacted(self, before=None):
        self.partition.compact(self.partition.end if before is None else before)
        return self


def recovered(changelog, store=None, *, horizon=None, size=1_000):
    store = store or MemoryStore()
    recovery = Recovery(store, "log", 0, horizon=horizon)
    entries = changelog.partition.read(recovery.position)
    for start in range(0, len(entries), size):
        recovery.feed(entries[start : start + size])
    return recovery, {key[1:].decode(): value.decode() for key, value in table_of(store, 0).items()}


def test_an_empty_changelog_is_a_beginning():
    recovery, table = recovered(Changelog())

    assert (recovery.marker, recovery.epoch, recovery.rewrite, table) == (None, 0, set(), {})


def test_a_claim_alone_is_a_beginning_with_an_epoch():
    recovery, _ = recovered(Changelog().claim(4))

    assert (recovery.marker, recovery.epoch) == (None, 4)


def test_state_and_position_are_those_of_the_last_marker():
    changelog = Changelog().claim(1).batch(1, 3, a="1", b="1").batch(1, 5, a="2", b=None)

    recovery, table = recovered(changelog)

    assert table == {"a": "2"}
    assert recovery.marker.next == 5


def test_a_trimmed_changelog_gives_what_is_left():
    changelog = Changelog().claim(1).batch(1, 3, a="1").batch(1, 5, b="2")
    changelog.partition.trim(3)

    recovery, table = recovered(changelog)

    assert table == {"b": "2"}
    assert recovery.marker.next == 5


def test_a_compacted_changelog_gives_the_same_table():
    changelog = Changelog().claim(1)
    for n in range(1, 20):
        changelog.batch(1, n, **{f"k{n % 5}": str(n)})
    before = recovered(changelog)[1]

    assert recovered(changelog.compacted())[1] == before
    assert len(changelog.partition) == 7


def test_a_group_without_marker_does_not_count_and_is_to_be_written_again():
    changelog = Changelog().claim(1).batch(1, 3, a="1").part(1, 6, a="torn", b="torn")

    recovery, table = recovered(changelog)

    assert table == {"a": "1"}
    assert recovery.rewrite == {b"Sa", b"Sb"}
    assert recovery.torn == 2
    assert recovery.settled == 3


def test_the_rest_of_a_split_batch_may_come_late_and_then_counts_whole():
    changelog = Changelog().claim(1).batch(1, 3, a="1").part(1, 6, a="2")
    store = MemoryStore()
    recovery, _ = recovered(changelog, store)
    assert recovery.rewrite == {b"Sa"}

    end = changelog.partition.end
    changelog.batch(1, 6, b="2")
    recovery.feed(changelog.partition.read(end))

    assert recovery.rewrite == set()
    assert recovery.marker.next == 6
    assert store.get(0, b"Sa") == b"2"


def test_a_zombies_batch_after_a_claim_does_not_count_and_its_keys_are_written_again():
    changelog = Changelog().claim(1).batch(1, 3, a="1").claim(2).batch(2, 4, b="2")
    changelog.batch(1, 9, a="zombie", c="zombie")

    recovery, table = recovered(changelog)

    assert table == {"a": "1", "b": "2"}
    assert recovery.rewrite == {b"Sa", b"Sc", MARKER_KEY}
    assert (recovery.marker.next, recovery.ignored) == (4, 3)


def test_what_the_owner_wrote_after_a_zombie_needs_no_writing_again():
    changelog = Changelog().claim(1).batch(1, 3, a="1").claim(2).batch(1, 4, a="z")
    changelog.batch(2, 5, a="2")

    recovery, table = recovered(changelog)

    assert (table, recovery.rewrite) == ({"a": "2"}, set())


def test_an_owners_entry_older_than_the_zombies_does_not_make_it_harmless():
    # The owner's own batch is split, and the zombie's comes between the parts.
    changelog = Changelog().claim(1).batch(1, 3, a="1").claim(2).part(2, 5, a="2")
    changelog.batch(1, 4, a="z").batch(2, 5, b="2")

    recovery, table = recovered(changelog)

    assert table == {"a": "2", "b": "2"}
    assert recovery.rewrite == {b"Sa"}, "compaction would keep the zombie's"


def test_a_store_stays_before_what_is_still_to_be_written_again():
    changelog = Changelog().claim(1).batch(1, 3, a="1").claim(2).batch(1, 4, a="z")
    changelog.batch(2, 6, b="2")
    store = MemoryStore()
    recovered(changelog, store)
    assert store.position(0) == 4, "a crash now must find the zombie's entry again"

    again, table = recovered(changelog, store)

    assert table == {"a": "1", "b": "2"}
    assert again.rewrite >= {b"Sa"}


def test_a_recovery_killed_amid_a_compacted_changelog_loses_nothing():
    # The marker of the first batch is compacted away; its entry waits for the next one, and a claim
    # comes before that. Seed 4332 of the simulator.
    changelog = Changelog().claim(1).batch(1, 3, a="1").batch(1, 4, b="1").claim(2)
    changelog.batch(2, 6, c="2").compacted()
    store = MemoryStore()
    dying = Recovery(store, "log", 0)
    for entry in changelog.partition.read():
        if entry.key == MARKER_KEY:
            break
        dying.feed([entry])

    recovery, table = recovered(changelog, store)

    assert table == {"a": "1", "b": "1", "c": "2"}
    assert recovery.rewrite == set()


def test_a_zombies_marker_is_overruled_when_its_owners_claim_is_compacted_away():
    changelog = Changelog().claim(1).batch(1, 3, a="1").claim(2).batch(1, 9, a="z")
    bound = changelog.partition.end
    changelog.claim(3).batch(3, 3, a="1")
    changelog.compacted(bound + 1)

    recovery, table = recovered(changelog)

    assert (table, recovery.marker.next) == ({"a": "1"}, 3)


def test_a_store_older_than_the_changelogs_beginning_starts_from_its_rows():
    changelog = Changelog().claim(1).batch(1, 3, a="1")
    store = MemoryStore()
    recovered(changelog, store)
    changelog.batch(1, 5, b="2").batch(1, 7, b="3")
    changelog.partition.trim(5)

    recovery, table = recovered(changelog, store)

    assert table == {"a": "1", "b": "3"}
    assert recovery.marker.next == 7


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        (b"Sa", b"no stamp here at all", ()),
        (b"Sa", b"", ()),
        (None, ledger.stamp(1, 1) + b"x", ()),
        (b"Sa", None, ()),
        (MARKER_KEY, None, ((STAMP, ledger.stamp(1, 1)),)),
    ],
    ids=["strange value", "empty value", "no key", "removal without stamp", "marker removed"],
)
def test_what_no_worker_wrote_stops_recovery_with_a_sentence(key, value, headers):
    partition = MemoryPartition()
    partition.append([(CLAIM_KEY, ledger.stamp(1, 0), ())], 0)
    partition.append([(key, value, headers)], 0)
    recovery = Recovery(MemoryStore(), "cuestream-exercise-changelog", 0)

    with pytest.raises(ChangelogCorruptError) as fault:
        recovery.feed(partition.read())

    assert str(fault.value).startswith("cuestream-exercise-changelog[0]@1: ")
    assert fault.value.offset == 1


def test_an_owners_marker_never_goes_back():
    changelog = Changelog().claim(1).batch(1, 5, a="1").batch(1, 3, a="0")

    with pytest.raises(ChangelogCorruptError, match="goes back from 5 to 3"):
        recovered(changelog)


values = st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), st.text("xyz")), max_size=3)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.booleans(), values), max_size=25),
    st.integers(1, 6),
    st.integers(0, 40),
)
@settings(max_examples=80, deadline=None)
def test_neither_read_size_nor_look_ahead_nor_compaction_changes_the_table(batches, size, bound):
    changelog, reached, epoch = Changelog().claim(1), 0, 1
    for records, claims, written in batches:
        if claims:
            epoch += 1
            changelog.claim(epoch)
        reached += records
        changelog.batch(epoch, reached, **written)
    _, table = recovered(changelog)

    assert recovered(changelog, size=size)[1] == table
    ahead, seen = recovered(changelog, horizon=reached, size=size)
    assert seen == table
    assert not ahead.horizon_was_too_high
    starts = [0, *changelog.partition.batches]
    changelog.compacted(starts[bound % len(starts)])
    assert recovered(changelog, size=size)[1] == table
    assert recovered(changelog, horizon=reached)[1] == table
