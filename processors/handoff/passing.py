"""How a hand-off passes from one side to the next, and what each is told.

A change of owner always carries the epoch above the one in force. A hand-off is `open` while a hub
is asked, `accepted` while it has it; it has a timer then and until it is forgotten.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.handoff import deliveries
from processors.handoff.settings import BUILT_IN
from processors.handoff.state import Making, read_object
from processors.views.handoff import HubHandoffView
from schemas.records.conversation import (
    ConversationEnded,
    HandoffStatusChanged,
    OwnershipMoved,
    RepresentativeAccepted,
    TurnSaid,
)
from schemas.records.handoff import HandoffProgressed
from schemas.records.routing import WorkItemActivity, WorkItemArrived

TIMER: Final = "handoff/"
"""What the name of a hand-off's timer begins with."""
FORGET_AFTER_MS: Final = 86_400_000
"""How long a settled hand-off is kept, so that repetitions are known: a day of stream time."""
FAILURES_MAX: Final = 2
"""The bot may try again after the first failure; after this one nobody asks it (question 38)."""
ASYNCHRONOUS: Final = frozenset(
    {"sms", "whatsapp", "facebook", "line", "teams", "apple", "email", "persistent_chat", "custom"}
)
"""Channels where people answer later."""


def accept(
    making: Making, handoff: HubHandoffView, who: str, name: str | None, message: str | None
) -> HubHandoffView:
    """Let a representative in the hub have the conversation, under the next epoch."""
    if handoff.state == "accepted" and handoff.representative_id == who:
        hear(making, handoff)
        return handoff
    because = f"{name or who} took over in {handoff.hub}"
    if handoff.state == "accepted":
        # Somebody else in the same hub: the queue has it for the instant between the two, which
        # also says which hub that is.
        handoff = move(making, handoff, f"hub:{handoff.hub}")
        handoff = replace(handoff, epoch=handoff.epoch + 1, representative_id=who)
        making.emit(
            RepresentativeAccepted,
            conversation_id=handoff.conversation_id,
            ownership_epoch=handoff.epoch,
            representative_id=who,
            representative_name=name,
        )
    else:
        handoff = replace(handoff, epoch=handoff.epoch + 1, representative_id=who)
        making.emit(
            HandoffStatusChanged,
            conversation_id=handoff.conversation_id,
            ownership_epoch=handoff.epoch,
            request_id=handoff.request_id,
            state="accepted",
            message=message,
            representative_id=who,
            representative_name=name,
            hub=handoff.hub,
        )
    handoff = keep(making, handoff, "accepted", because, making.settings.silence_ms)
    report(making, handoff, "accepted", because)
    return handoff


def complete(making: Making, handoff: HubHandoffView, message: str | None) -> None:
    """End the human part: a bot that stayed has it again; where it left, the conversation ends."""
    returns = handoff.model == "proxy" and handoff.bot_id is not None
    because = message or f"the representative in {handoff.hub} has ended it"
    making.emit(
        HandoffStatusChanged,
        conversation_id=handoff.conversation_id,
        ownership_epoch=handoff.epoch + 1 if returns else handoff.epoch,
        request_id=handoff.request_id,
        state="completed",
        message=message,
        representative_id=handoff.representative_id,
        hub=handoff.hub,
    )
    if not returns:
        making.emit(
            ConversationEnded, conversation_id=handoff.conversation_id, reason="hub_completed"
        )
    keep(making, handoff, "completed", because)
    report(making, handoff, "completed", because, epoch=handoff.epoch + returns)


def fail(
    making: Making,
    handoff: HubHandoffView,
    because: str,
    message: str | None,
    *,
    is_told_by_hub: bool = False,
) -> None:
    """Give the conversation back to the bot, or after a second failure to the fallback."""
    if is_told_by_hub:
        deliveries.withdraw_unsent(making, handoff.request_id, because)
    else:
        handoff = leave_hub(making, handoff, because, status="failed")
    settings = making.settings
    is_last = handoff.attempt >= FAILURES_MAX or handoff.bot_id is None
    if is_last and (settings.fallback == "queue" or handoff.bot_id is None):
        if handoff.state == "accepted":
            handoff = move(making, handoff, None)
        send_to_routing(making, handoff, "fell_back", because)
        return
    making.emit(
        HandoffStatusChanged,
        conversation_id=handoff.conversation_id,
        ownership_epoch=handoff.epoch + 1,
        request_id=handoff.request_id,
        state="failed",
        message=settings.escalate_text if is_last else message or because,
        hub=handoff.hub,
    )
    if is_last:
        making.emit(
            TurnSaid,
            conversation_id=handoff.conversation_id,
            turn_id=f"handoff:{handoff.request_id}",
            author="system",
            text=settings.escalate_text,
            ownership_epoch=handoff.epoch + 1,
            needs_delivery=True,
        )
    keep(making, handoff, "failed", because)
    report(making, handoff, "failed", because, epoch=handoff.epoch + 1)


def send_to_routing(making: Making, handoff: HubHandoffView, state: str, because: str) -> None:
    """Let our own routing find a representative, under the epoch the conversation waits with."""
    facts = read_object(handoff.request)
    is_voice = facts.pop("is_voice")
    making.emit(
        WorkItemArrived,
        about=handoff.conversation_id,
        ownership_epoch=handoff.epoch,
        item_id=handoff.conversation_id,
        kind="voice" if is_voice else "messaging",
        request_id=handoff.request_id,
        bot_id=handoff.bot_id,
        is_synchronous=is_voice or facts["channel"] not in ASYNCHRONOUS,
        **{**facts, "cut_variables": tuple(facts["cut_variables"])},
    )
    keep(making, handoff, state, because)
    report(making, handoff, state, because)


def leave_hub(
    making: Making, handoff: HubHandoffView, because: str, status: str | None = None
) -> HubHandoffView:
    """Take a hand-off from its hub: nothing more goes there but the word that it is over."""
    is_there = deliveries.withdraw_unsent(making, handoff.request_id, because)
    if is_there or handoff.state == "accepted":
        if status is not None:
            body = {"state": status, "message": because}
            handoff = deliveries.owe(making, handoff, "status", body)
        handoff = owe_end(making, handoff, because)
    return handoff


def owe_end(making: Making, handoff: HubHandoffView, because: str) -> HubHandoffView:
    """Owe a hub the word that it is over, unless it is owed already."""
    owed = making.state.owed(handoff.request_id)
    if any(row.kind == "end" and row.state != "withdrawn" for _, row in owed):
        return handoff
    return deliveries.owe(making, handoff, "end", {"reason": because})


def move(making: Making, handoff: HubHandoffView, owner_id: str | None) -> HubHandoffView:
    """Pass the conversation to a queue under the next epoch, and return the hand-off with that."""
    epoch = handoff.epoch + 1
    making.emit(
        OwnershipMoved,
        conversation_id=handoff.conversation_id,
        ownership_epoch=epoch,
        owner="queue",
        owner_id=owner_id,
    )
    return replace(handoff, epoch=epoch)


def hear(making: Making, handoff: HubHandoffView) -> None:
    """Begin the wait for the next word anew, once somebody has accepted."""
    if handoff.state == "accepted":
        keep(making, handoff, "accepted", handoff.because, making.settings.silence_ms)
    else:
        making.state.put_handoff(handoff)


def keep(
    making: Making,
    handoff: HubHandoffView,
    state: str,
    because: str,
    wait_ms: int = FORGET_AFTER_MS,
) -> HubHandoffView:
    """Set a hand-off's row and its timer."""
    now_ms = making.at.now_ms
    changed_at_ms = now_ms if state != handoff.state else handoff.changed_at_ms
    handoff = replace(
        handoff,
        state=state,
        because=because,
        changed_at_ms=changed_at_ms or now_ms,
        due_ms=now_ms + wait_ms,
    )
    making.state.put_handoff(handoff)
    making.set_timer(TIMER + handoff.request_id, handoff.due_ms)
    return handoff


def report(
    making: Making, handoff: HubHandoffView, state: str, because: str, epoch: int | None = None
) -> None:
    """Say what became of a hand-off."""
    making.emit(
        HandoffProgressed,
        conversation_id=handoff.conversation_id,
        ownership_epoch=handoff.epoch if epoch is None else epoch,
        request_id=handoff.request_id,
        bot_id=handoff.bot_id,
        hub=BUILT_IN if state in {"routed", "fell_back"} else handoff.hub,
        state=state,
        because=because,
        representative_id=handoff.representative_id,
    )


def tell_routing(making: Making, handoff: HubHandoffView, activity: str) -> None:
    """Tell our own routing what happened in a conversation that it has."""
    making.emit(
        WorkItemActivity,
        about=handoff.conversation_id,
        item_id=handoff.conversation_id,
        activity=activity,
    )


def somebody(handoff: HubHandoffView) -> str:
    """Return an id for a representative whom the hub does not name."""
    return f"{handoff.hub}:representative"


def turn_id_of(handoff: HubHandoffView, hub_message_id: str) -> str:
    """Return the id of the turn that a message of the hub becomes; it tells echoes."""
    return f"hub:{handoff.hub}/{hub_message_id}"
