"""The outbox: sends what hubs are owed and says what came of it.

What holds:

- Every row of the delivery table that is `due` is sent, at least once, under the idempotency key
  the row has. What came of it is appended to the log as DeliveryAttempted; the row changes only
  through that. So a worker that dies at any point is followed by one that sends the same again.
- What was sent and not yet taken in is not sent again by this worker. While the log does not take
  the word, it is kept and offered again.
- Hubs do not hold up each other: each has its own places, its own breaker and its own time-out.
- An idle worker compares one marker a partition every `poll_ms`, or is woken; it scans only when
  something was committed or a row's time has come, and spends at most a tenth of its time so.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable
from typing import Final

import aiohttp
import msgspec

from processors.handoff.hubs.catalogue import hub_of
from processors.handoff.hubs.contract import Handoff, Kind, Receipt, Transcript
from processors.handoff.hubs.errors import HubError, UnreadableDeliveryError
from processors.handoff.hubs.telling import facts_of, request_of, turns_wanted
from processors.views import handoff as views
from processors.views.handoff import DeliveryView, HubHandoffView
from schemas.records.handoff import DeliveryAttempted, DeliveryOutcome
from streams.api.appending import Appender, Entry, Refused
from streams.hubs.breaker import Breaker
from streams.hubs.errors import HubWorkError, TranscriptNotReadyError
from streams.hubs.sending import Answer, Line
from streams.hubs.settings import Endpoint, Hubs
from streams.hubs.transcripts import Transcripts
from streams.tables import NotOwnedError, Tables
from streams.telemetry.logs import logger
from streams.telemetry.metrics import Metrics

PROCESSOR: Final = "handoff"
SOURCE: Final = "/hubs/outbox"
PATIENCE_S: Final = 10.0
"""How long a transcript may be unreadable before that counts as a failed attempt."""
SCAN_SHARE: Final = 10
"""A scan is followed by a pause of at least this many times its own length."""
APPEND_AGAIN_S: Final = 0.5
_PAGE: Final = 1_000
_RESPONSE_CHARS_MAX: Final = 500
_BROKEN: Final = frozenset({500, 502, 503, 504})

_log = logger(__name__)
_KINDS: Final[dict[str, Kind]] = {
    "initiate": "initiate",
    "message": "message",
    "status": "status",
    "end": "end",
    "health": "health",
}


class Due(msgspec.Struct, frozen=True):
    """A delivery to be sent now."""

    tenant: str
    row: DeliveryView

    @property
    def name(self) -> tuple[str, str]:
        """Return what tells it from all others."""
        return self.tenant, self.row.delivery_id

    @property
    def version(self) -> tuple[int, int]:
        """Return what changes with every attempt taken in and every retry by hand."""
        return self.row.attempts, self.row.next_at_ms


class Way(msgspec.Struct):
    """One tenant's way to one hub."""

    endpoint: Endpoint
    line: Line
    breaker: Breaker
    places: int


class Attempt(msgspec.Struct, frozen=True):
    """What one attempt came to."""

    outcome: DeliveryOutcome
    receipt: Receipt
    status: int | None = None
    response: str | None = None


class Outbox:
    """Sends the deliveries of the handoff partitions this worker owns."""

    def __init__(
        self,
        hubs: Hubs,
        tables: Tables,
        appender: Appender,
        transcripts: Transcripts,
        session: Callable[[], aiohttp.ClientSession],
        metrics: Metrics,
    ) -> None:
        """Nothing is sent before `run`.

        Args:
            hubs: Endpoints and knobs.
            tables: Rows of this worker.
            appender: The way to the logs.
            transcripts: Where transcripts are read.
            session: Gives the HTTP client.
            metrics: Where to count.
        """
        self._hubs, self._tables, self._appender = hubs, tables, appender
        self._transcripts, self._session, self._metrics = transcripts, session, metrics
        self._ways: dict[tuple[str, str], Way] = {}
        self._sent: dict[tuple[str, str], tuple[int, int]] = {}
        self._unready_since_s: dict[tuple[str, str], float] = {}
        self._under_way: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._seen: dict[int, int] = {}
        self._next_at_ms: int | None = None
        self._is_held_back = False
        self._news = asyncio.Event()

    @property
    def under_way(self) -> int:
        """How many deliveries are being sent."""
        return len(self._under_way)

    def wake(self) -> None:
        """Look again now: something was committed."""
        self._news.set()

    async def run(self) -> None:
        """Send until cancelled; what is under way is then given up, to be repeated."""
        try:
            while True:
                started_s = time.monotonic()
                if self._has_news():
                    await self._look()
                took_s = time.monotonic() - started_s
                await self._pause(max(self._hubs.poll_ms / 1_000, took_s * SCAN_SHARE), took_s)
        finally:
            tasks = list(self._under_way.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pause(self, longest_s: float, took_s: float) -> None:
        """Wait for news, but not less than a look's share of the time."""
        await asyncio.sleep(took_s * SCAN_SHARE)
        rest_s = max(0.0, longest_s - took_s * SCAN_SHARE)
        # Not `wait_for`: on Python 3.11 it can swallow the cancellation that ends the outbox.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(rest_s):
                await self._news.wait()
        self._news.clear()

    def _has_news(self) -> bool:
        """Return whether a look may find something: a marker moved, or a row's time has come."""
        seen: dict[int, int] = {}
        for partition in sorted(self._tables.owned(PROCESSOR)):
            with contextlib.suppress(NotOwnedError):
                _, as_of = self._tables.scan(
                    PROCESSOR, views.DELIVERY, b"", partition=partition, limit=1
                )
                seen[partition] = as_of.next
        is_due = self._next_at_ms is not None and self._next_at_ms <= _now_ms()
        has_news = seen != self._seen or is_due or self._is_held_back
        self._seen = seen
        return has_news

    async def _look(self) -> None:
        """Find what is due and begin to send it, oldest first."""
        found: list[Due] = []
        self._next_at_ms, self._is_held_back = None, False
        now_ms = _now_ms()
        standing: set[tuple[str, str]] = set()
        for partition in sorted(self._seen):
            for due in await self._rows(partition):
                standing.add(due.name)
                if due.row.next_at_ms > now_ms:
                    wait = due.row.next_at_ms
                    self._next_at_ms = min(self._next_at_ms or wait, wait)
                elif self._sent.get(due.name) != due.version and due.name not in self._under_way:
                    found.append(due)
        for kept in (self._sent, self._unready_since_s):
            for name in [name for name in kept if name not in standing]:
                del kept[name]
        found.sort(key=lambda due: (due.row.next_at_ms, due.tenant, due.row.delivery_id))
        for due in found:
            self._begin(due)

    async def _rows(self, partition: int) -> list[Due]:
        """Return the due rows of a partition, also those whose time has not come."""
        found: list[Due] = []
        after: bytes | None = None
        while True:
            try:
                page, _ = self._tables.scan(
                    PROCESSOR, views.DELIVERY, b"", partition=partition, after=after, limit=_PAGE
                )
            except NotOwnedError:
                return found
            for key, value in page:
                row: DeliveryView = views.decode(views.DELIVERY, value)
                if row.state == "due":
                    found.append(Due(key.partition(b"\0")[0].decode(), row))
            if len(page) < _PAGE:
                return found
            after = page[-1][0]
            await asyncio.sleep(0)

    def _begin(self, due: Due) -> None:
        """Send a delivery in the background, if its hub has a place for it now."""
        way = self._way(due.tenant, due.row.hub)
        if way is not None:
            if not way.places or not way.breaker.may_send(time.monotonic()):
                self._is_held_back = True
                return
            way.places -= 1
        task = asyncio.create_task(self._deliver(due, way), name=f"delivery to {due.row.hub}")
        self._under_way[due.name] = task
        task.add_done_callback(lambda _: self._ended(due, way))

    def _ended(self, due: Due, way: Way | None) -> None:
        task = self._under_way.pop(due.name)
        was_full = way is not None and not way.places
        if way is not None:
            way.places += 1
            way.breaker.given_back()
        if not task.cancelled() and task.exception() is not None:
            _log.error("delivery failed", hub=due.row.hub, because=repr(task.exception()))
        if was_full and self._is_held_back:
            self._news.set()

    async def _deliver(self, due: Due, way: Way | None) -> None:
        row = due.row
        try:
            attempt = await self._attempt(due, way)
        except TranscriptNotReadyError as fault:
            since_s = self._unready_since_s.setdefault(due.name, time.monotonic())
            if time.monotonic() - since_s < PATIENCE_S:
                self._is_held_back = True
                return
            attempt = _failed(str(fault))
        except UnreadableDeliveryError as fault:
            attempt = Attempt("refused", Receipt("refused", because=str(fault)))
        except (HubError, HubWorkError) as fault:
            attempt = _failed(str(fault))
        self._unready_since_s.pop(due.name, None)
        self._metrics.hub_deliveries.labels(row.hub_kind, attempt.outcome).inc()
        _log.info(
            "delivery attempted",
            hub=row.hub,
            kind=row.kind,
            delivery=row.delivery_id,
            attempt=row.attempts + 1,
            outcome=attempt.outcome,
            status=attempt.status,
        )
        await self._tell(due, attempt)
        self._sent[due.name] = due.version

    async def _attempt(self, due: Due, way: Way | None) -> Attempt:
        """Send a delivery once and return what it came to."""
        row = due.row
        if way is None:
            return _failed(
                f"hub {row.hub} has no endpoint on this worker; set"
                f" CUESTREAM_HUBS__ENDPOINTS__{row.hub.upper()}__URL and its secrets"
            )
        settings = way.endpoint.payloads(row.hub, row.hub_kind)
        handoff = self._facts(due)
        transcript = Transcript()
        if wanted := turns_wanted(row):
            transcript = await self._transcripts.of(due.tenant, row.conversation_id or "", wanted)
        request = request_of(row, handoff, transcript, settings)
        if request is None:
            because = f"{settings.kind} takes no {row.kind}: nothing was sent"
            return Attempt("delivered", Receipt("delivered", because=because))
        customer = handoff.customer_id or handoff.conversation_id
        answer = await way.line.send(request, row.idempotency_key, customer)
        return self._judged(way, row, answer)

    def _judged(self, way: Way, row: DeliveryView, answer: Answer) -> Attempt:
        now_s = time.monotonic()
        if answer.status is None:
            way.breaker.failed(now_s)
            return _failed(answer.because or "no answer")
        settings = way.endpoint.payloads(row.hub, row.hub_kind)
        receipt = hub_of(settings.kind).read_response(
            _KINDS[row.kind], answer.status, answer.headers, answer.body
        )
        if answer.status in _BROKEN:
            way.breaker.failed(now_s)
        else:
            way.breaker.succeeded()
        if receipt.retry_after_ms and answer.status in {429, 503}:
            way.breaker.rest(now_s + receipt.retry_after_ms / 1_000)
        outcomes: dict[str, DeliveryOutcome] = {"delivered": "delivered", "refused": "refused"}
        outcome = outcomes.get(receipt.outcome, "failed")
        said = answer.body[:_RESPONSE_CHARS_MAX].decode(errors="replace") or None
        return Attempt(outcome, receipt, answer.status, said)

    async def _tell(self, due: Due, attempt: Attempt) -> None:
        """Append what came of an attempt; offered again until the log takes it."""
        row, receipt = due.row, attempt.receipt
        ids = {"conversation": receipt.hub_conversation_id, "message": receipt.hub_message_id}
        now_ms = _now_ms()
        record = DeliveryAttempted(
            tenant=due.tenant,
            occurred_at_ms=now_ms,
            delivery_id=row.delivery_id,
            attempt=row.attempts + 1,
            outcome=attempt.outcome,
            status_code=attempt.status,
            because=receipt.because,
            response=attempt.response,
            hub_ids=msgspec.json.encode(
                {name: held for name, held in ids.items() if held}
            ).decode(),
            retry_after_ms=receipt.retry_after_ms,
        )
        entry = Entry(record, f"{row.idempotency_key}/{row.attempts + 1}/{uuid.uuid4()}", SOURCE)
        while True:
            (told,) = await self._appender.append([entry])
            if not isinstance(told, Refused):
                return
            _log.warning("log does not take the receipt", hub=row.hub, because=told.because)
            await asyncio.sleep(APPEND_AGAIN_S)

    def _facts(self, due: Due) -> Handoff:
        """Return what a delivery is about, with what the hand-off knew of the customer."""
        known: HubHandoffView | None = None
        if due.row.request_id is not None:
            with contextlib.suppress(NotOwnedError):
                key = views.row_key(due.tenant, due.row.request_id)
                value, _ = self._tables.get(PROCESSOR, views.HUB_HANDOFF, key)
                known = None if value is None else views.decode(views.HUB_HANDOFF, value)
        return facts_of(due.tenant, due.row, known)

    def _way(self, tenant: str, hub: str) -> Way | None:
        """Return the way to a hub; None: it is not set up."""
        endpoint = self._hubs.endpoint(tenant, hub)
        if endpoint is None:
            return None
        way = self._ways.get((tenant, hub))
        if way is None:
            line = Line(hub, endpoint, self._session)
            way = self._ways[tenant, hub] = Way(endpoint, line, Breaker(), endpoint.concurrency)
        return way


def _failed(because: str) -> Attempt:
    return Attempt("failed", Receipt("retry", because=because))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
