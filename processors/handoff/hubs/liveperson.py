"""LivePerson Conversational Cloud over the Connector API (question 39): a skill gets the customer.

Public pages: developers.liveperson.com "Connector API": CONVERSATION (a batch whose order counts:
SetUserProfile, ConsumerRequestConversation with `skillId`, optionally PublishEvent), SEND, webhooks
(`x-liveperson-signature`: SHA-1 by default, SHA-256 for some accounts; base64 or hexadecimal).
What those pages leave open is an option, marked so. The two tokens the API wants (AppJWT and
ConsumerJWS) are the outbox's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import quote

from processors.handoff.hubs import signatures
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
from processors.handoff.hubs.speech import relayed, summary

_MESSAGES: Final = "ms.MessagingEventNotification"
_CHANGES: Final = "cqm.ExConversationChangeNotification"
_HUMANS: Final = frozenset({"ASSIGNED_AGENT", "AGENT", "MANAGER"})


class LivePerson:
    """Payloads of LivePerson's Connector API."""

    kind: ClassVar[HubKind] = "liveperson"
    options: ClassVar[Mapping[str, Option]] = {
        "account_id": Option("LivePerson site id."),
        "skill_id": Option("Skill that gets the conversation; -1 for all.", "-1"),
        "ttr": Option("Urgency: NORMAL, URGENT or PRIORITIZED.", "NORMAL"),
        "sends_summary_in_batch": unconfirmed(
            "true: the summary is the third request of the batch, without a dialog id; false: it is"
            " not sent, and only the attributes tell what was collected.",
            "true",
        ),
        "attributes_type": unconfirmed(
            "Engagement attribute that carries the variables.", "ctmrinfo"
        ),
        "attributes_field": unconfirmed("Its field for the variables as text.", "accountName"),
        "health_path": unconfirmed("Path asked to see that the service answers.", "/"),
    }

    def initiate(
        self, handoff: Handoff, transcript: Transcript, settings: HubSettings
    ) -> HttpRequest:
        """Return the batch that opens a conversation for a skill."""
        account = option(self, settings, "account_id")
        batch = [
            _request(
                f"{handoff.delivery_key}/1",
                "userprofile.SetUserProfile",
                self._profile(handoff, settings),
            ),
            _request(
                f"{handoff.delivery_key}/2",
                "cm.ConsumerRequestConversation",
                {
                    "ttrDefName": option(self, settings, "ttr"),
                    "channelType": "MESSAGING",
                    "brandId": account,
                    "skillId": option(self, settings, "skill_id"),
                },
            ),
        ]
        if option(self, settings, "sends_summary_in_batch") == "true":
            batch.append(
                _request(
                    f"{handoff.delivery_key}/3",
                    "ms.PublishEvent",
                    {"event": _text(summary(handoff, transcript))},
                )
            )
        return post(self._address(settings, "conversation"), batch)

    def message(self, handoff: Handoff, turn: Turn, settings: HubSettings) -> HttpRequest:
        """Return a turn as a published event."""
        about = {"dialogId": handoff.hub_id, "event": _text(relayed(turn))}
        found = _request(handoff.delivery_key, "ms.PublishEvent", about)
        return post(self._address(settings, "conversation/send"), found)

    def status(self, handoff: Handoff, status: Status, settings: HubSettings) -> HttpRequest | None:
        """Return None: this hub takes no statuses."""
        del handoff, status, settings
        return None

    def end(
        self, handoff: Handoff, reason: str | None, settings: HubSettings
    ) -> HttpRequest | None:
        """Return the closing of the conversation."""
        about = {
            "conversationId": handoff.hub_id,
            "conversationField": [
                {"field": "ConversationStateField", "conversationState": "CLOSE"}
            ],
        }
        found = _request(handoff.delivery_key, "cm.UpdateConversationField", about)
        return post(self._address(settings, "conversation/send"), found)

    def health(self, settings: HubSettings) -> HttpRequest:
        """Return a read of the service's address."""
        return get(settings.url + option(self, settings, "health_path"))

    def read_response(
        self, kind: Kind, status: int, headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Return what an answer means; a batch holds when each of its answers does."""
        found = judged(status, headers, body)
        if found is not None:
            return found
        answers = parsed(body)
        each = answers if isinstance(answers, list) else [answers]
        for answer in each:
            code = inside(answer, "code")
            if isinstance(code, int) and not 200 <= code < 300:
                said = judged(code, headers, b"")
                return said or Receipt("refused", because=f"code {code}")
        ids = [word(answer, "body", "conversationId") for answer in each]
        conversation = next((one for one in ids if one), None)
        if kind == "initiate" and conversation is None:
            return Receipt("refused", because="the answer names no conversationId")
        return Receipt("delivered", hub_conversation_id=conversation)

    def read_inbound(
        self, headers: Mapping[str, str], body: bytes, settings: HubSettings
    ) -> Inbound:
        """Return what a webhook notification means."""
        found = read_object(settings.hub, body)
        kind = word(found, "type") or "notification"
        changes = items(found, "body", "changes")
        if kind == _MESSAGES:
            return _messages(changes)
        if kind == _CHANGES:
            return _statuses(changes)
        return Inbound(ignored=(kind,))

    def verify_inbound(
        self, headers: Mapping[str, str], body: bytes, secrets: Secrets, at_ms: int
    ) -> bool:
        """Return whether x-liveperson-signature holds."""
        return signatures.hub_signature(headers.get("x-liveperson-signature"), body, secrets)

    def _profile(self, handoff: Handoff, settings: HubSettings) -> dict[str, Any]:
        first, _, last = (handoff.customer_name or "Customer").partition(" ")
        told = "; ".join(f"{name}={handoff.variables[name]}" for name in sorted(handoff.variables))
        info = {
            "customerId": handoff.customer_id or handoff.conversation_id,
            option(self, settings, "attributes_field"): told,
        }
        sdes = [
            {"type": option(self, settings, "attributes_type"), "info": info},
            {"type": "personal", "personal": {"firstname": first, "lastname": last}},
        ]
        return {"authenticatedData": {"lp_sdes": sdes}}

    def _address(self, settings: HubSettings, what: str) -> str:
        account = quote(option(self, settings, "account_id"), safe="")
        return f"{settings.url}/api/account/{account}/messaging/consumer/{what}?v=3"


def _request(request_id: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": "req", "id": request_id, "type": name, "body": body}


def _text(text: str) -> dict[str, str]:
    return {"type": "ContentEvent", "contentType": "text/plain", "message": text}


def _messages(changes: list[Any]) -> Inbound:
    said, ignored = [], []
    for change in changes:
        role = word(change, "originatorMetadata", "role") or "?"
        text = word(change, "event", "message")
        dialog = word(change, "dialogId")
        sequence = word(change, "sequence")
        if role not in _HUMANS or text is None or dialog is None or sequence is None:
            ignored.append(f"{word(change, 'event', 'type') or 'event'}:{role}")
            continue
        at_ms = inside(change, "serverTimestamp")
        said.append(
            HubMessage(
                event_id=f"{dialog}/{sequence}",
                text=text,
                hub_conversation_id=dialog,
                author_id=word(change, "originatorMetadata", "id"),
                at_ms=at_ms if isinstance(at_ms, int) else None,
            )
        )
    return Inbound(tuple(said), (), tuple(ignored))


def _statuses(changes: list[Any]) -> Inbound:
    told, ignored = [], []
    for change in changes:
        conversation = word(change, "result", "convId")
        details = inside(change, "result", "conversationDetails")
        human = next(
            (
                word(one, "id")
                for one in items(details, "participants")
                if word(one, "role") == "ASSIGNED_AGENT"
            ),
            None,
        )
        is_closed = word(details, "state") == "CLOSE"
        if conversation is None or not (is_closed or human):
            ignored.append(f"conversation:{word(details, 'state') or '?'}")
            continue
        told.append(
            HubStatus(
                event_id=f"{conversation}/closed" if is_closed else f"{conversation}/{human}",
                state="completed" if is_closed else "accepted",
                hub_conversation_id=conversation,
                representative_id=None if is_closed else human,
            )
        )
    return Inbound((), tuple(told), tuple(ignored))
