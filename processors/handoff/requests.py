"""One hand-off: who is asked, who has it, and what the conversation is told.

A hand-off is open while an outside hub is asked for it (`open`) or has it (`accepted`), and always
has a timer then. Everything later is settled: news of it change nothing. Our own routing has those
that are `routed` or `fell_back`; it speaks with the conversation itself.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.handoff import deliveries, warnings as looks
from processors.handoff.settings import BUILT_IN
from processors.handoff.state import OPEN, Making, read_object, to_json
from processors.machine import Outcome
from processors.views.handoff import (
    BotConversationView,
    ConnectionView,
    DeliveryView,
    HubHandoffView,
)
from schemas.records.conversation import (
    ConversationEnded,
    HandoffInitiated,
    HandoffStatusChanged,
    OwnershipMoved,
    RepresentativeAccepted,
    TurnSaid,
)
from schemas.records.handoff import (
    BotConversationEnded,
    BotConversationStarted,
    ConnectionInvalid,
    HandoffProgressed,
    HandoffRequested,
    HandoffTurnSaid,
    HandoffWithdrawn,
    HubMessageReceived,
    HubStatusReceived,
)
from schemas.records.routing import WorkItemActivity, WorkItemArrived

TIMER: Final = "handoff/"
"""What the name of a hand-off's timer begins with."""
FORGET_AFTER_MS: Final = 86_400_000
"""How long a settled hand-off is kept, so that repetitions are known: a day of stream time."""
DEAD_FORGET_AFTER_MS: Final = 30 * 86_400_000
"""How long dead deliveries keep it."""
FAILURES_MAX: Final = 2
"""The bot may try again after the first failure; after this one nobody asks it (question 38)."""
SEEN_MAX: Final = 32
ASYNCHRONOUS: Final = frozenset(
    {"sms", "whatsapp", "facebook", "line", "teams", "apple", "email", "persistent_chat", "custom"}
)
"""Channels where people answer later."""

_REQUEST_FIELDS: Final = (
    "channel",
    "is_voice",
    "locale",
    "customer_id",
    "customer_name",
    "workstream",
    "linked_record",
    "variables",
    "cut_variables",
    "message",
    "reason",
    "turns",
    "opened_at_ms",
)
_RELAYED_FIELDS: Final = (
    "turn_id",
    "number",
    "author",
    "author_name",
    "text",
    "text_format",
    "occurred_at_ms",
)


def request(making: Making, asked: HandoffRequested) -> Outcome:
    """Return the hand-off with whoever is asked: the bot's hub, or our own routing."""
    state = making.state
    state.bot_conversations.drop(asked.conversation_id)
    if asked.request_id in state.handoffs:
        return making.outcome()
    before = state.newest_of(asked.conversation_id)
    if before is not None and before.state in OPEN:
        because = f"hand-off {asked.request_id} came after it"
        _put(making, _leave_hub(making, before, because), "withdrawn", because)
        _tell(making, state.handoffs[before.request_id], "withdrawn", because)
    connection = state.connections.get(asked.bot_id) if asked.bot_id is not None else None
    hub, because = _hub_for(connection, asked)
    settings = making.settings
    facts = {name: getattr(asked, name) for name in _REQUEST_FIELDS}
    handoff = HubHandoffView(
        request_id=asked.request_id,
        conversation_id=asked.conversation_id,
        bot_id=asked.bot_id,
        hub=hub,
        hub_kind=looks.kind_of(settings, hub),
        model=settings.hubs[hub].model if hub in settings.hubs else "proxy",
        state="open",
        epoch=asked.ownership_epoch,
        attempt=asked.attempt,
        request=to_json(facts),
        relayed=asked.turns,
        opened_at_ms=making.at.now_ms,
    )
    if connection is None or hub == BUILT_IN:
        _send_to_routing(making, handoff, "routed", because)
        return making.outcome()
    if unfit := _unfit(making, connection, is_voice=asked.is_voice):
        making.emit(
            ConnectionInvalid,
            bot_id=connection.bot_id,
            hub=hub,
            reason=unfit[0],
            because=unfit[1],
            conversation_id=asked.conversation_id,
        )
        _fail(making, handoff, unfit[1], unfit[1])
        return making.outcome()
    handoff = deliveries.owe(
        making, handoff, "initiate", {**facts, "attempt": asked.attempt}, connection
    )
    _put(making, handoff, "open", because, settings.accept_within_ms)
    _tell(making, handoff, "opened", because)
    return making.outcome()


def take_turn(making: Making, said: HandoffTurnSaid) -> Outcome:
    """Return the hand-off with one more turn told to whoever has it."""
    handoff = making.state.newest_of(said.conversation_id)
    if handoff is None or said.number <= handoff.relayed:
        return Outcome(making.state)
    if handoff.state in {"routed", "fell_back"}:
        activity = {"customer": "customer_wrote", "representative": "representative_wrote"}
        if said.author not in activity:
            return Outcome(making.state)
        _tell_routing(making, handoff, activity[said.author])
        _put(making, replace(handoff, relayed=said.number), handoff.state, handoff.because)
        return making.outcome()
    is_echo = said.turn_id.startswith(_turn_id(handoff, ""))
    if handoff.state not in OPEN or handoff.model != "proxy" or is_echo:
        return Outcome(making.state)
    body = {name: getattr(said, name) for name in _RELAYED_FIELDS}
    handoff = deliveries.owe(making, replace(handoff, relayed=said.number), "message", body)
    _heard(making, handoff)
    return making.outcome()


def withdraw(making: Making, withdrawn: HandoffWithdrawn) -> Outcome:
    """Return the settled hand-off: the conversation went on without it, and the hub is told."""
    handoff = making.state.newest_of(withdrawn.conversation_id)
    if handoff is None or withdrawn.request_id not in {None, handoff.request_id}:
        return Outcome(making.state)
    because = f"the conversation ended: {withdrawn.reason}" if withdrawn.reason else "it ended"
    if handoff.state in {"routed", "fell_back"}:
        is_customer = withdrawn.reason in {"customer_left", "user_exit"}
        _tell_routing(making, handoff, "customer_left" if is_customer else "ended")
    elif handoff.state in OPEN:
        handoff = _leave_hub(making, handoff, because)
    else:
        return Outcome(making.state)
    _put(making, handoff, "withdrawn", because)
    _tell(making, handoff, "withdrawn", because)
    return making.outcome()


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
        who = told.representative_id or handoff.representative_id or _somebody(handoff)
        _accept(making, handoff, who, told.representative_name, told.message)
    elif told.state == "failed":
        because = told.message or f"{told.hub} found nobody"
        _fail(making, handoff, because, told.message, is_told_by_hub=True)
    else:
        deliveries.withdraw_unsent(making, handoff.request_id, f"{told.hub} has ended it")
        _complete(making, handoff, told.message)
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
        who = told.author_id or _somebody(handoff)
        handoff = _accept(making, handoff, who, told.author_name, None)
    author_id = told.author_id
    if told.author == "representative":
        author_id = author_id or handoff.representative_id
    making.emit(
        TurnSaid,
        conversation_id=handoff.conversation_id,
        turn_id=_turn_id(handoff, told.hub_message_id),
        # A bot of the hub's is none that could own the conversation here.
        author="system" if told.author == "bot" else told.author,
        author_id=author_id,
        author_name=told.author_name,
        text=told.text,
        text_format=told.text_format,
        ownership_epoch=0 if told.author == "customer" else handoff.epoch,
        needs_delivery=handoff.model == "proxy",
    )
    _heard(making, handoff)
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
        _owe_end(making, handoff, handoff.because)
    elif row.kind == "initiate" and row.state == "dead" and handoff.state == "open":
        because = f"{row.hub} could not be asked: {row.last_error}"
        _fail(making, handoff, because, None)
    deliveries.promote(making, handoff.request_id)


def start_bot(making: Making, told: BotConversationStarted) -> Outcome:
    """Return the conversations of bots with one more; a bot taken down escalates it at once."""
    state = making.state
    known = state.bot_conversations.get(told.conversation_id)
    serving = BotConversationView(
        told.conversation_id, told.bot_id, told.ownership_epoch, told.occurred_at_ms
    )
    if known is not None and known.ownership_epoch >= told.ownership_epoch > 0:
        return Outcome(state)
    connection = state.connections.get(told.bot_id)
    if connection is not None and connection.state in {"disconnected", "disabled"}:
        _escalate(making, told.conversation_id, told.bot_id, f"bot {told.bot_id} is not connected")
        return making.outcome()
    state.bot_conversations.put(told.conversation_id, serving)
    return making.outcome()


def end_bot(making: Making, told: BotConversationEnded) -> Outcome:
    """Return the conversations of bots with one less."""
    making.state.bot_conversations.drop(told.conversation_id)
    return making.outcome()


def escalate_all(making: Making, bot_id: str, because: str) -> None:
    """Escalate what a bot serves, and take back what its hub was only asked for (question 31).

    What a representative in the hub has already stays there until it is over.
    """
    for conversation_id, serving in making.state.bot_conversations.items():
        if serving.bot_id == bot_id:
            making.state.bot_conversations.drop(conversation_id)
            _escalate(making, conversation_id, bot_id, because)
    for handoff in making.state.handoffs.values():
        if handoff.bot_id == bot_id and handoff.state == "open":
            left = _leave_hub(making, handoff, because)
            _send_to_routing(making, left, "fell_back", because)


def on_timer(making: Making, request_id: str) -> Outcome:
    """Return the hand-off failed, over or forgotten, as its time says."""
    handoff = making.state.handoffs.get(request_id)
    if handoff is None or handoff.due_ms > making.at.now_ms:
        return Outcome(making.state)
    if handoff.state == "open":
        waited_ms = making.at.now_ms - handoff.opened_at_ms
        because = f"{handoff.hub} did not accept within {waited_ms:,} ms"
        _fail(making, handoff, because, None)
    elif handoff.state == "accepted":
        because = f"nobody spoke for {making.settings.silence_ms:,} ms"
        _complete(making, _leave_hub(making, handoff, because), because)
    else:
        _forget(making, handoff)
    return making.outcome()


def _hub_for(connection: ConnectionView | None, asked: HandoffRequested) -> tuple[str, str]:
    if asked.bot_id is None:
        return BUILT_IN, "no bot had it: our own routing takes it"
    if connection is None:
        return BUILT_IN, f"bot {asked.bot_id} has no connection: our own routing takes it"
    if connection.state != "connected":
        because = (
            f"the connection of bot {asked.bot_id} to {connection.hub} is {connection.state}: our "
            "own routing takes it"
        )
        return BUILT_IN, because
    return connection.hub, f"bot {asked.bot_id} is connected to {connection.hub}"


def _unfit(making: Making, connection: ConnectionView, *, is_voice: bool) -> tuple[str, str] | None:
    """Return why a connection cannot take this hand-off: a reason and a sentence."""
    if not looks.is_published(making, connection.bot_id):
        return "bot_unpublished", looks.unpublished(connection.bot_id)
    if not is_voice:
        return None
    if not connection.is_voice:
        return "voice_off", f"voice is off for bot {connection.bot_id}"
    if looks.invalid_of(making.settings, connection):
        return looks.VOICE_REGION, looks.invalid_words(making.settings, connection)
    return None


def _accept(
    making: Making, handoff: HubHandoffView, who: str, name: str | None, message: str | None
) -> HubHandoffView:
    """Let a representative in the hub have the conversation, under the next epoch."""
    if handoff.state == "accepted" and handoff.representative_id == who:
        _heard(making, handoff)
        return handoff
    because = f"{name or who} took over in {handoff.hub}"
    if handoff.state == "accepted":
        # Somebody else in the same hub: the queue has it for the instant between the two, which
        # also says which hub that is.
        handoff = _moved(making, handoff, f"hub:{handoff.hub}")
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
    handoff = _put(making, handoff, "accepted", because, making.settings.silence_ms)
    _tell(making, handoff, "accepted", because)
    return handoff


def _complete(making: Making, handoff: HubHandoffView, message: str | None) -> None:
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
    _put(making, handoff, "completed", because)
    _tell(making, handoff, "completed", because, epoch=handoff.epoch + returns)


def _fail(
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
        handoff = _leave_hub(making, handoff, because, status="failed")
    settings = making.settings
    is_last = handoff.attempt >= FAILURES_MAX or handoff.bot_id is None
    if is_last and (settings.fallback == "queue" or handoff.bot_id is None):
        if handoff.state == "accepted":
            handoff = _moved(making, handoff, None)
        _send_to_routing(making, handoff, "fell_back", because)
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
    _put(making, handoff, "failed", because)
    _tell(making, handoff, "failed", because, epoch=handoff.epoch + 1)


def _send_to_routing(making: Making, handoff: HubHandoffView, state: str, because: str) -> None:
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
    _put(making, handoff, state, because)
    _tell(making, handoff, state, because)


def _leave_hub(
    making: Making, handoff: HubHandoffView, because: str, status: str | None = None
) -> HubHandoffView:
    """Take a hand-off from its hub: nothing more goes there but the word that it is over."""
    is_there = deliveries.withdraw_unsent(making, handoff.request_id, because)
    if is_there or handoff.state == "accepted":
        if status is not None:
            body = {"state": status, "message": because}
            handoff = deliveries.owe(making, handoff, "status", body)
        handoff = _owe_end(making, handoff, because)
    return handoff


def _owe_end(making: Making, handoff: HubHandoffView, because: str) -> HubHandoffView:
    owed = making.state.owed(handoff.request_id)
    if any(row.kind == "end" and row.state != "withdrawn" for _, row in owed):
        return handoff
    return deliveries.owe(making, handoff, "end", {"reason": because})


def _escalate(making: Making, conversation_id: str, bot_id: str, because: str) -> None:
    making.emit(
        HandoffInitiated,
        conversation_id=conversation_id,
        request_id=f"stopped/{making.at.cause}",
        bot_id=bot_id,
        message=because,
        reason="bot_disconnected",
    )


def _moved(making: Making, handoff: HubHandoffView, owner_id: str | None) -> HubHandoffView:
    epoch = handoff.epoch + 1
    making.emit(
        OwnershipMoved,
        conversation_id=handoff.conversation_id,
        ownership_epoch=epoch,
        owner="queue",
        owner_id=owner_id,
    )
    return replace(handoff, epoch=epoch)


def _heard(making: Making, handoff: HubHandoffView) -> None:
    """Begin the wait for the next word anew, once somebody has accepted."""
    if handoff.state == "accepted":
        _put(making, handoff, "accepted", handoff.because, making.settings.silence_ms)
    else:
        making.state.put_handoff(handoff)


def _put(
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


def _forget(making: Making, handoff: HubHandoffView) -> None:
    """Forget a settled hand-off, unless something is owed still or lies dead."""
    now_ms = making.at.now_ms
    states = {row.state for _, row in making.state.owed(handoff.request_id)}
    is_old = now_ms - handoff.changed_at_ms >= DEAD_FORGET_AFTER_MS
    if states & deliveries.UNSETTLED or ("dead" in states and not is_old):
        _put(making, handoff, handoff.state, handoff.because)
    else:
        making.state.forget(handoff)


def _tell(
    making: Making, handoff: HubHandoffView, state: str, because: str, epoch: int | None = None
) -> None:
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


def _tell_routing(making: Making, handoff: HubHandoffView, activity: str) -> None:
    making.emit(
        WorkItemActivity,
        about=handoff.conversation_id,
        item_id=handoff.conversation_id,
        activity=activity,
    )


def _unknown(making: Making, hub: str, what: str) -> Outcome:
    because = f"a {what} of {hub} names no hand-off that it has or had; its conversation is unknown"
    return making.refused("handoff.unknown_handoff", because)


def _somebody(handoff: HubHandoffView) -> str:
    """Return an id for a representative whom the hub does not name."""
    return f"{handoff.hub}:representative"


def _turn_id(handoff: HubHandoffView, hub_message_id: str) -> str:
    return f"hub:{handoff.hub}/{hub_message_id}"
