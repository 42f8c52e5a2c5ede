"""The change feed: every committed row change of a processor, in order, from its changelog.

What holds:

- A row counts once a marker that reaches it was read; rows of torn batches and of deposed owners
  never appear. The rule is the one recovery folds by.
- One consumer without a group serves all readers. It starts with the first and stops some time
  after the last.
- A reader resumes from a cursor, a changelog position per partition: it gets what was committed
  since, then joins the others, with no change left out and none twice. Where that cannot be had
  (the cursor is ahead of the log, too old or too far behind, or the reader too slow) it gets a
  `Gap` and must fetch everything anew.
- Readers never hold back each other or the feed: they read a shared window, and who falls out of it
  gets a `Gap`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from streams.api.errors import CursorError, FeedClosedError, UnavailableError
from streams.api.rows import decode_cursor, encode_cursor
from streams.runtime import ledger
from streams.settings import Kafka
from streams.telemetry.logs import logger
from streams.topics import changelog_of

_log = logger(__name__)
_CURSOR_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLimits:
    """How much the feed keeps and how long it waits.

    Attributes:
        window_changes: Changes kept for readers; who falls further behind gets a gap.
        behind_entries_max: Most changelog entries a resuming reader is brought up over.
        lag_entries_max: Most entries the feed itself may lag; beyond, everybody gets a gap.
        recent_s: A reader without a cursor first gets the changes of this long, so that a row read
            just before its worker had applied them is brought up to date.
        linger_s: How long the consumer stays after the last reader has left.
        prime_entries: How far before the end the consumer starts, to learn epochs and boundaries.
        start_timeout_s: Longest wait for the consumer to stand at the end of the log.
        cursor_age_s_max: Oldest cursor that is resumed: far below the time removals are kept.
        fetch_wait_ms: Longest wait of a fetch at the broker.
    """

    window_changes: int = 20_000
    behind_entries_max: int = 50_000
    lag_entries_max: int = 200_000
    recent_s: float = 3.0
    linger_s: float = 30.0
    prime_entries: int = 10_000
    start_timeout_s: float = 10.0
    cursor_age_s_max: int = 86_400
    fetch_wait_ms: int = 250


class Change(msgspec.Struct, gc=False):
    """One committed row change.

    Attributes:
        partition: Partition of changelog and log.
        offset: Where the entry stands in the changelog.
        epoch: Epoch of the owner that wrote it.
        next: Log offset up to which this change counts.
        table: View.
        key: Row key.
        value: The new row; None when it was removed.
        read_at_s: When the feed read it, on the event loop's clock.
        note: What the feed's `annotate` left for readers.
    """

    partition: int
    offset: int
    epoch: int
    next: int
    table: str
    key: bytes
    value: bytes | None
    read_at_s: float = 0.0
    note: Any = None


class Gap(msgspec.Struct, frozen=True):
    """Changes were left out: fetch everything anew, then go on."""

    reason: str


class Cursor(msgspec.Struct, frozen=True):
    """Where a reader stands: changelog position and epoch per partition.

    Attributes:
        positions: Partition to the offset read next and the highest epoch seen.
        issued_at_s: When it was given out, seconds since the Unix epoch.
    """

    positions: dict[int, tuple[int, int]]
    issued_at_s: int

    def encode(self) -> str:
        """Return it as one URL-safe word."""
        flat = [(partition, *self.positions[partition]) for partition in sorted(self.positions)]
        return encode_cursor(_CURSOR_VERSION, self.issued_at_s, flat)

    @classmethod
    def decode(cls, word: str) -> Cursor:
        """Return the cursor behind a word.

        Raises:
            CursorError: It is none of ours.
        """
        version, issued_at_s, flat = decode_cursor(
            word, tuple[int, int, list[tuple[int, int, int]]]
        )
        if version != _CURSOR_VERSION:
            raise CursorError(because="it comes from another version of this API")
        return cls({partition: (offset, epoch) for partition, offset, epoch in flat}, issued_at_s)


class Entry(Protocol):
    """A changelog record, as any client hands it over."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class CommitGate:
    """Lets through what is committed, for one partition; pure.

    Attributes:
        boundary: Where a reader may start and miss nothing: all rows below are decided.
        epoch: Highest epoch seen.
        foreign: Entries that are none of ours, left out.
    """

    def __init__(self, partition: int, start: int, epoch: int = 0) -> None:
        self.partition, self.boundary, self.epoch = partition, start, epoch
        self.foreign = 0
        # By key, in the order of their offsets. A later entry of a key takes the place of one that
        # still waits: that is how a new owner undoes what was torn.
        self._waiting: dict[bytes, Change] = {}

    def take(self, entry: Entry) -> list[Change]:
        """Return the rows that this entry commits, in order: none unless it is a marker."""
        committed: list[Change] = []
        try:
            found = ledger.entry_stamp(entry.value, entry.headers)
        except ledger.StampError:
            found = None
        key = entry.key
        if found is None or not key:
            self.foreign += 1
        elif found[0] >= self.epoch:
            self.epoch, reached = found
            if key == ledger.MARKER_KEY:
                committed = [row for row in self._waiting.values() if row.next <= reached]
                for change in committed:
                    del self._waiting[ledger.row_key(change.table, change.key)]
            elif key.startswith(ledger.ROW):
                self._waiting.pop(key, None)
                self._waiting[key] = self._change(entry, key, self.epoch, reached)
        oldest = next(iter(self._waiting.values()), None)
        self.boundary = entry.offset + 1 if oldest is None else oldest.offset
        return committed

    def rewind(self) -> int:
        """Forget what waits for its marker; return the offset to read again from."""
        self._waiting.clear()
        return self.boundary

    def _change(self, entry: Entry, key: bytes, epoch: int, reached: int) -> Change:
        table, row_key = ledger.read_row_key(key)
        value = None if entry.value is None else entry.value[ledger.STAMP_BYTES :]
        return Change(self.partition, entry.offset, epoch, reached, table, row_key, value)


Annotate = Callable[[Sequence[Change]], None]


class ChangelogFeed:
    """The feed of one processor; `async with feed.subscribe(...)` reads it."""

    def __init__(
        self,
        kafka: Kafka,
        processor: str,
        partitions: int,
        *,
        limits: FeedLimits | None = None,
        annotate: Annotate | None = None,
    ) -> None:
        """Describe the feed; nothing is read before the first reader.

        Args:
            kafka: How to reach Kafka.
            processor: Whose changelog.
            partitions: How many partitions it has.
            limits: Bounds and waits.
            annotate: Called with the changes of each committed batch before anybody reads them.
                `on_gap`, an attribute, is called whenever it may have missed some.
        """
        self.limits = limits or FeedLimits()
        self.annotate: Annotate = annotate or (lambda _: None)
        self.on_gap: Callable[[], None] = lambda: None
        self._kafka = kafka
        self._topic = changelog_of(processor)
        self._partitions = [TopicPartition(self._topic, n) for n in range(partitions)]
        self._gates: dict[int, CommitGate] = {}
        self._window: list[Change] = []
        self._base = 0
        self._gap_at = 0
        self.gaps = 0
        self.gap_reason = ""
        self._owed_gap = ""
        self._news = asyncio.Event()
        self._primed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._stop_at: asyncio.TimerHandle | None = None
        self._readers = 0
        self._because = "the changelog has not been read yet"
        self._catching_up = asyncio.Semaphore(4)
        self.is_closed = False

    @property
    def readers(self) -> int:
        """How many read the feed now."""
        return self._readers

    @contextlib.asynccontextmanager
    async def subscribe(self, cursor: Cursor | None = None) -> AsyncIterator[Subscription]:
        """Read the feed from `cursor`, or from now.

        Raises:
            UnavailableError: The changelog cannot be read just now.
            FeedClosedError: The worker is stopping.
        """
        self._enter()
        try:
            try:
                await asyncio.wait_for(self._primed.wait(), self.limits.start_timeout_s)
            except TimeoutError:
                raise UnavailableError(
                    f"Live changes cannot be read yet: {self._because}.", retry_after_s=2
                ) from None
            subscription = self._join(cursor)
            try:
                yield subscription
            finally:
                await subscription.close()
        finally:
            self._leave()

    async def close(self) -> None:
        """End every reader and let go of Kafka."""
        self.is_closed = True
        self._primed.set()
        self._wake()
        if self._stop_at is not None:
            self._stop_at.cancel()
        for task in (self._task, self._leaving):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])

    # Readers

    def _enter(self) -> None:
        if self.is_closed:
            raise FeedClosedError("the worker is stopping")
        self._readers += 1
        if self._stop_at is not None:
            self._stop_at.cancel()
            self._stop_at = None
        if self._task is None or self._task.done():
            self.on_gap()
            self._task = asyncio.create_task(
                self._run(self._leaving), name=f"feed of {self._topic}"
            )

    def _leave(self) -> None:
        self._readers -= 1
        if self._readers == 0 and not self.is_closed:
            loop = asyncio.get_running_loop()
            self._stop_at = loop.call_later(self.limits.linger_s, self._stop_when_idle)

    def _stop_when_idle(self) -> None:
        if self._readers == 0 and self._task is not None:
            self._task.cancel()
            self._leaving, self._task = self._task, None
            self._primed.clear()
            self._gates = {}
            self._base = self._gap_at = self.end
            self._window = []

    def _join(self, cursor: Cursor | None) -> Subscription:
        if self.is_closed:
            raise FeedClosedError("the worker is stopping")
        if cursor is None:
            return Subscription(self, *self.recent())
        boundary = self.positions()
        subscription = Subscription(self, self.end, dict(boundary))
        reason = self._why_not(cursor, boundary)
        if reason is None:
            subscription.catch_up(cursor, boundary)
        else:
            subscription.restart(reason)
        return subscription

    def _why_not(self, cursor: Cursor, boundary: Mapping[int, tuple[int, int]]) -> str | None:
        """Return why a cursor cannot be resumed; None when it can."""
        if cursor.positions.keys() != boundary.keys():
            return "the number of partitions has changed"
        if time.time() - cursor.issued_at_s > self.limits.cursor_age_s_max:
            return "the cursor is too old"
        behind = sum(max(0, boundary[p][0] - at) for p, (at, _) in cursor.positions.items())
        if behind > self.limits.behind_entries_max:
            return "too much has happened since"
        return None

    # The shared window

    @property
    def base(self) -> int:
        """Number of the oldest change kept."""
        return self._base

    @property
    def end(self) -> int:
        """Number the next change will get."""
        return self._base + len(self._window)

    def at(self, number: int) -> Change:
        """Return a change that is kept."""
        return self._window[number - self._base]

    def positions(self) -> dict[int, tuple[int, int]]:
        """Return where a reader that has seen everything stands."""
        return {number: (gate.boundary, gate.epoch) for number, gate in self._gates.items()}

    def recent(self) -> tuple[int, dict[int, tuple[int, int]]]:
        """Return the number of the first recent change, and where its reader stands."""
        since_s = asyncio.get_running_loop().time() - self.limits.recent_s
        positions = self.positions()
        number = self.end
        for change in reversed(self._window):
            if change.read_at_s < since_s or number <= self._gap_at:
                break
            number -= 1
            positions[change.partition] = (change.offset, change.epoch)
        return number, positions

    async def wait(self, timeout_s: float) -> None:
        """Return when there is news, or after `timeout_s`.

        Raises:
            FeedClosedError: The feed has ended.
        """
        if self._task is None or self._task.done():
            raise FeedClosedError("the feed has ended; connect again with the last cursor")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), timeout_s)

    def _publish(self, changes: list[Change]) -> None:
        self.annotate(changes)
        now_s = asyncio.get_running_loop().time()
        for change in changes:
            change.read_at_s = now_s
        self._window += changes
        excess = len(self._window) - self.limits.window_changes
        if excess > self.limits.window_changes // 4:
            del self._window[:excess]
            self._base += excess
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
        if self.is_closed:
            self._news.set()

    def _break(self, reason: str) -> None:
        """Tell every reader that changes were left out."""
        self.on_gap()
        self._gap_at = self.end
        self.gaps += 1
        self.gap_reason = reason
        self._wake()

    # The consumer

    async def _run(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        delay_s = 0.25
        while True:
            try:
                await self._follow()
            except OffsetOutOfRangeError:
                self._gates = {}
                self._primed.clear()
                self._owed_gap = "the log was trimmed or made anew"
            except (KafkaError, OSError) as fault:
                self._because = f"Kafka cannot be read ({type(fault).__name__})"
                _log.warning("feed interrupted", topic=self._topic, because=str(fault))
                await asyncio.sleep(delay_s)
                delay_s = min(5.0, delay_s * 2)

    async def _follow(self) -> None:
        async with _consumer(self._kafka, self.limits) as consumer:
            consumer.assign(self._partitions)
            ends = await consumer.end_offsets(self._partitions)
            if not self._gates:
                begins = await consumer.beginning_offsets(self._partitions)
                back = self.limits.prime_entries
                for where in self._partitions:
                    start = max(begins[where], ends[where] - back)
                    self._gates[where.partition] = CommitGate(where.partition, start)
            for where in self._partitions:
                # After an interruption, what waited for its marker is read again.
                consumer.seek(where, self._gates[where.partition].rewind())
            await self._read(consumer, ends)

    async def _read(self, consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> None:
        behind = {where for where in self._partitions if ends[where] > 0}
        while True:
            for where in list(behind):
                if await consumer.position(where) >= ends[where]:
                    behind.discard(where)
            if not behind and not self._primed.is_set():
                self._primed.set()
                if self._owed_gap:
                    self._break(self._owed_gap)
                    self._owed_gap = ""
            batches = await consumer.getmany(timeout_ms=500, max_records=5_000)
            for where, records in batches.items():
                self._take(where.partition, records)
            if self._primed.is_set():
                await self._leap_if_far_behind(consumer)

    def _take(self, partition: int, records: Sequence[ConsumerRecord]) -> None:
        gate = self._gates[partition]
        committed: list[Change] = []
        for record in records:
            committed += gate.take(record)
        # Before it stands at the end the feed only learns; nobody reads yet.
        if committed and self._primed.is_set():
            self._publish(committed)

    async def _leap_if_far_behind(self, consumer: AIOKafkaConsumer) -> None:
        lag = 0
        for where in self._partitions:
            highwater = consumer.highwater(where)
            if highwater is not None:
                lag += highwater - await consumer.position(where)
        if lag > self.limits.lag_entries_max:
            ends = await consumer.end_offsets(self._partitions)
            for where in self._partitions:
                epoch = self._gates[where.partition].epoch
                start = max(await consumer.position(where), ends[where] - self.limits.prime_entries)
                self._gates[where.partition] = CommitGate(where.partition, start, epoch)
                consumer.seek(where, start)
            self._break("changes come faster than they can be sent")

    async def replay(
        self, cursor: Cursor, boundary: Mapping[int, tuple[int, int]]
    ) -> AsyncIterator[Change | Gap]:
        """Yield what was committed between a cursor and `boundary`, or a gap that says why not."""
        asked = {
            TopicPartition(self._topic, number): at
            for number, (at, _) in cursor.positions.items()
            if at != boundary[number][0]
        }
        if not asked:
            return
        async with self._catching_up, _consumer(self._kafka, self.limits) as consumer:
            begins = await consumer.beginning_offsets(list(asked))
            ends = await consumer.end_offsets(list(asked))
            if not all(begins[where] <= at <= ends[where] for where, at in asked.items()):
                yield Gap("the log no longer holds the cursor's position")
                return
            until = {
                where: boundary[where.partition][0]
                for where, at in asked.items()
                if at < boundary[where.partition][0]
            }
            consumer.assign(list(until))
            gates = {}
            for where in until:
                consumer.seek(where, asked[where])
                _, epoch = cursor.positions[where.partition]
                gates[where] = CommitGate(where.partition, asked[where], epoch)
            while until:
                batches = await consumer.getmany(timeout_ms=500, max_records=2_000)
                for where, records in batches.items():
                    end = until.get(where, 0)
                    for record in records:
                        if record.offset < end:
                            for change in gates[where].take(record):
                                yield change
                for where in list(until):
                    if await consumer.position(where) >= until[where]:
                        del until[where]
                        consumer.pause(where)


class Subscription:
    """One reader's place in the feed."""

    def __init__(
        self, feed: ChangelogFeed, number: int, positions: dict[int, tuple[int, int]]
    ) -> None:
        self._feed, self._number, self._positions = feed, number, positions
        self._floor: dict[int, int] = {}
        self._behind: AsyncIterator[Change | Gap] | None = None
        self._boundary: Mapping[int, tuple[int, int]] = {}
        self._reason: str | None = None
        self._gaps_seen = feed.gaps

    def cursor(self) -> Cursor:
        """Return where the reader stands after what it was given so far."""
        return Cursor(dict(self._positions), int(time.time()))

    def catch_up(self, cursor: Cursor, boundary: Mapping[int, tuple[int, int]]) -> None:
        """First give what was committed between `cursor` and `boundary`."""
        self._positions = dict(cursor.positions)
        self._floor = {number: at for number, (at, _) in cursor.positions.items()}
        self._behind, self._boundary = self._feed.replay(cursor, boundary), boundary

    def restart(self, reason: str) -> None:
        """Tell the reader next that it missed changes, and go on from now."""
        self._number, self._positions = self._feed.recent()
        self._floor, self._reason, self._gaps_seen = {}, reason, self._feed.gaps

    async def next(self, timeout_s: float) -> Change | Gap | None:
        """Return the next change or gap; None when there was none for `timeout_s`.

        A gap comes before the changes that follow it.

        Raises:
            FeedClosedError: The worker is stopping.
            aiokafka.errors.KafkaError: Catching up was interrupted; resume with the last cursor.
        """
        deadline_s = asyncio.get_running_loop().time() + timeout_s
        while True:
            found = await self._past() or self.ready()
            if found is not None:
                return found
            if self._feed.is_closed:
                raise FeedClosedError("the worker is stopping")
            left_s = deadline_s - asyncio.get_running_loop().time()
            if left_s <= 0:
                return None
            await self._feed.wait(left_s)

    def ready(self) -> Change | Gap | None:
        """Return the next change or gap if there is one now."""
        if self._behind is not None:
            return None
        if self._reason is not None:
            reason, self._reason = self._reason, None
            return Gap(reason)
        feed = self._feed
        if self._gaps_seen != feed.gaps:
            self.restart(feed.gap_reason)
            return self.ready()
        if self._number < feed.base:
            self.restart("this reader is too slow")
            return self.ready()
        while self._number < feed.end:
            change = feed.at(self._number)
            self._number += 1
            if change.offset >= self._floor.get(change.partition, 0):
                self._positions[change.partition] = (change.offset + 1, change.epoch)
                return change
        return None

    async def _past(self) -> Change | Gap | None:
        if self._behind is None:
            return None
        found = await anext(self._behind, None)
        if found is None:
            self._behind = None
            for number, (at, epoch) in self._boundary.items():
                if at > self._positions[number][0]:
                    self._positions[number] = (at, epoch)
        elif isinstance(found, Gap):
            await self.close()
            self.restart(found.reason)
            self._reason = None
        else:
            self._positions[found.partition] = (found.offset + 1, found.epoch)
        return found

    async def close(self) -> None:
        """Let go of a catching-up that is not finished."""
        behind, self._behind = self._behind, None
        if behind is not None and hasattr(behind, "aclose"):
            await behind.aclose()


@contextlib.asynccontextmanager
async def _consumer(kafka: Kafka, limits: FeedLimits) -> AsyncIterator[AIOKafkaConsumer]:
    """Start a consumer without a group; it only ever reads where it is told to."""
    consumer = AIOKafkaConsumer(
        **kafka.for_aiokafka(),
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=limits.fetch_wait_ms,
        client_id="cuestream-feed",
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
