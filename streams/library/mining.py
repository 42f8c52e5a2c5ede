"""Mining runs at work: one at a time, in a process of its own, told to the log as it goes.

What holds:

- A run is worked on by the owner of its partition. When that one dies or loses it, the next begins
  the run anew over the same part of the log, so that the result is the same.
- Everything that is told has the run's id and, of an intent, its place: told twice it is the same.
- A run ends: finished, or failed with a sentence.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

import msgspec

from processors.views.library import RunView
from schemas.errors import SchemaError
from schemas.records.library import (
    IntentMined,
    MiningFailed,
    MiningFinished,
    MiningProgressed,
    MiningStarted,
)
from streams.api.appending import Appender
from streams.kafka_settings import Kafka
from streams.library import messages, rows
from streams.library.errors import ChildFailedError, NotTakenError, OverTimeError
from streams.library.messages import (
    Began,
    Finished,
    Found,
    Message,
    MiningJob,
    Progressed,
    revealed,
)
from streams.library.processes import Begin, Outcome, child
from streams.library.rows import Due
from streams.library.settings import Library
from streams.library.telling import entry, now_ms, tell
from streams.tables import Tables
from streams.telemetry.logs import logger

WORKER: Final = "streams.library.mining_worker"
READS: Final = "conversations"
TOLD_EVERY_S: Final = 1.0
BECAUSE_CHARS_MAX: Final = 4_000

_log = logger(__name__)
_spans: Final = msgspec.json.Decoder(dict[int, tuple[int, int]]).decode


class Mining:
    """Works on one run at a time."""

    def __init__(
        self,
        settings: Library,
        kafka: Kafka,
        tables: Tables,
        appender: Appender,
        *,
        begin: Begin = child,
    ) -> None:
        self._settings, self._kafka, self._begin = settings, kafka, begin
        self._tables, self._appender = tables, appender
        self._failures: dict[str, int] = {}

    async def work(self, due: Due[RunView]) -> Outcome:
        """Work on a run once; return what became of it.

        Raises:
            NotOwnedError: Its partition belongs to another worker now.
        """
        run_id, attempt = due.row.run_id, due.row.attempts + 1
        if attempt > self._settings.attempts_max:
            because = f"it was begun {due.row.attempts} times and never came to its end"
            await self._fail(due, because)
            return "failed"
        try:
            await self._mine(due, Telling(due, attempt, self._appender))
        except (OverTimeError, NotTakenError, SchemaError) as fault:
            await self._fail(due, str(fault))
            return "failed"
        except ChildFailedError as fault:
            failures = self._failures[run_id] = self._failures.get(run_id, 0) + 1
            _log.warning("mining failed", run=run_id, attempt=attempt, because=fault.because)
            if not fault.is_final and failures < self._settings.failures_max:
                return "again"
            tried = "" if fault.is_final else f" (tried {failures} times)"
            await self._fail(due, f"{fault.because}{tried}")
            return "failed"
        return "done"

    async def _mine(self, due: Due[RunView], telling: Telling) -> None:
        limit_s = self._settings.mining_limit_s
        job = self._job(due)
        try:
            async with asyncio.timeout(limit_s), self._begin(WORKER, job) as said:
                async for message in said:
                    await telling.take(message)
        except TimeoutError:
            raise OverTimeError(what="mining", limit_s=limit_s, knob="mining_limit_s") from None
        if not telling.is_finished:
            raise ChildFailedError(because="its process ended without a result", is_final=False)
        self._failures.pop(due.row.run_id, None)

    def _job(self, due: Due[RunView]) -> MiningJob:
        row = due.row
        naming = self._settings.naming
        library, discarded = rows.anchors(self._tables, due.tenant, due.partition)
        return MiningJob(
            kafka=revealed(self._kafka),
            tenant=due.tenant,
            granularity=row.granularity,
            since_ms=row.since_ms,
            conversations_max=row.records_max,
            spans=_spans(row.spans) if row.spans else None,
            library=library,
            discarded=discarded,
            naming=naming.model_dump(mode="json") if naming.url else None,
            niceness=self._settings.niceness,
        )

    async def _fail(self, due: Due[RunView], because: str) -> None:
        record = MiningFailed(
            tenant=due.tenant,
            occurred_at_ms=now_ms(),
            run_id=due.row.run_id,
            because=because[:BECAUSE_CHARS_MAX],
        )
        await tell(self._appender, [entry(record, f"{due.row.run_id}/failed")])
        self._failures.pop(due.row.run_id, None)


class Telling:
    """From what the process says to what the log holds.

    Attributes:
        is_finished: The end has been told.
    """

    def __init__(self, due: Due[RunView], attempt: int, appender: Appender) -> None:
        self.is_finished = False
        self._due, self._attempt, self._appender = due, attempt, appender
        self._phase = ""
        self._next_s = 0.0
        self._told = 0

    async def take(self, message: Message) -> None:
        """Tell the log. Raises NotTakenError and SchemaError for what no log will take."""
        run_id, about = self._due.row.run_id, self._about()
        match message:
            case Began(spans=spans):
                started = MiningStarted(
                    **about,
                    source=READS,
                    spans=messages.encode(spans).decode(),
                    attempt=self._attempt,
                )
                await self._tell(started, f"started/{self._attempt}")
            case Progressed() if self._is_worth_telling(message):
                self._told += 1
                progressed = MiningProgressed(
                    **about, phase=message.phase, done=message.done, total=message.total
                )
                await self._tell(progressed, f"progress/{self._attempt}/{self._told}")
            case Found(index=index, content=content):
                await self._tell(IntentMined(**about, index=index, content=content), f"{index}")
            case Finished():
                figures = msgspec.structs.asdict(message.figures) | {"named": message.named}
                finished = MiningFinished(
                    **about,
                    intents=message.intents,
                    figures=messages.encode(figures).decode(),
                    tree=messages.encode(message.tree).decode(),
                    encoder=message.encoder,
                )
                await self._tell(finished, "finished")
                self.is_finished = True
                _log.info("mined", run=run_id, intents=message.intents)
            case _:
                pass

    def _is_worth_telling(self, message: Progressed) -> bool:
        now_s = time.monotonic()
        if message.phase == self._phase and now_s < self._next_s:
            return False
        self._phase, self._next_s = message.phase, now_s + TOLD_EVERY_S
        return True

    async def _tell(self, record: msgspec.Struct, name: str) -> None:
        await tell(self._appender, [entry(record, f"{self._due.row.run_id}/{name}")])

    def _about(self) -> dict[str, Any]:
        return {
            "tenant": self._due.tenant,
            "occurred_at_ms": now_ms(),
            "run_id": self._due.row.run_id,
        }
