"""The library as one part of a worker: finds due work in its rows and sees it done.

An idle worker compares one marker a partition every `poll_ms`; it scans only when something was
committed or work ended. Mining and publishing do not wait for each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

from processors.intents.library import LibraryContent
from processors.views import library as views
from processors.views.library import PublicationView, RunView
from streams.api.appending import Appender
from streams.kafka_settings import Kafka
from streams.library import rows
from streams.library.dry_run import DryRuns
from streams.library.mining import Mining
from streams.library.processes import Begin, Outcome, child
from streams.library.publishing import Publishing
from streams.library.rows import Due
from streams.library.settings import Library
from streams.tables import NotOwnedError, Tables
from streams.telemetry.logs import logger
from streams.telemetry.metrics import Metrics

R = TypeVar("R", RunView, PublicationView)

TAKEN_IN_S: Final = 30.0
"""How long work that was told to be done may still be due before it is begun anew."""

_log = logger(__name__)


class LibraryService:
    """Everything a worker does for libraries.

    Attributes:
        dry_runs: What would change.
    """

    def __init__(
        self,
        settings: Library,
        kafka: Kafka,
        tables: Tables,
        appender: Appender,
        metrics: Metrics,
        *,
        begin: Begin = child,
    ) -> None:
        """Nothing runs before `start`.

        Args:
            settings: Knobs.
            kafka: Where the processes it starts read.
            tables: Rows of this worker.
            appender: The way to the logs.
            metrics: Where work is counted.
            begin: How processes are started.
        """
        self._settings, self._tables = settings, tables
        self.dry_runs = DryRuns(settings, kafka, metrics, begin=begin)
        self._task: asyncio.Task[None] | None = None
        mining = Mining(settings, kafka, tables, appender, begin=begin)
        publishing = Publishing(settings, tables, appender, begin=begin)
        again_s = settings.again_s
        self._mining = Lane(
            "mining", mining.work, rows.due_runs, self._is_due_run, again_s, metrics
        )
        self._publishing = Lane(
            "publishing",
            publishing.work,
            rows.due_publications,
            self._is_due_publication,
            again_s,
            metrics,
        )
        self._seen: dict[int, int] = {}

    def start(self) -> None:
        """Begin to work, on the running loop."""
        if self._settings.is_working and self._task is None:
            self._task = asyncio.create_task(self._run(), name="library")

    async def stop(self) -> None:
        """Give up what is under way, to be begun anew by whoever comes; harmless when repeated."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self.dry_runs.stop()

    def draft(self, tenant: str) -> tuple[LibraryContent, str]:
        """Return what would be published now, and the digest in force; empty: none is.

        Raises:
            NotOwnedError: Another worker has the tenant's library.
        """
        partition = self._tables.partition_of(views.PROCESSOR, tenant.encode())
        draft = rows.draft(self._tables, tenant, partition)
        return draft, rows.digest_in_force(self._tables, tenant)

    async def _run(self) -> None:
        lanes: tuple[Lane[Any], ...] = (self._mining, self._publishing)
        try:
            while True:
                try:
                    self._look(lanes)
                except Exception:  # noqa: BLE001  # nothing may end the service but its worker
                    _log.exception("library service failed; it begins anew")
                    await asyncio.sleep(self._settings.again_s)
                await asyncio.sleep(self._settings.poll_ms / 1_000)
        finally:
            for lane in lanes:
                await lane.stop()

    def _look(self, lanes: tuple[Lane[Any], ...]) -> None:
        seen: dict[int, int] = {}
        for partition in sorted(self._tables.owned(views.PROCESSOR)):
            with contextlib.suppress(NotOwnedError):
                _, as_of = self._tables.scan(
                    views.PROCESSOR, views.LIBRARY, b"", partition=partition, limit=1
                )
                seen[partition] = as_of.next
        has_news, self._seen = seen != self._seen, seen
        for lane in lanes:
            lane.give_up_unless_due(set(seen))
            if lane.is_idle and (has_news or lane.wants_to_look):
                lane.begin(self._tables, sorted(seen))

    def _is_due_run(self, due: Due[RunView]) -> bool:
        row = rows.run_of(self._tables, due.tenant, due.row.run_id)
        return row is not None and row.state in {"due", "running"}

    def _is_due_publication(self, due: Due[PublicationView]) -> bool:
        row = rows.publication_of(self._tables, due.tenant, due.row.version)
        return row is not None and row.state == "due"


class Lane(Generic[R]):
    """One kind of work, one piece at a time."""

    def __init__(
        self,
        name: str,
        work: Callable[[Due[R]], Awaitable[Outcome]],
        find: Callable[[Tables, int], list[Due[R]]],
        is_due: Callable[[Due[R]], bool],
        again_s: float,
        metrics: Metrics,
    ) -> None:
        """Take the parts.

        Args:
            name: For the log and the metrics.
            work: Works on a piece and returns what became of it.
            find: Returns what is due on a partition.
            is_due: Whether a piece still is; raises NotOwnedError.
            again_s: Pause after a piece that failed.
            metrics: Where it is counted.
        """
        self._name, self._again_s = name, again_s
        self._seconds = metrics.library_work_seconds
        self._work: Callable[[Due[R]], Awaitable[Outcome]] = work
        self._find: Callable[[Tables, int], list[Due[R]]] = find
        self._is_due: Callable[[Due[R]], bool] = is_due
        self._task: asyncio.Task[None] | None = None
        self._due: Due[R] | None = None
        self.wants_to_look = True

    @property
    def is_idle(self) -> bool:
        """Return whether nothing is under way."""
        return self._task is None

    def begin(self, tables: Tables, partitions: list[int]) -> None:
        """Begin with the oldest piece that is due, if there is one."""
        found: list[Due[R]] = []
        for partition in partitions:
            with contextlib.suppress(NotOwnedError):
                found += self._find(tables, partition)
        self.wants_to_look = False
        if found:
            self._due = min(found, key=lambda due: due.row.requested_at_ms)
            self._task = asyncio.create_task(self._see_done(self._due), name=self._name)

    def give_up_unless_due(self, owned: set[int]) -> None:
        """End work whose partition went to another worker, or that was ended by others."""
        due, task = self._due, self._task
        if due is None or task is None:
            return
        is_due = due.partition in owned
        if is_due:
            try:
                is_due = self._is_due(due)
            except NotOwnedError:
                is_due = False
        if not is_due:
            # Once: a second time would cut short what is cleaned up.
            self._due = None
            task.cancel()

    async def stop(self) -> None:
        """Give up what is under way."""
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _see_done(self, due: Due[R]) -> None:
        try:
            outcome = await self._timed(due)
            # Until what was told is taken in the row says that it is due; then this is given up.
            await asyncio.sleep(self._again_s if outcome == "again" else TAKEN_IN_S)
        except NotOwnedError:
            pass
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001  # the next look begins it anew
            _log.exception("work on the library failed", kind=self._name)
            await asyncio.sleep(self._again_s)
        finally:
            self._task = self._due = None
            self.wants_to_look = True

    async def _timed(self, due: Due[R]) -> Outcome:
        began_s = time.monotonic()
        outcome: str = "again"
        try:
            found = await self._work(due)
        except asyncio.CancelledError:
            outcome = self._when_ended(due)
            raise
        except NotOwnedError:
            outcome = "given_up"
            raise
        else:
            outcome = found
            return found
        finally:
            self._seconds.labels(self._name, outcome).observe(time.monotonic() - began_s)

    def _when_ended(self, due: Due[R]) -> str:
        """Return what became of work that was ended: what was told of it may be taken in before."""
        try:
            return "given_up" if self._is_due(due) else "done"
        except NotOwnedError:
            return "given_up"
