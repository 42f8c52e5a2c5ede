"""What representatives do with items: pick, release, pass on, consult, end, wait, resume."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.machine import Rejection
from processors.routing import choose, intents, people
from processors.routing.arriving import direct
from processors.routing.assigning import give, give_bot, question_of, record
from processors.routing.capacity import has_room
from processors.routing.handling import Handling
from processors.routing.moves import (
    activate,
    close,
    keep,
    leave_representative,
    move,
    touch,
    wait,
    wrap_up,
)
from processors.routing.notices import notify
from processors.routing.offers import refused_by, unknown
from processors.routing.rows import Desk, Item
from processors.wide import joined
from schemas.records.routing import (
    CloseItem,
    ConsultChanged,
    EndConsult,
    EndEscalation,
    EndItem,
    EscalateToVoice,
    PickItem,
    ReleaseItem,
    ResumeItem,
    StartConsult,
    TransferItem,
    WaitItem,
)

NOT_YOURS: Final = "routing.not_yours"
WRONG_STATE: Final = "routing.wrong_state"
NOT_A_MEMBER: Final = "routing.not_a_member"
UNKNOWN_QUEUE: Final = "routing.unknown_queue"
WRONG_KIND: Final = "routing.wrong_kind"
UNKNOWN_BOT: Final = "routing.unknown_bot"
BAD_NUMBER: Final = "routing.bad_number"
NOT_ASYNCHRONOUS: Final = "routing.not_asynchronous"
NO_ROOM: Final = "routing.no_room"
NOT_HERSELF: Final = "routing.not_oneself"
UNREACHABLE: Final = "routing.not_connected"


def pick(h: Handling, given: PickItem) -> Rejection | None:
    """Let a member of the queue take a waiting item, whatever they carry."""
    item = h.pool.items.get(given.item_id)
    if item is None:
        return unknown(given.item_id)
    who = given.representative_id
    if item.state == "active" and item.representative_id == who:
        return None
    refusal = reachable(h, who) or in_state(item, "open")
    if refusal is not None:
        return refusal
    queue = h.queue(item.queue_id)
    if queue is None or who not in queue.members:
        because = f"{h.name_of(who)} is no member of the queue {item.queue_id}; ask a supervisor"
        return Rejection(NOT_A_MEMBER, because)
    item = chosen_by_hand(h, item, who, "pick", f"{h.name_of(who)} picked it")
    activate(h, item, who, f"{h.name_of(who)} picked it")
    return None


def release(h: Handling, given: ReleaseItem) -> Rejection | None:
    """Give an item back to its queue."""
    found = mine(h, given.item_id, given.representative_id, "active")
    if isinstance(found, Rejection):
        return found
    h.pool.count(found.queue_id, h.now_ms, released=1)
    back(h, found, f"{h.name_of(given.representative_id)} gave it back", is_refusal=True)
    people.recalculate(h, given.representative_id, "gave something back")
    return None


def back(h: Handling, item: Item, because: str, *, is_refusal: bool) -> Item:
    """Let a served item wait in its queue again; it is as old there as it was."""
    who = item.representative_id or ""
    item = leave_representative(h, item)
    if is_refusal:
        item = refused_by(h, item, who)
    return wait(h, replace(item, session=item.session + 1), because)


def transfer(h: Handling, given: TransferItem) -> Rejection | None:
    """Pass an item on; its first representative's capacity is free at once."""
    found = mine(h, given.item_id, given.representative_id, "active")
    if isinstance(found, Rejection):
        return found
    if given.target == "queue":
        refusal = _to_queue(h, found, given.target_id)
    elif given.target == "representative":
        refusal = _to_representative(h, found, given.target_id)
    elif given.target == "bot":
        refusal = _to_bot(h, found, given.target_id)
    else:
        refusal = _to_number(h, found, given.target_id)
    if refusal is None:
        h.pool.count(found.queue_id, h.now_ms, transferred=1)
        people.recalculate(h, given.representative_id, "passed something on")
    return refusal


def to_queue(h: Handling, item: Item, queue_id: str, because: str) -> Item:
    """Let an item wait in another queue; the clock of its wait goes on.

    Where that queue is routed by intent, the intent counts anew (CI-43).
    """
    item, queue_id, said = intents.part_for(h, item, queue_id)
    because = f"{because}; {said}" if said else because
    h.pool.count(queue_id, h.now_ms, entered=1)
    return wait(
        h,
        replace(item, session=item.session + 1, was_passed_on=True, affinity=None),
        because,
        queue_id=queue_id,
    )


def fits_queue(h: Handling, item: Item, queue_id: str) -> Rejection | None:
    """Return why an item cannot go to a queue, or None."""
    queue = h.queue(queue_id)
    if queue is None:
        return Rejection(UNKNOWN_QUEUE, f"no queue {queue_id} is set up; choose one that is")
    if queue.kind != item.kind:
        because = f"{queue.name} takes {queue.kind} work, this is {item.kind}"
        return Rejection(WRONG_KIND, f"{because}; choose a queue for {item.kind}")
    return None


def _to_queue(h: Handling, item: Item, queue_id: str) -> Rejection | None:
    refusal = fits_queue(h, item, queue_id)
    if refusal is not None:
        return refusal
    who = item.representative_id or ""
    left = refused_by(h, leave_representative(h, item), who)
    to_queue(h, left, queue_id, f"{h.name_of(who)} passed it to {h.setup.queues[queue_id].name}")
    return None


def _to_representative(h: Handling, item: Item, target: str) -> Rejection | None:
    who = item.representative_id or ""
    refusal = assignable(h, item, target, is_over_capacity=False)
    if target == who:
        refusal = Rejection(NOT_HERSELF, f"{h.name_of(who)} has it already; choose somebody else")
    if refusal is not None:
        return refusal
    because = f"{h.name_of(who)} passed it to {h.name_of(target)}"
    hand_to(h, item, target, "transfer", because)
    return None


def hand_to(h: Handling, item: Item, target: str, kind: str, because: str) -> Item:
    """Give a served item to another representative: a call at once, else as an offer."""
    item = chosen_by_hand(h, item, target, kind, because)
    left = leave_representative(h, item)
    left = replace(left, session=item.session + 1, was_passed_on=True, affinity=None)
    if item.kind == "voice":
        return activate(h, left, target, because)
    # For the moment of the offer the queue has it: nobody serves it.
    waiting = wait(h, left, because)
    h.fresh.pop(item.item_id, None)
    return give(h, waiting, target, because)


def _to_bot(h: Handling, item: Item, bot_id: str) -> Rejection | None:
    known = {one.bot_id for one in h.setup.workstreams.values()} | {item.bot_id}
    member = h.setup.representatives.get(bot_id)
    if bot_id not in known and (member is None or not member.is_bot):
        return Rejection(UNKNOWN_BOT, f"no bot {bot_id} is set up; choose one that is")
    who = item.representative_id or ""
    give_bot(h, item, bot_id, f"{h.name_of(who)} passed it back to {bot_id}")
    return None


def _to_number(h: Handling, item: Item, number: str) -> Rejection | None:
    if item.kind != "voice":
        because = f"only calls go to a phone number, this is {item.kind}; choose a queue"
        return Rejection(WRONG_KIND, because)
    if number.startswith("+"):
        because = f"{number} begins with a plus, and such transfers fail; leave the plus out"
        return Rejection(BAD_NUMBER, because)
    if not (number.isascii() and number.isdigit()):
        return Rejection(BAD_NUMBER, f"{number} is no phone number; write digits only")
    if number not in h.setup.callable_numbers:
        because = f"{number} may not be called from here; add it to callable_numbers"
        return Rejection(BAD_NUMBER, because)
    who = item.representative_id or ""
    because = f"{h.name_of(who)} passed it to {number}"
    made = close(h, item, "transferred_out", because)
    direct(h, made, number, because)
    return None


def start_consult(h: Handling, given: StartConsult) -> Rejection | None:
    """Ask somebody about an item; it takes none of their capacity."""
    found = mine(h, given.item_id, given.representative_id, "active")
    if isinstance(found, Rejection):
        return found
    asked = given.consulted_id
    if asked in found.consulted:
        return None
    if asked == given.representative_id:
        return Rejection(NOT_HERSELF, "nobody consults themselves; choose somebody else")
    if h.is_bot(asked):
        return Rejection(UNREACHABLE, f"{asked} is a bot, and bots are not consulted")
    refusal = reachable(h, asked)
    if refusal is not None:
        return refusal
    after = touch(h, replace(found, consulted=(*found.consulted, asked)))
    h.pool.desk.put(joined(asked, found.item_id), Desk("consult", h.now_ms))
    h.emit(
        ConsultChanged,
        epoch=after.epoch,
        item_id=found.item_id,
        representative_id=given.representative_id,
        consulted_id=asked,
        is_begun=True,
    )
    notify(h, after, "consult_accepted", asked)
    return None


def end_consult(h: Handling, given: EndConsult) -> Rejection | None:
    """End a consultation; ending it again changes nothing."""
    item = h.pool.items.get(given.item_id)
    if item is None:
        return unknown(given.item_id)
    if given.representative_id not in {item.representative_id, given.consulted_id}:
        because = f"it is between {item.representative_id} and {given.consulted_id}"
        return Rejection(NOT_YOURS, because)
    asked = given.consulted_id
    if asked not in item.consulted:
        return None
    after = replace(item, consulted=tuple(one for one in item.consulted if one != asked))
    touch(h, after)
    h.pool.desk.drop(joined(asked, item.item_id))
    h.emit(
        ConsultChanged,
        epoch=item.epoch,
        item_id=item.item_id,
        representative_id=item.representative_id or given.representative_id,
        consulted_id=asked,
        is_begun=False,
    )
    notify(h, item, "consult_ended", asked)
    return None


def escalate(h: Handling, given: EscalateToVoice) -> Rejection | None:
    """Let a chat become a call, which takes the representative from other chats and calls."""
    found = mine(h, given.item_id, given.representative_id, "active")
    if isinstance(found, Rejection):
        return found
    if found.kind != "messaging":
        because = f"only chats become calls, this is {found.kind}"
        return Rejection(WRONG_KIND, because)
    if not found.is_escalated:
        touch(h, people.begin_escalation(h, found))
        people.recalculate(h, given.representative_id, "a chat became a call")
    return None


def end_escalation(h: Handling, given: EndEscalation) -> Rejection | None:
    """End the call that a chat became; the chat goes on. Ending it again changes nothing."""
    item = h.pool.items.get(given.item_id)
    if item is None:
        return unknown(given.item_id)
    who = given.representative_id
    if not item.is_escalated and who in {item.representative_id, item.served_by}:
        return None
    found = mine(h, given.item_id, who, "active")
    if isinstance(found, Rejection):
        return found
    touch(h, people.end_escalation(h, found, f"{h.name_of(who)} ended the call"))
    people.recalculate(h, who, "a call ended")
    return None


def end(h: Handling, given: EndItem) -> Rejection | None:
    """End a conversation: wrap-up begins."""
    item = h.pool.items.get(given.item_id)
    if item is not None and item.state in {"wrap_up", "closed"}:
        return (
            None
            if given.representative_id in {item.representative_id, item.served_by}
            else (Rejection(NOT_YOURS, f"{item.served_by} had it"))
        )
    found = mine(h, given.item_id, given.representative_id, "active")
    if isinstance(found, Rejection):
        return found
    wrap_up(h, found, given.reason or f"{h.name_of(given.representative_id)} ended it")
    return None


def finish(h: Handling, given: CloseItem) -> Rejection | None:
    """End wrap-up: the item is closed."""
    item = h.pool.items.get(given.item_id)
    if item is not None and item.state == "closed" and item.served_by == given.representative_id:
        return None
    found = mine(h, given.item_id, given.representative_id, "wrap_up")
    if isinstance(found, Rejection):
        return found
    close(h, found, "handled", f"{h.name_of(given.representative_id)} has wrapped up")
    return None


def pause(h: Handling, given: WaitItem) -> Rejection | None:
    """Close the session of an item whose customer answers later; it takes no capacity."""
    item = h.pool.items.get(given.item_id)
    if item is not None and item.state == "waiting":
        if item.representative_id == given.representative_id:
            return None
        return Rejection(NOT_YOURS, f"{item.representative_id} has it")
    found = mine(h, given.item_id, given.representative_id, "active")
    if isinstance(found, Rejection):
        return found
    if found.is_synchronous:
        because = "the customer of this channel waits at the other end; end the conversation"
        return Rejection(NOT_ASYNCHRONOUS, because)
    who = given.representative_id
    left = leave_representative(h, found)
    move(
        h,
        replace(left, representative_id=who),
        "waiting",
        f"{h.name_of(who)} closed the session",
    )
    people.recalculate(h, who, "closed a session")
    return None


def resume(h: Handling, given: ResumeItem) -> Rejection | None:
    """Take an item up again that waited for its customer, whatever one carries."""
    item = h.pool.items.get(given.item_id)
    who = given.representative_id
    if item is not None and (item.state, item.representative_id) == ("active", who):
        return None
    found = mine(h, given.item_id, who, "waiting")
    if isinstance(found, Rejection):
        return found
    activate(h, replace(found, session=found.session + 1), who, f"{h.name_of(who)} resumed it")
    return None


def chosen_by_hand(h: Handling, item: Item, who: str, kind: str, because: str) -> Item:
    """Write down who was chosen by a person, beside what the queue's method finds."""
    queue = h.queue(item.queue_id)
    if queue is None:
        return item
    question = question_of(h, item, queue, others=(who,))
    found = replace(choose.decide(question), chosen=who)
    known = record(h, item, question, found, kind, because)
    keep(h, known)
    return known


def mine(h: Handling, item_id: str, who: str, state: str) -> Item | Rejection:
    """Return an item that somebody has in a state, or why not."""
    item = h.pool.items.get(item_id)
    if item is None:
        return unknown(item_id)
    if item.representative_id != who:
        has = f"{item.owner} {item.owner_id}" if item.owner_id else f"the item is {item.state}"
        return Rejection(NOT_YOURS, f"{h.name_of(who)} does not have {item_id}: {has}")
    return in_state(item, state) or item


def in_state(item: Item, state: str) -> Rejection | None:
    """Return why an item is not in a state, or None if it is."""
    if item.state == state:
        return None
    is_now = item.state.replace("_", " ")
    because = f"{item.item_id} is {is_now}; this is possible while it is {state.replace('_', ' ')}"
    return Rejection(WRONG_STATE, because)


def reachable(h: Handling, who: str) -> Rejection | None:
    """Return why somebody cannot be given anything by hand, or None."""
    if who not in h.setup.representatives:
        because = f"nobody is known as {who}; add them to the routing setup first"
        return Rejection(people.UNKNOWN, because)
    row = h.representative(who)
    if row is None or not row.presence.is_connected:
        return Rejection(UNREACHABLE, f"{h.name_of(who)} is not connected")
    return None


def assignable(h: Handling, item: Item, who: str, *, is_over_capacity: bool) -> Rejection | None:
    """Return why an item cannot be given to somebody by hand, or None."""
    refusal = reachable(h, who)
    if refusal is not None:
        return refusal
    if h.is_bot(who):
        return Rejection(UNKNOWN_BOT, f"{who} is a bot; transfer to it as a bot")
    row = h.representative(who)
    assert row is not None
    if not is_over_capacity and not has_room(row.load, item.demand.needs):
        because = f"{h.name_of(who)} has no room for it; choose somebody else or a queue"
        return Rejection(NO_ROOM, because)
    return None
