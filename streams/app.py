"""The composition root: the only module that knows every part."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from processors.machine import Processor
from streams.agents.chunks import chunk_agent
from streams.api.answers import PartitionStatus, ProcessorStatus, Readiness
from streams.api.server import ApiDependencies, ApiServer, create_app
from streams.api.store_tables import StoreTables
from streams.broker.admin import verify_topics
from streams.processors import all_processors
from streams.runtime.faust_app import CuestreamApp, FaustControl, make_faust_app
from streams.runtime.ledger import Marker
from streams.runtime.worker import Runtime
from streams.settings import Settings
from streams.stores.memory import MemoryStore
from streams.stores.port import Store
from streams.stores.rocksdb import RocksStore
from streams.tables import NotOwnedError
from streams.telemetry import logs
from streams.telemetry.metrics import Metrics
from streams.telemetry.observer import MetricsObserver
from streams.topics import DAY_MS, TOPICS, TopicPlan, changelog_of, changelog_plan

if TYPE_CHECKING:
    from streams.cli.options import UpOptions

log = structlog.get_logger("cuestream.app")

APP_ID = "cuestream"
STALE_AFTER_MS = 5 * DAY_MS
"""A local store older than this is read anew: the changelogs keep removals for seven days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker runs.

    Attributes:
        processors: The rules, one log each.
        topics: Topics that must be there, the changelogs included.
        app_id: Consumer group; also the changelogs' prefix.
    """

    processors: Sequence[Processor[Any]]
    topics: Sequence[TopicPlan] = TOPICS
    app_id: str = APP_ID


def main_job() -> Job:
    """Return the job every Cuestream worker runs."""
    return Job(processors=all_processors())


class WorkerApp:
    """One worker: Faust outside, the runtime inside, stores below."""

    def __init__(self, settings: Settings, job: Job, metrics: Metrics) -> None:
        """Nothing runs before `start`.

        Args:
            settings: Everything there is to set.
            job: What to run.
            metrics: Where to count.

        Attributes:
            url: How other workers reach this one's query API; set it before `start`.
        """
        self.settings, self.job, self.metrics = settings, job, metrics
        self.url = "http://127.0.0.1:1"
        self.stores: dict[str, Store] = {}
        self.partitions: dict[str, int] = {}
        self.runtime: Runtime | None = None
        self.faust: CuestreamApp | None = None
        self._starting: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """See that Kafka and the topics are as they must be.

        Raises:
            streams.broker.errors.BrokerError: They are not.
        """
        plans = list(self.job.topics)
        counts = await asyncio.to_thread(verify_topics, self.settings.kafka, plans)
        self.partitions = {p.name: counts[p.log] for p in self.job.processors}

    async def start(self) -> None:
        """Open the stores and join the group; returns before recovery is done. Call `check` first.

        Raises:
            StoreFailedError: The local store cannot be opened.
            KafkaError: Kafka went away.
        """
        settings = self.settings
        for processor in self.job.processors:
            self.stores[processor.name] = self._open_store(processor.name)
        observer = MetricsObserver(self.metrics)
        runtime = Runtime(
            self.job.processors,
            self.stores,
            settings.kafka,
            settings.worker,
            observer=observer,
        )
        await runtime.start()
        self.runtime = runtime
        app = make_faust_app(
            self.job.app_id,
            runtime,
            settings.kafka,
            settings.worker,
            partitions=max(self.partitions.values()),
            url=self.url,
        )
        for processor in self.job.processors:
            chunk_agent(app, processor.log, runtime)
        app.finalize()
        self.faust = app
        calm_collector()
        self._starting = asyncio.create_task(self._run_faust(app))

    async def fault(self) -> BaseException:
        """Wait for a fault that must stop the worker."""
        assert self.runtime is not None, "start first"
        return await self.runtime.fault()

    async def stop(self) -> None:
        """Drain what is under way, leave the group, close the stores; harmless when repeated."""
        if self.runtime is not None:
            await self.runtime.stop()
            self.runtime = None
        if self.faust is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self.faust.stop(), 10)
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        while self.stores:
            self.stores.popitem()[1].close()

    def is_ready(self) -> tuple[bool, str]:
        """Return whether partitions are assigned and recovered, and if not, what is awaited."""
        runtime = self.runtime
        if runtime is None:
            return False, "Kafka"
        if runtime.is_recovered and not runtime.waiting_for:
            return True, ""
        return False, runtime.waiting_for or "recovery"

    def tables(self) -> StoreTables:
        """Return the rows of this worker and the owners of the others."""
        return StoreTables(
            stores=self.stores,
            partitions=self.partitions,
            owned=self.owned,
            urls=self.urls,
            marker=self._marker,
        )

    def standings(self) -> list[ProcessorStatus]:
        """Return where this worker's own partitions stand."""
        runtime = self.runtime
        found = []
        for processor in self.job.processors:
            partitions = []
            for partition in sorted(self.owned(processor.name)):
                marker = self._marker(processor.name, partition)
                lag = 0 if runtime is None else runtime.lag(processor.log, partition)
                partitions.append(
                    PartitionStatus(
                        partition=partition,
                        next=marker.next,
                        lag=lag,
                        stream_time_ms=marker.stream_time_ms,
                        epoch=marker.epoch,
                    )
                )
            found.append(ProcessorStatus(processor.name, processor.version, partitions))
        return found

    def references(self, processor: str, tenant: str) -> Mapping[str, Any]:
        """Return reference values in force for a tenant, in the newest partition owned here."""
        runtime = self.runtime
        (topic,) = [p.log for p in self.job.processors if p.name == processor]
        owned = (
            []
            if runtime is None
            else [lane for (name, _), lane in sorted(runtime.lanes.items()) if name == topic]
        )
        for lane in owned:
            found = lane.owner.references(tenant)
            if found:
                return found
        return {}

    def _marker(self, processor: str, partition: int) -> Marker:
        (topic,) = [p.log for p in self.job.processors if p.name == processor]
        runtime = self.runtime
        lane = None if runtime is None else runtime.lanes.get((topic, partition))
        if lane is None:
            raise NotOwnedError(processor=processor, partition=partition, url=None)
        return lane.owner.committed

    def owned(self, processor: str) -> set[int]:
        """Return the partitions of a processor owned and recovered here."""
        runtime = self.runtime
        if runtime is None:
            return set()
        (topic,) = [p.log for p in self.job.processors if p.name == processor]
        return {partition for name, partition in runtime.lanes if name == topic}

    def urls(self, processor: str) -> dict[str, set[int]]:
        """Return every known worker's API URL with its partitions."""
        known: dict[str, set[int]] = {}
        control = self.runtime.control if self.runtime is not None else None
        if isinstance(control, FaustControl):
            known = control.urls(changelog_of(processor))
        known[self.url] = self.owned(processor)
        return known

    async def _run_faust(self, app: CuestreamApp) -> None:
        try:
            await app.start()
        except asyncio.CancelledError:
            raise
        except Exception as fault:  # noqa: BLE001  # a fault of Faust's stops the worker too
            assert self.runtime is not None, "made before the app"
            self.runtime.fail(fault)

    def _open_store(self, processor: str) -> Store:
        settings = self.settings.worker
        if settings.store == "memory":
            return MemoryStore()
        folder = Path(settings.data_dir) / "state" / settings.name / processor
        return RocksStore(folder, stale_after_ms=STALE_AFTER_MS)


def run_worker(settings: Settings) -> int:
    """Run one worker with its query API until a signal or a fault; return the exit code.

    Raises:
        streams.broker.errors.BrokerError: Kafka or its topics are not as they must be.
        streams.api.errors.ConfigurationError: The API would let strangers in.
        StoreFailedError: The local store cannot be opened.
    """
    logs.configure()
    return asyncio.run(_run_worker(settings))


def run_up(options: UpOptions) -> int:
    """Run everything on one machine; return the exit code."""
    from streams.local_run import LocalRun  # noqa: PLC0415  # brings in what a worker never needs

    return LocalRun(options).run()


async def _run_worker(settings: Settings) -> int:
    metrics, job = Metrics(), main_job()
    worker = WorkerApp(settings, job, metrics)
    await worker.check()
    api = ApiServer(
        create_app(
            ApiDependencies(
                settings=settings,
                tables=worker.tables(),
                partitions=worker.partitions[job.processors[0].name],
                metrics=metrics,
                readiness=lambda: Readiness(*worker.is_ready()),
                processors=worker.standings,
                references=worker.references,
            )
        ),
        settings.api,
        is_port_fixed=settings.api.port_is_fixed,
    )
    url = await api.start()
    worker.url = settings.api.advertised_url or url
    log.info("listening", url=url)
    try:
        await worker.start()
        return await run_until_stopped(
            worker, on_ready=lambda _: log.info("ready", url=url), before_stop=api.stop
        )
    finally:
        await api.stop()
        await worker.stop()


def quiet_libraries() -> None:
    """Keep the libraries' life-cycle chatter out of the log; their warnings stay."""
    # Never the root logger at WARNING: Faust would then build every debug record.
    for name in ("faust", "mode", "aiokafka", "streams.runtime", "kafka", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("aiokafka.consumer.group_coordinator", "aiokafka.conn", "aiokafka.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def calm_collector() -> None:
    """Let the cyclic collector leave alone what lives as long as the process.

    Records, states and flushes hold no cycles; with the default thresholds the collector would walk
    all imported code again every few thousand records.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


async def run_until_stopped(
    app: WorkerApp,
    *,
    on_ready: Callable[[WorkerApp], None] | None = None,
    before_stop: Callable[[], Awaitable[None]] | None = None,
) -> int:
    """Run a started worker until a signal or a fault; return the process's exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    fault = asyncio.create_task(app.fault())
    stopped = asyncio.create_task(stop.wait())
    told = False
    while not (fault.done() or stopped.done()):
        await asyncio.wait({fault, stopped}, timeout=0.02, return_when=asyncio.FIRST_COMPLETED)
        if not told and app.is_ready()[0]:
            told = True
            if on_ready is not None:
                on_ready(app)
        if told:
            await asyncio.wait({fault, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if before_stop is not None:
        await before_stop()
    await app.stop()
    for task in (fault, stopped):
        task.cancel()
    if fault.done() and not fault.cancelled():
        log.error("stopped by a fault", because=str(fault.result()))
        return 1
    return 0


def job_topics(processor: Processor[Any], outputs: Sequence[TopicPlan]) -> tuple[TopicPlan, ...]:
    """Return the plans of a single processor's job: log, changelog, outputs."""
    return (
        TopicPlan(name=processor.log, role="log", key="aggregate", says="Input."),
        changelog_plan(processor.name, processor.log),
        *outputs,
    )
