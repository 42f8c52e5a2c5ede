"""Frozen versions at work: trained in a process of its own, published, told to the log.

Everything is addressed by content, so that doing it again after a crash brings the same artefact
under the same digest into force.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final

import msgspec

from processors.intents.library import LIBRARY, LibraryContent
from processors.views.library import PublicationView
from schemas.errors import SchemaError
from schemas.records.library import LibraryTrained, PublicationFailed
from streams.api.appending import Appender
from streams.library import rows
from streams.library.errors import ChildFailedError, NotTakenError, OverTimeError
from streams.library.messages import Trained, TrainingJob
from streams.library.processes import Begin, Outcome, child
from streams.library.rows import Due
from streams.library.settings import Library
from streams.library.telling import announce, entry, now_ms, tell
from streams.tables import Tables
from streams.telemetry.logs import logger

WORKER: Final = "streams.library.training_worker"
BECAUSE_CHARS_MAX: Final = 4_000

_log = logger(__name__)
_content: Final = msgspec.json.Decoder(LibraryContent).decode


class Publishing:
    """Works on one version at a time."""

    def __init__(
        self, settings: Library, tables: Tables, appender: Appender, *, begin: Begin = child
    ) -> None:
        self._settings, self._begin = settings, begin
        self._tables, self._appender = tables, appender
        self._failures: dict[tuple[str, int], int] = {}

    async def work(self, due: Due[PublicationView]) -> Outcome:
        """Work on a version once; return what became of it.

        Raises:
            NotOwnedError: Its partition belongs to another worker now.
        """
        name = (due.tenant, due.row.version)
        try:
            trained = await self._trained(_content(due.row.content))
            await self._publish(due, trained)
            self._failures.pop(name, None)
        except msgspec.DecodeError as fault:
            await self._fail(due, f"what was frozen cannot be read: {fault}")
            return "failed"
        except (OverTimeError, NotTakenError, SchemaError) as fault:
            await self._fail(due, str(fault))
            return "failed"
        except ChildFailedError as fault:
            failures = self._failures[name] = self._failures.get(name, 0) + 1
            _log.warning("training failed", version=due.row.version, because=fault.because)
            if not fault.is_final and failures < self._settings.failures_max:
                return "again"
            tried = "" if fault.is_final else f" (tried {failures} times)"
            await self._fail(due, f"{fault.because}{tried}")
            return "failed"
        return "done"

    async def _publish(self, due: Due[PublicationView], trained: Trained) -> None:
        tenant, version = due.tenant, due.row.version
        digest = hashlib.sha256(trained.artefact).hexdigest()
        if rows.digest_in_force(self._tables, tenant) != digest:
            await announce(
                self._appender,
                tenant=tenant,
                reference=LIBRARY,
                content=trained.artefact,
                digest=digest,
                label=f"version {version}",
            )
        record = LibraryTrained(
            tenant=tenant,
            occurred_at_ms=now_ms(),
            version=version,
            digest=digest,
            threshold=trained.threshold,
            accuracy=trained.accuracy,
            examples=trained.examples,
            encoder=trained.encoder,
        )
        await tell(self._appender, [entry(record, f"{tenant}/{version}/trained")])
        _log.info("library published", version=version, digest=digest)

    async def _fail(self, due: Due[PublicationView], because: str) -> None:
        record = PublicationFailed(
            tenant=due.tenant,
            occurred_at_ms=now_ms(),
            version=due.row.version,
            because=because[:BECAUSE_CHARS_MAX],
        )
        await tell(self._appender, [entry(record, f"{due.tenant}/{due.row.version}/failed")])
        self._failures.pop((due.tenant, due.row.version), None)

    async def _trained(self, content: LibraryContent) -> Trained:
        limit_s = self._settings.training_limit_s
        job = TrainingJob(content=content, niceness=self._settings.niceness)
        try:
            async with asyncio.timeout(limit_s), self._begin(WORKER, job) as said:
                async for message in said:
                    if isinstance(message, Trained):
                        return message
        except TimeoutError:
            knob = "training_limit_s"
            raise OverTimeError(what="training", limit_s=limit_s, knob=knob) from None
        raise ChildFailedError(because="its process ended without a result", is_final=False)
