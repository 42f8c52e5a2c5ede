"""How a conversation passes between bot, queue, representative and hub, and who is told of it.

At every instant one side owns the conversation. A bot that hands off is silent from that very input
on: the conversation is the queue's before anybody else has heard of the hand-off. From there on the
human side decides, and every change of owner it makes carries a higher epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from processors.conversation import intents, rows
from processors.conversation.making import Making
from processors.conversation.state import Context, Handoff, Ownership, Served, Waiting
from processors.dialogue.bots import BOTS, Bots
from processors.handoff import context, locales
from processors.machine import Outcome, Rejection
from schemas.records.conversation import (
    BotSessionEnded,
    HandoffInitiated,
    HandoffStatusChanged,
    OwnershipChanged,
    TurnSaid,
)
from schemas.records.handoff import (
    BotConversationEnded,
    HandoffRequested,
    HandoffTurnSaid,
    HandoffWithdrawn,
)
from schemas.records.routing import ItemSentiment, WorkItemActivity, WorkItemArrived

BOT_IDLE: Final = "bot_idle"
"""Name of the timer that closes what a bot has when the customer is gone (HO-41)."""
BOT_CALL: Final = "bot_call"
"""Name of the timer that ends a call a bot has had for too long (HO-43)."""

HUB: Final = "hub:"
"""What an owner's id begins with when an outside hub has the conversation."""
SOURCES_MAX: Final = 20
SENTIMENT: Final = "sentiment"
"""Variable in which a model outside says how the customer feels (QM-12)."""
STALE_EPOCH: Final = "conversation.stale_epoch"
CUSTOMER_LEFT: Final = frozenset({"customer_left", "user_exit"})
"""Reasons of an end that say it was the customer's."""
ASYNCHRONOUS: Final = frozenset(
    {"sms", "whatsapp", "facebook", "line", "teams", "apple", "email", "persistent_chat", "custom"}
)
"""Channels where people answer later."""


def own(making: Making, kind: str, owner_id: str | None, epoch: int, because: str) -> None:
    """Pass the conversation to another owner that has not accepted it yet."""
    held = making.state.ownership
    state = making.state
    making.state = Waiting(
        state.facts,
        Ownership(kind=kind, owner_id=owner_id, epoch=epoch, participants=held.participants),
        state.transcript,
        state.shown,
        state.context,
    )
    if kind == "bot" and owner_id is not None and owner_id not in making.context.bots:
        making.change_context(bots=(*making.context.bots, owner_id))
    tell_owner(making, because)


def is_bot_before(gathered: Context, held: Ownership, bot_id: str | None) -> bool:
    """Return whether a bot had the conversation once, and another one has it now."""
    return held.kind == "bot" and bot_id != held.owner_id and bot_id in gathered.bots


def tell_owner(making: Making, because: str) -> None:
    """Say who owns the conversation now, where a bot or routing has a say in it."""
    held = making.state.ownership
    if making.state.facts.is_directed:
        making.emit(
            OwnershipChanged,
            conversation_id=making.conversation_id,
            owner=held.kind,
            owner_id=held.owner_id,
            because=because,
        )


def ask_routing(making: Making) -> None:
    """Ask routing for a representative, without a bot."""
    number = making.handoff.number + 1
    making.change_context(
        handoff=Handoff(number=number, state="requested", holder="routing", attempt=1)
    )
    making.emit(
        WorkItemArrived,
        item_id=making.conversation_id,
        kind="voice" if making.state.facts.is_voice else "messaging",
        is_synchronous=making.state.facts.channel not in ASYNCHRONOUS,
        **_request(making, message=None, reason=None),
    )


def hand_off(
    making: Making,
    *,
    message: str | None,
    reason: str | None,
    source_id: str | None = None,
    transcript_url: str | None = None,
) -> None:
    """Hand the conversation to a human: it is the queue's from now on, and a request is out."""
    before = making.handoff
    sources = before.sources if source_id is None else (*before.sources, source_id)[-SOURCES_MAX:]
    making.change_context(
        handoff=Handoff(
            number=before.number + 1,
            state="requested",
            holder="handoff",
            attempt=before.attempt + 1 if before.state == "failed" else 1,
            sources=sources,
        )
    )
    end_session(making, "handed_off", _reason_of(reason))
    said = f"handed off: {reason}" if reason else "handed off"
    own(making, "queue", None, making.state.ownership.epoch + 1, said)
    request = _request(making, message=message, reason=reason)
    making.emit(
        HandoffRequested,
        attempt=making.handoff.attempt,
        is_voice=making.state.facts.is_voice,
        conversation_id=making.conversation_id,
        **request,
    )
    making.write(
        rows.handoff_row(
            making.key,
            making.handoff.attempt,
            request,
            requested_at_ms=making.at.now_ms,
            transcript_url=transcript_url,
        )
    )


def initiate(making: Making, given: HandoffInitiated) -> Outcome | None:
    """Hand off as a bot asks; return the outcome where that is not to be, or was done before.

    A repeated hand-off is ignored: the status of the first stands (question 40).
    """
    state, handoff = making.state, making.handoff
    is_known = given.request_id is not None and given.request_id in handoff.sources
    if is_known or handoff.is_open:
        return Outcome(state)
    held = state.ownership
    owner = f"{held.kind} {held.owner_id}" if held.owner_id else held.kind
    if held.kind not in {"bot", "none"} or is_bot_before(making.context, held, given.bot_id):
        because = f"conversation {given.conversation_id} belongs to {owner}: no bot hands it off"
        return Outcome(state, rejection=Rejection("handoff.not_a_bots", because))
    if 0 < given.ownership_epoch < held.epoch:
        because = f"hand-off with ownership epoch {given.ownership_epoch}; {owner} holds epoch"
        return Outcome(state, rejection=Rejection(STALE_EPOCH, f"{because} {held.epoch}"))
    if state.facts.bot_id is None:
        making.change(facts=replace(state.facts, bot_id=given.bot_id or held.owner_id or "bot"))
    gather(making, given.variables)
    hand_off(
        making,
        message=given.message,
        reason=given.reason,
        source_id=given.request_id,
        transcript_url=given.transcript_url,
    )
    return None


def gather(making: Making, variables: str | Mapping[str, Any]) -> None:
    """Take context variables in; the newest value of a name counts."""
    gathered = making.context
    found = context.merged(gathered.variables, variables, cut=gathered.cut)
    making.refuse(found.refused)
    if found.values != gathered.variables or found.cut != gathered.cut:
        making.change_context(variables=found.values, cut=found.cut)


def tell_sentiment(making: Making, before: Mapping[str, Any]) -> None:
    """Tell routing how the customer feels, where a model outside has just said so."""
    felt = making.context.variables.get(SENTIMENT)
    if making.handoff.holder == "routing" and felt is not None and felt != before.get(SENTIMENT):
        making.emit(ItemSentiment, item_id=making.conversation_id, sentiment=str(felt))


def note_holder(making: Making, kind: str, owner_id: str | None) -> None:
    """Note who has the hand-off, as far as a change of owner tells."""
    handoff = making.handoff
    if not handoff.is_open:
        return
    if kind == "bot":
        making.change_context(handoff=replace(handoff, state="completed", holder=""))
    elif owner_id is not None and owner_id.startswith(HUB):
        making.change_context(handoff=replace(handoff, holder="hub", hub=owner_id[len(HUB) :]))
    elif kind == "queue" and owner_id is None:
        # It is on its way from a hub to our routing: news go the same way, and cannot overtake it.
        return
    elif kind == "queue" or handoff.holder != "hub":
        # A queue of ours has it: also where a hub had it before and failed.
        accepted = "accepted" if kind == "representative" else handoff.state
        making.change_context(handoff=replace(handoff, holder="routing", state=accepted))


def take_status(making: Making, given: HandoffStatusChanged) -> bool:
    """Make the human side's word true; return False for a word on another hand-off, or a repeat.

    `accepted` with a representative makes them the owner, `failed` gives the conversation back to
    the bot, `completed` ends the human part: each only with a higher epoch than the present one.
    """
    state, handoff = making.state, making.handoff
    is_newest = given.request_id == f"{making.conversation_id}/{handoff.number}"
    if not is_newest or not handoff.is_open or handoff.state == given.state:
        return False
    is_over = given.state != "accepted"
    making.change_context(
        handoff=replace(
            handoff,
            state=given.state,
            said=given.message,
            holder="" if is_over else handoff.holder,
            hub=given.hub or handoff.hub,
        )
    )
    if given.ownership_epoch > state.ownership.epoch:
        if given.state == "accepted" and given.representative_id is not None:
            serve(making, given.representative_id, given.representative_name, given.ownership_epoch)
        elif is_over and state.facts.bot_id is not None:
            told = f": {given.message}" if given.message else ""
            own(
                making,
                "bot",
                state.facts.bot_id,
                given.ownership_epoch,
                f"the hand-off {given.state}{told}",
            )
    return True


def serve(
    making: Making, representative_id: str, name: str | None, epoch: int, team: str | None = None
) -> None:
    """Make a representative the owner who serves the conversation."""
    state, held = making.state, making.state.ownership
    known = representative_id in held.participants
    ownership = Ownership(
        kind="representative",
        owner_id=representative_id,
        owner_name=name,
        team=team,
        epoch=epoch,
        participants=held.participants if known else (*held.participants, representative_id),
    )
    making.state = Served(
        state.facts,
        ownership,
        state.transcript,
        state.shown,
        making.at.now_ms,
        context=state.context,
    )
    tell_owner(making, f"{representative_id} accepted")


def tell_holder(making: Making, turn: TurnSaid) -> None:
    """Tell whoever has the hand-off that somebody wrote."""
    handoff = making.handoff
    if not handoff.is_open or turn.visibility != "public" or turn.author == "system":
        return
    if handoff.holder == "routing":
        activity = {"customer": "customer_wrote", "representative": "representative_wrote"}
        if turn.author in activity:
            making.emit(
                WorkItemActivity,
                item_id=making.conversation_id,
                activity=activity[turn.author],
                representative_id=turn.author_id if turn.author == "representative" else None,
            )
        return
    making.emit(
        HandoffTurnSaid,
        conversation_id=making.conversation_id,
        turn_id=turn.turn_id,
        number=making.state.transcript.turns,
        author=turn.author,
        author_name=turn.author_name,
        text=turn.text,
        text_format=turn.text_format,
    )


def withdraw(making: Making, reason: str | None) -> None:
    """Tell whoever has the hand-off that the conversation is over."""
    handoff = making.handoff
    if not handoff.is_open:
        return
    if handoff.holder == "routing":
        is_customer = reason in CUSTOMER_LEFT
        making.emit(
            WorkItemActivity,
            item_id=making.conversation_id,
            activity="customer_left" if is_customer else "ended",
        )
    else:
        making.emit(
            HandoffWithdrawn,
            conversation_id=making.conversation_id,
            request_id=f"{making.conversation_id}/{handoff.number}",
            reason=reason,
        )
    making.change_context(handoff=replace(handoff, state="completed", holder=""))


def tell_end(making: Making, because: str) -> None:
    """Say that nobody owns the conversation any more."""
    if making.state.facts.is_directed:
        making.emit(
            OwnershipChanged,
            conversation_id=making.conversation_id,
            owner="none",
            because=because,
        )


def end_session(making: Making, outcome: str, reason: str = "no_error") -> None:
    """End the bot's part, if a bot has one."""
    session = making.context.session
    if session is None:
        return
    making.set_timer(BOT_IDLE, None)
    making.set_timer(BOT_CALL, None)
    if outcome == "abandoned" and not session.was_addressed:
        outcome = "none"
    making.emit(
        BotSessionEnded,
        conversation_id=making.conversation_id,
        bot_id=session.bot_id,
        outcome=outcome,
        reason=reason,
        started_at_ms=session.started_at_ms,
        turns=session.turns,
    )
    making.emit(BotConversationEnded, conversation_id=making.conversation_id)
    making.change_context(session=None)


def _request(making: Making, *, message: str | None, reason: str | None) -> dict[str, Any]:
    state = making.state
    facts, gathered = state.facts, making.context
    number = gathered.handoff.number
    variables, cut = _known(making, message)
    wish = making.context.interview
    if wish is not None:
        told = {"told_intent_id": wish.intent_id, "told_group_id": wish.group_id}
        making.change_context(handoff=replace(making.handoff, **told))
    if facts.is_voice:
        variables, _ = context.for_voice(variables)
    locale = facts.locale
    asked = variables.get("va_CustomerLocale")
    if isinstance(asked, str):
        found = locales.for_hand_off(asked)
        if isinstance(found, Rejection):
            # The human side decides by the conversation's own locale; the value stays to be seen.
            making.refuse([("va_CustomerLocale", found.because)])
        else:
            locale = found.code
    return {
        "request_id": f"{making.conversation_id}/{number}",
        "bot_id": facts.bot_id,
        "channel": facts.channel,
        "locale": locale,
        "customer_id": facts.customer_id,
        "customer_name": facts.customer_name,
        "workstream": facts.workstream,
        "linked_record": facts.linked_record,
        "variables": context.to_json(variables),
        "cut_variables": tuple(name for name in cut if name in variables),
        "message": message,
        "reason": reason,
        "turns": state.transcript.turns,
        "opened_at_ms": facts.opened_at_ms,
    }


def _known(making: Making, message: str | None) -> tuple[dict[str, context.Value], list[str]]:
    """Return everything a hand-off carries by name, and which values were cut.

    Of a bot of ours we know best; a bot outside, or whoever opened the conversation, has told its
    own, and its word stands; what our interview found here once is not their word.
    """
    facts, gathered = making.state.facts, making.context
    variables: dict[str, context.Value] = dict(gathered.variables)
    cut = list(gathered.cut)
    bots: Bots | None = making.at.references.get(BOTS)
    is_built_in = bots is not None and bots.get(facts.bot_id) is not None
    wish, said = gathered.interview, variables.get("intent_id", "")
    is_ours = is_built_in or not said or (wish is not None and wish.has_known(str(said)))
    told = [intents.variables(making)] if is_ours else []
    if facts.bot_id is not None:
        memory = gathered.memory
        told.append(
            context.va_variables(
                context.BotContext(
                    conversation_id=making.conversation_id,
                    bot_id=facts.bot_id,
                    language=facts.locale,
                    message=message,
                    last_topic=memory.last_topic,
                    topics=memory.topics,
                    phrases=memory.phrases,
                )
            )
        )
    if is_ours and making.library is not None and wish is not None:
        # What an interview concluded is out of date where the wish changed later.
        for name in intents.WISH:
            variables.pop(name, None)
    for one in told:
        first, second = (variables, one.values) if is_built_in else (one.values, variables)
        variables = {**first, **second}
        cut += [name for name in one.cut if name not in cut]
    return variables, cut


def _reason_of(reason: str | None) -> str:
    known = {
        "requested_by_customer": "transfer_requested_by_user",
        "question_attempts": "transfer_from_question_attempts",
        "configured_by_author": "transfer_configured_by_author",
        "unrecognized": "user_error",
        "system_error": "system_error",
    }
    return known.get(reason or "", "transfer_configured_by_author")
