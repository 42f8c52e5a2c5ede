"""Hubs as one part of a worker: the outbox in the background, webhooks on its API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp

from streams.api.appending import Appender
from streams.api.gateway import Gateway
from streams.hubs.inbound import Webhooks
from streams.hubs.outbox import Outbox
from streams.hubs.settings import Hubs
from streams.hubs.transcripts import Links, Transcripts, link_secret
from streams.tables import Tables
from streams.telemetry.logs import logger
from streams.telemetry.metrics import Metrics

_log = logger(__name__)
RESTART_AFTER_S = 1.0


class HubService:
    """Everything between this worker and the hubs.

    Attributes:
        webhooks: What hubs send; see `inbound.mount`.
        outbox: What they are owed.
    """

    def __init__(
        self,
        hubs: Hubs,
        tables: Tables,
        appender: Appender,
        gateway: Gateway,
        metrics: Metrics,
        *,
        data_dir: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Nothing runs before `start`.

        Args:
            hubs: Endpoints and knobs.
            tables: Rows of this worker, and who has the others.
            appender: The way to the logs.
            gateway: The same with its memory of what was taken.
            metrics: Where to count.
            data_dir: Keeps the secret of transcript addresses when none is set.
            clock: Wall clock, seconds.
        """
        self._hubs = hubs
        self._http: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None
        links = Links(lambda: link_secret(hubs, data_dir), hubs.link_valid_s, clock)
        transcripts = Transcripts(tables, links, self._session, hubs.public_url)
        self.webhooks = Webhooks(hubs, gateway, transcripts, metrics, clock=clock)
        self.outbox = Outbox(hubs, tables, appender, transcripts, self._session, metrics)

    def start(self) -> None:
        """Begin to send, on the running loop."""
        if self._hubs.is_sending and self._task is None:
            self._task = asyncio.create_task(self._run(), name="hub outbox")

    async def stop(self) -> None:
        """Give up what is under way and let go of connections; harmless when repeated."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def _run(self) -> None:
        while True:
            try:
                await self.outbox.run()
            except asyncio.CancelledError:
                raise
            except Exception:  # noqa: BLE001  # nothing may end the outbox but its worker
                # The outbox is all reading and sending: begin anew, from the rows.
                _log.exception("outbox failed; it begins anew")
                await asyncio.sleep(RESTART_AFTER_S)

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, limit_per_host=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=True,
            )
        return self._http
