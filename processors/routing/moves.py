"""How an item passes from state to state and from owner to owner (UR-47, UR-48).

Whatever changes an item goes through `move`: it gives a new owner a higher epoch, keeps the desk
and the timers true, says so on the log of decisions, and tells the conversation. `open` and
`closed` are the ends; `offered`, `active`, `wrap_up` and `waiting` belong to a representative.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from processors.routing import people
from processors.routing.bullseye import next_opening_ms, open_level
from processors.routing.capacity import release_at_ms
from processors.routing.focus import handled
from processors.routing.handling import Handling
from processors.routing.notices import notify
from processors.routing.overflow import next_rule, position_every_ms
from processors.routing.places import rank_of
from processors.routing.rows import Desk, Item, ItemState, Offer
from processors.routing.setup import Workstream
from processors.wide import joined
from schemas.records.conversation import (
    ConversationEnded,
    HandoffStatusChanged,
    OwnershipMoved,
    RepresentativeAccepted,
)
from schemas.records.routing import ItemClosed, ItemMoved

OFFER: Final = "offer/"
OVERFLOW: Final = "overflow/"
CLOSE: Final = "close/"
WRAP_UP: Final = "wrapup/"
UNSEEN: Final = "unseen-item/"
NOTICE: Final = "notice/"
BULLSEYE: Final = "bullseye/"
AWAY: Final = "away/"
FORGET: Final = "forget/"
CYCLE: Final = "cycle"

SCAN_MS: Final = 300_000
"""Conversations are closed at the marks of five minutes (UR-49)."""

CYCLE_MS: Final = 300_000
"""Everything that waits is looked at again so often (UR-14)."""

KEPT_MS: Final = 3_600_000
"""How long a closed item stays in memory."""

KEPT_WITH_BOT_MS: Final = 86_400_000
"""The same where a bot has it: it may come back."""

_ROLES: Final = {"offered": "offer", "active": "item", "wrap_up": "item", "waiting": "item"}
_LIMITS: Final = {
    "open": "open_ms",
    "active": "active_ms",
    "waiting": "waiting_ms",
    "wrap_up": "wrap_up_ms",
}


def move(
    h: Handling,
    item: Item,
    state: ItemState,
    because: str,
    *,
    is_told: bool = True,
    **changes: Any,
) -> Item:
    """Bring an item into a state, and say so.

    Args:
        h: The input being handled.
        item: The item as it is to be; what it was is in the pool.
        state: Where it goes.
        because: Why, as a sentence.
        is_told: Whether the conversation hears of a new owner by this.
        changes: Further fields. A new `owner` or `owner_id` gets the next epoch.
    """
    before = h.pool.items.get(item.item_id)
    after: Item = replace(item, state=state, **changes)
    owner: tuple[str, str | None] = ("queue", None)
    epoch = item.epoch
    if before is not None and before.life == after.life:
        owner, epoch = (before.owner, before.owner_id), max(before.epoch, epoch)
    is_other_owner = after.owner != "none" and (after.owner, after.owner_id) != owner
    after = replace(after, epoch=epoch + is_other_owner)
    is_moved = before is None or (before.state, before.queue_id, before.life) != (
        after.state,
        after.queue_id,
        after.life,
    )
    if is_moved:
        if before is None or not _is_one_wait(before, after):
            after = replace(after, changed_at_ms=h.now_ms)
        after = _closing(h, before, after)
    keep(h, after)
    if is_moved or is_other_owner:
        h.emit(
            ItemMoved,
            epoch=after.epoch,
            item_id=after.item_id,
            from_state="none" if before is None else before.state,
            to_state=after.state,
            owner=after.owner,
            owner_id=after.owner_id,
            queue_id=after.queue_id,
            session=after.session,
            because=because,
        )
    if is_other_owner and is_told:
        _tell_owner(h, after)
    return after


def _is_one_wait(before: Item, after: Item) -> bool:
    """Return whether nothing but an offer came or went: for the customer it is one wait."""
    states = {before.state, after.state}
    return states <= {"open", "offered"} and (before.queue_id, before.life) == (
        after.queue_id,
        after.life,
    )


def keep(h: Handling, after: Item) -> None:
    """Set an item and its place on desks."""
    before = h.pool.items.get(after.item_id)
    was = None if before is None else _seat(before)
    now = _seat(after)
    if was is not None and (now is None or was[0] != now[0]):
        h.pool.desk.drop(joined(was[0], after.item_id))
    if now is not None and was != now:
        h.pool.desk.put(joined(now[0], after.item_id), Desk(now[1], h.now_ms))
    h.pool.put_item(after)


def wait(h: Handling, item: Item, because: str, **changes: Any) -> Item:
    """Let an item wait in its queue: `changes` may name another queue, owner is the queue.

    The age in the queue is the item's and goes on, wherever it waited before.
    """
    before = h.pool.items.get(item.item_id)
    after: Item = replace(item, offer=None, **changes)
    if before is None or not _is_one_wait(before, replace(after, state="open")):
        after = replace(after, queued_at_ms=h.now_ms, overflowed_ms=-1)
    after = demanding(h, replace(after, owner="queue", owner_id=after.queue_id or None))
    queue = h.queue(after.queue_id)
    rank = "" if queue is None else rank_of(h, after, queue)
    h.timers[OFFER + item.item_id] = None
    h.timers[UNSEEN + item.item_id] = None
    made = move(h, after, "open", because, rank=rank)
    h.fresh[item.item_id] = None
    await_queue(h, made)
    return made


def await_queue(h: Handling, item: Item) -> None:
    """Set the timers of an item that waits: overflow, wider circles, what the customer is told."""
    queue = h.queue(item.queue_id)
    if queue is None:
        return
    rule = next_rule(queue, item.overflowed_ms, was_moved=item.was_passed_on)
    due_ms = None if rule is None else max(h.now_ms, item.queued_at_ms + rule.exceeds_ms)
    h.timers[OVERFLOW + item.item_id] = due_ms
    await_bullseye(h, item)
    if item.kind == "messaging" and item.is_synchronous and not item.is_persistent:
        state_of = h.pool.queues.get(item.queue_id)
        waiting = 0 if state_of is None else state_of.waiting
        h.timers[NOTICE + item.item_id] = h.now_ms + position_every_ms(waiting)
    state = h.pool.state
    if state.cycles_at_ms is None:
        h.pool.state = replace(state, cycles_at_ms=h.now_ms + CYCLE_MS)
        h.timers[CYCLE] = h.now_ms + CYCLE_MS


def await_bullseye(h: Handling, item: Item) -> None:
    """Set the timer that opens the next circle of representatives to an item, if there is one."""
    queue = h.setup.queues[item.queue_id]
    levels = h.world.policy(h.workstream(item), queue).levels
    if levels is None:
        return
    opening_ms = next_opening_ms(levels, h.now_ms - item.queued_at_ms)
    if opening_ms is not None:
        h.timers[BULLSEYE + item.item_id] = item.queued_at_ms + opening_ms


def demanding(h: Handling, item: Item) -> Item:
    """Return an item with what it asks of whoever gets it in its present queue."""
    queue = h.queue(item.queue_id)
    if queue is None:
        return replace(item, line="aside")
    workstream = h.workstream(item)
    policy = h.world.policy(workstream, queue)
    level = 0
    if policy.levels is not None:
        level = open_level(policy.levels, h.now_ms - item.queued_at_ms)
    asked: tuple[tuple[str, Any], ...] = ()
    if policy.rules:
        known = h.facts_of(item)
        names = h.world.asked(queue)
        asked = tuple((name, known[name]) for name in names if name in known)
    rules = h.setup.preferred
    refused = {who for who, _ in item.declines}
    preferred = tuple(
        who
        for who in item.wishes[: rules.representatives_max]
        if rules.is_enabled and who in queue.members and who not in refused
    )
    line: Any = "general"
    if workstream.mode == "pick" or len(item.declines) >= h.setup.decliners_max:
        line = "aside"
    elif preferred and rules.when_none_free == "wait":
        line = "reserved"
    demand = replace(item.demand, level=level, asked=asked, presences=workstream.allowed_presences)
    return replace(item, demand=demand, line=line, preferred=preferred)


def offer(h: Handling, item: Item, representative_id: str, because: str) -> Item:
    """Offer an item to a representative, who has the capacity for it from now on."""
    workstream = h.workstream(item)
    deadline_ms = h.now_ms + workstream.offer_seconds * 1_000
    number = item.offers + 1
    made = Offer(
        offer_id=replace(item, offers=number).offer_id,
        representative_id=representative_id,
        offered_at_ms=h.now_ms,
        deadline_at_ms=deadline_ms,
        is_automatic=workstream.offer == "auto",
        can_decline=workstream.can_decline,
    )
    after = replace(
        item,
        holds=people.take(h, representative_id, item),
        representative_id=representative_id,
        offer=made,
        offers=number,
    )
    leave_queue(h, item)
    h.timers[OFFER + item.item_id] = deadline_ms
    h.pool.count(item.queue_id, h.now_ms, offered=1)
    return move(h, after, "offered", because)


def activate(h: Handling, item: Item, representative_id: str, because: str) -> Item:
    """Give an item to a representative, who serves it from now on."""
    holds = item.holds
    if item.representative_id != representative_id or item.state not in {"offered"}:
        holds = people.take(h, representative_id, item)
    is_first = item.accepted_at_ms is None
    waited_ms = max(0, h.now_ms - item.arrived_at_ms)
    leave_queue(h, item)
    queue = h.queue(item.queue_id)
    h.pool.count(item.queue_id, h.now_ms, accepted=1)
    if item.offer is not None:
        open_ms = max(0, h.now_ms - item.offer.offered_at_ms)
        h.pool.count(item.queue_id, h.now_ms, accept_ms=open_ms)
    if is_first and queue is not None:
        h.pool.count_answer(queue, h.now_ms, waited_ms)
    made = move(
        h,
        item,
        "active",
        because,
        owner="representative",
        owner_id=representative_id,
        representative_id=representative_id,
        holds=holds,
        offer=None,
        accepted_at_ms=h.now_ms if is_first else item.accepted_at_ms,
        active_at_ms=h.now_ms,
        wrote_at_ms=None,
        first_wait_ms=waited_ms if is_first else item.first_wait_ms,
        told=0,
        served_by=representative_id,
        affinity=None,
        consulted=(),
        observers=(),
    )
    row = h.representative(representative_id)
    if row is None or not row.presence.is_connected:
        h.timers[people.GONE_TIMER + representative_id] = h.now_ms + people.GONE_MS
    if made.request_id is not None and is_first:
        h.tell(
            made,
            HandoffStatusChanged,
            epoch=made.epoch,
            request_id=made.request_id,
            state="accepted",
            representative_id=representative_id,
            representative_name=h.name_of(representative_id),
        )
    notify(h, made, "representative_assigned" if is_first else "transfer_accepted")
    people.recalculate(h, representative_id, "accepted something")
    return made


def leave_queue(h: Handling, item: Item) -> None:
    """Stop the timers of a wait, and of an offer."""
    for name in (OVERFLOW, BULLSEYE, NOTICE, OFFER, UNSEEN):
        h.timers[name + item.item_id] = None
    h.pool.overdue.drop(item.item_id)
    h.fresh.pop(item.item_id, None)


def leave_representative(h: Handling, item: Item, *, counts: bool = True) -> Item:
    """Return an item that its representative has no longer: capacity and desk are free again."""
    who = item.representative_id
    if who is None:
        return item
    if item.state in {"offered", "active", "wrap_up", "waiting"}:
        people.give_back(h, who, item.holds, counts=counts)
        people.clear_desk(h, who, item.item_id)
    if item.state in {"active", "wrap_up"} and item.active_at_ms is not None:
        item, served_ms = handled(h, item)
        h.pool.count(item.queue_id, h.now_ms, handled=1, handle_ms=served_ms)
    item = people.end_escalation(h, item, "the chat is no longer theirs")
    _forget_side(h, item)
    return replace(item, holds=None, representative_id=None, consulted=(), observers=())


def wrap_up(h: Handling, item: Item, because: str, *, says_end: bool = True) -> Item:
    """End the conversation of an item; its representative finishes what is to be written."""
    workstream = h.workstream(item)
    after = people.end_escalation(h, item, "the conversation ended")
    after = replace(after, wrap_up_at_ms=h.now_ms)
    frees_ms = release_at_ms("wrap_up", workstream.wrap_up, h.now_ms)
    who = item.representative_id or ""
    if frees_ms is not None and frees_ms <= h.now_ms:
        after = free_capacity(h, after)
    made = move(h, after, "wrap_up", because)
    if frees_ms is not None and frees_ms > h.now_ms:
        h.timers[WRAP_UP + item.item_id] = frees_ms
    h.timers[AWAY + item.item_id] = None
    if says_end:
        notify(h, made, "representative_ended")
    end_conversation(h, made, because)
    people.recalculate(h, who, "a conversation ended")
    return made


def free_capacity(h: Handling, item: Item) -> Item:
    """Return an item in wrap-up that takes no capacity any more."""
    if item.representative_id is not None:
        people.give_back(h, item.representative_id, item.holds, counts=True)
    return replace(item, holds=None)


def end_conversation(h: Handling, item: Item, because: str) -> None:
    """Tell the conversation that it is over."""
    h.tell(
        item, ConversationEnded, epoch=item.epoch, reason=because, ended_by=item.representative_id
    )


def close(
    h: Handling,
    item: Item,
    outcome: str,
    because: str,
    *,
    is_told: bool = True,
    **changes: Any,
) -> Item:
    """Close an item for good; a bot may bring it back as a new life.

    The conversation is not told: whoever calls says what becomes of it.
    """
    served_by = item.representative_id
    waited_ms = max(0, h.now_ms - item.arrived_at_ms)
    leave_queue(h, item)
    freed = leave_representative(h, item)
    after = replace(freed, outcome=outcome, closed_at_ms=h.now_ms, offer=None, **changes)
    if "owner" not in changes:
        after = replace(after, owner="none", owner_id=None)
    made = move(h, after, "closed", because, is_told=is_told)
    for name in (CLOSE, WRAP_UP, AWAY):
        h.timers[name + item.item_id] = None
    kept_ms = KEPT_WITH_BOT_MS if outcome == "returned_to_bot" else KEPT_MS
    h.timers[FORGET + item.item_id] = h.now_ms + kept_ms
    is_ghost = item.kind == "messaging" and item.accepted_at_ms is not None and not item.has_acted
    h.pool.count(item.queue_id, h.now_ms, closed=1, ghosts=int(is_ghost))
    state = h.pool.state
    h.pool.state = replace(state, closed=state.closed + 1, open=state.open - 1)
    first_ms = made.first_wait_ms
    h.emit(
        ItemClosed,
        epoch=made.epoch,
        item_id=item.item_id,
        queue_id=item.queue_id,
        outcome=outcome,
        representative_id=served_by,
        first_wait_ms=waited_ms if first_ms is None else first_ms,
        handle_ms=made.handle_ms,
        sessions=made.session,
        because=because,
    )
    if served_by is not None:
        people.recalculate(h, served_by, "closed something")
    return made


def _closing(h: Handling, before: Item | None, after: Item) -> Item:
    """Return the item with when it closes by itself, and set the timer."""
    due_ms = closes_at_ms(h.workstream(after), after)
    if before is None or due_ms != before.closes_at_ms:
        h.timers[CLOSE + after.item_id] = due_ms
    return replace(after, closes_at_ms=due_ms)


def closes_at_ms(workstream: Workstream, item: Item) -> int | None:
    """Return when an item in its state closes by itself: at a mark of five minutes; None: never.

    Wrap-up that blocks capacity for a longer time than it may last, lasts as long as it blocks.
    """
    limit = _LIMITS.get(item.state)
    limit_ms = None if limit is None else getattr(workstream.close_after, limit)
    if item.state == "waiting" and workstream.auto_close_ms is not None:
        limit_ms = workstream.auto_close_ms
    if item.state == "wrap_up" and isinstance(workstream.wrap_up, int) and limit_ms is not None:
        limit_ms = max(limit_ms, workstream.wrap_up)
    if limit_ms is None:
        return None
    due_ms: int = item.changed_at_ms + limit_ms
    return -(-due_ms // SCAN_MS) * SCAN_MS


def touch(h: Handling, item: Item) -> Item:
    """Restart the clock after which an item closes by itself."""
    after = _closing(h, item, replace(item, changed_at_ms=h.now_ms))
    keep(h, after)
    return after


def _seat(item: Item) -> tuple[str, str] | None:
    role = _ROLES.get(item.state)
    if role is None or item.representative_id is None:
        return None
    return item.representative_id, role


def _forget_side(h: Handling, item: Item) -> None:
    """Take an item off the desks of those who were asked about it."""
    for who in item.consulted:
        h.pool.desk.drop(joined(who, item.item_id))


def _tell_owner(h: Handling, item: Item) -> None:
    """Tell the conversation who has it now."""
    if item.owner == "representative":
        h.tell(
            item,
            RepresentativeAccepted,
            epoch=item.epoch,
            representative_id=item.owner_id,
            representative_name=h.name_of(item.owner_id or ""),
        )
    elif item.owner in {"queue", "bot"}:
        h.tell(item, OwnershipMoved, epoch=item.epoch, owner=item.owner, owner_id=item.owner_id)
