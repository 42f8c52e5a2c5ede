"""Any other hub (TR-26 to 28, TR-31): activities over HTTP, signed as Standard Webhooks.

Out: `POST {url}{path}` with one activity: the event handoff.initiate with the context as value and
the transcript attached, messages, the event handoff.status, endOfConversation. In: the same.
The hub may answer with JSON; `conversationId` (or `conversation.id`) in it is its own id of the
conversation and is used from then on. Answering 409 says that it has this delivery already.

Public pages: "Configure handoff to any generic engagement hub", "Transition conversations from bot
to human", the Standard Webhooks specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from processors.handoff.hubs import activity, signatures
from processors.handoff.hubs.answers import judged, parsed, read_object, word
from processors.handoff.hubs.contract import (
    Handoff,
    HttpRequest,
    HubKind,
    HubSettings,
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
)


class Custom:
    """Payloads of the generic engagement hub."""

    kind: ClassVar[HubKind] = "custom"
    options: ClassVar[Mapping[str, Option]] = {
        "path": Option("Where activities are posted.", "/activities"),
        "health_path": Option("Path asked to see that the hub answers.", "/health"),
    }

    def initiate(
        self, handoff: Handoff, transcript: Transcript, settings: HubSettings
    ) -> HttpRequest:
        """Return the event handoff.initiate."""
        return self._send(activity.initiate(handoff, transcript), settings)

    def message(self, handoff: Handoff, turn: Turn, settings: HubSettings) -> HttpRequest:
        """Return a turn as a message activity."""
        return self._send(activity.message(handoff, turn), settings)

    def status(self, handoff: Handoff, status: Status, settings: HubSettings) -> HttpRequest | None:
        """Return the event handoff.status."""
        return self._send(activity.status(handoff, status), settings)

    def end(
        self, handoff: Handoff, reason: str | None, settings: HubSettings
    ) -> HttpRequest | None:
        """Return the activity endOfConversation."""
        return self._send(activity.ended(handoff, reason), settings)

    def health(self, settings: HubSettings) -> HttpRequest:
        """Return a read of the hub's health."""
        return get(settings.url + option(self, settings, "health_path"))

    def read_response(
        self, kind: Kind, status: int, headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Return what an answer means; 409: it has it already."""
        found = None if status == 409 else judged(status, headers, body)
        if found is not None:
            return found
        answer = parsed(body)
        conversation = word(answer, "conversationId") or word(answer, "conversation", "id")
        return Receipt(
            "delivered", hub_conversation_id=conversation, hub_message_id=word(answer, "id")
        )

    def read_inbound(
        self, headers: Mapping[str, str], body: bytes, settings: HubSettings
    ) -> Inbound:
        """Return what an activity of the hub means."""
        return activity.read_all(read_object(settings.hub, body))

    def verify_inbound(
        self, headers: Mapping[str, str], body: bytes, secrets: Secrets, at_ms: int
    ) -> bool:
        """Return whether a Standard Webhooks signature holds and is not stale."""
        return signatures.standard_webhook(headers, body, secrets, at_ms)

    def _send(self, found: dict[str, object], settings: HubSettings) -> HttpRequest:
        return post(settings.url + option(self, settings, "path"), found)
