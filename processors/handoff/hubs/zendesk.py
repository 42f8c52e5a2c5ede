"""Zendesk (question 39): a ticket, or the switchboard of Sunshine Conversations.

`mode` ticket: the hand-off is a ticket with the history as its first comment. Zendesk takes an
`Idempotency-Key` with the creation of a ticket (a repetition says `x-idempotency-lookup: hit`);
`external_id` is our conversation id. `mode` switchboard: the conversation lives in Sunshine
Conversations already, and the hand-off is `passControl` to the next integration.

Public pages: developer.zendesk.com "Tickets", "Idempotency", "Ticket events" (webhooks),
"Verifying webhooks" (base64 HMAC-SHA256 of timestamp and body); Sunshine Conversations
"Switchboard actions", "Receiving messages" (`X-API-Key`). Which ticket fields carry what is a
choice of each account: options, marked so.
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
    json_body,
    option,
    post,
    unconfirmed,
)
from processors.handoff.hubs.instants import epoch_ms
from processors.handoff.hubs.speech import line, relayed, summary

METADATA_BYTES_MAX: Final = 4_096
"""Most bytes of metadata that passControl takes; what does not fit is named in `left_out`."""
_STATUSES: Final = frozenset({"SOLVED", "CLOSED", "solved", "closed"})


class Zendesk:
    """Payloads of Zendesk Support and of Sunshine Conversations."""

    kind: ClassVar[HubKind] = "zendesk"
    options: ClassVar[Mapping[str, Option]] = {
        "mode": Option("ticket or switchboard.", "ticket"),
        "app_id": Option("Sunshine Conversations app; switchboard only.", ""),
        "switchboard_integration": Option("Who gets control: an id, a name, or next.", "next"),
        "subject": unconfirmed("Subject of the ticket.", "Hand-off from the bot"),
        "tags": unconfirmed("Tags of the ticket, comma separated.", "cuestream,handoff"),
        "requester_email_variable": unconfirmed(
            "Variable with the customer's email address; empty: none.", "Email"
        ),
        "ended_status": unconfirmed("Ticket status at the end.", "solved"),
        "metadata_prefix": unconfirmed(
            "What stands before a variable's name in metadata.", "dataCapture.ticketField."
        ),
    }

    def initiate(
        self, handoff: Handoff, transcript: Transcript, settings: HubSettings
    ) -> HttpRequest:
        """Return the ticket, or the passing of control."""
        if self._is_switchboard(settings):
            found = {
                "switchboardIntegration": option(self, settings, "switchboard_integration"),
                "metadata": self._metadata(handoff, transcript, settings),
            }
            return post(self._conversation(handoff, settings, "passControl"), found)
        name = handoff.customer_name or "Customer"
        requester = {"name": name}
        email = handoff.variables.get(option(self, settings, "requester_email_variable"))
        if isinstance(email, str) and email:
            requester["email"] = email
        ticket = {
            "subject": option(self, settings, "subject"),
            "external_id": handoff.conversation_id,
            "requester": requester,
            "comment": {"body": summary(handoff, transcript), "public": False},
            "tags": [tag for tag in option(self, settings, "tags").split(",") if tag],
        }
        return post(f"{settings.url}/api/v2/tickets.json", {"ticket": ticket})

    def message(self, handoff: Handoff, turn: Turn, settings: HubSettings) -> HttpRequest:
        """Return a turn as a message, or as a comment."""
        if self._is_switchboard(settings):
            author = (
                {"type": "user", "userExternalId": handoff.customer_id or handoff.conversation_id}
                if turn.author == "customer"
                else {"type": "business"}
            )
            found = {"author": author, "content": {"type": "text", "text": relayed(turn)}}
            return post(self._conversation(handoff, settings, "messages"), found)
        return self._update(handoff, {"comment": {"body": line(turn), "public": True}}, settings)

    def status(self, handoff: Handoff, status: Status, settings: HubSettings) -> HttpRequest | None:
        """Return None: this hub takes no statuses."""
        del handoff, status, settings
        return None

    def end(
        self, handoff: Handoff, reason: str | None, settings: HubSettings
    ) -> HttpRequest | None:
        """Return the release of control, or the ticket's last status."""
        if self._is_switchboard(settings):
            return post(self._conversation(handoff, settings, "releaseControl"), {})
        ticket: dict[str, Any] = {"status": option(self, settings, "ended_status")}
        if reason:
            ticket["comment"] = {"body": reason, "public": False}
        return self._update(handoff, ticket, settings)

    def health(self, settings: HubSettings) -> HttpRequest:
        """Return a read of the app, or of who we are."""
        if self._is_switchboard(settings):
            return get(f"{settings.url}/v2/apps/{quote(option(self, settings, 'app_id'), safe='')}")
        return get(f"{settings.url}/api/v2/users/me.json")

    def read_response(
        self, kind: Kind, status: int, headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Return what an answer means."""
        found = judged(status, headers, body)
        if found is not None:
            return found
        answer = parsed(body)
        return Receipt(
            "delivered",
            hub_conversation_id=word(answer, "ticket", "id"),
            hub_message_id=word(answer, "audit", "id") or word(answer, "messages", 0, "id"),
        )

    def read_inbound(
        self, headers: Mapping[str, str], body: bytes, settings: HubSettings
    ) -> Inbound:
        """Return what an event webhook of Support or of Sunshine Conversations means."""
        found = read_object(settings.hub, body)
        if "events" in found:
            return _sunshine(found)
        return _support(found)

    def verify_inbound(
        self, headers: Mapping[str, str], body: bytes, secrets: Secrets, at_ms: int
    ) -> bool:
        """Return whether Support signed it lately, or Sunshine Conversations sent our key."""
        found = headers.get("x-zendesk-webhook-signature")
        if found is None:
            return signatures.static(headers.get("x-api-key"), secrets)
        stamp = headers.get("x-zendesk-webhook-signature-timestamp", "")
        is_right = signatures.timestamped(found, stamp, body, secrets)
        return is_right and signatures.is_recent(epoch_ms(stamp), at_ms)

    def _is_switchboard(self, settings: HubSettings) -> bool:
        return option(self, settings, "mode") == "switchboard"

    def _conversation(self, handoff: Handoff, settings: HubSettings, what: str) -> str:
        app, conversation = option(self, settings, "app_id"), quote(handoff.hub_id, safe="")
        return f"{settings.url}/v2/apps/{quote(app, safe='')}/conversations/{conversation}/{what}"

    def _update(
        self, handoff: Handoff, ticket: dict[str, Any], settings: HubSettings
    ) -> HttpRequest:
        address = f"{settings.url}/api/v2/tickets/{quote(handoff.hub_id, safe='')}.json"
        return post(address, {"ticket": ticket}, method="PUT")

    def _metadata(
        self, handoff: Handoff, transcript: Transcript, settings: HubSettings
    ) -> dict[str, Any]:
        """Return the variables as flat metadata; what does not fit is named, never cut."""
        prefix = option(self, settings, "metadata_prefix")
        found: dict[str, Any] = {"request_id": handoff.request_id}
        if transcript.content_url is not None:
            found["transcript_url"] = transcript.content_url
        held = value(handoff)
        left_out = list(held)
        for name in held:
            others = [other for other in left_out if other != name]
            tried = found | {prefix + name: held[name]} | _left_out(others)
            if len(json_body(tried)) <= METADATA_BYTES_MAX:
                found[prefix + name] = held[name]
                left_out = others
        return found | _left_out(left_out)


def _left_out(names: list[str]) -> dict[str, str]:
    """Return the names of what is not there; only how many they are when that is too long."""
    if not names:
        return {}
    said = ",".join(names)
    is_long = len(said.encode()) > METADATA_BYTES_MAX // 4
    return {"left_out": f"{len(names)} variables" if is_long else said}


def _support(found: dict[str, Any]) -> Inbound:
    kind = (word(found, "type") or "event").removeprefix("zen:event-type:")
    ticket, event_id = word(found, "detail", "id"), word(found, "id")
    external = word(found, "detail", "external_id")
    at_ms = epoch_ms(word(found, "time") or "")
    if ticket is None or event_id is None:
        return Inbound(ignored=(f"{kind}:incomplete",))
    comment = inside(found, "event", "comment")
    text = word(comment, "body")
    if kind == "ticket.comment_added" and text is not None:
        is_human = inside(comment, "author", "is_staff") is True
        if not is_human or inside(comment, "is_public") is False:
            return Inbound(ignored=("ticket.comment_added:not for the customer",))
        said = HubMessage(
            event_id=event_id,
            text=text,
            conversation_id=external,
            hub_conversation_id=ticket,
            author_id=word(comment, "author", "id"),
            author_name=word(comment, "author", "name"),
            at_ms=at_ms,
        )
        return Inbound(messages=(said,))
    is_assigned = kind == "ticket.agent_assignment_changed" and word(found, "event", "current")
    is_over = kind == "ticket.status_changed" and word(found, "event", "current") in _STATUSES
    if not (is_assigned or is_over):
        return Inbound(ignored=(kind,))
    told = HubStatus(
        event_id=event_id,
        state="completed" if is_over else "accepted",
        conversation_id=external,
        hub_conversation_id=ticket,
        representative_id=None if is_over else word(found, "event", "current"),
        at_ms=at_ms,
    )
    return Inbound(statuses=(told,))


def _sunshine(found: dict[str, Any]) -> Inbound:
    said, told, ignored = [], [], []
    for event in items(found, "events"):
        kind, event_id = word(event, "type") or "event", word(event, "id")
        conversation = word(event, "payload", "conversation", "id")
        message = inside(event, "payload", "message")
        text = word(message, "content", "text")
        if event_id is None or conversation is None:
            ignored.append(f"{kind}:incomplete")
        elif kind == "switchboard:releaseControl":
            told.append(
                HubStatus(event_id=event_id, state="completed", hub_conversation_id=conversation)
            )
        elif (
            kind == "conversation:message"
            and text is not None
            and word(message, "author", "type") == "business"
        ):
            said.append(
                HubMessage(
                    event_id=event_id,
                    text=text,
                    hub_conversation_id=conversation,
                    author_id=word(message, "author", "userId"),
                    author_name=word(message, "author", "displayName"),
                    at_ms=epoch_ms(word(message, "received") or ""),
                )
            )
        else:
            ignored.append(kind)
    return Inbound(tuple(said), tuple(told), tuple(ignored))
