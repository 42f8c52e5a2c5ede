"""Bot Framework activities: the form Dynamics 365, Direct Line and the custom hub speak.

TR-27, TR-28, TR-29 and TR-31; the public page is the Bot Framework's "Transition conversations from
bot to human".
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from processors.handoff import transcript as wire
from processors.handoff.hubs.answers import items, word
from processors.handoff.hubs.contract import (
    Handoff,
    HubMessage,
    HubStatus,
    Inbound,
    State,
    Status,
    Transcript,
    Turn,
)
from processors.handoff.hubs.instants import epoch_ms

END: Final = "endOfConversation"
SUCCESS: Final = "completedSuccessfully"


def about(handoff: Handoff) -> wire.Reference:
    """Return the conversation as the protocol refers to it."""
    return wire.Reference(
        conversation_id=handoff.hub_id,
        channel_id=handoff.channel,
        bot_id=handoff.bot_id,
        customer_id=f"user-{handoff.customer_id or handoff.conversation_id}",
        customer_name=handoff.customer_name,
        locale=handoff.locale,
    )


def message(handoff: Handoff, turn: Turn) -> dict[str, Any]:
    """Return a turn as a message activity; a customer's id begins with `user`, others' do not."""
    return wire.activities([_named(handoff, turn)], about(handoff))[0]


def initiate(handoff: Handoff, transcript: Transcript) -> dict[str, Any]:
    """Return the event `handoff.initiate`: the context as value, the transcript attached.

    A transcript too large for the message goes by address; without an address it goes whole all the
    same, for the hub to refuse rather than for us to cut.
    """
    turns = [_named(handoff, turn) for turn in transcript.turns]
    # An address is wanted even where there is none to give: a transcript is never left out.
    made = wire.initiate(
        event_id=handoff.delivery_key,
        at_ms=handoff.at_ms,
        about=about(handoff),
        value=value(handoff),
        turns=turns,
        content_url=transcript.content_url or "-",
    )
    event = made.activity
    if made.content_url is not None and transcript.content_url is None:
        whole = wire.activities(turns, about(handoff))
        inline = {"contentType": wire.JSON, "name": wire.TRANSCRIPT, "content": whole}
        event = {**event, "attachments": [inline]}
    return event


def value(handoff: Handoff) -> dict[str, Any]:
    """Return the context: the variables, with the private message among them."""
    found: dict[str, Any] = {name: handoff.variables[name] for name in sorted(handoff.variables)}
    if handoff.message:
        found.setdefault("va_AgentMessage", handoff.message)
    return found


def status(handoff: Handoff, told: Status) -> dict[str, Any]:
    """Return the event `handoff.status`."""
    return wire.status(
        event_id=handoff.delivery_key,
        at_ms=handoff.at_ms,
        about=about(handoff),
        state=told.state,
        message=told.message,
    )


def _named(handoff: Handoff, turn: Turn) -> Turn:
    if turn.author != "customer":
        return turn
    who = turn.author_id or handoff.customer_id or handoff.conversation_id
    return replace(turn, author_id=f"user-{who}")


def ended(handoff: Handoff, reason: str | None) -> dict[str, Any]:
    """Return the activity that ends a conversation."""
    return {
        "type": END,
        "id": handoff.delivery_key,
        "timestamp": wire.timestamp(handoff.at_ms),
        "conversation": {"id": handoff.hub_id},
        "code": SUCCESS,
        "text": reason or "",
    }


def read(activity: Any) -> Inbound:
    """Return what one activity of the hub's side means."""
    kind, name = word(activity, "type"), word(activity, "name")
    event_id = word(activity, "id")
    conversation = word(activity, "conversation", "id")
    if event_id is None or conversation is None:
        return Inbound(ignored=(f"{kind or 'activity'}:incomplete",))
    at_ms = epoch_ms(word(activity, "timestamp") or "")
    author_id, author_name = word(activity, "from", "id"), word(activity, "from", "name")
    text = word(activity, "text")
    if kind == "message" and text is not None:
        if word(activity, "from", "role") == "user":
            return Inbound(ignored=("message:user",))
        form = {"markdown": "markdown", "xml": "html"}.get(word(activity, "textFormat") or "")
        said = HubMessage(
            event_id=event_id,
            text=text,
            hub_conversation_id=conversation,
            author_id=author_id,
            author_name=author_name,
            text_format="markdown" if form == "markdown" else "html" if form else "plain",
            at_ms=at_ms,
        )
        return Inbound(messages=(said,))
    is_status = isinstance(activity, dict) and wire.is_status(activity)
    state = _state(activity) if is_status else "completed" if kind == END else None
    if state is None:
        return Inbound(ignored=(f"{kind}:{name}" if name else str(kind),))
    told = HubStatus(
        event_id=event_id,
        state=state,
        hub_conversation_id=conversation,
        message=word(activity, "value", "message") or text,
        representative_id=author_id if state == "accepted" else None,
        representative_name=author_name if state == "accepted" else None,
        at_ms=at_ms,
    )
    return Inbound(statuses=(told,))


def read_all(found: Any) -> Inbound:
    """Return what an activity, a list of them or an activity set means, in order."""
    each = found if isinstance(found, list) else items(found, "activities") or [found]
    parts = [read(activity) for activity in each]
    return Inbound(
        tuple(one for part in parts for one in part.messages),
        tuple(one for part in parts for one in part.statuses),
        tuple(one for part in parts for one in part.ignored),
    )


def _state(activity: Any) -> State | None:
    match word(activity, "value", "state"):
        case "accepted":
            return "accepted"
        case "failed":
            return "failed"
        case "completed":
            return "completed"
        case _:
            return None
