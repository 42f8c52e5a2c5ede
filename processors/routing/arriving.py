"""Work that arrives: classified, routed, let into a queue, or turned away by overflow (UR-01).

An item arrives once a life. When a bot gives back what it was given, the same item arrives again:
it is classified anew, new skills are added to the old ones, and its wait begins anew, because its
customer did not wait in between.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from processors.machine import Rejection
from processors.routing import classify, hours, intents, sentiment
from processors.routing.capacity import Needs
from processors.routing.classify import Routed
from processors.routing.handling import ORPHANS, Handling
from processors.routing.moves import AWAY, FORGET, close, end_conversation, wait
from processors.routing.notices import notify, tell_wait
from processors.routing.overflow import Load
from processors.routing.rows import Demand, Facts, Item
from processors.routing.setup import Action, Workstream
from processors.wide import NUL
from schemas.records.conversation import HandoffStatusChanged
from schemas.records.routing import (
    CallbackRequested,
    DirectedToNumber,
    ItemRouted,
    QueueOverflowed,
    VoicemailRequested,
    WorkItemArrived,
)

BAD_ID: Final = "routing.bad_id"

_NOTICE_OF: Final = {"end": "ended_by_overflow", "callback": "callback_answered"}
_REQUEST_OF: Final = {"callback": CallbackRequested, "voicemail": VoicemailRequested}

_json: Final = msgspec.json.Encoder(order="deterministic").encode


def arrive(h: Handling, given: WorkItemArrived) -> Rejection | None:
    """Take an item in; the same hand-off again changes nothing."""
    if NUL in given.item_id:
        return Rejection(BAD_ID, "an item's id may not contain a NUL; send it with another id")
    before = h.pool.items.get(given.item_id)
    if before is not None:
        is_repeat = given.request_id == before.request_id
        if is_repeat or given.ownership_epoch < before.epoch or before.state != "closed":
            return None
    item = _born(h, given, before)
    workstream = h.workstream(item)
    bot_id = workstream.bot_id
    if bot_id is not None and given.bot_id is None and item.life == 1 and workstream.mode == "push":
        said = f"the workstream's bot {bot_id} gets it first"
        close(h, item, "returned_to_bot", said, owner="bot", owner_id=bot_id)
        return None
    if not h.setup.digest and given.bot_id is not None and item.failures == 0:
        _fail(h, item, given.bot_id)
        return None
    place(h, item, is_arrival=True)
    return None


def place(h: Handling, item: Item, *, is_arrival: bool = False) -> Item:
    """Classify an item and let it into the queue that the rules name.

    Args:
        h: The input being handled.
        item: What to place.
        is_arrival: It arrives; False: its queue is gone, so it is routed again.
    """
    workstream = h.workstream(item)
    facts = h.facts_of(item)
    if workstream is ORPHANS:
        kind: Any = item.kind
        routed = classify.unrouted(h.setup, kind)
        trace: tuple[classify.Traced, ...] = ()
        attributes: dict[str, Any] = {}
    else:
        found = classify.classify(h.setup, workstream, facts)
        skills = classify.with_new_skills(_levels(item), found.skills)
        item = replace(item, demand=_demand(item, workstream, skills, found))
        attributes, trace = dict(found.attributes), found.trace
        routed = classify.route(
            h.setup,
            workstream,
            classify.facts_after(facts, found),
            _busy_where_it_waits(h, item),
            h.now_ms,
            fault=found.fault,
            checks_overflow=not item.is_overflow_checked,
        )
    if is_arrival:
        read = facts.get(f"context.{sentiment.NAME}", attributes.get(sentiment.NAME))
        item = replace(item, sentiment=sentiment.level_of(read))
    known = h.pool.facts.get(item.item_id) or Facts()
    h.pool.facts.put(item.item_id, replace(known, attributes=_json(attributes).decode()))
    h.emit(
        ItemRouted,
        epoch=item.epoch,
        item_id=item.item_id,
        workstream_id=workstream.id,
        queue_id=routed.queue_id,
        is_fallback=routed.outcome == "fallback",
        because=routed.why,
        probability=routed.probability,
        classification_trace=tuple(_told(one) for one in trace),
        route_trace=tuple(_told(one) for one in routed.trace),
        attributes=_json(attributes).decode(),
        skills=_json(dict(item.demand.skills)).decode(),
        profiles=item.demand.needs.profiles,
        units=item.demand.needs.units,
        setup_digest=h.setup.digest or None,
    )
    item = replace(item, is_overflow_checked=item.is_overflow_checked or is_arrival)
    if routed.overflow is not None:
        return _overflowed(h, item, routed)
    return enter(h, item, routed.queue_id, routed.why, is_arrival=is_arrival)


def enter(
    h: Handling,
    item: Item,
    queue_id: str,
    because: str,
    *,
    is_arrival: bool = False,
    keeps_group: bool = False,
) -> Item:
    """Let an item into a queue, or its part for a user group; tell the customer what there is.

    Args:
        h: The input being handled.
        item: The item.
        queue_id: The queue.
        because: Why, as a sentence.
        is_arrival: It just arrived.
        keeps_group: It overflows from another queue, and its user group stays.
    """
    item, queue_id, said = intents.part_for(h, item, queue_id, keeps_group=keeps_group)
    because = f"{because}; {said}" if said else because
    counts = {"entered": 1, "escalated": int(is_arrival)}
    h.pool.count(queue_id, h.now_ms, **counts)
    made = wait(h, item, because, queue_id=queue_id)
    if is_arrival:
        sentiment.alert(h, None, made)
    queue_hours = h.setup.hours_of(queue_id)
    if not hours.is_open(queue_hours, h.now_ms):
        notify(h, made, "out_of_hours")
    elif is_arrival:
        tell_wait(h, made)
    return made


def act(h: Handling, item: Item, action: Action, because: str) -> Item:
    """Do with an item what overflow says."""
    if action.do == "assign_anyway":
        return wait(h, item, because)
    if action.do == "queue":
        passed_on = replace(item, was_passed_on=True)
        return enter(h, passed_on, action.queue or "", because, keeps_group=True)
    if action.do == "external_number":
        made = close(h, item, "transferred_out", because)
        direct(h, made, action.number or "", because)
        return made
    if action.do in _NOTICE_OF:
        notify(h, item, _NOTICE_OF[action.do])
    made = close(h, item, "overflowed", because)
    if action.do in _REQUEST_OF:
        h.emit(
            _REQUEST_OF[action.do],
            epoch=made.epoch,
            item_id=item.item_id,
            queue_id=item.queue_id,
            because=because,
        )
    end_conversation(h, made, because)
    return made


def direct(h: Handling, item: Item, number: str, because: str) -> None:
    """Let the call platform pass a call on to an outside number: here the conversation is over."""
    h.emit(DirectedToNumber, epoch=item.epoch, item_id=item.item_id, number=number, because=because)
    end_conversation(h, item, because)


def returned(h: Handling, item: Item, because: str) -> Item:
    """Let an item whose customer wrote again wait for a representative.

    Its age counts from this interaction (UR-11); who had it gets it again where the workstream says
    so (UR-39). Where its queue is routed by intent, the intent counts anew (CI-43), and who had it
    gets it again only as one of the user group.
    """
    workstream = h.workstream(item)
    served_by = item.served_by
    is_kept = workstream.keep_same_representative and workstream.mode == "push"
    if served_by not in h.setup.representatives or not is_kept:
        served_by = None
    queue_id, queue = item.queue_id, h.queue(item.queue_id)
    if queue is not None and queue.base_id is not None:
        item, queue_id, said = intents.part_for(h, item, queue.base_id)
        because = f"{because}; {said}" if said else because
        if served_by not in h.setup.queues[queue_id].members:
            served_by = None
    h.pool.count(queue_id, h.now_ms, entered=1)
    return wait(
        h,
        item,
        because,
        queue_id=queue_id,
        aged_from_ms=h.now_ms,
        affinity=served_by,
        session=item.session + 1,
        declines=(),
        shunned=item.escalated_by,
    )


def _born(h: Handling, given: WorkItemArrived, before: Item | None) -> Item:
    """Return the item in a new life; it is kept from the next move on."""
    workstream = h.setup.workstream_of(given.kind, given.channel, given.workstream) or ORPHANS
    state = h.pool.state
    number = state.numbered + 1
    h.pool.state = replace(state, arrived=state.arrived + 1, open=state.open + 1, numbered=number)
    h.timers[FORGET + given.item_id] = None
    h.timers[AWAY + given.item_id] = None
    h.pool.facts.put(
        given.item_id,
        Facts(
            channel=given.channel,
            locale=given.locale,
            customer_id=given.customer_id,
            customer_name=given.customer_name,
            linked_record=given.linked_record,
            variables=given.variables,
            cut_variables=given.cut_variables,
            message=given.message,
            reason=given.reason,
            turns=given.turns,
            opened_at_ms=given.opened_at_ms,
        ),
    )
    held = before or Item(given.item_id, number, given.kind, life=0)
    escalated_by = held.escalated_by
    if given.bot_id is not None and given.bot_id not in escalated_by:
        escalated_by = (*escalated_by, given.bot_id)
    is_kept = workstream.keep_same_representative and workstream.mode == "push"
    served_by = held.served_by if held.served_by in h.setup.representatives else None
    return Item(
        item_id=given.item_id,
        number=number,
        kind=given.kind,
        life=held.life + 1,
        epoch=max(given.ownership_epoch, held.epoch),
        request_id=given.request_id,
        bot_id=given.bot_id,
        is_synchronous=given.is_synchronous,
        is_persistent=workstream.is_persistent,
        first_arrived_at_ms=held.first_arrived_at_ms or h.now_ms,
        arrived_at_ms=h.now_ms,
        aged_from_ms=h.now_ms,
        queued_at_ms=h.now_ms,
        changed_at_ms=h.now_ms,
        demand=replace(held.demand, workstream_id=workstream.id),
        wishes=tuple(dict.fromkeys(given.preferred_representatives)),
        shunned=escalated_by,
        session=held.session + 1 if before is not None else 1,
        decisions=held.decisions,
        decision_id=held.decision_id,
        failures=held.failures,
        is_overflow_checked=held.is_overflow_checked,
        affinity=served_by if is_kept else None,
        served_by=held.served_by,
        escalated_by=escalated_by,
        has_acted=held.has_acted or given.turns > 0,
    )


def _fail(h: Handling, item: Item, bot_id: str) -> None:
    """Give a hand-off back to its bot: nobody is set up to serve it (question 38).

    A second attempt is let in: it waits in the default queue of its kind.
    """
    said = "no routing setup is published for this tenant, so nobody can serve it"
    made = close(
        h,
        replace(item, failures=item.failures + 1),
        "returned_to_bot",
        said,
        owner="bot",
        owner_id=bot_id,
        is_told=False,
    )
    if made.request_id is not None:
        h.tell(
            made,
            HandoffStatusChanged,
            epoch=made.epoch,
            request_id=made.request_id,
            state="failed",
            message=said,
        )


def _overflowed(h: Handling, item: Item, routed: Routed) -> Item:
    """Do what the overflowing queue says with an item on its way in."""
    action, queue_id = routed.overflow, routed.overflowed_queue or routed.queue_id
    assert action is not None
    queue = h.setup.queues[queue_id]
    found = next((one for one in routed.candidates if one.queue_id == queue_id), None)
    rules = queue.pre_overflow
    condition = next((one.when for one in rules if one.action == action), "overflow")
    h.emit(
        QueueOverflowed,
        epoch=item.epoch,
        item_id=item.item_id,
        queue_id=queue_id,
        condition=condition,
        action=action.do,
        target_id=action.queue or action.number,
        is_in_queue=False,
        because=found.because if found is not None else routed.why,
    )
    h.pool.count(queue_id, h.now_ms, overflowed=1)
    if condition == "out_of_hours" and action.do not in {"assign_anyway", "queue"}:
        notify(h, replace(item, queue_id=queue_id), "out_of_hours")
    if action.do == "assign_anyway":
        return enter(h, item, queue_id, routed.why, is_arrival=True)
    if action.do == "queue":
        at = intents.part_for(h, item, queue_id)[1]
        item = replace(item, was_passed_on=True, queue_id=at)
        return enter(h, item, routed.queue_id, routed.why, is_arrival=True, keeps_group=True)
    return act(h, replace(item, queue_id=queue_id), action, routed.why)


def _busy_where_it_waits(h: Handling, item: Item) -> Load:
    """Return how busy queues are for this item: where it waits for a user group, that part."""
    busy = h.pool.busy(h.now_ms)
    if h.setup.intents is None:
        return busy
    return lambda queue_id: busy(intents.part_for(h, item, queue_id)[1])


def _demand(
    item: Item, workstream: Workstream, skills: dict[str, int], found: classify.Classified
) -> Demand:
    kind: Any = item.kind
    # Units or profiles, never both: who has room is counted one way or the other (UR-25).
    units = 0 if found.profiles else found.units
    return Demand(
        workstream_id=workstream.id,
        needs=Needs(units, found.profiles, kind),
        skills=tuple(sorted(skills.items())),
        presences=workstream.allowed_presences,
    )


def _levels(item: Item) -> dict[str, int]:
    return {skill: int(level) for skill, level in item.demand.skills}


def _told(one: classify.Traced) -> str:
    verdict = "yes" if one.is_matched else "no"
    where = f"{one.ruleset} / {one.rule}" if one.rule else one.ruleset
    return f"{where}: {verdict}; {one.because}"
