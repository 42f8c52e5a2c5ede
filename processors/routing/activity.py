"""What happens in conversations that routing has: people write, leave and come back."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.machine import Rejection
from processors.routing import people
from processors.routing.arriving import returned
from processors.routing.desk import back
from processors.routing.handling import Handling
from processors.routing.hours import open_between_ms
from processors.routing.measures import RESPONSE_MS
from processors.routing.moves import AWAY, close, end_conversation, keep, wrap_up
from processors.routing.notices import notify
from processors.routing.offers import close_offer
from processors.routing.people import GONE_MS
from processors.routing.rows import Item
from schemas.records.routing import WorkItemActivity

GONE: Final = "the customer left"


def observe(h: Handling, given: WorkItemActivity) -> Rejection | None:
    """Take in what happened; of an item that is over, nothing is of interest."""
    item = h.pool.items.get(given.item_id)
    if item is None or item.state == "closed":
        return None
    match given.activity:
        case "customer_wrote":
            _customer_wrote(h, item)
        case "representative_wrote":
            _representative_wrote(h, item, given.representative_id)
        case "customer_left":
            leave(h, item, GONE)
        case "ended":
            leave(h, item, "the conversation ended")
        case "customer_disconnected":
            _disconnected(h, item)
        case "customer_returned":
            _is_back(h, item)
    return None


def leave(h: Handling, item: Item, because: str, *, says_end: bool = False) -> None:
    """Let the customer go: what nobody served is closed, the rest is wrapped up."""
    if item.state == "active":
        wrap_up(h, item, because, says_end=says_end)
        return
    if item.state == "wrap_up":
        return
    if item.state == "waiting":
        made = close(h, item, "handled", because)
    else:
        made = _abandoned(h, item, because)
    if says_end:
        notify(h, made, "session_ended")
    end_conversation(h, made, because)


def away_too_long(h: Handling, item: Item) -> None:
    """End what a disconnected customer did not come back to in time (HO-48)."""
    if item.is_disconnected:
        leave(h, item, "the customer was disconnected too long", says_end=True)


def gone(h: Handling, representative_id: str) -> None:
    """Give others what somebody had who vanished and did not come back (UR-48).

    What is asynchronous stays theirs until its customer waits for an answer.
    """
    row = h.representative(representative_id)
    if row is None or row.presence.is_connected:
        return
    for item_id in row.items:
        item = h.pool.items.get(item_id)
        if item is None or item.state != "active":
            continue
        if item.is_synchronous or item.customer_wrote_at_ms is not None:
            take_from(h, item, representative_id)


def take_from(h: Handling, item: Item, representative_id: str) -> None:
    """Take an item from somebody who is gone; it waits again, as old as it was."""
    h.pool.count(item.queue_id, h.now_ms, taken_back=1)
    notify(h, item, "representative_disconnected", representative_id)
    because = f"{h.name_of(representative_id)} is gone"
    back(h, replace(item, customer_wrote_at_ms=None), because, is_refusal=False)


def _is_back(h: Handling, item: Item) -> Item:
    """Let a chat go on whose customer is back before it ended (HO-49)."""
    if not item.is_disconnected:
        return item
    h.timers[AWAY + item.item_id] = None
    after = replace(item, is_disconnected=False)
    keep(h, after)
    return after


def _customer_wrote(h: Handling, item: Item) -> None:
    # Whoever writes is there, whether a client said so or not.
    item = _is_back(h, item)
    if not item.has_acted:
        item = replace(item, has_acted=True)
        keep(h, item)
    if item.state == "waiting":
        returned(h, replace(item, representative_id=None), "the customer wrote again")
        return
    if item.state != "active":
        return
    if item.customer_wrote_at_ms is None:
        item = replace(item, customer_wrote_at_ms=h.now_ms)
        keep(h, item)
    who = item.representative_id or ""
    row = h.representative(who)
    if row is None or row.presence.is_connected:
        return
    lost_ms = row.presence.disconnected_at_ms
    since_ms = row.presence.since_ms if lost_ms is None else lost_ms
    if h.now_ms - since_ms >= GONE_MS:
        take_from(h, item, who)


def _representative_wrote(h: Handling, item: Item, who: str | None) -> None:
    if item.state != "active" or who != item.representative_id:
        return
    counts: dict[str, int] = {}
    queue_hours = h.setup.hours_of(item.queue_id)
    if item.wrote_at_ms is None and item.active_at_ms is not None:
        waited_ms = open_between_ms(queue_hours, item.active_at_ms, h.now_ms)
        counts |= {"first_responses": 1, "first_response_ms": waited_ms}
    if item.customer_wrote_at_ms is not None:
        waited_ms = open_between_ms(queue_hours, item.customer_wrote_at_ms, h.now_ms)
        is_quick = int(waited_ms <= RESPONSE_MS)
        counts |= {"responses": 1, "response_ms": waited_ms, "quick_responses": is_quick}
    if counts:
        h.pool.count(item.queue_id, h.now_ms, **counts)
        keep(h, replace(item, wrote_at_ms=h.now_ms, customer_wrote_at_ms=None))


def _disconnected(h: Handling, item: Item) -> None:
    if item.is_disconnected or item.state == "wrap_up" or not item.is_synchronous:
        return
    keep(h, replace(item, is_disconnected=True))
    h.timers[AWAY + item.item_id] = h.now_ms + h.workstream(item).reconnect_ms
    if item.state == "active":
        notify(h, item, "customer_disconnected")


def _abandoned(h: Handling, item: Item, because: str) -> Item:
    """Close an item that nobody served."""
    queue = h.queue(item.queue_id)
    waited_ms = max(0, h.now_ms - item.arrived_at_ms)
    is_short = queue is not None and waited_ms < queue.short_abandon_ms
    who = item.representative_id
    close_offer(h, item, "withdrawn", because)
    if item.accepted_at_ms is not None:
        return close(h, item, "handled", because)
    if is_short:
        h.pool.count(item.queue_id, h.now_ms, short_abandoned=1)
    else:
        h.pool.count(item.queue_id, h.now_ms, abandoned=1, abandoned_ms=waited_ms)
    made = close(h, item, "short_abandoned" if is_short else "abandoned", because)
    if who is not None:
        people.recalculate(h, who, "an offer was withdrawn")
    return made
