"""From a row of the outbox to the request its hub gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from processors.handoff.hubs.catalogue import hub_of
from processors.handoff.hubs.contract import (
    Author,
    Handoff,
    HttpRequest,
    HubSettings,
    Status,
    Transcript,
    Turn,
    Value,
)
from processors.handoff.hubs.errors import UnreadableDeliveryError
from processors.handoff.state import hub_conversation_of, read_object
from processors.views.conversation import TurnView
from processors.views.handoff import DeliveryView, HubHandoffView


def turns_wanted(row: DeliveryView) -> int:
    """Return how many turns of the transcript a delivery stands for; 0: it needs none."""
    found = read_object(row.body).get("turns") if row.kind == "initiate" else 0
    return found if isinstance(found, int) else 0


def turn_of(view: TurnView) -> Turn:
    """Return a row of the transcript as a hub gets it."""
    return Turn(
        number=view.number,
        turn_id=view.turn_id,
        author=_author(view.author),
        author_id=view.author_id,
        author_name=view.author_name,
        text=view.text,
        text_format=view.text_format,
        visibility=view.visibility,
        occurred_at_ms=view.occurred_at_ms,
    )


def request_of(
    row: DeliveryView, handoff: Handoff, transcript: Transcript, settings: HubSettings
) -> HttpRequest | None:
    """Return what a delivery sends; None when this kind of hub takes no such thing.

    Args:
        row: The delivery.
        handoff: What it is about, see `facts_of`.
        transcript: The turns it stands for; only a hand-off has any.
        settings: How the hub is spoken to.

    Raises:
        HubSettingsError: The hub lacks a setting.
        UnknownHubError: There is no such hub.
        UnreadableDeliveryError: The row's facts are not those of its kind.
    """
    hub = hub_of(settings.kind)
    body = read_object(row.body)
    match row.kind:
        case "health":
            return hub.health(settings)
        case "initiate":
            return hub.initiate(handoff, transcript, settings)
        case "message":
            return hub.message(handoff, _said(row, body), settings)
        case "status":
            return hub.status(handoff, _status(row, body), settings)
        case "end":
            return hub.end(handoff, _text(body, "reason"), settings)
        case _:
            raise UnreadableDeliveryError(delivery_id=row.delivery_id, because=f"kind {row.kind}")


def facts_of(tenant: str, row: DeliveryView, known: HubHandoffView | None) -> Handoff:
    """Return what a delivery is about.

    Args:
        tenant: Whose delivery.
        row: The delivery.
        known: The hand-off it belongs to: who the customer is stands there.
    """
    body = read_object(row.body)
    request = {} if known is None else read_object(known.request)
    about = {**request, **body}
    variables: dict[str, Value] = {
        name: held
        for name, held in _object(body.get("variables")).items()
        if isinstance(held, str | int | float) and not isinstance(held, bool)
    }
    at_ms = body.get("occurred_at_ms")
    return Handoff(
        tenant=tenant,
        conversation_id=row.conversation_id or "",
        request_id=row.request_id or "",
        delivery_key=row.idempotency_key,
        at_ms=at_ms if isinstance(at_ms, int) else row.made_at_ms,
        hub_conversation_id=hub_conversation_of(row.hub_ids),
        bot_id=row.bot_id,
        channel=_text(about, "channel") or "",
        is_voice=about.get("is_voice") is True,
        locale=_text(about, "locale"),
        customer_id=_text(about, "customer_id"),
        customer_name=_text(about, "customer_name"),
        message=_text(body, "message") if row.kind == "initiate" else None,
        reason=_text(body, "reason"),
        variables=variables,
    )


def _said(row: DeliveryView, body: Mapping[str, Any]) -> Turn:
    text, turn_id = body.get("text"), _text(body, "turn_id")
    if not isinstance(text, str) or turn_id is None:
        raise UnreadableDeliveryError(
            delivery_id=row.delivery_id, because="it has no text or no turn_id"
        )
    number, at_ms = body.get("number"), body.get("occurred_at_ms")
    return Turn(
        number=number if isinstance(number, int) else 0,
        turn_id=turn_id,
        author=_author(_text(body, "author") or "system"),
        author_name=_text(body, "author_name"),
        text=text,
        text_format=_text(body, "text_format") or "plain",
        occurred_at_ms=at_ms if isinstance(at_ms, int) else row.made_at_ms,
    )


def _status(row: DeliveryView, body: Mapping[str, Any]) -> Status:
    match body.get("state"):
        case "accepted" | "failed" | "completed" as state:
            return Status(state, _text(body, "message"))
        case found:
            raise UnreadableDeliveryError(delivery_id=row.delivery_id, because=f"state {found!r}")


def _author(found: str) -> Author:
    match found:
        case "customer" | "representative" | "bot":
            return found
        case _:
            return "system"


def _text(body: Mapping[str, Any], name: str) -> str | None:
    found = body.get(name)
    return found if isinstance(found, str) and found else None


def _object(found: Any) -> dict[str, Any]:
    """Return an object that came as JSON text, or as it is."""
    if isinstance(found, str):
        return read_object(found)
    return found if isinstance(found, dict) else {}
