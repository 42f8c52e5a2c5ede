"""Dry runs: what a draft would change, computed in a process of its own, one at a time."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from processors.intents.library import LibraryContent
from streams.api.dry_run_answers import CONVERSATIONS_MAX
from streams.kafka_settings import Kafka
from streams.library.errors import ChildFailedError, DryRunBusyError, OverTimeError
from streams.library.messages import Compared, DryRunJob, revealed
from streams.library.processes import Begin, child
from streams.library.settings import Library
from streams.telemetry.metrics import Metrics

WORKER: Final = "streams.library.dry_run_worker"


class DryRuns:
    """Compares the library in force with a draft, for one asker at a time."""

    def __init__(
        self, settings: Library, kafka: Kafka, metrics: Metrics, *, begin: Begin = child
    ) -> None:
        self._settings, self._kafka, self._begin = settings, kafka, begin
        self._seconds = metrics.library_work_seconds
        self._task: asyncio.Task[str] | None = None

    async def run(self, tenant: str, conversations: int, draft: LibraryContent, digest: str) -> str:
        """Return the comparison over the last conversations, as JSON.

        Args:
            tenant: Whose conversations.
            conversations: How many.
            draft: What would be published now.
            digest: Of the library in force; empty: none is.

        Raises:
            DryRunBusyError: Another one is under way.
            ChildFailedError: It cannot be done.
            OverTimeError: It takes too long.
        """
        if self._task is not None:
            raise DryRunBusyError
        job = DryRunJob(
            kafka=revealed(self._kafka),
            tenant=tenant,
            conversations=min(conversations, CONVERSATIONS_MAX),
            draft=draft,
            digest=digest,
            niceness=self._settings.niceness,
        )
        # A task of its own: an asker who goes away ends it, and so does a worker that stops.
        task = self._task = asyncio.create_task(self._timed(job), name="dry run")
        try:
            return await task
        except asyncio.CancelledError:
            asker = asyncio.current_task()
            if asker is not None and asker.cancelling():
                raise
            raise ChildFailedError(because="the worker is stopping", is_final=False) from None
        finally:
            task.cancel()
            self._task = None

    async def stop(self) -> None:
        """Give up what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _timed(self, job: DryRunJob) -> str:
        began_s = time.monotonic()
        outcome = "failed"
        try:
            answer = await self._compared(job)
        except asyncio.CancelledError:
            outcome = "given_up"
            raise
        else:
            outcome = "done"
            return answer
        finally:
            self._seconds.labels("dry_run", outcome).observe(time.monotonic() - began_s)

    async def _compared(self, job: DryRunJob) -> str:
        limit_s = self._settings.dry_run_limit_s
        try:
            async with asyncio.timeout(limit_s), self._begin(WORKER, job) as said:
                async for message in said:
                    if isinstance(message, Compared):
                        return message.answer
        except TimeoutError:
            raise OverTimeError(
                what="the dry run", limit_s=limit_s, knob="dry_run_limit_s"
            ) from None
        raise ChildFailedError(because="its process ended without an answer", is_final=False)
