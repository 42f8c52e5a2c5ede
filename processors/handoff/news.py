"""What hubs say of hand-offs, and what receipts mean for them; what comes again means nothing."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.handoff import deliveries, passing
from processors.handoff.state import OPEN, Making
from processors.machine import Outcome
from processors.views.handoff import DeliveryView
from schemas.records.conversation import TurnSaid
from schemas.records.handoff import (
    HubMessageReceived,
    HubStatusReceived,
)

SEEN_MAX: Final = 32
"""How many of its news a hand-off remembers."""


def take_status(making: Making, told: HubStatusReceived) -> Outcome:
    """Return the hand-off as its hub says; late and repeated news make nothing true."""
    handoff = making.state.of_hub(
        told.hub, told.request_id, told.conversation_id, told.hub_conversation_id
    )
    if handoff is None:
        return _unknown(making, told.hub, "status")
    if handoff.state not in OPEN:
        return Outcome(making.state)
    name = told.hub_event_id or f"{told.state}/{told.representative_id or ''}"
    if name in handoff.seen:
        return Outcome(making.state)
    if handoff.state == "accepted" and told.occurred_at_ms < handoff.news_at_ms:
        return Outcome(making.state)
    handoff = replace(
        handoff,
        seen=(*handoff.seen, name)[-SEEN_MAX:],
        news_at_ms=max(handoff.news_at_ms, told.occurred_at_ms),
    )
    if told.state == "accepted":
        who = told.representative_id or handoff.representative_id or passing.somebody(handoff)
        passing.accept(making, handoff, who, told.representative_name, told.message)
    elif told.state == "failed":
        because = told.message or f"{told.hub} found nobody"
        passing.fail(making, handoff, because, told.message, is_told_by_hub=True)
    else:
        deliveries.withdraw_unsent(making, handoff.request_id, f"{told.hub} has ended it")
        passing.complete(making, handoff, told.message)
    return making.outcome()


def take_message(making: Making, told: HubMessageReceived) -> Outcome:
    """Return the conversation told what was said in its hub.

    The first word of a representative is an acceptance. What is said after the hand-off is over is
    refused: somebody else owns the conversation.
    """
    handoff = making.state.of_hub(
        told.hub, told.request_id, told.conversation_id, told.hub_conversation_id
    )
    if handoff is None:
        return _unknown(making, told.hub, "message")
    if handoff.state not in OPEN:
        because = (
            f"message {told.hub_message_id} of {told.hub} came after hand-off {handoff.request_id} "
            f"was {handoff.state}: the hub has the conversation no longer"
        )
        return making.refused("handoff.over", because)
    if told.author == "customer" and handoff.model == "proxy":
        # What our customer said came from here; the hub only says it back.
        return Outcome(making.state)
    if told.author == "representative" and handoff.state == "open":
        who = told.author_id or passing.somebody(handoff)
        handoff = passing.accept(making, handoff, who, told.author_name, None)
    author_id = told.author_id
    if told.author == "representative":
        author_id = author_id or handoff.representative_id
    making.emit(
        TurnSaid,
        conversation_id=handoff.conversation_id,
        turn_id=passing.turn_id_of(handoff, told.hub_message_id),
        # A bot of the hub's is none that could own the conversation here.
        author="system" if told.author == "bot" else told.author,
        author_id=author_id,
        author_name=told.author_name,
        text=told.text,
        text_format=told.text_format,
        ownership_epoch=0 if told.author == "customer" else handoff.epoch,
        needs_delivery=handoff.model == "proxy",
    )
    passing.hear(making, handoff)
    return making.outcome()


def settle_delivery(making: Making, row: DeliveryView, hub_ids: str) -> None:
    """Draw from a delivery that came to rest what it means for its hand-off."""
    handoff = making.state.handoffs.get(row.request_id or "")
    if handoff is None:
        return
    if row.state == "sent":
        handoff = deliveries.learn(handoff, hub_ids)
        making.state.put_handoff(handoff)
    is_there = row.state == "sent" or row.is_maybe_there
    is_over = handoff.state not in OPEN and handoff.state != "completed"
    if row.kind == "initiate" and is_there and is_over:
        # It arrived after all, when nobody waited for it any longer.
        passing.owe_end(making, handoff, handoff.because)
    elif row.kind == "initiate" and row.state == "dead" and handoff.state == "open":
        because = f"{row.hub} could not be asked: {row.last_error}"
        passing.fail(making, handoff, because, None)
    deliveries.promote(making, handoff.request_id)


def _unknown(making: Making, hub: str, what: str) -> Outcome:
    because = f"a {what} of {hub} names no hand-off that it has or had; its conversation is unknown"
    return making.refused("handoff.unknown_handoff", because)
