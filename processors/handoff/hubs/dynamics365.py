"""Dynamics 365 Customer Service, spoken to as an Azure bot speaks (HO-34 to HO-36).

An escalation is a message activity whose `channelData.tags` is JSON text `{type, context}`; its
text is the summary that only the representative sees. Whatever the customer is to see carries
`channelData.deliveryMode: bridged`; the escalation and the customer's own words do not.

Public pages: "Configure Azure bots to escalate and end conversations"; Bot Framework REST API
"Send activities" (`POST {serviceUrl}/v3/conversations/{id}/activities`, answered `{"id": …}`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import quote

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
    json_body,
    option,
    post,
    unconfirmed,
)
from processors.handoff.hubs.speech import line, summary

BRIDGED: Final = "bridged"


class Dynamics365:
    """Payloads of Dynamics 365 Customer Service."""

    kind: ClassVar[HubKind] = "dynamics365"
    options: ClassVar[Mapping[str, Option]] = {
        "health_path": unconfirmed("Path asked to see that the service answers.", "/"),
    }

    def initiate(
        self, handoff: Handoff, transcript: Transcript, settings: HubSettings
    ) -> HttpRequest:
        """Return the escalation: variables as context, the summary as text."""
        found = self._activity(handoff)
        found["text"] = summary(handoff, transcript, has_variables=False)
        found["channelData"] = {"tags": tags("Escalate", context(handoff))}
        return self._send(handoff, found, settings)

    def message(self, handoff: Handoff, turn: Turn, settings: HubSettings) -> HttpRequest:
        """Return a turn; what the customer is to see is bridged, their own words are not."""
        found = self._activity(handoff)
        found["text"] = turn.text if turn.author in {"customer", "bot"} else line(turn)
        if turn.author != "customer":
            found["channelData"] = {"deliveryMode": BRIDGED}
        return self._send(handoff, found, settings)

    def status(self, handoff: Handoff, status: Status, settings: HubSettings) -> HttpRequest | None:
        """Return None: this hub tells statuses and takes none."""
        del handoff, status, settings
        return None

    def end(
        self, handoff: Handoff, reason: str | None, settings: HubSettings
    ) -> HttpRequest | None:
        """Return the end: tags EndConversation with an empty context."""
        found = self._activity(handoff)
        found["text"] = reason or ""
        found["channelData"] = {"tags": tags("EndConversation", {})}
        return self._send(handoff, found, settings)

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
        """Return what an activity of the service means."""
        return activity.read_all(read_object(settings.hub, body))

    def verify_inbound(
        self, headers: Mapping[str, str], body: bytes, secrets: Secrets, at_ms: int
    ) -> bool:
        """Return whether our relay signed it as a Standard Webhook.

        The Bot Framework's own token is verified by the Bot Framework adapter, not here.
        """
        return signatures.standard_webhook(headers, body, secrets, at_ms)

    def _activity(self, handoff: Handoff) -> dict[str, Any]:
        return {
            "type": "message",
            "id": handoff.delivery_key,
            "from": {"id": handoff.bot_id or "bot", "role": "bot"},
            "conversation": {"id": handoff.hub_id},
        }

    def _send(self, handoff: Handoff, found: dict[str, Any], settings: HubSettings) -> HttpRequest:
        path = f"/v3/conversations/{quote(handoff.hub_id, safe='')}/activities"
        return post(settings.url + path, found)


def tags(command: str, about: Mapping[str, int | str]) -> str:
    """Return a command as the JSON text that `channelData.tags` holds."""
    return json_body({"type": command, "context": about}).decode()


def context(handoff: Handoff) -> dict[str, int | str]:
    """Return the variables as the hub takes them: whole numbers and text, nothing else."""
    return {
        name: held if isinstance(held, int | str) and not isinstance(held, bool) else str(held)
        for name, held in activity.value(handoff).items()
    }
