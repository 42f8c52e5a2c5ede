"""Reads of routing and hand-off: desk, board, decisions, connections, deliveries.

A tenant's pool lives in one partition; the worker that owns it answers, others send the query on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from processors.dialogue.bots import BOTS, Bots
from processors.routing import rows
from processors.routing.setup import SETUP, Setup
from processors.views import handoff as handoff_views
from streams.api.errors import ForbiddenError, NotFoundError, UnavailableError
from streams.api.floor import PAGE_ROWS, ROUTING, Floor, encode, no_item, supervises
from streams.api.peers import Peers, is_forwarded
from streams.api.visible import ADMIN, REPRESENTATIVE, SUPERVISOR, Principal
from streams.tables import NotOwnedError, Tables

CONVERSATION: Final = "conversation"
HANDOFF: Final = "handoff"
JSON: Final = "application/json"
ITEMS_AT_ONCE: Final = 50
"""Items told before the event loop gets its turn."""
DESK_MAX: Final = 500
DECISIONS_MAX: Final = 1_000

_DELIVERY_STATES: Final[Mapping[str, set[str]]] = {"pending": {"due", "waiting"}}
References = Callable[[str, str], Mapping[str, Any]]
"""Processor and tenant to the reference values in force there, as far as this worker has them."""
Answer = Callable[[], Awaitable[dict[str, Any]]]


class RoutingReads:
    """Answers queries over the rows of routing and hand-off."""

    def __init__(self, tables: Tables, peers: Peers, references: References) -> None:
        """Take the parts.

        Args:
            tables: The worker's rows.
            peers: The way to other workers.
            references: What is in force where, for names.
        """
        self._tables, self._peers, self._references = tables, peers, references

    async def desk(self, request: Request, asker: Principal) -> Response:
        """Return the asker's desk: presence, capacity, offers and items."""
        _require(asker, REPRESENTATIVE, doing="have a desk")

        async def answer() -> dict[str, Any]:
            floor = self._floor(asker)
            who = floor.row(rows.REPRESENTATIVE, asker.user)
            offers, items = [], []
            for own, desk in floor.below(rows.DESK, f"{asker.user}\0", limit=DESK_MAX):
                item = floor.item(own.rpartition("\0")[2])
                if item is None:
                    continue
                if desk.role == "offer" and item.offer is not None:
                    offers.append(floor.offer_json(item))
                else:
                    items.append(floor.item_json(item, asker) | {"role": desk.role})
            return {
                "representative": floor.representative_json(asker.user, who),
                "offers": sorted(
                    offers, key=lambda offer: (offer["deadline_ms"], offer["item_id"])
                ),
                "items": items,
                "queues": floor.queue_names(),
                "as_of": [floor.as_of],
            }

        return await self._here_or_there(request, answer)

    async def queues(self, request: Request, asker: Principal) -> Response:
        """Return every queue the asker may see, with what is in it and its figures of a day."""

        async def answer() -> dict[str, Any]:
            floor = self._floor(asker)
            return {"items": await floor.queues(asker), "as_of": [floor.as_of]}

        return await self._here_or_there(request, answer)

    async def waiting(
        self, request: Request, asker: Principal, queue_id: str, limit: int
    ) -> Response:
        """Return what waits in a queue, in order."""

        async def answer() -> dict[str, Any]:
            floor = self._floor(asker)
            state = floor.row(rows.QUEUE, queue_id)
            is_known = state is not None or (floor.setup and queue_id in floor.setup.queues)
            is_theirs = supervises(asker, queue_id) or asker.user in floor.members(queue_id)
            if not is_known or not is_theirs:
                raise NotFoundError(f"There is no queue {queue_id!r} that you may see.")
            places = floor.below(rows.WAITING, f"{queue_id}\0", limit=limit)
            items = []
            for position, (own, _) in enumerate(places, start=1):
                item = floor.item(own.rpartition("\0")[2])
                if item is not None:
                    items.append(floor.item_json(item, asker) | {"position": position})
                if position % ITEMS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            total = state.waiting if state is not None else len(items)
            return {"items": items, "total": total, "as_of": [floor.as_of]}

        return await self._here_or_there(request, answer)

    async def items(
        self,
        request: Request,
        asker: Principal,
        *,
        state: str | None,
        representative: str | None,
        queue: str | None = None,
        limit: int,
    ) -> Response:
        """Return work items the asker may see, those that changed last first."""

        async def answer() -> dict[str, Any]:
            floor = self._floor(asker)
            newest, total = await floor.newest(
                asker, state=state, representative=representative, queue=queue, limit=limit
            )
            items = []
            for number, item in enumerate(newest, start=1):
                items.append(floor.item_json(item, asker))
                if number % ITEMS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            return {"items": items, "total": total, "as_of": [floor.as_of]}

        return await self._here_or_there(request, answer)

    async def item(self, request: Request, asker: Principal, item_id: str) -> Response:
        """Return one work item, also one that was closed long ago."""

        async def answer() -> dict[str, Any]:
            floor = self._floor(asker)
            item = floor.visible_item(asker, item_id)
            position = floor.position(item)
            told = {"position": position, "as_of": [floor.as_of]}
            return floor.item_json(item, asker) | told

        return await self._here_or_there(request, answer)

    async def representatives(self, request: Request, asker: Principal) -> Response:
        """Return the representatives: presence, load, queues."""
        _require(asker, REPRESENTATIVE, SUPERVISOR, ADMIN, doing="see representatives")

        async def answer() -> dict[str, Any]:
            floor = self._floor(asker)
            return {"items": await floor.representatives(), "as_of": [floor.as_of]}

        return await self._here_or_there(request, answer)

    async def decisions(self, request: Request, asker: Principal, item_id: str) -> Response:
        """Return where the decisions about an item are found, newest first."""

        async def answer() -> dict[str, Any]:
            floor = self._floor(asker)
            floor.visible_item(asker, item_id)
            found = [
                {
                    "decision_id": row.decision_id,
                    "at_ms": row.at_ms,
                    "kind": row.kind,
                    "queue": row.queue_id,
                    "chosen": row.chosen_id,
                    "because": row.because,
                }
                for _, row in floor.below(rows.DECISION, f"{item_id}\0", limit=DECISIONS_MAX)
            ]
            return {"items": found[::-1], "as_of": [floor.as_of]}

        return await self._here_or_there(request, answer)

    async def connections(self, request: Request, asker: Principal) -> Response:
        """Return bots' connections to their hubs."""
        _require(asker, SUPERVISOR, ADMIN, doing="see connections")

        async def answer() -> dict[str, Any]:
            table = _HandoffTable(self._tables, asker.tenant)
            by_bot = {bot.bot_id: bot async for bot in table.every(handoff_views.BOT)}
            tests = [one async for one in table.every(handoff_views.CONNECTION_TEST)]
            test_of = {test.bot_id: test for test in tests}
            return {
                "items": [
                    msgspec.to_builtins(msgspec.structs.asdict(one))
                    | {
                        "is_published": _published(by_bot.get(one.bot_id)),
                        "test": _fields(test_of.get(one.bot_id)),
                    }
                    async for one in table.every(handoff_views.CONNECTION)
                ],
                "as_of": [table.as_of],
            }

        return await self._here_or_there(request, answer)

    async def deliveries(
        self, request: Request, asker: Principal, state: str, limit: int
    ) -> Response:
        """Return what hubs are owed, newest first."""
        _require(asker, SUPERVISOR, ADMIN, doing="see deliveries")

        async def answer() -> dict[str, Any]:
            table = _HandoffTable(self._tables, asker.tenant)
            states = _DELIVERY_STATES.get(state, {state})
            wanted = [
                one
                async for one in table.every(handoff_views.DELIVERY)
                if state == "all" or one.state in states
            ]
            wanted.sort(key=lambda one: (-one.changed_at_ms, one.delivery_id))
            return {
                "items": [_delivery_json(one) for one in wanted[:limit]],
                "total": len(wanted),
                "as_of": [table.as_of],
            }

        return await self._here_or_there(request, answer)

    async def is_in(self, request: Request, asker: Principal, item_id: str) -> bool:
        """Return whether the asker may see what is for those only who serve a work item.

        Raises:
            NotFoundError: There is none the asker may see.
            UnavailableError: The worker that has it does not answer.
        """
        try:
            floor = self._floor(asker)
            return floor.is_in(asker, floor.visible_item(asker, item_id))
        except NotOwnedError as elsewhere:
            return await self._ask_for_item(request, elsewhere.url, item_id)

    async def _ask_for_item(self, request: Request, url: str | None, item_id: str) -> bool:
        """Return what another worker says about an item: whether the asker serves it."""
        if url is not None and not is_forwarded(request):
            target = f"/v1/items/one?item_id={quote(item_id, safe='')}"
            answer = await self._peers.read(request.headers, url, target)
            if answer.status == 200:
                return msgspec.json.decode(answer.body, type=_PeerItem).is_in
            if answer.status == 404:
                raise no_item(item_id) from None
        raise UnavailableError(
            "The worker that holds the pool does not answer; try again in a moment."
        ) from None

    def bots(self, asker: Principal) -> dict[str, Any]:
        """Return the built-in bots in force."""
        bots = self._references(CONVERSATION, asker.tenant).get(BOTS)
        if not isinstance(bots, Bots):
            return {"items": []}
        found = [bots.get(bot_id) for bot_id in bots.ids()]
        return {
            "items": [
                {
                    "bot_id": bot.bot_id,
                    "name": bot.name,
                    "is_published": bot.is_published,
                    "topics": [topic.name for topic in bot.topics.values()],
                }
                for bot in found
                if bot is not None
            ]
        }

    def setup(self, tenant: str) -> Setup | None:
        """Return the routing setup in force for a tenant, where its pool is, or None."""
        found = self._references(ROUTING, tenant).get(SETUP)
        return found if isinstance(found, Setup) else None

    def _floor(self, asker: Principal) -> Floor:
        return Floor(self._tables, asker.tenant, self.setup(asker.tenant))

    async def _here_or_there(self, request: Request, answer: Answer) -> Response:
        try:
            return Response(encode(await answer()), media_type=JSON)
        except NotOwnedError as elsewhere:
            return await self._peers.forward(request, elsewhere.url)


class _PeerItem(msgspec.Struct, frozen=True):
    is_in: bool


class _HandoffTable:
    """A tenant's rows of hand-off, while one answer is made.

    Attributes:
        as_of: How fresh they are.
    """

    def __init__(self, tables: Tables, tenant: str) -> None:
        self._tables, self._prefix = tables, handoff_views.row_key(tenant)
        _, self.as_of = tables.scan(HANDOFF, handoff_views.CONNECTION, self._prefix, limit=0)

    async def every(self, table: str) -> AsyncIterator[Any]:
        """Yield the rows of a table, giving the event loop its turn in between."""
        last: bytes | None = None
        while True:
            found, _ = self._tables.scan(HANDOFF, table, self._prefix, after=last, limit=PAGE_ROWS)
            for _, value in found:
                yield handoff_views.decode(table, value)
            if len(found) < PAGE_ROWS:
                return
            last = found[-1][0]
            await asyncio.sleep(0)


def _fields(row: msgspec.Struct | None) -> dict[str, Any] | None:
    return None if row is None else msgspec.to_builtins(msgspec.structs.asdict(row))


def _delivery_json(one: handoff_views.DeliveryView) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(msgspec.structs.asdict(one))
    # What customers said is in the transcript, for who may see that.
    del told["body"]
    return told


def _published(bot: handoff_views.BotView | None) -> bool | None:
    return None if bot is None else bot.is_published


def _require(asker: Principal, *roles: str, doing: str) -> None:
    if asker.roles.isdisjoint(roles):
        raise ForbiddenError(f"To {doing} takes the role {' or '.join(roles)}.")
