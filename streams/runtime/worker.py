"""A worker's partitions: lanes that step and commit, recovery at assignment, ticks when quiet.

A *lane* is one owned partition at work. Its chunks are stepped as they come (steps 1 to 4), then go
through two stages that overlap with the next step: outputs (5), and changelog, store and
acknowledgement (6 to 8), each stage in order. When Kafka refuses a batch, nothing has moved: every
lane is let go, the connections are made anew and the partitions recovered, with back-off. A fault
of the runtime itself stops the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import structlog
from aiokafka.errors import KafkaError

from processors.machine import Processor
from schemas import codec
from schemas.records.control import Tick
from streams.runtime.clock import Clock, WallClock
from streams.runtime.commit import Owner, RecoveryReport
from streams.runtime.errors import (
    AppendFailedError,
    FencedError,
    LogTooShortError,
    ReferenceMissingError,
    RuntimeFaultError,
)
from streams.runtime.kafka_log import Artefacts, KafkaLinks, KafkaPartitionLog
from streams.runtime.ledger import Marker
from streams.runtime.step import Above, Flush, Output, References
from streams.settings import Kafka, Worker as WorkerSettings
from streams.stores.port import Store
from streams.topics import MIN_COMPACTION_LAG_MS

log = structlog.get_logger("cuestream.worker")

Place = tuple[str, int]
"""Log topic and partition."""

STEP_SECONDS_MAX = 0.03
"""A step should not hold the loop longer: heartbeats and screens wait behind it."""

TICK_INTERVAL_SECONDS = 0.1
QUIET_MS = 150
LOOK_INTERVAL_SECONDS = min(60.0, MIN_COMPACTION_LAG_MS / 10_000)
RETRY_SECONDS_MAX = 5.0
DRAIN_SECONDS = 5.0
FENCED_PAUSE_SECONDS = 0.5
NEVER = 1 << 62
"""A seek count no fetch reaches: a gap in a partition that cannot be sought is never believed."""


class Observer(Protocol):
    """Told what happens, for metrics; must not raise or wait."""

    def stepped(self, processor: str, partition: int, flush: Flush) -> None:
        """A chunk went through steps 1 to 4."""

    def committed(
        self, processor: str, partition: int, flush: Flush, seconds: Mapping[int, float]
    ) -> None:
        """A flush was committed; `seconds` by step number 5, 6, 7."""

    def fenced(self, processor: str, partition: int, side: str) -> None:
        """A fence was hit: below, above or epoch."""

    def recovered(
        self, processor: str, partition: int, report: RecoveryReport, seconds: float
    ) -> None:
        """A partition was recovered."""

    def ticked(self, processor: str) -> None:
        """A tick was appended."""

    def standing(self, processor: str, lags: Mapping[int, int], flushes_in_flight: int) -> None:
        """Where a processor's owned partitions stand, told once a second."""


class Control(Protocol):
    """What the runtime asks of the consumer that feeds it."""

    async def seek(self, positions: Mapping[Place, int]) -> dict[Place, int]:
        """Fetch the given log partitions from these offsets on.

        Returns:
            How often each partition was sought so far; chunks carry that count as it was when
            their fetch began. Partitions that are not assigned are left out.
        """

    def highwater(self, topic: str, partition: int) -> int | None:
        """Return the log's end as the last fetch told it; None before the first."""


class _Work:
    """A flush on its way, with what to call when it is committed."""

    __slots__ = ("acknowledge", "flush", "seconds")

    def __init__(self, flush: Flush, acknowledge: Callable[[], Any] | None) -> None:
        self.flush = flush
        self.acknowledge = acknowledge
        self.seconds: dict[int, float] = {}


class Lane:
    """One owned partition at work."""

    def __init__(self, runtime: Runtime, owner: Owner, partition_log: KafkaPartitionLog) -> None:
        """Start the two stages."""
        self.owner = owner
        self.log = partition_log
        self.last_record_ms = 0
        self.gap_from: int | None = None
        self.gap_seeks = 0
        self.ticked_due_ms: int | None = None
        self.ticked_at_ms = 0
        self._runtime = runtime
        size = runtime.settings.flushes_max
        self._outputs: asyncio.Queue[_Work] = asyncio.Queue(size)
        self._changelog: asyncio.Queue[_Work | None] = asyncio.Queue(1)
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._under_way = 0
        self._seconds_per_record = 0.0
        self._tasks = [
            asyncio.create_task(self._send_outputs()),
            asyncio.create_task(self._commit()),
        ]

    @property
    def is_idle(self) -> bool:
        """Return whether nothing is under way."""
        return self._under_way == 0

    @property
    def under_way(self) -> int:
        """Return how many flushes are on their way to commit."""
        return self._under_way

    @property
    def is_closed(self) -> bool:
        """Return whether the lane was let go."""
        return self._closed

    def records_max(self) -> int:
        """Return how many records fit into one step's time."""
        limit = self._runtime.settings.chunk_records_max
        if self._seconds_per_record <= 0:
            return limit
        return max(1, min(limit, int(STEP_SECONDS_MAX / self._seconds_per_record)))

    async def take(
        self, records: Sequence[Any], seeks: int, acknowledge: Callable[[], Any]
    ) -> None:
        """Step a chunk and put its flushes on their way."""
        start = 0
        while start < len(records) and not self._closed:
            part = records[start : start + self.records_max()]
            start += len(part)
            is_last = start >= len(records)
            flush = await self._step(part, seeks)
            if flush is None:
                if is_last:
                    acknowledge()
                continue
            if isinstance(flush, Above):
                return
            self._under_way += 1
            self._idle.clear()
            await self._outputs.put(_Work(flush, acknowledge if is_last else None))
            # Let the stages, the heartbeat and the screens have their turn.
            await asyncio.sleep(0)

    async def drained(self) -> None:
        """Wait until nothing is under way."""
        await self._idle.wait()

    def look_around(self) -> None:
        """Look for foreign writes, in turn with the flushes; not now when a flush is waiting."""
        with contextlib.suppress(asyncio.QueueFull):
            self._changelog.put_nowait(None)

    async def close(self) -> None:
        """Let the partition go; what is under way no longer counts here."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while not self._outputs.empty():
            self._outputs.get_nowait()
        self._idle.set()
        await self.log.close_reader()

    async def _step(self, records: Sequence[Any], seeks: int) -> Flush | Above | None:
        runtime, owner = self._runtime, self.owner
        gap_is_known = self.gap_from == owner.kernel.marker.next and seeks >= self.gap_seeks
        while True:
            started = runtime.loop_time()
            try:
                flush = owner.step(records, gap_is_known=gap_is_known)
            except ReferenceMissingError as fault:
                await runtime.fetch_reference(owner.processor, fault)
                continue
            break
        name, partition = owner.processor.name, owner.partition
        if flush is None:
            runtime.observer.fenced(name, partition, "below")
        elif isinstance(flush, Above):
            runtime.observer.fenced(name, partition, "above")
            self.gap_from = flush.expected
            self.gap_seeks = await runtime.seek_back(owner.processor.log, partition, flush)
        else:
            spent = (runtime.loop_time() - started) / max(1, flush.records)
            seen = self._seconds_per_record
            self._seconds_per_record = spent if seen == 0 else 0.8 * seen + 0.2 * spent
            self.last_record_ms = runtime.clock.now_ms()
            self.gap_from = None
            runtime.observer.stepped(name, partition, flush)
        return flush

    async def _send_outputs(self) -> None:
        async def job() -> None:
            while True:
                work = await self._outputs.get()
                started = self._runtime.loop_time()
                await self.owner.send_outputs(work.flush)
                work.seconds[5] = self._runtime.loop_time() - started
                await self._changelog.put(work)

        await self._guarded(job)

    async def _commit(self) -> None:
        async def job() -> None:
            runtime, owner = self._runtime, self.owner
            while True:
                work = await self._changelog.get()
                if work is None:
                    await owner.look()
                    await self.log.close_reader()
                    continue
                started = runtime.loop_time()
                await owner.send_changelog(work.flush)
                sent = runtime.loop_time()
                owner.apply(work.flush)
                applied = runtime.loop_time()
                work.seconds[6], work.seconds[7] = sent - started, applied - sent
                self._under_way -= 1
                if self._under_way == 0:
                    self._idle.set()
                if work.acknowledge is not None:
                    work.acknowledge()
                runtime.observer.committed(
                    owner.processor.name, owner.partition, work.flush, work.seconds
                )

        await self._guarded(job)

    async def _guarded(self, job: Callable[[], Awaitable[None]]) -> None:
        runtime = self._runtime
        place = (self.owner.processor.log, self.owner.partition)
        try:
            await job()
        except (AppendFailedError, KafkaError, OSError) as fault:
            runtime.lost(place, fault)
        except FencedError as fault:
            runtime.observer.fenced(self.owner.processor.name, self.owner.partition, "epoch")
            runtime.lost(place, fault)
        except Exception as fault:  # noqa: BLE001  # a fault of ours stops the worker
            runtime.fail(fault)


class Runtime:
    """All processor partitions of one worker."""

    def __init__(
        self,
        processors: Sequence[Processor[Any]],
        stores: Mapping[str, Store],
        kafka: Kafka,
        settings: WorkerSettings,
        *,
        observer: Observer,
        clock: Clock | None = None,
    ) -> None:
        """Nothing runs before `start`.

        Args:
            processors: The rules, one log each.
            stores: Local state by processor name.
            kafka: Where Kafka is.
            settings: Sizes and limits.
            observer: Told what happens.
            clock: Wall clock for ticks.
        """
        self.processors = {processor.log: processor for processor in processors}
        self.stores = dict(stores)
        self.settings = settings
        self.observer = observer
        self.clock = clock or WallClock()
        self.control: Control | None = None
        self.lanes: dict[Place, Lane] = {}
        self.assigned: set[Place] = set()
        self.is_recovered = False
        self.waiting_for = "the first assignment of partitions"
        self.recovery_seconds = 0.0
        self._kafka = kafka
        self._links = KafkaLinks(kafka, batch_bytes_max=settings.batch_bytes_max + 65_536)
        self._artefacts = Artefacts(self._links)
        self._references = {
            processor.name: References(processor.load_reference) for processor in processors
        }
        self._generation = 0
        self._fault: asyncio.Future[BaseException] | None = None
        self._lost: dict[Place, BaseException] = {}
        self._lost_event = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._recovering = asyncio.Lock()

    @staticmethod
    def loop_time() -> float:
        """Return the event loop's monotonic time, seconds."""
        return asyncio.get_running_loop().time()

    async def start(self) -> None:
        """Connect to Kafka and start the watchers."""
        self._fault = asyncio.get_running_loop().create_future()
        await self._links.start()
        self._tasks = [
            asyncio.create_task(self._watch(self._tick_quiet_lanes, TICK_INTERVAL_SECONDS)),
            asyncio.create_task(self._watch(self._look_around, LOOK_INTERVAL_SECONDS)),
            asyncio.create_task(self._watch(self._tell_standing, 1.0)),
            asyncio.create_task(self._repair()),
        ]

    async def stop(self) -> None:
        """Drain what is under way, let everything go, disconnect."""
        await self.revoke(set(self.assigned))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._links.stop()

    async def fault(self) -> BaseException:
        """Wait for a fault that must stop the worker, and return it."""
        assert self._fault is not None, "start first"
        return await asyncio.shield(self._fault)

    def fail(self, fault: BaseException) -> None:
        """Note a fault of the runtime itself: the worker stops."""
        log.error("fault", because=str(fault), kind=type(fault).__name__)
        if self._fault is not None and not self._fault.done():
            self._fault.set_result(fault)

    def chunks(self, records: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """Cut a fetched run into chunks within the limits on count and bytes."""
        count_max, bytes_max = self.settings.chunk_records_max, self.settings.chunk_bytes_max
        start = size = 0
        for index, record in enumerate(records):
            weight = len(record.value or b"")
            if index > start and (index - start >= count_max or size + weight > bytes_max):
                yield records[start:index]
                start, size = index, 0
            size += weight
        if start < len(records):
            yield records[start:]

    async def deliver(
        self, place: Place, records: Sequence[Any], seeks: int, acknowledge: Callable[[], Any]
    ) -> None:
        """Take in a chunk of a log partition; returns when its flushes are on their way."""
        lane = self.lanes.get(place)
        if lane is None or lane.is_closed:
            return
        try:
            await lane.take(records, seeks, acknowledge)
        except (KafkaError, OSError) as fault:
            self.lost(place, fault)
        except asyncio.CancelledError:
            raise
        except Exception as fault:  # noqa: BLE001  # a fault of ours stops the worker
            self.fail(fault)

    def positions(self) -> dict[Place, int]:
        """Return where each owned partition stands: the next log offset."""
        return {place: lane.owner.kernel.marker.next for place, lane in self.lanes.items()}

    def marker(self, processor: Processor[Any], partition: int) -> Marker | None:
        """Return the committed marker of an owned partition."""
        lane = self.lanes.get((processor.log, partition))
        return None if lane is None else lane.owner.committed

    async def revoke(self, revoked: set[Place]) -> None:
        """Finish what is under way in partitions that go, then let them go."""
        self.is_recovered = False
        self.waiting_for = "partitions to be assigned again"
        lanes = [lane for place, lane in self.lanes.items() if place in revoked]
        if lanes:
            drained = asyncio.gather(*(lane.drained() for lane in lanes))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(drained, DRAIN_SECONDS)
        async with self._recovering:
            for place in revoked:
                lane = self.lanes.pop(place, None)
                if lane is not None:
                    await lane.close()
                self.assigned.discard(place)
                self._lost.pop(place, None)

    async def recover(self, assigned: set[Place], generation: int) -> None:
        """Recover what the group gave us; partitions it gave to others are forgotten."""
        self._generation = generation
        mine = {place for place in assigned if place[0] in self.processors}
        await self.revoke(set(self.lanes) - mine)
        self.assigned = mine
        started = self.loop_time()
        for topic, processor in self.processors.items():
            store = self.stores[processor.name]
            for partition in store.partitions():
                if (topic, partition) not in mine:
                    store.drop(partition)
        for place in sorted(mine - set(self.lanes)):
            await self._recover_with_patience(place)
        self.recovery_seconds = self.loop_time() - started
        self.is_recovered = True
        self.waiting_for = ""
        log.info("recovered", partitions=len(mine), seconds=round(self.recovery_seconds, 3))

    async def seek_back(self, topic: str, partition: int, above: Above) -> int:
        """Seek a partition back to what it expects; return the count of seeks to wait for."""
        place = (topic, partition)
        if self.control is None:
            return NEVER
        return (await self.control.seek({place: above.expected})).get(place, NEVER)

    async def fetch_reference(
        self, processor: Processor[Any], missing: ReferenceMissingError
    ) -> None:
        """Load an announced artefact, waiting for it as long as it takes."""
        references = self._references[processor.name]
        pause = 0.05
        while missing.digest not in references:
            found = await self._artefacts.find({missing.digest})
            artefact = found.get(missing.digest)
            if artefact is not None:
                references.add(artefact.reference, artefact.digest, artefact.content)
                break
            self.waiting_for = str(missing)
            log.warning("reference missing", because=str(missing))
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_SECONDS_MAX)
        self.waiting_for = ""

    def lost(self, place: Place, fault: BaseException) -> None:
        """Note that a lane cannot go on; it is recovered in the background."""
        log.warning("lane lost", topic=place[0], partition=place[1], because=str(fault))
        self._lost[place] = fault
        self._lost_event.set()

    async def _recover_with_patience(self, place: Place) -> None:
        pause = 0.1
        while True:
            try:
                async with self._recovering:
                    await self._open_lane(place)
            except (AppendFailedError, FencedError, KafkaError, OSError) as fault:
                self.waiting_for = f"Kafka: {fault}"
                log.warning("recovery failed, trying again", because=str(fault))
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_SECONDS_MAX)
                if not isinstance(fault, FencedError):
                    await self._reconnect()
            else:
                return

    async def _open_lane(self, place: Place) -> None:
        topic, partition = place
        processor = self.processors[topic]
        started = self.loop_time()
        partition_log = KafkaPartitionLog(
            self._links, processor.name, partition, feeds=processor.feeds
        )
        owner = Owner(
            processor,
            partition,
            self.stores[processor.name],
            partition_log,
            self._references[processor.name],
            batch_bytes_max=self.settings.batch_bytes_max,
        )
        try:
            report = await owner.recover(epoch_floor=self._generation)
            end = await partition_log.log_end(topic)
            if owner.committed.next > end:
                raise LogTooShortError(
                    topic=topic, partition=partition, end=end, next_offset=owner.committed.next
                )
        finally:
            await partition_log.close_reader()
        self.observer.recovered(processor.name, partition, report, self.loop_time() - started)
        self.lanes[place] = Lane(self, owner, partition_log)

    async def _reconnect(self) -> None:
        with contextlib.suppress(KafkaError, OSError, AppendFailedError):
            await self._links.stop()
        with contextlib.suppress(KafkaError, OSError):
            await self._links.start()

    async def _repair(self) -> None:
        """Recover lanes that were lost, all of them together: they share one producer."""
        while True:
            await self._lost_event.wait()
            self._lost_event.clear()
            faults = dict(self._lost)
            self._lost.clear()
            broken = {place for place in faults if place in self.assigned}
            if not broken:
                continue
            self.is_recovered = False
            if any(not isinstance(fault, FencedError) for fault in faults.values()):
                broken = set(self.assigned)
            for place in broken:
                lane = self.lanes.pop(place, None)
                if lane is not None:
                    await lane.close()
            if len(broken) == len(self.assigned):
                await self._reconnect()
            if any(isinstance(fault, FencedError) for fault in faults.values()):
                # Two workers with different views of the group must not outbid each other.
                await asyncio.sleep(FENCED_PAUSE_SECONDS)
            try:
                for place in sorted(broken):
                    if place in self.assigned and place not in self.lanes:
                        await self._recover_with_patience(place)
            except RuntimeFaultError as fault:
                self.fail(fault)
                return
            if self.control is not None:
                positions = self.positions()
                await self.control.seek({p: positions[p] for p in broken if p in positions})
            self.is_recovered = True
            self.waiting_for = ""

    async def _watch(self, look: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await look()
            except (AppendFailedError, KafkaError, OSError) as fault:
                log.warning("watch failed, trying again", because=str(fault))
            except Exception as fault:  # noqa: BLE001  # a fault of ours stops the worker
                self.fail(fault)

    async def _tick_quiet_lanes(self) -> None:
        """Append a tick where the earliest timer is overdue and nothing comes to fire it."""
        now_ms = self.clock.now_ms()
        for (topic, partition), lane in list(self.lanes.items()):
            due_ms = lane.owner.kernel.next_due_ms()
            if due_ms is None or due_ms > now_ms or not lane.is_idle:
                continue
            if now_ms - lane.last_record_ms < QUIET_MS:
                continue
            was_asked = lane.ticked_due_ms == due_ms and now_ms - lane.ticked_at_ms < 2_000
            if was_asked:
                continue
            lane.ticked_due_ms, lane.ticked_at_ms = due_ms, now_ms
            await self._links.append(topic, partition, [_tick(topic, partition, now_ms)], now_ms)
            self.observer.ticked(lane.owner.processor.name)

    async def _tell_standing(self) -> None:
        """Tell the observer where every processor stands."""
        for topic, processor in self.processors.items():
            lanes = {p: lane for (name, p), lane in self.lanes.items() if name == topic}
            lags = {p: self.lag(topic, p) for p in lanes}
            in_flight = sum(lane.under_way for lane in lanes.values())
            self.observer.standing(processor.name, lags, in_flight)

    def lag(self, topic: str, partition: int) -> int:
        """Return how many records of an owned partition are not yet taken in, as far as known."""
        lane = self.lanes.get((topic, partition))
        if lane is None or self.control is None:
            return 0
        end = self.control.highwater(topic, partition)
        return max(0, (end or 0) - lane.owner.committed.next)

    async def _look_around(self) -> None:
        """Look for foreign writes in quiet partitions, well within the compaction lag."""
        for lane in self.lanes.values():
            if lane.is_idle and not lane.is_closed:
                lane.look_around()


def _tick(topic: str, partition: int, now_ms: int) -> Output:
    tick = Tick(tenant="", occurred_at_ms=now_ms, recorded_at_ms=now_ms)
    headers = codec.headers(
        tick, id=f"tick/{topic}/{partition}/{now_ms}", source="/worker", time_ms=now_ms
    )
    return Output(None, codec.encode(tick), headers, now_ms, 0, now_ms)
