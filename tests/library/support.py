"""A worker with a library over a broker in memory: real processors, real rows, real service.

What a worker would start a process for is done in a thread, which can read the broker in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

import msgspec

from processors.conversation.processor import ConversationProcessor
from processors.library.processor import LibraryProcessor
from processors.views import library as views
from processors.views.library import IntentView, PublicationView, RunView
from schemas import catalogue, codec
from schemas.records.control import ReferenceArtefact
from streams.api.appending import Entry, Refused
from streams.api.store_tables import StoreTables
from streams.client.producer import Receipt, topic_for
from streams.kafka_settings import Kafka
from streams.library import child, dry_run_worker, messages, mining_worker, training_worker
from streams.library.errors import ChildFailedError
from streams.library.messages import Compared, Failed, Message, MiningJob, Progressed, TrainingJob
from streams.library.service import LibraryService
from streams.library.settings import Library
from streams.replay.logs import MemoryLogs
from streams.stores.memory import MemoryStore
from streams.telemetry.metrics import Metrics
from streams.testing import TestCluster
from streams.topics import REFERENCE

TENANT = "demo"
QUICK = Library(poll_ms=10, niceness=0)


class World:
    """Two processors over a broker in memory, and one worker's view of them.

    It is the appender of the service: what is appended is taken in at once.

    Attributes:
        cluster: The processors.
        appended: Everything the service told.
        is_owner: Whether the worker has the library's partition.
        down: Why nothing is taken; None: it is.
        metrics: Where the service counts.
    """

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.cluster = TestCluster(ConversationProcessor(), LibraryProcessor())
        self.appended: list[Any] = []
        self.is_owner = True
        self.down: str | None = None

    def worked(self, work: str) -> dict[str, int]:
        """Return how often a kind of work was measured, by outcome."""
        (metric,) = self.metrics.library_work_seconds.collect()
        return {
            sample.labels["outcome"]: int(sample.value)
            for sample in metric.samples
            if sample.name.endswith("_count") and sample.labels["work"] == work
        }

    @property
    def logs(self) -> MemoryLogs:
        return MemoryLogs(self.cluster.broker)

    def tables(self) -> StoreTables:
        drivers = {name: self.cluster[name] for name in ("conversation", "library")}
        return StoreTables(
            stores=_Stores(self),
            partitions=dict.fromkeys(drivers, 1),
            owned=lambda _: {0} if self.is_owner else set(),
            urls=lambda _: {},
            marker=lambda name, _: drivers[name].marker(),
        )

    def send(self, *records: Any) -> None:
        self.cluster.send(*records)

    # The appender

    async def append(self, entries: Sequence[Entry]) -> list[Receipt | Refused]:
        if self.down is not None:
            return [Refused(self.down)] * len(entries)
        return [self._append(entry) for entry in entries]

    async def partitions_of(self, record_type: str) -> list[int]:
        return [0]

    async def close(self) -> None:
        pass

    def _append(self, entry: Entry) -> Receipt:
        record, broker = entry.record, self.cluster.broker
        catalogue.check(record)
        if record.recorded_at_ms == 0:
            now_ms = self.cluster.clock.now_ms()
            record = msgspec.structs.replace(record, recorded_at_ms=now_ms)
        self.appended.append(record)
        topic = entry.topic or topic_for(record.FULL_NAME)
        key = record.digest.encode() if topic == REFERENCE else catalogue.key_of(record)
        place = broker.partition(topic, entry.partition or 0)
        offset = place.append([(key, codec.encode(record), ())], self.cluster.clock.now_ms())
        self.cluster.settle()
        return Receipt(topic, 0, offset, entry.id)

    # What stands

    def rows(self, table: str) -> list[Any]:
        found = self.cluster["library"].rows(table, views.row_key(TENANT))
        return [views.decode(table, value) for _, value in found]

    def intents(self) -> list[IntentView]:
        return self.rows(views.INTENT)

    def run(self) -> RunView:
        runs: list[RunView] = self.rows(views.RUN)
        return max(runs, key=lambda run: run.number)

    def publication(self) -> PublicationView:
        found: list[PublicationView] = self.rows(views.PUBLICATION)
        return max(found, key=lambda row: row.version)

    def told(self, record: type[Any]) -> list[Any]:
        return [one for one in self.appended if type(one) is record]

    def artefact(self) -> ReferenceArtefact:
        return self.told(ReferenceArtefact)[-1]  # type: ignore[no-any-return]


class _Stores(dict[str, MemoryStore]):
    """The stores of the drivers as they are now: a restart gives others."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def __getitem__(self, name: str) -> MemoryStore:
        return self._world.cluster[name].store


class Readable(Protocol):
    """Whatever has logs in memory."""

    @property
    def logs(self) -> MemoryLogs: ...


class InProcess:
    """Starts work where the broker in memory can be read.

    Attributes:
        jobs: What was asked for.
        faults: What the next jobs end with.
        cut_at: At which message the next jobs say nothing more, for ever.
        is_cut: Whether one has come to that.
        running: How many jobs are under way.
    """

    def __init__(self, world: Readable) -> None:
        self._world = world
        self.jobs: list[Any] = []
        self.faults: list[Failed] = []
        self.cut_at: list[type[Message]] = []
        self.running = 0
        self.is_cut = False

    @contextlib.asynccontextmanager
    async def __call__(
        self, module: str, job: msgspec.Struct
    ) -> AsyncIterator[AsyncIterator[Message]]:
        self.jobs.append(job)
        self.running += 1
        try:
            if self.faults:
                yield self._failing(self.faults.pop(0))
            else:
                yield self._said(job)
        finally:
            self.running -= 1

    async def _failing(self, fault: Failed) -> AsyncIterator[Message]:
        yield Progressed("reading", 0, 0)
        raise ChildFailedError(because=fault.because, is_final=fault.is_final)

    async def _said(self, job: msgspec.Struct) -> AsyncIterator[Message]:
        # As through a pipe: the worker gets what the job's JSON holds.
        given = msgspec.json.decode(messages.encode(job), type=type(job))
        lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        thread = threading.Thread(target=self._work, args=(given, lines))
        thread.start()
        cut = self.cut_at.pop(0) if self.cut_at else None
        try:
            while (line := await asyncio.to_thread(lines.get)) is not None:
                message = messages.decode(line)
                if isinstance(message, Failed):
                    raise ChildFailedError(because=message.because, is_final=message.is_final)
                if type(message) is cut:
                    # Before the worker can do anything about it.
                    self.is_cut = True
                    await asyncio.Event().wait()
                yield message
        finally:
            thread.join()

    def _work(self, job: Any, lines: queue.SimpleQueue[bytes | None]) -> None:
        def say(message: Message) -> None:
            lines.put(messages.encode(message))

        try:
            if isinstance(job, MiningJob):
                mining_worker.mine_log(self._world.logs, job, say)
            elif isinstance(job, TrainingJob):
                training_worker.work(job, say)
            else:
                found = dry_run_worker.compared(self._world.logs, job, say)
                say(Compared(messages.encode(found).decode()))
        except Exception as fault:  # noqa: BLE001  # as in a process
            say(child.failed(fault))
        finally:
            lines.put(None)


@contextlib.asynccontextmanager
async def service(
    world: World, settings: Library = QUICK, begin: InProcess | None = None
) -> AsyncIterator[LibraryService]:
    """A worker's library part over the world's rows, until the end of the block."""
    made = LibraryService(
        settings, Kafka(), world.tables(), world, world.metrics, begin=begin or InProcess(world)
    )
    made.start()
    try:
        yield made
    finally:
        await made.stop()


async def until(holds: Any, timeout_s: float = 20.0) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(timeout_s):
        while not holds():  # noqa: ASYNC110  # whatever makes it hold raises no event
            await asyncio.sleep(0.005)
