"""Who gets what: what waits and who is free are brought together (UR-11 to UR-14).

After every input nobody is free for anything that waits. So only what the input changed has to be
looked at: items that came to wait, and representatives who may have become able to take something.
Among those the item that comes first of all goes first; who gets it is decided among all members of
its queue. That keeps two promises at once: the queue's method chooses, and nobody gets a newer item
while an older one waits that they may have.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from processors.routing import choose, verdicts
from processors.routing.handling import Handling
from processors.routing.hours import is_open
from processors.routing.moves import activate, close, keep, leave_queue, offer
from processors.routing.notices import notify
from processors.routing.pool import Order, Refuse, decision_key, pack
from processors.routing.question import Candidate, Decision, Item as Asked, Policy, Question
from processors.routing.rows import DecisionRow, Item
from processors.routing.setup import Queue
from schemas.records.routing import AssignmentDecided, OfferMade

RULES: Final = "routing/1"
"""Version of the rules that decide; raise it when the same question gets another answer."""

_QUESTION_HEAD: Final = choose.encode(Question(Asked(""), Policy(), ()))[:2]
"""Version of a question as bytes, and how many fields it has."""

_json: Final = msgspec.json.Encoder().encode


def settle(h: Handling) -> None:
    """Give to those who are free what waits for them, the first of all first."""
    asking = _Asking(h)
    given = 0
    while h.fresh or h.free:
        heap = _to_look_at(h, asking)
        since = dict.fromkeys((who for _, who, _ in heap), given)
        while heap:
            _, who, item_id = heappop(heap)
            item = h.pool.items.get(item_id)
            if item is not None and not item.is_waiting:
                item = None
            if not who:
                given += item is not None and _assign(h, item) is not None
                continue
            # Taken meanwhile, or they are full: what they may have now comes later than that. As
            # long as nothing was given away since it was found for them, it still is theirs.
            is_over = item is None or (
                since[who] != given and not asking.fits(item, h.pool.candidate(who, h.setup))
            )
            is_given = not is_over and _assign(h, h.pool.items[item_id]) is not None
            given += is_given
            if is_over or is_given:
                found = h.pool.first_for(who, h.world, asking)
                since[who] = given
                if found is not None:
                    heappush(heap, (found[0], who, found[1].item_id))


def _to_look_at(h: Handling, asking: _Asking) -> list[tuple[Order, str, str]]:
    """Return, as a heap, what came to wait, and for each who is free the first they may have."""
    fresh, h.fresh = h.fresh, {}
    free, h.free = h.free, {}
    heap: list[tuple[Order, str, str]] = []
    for item_id in fresh:
        item = h.pool.items.get(item_id)
        if item is not None and item.is_waiting and item.line != "aside":
            heap.append((h.world.order(item.queue_id, item.rank, item_id), "", item_id))
    for who in free:
        found = h.pool.first_for(who, h.world, asking)
        if found is not None:
            heap.append((found[0], who, found[1].item_id))
    heapify(heap)
    return heap


def question_of(h: Handling, item: Item, queue: Queue, **changes: Any) -> Question:
    """Return the question who gets an item."""
    workstream = h.workstream(item)
    policy = h.world.policy(workstream, queue)
    candidates = h.pool.roster(queue, h.setup).candidates
    for who in (item.affinity, *changes.pop("others", ())):
        if who is not None and who not in queue.members:
            outsider = replace(h.pool.candidate(who, h.setup), is_member=False)
            candidates = (*candidates, outsider)
    if policy.rules:
        candidates = tuple([_at_work(h, candidate) for candidate in candidates])
    goes_round = (
        policy.method in {"round_robin", "custom"}
        or policy.capacity_by == "round_robin"
        or policy.is_closest_by_round_robin
    )
    turns = h.pool.turns(queue.id) if goes_round else {}
    asked = _asked(h, item)
    return Question(
        item=replace(asked, **changes) if changes else asked,
        policy=policy,
        candidates=candidates,
        now_ms=h.now_ms,
        queue_id=queue.id,
        turns={
            one.representative_id: turns[one.representative_id]
            for one in candidates
            if one.representative_id in turns
        }
        if turns
        else {},
        versions={"rules": RULES, "setup": h.setup.digest},
    )


def record(
    h: Handling, item: Item, question: Question, decision: Decision, kind: str, because: str
) -> Item:
    """Write a decision down, with everything it depended on; return the item that knows of it."""
    found = decision.verdicts
    ranked = sorted((one.rank, _json(one.score).decode()) for one in found if one.rank)
    reasons: dict[verdicts.Refusal, int] = {}
    refusals = [
        reasons.setdefault(one.refusal, len(reasons) + 1) if one.refusal else 0 for one in found
    ]
    decision_id = h.emit(
        AssignmentDecided,
        epoch=item.epoch,
        item_id=item.item_id,
        number=item.decisions + 1,
        kind=kind,
        queue_id=question.queue_id,
        method=question.policy.method,
        skill_match=question.policy.skill_match,
        chosen_id=decision.chosen,
        because=because,
        probability=decision.probability,
        candidate_ids=tuple([one.representative_id for one in found]),
        ranks=tuple([one.rank for one in found]),
        components=decision.components,
        scores=tuple([score for _, score in ranked]),
        refusals=tuple(refusals),
        reasons=tuple([f"{reason[0]}: {verdicts.words(reason)}" for reason in reasons]),
        setup_digest=h.setup.digest,
        versions=tuple(f"{name}={value}" for name, value in sorted(question.versions.items())),
        question=encoded(h, item, question),
    )
    number = item.decisions + 1
    h.pool.decisions.put(
        decision_key(item.item_id, number),
        DecisionRow(decision_id, h.now_ms, kind, question.queue_id, decision.chosen, because),
    )
    return replace(item, decisions=number, decision_id=decision_id)


def encoded(h: Handling, item: Item, question: Question) -> bytes:
    """Return a question as `choose.encode` does, from parts that are encoded already."""
    queue = h.setup.queues[question.queue_id]
    roster = h.pool.roster(queue, h.setup)
    if question.candidates is not roster.candidates or len(roster.packed) > 0xFFFF:
        return choose.encode(question)
    count = len(roster.packed)
    return b"".join(
        (
            _QUESTION_HEAD,
            pack(question.item),
            h.world.policy_bytes(h.workstream(item), queue),
            bytes([0x90 | count]) if count < 16 else b"\xdc" + count.to_bytes(2),
            *roster.packed,
            pack(question.now_ms),
            pack(question.queue_id),
            pack(question.turns),
            pack(question.versions),
        )
    )


def give(h: Handling, item: Item, representative_id: str, because: str) -> Item:
    """Offer an item to whoever was chosen, or give it to them where nothing is asked."""
    if h.is_bot(representative_id):
        return give_bot(h, item, representative_id, because)
    workstream = h.workstream(item)
    if workstream.offer == "auto" and workstream.auto_accept == "at_once":
        h.pool.count(item.queue_id, h.now_ms, offered=1)
        return activate(h, item, representative_id, because)
    made = offer(h, item, representative_id, because)
    assert made.offer is not None
    h.emit(
        OfferMade,
        epoch=made.epoch,
        item_id=made.item_id,
        offer_id=made.offer.offer_id,
        representative_id=representative_id,
        queue_id=made.queue_id,
        offered_at_ms=made.offer.offered_at_ms,
        deadline_at_ms=made.offer.deadline_at_ms,
        is_automatic=made.offer.is_automatic,
        decision_id=made.decision_id,
    )
    return made


def give_bot(h: Handling, item: Item, bot_id: str, because: str) -> Item:
    """Give an item to a bot: for representatives it is closed until the bot gives it up."""
    leave_queue(h, item)
    return close(h, item, "returned_to_bot", because, owner="bot", owner_id=bot_id)


class _Asking:
    """Whether somebody may have an item, as `choose` says it."""

    def __init__(self, h: Handling) -> None:
        self._h = h

    def fits(self, item: Item, candidate: Candidate) -> bool:
        """Return whether they may have it."""
        h = self._h
        queue = h.queue(item.queue_id)
        if queue is None:
            return False
        policy = h.world.policy(h.workstream(item), queue)
        if policy.rules:
            candidate = _at_work(h, candidate)
        question = Question(_asked(h, item), policy, (candidate,), h.now_ms)
        return choose.decide(question).chosen is not None

    def refuser(self, item: Item) -> Refuse | None:
        """Return what refuses all items that wait beside this one."""
        h = self._h
        policy = h.world.policy(h.workstream(item), h.setup.queues[item.queue_id])
        asked = _asked(h, replace(item, declines=(), preferred=(), affinity=None))
        return choose.refuser(Question(asked, policy, (), h.now_ms))


def _assign(h: Handling, item: Item) -> Item | None:
    """Decide who gets an item, and give it to them; return None if nobody does."""
    queue = h.queue(item.queue_id)
    if queue is None:
        return None
    question = question_of(h, item, queue)
    decision = choose.decide(question)
    because = verdicts.because(decision, question.item, question.policy)
    known = record(h, item, question, decision, "queue", because)
    if decision.chosen is None:
        keep(h, known)
        if known.decisions == 1:
            notify(h, known, "representative_unassigned")
        return None
    return give(h, known, decision.chosen, because)


def _asked(h: Handling, item: Item) -> Asked:
    """Return an item as a question asks about it."""
    demand = item.demand
    return Asked(
        item_id=item.item_id,
        kind=demand.needs.kind,
        units=demand.needs.units,
        profiles=demand.needs.profiles,
        skills=dict(demand.skills),
        allowed_presences=demand.presences,
        waited_ms=max(0, h.now_ms - item.queued_at_ms),
        declines=dict(item.declines),
        affinity=item.affinity,
        preferred=item.preferred,
        escalated_by=item.escalated_by,
        facts=dict(demand.asked),
    )


def _at_work(h: Handling, candidate: Candidate) -> Candidate:
    """Return a candidate with whether they are within their working hours."""
    known = h.setup.representatives.get(candidate.representative_id)
    if known is None or known.hours_id is None:
        return candidate
    is_working = is_open(h.setup.hours[known.hours_id], h.now_ms)
    return candidate if is_working else replace(candidate, is_working=False)
