"""A processor and everything around it, in process: no broker, no clock but the one you crank.

What runs is the product: the kernel, the commit protocol with its changelog, recovery. Only Kafka
is replaced, by `streams.broker.memory`. What you send is taken in before `send` returns.

    from processors.conversation.processor import ConversationProcessor
    from processors.testing import accepted, opened, said
    from streams.testing import TestDriver

    driver = TestDriver(ConversationProcessor())
    driver.send(opened(), accepted("ann"), said("where is my refund?"))
    driver.advance(60_000)
    driver.restart()
    assert driver.audit() is None
    print(driver.rows("turn"), driver.outputs("assist.recommendations.v1"))
"""

from __future__ import annotations

import hashlib
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from processors.machine import Processor
from schemas import catalogue, codec
from schemas.errors import UndecodableError
from schemas.records.control import (
    InputRejected,
    RecordQuarantined,
    ReferenceArtefact,
    ReferenceChanged,
    Tick,
)
from streams.broker.memory import MemoryBroker, MemoryPartitionLog, Record
from streams.client.producer import topic_for
from streams.replay.audit import audit_memory
from streams.replay.driver import table_of
from streams.runtime import ledger
from streams.runtime.clock import HandClock
from streams.runtime.commit import Owner
from streams.runtime.errors import ReferenceMissingError
from streams.runtime.ledger import Marker
from streams.runtime.partitioning import partition_of
from streams.runtime.step import Flush, References
from streams.stores.memory import MemoryStore
from streams.topics import QUARANTINE, REFERENCE, REJECTIONS, changelog_of

T = TypeVar("T")

NINE_MS: Final = 1_767_258_000_000
"""A morning at nine, 1 January 2026 UTC: where the clock stands at first."""


class TestDriver:
    """One processor, its topics, and a worker that never sleeps.

    Attributes:
        broker: Every topic, to be looked at or written to.
        clock: The only time there is.
    """

    __test__ = False

    def __init__(
        self,
        processor: Processor[Any],
        *,
        partitions: int = 1,
        now_ms: int = NINE_MS,
        broker: MemoryBroker | None = None,
    ) -> None:
        """Create the topics and take all partitions.

        Args:
            processor: The rules.
            partitions: Partitions of the log and of everything that follows it.
            now_ms: Where the clock stands, epoch ms.
            broker: One to share with others; its clock must be a `HandClock`.
        """
        self.processor = processor
        self.broker = broker or MemoryBroker(HandClock(now_ms))
        assert isinstance(self.broker.clock, HandClock), "time passes by hand"
        self.clock = self.broker.clock
        self._partitions = range(partitions)
        self._owners: list[Owner] = []
        followers = (*processor.derives, REJECTIONS, QUARANTINE, changelog_of(processor.name))
        for topic in (processor.log, *processor.feeds, *followers):
            self.broker.create(topic, partitions)
        self.broker.create(REFERENCE, 1)
        self.restart()

    def send(self, *records: Any, at_ms: int | None = None) -> list[tuple[int, int]]:
        """Let records in, one after the other; return partition and offset of each.

        Args:
            records: Records of contracts, or bytes as another program might write them. Times and
                turn ids that are left empty are filled in.
            at_ms: Move the clock there first, epoch ms; it never goes back.
        """
        if at_ms is not None:
            self.advance(max(0, at_ms - self.clock.now_ms()))
        return [self._append(record) for record in records]

    def advance(self, ms: int) -> None:
        """Let time pass; what becomes due fires as it would in a quiet worker, by a tick."""
        self.clock.advance(ms)
        self.tick()

    def tick(self) -> bool:
        """Append a tick where a timer is overdue; return whether there was one."""
        now_ms, is_due = self.clock.now_ms(), False
        for owner in self._owners:
            due_ms = owner.kernel.next_due_ms()
            if due_ms is not None and due_ms <= now_ms:
                is_due = True
                tick = Tick(tenant="", occurred_at_ms=now_ms, recorded_at_ms=now_ms)
                self._write(owner.partition, None, codec.encode(tick), ())
        return is_due

    def next_due_ms(self) -> int | None:
        """Return when the earliest timer is due, epoch ms; None: there is none."""
        dues = [owner.kernel.next_due_ms() for owner in self._owners]
        return min((due for due in dues if due is not None), default=None)

    def post(self, record: Any) -> None:
        """Let a record in and leave it in the log: whoever catches up next takes it in."""
        partition, key, value, headers = self._addressed(record)
        place = self.broker.partition(self.processor.log, partition)
        place.append([(key, value, headers)], self.clock.now_ms())

    def catch_up(self, records_max: int | None = None) -> bool:
        """Take in what stands in the log; return whether there was something.

        Args:
            records_max: Most records of a partition to take in; None: all.
        """
        behind = [
            owner
            for owner in self._owners
            if self.broker.partition(self.processor.log, owner.partition).end > owner.committed.next
        ]
        for owner in behind:
            self._take(owner, records_max)
        return bool(behind)

    def restart(self) -> None:
        """Kill the worker and start another with nothing but the changelog."""
        store = MemoryStore()
        references = References(self.processor.load_reference)
        self._owners = []
        for partition in self._partitions:
            log = MemoryPartitionLog(
                self.broker, self.processor.name, partition, feeds=self.processor.feeds
            )
            owner = Owner(self.processor, partition, store, log, references)
            _run(owner.recover())
            self._owners.append(owner)
        self._store, self._references = store, references
        for owner in self._owners:
            self._take(owner)

    def publish(self, reference: str, content: bytes, *, tenant: str = "demo") -> str:
        """Publish an artefact, say that it counts from here, and return its digest.

        Raises:
            InvalidReferenceError: The content does not say what it must.
        """
        self.processor.load_reference(reference, content)
        digest, now_ms = hashlib.sha256(content).hexdigest(), self.clock.now_ms()
        common: dict[str, Any] = {
            "tenant": tenant,
            "occurred_at_ms": now_ms,
            "recorded_at_ms": now_ms,
        }
        artefact = ReferenceArtefact(**common, reference=reference, digest=digest, content=content)
        topic = self.broker.partition(REFERENCE, 0)
        topic.append([(digest.encode(), codec.encode(artefact), ())], now_ms)
        changed = ReferenceChanged(**common, reference=reference, digest=digest)
        for partition in self._partitions:
            self._write(partition, None, codec.encode(changed), ())
        return digest

    @property
    def store(self) -> MemoryStore:
        """Return the committed rows, as a worker's queries read them."""
        return self._store

    def references(self, tenant: str = "demo") -> Mapping[str, Any]:
        """Return the reference values in force for a tenant."""
        return self._owners[0].references(tenant)

    def state(self, key: bytes | str) -> Any:
        """Return the committed state of an aggregate, or None."""
        wanted = key.encode() if isinstance(key, str) else key
        data = self._store.get(self.partition_of(wanted), ledger.state_key(wanted))
        return None if data is None else self.processor.decode_state(data)

    def rows(self, table: str, prefix: bytes = b"") -> list[tuple[bytes, bytes]]:
        """Return the rows of a view whose key starts with `prefix`, in key order."""
        start = ledger.row_key(table, prefix)
        found = []
        for partition in self._partitions:
            for entry_key, value in self._store.scan(partition, start):
                found.append((ledger.read_row_key(entry_key)[1], value))
        return sorted(found)

    def outputs(self, topic: str) -> list[Any]:
        """Return the derived records of a topic: decoded if a contract knows them, else bytes."""
        return [_decoded(record.value) for record in self.records(topic)]

    def records(self, topic: str) -> list[Record]:
        """Return the records of a topic as they stand there, partition after partition."""
        places = self.broker.topics.get(topic, [])
        return [record for place in places for record in place.read()]

    def rejections(self) -> list[InputRejected]:
        """Return every lawful no."""
        return self.outputs(REJECTIONS)

    def quarantined(self) -> list[RecordQuarantined]:
        """Return every input that could not be processed."""
        return self.outputs(QUARANTINE)

    def marker(self, partition: int = 0) -> Marker:
        """Return where a partition stands."""
        return self._owners[partition].committed

    def table(self, partition: int = 0) -> dict[bytes, bytes]:
        """Return a partition's states, timers and rows by changelog key."""
        return table_of(self._store, partition)

    def audit(self) -> str | None:
        """Hold the changelog against the log; return the first difference, or None."""
        reports = audit_memory(self.broker, self.processor)
        return next((one.difference for one in reports if one.difference is not None), None)

    def partition_of(self, key: bytes) -> int:
        """Return the partition of a key, as Kafka's default partitioner chooses it."""
        return partition_of(key, len(self._partitions))

    def _append(self, record: Any) -> tuple[int, int]:
        return self._write(*self._addressed(record))

    def _addressed(
        self, record: Any
    ) -> tuple[int, bytes | None, bytes, tuple[tuple[str, bytes], ...]]:
        """Return partition, key, value and headers of a record, its blanks filled in."""
        now_ms = self.clock.now_ms()
        if isinstance(record, bytes):
            return 0, None, record, ()
        said = sum(place.end for place in self.broker.topics[self.processor.log])
        fills = {"occurred_at_ms": now_ms, "recorded_at_ms": now_ms, "turn_id": f"t-{said}"}
        blank = {name: given for name, given in fills.items() if not getattr(record, name, given)}
        if blank:
            record = msgspec.structs.replace(record, **blank)
        key = catalogue.key_of(record)
        headers = codec.headers(record, id=f"sent-{now_ms}", source="/test")
        partition = 0 if key is None else self.partition_of(key)
        return partition, key, codec.encode(record), tuple(headers)

    def _write(
        self,
        partition: int,
        key: bytes | None,
        value: bytes,
        headers: tuple[tuple[str, bytes], ...],
    ) -> tuple[int, int]:
        place = self.broker.partition(self.processor.log, partition)
        offset = place.append([(key, value, headers)], self.clock.now_ms())
        self._take(self._owners[partition])
        return partition, offset

    def _take(self, owner: Owner, records_max: int | None = None) -> None:
        """Take in what the log has beyond the marker."""
        place = self.broker.partition(self.processor.log, owner.partition)
        records = place.read(owner.committed.next, limit=records_max)
        if not records:
            return
        flush = self._step(owner, records)
        if flush is not None:
            _run(owner.commit(flush))

    def _step(self, owner: Owner, records: Sequence[Record]) -> Flush | None:
        while True:
            try:
                flush = owner.step(records, gap_is_known=True)
            except ReferenceMissingError as missing:
                self._references.add(missing.reference, missing.digest, self._artefact(missing))
                continue
            return flush if isinstance(flush, Flush) else None

    def _artefact(self, missing: ReferenceMissingError) -> bytes:
        for record in self.broker.partition(REFERENCE, 0).read():
            if record.key == missing.digest.encode() and record.value is not None:
                content: bytes = codec.decode(record.value).content
                return content
        raise missing


class TestCluster:
    """Several processors over one broker in memory: what one writes into another's log is taken in.

    cluster = TestCluster(ConversationProcessor(), HandoffProcessor(), RoutingProcessor())
    cluster.publish("routing.setup", content)
    cluster.send(ConversationOpened(...))
    cluster["routing"].outputs("routing.decisions.v1")
    """

    __test__ = False

    def __init__(
        self, *processors: Processor[Any], partitions: int = 1, now_ms: int = NINE_MS
    ) -> None:
        """Create the topics and take all partitions.

        Args:
            processors: The rules, one log each.
            partitions: Partitions of every log.
            now_ms: Where the clock stands, epoch ms.
        """
        self.clock = HandClock(now_ms)
        self.broker = MemoryBroker(self.clock)
        self._drivers = {
            one.name: TestDriver(one, partitions=partitions, broker=self.broker)
            for one in processors
        }

    def __getitem__(self, processor: str) -> TestDriver:
        return self._drivers[processor]

    @property
    def processors(self) -> tuple[str, ...]:
        """Return the processors' names, in the order they were given."""
        return tuple(self._drivers)

    def send(self, *records: Any) -> None:
        """Let records in on the logs that carry them, one after the other, and let all settle."""
        for record in records:
            topic = topic_for(record.FULL_NAME)
            (driver,) = [one for one in self._drivers.values() if one.processor.log == topic]
            driver.send(record)
            self.settle()

    def settle(self) -> None:
        """Let every processor take in what others wrote, until nobody has anything left."""
        while any(driver.catch_up() for driver in self._drivers.values()):
            pass

    def advance(self, ms: int) -> None:
        """Let time pass, timer by timer in the order they are due."""
        end_ms = self.clock.now_ms() + ms
        while True:
            dues = [driver.next_due_ms() for driver in self._drivers.values()]
            due_ms = min((due for due in dues if due is not None), default=end_ms + 1)
            if due_ms > end_ms:
                break
            self.clock.advance(max(0, due_ms - self.clock.now_ms()))
            for driver in self._drivers.values():
                driver.tick()
            self.settle()
        self.clock.advance(end_ms - self.clock.now_ms())

    def publish(self, reference: str, content: bytes, *, tenant: str = "demo") -> str:
        """Publish an artefact to every processor that reads references, and return its digest."""
        digests = [
            driver.publish(reference, content, tenant=tenant) for driver in self._drivers.values()
        ]
        self.settle()
        return digests[0]

    def restart(self) -> None:
        """Kill all workers and start others with nothing but the changelogs."""
        for driver in self._drivers.values():
            driver.restart()
        self.settle()

    def outputs(self, topic: str) -> list[Any]:
        """Return the decoded records of a topic."""
        return next(iter(self._drivers.values())).outputs(topic)

    def audit(self) -> str | None:
        """Hold every changelog against its log; return the first difference, or None."""
        found = [driver.audit() for driver in self._drivers.values()]
        return next((one for one in found if one is not None), None)


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never has to wait: nothing is further away than memory."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise AssertionError("a broker in memory answers at once")


def _decoded(value: bytes | None) -> Any:
    try:
        return codec.decode(value)  # type: ignore[arg-type]  # None is undecodable too
    except UndecodableError:
        return value
