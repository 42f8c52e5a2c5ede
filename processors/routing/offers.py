"""Offers: taken, declined, run out, taken back (UR-36 to UR-38)."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.machine import Rejection
from processors.routing import people
from processors.routing.handling import Handling
from processors.routing.moves import UNSEEN, activate, keep, leave_representative, wait
from processors.routing.people import GONE_MS
from processors.routing.rows import Item
from schemas.records.routing import AcceptOffer, DeclineOffer, OfferClosed, OfferOutcome

UNKNOWN_ITEM: Final = "routing.unknown_item"
NO_OFFER: Final = "routing.no_offer"
MUST_ACCEPT: Final = "routing.must_accept"


def accept(h: Handling, given: AcceptOffer) -> Rejection | None:
    """Let a representative take what was offered; the same answer again changes nothing."""
    item = h.pool.items.get(given.item_id)
    if item is None:
        return unknown(given.item_id)
    offer, who = item.offer, given.representative_id
    if offer is None or (offer.offer_id, offer.representative_id) != (given.offer_id, who):
        if item.representative_id == who and item.offer_id == given.offer_id:
            return None
        return _gone(item, given.offer_id)
    close_offer(h, item, "accepted", None)
    activate(h, item, who, f"{h.name_of(who)} accepted")
    return None


def decline(h: Handling, given: DeclineOffer) -> Rejection | None:
    """Let a representative turn an offer down: the item looks for somebody else."""
    item = h.pool.items.get(given.item_id)
    if item is None:
        return unknown(given.item_id)
    offer, who = item.offer, given.representative_id
    if offer is None or (offer.offer_id, offer.representative_id) != (given.offer_id, who):
        return _gone(item, given.offer_id)
    if not offer.can_decline:
        because = f"offers of {h.workstream(item).name} cannot be declined; accept it"
        return Rejection(MUST_ACCEPT, because)
    open_ms = max(0, h.now_ms - offer.offered_at_ms)
    h.pool.count(item.queue_id, h.now_ms, declined=1, decline_ms=open_ms)
    take_back(h, item, "declined", f"{h.name_of(who)} declined", given.reason)
    people.declined(h, who)
    return None


def run_out(h: Handling, item: Item) -> None:
    """Act on the end of an offer's countdown.

    Where nothing is asked it is theirs. Of somebody who is connected it is taken back at once; of
    somebody who vanished eight minutes later, unless they come back and answer.
    """
    offer = item.offer
    if offer is None or h.now_ms < offer.deadline_at_ms:
        return
    who = offer.representative_id
    if offer.is_automatic:
        close_offer(h, item, "accepted", "assigned at the end of the countdown")
        activate(h, item, who, f"assigned to {h.name_of(who)} at the end of the countdown")
        return
    row = h.representative(who)
    if row is not None and row.presence.is_connected:
        let_pass(h, item)
        return
    keep(h, replace(item, offer=replace(offer, is_overdue=True)))
    h.timers[UNSEEN + item.item_id] = h.now_ms + GONE_MS


def let_pass(h: Handling, item: Item) -> None:
    """Take an offer back that was not answered."""
    assert item.offer is not None
    who = item.offer.representative_id
    h.pool.count(item.queue_id, h.now_ms, timed_out=1)
    take_back(h, item, "timed_out", f"{h.name_of(who)} did not answer", None)
    people.missed(h, who)


def take_back(
    h: Handling, item: Item, outcome: OfferOutcome, because: str, reason: str | None
) -> Item:
    """Close an offer that was not accepted; the item waits again, where and as old as before."""
    who = item.representative_id or ""
    close_offer(h, item, outcome, reason)
    item = leave_representative(h, item, counts=False)
    if outcome != "withdrawn":
        item = refused_by(h, item, who)
    return wait(h, replace(item, session=item.session + 1), because)


def refused_by(h: Handling, item: Item, representative_id: str) -> Item:
    """Return the item with one more time that somebody did not want it."""
    declines = dict(item.declines)
    declines[representative_id] = declines.get(representative_id, 0) + 1
    most = h.workstream(item).declines_max
    often = [who for who, times in sorted(declines.items()) if times >= most]
    return replace(
        item,
        declines=tuple(sorted(declines.items())),
        shunned=tuple(dict.fromkeys((*item.escalated_by, *often))),
        affinity=None if item.affinity == representative_id else item.affinity,
    )


def close_offer(h: Handling, item: Item, outcome: OfferOutcome, reason: str | None) -> None:
    """Say what became of an item's offer."""
    offer = item.offer
    if offer is None:
        return
    h.emit(
        OfferClosed,
        epoch=item.epoch,
        item_id=item.item_id,
        offer_id=offer.offer_id,
        representative_id=offer.representative_id,
        queue_id=item.queue_id,
        outcome=outcome,
        open_ms=max(0, h.now_ms - offer.offered_at_ms),
        reason=reason,
    )


def unknown(item_id: str) -> Rejection:
    """Return the no for an item that nobody knows."""
    return Rejection(UNKNOWN_ITEM, f"no work item {item_id} is known; it may be long closed")


def _gone(item: Item, offer_id: str) -> Rejection:
    because = f"offer {offer_id} is over: the item is {item.state.replace('_', ' ')}"
    return Rejection(NO_OFFER, f"{because}; look at your offers again")
