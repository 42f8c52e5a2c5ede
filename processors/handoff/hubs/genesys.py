"""Genesys Cloud over Open Messaging (TR-33), and the bot connector's escalation (TR-32).

The conversation is ours by name: `channel.from.id` is our conversation id, so what a representative
says comes back with it in `channel.to.id`. `channel.messageId` is the delivery's key: Genesys takes
a message id once.

Public pages: developer.genesys.cloud "Open messaging" (inbound and outbound messages, validate
webhook notifications: HMAC-SHA256, base64 after `sha256=`); the Microsoft 365 Agents SDK sample
GenesysHandoff, which counts any other encoding as wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import quote

from processors.handoff.hubs import signatures
from processors.handoff.hubs.activity import value
from processors.handoff.hubs.answers import inside, items, judged, parsed, read_object, word
from processors.handoff.hubs.contract import (
    Handoff,
    HttpRequest,
    HubKind,
    HubMessage,
    HubSettings,
    HubStatus,
    Inbound,
    Kind,
    Option,
    Receipt,
    Secrets,
    Status,
    Transcript,
    Turn,
    get,
    option,
    post,
    unconfirmed,
)
from processors.handoff.hubs.instants import epoch_ms
from processors.handoff.hubs.speech import relayed, summary
from processors.handoff.transcript import timestamp

EVENT: Final = "GenesysHandoff"
"""Name of the event that begins a hand-off in the public sample; its value is the summary."""


class Genesys:
    """Payloads of Genesys Cloud Open Messaging."""

    kind: ClassVar[HubKind] = "genesys"
    options: ClassVar[Mapping[str, Option]] = {
        "integration_id": Option("Id of the Open Messaging integration."),
        "id_type": Option("What `channel.from.id` is.", "Opaque"),
        "ends_with_presence": unconfirmed(
            "true: our end is sent as the event Presence/Disconnect; false: it is not sent.", "true"
        ),
    }

    def initiate(
        self, handoff: Handoff, transcript: Transcript, settings: HubSettings
    ) -> HttpRequest:
        """Return the first message: the summary, with the variables as custom attributes."""
        channel = self._channel(handoff, settings)
        channel["metadata"] = {
            "customAttributes": {slot["name"]: slot["value"] for slot in slots(handoff)}
        }
        found = {"channel": channel, "text": summary(handoff, transcript, has_variables=False)}
        return self._send("message", found, settings)

    def message(self, handoff: Handoff, turn: Turn, settings: HubSettings) -> HttpRequest:
        """Return a turn as an inbound message."""
        found = {"channel": self._channel(handoff, settings), "text": relayed(turn)}
        return self._send("message", found, settings)

    def status(self, handoff: Handoff, status: Status, settings: HubSettings) -> HttpRequest | None:
        """Return None: this hub takes no statuses."""
        del handoff, status, settings
        return None

    def end(
        self, handoff: Handoff, reason: str | None, settings: HubSettings
    ) -> HttpRequest | None:
        """Return that the customer's side disconnected."""
        if option(self, settings, "ends_with_presence") != "true":
            return None
        events = [{"eventType": "Presence", "presence": {"type": "Disconnect"}}]
        found = {"channel": self._channel(handoff, settings), "events": events}
        return self._send("event", found, settings)

    def health(self, settings: HubSettings) -> HttpRequest:
        """Return a read of the integration."""
        integration = quote(option(self, settings, "integration_id"), safe="")
        path = f"/api/v2/conversations/messaging/integrations/open/{integration}"
        return get(settings.url + path)

    def read_response(
        self, kind: Kind, status: int, headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Return what an answer means."""
        found = judged(status, headers, body)
        return found or Receipt("delivered", hub_message_id=word(parsed(body), "id"))

    def read_inbound(
        self, headers: Mapping[str, str], body: bytes, settings: HubSettings
    ) -> Inbound:
        """Return what an outbound notification of Genesys means."""
        found = read_object(settings.hub, body)
        kind = word(found, "type") or "Text"
        conversation = word(found, "channel", "to", "id")
        event_id = word(found, "id") or word(found, "channel", "messageId")
        if conversation is None or event_id is None:
            return Inbound(ignored=(f"{kind}:incomplete",))
        at_ms = epoch_ms(word(found, "channel", "time") or "")
        text = word(found, "text")
        if kind in {"Text", "Structured"} and text is not None:
            said = HubMessage(
                event_id=event_id,
                text=text,
                conversation_id=conversation,
                author="bot" if word(found, "originatingEntity") == "Bot" else "representative",
                author_id=word(found, "channel", "from", "id"),
                author_name=word(found, "channel", "from", "nickname"),
                at_ms=at_ms,
            )
            return Inbound(messages=(said,))
        if kind == "Event" and _is_disconnect(found):
            told = HubStatus(
                event_id=event_id, state="completed", conversation_id=conversation, at_ms=at_ms
            )
            return Inbound(statuses=(told,))
        events = [word(event, "eventType") or "Event" for event in items(found, "events")]
        return Inbound(ignored=tuple(events) or (kind,))

    def verify_inbound(
        self, headers: Mapping[str, str], body: bytes, secrets: Secrets, at_ms: int
    ) -> bool:
        """Return whether X-Hub-Signature-256 holds. There is no signed time: repeats fall by id."""
        found = headers.get("x-hub-signature-256", "")
        is_sha256 = found.lower().startswith("sha256=")
        return signatures.hub_signature(found, body, secrets, encoding="base64") and is_sha256

    def _channel(self, handoff: Handoff, settings: HubSettings) -> dict[str, Any]:
        return {
            "messageId": handoff.delivery_key,
            "from": {
                "nickname": handoff.customer_name or "Customer",
                "id": handoff.conversation_id,
                "idType": option(self, settings, "id_type"),
            },
            "time": timestamp(handoff.at_ms),
        }

    def _send(self, what: str, found: dict[str, Any], settings: HubSettings) -> HttpRequest:
        integration = quote(option(self, settings, "integration_id"), safe="")
        path = f"/api/v2/conversations/messages/{integration}/inbound/open/{what}"
        return post(settings.url + path, found)


def slots(handoff: Handoff) -> list[dict[str, str]]:
    """Return the variables as the connector's slots: `va_{name}`, all of type String (TR-32)."""
    held = value(handoff)
    return [
        {
            "name": name if name.startswith("va_") else f"va_{name}",
            "type": "String",
            "value": str(held[name]),
        }
        for name in sorted(held)
    ]


def escalation(handoff: Handoff) -> dict[str, Any]:
    """Return what a bot behind the Genesys bot connector answers: intent Escalate with slots.

    The names around the slots (`botState`, `replymessages`) are from memory of the connector's
    contract and unconfirmed.
    """
    return {
        "botState": "Complete",
        "intent": "Escalate",
        "entities": slots(handoff),
        "replymessages": [],
    }


def event(handoff: Handoff, transcript: Transcript) -> dict[str, Any]:
    """Return the event by which the public sample's bot starts a hand-off (TR-33)."""
    return {"type": "event", "name": EVENT, "value": summary(handoff, transcript)}


def _is_disconnect(found: Any) -> bool:
    return any(
        inside(event, "presence", "type") == "Disconnect" for event in items(found, "events")
    )
