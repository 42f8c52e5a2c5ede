"""A worker between a log and hubs: the real processor over memory, the real outbox over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from processors.handoff.processor import HandoffProcessor
from processors.handoff.settings import HANDOFF_SETTINGS, load_settings
from processors.machine import At
from processors.views import conversation, handoff as views
from processors.views.handoff import DeliveryView, HubHandoffView
from schemas import codec
from schemas.records.handoff import (
    BotPublished,
    ConnectionAdopted,
    HandoffRequested,
    HandoffTurnSaid,
    HandoffWithdrawn,
)
from streams.api import problems
from streams.api.appending import Entry, Refused
from streams.api.errors import RequestError
from streams.api.gateway import Gateway
from streams.api.store_tables import StoreTables
from streams.client.producer import Receipt
from streams.hubs.inbound import mount
from streams.hubs.service import HubService
from streams.hubs.settings import Endpoint, Hubs
from streams.runtime import ledger
from streams.runtime.ledger import Marker
from streams.stores.memory import MemoryStore
from streams.telemetry.metrics import Metrics

TENANT = "demo"
CONVERSATION = "c-1"
NINE_MS = 1_767_258_000_000


class Counted(StoreTables):
    """Tables that note how much each look at a view asked for."""

    looks: list[int]

    def scan(self, *args: Any, **given: Any) -> Any:
        self.looks.append(given.get("limit", 100))
        return super().scan(*args, **given)


class World:
    """One tenant's handoff log, folded as it grows, and the rows a worker has of it.

    It is the log for the outbox and the gateway: what they append is taken in at once.
    """

    def __init__(self, hub: str = "custom", kind: str = "custom", *, attempts_max: int = 8) -> None:
        self.hub, self.kind = hub, kind
        self.processor = HandoffProcessor()
        self.stores = {"handoff": MemoryStore(), "conversation": MemoryStore()}
        self.next = {"handoff": 0, "conversation": 0}
        self.log: list[Any] = []
        self.ids: list[str] = []
        self.derived: list[Any] = []
        self.refused: list[Any] = []
        self.down: str | None = None
        self.held: list[Entry] | None = None
        self.elsewhere: dict[str, str] = {}
        self._settings = load_settings(
            json.dumps(
                {
                    "hubs": {hub: {"kind": kind}},
                    "environments": {
                        "home": {
                            "region": "Europe",
                            "hub": hub,
                            "is_provisioned": True,
                            "is_bot_licensed": True,
                            "is_hub_licensed": True,
                        }
                    },
                    "applications": {"app-1": {"name": "Bot"}},
                    "bots": {"bot-1": {"environment": "home"}},
                    "deliveries": {
                        "attempts_max": attempts_max,
                        "first_wait_ms": 10,
                        "wait_max_ms": 60_000,
                    },
                }
            ).encode()
        )
        self.looks: list[int] = []
        self.tables = Counted(
            stores=self.stores,
            partitions={"handoff": 1, "conversation": 1},
            owned=lambda processor: set() if processor in self.elsewhere else {0},
            urls=lambda processor: {self.elsewhere.get(processor, "http://127.0.0.1:1"): {0}},
            marker=lambda processor, _: Marker(epoch=1, next=self.next[processor]),
        )
        self.tables.looks = self.looks
        self.add_tenant(TENANT)

    def add_tenant(self, tenant: str) -> None:
        """Publish and connect the bot for a tenant."""
        self.take(BotPublished(tenant=tenant, occurred_at_ms=NINE_MS, bot_id="bot-1"))
        self.take(
            ConnectionAdopted(
                tenant=tenant,
                occurred_at_ms=NINE_MS,
                bot_id="bot-1",
                hub=self.hub,
                environment="home",
                application_id="app-1",
                connected_at_ms=NINE_MS,
            )
        )

    def lives_elsewhere(self, processor: str, url: str) -> None:
        """Let another worker have a processor's partition."""
        self.elsewhere[processor] = url

    # The log

    def take(self, record: Any) -> None:
        """Append a record and fold it."""
        now_ms = time.time_ns() // 1_000_000
        record = self.processor.decode(codec.encode(record), ())
        key = self.processor.key(record) or b""
        state = self.processor.open_state(key, lambda table: self._committed(key, table))
        at = At(
            now_ms=now_ms,
            cause=f"handoff.connections.v1/0/{len(self.log)}",
            references={HANDOFF_SETTINGS: self._settings},
        )
        outcome = self.processor.handle(state, record, at)
        self.log.append(record)
        self.derived += outcome.events
        if outcome.rejection is not None:
            self.refused.append(outcome.rejection)
        changes = [(ledger.row_key(row.table, row.key), row.value) for row in outcome.rows]
        self.stores["handoff"].apply(0, changes, len(self.log))
        self.next["handoff"] += 1

    async def append(self, entries: Sequence[Entry]) -> list[Receipt | Refused]:
        if self.down is not None:
            return [Refused(self.down)] * len(entries)
        for entry in entries:
            self.ids.append(entry.id)
            if self.held is not None:
                self.held.append(entry)
            else:
                self.take(entry.record)
        return [Receipt("handoff.connections.v1", 0, len(self.log), one.id) for one in entries]

    async def partitions_of(self, record_type: str) -> list[int]:
        return [0]

    async def close(self) -> None:
        pass

    def _committed(self, key: bytes, table: str) -> list[tuple[bytes, bytes]]:
        skip = len(ledger.row_key(table, b""))
        found = self.stores["handoff"].scan(0, ledger.row_key(table, key + b"\0"))
        return [(row_key[skip:], value) for row_key, value in found]

    # What happens

    def says(self, number: int, text: str, author: str = "customer") -> None:
        """Add a turn to the conversation's rows."""
        view = conversation.TurnView(
            number=number,
            turn_id=f"t-{number}",
            author=author,
            author_id=None,
            author_name=None,
            text=text,
            text_format="plain",
            visibility="public",
            occurred_at_ms=NINE_MS + number,
            recorded_at_ms=NINE_MS + number,
            source=f"conversation.turns.v1/0/{number}",
        )
        key = conversation.turn_key(f"{TENANT}:{CONVERSATION}".encode(), number)
        row = (ledger.row_key(conversation.TURN, key), conversation.encode(view))
        self.stores["conversation"].apply(0, [row], number)
        self.next["conversation"] += 1

    def asks(self, number: int = 1, **fields: Any) -> None:
        """Let the bot hand off after two turns."""
        self.says(1, "my lamp arrived broken")
        self.says(2, "I get you to somebody", "bot")
        given: dict[str, Any] = {
            "tenant": TENANT,
            "conversation_id": CONVERSATION,
            "request_id": f"{CONVERSATION}/{number}",
            "attempt": number,
            "bot_id": "bot-1",
            "channel": "live_chat",
            "locale": "en-US",
            "customer_id": "mia",
            "customer_name": "Mia Kline",
            "variables": '{"order":4711,"product":"lamp"}',
            "message": "wants a refund",
            "reason": "requested_by_customer",
            "turns": 2,
            "ownership_epoch": 2,
        }
        self.take(HandoffRequested(occurred_at_ms=NINE_MS, **(given | fields)))

    def relays(self, number: int, text: str, conversation_id: str = CONVERSATION) -> None:
        """Let the customer say something while the hub has the conversation."""
        if conversation_id == CONVERSATION:
            self.says(number, text)
        self.take(
            HandoffTurnSaid(
                tenant=TENANT,
                occurred_at_ms=NINE_MS + number,
                conversation_id=conversation_id,
                turn_id=f"t-{number}",
                number=number,
                author="customer",
                text=text,
            )
        )

    def ends(self) -> None:
        """Let the conversation end."""
        self.take(
            HandoffWithdrawn(
                tenant=TENANT,
                occurred_at_ms=NINE_MS,
                conversation_id=CONVERSATION,
                reason="customer_left",
            )
        )

    # What stands

    def deliveries(self) -> list[DeliveryView]:
        return [
            views.decode(views.DELIVERY, value)
            for _, value in self._committed(TENANT.encode(), views.DELIVERY)
        ]

    def delivery(self, order: int = 1) -> DeliveryView:
        return next(row for row in self.deliveries() if row.order == order)

    def handoff(self) -> HubHandoffView:
        (_, value) = self._committed(TENANT.encode(), views.HUB_HANDOFF)[-1]
        found: HubHandoffView = views.decode(views.HUB_HANDOFF, value)
        return found

    def of_type(self, record: type[Any]) -> list[Any]:
        return [one for one in [*self.log, *self.derived] if type(one) is record]


def endpoint(url: str, **fields: Any) -> Endpoint:
    return Endpoint(url=url, **fields)


@contextlib.asynccontextmanager
async def service(
    world: World, tmp_path: Path, hubs: Hubs, *, is_sending: bool = True, **given: Any
) -> AsyncIterator[HubService]:
    """A worker's hub part over the world's rows, sending until the end."""
    metrics = given.pop("metrics", None) or Metrics()
    made = HubService(
        hubs,
        world.tables,
        world,
        Gateway(world, metrics),
        metrics,
        data_dir=tmp_path,
        **given,
    )
    if is_sending:
        made.start()
    try:
        yield made
    finally:
        await made.stop()


@contextlib.asynccontextmanager
async def client(made: HubService) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who asks the worker's addresses for hubs."""
    app = FastAPI(exception_handlers={RequestError: problems.on_request_error})
    mount(app, made.webhooks)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asking:
        yield asking


def one_hub(name: str, url: str, **fields: Any) -> Hubs:
    """Settings with a single endpoint, looked at often."""
    return Hubs(poll_ms=10, endpoints={name: Endpoint(url=url, **fields)})


async def until(holds: Any, timeout_s: float = 8.0) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(timeout_s):
        while not holds():  # noqa: ASYNC110  # whatever makes it hold raises no event
            await asyncio.sleep(0.005)
