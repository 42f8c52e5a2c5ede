"""Salesforce as the public Copilot Studio sample has it: it polls Direct Line (TR-34).

The hand-off is the event `handoff.initiate` among the activities of the Direct Line conversation
that Salesforce polls; what is said later goes there too. What a representative says comes back as
activities, by webhook from our relay or by polling.

Public page: sample `contact-center/salesforce` (DL_GetActivity); Direct Line API 3.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from processors.handoff.hubs import activity, direct_line, signatures
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
    unconfirmed,
)


class Salesforce:
    """Payloads of a Direct Line conversation that Salesforce polls."""

    kind: ClassVar[HubKind] = "salesforce"
    options: ClassVar[Mapping[str, Option]] = {
        "health_path": unconfirmed("Path asked to see that Direct Line answers.", "/"),
    }

    def initiate(
        self, handoff: Handoff, transcript: Transcript, settings: HubSettings
    ) -> HttpRequest:
        """Return the event handoff.initiate, which the polling side takes for the hand-off flag."""
        return direct_line.put(settings, handoff, activity.initiate(handoff, transcript))

    def message(self, handoff: Handoff, turn: Turn, settings: HubSettings) -> HttpRequest:
        """Return a turn as a message activity."""
        return direct_line.put(settings, handoff, activity.message(handoff, turn))

    def status(self, handoff: Handoff, status: Status, settings: HubSettings) -> HttpRequest | None:
        """Return the event handoff.status."""
        return direct_line.put(settings, handoff, activity.status(handoff, status))

    def end(
        self, handoff: Handoff, reason: str | None, settings: HubSettings
    ) -> HttpRequest | None:
        """Return the activity endOfConversation."""
        return direct_line.put(settings, handoff, activity.ended(handoff, reason))

    def health(self, settings: HubSettings) -> HttpRequest:
        """Return a read of the service's address."""
        return get(settings.url + option(self, settings, "health_path"))

    def read_response(
        self, kind: Kind, status: int, headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Return what an answer means."""
        found = judged(status, headers, body)
        return found or Receipt("delivered", hub_message_id=word(parsed(body), "id"))

    def read_inbound(
        self, headers: Mapping[str, str], body: bytes, settings: HubSettings
    ) -> Inbound:
        """Return what an activity, or a polled set of them, means."""
        return activity.read_all(read_object(settings.hub, body))

    def verify_inbound(
        self, headers: Mapping[str, str], body: bytes, secrets: Secrets, at_ms: int
    ) -> bool:
        """Return whether our relay signed it as a Standard Webhook."""
        return signatures.standard_webhook(headers, body, secrets, at_ms)
