"""ServiceNow over the Virtual Agent Bot Integration API, and the public sample's relay (TR-35).

The session is ours by name: `clientSessionId` is our conversation id. The sample's other half is
`escalation`: a relay returns activities and a watermark, and a transformer looks for
handoff.initiate and starts the escalation with the message history.

Public pages: "Virtual Agent Bot Integration API" (`POST /api/sn_va_as_service/bot/integration`);
sample `contact-center/servicenow`. Which context variables ask for a human and how the answering
endpoint is secured differ between instances: options, marked so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

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
from processors.handoff.hubs.speech import relayed, summary
from processors.handoff.transcript import is_initiation, transcript_of

PATH = "/api/sn_va_as_service/bot/integration"


class Escalation(msgspec.Struct, frozen=True):
    """What the transformer finds in a relay's answer.

    Attributes:
        history: What was said before the hand-off, as `(speaker, text)`, oldest first.
        context: The event's value.
        watermark: Where the relay is asked from next time.
    """

    history: tuple[tuple[str, str], ...]
    context: Mapping[str, Any]
    watermark: str | None


class ServiceNow:
    """Payloads of the Virtual Agent Bot Integration API."""

    kind: ClassVar[HubKind] = "servicenow"
    options: ClassVar[Mapping[str, Option]] = {
        "start_action": Option("Action of the first request.", "START_CONVERSATION"),
        "message_action": unconfirmed("Action of later ones; empty: none is sent.", "AGENT"),
        "live_agent_variable": unconfirmed(
            "Context variable that asks for a human only.", "live_agent_only"
        ),
        "queue_variable": unconfirmed("Context variable that names the queue.", "LiveAgent_queue"),
        "queue": unconfirmed("Its value; empty: none is named.", ""),
        "health_path": unconfirmed("Path asked to see that the instance answers.", "/"),
    }

    def initiate(
        self, handoff: Handoff, transcript: Transcript, settings: HubSettings
    ) -> HttpRequest:
        """Return the start of a session that goes to a human at once, with the history as text."""
        asked: dict[str, Any] = {name: str(held) for name, held in value(handoff).items()}
        asked[option(self, settings, "live_agent_variable")] = "true"
        if queue := option(self, settings, "queue"):
            asked[option(self, settings, "queue_variable")] = queue
        found = self._body(handoff, summary(handoff, transcript, has_variables=False))
        found["action"] = option(self, settings, "start_action")
        found["contextVariables"] = asked
        return post(settings.url + PATH, found)

    def message(self, handoff: Handoff, turn: Turn, settings: HubSettings) -> HttpRequest:
        """Return a turn."""
        found = self._body(handoff, relayed(turn))
        if action := option(self, settings, "message_action"):
            found["action"] = action
        return post(settings.url + PATH, found)

    def status(self, handoff: Handoff, status: Status, settings: HubSettings) -> HttpRequest | None:
        """Return None: this hub takes no statuses."""
        del handoff, status, settings
        return None

    def end(
        self, handoff: Handoff, reason: str | None, settings: HubSettings
    ) -> HttpRequest | None:
        """Return the end of the session."""
        found = self._body(handoff, reason or "")
        found["action"] = "END_CONVERSATION"
        return post(settings.url + PATH, found)

    def health(self, settings: HubSettings) -> HttpRequest:
        """Return a read of the instance's address."""
        return get(settings.url + option(self, settings, "health_path"))

    def read_response(
        self, kind: Kind, status: int, headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Return what an answer means: the API also says no in a body with status 200."""
        found = judged(status, headers, body)
        if found is not None:
            return found
        if word(parsed(body), "status") == "error":
            said = word(parsed(body), "errorMessage") or word(parsed(body), "message")
            return Receipt("refused", because=said or "the instance says error")
        return Receipt("delivered", hub_message_id=word(parsed(body), "requestId"))

    def read_inbound(
        self, headers: Mapping[str, str], body: bytes, settings: HubSettings
    ) -> Inbound:
        """Return what the instance posts to our endpoint."""
        found = read_object(settings.hub, body)
        session, request = word(found, "clientSessionId"), word(found, "requestId")
        if session is None or request is None:
            return Inbound(ignored=("response:incomplete",))
        said, ignored = [], []
        for place, part in enumerate(items(found, "body")):
            text = word(part, "value")
            kind = word(part, "uiType") or "part"
            if kind != "OutputText" or text is None:
                ignored.append(kind)
                continue
            is_human = inside(part, "agentInfo", "sentFromAgent") is True
            said.append(
                HubMessage(
                    event_id=f"{request}/{place}",
                    text=text,
                    conversation_id=session,
                    author="representative" if is_human else "bot",
                    author_name=word(part, "agentInfo", "agentName"),
                )
            )
        told: tuple[HubStatus, ...] = ()
        if inside(found, "completed") is True:
            told = (
                HubStatus(
                    event_id=f"{request}/completed", state="completed", conversation_id=session
                ),
            )
        return Inbound(tuple(said), told, tuple(ignored))

    def verify_inbound(
        self, headers: Mapping[str, str], body: bytes, secrets: Secrets, at_ms: int
    ) -> bool:
        """Return whether the outbound REST message carries our token, as header or as bearer."""
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        return signatures.static(headers.get("token"), secrets) | signatures.static(bearer, secrets)

    def _body(self, handoff: Handoff, text: str) -> dict[str, Any]:
        return {
            "requestId": handoff.delivery_key,
            "clientSessionId": handoff.conversation_id,
            "botToBot": True,
            "userId": handoff.customer_id or handoff.conversation_id,
            "message": {"text": text, "typed": True, "clientMessageId": handoff.delivery_key},
            "timestamp": str(handoff.at_ms // 1_000),
        }


def escalation(answer: bytes) -> Escalation | None:
    """Return the hand-off in a relay's answer `{activities, watermark}`; None: there is none yet.

    The history is the event's transcript when it has one inline, else what the answer holds before
    the event.
    """
    found = parsed(answer)
    activities = items(found, "activities")
    for place, one in enumerate(activities):
        if isinstance(one, dict) and is_initiation(one):
            inline = transcript_of(items(one, "attachments")).activities
            before = activities[:place] if inline is None else inline
            context = inside(one, "value")
            return Escalation(
                tuple(_said(each) for each in before if word(each, "type") == "message"),
                context if isinstance(context, dict) else {},
                word(found, "watermark"),
            )
    return None


def _said(one: Any) -> tuple[str, str]:
    is_user = word(one, "from", "role") == "user" or (word(one, "from", "id") or "").startswith(
        "user"
    )
    return ("customer" if is_user else "bot", word(one, "text") or "")
