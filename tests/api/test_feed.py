"""The change feed: only what is committed, in order, with no hole and nothing twice."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from streams.api.errors import CursorError, FeedClosedError, UnavailableError
from streams.api.feed import (
    Change,
    ChangelogFeed,
    CommitGate,
    Cursor,
    FeedLimits,
    Gap,
    Subscription,
)
from streams.runtime import ledger
from streams.runtime.ledger import Marker
from streams.settings import Kafka
from streams.topics import changelog_of, changelog_plan
from tests.api.changelog import Entry, Writer, entries_of, turn_rows, writing
from tests.api.support import until
from tests.support.kafka import create_topics, delete_topics

PARTITIONS = 2


# The gate: what is committed


class Log:
    """A changelog partition being written, entry by entry."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def rows(
        self, names: Sequence[str], epoch: int, reached: int, *, are_removed: bool = False
    ) -> None:
        rows = {
            ledger.row_key("turn", name.encode()): None if are_removed else name.encode()
            for name in names
        }
        for key, value, headers in entries_of(rows, epoch, reached):
            self.entries.append(Entry(len(self.entries), key, value, headers))

    def marker(self, epoch: int, reached: int) -> None:
        marker = ledger.encode_marker(Marker(epoch=epoch, next=reached))
        self.entries.append(Entry(len(self.entries), ledger.MARKER_KEY, marker))

    def claim(self, epoch: int) -> None:
        self.entries.append(Entry(len(self.entries), ledger.CLAIM_KEY, ledger.stamp(epoch, 0)))

    def through(self, gate: CommitGate, start: int = 0) -> list[str]:
        return [
            ("" if change.value is not None else "-") + change.key.decode()
            for entry in self.entries[start:]
            for change in gate.take(entry)
        ]


def test_rows_count_once_their_marker_is_read():
    log, gate = Log(), CommitGate(0, 0)
    log.rows(["a", "b"], epoch=1, reached=5)
    assert log.through(gate) == []
    assert gate.boundary == 0
    log.marker(epoch=1, reached=5)
    assert log.through(gate, start=2) == ["a", "b"]
    assert gate.boundary == 3


def test_a_torn_batch_does_not_count_and_its_new_owner_undoes_it():
    log = Log()
    log.rows(["a"], epoch=1, reached=5)
    log.marker(epoch=1, reached=5)
    log.rows(["torn", "a"], epoch=1, reached=9)
    log.claim(epoch=2)
    log.rows(["torn"], epoch=2, reached=5, are_removed=True)
    log.rows(["a"], epoch=2, reached=5)
    log.marker(epoch=2, reached=5)
    log.rows(["b"], epoch=2, reached=9)
    log.marker(epoch=2, reached=9)
    assert log.through(CommitGate(0, 0)) == ["a", "-torn", "a", "b"]


def test_the_last_part_of_a_split_batch_commits_all_parts():
    log, gate = Log(), CommitGate(0, 0)
    log.rows(["a"], epoch=1, reached=5)
    log.marker(epoch=1, reached=4)
    assert log.through(gate) == []
    assert gate.boundary == 0
    log.rows(["b"], epoch=1, reached=5)
    log.marker(epoch=1, reached=5)
    assert log.through(gate, start=2) == ["a", "b"]
    assert gate.boundary == 4


def test_a_deposed_owners_late_batch_does_not_count():
    log = Log()
    log.rows(["a"], epoch=1, reached=5)
    log.marker(epoch=1, reached=5)
    log.claim(epoch=2)
    log.rows(["zombie"], epoch=1, reached=9)
    log.marker(epoch=1, reached=9)
    log.rows(["b"], epoch=2, reached=6)
    log.marker(epoch=2, reached=6)
    assert log.through(CommitGate(0, 0)) == ["a", "b"]
    # Also for a reader that starts after the claim: its cursor knows the epoch.
    assert log.through(CommitGate(0, 3, epoch=2), start=3) == ["b"]


def test_after_compaction_a_later_marker_commits():
    log = Log()
    log.rows(["a"], epoch=1, reached=5)
    log.rows(["b"], epoch=1, reached=6)
    log.marker(epoch=1, reached=9)
    assert log.through(CommitGate(0, 0)) == ["a", "b"]


def test_a_removal_is_a_change_without_a_value():
    gate = CommitGate(0, 0)
    (entry,) = entries_of({ledger.row_key("turn", b"a"): None}, 1, 5)
    gate.take(Entry(0, *entry))
    (change,) = gate.take(Entry(1, ledger.MARKER_KEY, ledger.encode_marker(Marker(1, 5))))
    assert (change.table, change.key, change.value, change.next) == ("turn", b"a", None, 5)


def test_states_timers_and_foreign_entries_are_no_changes():
    gate = CommitGate(0, 0)
    stamp = ledger.stamp(1, 5)
    gate.take(Entry(0, ledger.state_key(b"a"), stamp + b"state"))
    gate.take(Entry(1, ledger.timer_key(b"a", "x"), stamp + b"12345678"))
    gate.take(Entry(2, b"Vturn\0a", b"no stamp"))
    gate.take(Entry(3, None, b"no key"))
    gate.take(Entry(4, b"Vturn\0a", None))
    assert gate.take(Entry(5, ledger.MARKER_KEY, ledger.encode_marker(Marker(1, 5)))) == []
    assert (gate.foreign, gate.boundary) == (3, 6)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_reader_that_stops_anywhere_and_resumes_from_its_cursor_gets_every_change_once(data: Any):
    log, reached, epoch = Log(), 0, 1
    for number in range(data.draw(st.integers(1, 12))):
        names = [f"{number}.{n}" for n in range(data.draw(st.integers(0, 3)))]
        match data.draw(st.sampled_from(["commit", "commit", "torn", "claim", "zombie"])):
            case "commit":
                reached += 1
                log.rows(names, epoch, reached)
                log.marker(epoch, reached)
            case "torn":
                log.rows(names, epoch, reached + 5)
                epoch += 1
                log.claim(epoch)
                log.rows(names, epoch, reached, are_removed=True)
                log.marker(epoch, reached)
            case "claim":
                epoch += 1
                log.claim(epoch)
            case _:
                log.rows(names, max(0, epoch - 1), reached + 9)
                log.marker(max(0, epoch - 1), reached + 9)
    everything = log.through(CommitGate(0, 0))
    # Read until some change, keep its cursor, and start anew from there.
    stop = data.draw(st.integers(0, len(everything)))
    found: list[str] = []
    at, known = 0, 0
    gate = CommitGate(0, 0)
    for entry in log.entries:
        for change in gate.take(entry):
            if len(found) < stop:
                found.append(("" if change.value is not None else "-") + change.key.decode())
                at, known = change.offset + 1, change.epoch
    found += log.through(CommitGate(0, at, known), start=at)
    assert found == everything


def test_a_cursor_survives_its_word_and_nonsense_is_refused():
    cursor = Cursor({0: (17, 2), 3: (1 << 40, 900)}, 1_767_258_000)
    word = cursor.encode()
    assert Cursor.decode(word) == cursor
    assert set(word) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    for wrong in ("", "x", "AAAA", word[:-3], word + "!", "é"):
        with pytest.raises(CursorError):
            Cursor.decode(wrong)


# The feed over Kafka


class Run:
    """A changelog of its own, its writer, and feeds over it."""

    def __init__(self, kafka: Kafka, processor: str, writer: Writer) -> None:
        self.kafka, self.processor, self.writer = kafka, processor, writer
        self.feeds: list[ChangelogFeed] = []
        self._numbers: dict[int, int] = {}

    def feed(self, **limits: Any) -> ChangelogFeed:
        feed = ChangelogFeed(
            self.kafka,
            self.processor,
            PARTITIONS,
            limits=FeedLimits(**({"recent_s": 0.0} | limits)),
        )
        self.feeds.append(feed)
        return feed

    async def write(self, count: int, partition: int = 0) -> list[str]:
        """Commit rows, one batch each; return what readers get of them."""
        names = []
        for _ in range(count):
            number = self._numbers[partition] = self._numbers.get(partition, 0) + 1
            await self.writer.commit(partition, turn_rows(f"c-{partition}", number))
            names.append(f"turn {number} of c-{partition}")
        return names


@pytest.fixture
async def run(kafka_settings: Kafka, fresh_prefix: str) -> Any:
    processor = f"{fresh_prefix}conversation"
    plan = changelog_plan(processor, changelog_of(processor))
    await asyncio.to_thread(create_topics, kafka_settings, [plan], PARTITIONS)
    async with writing(kafka_settings, processor) as writer:
        made = Run(kafka_settings, processor, writer)
        yield made
        for feed in made.feeds:
            await feed.close()
    await asyncio.to_thread(delete_topics, kafka_settings, [plan.name])


async def take(
    subscription: Subscription, count: int, timeout_s: float = 10.0
) -> list[Change | Gap]:
    found: list[Change | Gap] = []
    async with asyncio.timeout(timeout_s):
        while len(found) < count:
            item = await subscription.next(1.0)
            if item is not None:
                found.append(item)
    return found


def told(found: Sequence[Change | Gap]) -> list[str]:
    return [
        f"gap: {item.reason}" if isinstance(item, Gap) else (item.value or b"").decode()
        for item in found
    ]


async def nothing_more(subscription: Subscription) -> bool:
    return await subscription.next(0.3) is None


@pytest.mark.kafka
async def test_a_reader_gets_every_change_committed_after_it_came_in_order(run: Run):
    await run.write(3)
    async with run.feed().subscribe() as reader:
        names = await run.write(5)
        assert told(await take(reader, 5)) == names
        assert await nothing_more(reader)


@pytest.mark.kafka
async def test_torn_and_deposed_rows_never_reach_a_reader(run: Run):
    async with run.feed().subscribe() as reader:
        first = await run.write(1)
        torn = turn_rows("torn", 1)
        await run.writer.commit(0, torn, is_torn=True)
        await run.writer.claim(0)
        await run.writer.commit(0, dict.fromkeys(torn))
        second = await run.write(1)
        run.writer.epoch -= 1
        await run.writer.commit(0, turn_rows("zombie", 1))
        run.writer.epoch += 1
        third = await run.write(1)
        assert told(await take(reader, 4)) == [*first, "", *second, *third]


@pytest.mark.kafka
async def test_a_reader_resumes_from_any_cursor_without_a_hole_or_a_repeat(run: Run):
    feed = run.feed()
    async with feed.subscribe() as reader:
        names = await run.write(6, 0) + await run.write(6, 1)
        cursors = [reader.cursor()]
        found = []
        for _ in names:
            found += told(await take(reader, 1))
            cursors.append(reader.cursor())
        assert sorted(found) == sorted(names)
    # While nobody reads, more is committed; and more while the resuming reader catches up.
    missed = await run.write(4, 0)
    for known, cursor in enumerate(cursors):
        async with feed.subscribe(Cursor.decode(cursor.encode())) as reader:
            late = await run.write(2, 1)
            rest = told(await take(reader, len(names) - known + len(missed) + len(late)))
            assert len(set(rest)) == len(rest)
            assert set(rest) == (set(names) - set(found[:known])) | set(missed) | set(late)
            for partition in ("c-0", "c-1"):
                own = [name for name in rest if name.endswith(partition)]
                assert own == sorted(own, key=lambda name: int(name.split()[1]))
            assert await nothing_more(reader)
        missed += late


@pytest.mark.kafka
async def test_a_reader_resumes_over_a_feed_that_has_stopped_in_between(run: Run):
    feed = run.feed(linger_s=0.0)
    async with feed.subscribe() as reader:
        await run.write(3)
        await take(reader, 2)
        cursor = reader.cursor()
    await until(lambda: feed.positions() == {})
    late = await run.write(3)
    async with feed.subscribe(cursor) as reader:
        assert told(await take(reader, 4)) == ["turn 3 of c-0", *late]


@pytest.mark.kafka
async def test_a_cursor_of_another_worker_that_is_ahead_of_this_feed_gets_nothing_twice(run: Run):
    feed = run.feed()
    async with feed.subscribe():
        await run.write(1)
        # This feed still waits for a marker that the other worker's feed has seen.
        end = await run.writer.commit(0, turn_rows("early", 7), is_torn=True)
        ahead = Cursor({0: (end, 1), 1: (0, 0)}, int(time.time()))
        async with feed.subscribe(ahead) as reader:
            await run.writer.commit(0, turn_rows("late", 8))
            names = await run.write(2)
            assert told(await take(reader, 3)) == ["turn 8 of late", *names]
            assert await nothing_more(reader)


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("positions", "age_s", "reason"),
    [
        ({0: (10_000, 1), 1: (0, 1)}, 0, "no longer holds"),
        ({0: (1, 1)}, 0, "number of partitions"),
        ({0: (1, 1), 1: (0, 0)}, 100_000, "too old"),
        ({0: (0, 0), 1: (0, 0)}, 0, "too much has happened"),
    ],
)
async def test_a_cursor_that_cannot_be_resumed_gets_a_gap_and_then_what_is_new(
    run: Run, positions: dict[int, tuple[int, int]], age_s: int, reason: str
):
    await run.write(20)
    issued_at_s = int(time.time()) - age_s
    async with run.feed(behind_entries_max=10).subscribe(Cursor(positions, issued_at_s)) as reader:
        (gap,) = await take(reader, 1)
        assert isinstance(gap, Gap)
        assert reason in gap.reason
        names = await run.write(2)
        assert told(await take(reader, 2)) == names
        assert await nothing_more(reader)


@pytest.mark.kafka
async def test_a_slow_reader_gets_a_gap_and_holds_nobody_back(run: Run):
    feed = run.feed(window_changes=8)
    async with feed.subscribe() as slow, feed.subscribe() as quick:
        for _ in range(10):
            names = await run.write(3)
            assert told(await take(quick, 3)) == names
        (gap,) = await take(slow, 1)
        assert gap == Gap("this reader is too slow")
        names = await run.write(2)
        assert told(await take(slow, 2)) == names


@pytest.mark.kafka
async def test_a_reader_without_a_cursor_first_gets_the_last_moments(run: Run):
    feed = run.feed(recent_s=60.0)
    async with feed.subscribe() as first:
        names = await run.write(3)
        await take(first, 3)
        # A row read over HTTP may be older than what the feed has seen already.
        async with feed.subscribe() as second:
            assert told(await take(second, 3)) == names
            async with feed.subscribe(second.cursor()) as third:
                assert await nothing_more(third)


@pytest.mark.kafka
async def test_a_big_batch_whose_marker_is_still_to_come_is_not_missed(run: Run):
    feed = run.feed()
    await run.write(1)
    await run.writer.commit(0, turn_rows("early", 7), is_torn=True)
    async with feed.subscribe() as reader:
        # The marker comes with the last part.
        await run.writer.commit(0, turn_rows("late", 8))
        found = told(await take(reader, 2))
    assert found == ["turn 7 of early", "turn 8 of late"]


@pytest.mark.kafka
async def test_the_feed_stops_after_its_last_reader_and_starts_again(run: Run):
    feed = run.feed(linger_s=0.05)
    for _ in range(3):
        async with feed.subscribe() as reader:
            assert feed.readers == 1
            names = await run.write(1)
            assert told(await take(reader, 1)) == names
        assert feed.readers == 0
        await until(lambda: feed.positions() == {})


@pytest.mark.kafka
async def test_closing_ends_every_reader_at_once(run: Run):
    feed = run.feed()
    async with feed.subscribe() as reader:
        waiting = asyncio.create_task(reader.next(30.0))
        await asyncio.sleep(0)
        await feed.close()
        with pytest.raises(FeedClosedError):
            await asyncio.wait_for(waiting, 2)
    with pytest.raises(FeedClosedError):
        async with feed.subscribe():
            pass


@pytest.mark.kafka
# Kafka's clients forget to close the sockets of connections that were refused.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
async def test_a_reader_stays_through_a_broker_that_goes_and_comes_back(own_kafka: Any):
    broker = own_kafka()
    processor = "conversation"
    await asyncio.to_thread(
        create_topics, broker.kafka, [changelog_plan(processor, changelog_of(processor))], 2
    )
    feed = ChangelogFeed(broker.kafka, processor, 2, limits=FeedLimits(recent_s=0.0))
    async with feed.subscribe() as reader:
        async with writing(broker.kafka, processor) as writer:
            await writer.commit(0, turn_rows("c", 1))
            assert told(await take(reader, 1)) == ["turn 1 of c"]
            reached = writer.next
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.start)
        async with writing(broker.kafka, processor) as writer:
            writer.next = reached
            await writer.commit(0, turn_rows("c", 2))
        assert told(await take(reader, 1, 30.0)) == ["turn 2 of c"]
        await feed.close()
    # Here, and not while another test runs.
    gc.collect()


async def test_without_kafka_a_reader_is_told_to_come_back():
    feed = ChangelogFeed(
        Kafka(bootstrap_servers="127.0.0.1:9"),
        "conversation",
        PARTITIONS,
        limits=FeedLimits(start_timeout_s=0.3),
    )
    with pytest.raises(UnavailableError, match="Live changes cannot be read yet"):
        async with feed.subscribe():
            pass
    await feed.close()
