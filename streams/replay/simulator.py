"""The seeded simulator: workers that crash, linger and overlap, against a broker in memory.

It drives the product's own `Owner`, `Recovery` and `Kernel` by hand: every wait for Kafka is a
point at which anything may happen. An append may take effect without its acknowledgement, or long
after its worker died. A partition may move while its old owner still believes in it. Fetches may
repeat, skip or arrive late. Changelogs are compacted under everybody's feet, though never what is
younger than an owner's last look: that is what `min.compaction.lag.ms` promises.

One integer draws the sizes, the inputs and the schedule, so that it brings a failure back. In the
end, and at random moments before, what the changelog says is held against the log.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import Any, Final, Protocol

import msgspec

from processors.machine import Processor
from schemas import codec
from schemas.records.control import Tick
from streams.broker.memory import MemoryBroker, MemoryPartition, append_outputs
from streams.replay import exercise
from streams.replay.audit import audit_logs
from streams.replay.driver import OfflineDriver, table_of
from streams.replay.errors import SimulationFailedError
from streams.replay.logs import MemoryLogs
from streams.replay.plain import PlainFold
from streams.runtime.clock import HandClock
from streams.runtime.commit import ChangelogEntry, Owner
from streams.runtime.errors import AppendFailedError, FencedError, ReferenceMissingError
from streams.runtime.ledger import CLAIM_KEY, MARKER_KEY
from streams.runtime.partitioning import spread
from streams.runtime.recovery import Recovery
from streams.runtime.step import Above, Flush, Output, References
from streams.stores.memory import MemoryStore
from streams.topics import QUARANTINE, REJECTIONS, changelog_of

START_MS: Final = 1_767_258_000_000
SETTLE_STEPS_MAX: Final = 200_000


class Draw(Protocol):
    """Draws the next input of a processor."""

    def __call__(self, chance: Random, now_ms: int, number: int) -> exercise.Input:
        """Return key, value and headers of the next log record."""


class OwnerType(Protocol):
    """What makes owners: `Owner`, or a version of it with a planted fault."""

    def __call__(
        self,
        processor: Processor[Any],
        partition: int,
        store: Any,
        log: Any,
        references: References,
        *,
        batch_bytes_max: int,
    ) -> Owner:
        """Return an owner."""


class Subject(msgspec.Struct, frozen=True):
    """What is simulated.

    Attributes:
        processor: The rules.
        draw: Where its inputs come from.
        contents: Its artefacts by digest.
        owner: The commit protocol.
        prologue: Log records every partition begins with.
    """

    processor: Any
    draw: Draw
    contents: Mapping[str, bytes]
    owner: OwnerType = Owner
    prologue: tuple[exercise.Input, ...] = ()


EXERCISE: Final = Subject(exercise.Exercise(), exercise.draw, exercise.CONTENTS)
BARE_EXERCISE: Final = Subject(exercise.BareExercise(), exercise.draw, exercise.CONTENTS)
WIDE_EXERCISE: Final = Subject(exercise.WideExercise(), exercise.draw, exercise.CONTENTS)


class Sizes(msgspec.Struct, frozen=True):
    """What a seed makes big or small."""

    workers: int
    inputs: int
    chunk_records_max: int
    flushes_max: int
    batch_bytes_max: int
    read_records_max: int
    horror: float
    tempo: float

    @classmethod
    def drawn(cls, chance: Random) -> Sizes:
        """Return sizes by chance."""
        return cls(
            workers=chance.choice((1, 2, 2, 3)),
            inputs=chance.randint(5, 60),
            chunk_records_max=chance.choice((1, 3, 8, 20)),
            flushes_max=chance.choice((1, 2, 4)),
            batch_bytes_max=chance.choice((80, 150, 400, 100_000)),
            read_records_max=chance.choice((1, 7, 50, 1_000)),
            horror=chance.choice((0.3, 1.0, 1.0, 3.0)),
            tempo=chance.choice((0.6, 0.8, 0.9)),
        )


class Tally(msgspec.Struct):
    """What happened in a simulation."""

    seed: int
    steps: int = 0
    crashes: int = 0
    moves: int = 0
    fenced: int = 0
    late_appends: int = 0
    compactions: int = 0
    compacted_away: int = 0
    glances: int = 0
    repeats: int = 0
    flushes: int = 0
    torn: int = 0
    ignored: int = 0
    rewritten: int = 0
    splits: int = 0
    gaps: int = 0
    aboves: int = 0


class _Effect:
    """Something a worker asks of Kafka, or a condition it waits for."""

    __slots__ = ("appends", "commits", "condition", "run")

    def __init__(
        self,
        run: Callable[[], Any],
        *,
        appends: bool = False,
        commits: bool = False,
        condition: Callable[[], bool] | None = None,
    ) -> None:
        self.run, self.condition = run, condition
        self.appends, self.commits = appends or commits, commits


@types.coroutine
def _do(effect: _Effect) -> Generator[_Effect, Any, Any]:
    return (yield effect)


async def _until(condition: Callable[[], bool]) -> None:
    await _do(_Effect(lambda: None, condition=condition))


class _Task:
    """A coroutine between two effects."""

    __slots__ = ("_job", "coroutine", "effect", "is_over", "performed", "result")

    def __init__(self, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._job = job
        self.coroutine: Coroutine[Any, Any, None] | None = None
        self.is_over = False
        self.effect: _Effect | None = None
        self.result: Any = None
        self.performed = True

    def can_run(self) -> bool:
        if self.is_over:
            return False
        effect = self.effect
        return effect is None or effect.condition is None or effect.condition()

    def advance(self) -> None:
        """Make the effect happen, or tell the coroutine that it has: one of the two."""
        if not self.performed:
            assert self.effect is not None
            self.result, self.performed = self.effect.run(), True
            if self.effect.condition is None:
                return
        if self.coroutine is None:
            self.coroutine = self._job()
        try:
            self.effect = self.coroutine.send(self.result)
            self.performed, self.result = False, None
        except StopIteration:
            self.is_over = True

    def fail(self, fault: Exception) -> None:
        """Let the effect fail."""
        assert self.coroutine is not None
        self.coroutine.throw(fault)

    def close(self) -> None:
        self.is_over = True
        if self.coroutine is not None:
            self.coroutine.close()


class _Link:
    """`PartitionLog` of one hold: every method is a scheduling point."""

    def __init__(self, simulation: Simulation, partition: int) -> None:
        self._simulation, self._partition = simulation, partition
        self._changelog = simulation.changelog(partition)

    async def append_outputs(self, outputs: Mapping[str, Sequence[Output]]) -> None:
        """Append derived records, topic by topic, in pieces."""
        chance = self._simulation.chance
        for topic, records in outputs.items():
            for partition, part in self._simulation.placed(topic, self._partition, records).items():
                start = 0
                while start < len(part):
                    piece = part[start : start + chance.choice((1, 2, 1_000))]
                    start += len(piece)
                    await _do(_Effect(self._outputs(topic, partition, piece), appends=True))

    def _outputs(self, topic: str, partition: int, piece: Sequence[Output]) -> Callable[[], None]:
        broker = self._simulation.broker
        return lambda: append_outputs(broker, topic, partition, piece)

    async def append_changelog(self, entries: Sequence[ChangelogEntry], _timestamp_ms: int) -> int:
        """Append one record batch."""
        batch = [(entry.key, entry.value, tuple(entry.headers)) for entry in entries]
        self._simulation.tally.splits += entries[-1].key not in {MARKER_KEY, CLAIM_KEY}
        now_ms = self._simulation.clock.now_ms
        base: int = await _do(
            _Effect(lambda: self._changelog.append(batch, now_ms()), commits=True)
        )
        return base

    async def read_changelog(self, start: int, end: int) -> Sequence[Any]:
        """Return some of the entries."""
        limit = self._simulation.sizes.read_records_max
        found: Sequence[Any] = await _do(_Effect(lambda: self._changelog.read(start, end, limit)))
        return found

    async def changelog_span(self) -> tuple[int, int]:
        """Return begin and end."""
        span: tuple[int, int] = await _do(
            _Effect(lambda: (self._changelog.begin, self._changelog.end))
        )
        return span

    async def last_sequence(self, topic: str, source: str) -> int:
        """Return the sequence of the last record of a derived topic."""
        place = self._simulation.broker.partition(topic, self._partition)

        def last() -> int:
            for record in place.read(place.end - 1):
                return int(dict(record.headers)["ce_sequence"])
            return -1

        assert source == f"/{self._simulation.processor.log}/{self._partition}"
        sequence: int = await _do(_Effect(last))
        return sequence


class _DurableStore(MemoryStore):
    """A store that survives its worker, but for what a power cut takes off its end."""

    def __init__(self) -> None:
        super().__init__()
        self._applied: list[tuple[int, list[tuple[bytes, bytes | None]], int]] = []

    def apply(self, partition: int, writes: Any, position: int) -> None:
        found = list(writes)
        self._applied.append((partition, found, position))
        super().apply(partition, found, position)

    def drop(self, partition: int) -> None:
        self._applied = [one for one in self._applied if one[0] != partition]
        super().drop(partition)

    def lose(self, applies: int) -> None:
        """Go back to how it was some applies ago."""
        kept = self._applied[: len(self._applied) - applies]
        self._applied = []
        self._partitions.clear()
        for partition, writes, position in kept:
            self.apply(partition, writes, position)


class _Worker:
    """A process: a store, and the holds it believes in."""

    def __init__(self, number: int, *, is_durable: bool) -> None:
        self.number, self.is_durable = number, is_durable
        self.store: MemoryStore = _DurableStore() if is_durable else MemoryStore()
        self.holds: dict[int, _Hold] = {}


class _Hold:
    """A partition in a worker's hands, rightly or not."""

    def __init__(self, simulation: Simulation, worker: _Worker, partition: int) -> None:
        self.simulation, self.worker, self.partition = simulation, worker, partition
        subject, sizes = simulation.subject, simulation.sizes
        self.references = References(
            lambda reference, content: _load(subject.processor, reference, content)
        )
        self.owner = subject.owner(
            subject.processor,
            partition,
            worker.store,
            _Link(simulation, partition),
            self.references,
            batch_bytes_max=sizes.batch_bytes_max,
        )
        self.log = simulation.broker.partition(subject.processor.log, partition)
        self.generation = simulation.generation
        self.paused_until = 0
        self.is_ready = self.is_over = self.looks = False
        self.position = self.seeks = self.gap_seeks = self.under_way = 0
        self.is_sought = True
        self.gap_from: int | None = None
        self.to_send: deque[Flush] = deque()
        self.to_commit: deque[Flush] = deque()
        self.tasks = [_Task(self._recover)]

    async def _recover(self) -> None:
        tally = self.simulation.tally
        report = await self.owner.recover(epoch_floor=self.generation)
        tally.torn += report.torn
        tally.ignored += report.ignored
        tally.rewritten += report.rewritten
        self.seek(self.owner.committed.next)
        self.is_ready = True
        self.tasks += [_Task(job) for job in (self._take, self._send, self._commit)]

    def seek(self, to: int) -> None:
        """Fetch from `to` on."""
        self.position = to
        self.seeks += 1
        self.is_sought = True

    @property
    def is_quiet(self) -> bool:
        """Return whether there is nothing to do."""
        return self.is_ready and self.owner.committed.next >= self.reach

    @property
    def reach(self) -> int:
        """Return the offset after the last record of the log."""
        last = self.log.read(self.log.end - 5)
        return last[-1].offset + 1 if last else 0

    def has_ticked(self, tick: exercise.Input) -> bool:
        """Return whether the log ends with this very tick."""
        last = self.log.read(self.log.end - 1)
        return bool(last) and last[0].value == tick[1]

    async def _take(self) -> None:
        flushes_max = self.simulation.sizes.flushes_max
        while True:
            await _until(lambda: self.under_way < flushes_max and self.log.end > self.position)
            seeks = self.seeks
            records = await _do(_Effect(self._fetch))
            if records:
                self._step(records, seeks)

    def _fetch(self) -> Sequence[Any]:
        limit = self.simulation.sizes.chunk_records_max
        found = self.log.read(self.position, limit=self.simulation.chance.randint(1, limit))
        if found:
            self.position = found[-1].offset + 1
            self.is_sought = False
        return found

    def _step(self, records: Sequence[Any], seeks: int) -> None:
        tally, owner = self.simulation.tally, self.owner
        known = self.gap_from == owner.kernel.marker.next and seeks >= self.gap_seeks
        while True:
            try:
                flush = owner.step(records, gap_is_known=known)
            except ReferenceMissingError as missing:
                content = self.simulation.subject.contents[missing.digest]
                self.references.add(missing.reference, missing.digest, content)
                continue
            break
        if isinstance(flush, Above):
            tally.aboves += 1
            self.gap_from = flush.expected
            self.seek(flush.expected)
            self.gap_seeks = self.seeks
        elif flush is not None:
            tally.gaps += known
            self.gap_from = None
            self.under_way += 1
            self.to_send.append(flush)

    async def _send(self) -> None:
        while True:
            await _until(lambda: bool(self.to_send))
            flush = self.to_send.popleft()
            await self.owner.send_outputs(flush)
            self.to_commit.append(flush)

    async def _commit(self) -> None:
        while True:
            await _until(lambda: bool(self.to_commit) or self.looks)
            if self.looks:
                await self.owner.look()
                self.looks = False
                continue
            flush = self.to_commit.popleft()
            await self.owner.send_changelog(flush)
            self.owner.apply(flush)
            self.under_way -= 1
            self.simulation.tally.flushes += 1

    def close(self) -> list[_Effect]:
        """Let go; return the appends that are still on their way."""
        self.is_over = True
        on_their_way = []
        for task in self.tasks:
            effect = task.effect
            if effect is not None and effect.appends and not task.performed and not task.is_over:
                on_their_way.append(effect)
            task.close()
        if self.worker.holds.get(self.partition) is self:
            del self.worker.holds[self.partition]
        return on_their_way


class Simulation:
    """One schedule."""

    def __init__(self, seed: int, subject: Subject = EXERCISE, *, partitions: int = 1) -> None:
        """Draw the sizes; nothing runs before `run`."""
        self.seed, self.subject, self.processor = seed, subject, subject.processor
        self.chance = Random(seed)
        self.sizes = Sizes.drawn(self.chance)
        self.clock = HandClock(START_MS)
        self.broker = MemoryBroker(self.clock)
        topics = (REJECTIONS, QUARANTINE, changelog_of(self.processor.name))
        self.outputs = (
            *self.processor.derives,
            *self.processor.feeds,
            REJECTIONS,
            QUARANTINE,
        )
        followers = (*self.processor.derives, *self.processor.feeds)
        for topic in (self.processor.log, *followers, *topics):
            self.broker.create(topic, partitions)
        self.partitions = range(partitions)
        self.tally = Tally(seed)
        self.workers = [
            _Worker(number, is_durable=self.chance.random() < 0.6)
            for number in range(self.sizes.workers)
        ]
        self.assigned = [self.chance.choice(self.workers) for _ in self.partitions]
        self.holds: list[_Hold] = []
        self.generation = 1
        self._said = 0
        self._late: list[tuple[bool, Callable[[], Any]]] = []
        self._aged = [0] * partitions
        self._compacted = [0] * partitions
        self._removed = [0] * partitions
        self._folds: dict[int, PlainFold] = {}
        horror = self.sizes.horror
        self._actions: tuple[tuple[Callable[[], None], float], ...] = (
            (self._say, 6.0),
            (self._pass_time, 2.0),
            (self._staff, 6.0),
            (self._tick, 1.0),
            (self._crash, 0.6 * horror),
            (self._move, 0.8 * horror),
            (self._pause, 0.8 * horror),
            (self._disturb, 0.8 * horror),
            (self._refuse_append, 0.5 * horror),
            (self._land_late, 2.0),
            (self._age, 0.8),
            (self._compact, 1.0),
            (self._glance, 0.4),
            (self._conspire, 0.5 * horror),
        )
        self._weights = [weight for _, weight in self._actions]
        for partition in self.partitions:
            for record in subject.prologue:
                self.log(partition).append([record], START_MS)

    def log(self, partition: int) -> MemoryPartition:
        """Return a partition of the processor's log."""
        return self.broker.partition(self.processor.log, partition)

    def changelog(self, partition: int) -> MemoryPartition:
        """Return a partition of the processor's changelog."""
        return self.broker.partition(changelog_of(self.processor.name), partition)

    def placed(
        self, topic: str, partition: int, records: Sequence[Output]
    ) -> Mapping[int, Sequence[Output]]:
        """Return what a partition derives by the partition it goes to.

        It is the same one, but in logs of other processors: there keys decide.
        """
        if topic in self.processor.feeds:
            return spread(records, len(self.partitions))
        return {partition: records}

    def run(self) -> Tally:
        """Run the schedule to its end and check everything.

        Raises:
            SimulationFailedError: A promise was broken; the message begins with the seed.
        """
        try:
            self._storm()
            self._settle()
            self._verify()
        except SimulationFailedError:
            raise
        except Exception as fault:
            raise self._failed(f"{type(fault).__name__}: {fault}") from fault
        finally:
            for hold in list(self.holds):
                hold.close()
        return self.tally

    # the schedule

    def _storm(self) -> None:
        chance, tally = self.chance, self.tally
        quiet_since = 0
        while self._said < self.sizes.inputs or tally.steps - quiet_since < 150:
            tally.steps += 1
            if self._said < self.sizes.inputs:
                quiet_since = tally.steps
            if chance.random() < self.sizes.tempo and self._advance_somebody():
                continue
            chance.choices(self._actions, self._weights)[0][0]()

    def _advance_somebody(self) -> bool:
        now = self.tally.steps
        ready = [
            (hold, task)
            for hold in self.holds
            if hold.paused_until <= now
            for task in hold.tasks
            if task.can_run()
        ]
        if not ready:
            return False
        self._advance(*self.chance.choice(ready))
        return True

    def _advance(self, hold: _Hold, task: _Task) -> None:
        try:
            task.advance()
        except FencedError:
            self.tally.fenced += 1
            self._close(hold)
        except AppendFailedError:
            self._close(hold)

    def _close(self, hold: _Hold) -> None:
        """Let a hold go; what it had on its way is lost, lands now, or lands late."""
        self.holds.remove(hold)
        for effect in hold.close():
            fate = self.chance.random()
            if fate < 0.3:
                effect.run()
            elif fate < 0.8:
                self._late.append((effect.commits, effect.run))

    def _say(self) -> None:
        for _ in range(self.chance.choice((1, 1, 4))):
            partition = self.chance.choice(self.partitions)
            now_ms = self.clock.now_ms()
            record = self.subject.draw(self.chance, now_ms, self._said)
            self.log(partition).append([record], now_ms)
            if self.chance.random() < 0.03:
                self.log(partition).skip(self.chance.randint(1, 3))
            self._said += 1

    def _pass_time(self) -> None:
        self.clock.advance(self.chance.choice((1, 50, 400, 5_000)))

    def _staff(self) -> None:
        """Give every partition that lacks its owner one."""
        for partition, worker in enumerate(self.assigned):
            if partition not in worker.holds:
                self._take_hold(worker, partition)

    def _take_hold(self, worker: _Worker, partition: int) -> _Hold:
        position = worker.store.position(partition)
        if position is not None and position < self._removed[partition]:
            worker.store.drop(partition)
        hold = worker.holds[partition] = _Hold(self, worker, partition)
        self.holds.append(hold)
        return hold

    def _tick(self) -> None:
        for hold in self.holds:
            if hold.is_ready:
                now_ms, due_ms = self.clock.now_ms(), hold.owner.kernel.next_due_ms()
                tick = _tick(now_ms)
                if due_ms is not None and due_ms <= now_ms and not hold.has_ticked(tick):
                    hold.log.append([tick], now_ms)

    def _crash(self) -> None:
        worker = self.chance.choice(self.workers)
        self.tally.crashes += 1
        for hold in list(worker.holds.values()):
            self._close(hold)
        if not isinstance(worker.store, _DurableStore):
            worker.store = MemoryStore()
        elif self.chance.random() < 0.2:
            worker.store.lose(self.chance.randint(1, 4))

    def _move(self) -> None:
        partition = self.chance.choice(self.partitions)
        old, new = self.assigned[partition], self.chance.choice(self.workers)
        self.tally.moves += 1
        self.generation += self.chance.choice((0, 0, 1))
        self.assigned[partition] = new
        for worker in {old, new}:
            hold = worker.holds.get(partition)
            if hold is not None and (worker is new or self.chance.random() < 0.4):
                self._close(hold)

    def _pause(self) -> None:
        if self.holds:
            hold = self.chance.choice(self.holds)
            hold.paused_until = self.tally.steps + self.chance.choice((10, 60, 250))

    def _disturb(self) -> None:
        """Let a consumer forget where it was; after a seek it does not before it has fetched."""
        if self.holds:
            hold = self.chance.choice(self.holds)
            if hold.is_ready and not hold.is_sought:
                hold.position = self.chance.randint(0, hold.log.end)

    def _refuse_append(self) -> None:
        waiting = [
            (hold, task)
            for hold in self.holds
            for task in hold.tasks
            if not task.is_over and task.effect is not None and task.effect.appends
        ]
        if not waiting:
            return
        hold, task = self.chance.choice(waiting)
        fault = AppendFailedError(topic="(any)", partition=hold.partition, because="drawn")
        try:
            task.fail(fault)
        except AppendFailedError:
            if not task.performed and task.effect is not None and self.chance.random() < 0.5:
                self._late.append((task.effect.commits, task.effect.run))
            task.is_over = True
            self._close(hold)

    def _land_late(self) -> None:
        if self._late:
            self.tally.late_appends += 1
            self._late.pop(self.chance.randrange(len(self._late)))[1]()

    def _land_newest(self) -> None:
        if self._late:
            self.tally.late_appends += 1
            self._late.pop()[1]()

    def _age(self) -> None:
        """Let an owner look; only what it has seen grows old enough to be compacted."""
        partition = self.chance.choice(self.partitions)
        hold = self.assigned[partition].holds.get(partition)
        if hold is None or not hold.is_ready or hold.under_way or hold.looks:
            return
        commit = hold.tasks[3]
        hold.looks = True
        while hold.looks and not hold.is_over:
            self._advance(hold, commit)
        if not hold.is_over:
            self._aged[partition] = self.changelog(partition).end

    def _compact(self) -> None:
        partition = self.chance.choice(self.partitions)
        changelog = self.changelog(partition)
        aged = self._aged[partition]
        edges = [*changelog.batches, changelog.end]
        bounds = [edge for edge in edges if self._compacted[partition] < edge <= aged]
        if not bounds:
            return
        bound = self.chance.choice(bounds)
        is_anybody_reading = any(
            hold.partition == partition and not hold.is_ready for hold in self.holds
        )
        removals_before = 0
        if not is_anybody_reading and self.chance.random() < 0.4:
            # Stores that have not read the removals are older than `delete.retention.ms`.
            removals_before = self._removed[partition] = self._compacted[partition]
        self.tally.compactions += 1
        self.tally.compacted_away += changelog.compact(bound, removals_before=removals_before)
        self._compacted[partition] = bound
        if self.chance.random() < 0.5:
            self._glance()

    def _conspire(self) -> None:
        """Let things that are dangerous together happen together."""
        # Late batches of a changelog first: they are what compaction would keep.
        self._late.sort(key=lambda late: late[0])
        moves: tuple[Callable[[], None], ...] = (
            self._land_newest,
            self._crash,
            self._recover_all,
            self._age,
            self._compact,
        )
        for move in self.chance.choices(moves, k=self.chance.randint(2, 6)):
            move()

    def _recover_all(self) -> None:
        """Let the owners come up, or some way towards it."""
        self._staff()
        for _ in range(self.chance.choice((5, 40))):
            for hold in list(self.holds):
                if not hold.is_ready and not hold.is_over:
                    self._advance(hold, hold.tasks[0])

    # what must hold

    def _glance(self) -> None:
        """Hold what a recovery would find at this moment against the log."""
        self.tally.glances += 1
        partition = self.chance.choice(self.partitions)
        store = MemoryStore()
        changelog = self.changelog(partition)
        recovery = Recovery(store, "glance", partition)
        size = self.chance.choice((1, 5, 1_000))
        entries = changelog.read()
        for start in range(0, len(entries), size):
            recovery.feed(entries[start : start + size])
        reached = recovery.marker.next if recovery.marker else 0
        rows = self._rows_after(partition, reached)
        table = table_of(store, partition)
        self._compare(f"a recovery at changelog end {changelog.end}", table, rows)

    def _rows_after(self, partition: int, reached: int) -> Mapping[bytes, bytes]:
        fold = self._folds.get(partition)
        if fold is None or fold.next > reached:
            fold = self._folds[partition] = PlainFold(self.processor, partition, self._loaded)
        for record in self.log(partition).read(fold.next, reached):
            fold.take(record)
        fold.next = max(fold.next, reached)
        return fold.rows

    def _loaded(self, reference: str, digest: str) -> Any:
        return _load(self.processor, reference, self.subject.contents[digest])

    def _settle(self) -> None:
        """Let everything that is still on its way land or vanish, then let the owners finish."""
        for hold in list(self.holds):
            if self.assigned[hold.partition].holds.get(hold.partition) is not hold:
                self._close(hold)
        self.chance.shuffle(self._late)
        for _, append in self._late:
            if self.chance.random() < 0.7:
                append()
        self._late.clear()
        for _ in range(SETTLE_STEPS_MAX):
            self._staff()
            if all(hold.is_quiet for hold in self.holds):
                break
            for hold in list(self.holds):
                self._push(hold)
        else:
            raise self._failed(f"not settled after {SETTLE_STEPS_MAX} rounds")
        for partition in self.partitions:
            self._aged[partition] = 0
        while not all(self._aged):
            self._age()
            self._staff()

    def _push(self, hold: _Hold) -> None:
        """Let every task of a hold go on, from where the ledger stands."""
        if hold.is_ready and not hold.under_way and not hold.is_sought:
            hold.seek(hold.owner.kernel.marker.next)
        for task in hold.tasks:
            if not hold.is_over and task.can_run():
                self._advance(hold, task)

    def _verify(self) -> None:
        driver = OfflineDriver(
            self.processor,
            contents=self.subject.contents,
            chunk_records_max=self.chance.choice((1, 4, 1_000)),
        )
        for partition in self.partitions:
            folded = driver.fold(partition, self.log(partition).read())
            table = driver.table(partition)
            hold = self.assigned[partition].holds[partition]
            if hold.owner.committed.next != folded.marker.next:
                because = f"{hold.owner.committed.next}, the log reaches {folded.marker.next}"
                raise self._failed(f"the owner stands at {because}")
            self._compare("the live table", table_of(hold.worker.store, partition), table)
            self._compare("the plain fold", self._rows_after(partition, folded.marker.next), table)
            for topic in self.outputs:
                self._verify_outputs(topic, partition, folded.outputs.get(topic, []))
            self._recover_afresh(partition, table)
        self._audit()
        for partition in self.partitions:
            self._aged[partition] = self.changelog(partition).end
            self._compact()
            self._recover_afresh(partition, driver.table(partition))
        if self.chance.random() < 0.3:
            self._audit()

    def _recover_afresh(self, partition: int, table: Mapping[bytes, bytes]) -> None:
        hold = _Hold(self, _Worker(-1, is_durable=False), partition)
        try:
            while not hold.is_ready:
                hold.tasks[0].advance()
            self._compare("a fresh recovery", table_of(hold.worker.store, partition), table)
        finally:
            hold.close()

    def _audit(self) -> None:
        logs = MemoryLogs(self.broker)
        for report in audit_logs(logs, self.processor, contents=self.subject.contents):
            if report.difference is not None:
                raise self._failed(f"audit: {report.difference}")

    def _verify_outputs(self, topic: str, partition: int, expected: Sequence[Output]) -> None:
        """Read a topic as our readers do; it must give what the driver gave, repeats included."""
        source = f"/{self.processor.log}/{partition}".encode()
        placed = self.placed(topic, partition, expected)
        places = self.partitions if topic in self.processor.feeds else (partition,)
        for place in places:
            self._verify_place(topic, place, source, placed.get(place, ()))

    def _verify_place(
        self, topic: str, partition: int, source: bytes, expected: Sequence[Output]
    ) -> None:
        """Read in one partition what one source wrote there."""
        seen: dict[int, Any] = {}
        high = -1
        for record in self.broker.partition(topic, partition).read():
            headers = dict(record.headers)
            if headers["ce_source"] != source:
                continue
            sequence = int(headers["ce_sequence"])
            found = (record.key, record.value, headers)
            if sequence > high:
                high, seen[sequence] = sequence, found
            elif seen.get(sequence) != found:
                raise self._failed(
                    f"{topic}@{record.offset}: {headers['ce_id'].decode()} is no repeat of what"
                    " came before"
                )
            else:
                self.tally.repeats += 1
        wanted = {one.sequence: (one.key, one.value, dict(one.headers)) for one in expected}
        if seen != wanted:
            lost = sorted(wanted.keys() - seen.keys())
            added = sorted(seen.keys() - wanted.keys())
            raise self._failed(f"{topic}: outputs lost {lost}, added {added}, or different bytes")

    def _compare(
        self, what: str, found: Mapping[bytes, bytes], expected: Mapping[bytes, bytes]
    ) -> None:
        if found == expected:
            return
        for key in sorted(found.keys() | expected.keys()):
            if found.get(key) != expected.get(key):
                raise self._failed(
                    f"{what}: {key!r} is {found.get(key)!r}, the log gives {expected.get(key)!r}"
                )

    def _failed(self, because: str) -> SimulationFailedError:
        return SimulationFailedError(
            seed=self.seed,
            subject=self.processor.name,
            partitions=len(self.partitions),
            because=because,
        )


def simulate(seed: int, subject: Subject = EXERCISE, *, partitions: int = 1) -> Tally:
    """Run the schedule of a seed and return what happened. Raises SimulationFailedError."""
    return Simulation(seed, subject, partitions=partitions).run()


@lru_cache(maxsize=64)
def _load(processor: Processor[Any], reference: str, content: bytes) -> Any:
    """Load an artefact once for all schedules: what is loaded never changes."""
    return processor.load_reference(reference, content)


def _tick(now_ms: int) -> exercise.Input:
    tick = Tick(tenant="", occurred_at_ms=now_ms, recorded_at_ms=now_ms)
    return None, codec.encode(tick), ()
