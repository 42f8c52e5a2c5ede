"""What goes out to a Bot Framework channel or bot: released turns and what became of a hand-off."""

from __future__ import annotations

from typing import Any, Final

from processors.handoff import transcript, voice
from processors.handoff.transcript import Reference
from processors.machine import Rejection
from schemas.records.conversation import HandoffStatusChanged, TurnReleased
from streams.adapters.bot_framework import PUBLIC_DELIVERY

_FORMATS: Final = {"plain": "plain", "markdown": "markdown", "html": "xml"}


def place_of(conversation_id: str) -> tuple[str, str]:
    """Return the protocol's channel and conversation id behind one of our conversation ids."""
    channel_id, _, inner = conversation_id.partition(":")
    return (channel_id, inner) if inner else ("", conversation_id)


def reference(
    conversation_id: str,
    *,
    service_url: str | None = None,
    bot_id: str | None = None,
    customer_id: str | None = None,
    activity_id: str | None = None,
) -> Reference:
    """Return how the protocol refers to one of our conversations."""
    channel_id, inner = place_of(conversation_id)
    return Reference(
        conversation_id=inner,
        channel_id=channel_id,
        service_url=service_url,
        activity_id=activity_id,
        bot_id=bot_id,
        customer_id=customer_id,
    )


def message(turn: TurnReleased, about: Reference) -> dict[str, Any] | Rejection:
    """Return a released turn as a message to the customer.

    A turn is delivered once: the id says which it is, and a channel that keeps it can tell.

    Returns:
        The activity, or why it does not fit a message of the channel.
    """
    is_voice = turn.channel == "voice"
    activity: dict[str, Any] = {
        "type": "message",
        "id": turn.turn_id,
        "timestamp": transcript.timestamp(turn.occurred_at_ms),
        "channelId": about.channel_id or None,
        "serviceUrl": about.service_url,
        "conversation": {"id": about.conversation_id},
        "from": _speaker(turn, about),
        "recipient": None if about.customer_id is None else {"id": about.customer_id},
        "text": turn.text,
        "textFormat": _FORMATS[turn.text_format],
        "locale": turn.locale,
        "replyToId": about.activity_id,
        "channelData": {
            "deliveryMode": PUBLIC_DELIVERY,
            "author": turn.author,
            "turnId": turn.turn_id,
        },
    }
    if is_voice or turn.speak is not None:
        activity["speak"] = voice.spoken(turn.text, turn.text_format, turn.speak)
    if turn.is_uninterruptible:
        activity["inputHint"] = "ignoringInput"
    activity = {name: given for name, given in activity.items() if given is not None}
    return voice.too_large(activity) or activity


def handoff_status(
    changed: HandoffStatusChanged, about: Reference, *, event_id: str
) -> dict[str, Any]:
    """Return the `handoff.status` event for a bot.

    Args:
        changed: What became of its hand-off.
        about: The bot's conversation.
        event_id: Id of the event: that of the record, so that a repetition has the same.
    """
    return transcript.status(
        event_id=event_id,
        at_ms=changed.occurred_at_ms,
        about=about,
        state=changed.state,
        message=changed.message,
    )


def _speaker(turn: TurnReleased, about: Reference) -> dict[str, Any]:
    """Return who speaks: the channel knows the bot, so the bot's id stands for all of our side."""
    speaker = {"id": about.bot_id or turn.author_id or turn.author, "role": "bot"}
    return speaker | ({"name": turn.author_name} if turn.author_name else {})
