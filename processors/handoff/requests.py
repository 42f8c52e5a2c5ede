"""One hand-off: who is asked for it, what is said in it, and how it ends by itself.

A hand-off is open while an outside hub is asked for it (`open`) or has it (`accepted`), and always
has a timer then. Everything later is settled: news of it change nothing. Our own routing has those
that are `routed` or `fell_back`; it speaks with the conversation itself.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.handoff import deliveries, passing, warnings as looks
from processors.handoff.settings import BUILT_IN
from processors.handoff.state import OPEN, Making, to_json
from processors.machine import Outcome
from processors.views.handoff import (
    BotConversationView,
    ConnectionView,
    HubHandoffView,
)
from schemas.records.conversation import HandoffInitiated
from schemas.records.handoff import (
    BotConversationEnded,
    BotConversationStarted,
    ConnectionInvalid,
    HandoffRequested,
    HandoffTurnSaid,
    HandoffWithdrawn,
)

DEAD_FORGET_AFTER_MS: Final = 30 * 86_400_000
"""How long dead deliveries keep a settled hand-off: thirty days of stream time."""

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
        passing.keep(making, passing.leave_hub(making, before, because), "withdrawn", because)
        passing.report(making, state.handoffs[before.request_id], "withdrawn", because)
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
        passing.send_to_routing(making, handoff, "routed", because)
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
        passing.fail(making, handoff, unfit[1], unfit[1])
        return making.outcome()
    handoff = deliveries.owe(
        making, handoff, "initiate", {**facts, "attempt": asked.attempt}, connection
    )
    passing.keep(making, handoff, "open", because, settings.accept_within_ms)
    passing.report(making, handoff, "opened", because)
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
        passing.tell_routing(making, handoff, activity[said.author])
        passing.keep(making, replace(handoff, relayed=said.number), handoff.state, handoff.because)
        return making.outcome()
    is_echo = said.turn_id.startswith(passing.turn_id_of(handoff, ""))
    if handoff.state not in OPEN or handoff.model != "proxy" or is_echo:
        return Outcome(making.state)
    body = {name: getattr(said, name) for name in _RELAYED_FIELDS}
    handoff = deliveries.owe(making, replace(handoff, relayed=said.number), "message", body)
    passing.hear(making, handoff)
    return making.outcome()


def withdraw(making: Making, withdrawn: HandoffWithdrawn) -> Outcome:
    """Return the settled hand-off: the conversation went on without it, and the hub is told."""
    handoff = making.state.newest_of(withdrawn.conversation_id)
    if handoff is None or withdrawn.request_id not in {None, handoff.request_id}:
        return Outcome(making.state)
    because = f"the conversation ended: {withdrawn.reason}" if withdrawn.reason else "it ended"
    if handoff.state in {"routed", "fell_back"}:
        is_customer = withdrawn.reason in {"customer_left", "user_exit"}
        passing.tell_routing(making, handoff, "customer_left" if is_customer else "ended")
    elif handoff.state in OPEN:
        handoff = passing.leave_hub(making, handoff, because)
    else:
        return Outcome(making.state)
    passing.keep(making, handoff, "withdrawn", because)
    passing.report(making, handoff, "withdrawn", because)
    return making.outcome()


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
            left = passing.leave_hub(making, handoff, because)
            passing.send_to_routing(making, left, "fell_back", because)


def on_timer(making: Making, request_id: str) -> Outcome:
    """Return the hand-off failed, over or forgotten, as its time says."""
    handoff = making.state.handoffs.get(request_id)
    if handoff is None or handoff.due_ms > making.at.now_ms:
        return Outcome(making.state)
    if handoff.state == "open":
        waited_ms = making.at.now_ms - handoff.opened_at_ms
        because = f"{handoff.hub} did not accept within {waited_ms:,} ms"
        passing.fail(making, handoff, because, None)
    elif handoff.state == "accepted":
        because = f"nobody spoke for {making.settings.silence_ms:,} ms"
        passing.complete(making, passing.leave_hub(making, handoff, because), because)
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


def _escalate(making: Making, conversation_id: str, bot_id: str, because: str) -> None:
    making.emit(
        HandoffInitiated,
        conversation_id=conversation_id,
        request_id=f"stopped/{making.at.cause}",
        bot_id=bot_id,
        message=because,
        reason="bot_disconnected",
    )


def _forget(making: Making, handoff: HubHandoffView) -> None:
    """Forget a settled hand-off, unless something is owed still or lies dead."""
    now_ms = making.at.now_ms
    states = {row.state for _, row in making.state.owed(handoff.request_id)}
    is_old = now_ms - handoff.changed_at_ms >= DEAD_FORGET_AFTER_MS
    if states & deliveries.UNSETTLED or ("dead" in states and not is_old):
        passing.keep(making, handoff, handoff.state, handoff.because)
    else:
        making.state.forget(handoff)
