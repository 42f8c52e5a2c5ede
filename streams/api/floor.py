"""A tenant's pool as rows: what of it an asker may see, and what readers get of it as JSON.

Pools are large: whatever looks at more than a few rows gives the event loop its turn in between.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from processors.routing import measures, overflow, rows
from processors.routing.hours import is_open, next_open_ms
from processors.routing.presence import Presence
from processors.routing.setup import Queue, Setup
from processors.views import routing as routing_views
from streams.api.errors import NotFoundError
from streams.api.visible import ADMIN, REPRESENTATIVE, SUPERVISOR, Principal
from streams.tables import Tables

POSITIONS_TOLD: Final = 200
"""Further back, a position is not worth a look at every item before it."""
ROUTING: Final = "routing"
PAGE_ROWS: Final = 500
"""Rows looked at before the event loop gets its turn."""
DAY_HOURS: Final = 24
SERVED: Final = frozenset({"active", "waiting", "wrap_up"})
"""States in which an item is its representative's."""

encode: Final = msgspec.json.Encoder().encode
_decoders: Final[Mapping[str, msgspec.msgpack.Decoder[Any]]] = {
    table: msgspec.msgpack.Decoder(shape)
    for table, shape in (
        (rows.ITEM, rows.Item),
        (rows.PAST, rows.Past),
        (rows.FACTS, rows.Facts),
        (rows.REPRESENTATIVE, rows.Representative),
        (rows.QUEUE, rows.QueueState),
        (rows.MEASURE, measures.Measure),
        (rows.DESK, rows.Desk),
        (rows.WAITING, rows.Place),
        (rows.DECISION, rows.DecisionRow),
    )
}


def no_item(item_id: str) -> NotFoundError:
    """Return the answer for an item that is not there or may not be seen."""
    return NotFoundError(f"There is no work item {item_id!r} that you may see.")


class _PresenceHead(msgspec.Struct, frozen=True, array_like=True):
    representative_id: msgspec.Raw
    presence: Presence = Presence()


_presence_of: Final = msgspec.msgpack.Decoder(_PresenceHead).decode


class Floor:
    """A tenant's pool as this worker has it, while one answer is made.

    Attributes:
        setup: The routing setup in force; None: there is none.
        as_of: How fresh the rows are.
    """

    def __init__(self, tables: Tables, tenant: str, setup: Setup | None) -> None:
        """Look at the pool.

        Args:
            tables: The worker's rows.
            tenant: Whose pool.
            setup: The routing setup in force.

        Raises:
            NotOwnedError: Another worker has it.
        """
        self._tables, self._tenant, self.setup = tables, tenant, setup
        self._prefix = f"{tenant}\0".encode()
        self._queue_states: dict[str, rows.QueueState | None] = {}
        self._memberships: dict[tuple[str, str], bool] = {}
        self._past_facts: dict[str, rows.Facts] = {}
        _, self.as_of = tables.scan(ROUTING, rows.POOL, self._prefix, limit=1)

    @property
    def now_ms(self) -> int:
        """Stream time of the rows, epoch ms."""
        return self.as_of.stream_time_ms

    # Rows

    def row(self, table: str, own: str) -> Any:
        """Return a row, or None."""
        value, _ = self._tables.get(ROUTING, table, self._prefix + own.encode())
        return None if value is None else _decoders[table].decode(value)

    def position(self, item: rows.Item) -> int | None:
        """Return an item's position in its queue, from 1, if it is among the first of them."""
        if not item.is_waiting:
            return None
        places = self.below(rows.WAITING, f"{item.queue_id}\0", limit=POSITIONS_TOLD)
        keys = [self._prefix + own.encode() for own, _ in places]
        return routing_views.position_in(keys, item)

    def below(self, table: str, prefix: str, *, limit: int) -> list[tuple[str, Any]]:
        """Return the first own keys that begin with `prefix`, and their rows, in order."""
        found, _ = self._tables.scan(ROUTING, table, self._prefix + prefix.encode(), limit=limit)
        skip, decode = len(self._prefix), _decoders[table].decode
        return [(key[skip:].decode(), decode(value)) for key, value in found]

    async def pages(
        self, table: str, prefix: str = "", *, after: str | None = None
    ) -> AsyncIterator[list[tuple[bytes, bytes]]]:
        """Yield the rows whose own key begins with `prefix`, some at a time, as they are stored."""
        start = self._prefix + prefix.encode()
        last = None if after is None else self._prefix + after.encode()
        while True:
            found, _ = self._tables.scan(ROUTING, table, start, after=last, limit=PAGE_ROWS)
            if found:
                yield found
            if len(found) < PAGE_ROWS:
                return
            last = found[-1][0]
            await asyncio.sleep(0)

    async def every(self, table: str, prefix: str = "") -> AsyncIterator[tuple[str, Any]]:
        """Yield own keys that begin with `prefix`, and their rows, in order."""
        skip, decode = len(self._prefix), _decoders[table].decode
        async for page in self.pages(table, prefix):
            for key, value in page:
                yield key[skip:].decode(), decode(value)

    def item(self, item_id: str) -> rows.Item | None:
        """Return a work item, also one that was closed long ago, or None."""
        found: rows.Item | None = self.row(rows.ITEM, item_id)
        if found is None:
            past: rows.Past | None = self.row(rows.PAST, item_id)
            if past is not None:
                self._past_facts[item_id] = past.facts
                found = past.item
        return found

    # Who may see what

    def visible_item(self, asker: Principal, item_id: str) -> rows.Item:
        """Return a work item the asker may see. Raises NotFoundError."""
        item = self.item(item_id)
        if item is None or not self.sees(asker, item):
            raise no_item(item_id)
        return item

    def sees(self, asker: Principal, item: rows.Item) -> bool:
        """Return whether the asker may see a work item.

        Admins; supervisors of its queue, and of what is still without one; whoever is offered it,
        has it, had it last or is asked about it; and, while it waits, members of its queue.
        """
        if _oversees(asker, item):
            return True
        user = asker.user
        if user == item.representative_id or user in item.consulted:
            return True
        if item.state == "closed":
            return user == item.served_by
        return item.state == "open" and self._is_member(user, item.queue_id)

    @staticmethod
    def is_in(asker: Principal, item: rows.Item) -> bool:
        """Return whether the asker may see what is for those only who serve it."""
        if _oversees(asker, item) or asker.user in item.consulted:
            return True
        if item.state == "closed":
            return asker.user == item.served_by
        return item.state in SERVED and asker.user == item.representative_id

    def _is_member(self, user: str, queue_id: str) -> bool:
        known = self._memberships.get((user, queue_id))
        if known is None:
            known = self._memberships[user, queue_id] = user in self.members(queue_id)
        return known

    # Setup

    def members(self, queue_id: str) -> Sequence[str]:
        """Return a queue's members."""
        queue = self._queue(queue_id)
        return () if queue is None else queue.members

    async def queue_ids(self) -> list[str]:
        """Return the queues there are: set up, or with something in them."""
        found: set[str] = set(self.setup.queues if self.setup else ())
        async for own, state in self.every(rows.QUEUE):
            self._queue_states[own] = state
            found.add(own)
        return sorted(found)

    def queue_names(self) -> list[dict[str, str]]:
        """Return id, name and kind of every queue, for pickers."""
        setup = self.setup
        if setup is None:
            return []
        return [
            {"id": queue.id, "name": queue.name, "kind": queue.kind}
            for queue in sorted(setup.queues.values(), key=lambda queue: (queue.name, queue.id))
        ]

    def queue_name(self, queue_id: str) -> str:
        """Return a queue's name, or its id."""
        queue = self._queue(queue_id)
        return queue_id if queue is None else queue.name

    # Items

    async def newest(
        self,
        asker: Principal,
        *,
        state: str | None,
        representative: str | None,
        queue: str | None = None,
        limit: int,
    ) -> tuple[list[rows.Item], int]:
        """Return the items the asker may see that changed last, and how many there are."""
        newest: list[tuple[int, str, rows.Item]] = []
        total = 0
        decode = _decoders[rows.ITEM].decode
        async for page in self.pages(rows.ITEM):
            for _, value in page:
                item = decode(value)
                if state is not None and item.state != state:
                    continue
                if representative is not None and item.representative_id != representative:
                    continue
                if queue is not None and item.queue_id != queue:
                    continue
                if self.sees(asker, item):
                    total += 1
                    newest.append((-item.changed_at_ms, item.item_id, item))
            if len(newest) > 2 * limit:
                newest = heapq.nsmallest(limit, newest)
        return [item for _, _, item in heapq.nsmallest(limit, newest)], total

    def item_json(self, item: rows.Item, asker: Principal | None) -> dict[str, Any]:
        """Return a work item as readers get it; who has not accepted gets no private message."""
        facts = self._facts(item.item_id)
        is_in = asker is not None and self.is_in(asker, item)
        since = item.arrived_at_ms
        until = item.accepted_at_ms or item.closed_at_ms or max(self.now_ms, since)
        state = self._queue_state(item.queue_id) if item.queue_id else None
        return {
            "item_id": item.item_id,
            "kind": item.kind,
            "channel": facts.channel,
            "customer_name": facts.customer_name,
            "customer_id": facts.customer_id,
            "locale": facts.locale,
            "linked_record": facts.linked_record,
            "workstream": item.demand.workstream_id,
            "queue": item.queue_id,
            "queue_name": self.queue_name(item.queue_id),
            "state": item.state,
            "owner_kind": item.owner,
            "owner_id": item.owner_id,
            "ownership_epoch": item.epoch,
            "representative_id": item.representative_id,
            "arrived_at_ms": item.arrived_at_ms,
            "queued_at_ms": item.queued_at_ms,
            "accepted_at_ms": item.accepted_at_ms,
            "wrap_up_at_ms": item.wrap_up_at_ms,
            "closes_at_ms": item.closes_at_ms,
            "closed_at_ms": item.closed_at_ms,
            "waited_ms": max(0, until - since),
            "is_waiting": item.accepted_at_ms is None and item.closed_at_ms is None,
            "position": None,
            "expected_wait_ms": None if state is None else self._average(state),
            "is_in": is_in,
            "message": facts.message if is_in else None,
            "reason": facts.reason,
            "variables": msgspec.Raw(facts.variables.encode()) if is_in else {},
            "cut_variables": list(facts.cut_variables) if is_in else [],
            "attributes": msgspec.Raw(facts.attributes.encode()),
            "because": facts.because,
            "turns": facts.turns,
            "skills": [{"id": name, "level": level} for name, level in item.demand.skills],
            "units": item.demand.needs.units,
            "profiles": list(item.demand.needs.profiles),
            "declines": dict(item.declines),
            "is_stuck": item.line == "aside",
            "consult": list(item.consulted),
            "observers": list(item.observers),
            "session": item.session,
            "request_id": item.request_id,
            "bot_id": item.bot_id,
            "decision_id": item.decision_id,
            "offer": _open_offer(item),
            "outcome": item.outcome,
        }

    def offer_json(self, item: rows.Item) -> dict[str, Any]:
        """Return an open offer with its item."""
        offer = item.offer
        assert offer is not None, "asked for items with an offer"
        return {
            "offer_id": offer.offer_id,
            "item_id": item.item_id,
            "item": self.item_json(item, None),
            "queue": item.queue_id,
            "queue_name": self.queue_name(item.queue_id),
            "offered_at_ms": offer.offered_at_ms,
            "deadline_ms": offer.deadline_at_ms,
            "is_automatic": offer.is_automatic,
            "can_decline": offer.can_decline,
        }

    # Representatives

    async def representatives(self) -> list[msgspec.Raw]:
        """Return everybody who is set up or was seen, by id, as JSON."""
        known = {own: row async for own, row in self.every(rows.REPRESENTATIVE)}
        names = sorted({*known, *(self.setup.representatives if self.setup else ())})
        found = []
        for number, name in enumerate(names, start=1):
            found.append(msgspec.Raw(encode(self.representative_json(name, known.get(name)))))
            if number % PAGE_ROWS == 0:
                await asyncio.sleep(0)
        return found

    async def available(self) -> set[str]:
        """Return who is available now."""
        skip = len(self._prefix)
        found = set()
        async for page in self.pages(rows.REPRESENTATIVE):
            for key, value in page:
                if _presence_of(value).presence.effective == "available":
                    found.add(key[skip:].decode())
        return found

    def representative_json(
        self, representative_id: str, row: rows.Representative | None
    ) -> dict[str, Any]:
        """Return a representative as boards and desks show them; never seen ones are offline."""
        told = None if self.setup is None else self.setup.representatives.get(representative_id)
        known = row or rows.Representative(representative_id)
        presence, load = known.presence, known.load
        return {
            "id": representative_id,
            "name": representative_id if told is None else told.name,
            "is_bot": told is not None and told.is_bot,
            "is_set_up": told is not None,
            "presence": presence.shown,
            "base_presence": presence.effective,
            "presence_reason": presence.reason,
            "is_automatic": presence.reason == "load",
            "since_ms": presence.since_ms,
            "is_connected": presence.is_connected,
            "units_total": load.units_total if row is not None or told is None else told.units,
            "units_used": load.units_used,
            "profiles": [
                {"id": held.profile_id, "limit": held.limit, "used": held.used}
                for held in load.profiles
            ],
            "items": len(known.items),
            "queues": self._queues_of(representative_id),
            "last_assigned_at_ms": known.last_assigned_at_ms or None,
            "skills": {} if told is None else dict(told.skills),
        }

    # Queues

    async def queues(self, asker: Principal) -> list[dict[str, Any]]:
        """Return every queue the asker may see, with what is in it and its figures of a day."""
        available = await self.available()
        found = []
        for number, queue_id in enumerate(await self.queue_ids(), start=1):
            if sees_figures(asker, queue_id):
                found.append(await self._queue_json(queue_id, available))
            if number % 10 == 0:
                await asyncio.sleep(0)
        return found

    async def _queue_json(self, queue_id: str, available: set[str]) -> dict[str, Any]:
        """Return a queue with what is in it now, and its figures of the last 24 hours."""
        state = self._queue_state(queue_id) or rows.QueueState()
        queue = self._queue(queue_id)
        oldest_ms = await self._oldest_since_ms(queue_id, state)
        members = self.members(queue_id)
        return {
            "queue_id": queue_id,
            "name": self.queue_name(queue_id),
            "kind": "" if queue is None else queue.kind,
            "priority": None if queue is None else queue.priority,
            "method": "" if queue is None else queue.method,
            "waiting": state.waiting,
            "offered": state.offered,
            "active": state.active,
            "wrap_up": state.wrap_up,
            "paused": state.paused,
            "oldest_since_ms": oldest_ms,
            "oldest_wait_ms": 0 if oldest_ms is None else max(0, self.now_ms - oldest_ms),
            "average_wait_ms": self._average(state),
            "members": len(members),
            "available": len(available.intersection(members)),
            **self._opening(queue_id),
            **_figures_json(await self._figures(queue_id)),
            "service_level_ms": None if queue is None else queue.service_level_ms,
        }

    async def _oldest_since_ms(self, queue_id: str, state: rows.QueueState) -> int | None:
        """Return since when the customer waits who waits longest in a queue.

        Where nothing goes before, the first in its order is the oldest.
        """
        if not state.waiting:
            return None
        queue = self._queue(queue_id)
        if queue is None or not queue.buckets:
            first = self.below(rows.WAITING, f"{queue_id}\0", limit=1)
            ids = [own.rpartition("\0")[2] for own, _ in first]
        else:
            places = self.every(rows.WAITING, f"{queue_id}\0")
            ids = [own.rpartition("\0")[2] async for own, _ in places]
        since = None
        for number, item_id in enumerate(ids, start=1):
            item: rows.Item | None = self.row(rows.ITEM, item_id)
            if item is not None:
                since = item.arrived_at_ms if since is None else min(since, item.arrived_at_ms)
            if number % PAGE_ROWS == 0:
                await asyncio.sleep(0)
        return since

    async def _figures(self, queue_id: str) -> measures.Measure:
        # The hours of a key have as many digits as each other: what comes after this one is newer.
        before = measures.hour_key(queue_id, measures.hour_of(self.now_ms) - DAY_HOURS)
        decode = _decoders[rows.MEASURE].decode
        found = [
            decode(value)
            async for page in self.pages(rows.MEASURE, f"{queue_id}\0", after=before)
            for _, value in page
        ]
        return measures.total(found)

    # Parts

    def _queue(self, queue_id: str) -> Queue | None:
        return None if self.setup is None else self.setup.queues.get(queue_id)

    def _queue_state(self, queue_id: str) -> rows.QueueState | None:
        if queue_id not in self._queue_states:
            self._queue_states[queue_id] = self.row(rows.QUEUE, queue_id)
        return self._queue_states[queue_id]

    def _facts(self, item_id: str) -> rows.Facts:
        return self._past_facts.get(item_id) or self.row(rows.FACTS, item_id) or rows.Facts()

    def _average(self, state: rows.QueueState) -> int | None:
        """Return how long customers wait of late; None while too few were answered (UR-51)."""
        return overflow.expected_wait_ms(state.average, self.now_ms)

    def _queues_of(self, representative_id: str) -> list[str]:
        setup = self.setup
        if setup is None:
            return []
        found = setup.queues_of.get(representative_id, ())
        return [queue_id for queue_id in found if not setup.queues[queue_id].is_default]

    def _opening(self, queue_id: str) -> dict[str, Any]:
        hours = None if self.setup is None else self.setup.hours_of(queue_id)
        if hours is None:
            return {"is_open": True, "opens_at_ms": None}
        opened = is_open(hours, self.now_ms)
        return {
            "is_open": opened,
            "opens_at_ms": None if opened else next_open_ms(hours, self.now_ms),
        }


def supervises(asker: Principal, queue_id: str) -> bool:
    """Return whether a queue is the asker's to supervise; what has no queue is anybody's."""
    if ADMIN in asker.roles:
        return True
    return SUPERVISOR in asker.roles and (not queue_id or queue_id in asker.queues)


def _oversees(asker: Principal, item: rows.Item) -> bool:
    """Return whether an item is the asker's to supervise; one without a queue, until it closes."""
    if ADMIN in asker.roles:
        return True
    return (item.queue_id != "" or item.state != "closed") and supervises(asker, item.queue_id)


def sees_figures(asker: Principal, queue_id: str) -> bool:
    """Return whether the asker may see how a queue is doing.

    Whoever works may see all, to know where to pass something on to; supervisors see theirs.
    """
    return REPRESENTATIVE in asker.roles or supervises(asker, queue_id)


def _open_offer(item: rows.Item) -> dict[str, Any] | None:
    offer = item.offer
    if offer is None:
        return None
    return {
        "offer_id": offer.offer_id,
        "representative_id": offer.representative_id,
        "deadline_ms": offer.deadline_at_ms,
    }


def _figures_json(told: measures.Measure) -> dict[str, Any]:
    """Return counts as shares and averages; null where there is nothing to divide by."""
    levels = {
        str(limit_ms // 1_000): _share(count, told.answered)
        for limit_ms, count in zip(measures.LEVELS_MS, told.within, strict=True)
    }
    return {
        "arrived": told.entered,
        "answered": told.answered,
        "abandoned": told.abandoned,
        "abandoned_rate": _share(told.abandoned, told.escalated),
        "short_abandoned": told.short_abandoned,
        "service_level": _share(told.within_own, told.answered),
        "levels": levels,
        "speed_to_answer_ms": _mean(told.wait_ms, told.answered),
        "longest_wait_ms": told.wait_ms_max,
        "handle_time_ms": _mean(told.handle_ms, told.handled),
        "transfers": told.transferred,
        "transfer_rate": _share(told.transferred, told.handled),
        "declines": told.declined,
        "decline_rate": _share(told.declined, told.offered),
        "timeouts": told.timed_out,
        "timeout_rate": _share(told.timed_out, told.offered),
        "accept_ms": _mean(told.accept_ms, told.accepted),
        "first_response_ms": _mean(told.first_response_ms, told.first_responses),
        "response_ms": _mean(told.response_ms, told.responses),
        "quick_responses": _share(told.quick_responses, told.responses),
        "overflowed": told.overflowed,
        "closed": told.closed,
    }


def _share(part: int, whole: int) -> float | None:
    return None if whole == 0 else round(part / whole, 4)


def _mean(total: int, count: int) -> int | None:
    return None if count == 0 else round(total / count)
