"""What supervisors do with items of others (QM-11). Who is one, the gateway says."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.machine import Rejection
from processors.routing import people
from processors.routing.assigning import give
from processors.routing.desk import (
    NOT_A_MEMBER,
    WRONG_STATE,
    assignable,
    chosen_by_hand,
    fits_queue,
    hand_to,
    to_queue,
)
from processors.routing.handling import Handling
from processors.routing.moves import close, end_conversation, keep, leave_representative, touch
from processors.routing.notices import notify
from processors.routing.offers import close_offer, unknown
from processors.routing.rows import Item
from schemas.records.routing import (
    AssignItem,
    ForceCloseItem,
    JoinItem,
    LeaveItem,
    MonitorItem,
    SupervisorActed,
    SupervisorAction,
)

NO_TARGET: Final = "routing.no_target"
OWN_ITEM: Final = "routing.own_item"
IN_QUEUE: Final = frozenset({"open", "offered"})
SERVED: Final = frozenset({"active", "waiting"})


def assign(h: Handling, given: AssignItem) -> Rejection | None:
    """Give a waiting item to somebody or to a queue, or pass a served one on in its queue."""
    item = h.pool.items.get(given.item_id)
    if item is None:
        return unknown(given.item_id)
    if (given.assigned_id is None) == (given.queue_id is None):
        because = "say either a representative or a queue that gets it, not both and not neither"
        return Rejection(NO_TARGET, because)
    if given.assigned_id is not None:
        return _to_representative(h, item, given, given.assigned_id)
    queue_id = given.queue_id or ""
    refusal = fits_queue(h, item, queue_id)
    if refusal is None and item.state not in IN_QUEUE:
        refusal = _wrong_state(item, "waits in a queue")
    if refusal is not None:
        return refusal
    because = f"{given.supervisor_id} moved it to {h.setup.queues[queue_id].name}"
    to_queue(h, _withdrawn(h, item, because), queue_id, because)
    _acted(h, item, given.supervisor_id, "assign", because, queue_id)
    return None


def force_close(h: Handling, given: ForceCloseItem) -> Rejection | None:
    """Close an item, and tell the customer; closing it again changes nothing."""
    item = h.pool.items.get(given.item_id)
    if item is None:
        return unknown(given.item_id)
    if item.state == "closed":
        return None
    because = f"{given.supervisor_id} closed it"
    if given.reason:
        because += f": {given.reason}"
    close_offer(h, item, "withdrawn", because)
    notify(h, item, "session_ended")
    made = close(h, item, "force_closed", because)
    end_conversation(h, made, because)
    _acted(h, item, given.supervisor_id, "close", because)
    return None


def monitor(h: Handling, given: MonitorItem) -> Rejection | None:
    """Watch a conversation; it takes no capacity."""
    return _observe(h, given.item_id, given.supervisor_id, "monitor")


def join(h: Handling, given: JoinItem) -> Rejection | None:
    """Take part in a conversation; it takes no capacity."""
    return _observe(h, given.item_id, given.supervisor_id, "join")


def leave(h: Handling, given: LeaveItem) -> Rejection | None:
    """Watch, or take part, no longer."""
    item = h.pool.items.get(given.item_id)
    if item is None:
        return unknown(given.item_id)
    who = given.supervisor_id
    observers = tuple(one for one in item.observers if one.partition(":")[2] != who)
    if observers == item.observers:
        return None
    was_joined = f"join:{who}" in item.observers
    keep(h, replace(item, observers=observers))
    _acted(h, item, who, "leave", f"{h.name_of(who)} left")
    if was_joined:
        notify(h, item, "representative_left", who)
    return None


def _to_representative(h: Handling, item: Item, given: AssignItem, target: str) -> Rejection | None:
    if item.representative_id == target and item.state in IN_QUEUE | SERVED:
        return None
    refusal = assignable(h, item, target, is_over_capacity=given.is_over_capacity)
    if refusal is not None:
        return refusal
    because = f"{given.supervisor_id} gave it to {h.name_of(target)}"
    if item.state in IN_QUEUE:
        item = chosen_by_hand(h, _withdrawn(h, item, because), target, "supervisor", because)
        give(h, item, target, because)
    elif item.state in SERVED:
        queue = h.queue(item.queue_id)
        if queue is None or target not in queue.members:
            said = f"{h.name_of(target)} is no member of the item's queue {item.queue_id}"
            return Rejection(NOT_A_MEMBER, f"{said}; move it to a queue of theirs first")
        served_by = item.representative_id
        h.pool.count(item.queue_id, h.now_ms, transferred=1)
        hand_to(h, item, target, "supervisor", because)
        if served_by is not None:
            people.recalculate(h, served_by, "something was passed on")
    else:
        return _wrong_state(item, "waits or is served")
    _acted(h, item, given.supervisor_id, "assign", because, target)
    return None


def _withdrawn(h: Handling, item: Item, because: str) -> Item:
    """Return an item whose open offer is taken back; nobody is to blame."""
    if item.state != "offered":
        return item
    close_offer(h, item, "withdrawn", because)
    left = leave_representative(h, item, counts=False)
    return replace(left, offer=None, session=item.session + 1)


def _observe(h: Handling, item_id: str, who: str, how: SupervisorAction) -> Rejection | None:
    item = h.pool.items.get(item_id)
    if item is None:
        return unknown(item_id)
    if f"{how}:{who}" in item.observers:
        return None
    if item.representative_id == who:
        return Rejection(OWN_ITEM, f"{h.name_of(who)} serves it; nobody watches themselves")
    if item.state not in {"active", "wrap_up"}:
        return _wrong_state(item, "is served or wrapped up")
    others = tuple(one for one in item.observers if one.partition(":")[2] != who)
    touch(h, replace(item, observers=(*others, f"{how}:{who}")))
    verb = "watches" if how == "monitor" else "takes part"
    _acted(h, item, who, how, f"{h.name_of(who)} {verb}")
    if how == "join":
        notify(h, item, "representative_joined", who)
    return None


def _wrong_state(item: Item, wanted: str) -> Rejection:
    is_now = item.state.replace("_", " ")
    return Rejection(WRONG_STATE, f"{item.item_id} is {is_now}; this is possible while it {wanted}")


def _acted(
    h: Handling,
    item: Item,
    who: str,
    action: SupervisorAction,
    because: str,
    target_id: str | None = None,
) -> None:
    h.emit(
        SupervisorActed,
        epoch=item.epoch,
        item_id=item.item_id,
        supervisor_id=who,
        action=action,
        target_id=target_id,
        because=because,
    )
