"""What hubs say: webhooks in, and transcripts that were sent by address.

A webhook is verified on its raw bytes before anything else; one that does not verify is answered
401 and nothing more, an unknown hub included. What it carries becomes records under ids that follow
from the hub's own, so that a repetition adds nothing; 202 is answered after the broker's
acknowledgement.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request
from starlette.responses import Response

from processors.handoff.hubs.catalogue import hub_of
from processors.handoff.hubs.contract import HubMessage, HubStatus, Inbound
from processors.handoff.hubs.errors import HubError
from schemas.errors import InvalidRecordError
from schemas.records.handoff import HubMessageReceived, HubStatusReceived
from streams.api.appending import Entry
from streams.api.errors import InvalidInputError, NotFoundError, RequestError, UnavailableError
from streams.api.gateway import Gateway
from streams.api.openapi import problems
from streams.api.parts import body_of
from streams.api.visible import ADAPTER, Principal
from streams.client.bounds import require_bounds
from streams.hubs.errors import HubWorkError, TranscriptNotReadyError
from streams.hubs.settings import Hubs
from streams.hubs.transcripts import PREFIX, Transcripts
from streams.telemetry.logs import logger
from streams.telemetry.metrics import Metrics

_log = logger(__name__)
_OTHER: Final = "other"

router = APIRouter()
Name = Annotated[str, Path(min_length=1, max_length=256)]


class Webhooks:
    """Takes what hubs send."""

    def __init__(
        self,
        hubs: Hubs,
        gateway: Gateway,
        transcripts: Transcripts,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the parts.

        Args:
            hubs: Endpoints and their secrets.
            gateway: The way to the logs.
            transcripts: For addresses that hubs were given.
            metrics: Where to count.
            clock: Wall clock, seconds: a signature of long ago does not hold.
        """
        self._hubs, self._gateway, self._metrics = hubs, gateway, metrics
        self.transcripts, self._clock = transcripts, clock

    async def take(self, hub: str, tenant: str, request: Request) -> Response:
        """Return the answer to a webhook.

        Raises:
            RequestError: Too large, too much at once, none of the hub's, or the broker does not
                acknowledge.
        """
        body = await body_of(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        endpoint = self._hubs.endpoint(tenant, hub)
        if endpoint is None:
            return self._unverified(_OTHER)
        settings = endpoint.payloads(hub)
        kind = settings.kind
        now_ms = int(self._clock() * 1_000)
        try:
            found = hub_of(kind)
            secrets = endpoint.inbound_secrets(hub)
            if not secrets or not found.verify_inbound(headers, body, secrets, now_ms):
                return self._unverified(kind)
        except (HubError, HubWorkError) as fault:
            _log.warning("webhook cannot be verified", hub=hub, because=str(fault))
            return self._unverified(kind)
        try:
            carried = found.read_inbound(headers, body, settings)
            entries = entries_of(hub, tenant, carried, now_ms)
        except (HubError, InvalidRecordError) as fault:
            self._count(kind, "rejected")
            raise InvalidInputError(f"{fault}.") from fault
        for name in carried.ignored:
            self._count(kind, "ignored")
            _log.info("webhook event means nothing to us", hub=hub, what=name[:80])
        if not entries:
            return Response(status_code=200)
        return await self._append(hub, kind, tenant, entries)

    async def _append(self, hub: str, kind: str, tenant: str, entries: list[Entry]) -> Response:
        principal = Principal(tenant, f"hub:{hub}", hub, roles=frozenset({ADAPTER}))
        try:
            self._gateway.admit(principal, len(entries))
            await self._gateway.append(principal, entries)
        except RequestError as refusal:
            outcome = {429: "limited", 503: "unavailable"}.get(refusal.status, "rejected")
            self._count(kind, outcome)
            raise
        self._count(kind, "accepted")
        return Response(status_code=202)

    def _unverified(self, kind: str) -> Response:
        self._count(kind, "unverified")
        return Response(status_code=401)

    def _count(self, kind: str, outcome: str) -> None:
        self._metrics.inbound_payloads.labels(f"hub_{kind}", outcome).inc()


def entries_of(hub: str, tenant: str, carried: Inbound, now_ms: int) -> list[Entry]:
    """Return the records that a webhook's content makes.

    Raises:
        InvalidRecordError: Something in it is out of its bounds.
    """
    records: list[tuple[str, Any]] = [
        (f"message/{said.event_id}", _message(hub, tenant, said, now_ms))
        for said in carried.messages
    ]
    records += [
        (f"status/{told.event_id}", _status(hub, tenant, told, now_ms)) for told in carried.statuses
    ]
    for _, record in records:
        require_bounds(record)
    return [Entry(record, event_id, f"/hubs/{hub}") for event_id, record in records]


def _message(hub: str, tenant: str, said: HubMessage, now_ms: int) -> HubMessageReceived:
    return HubMessageReceived(
        tenant=tenant,
        occurred_at_ms=said.at_ms if said.at_ms is not None and said.at_ms >= 0 else now_ms,
        hub=hub,
        request_id=said.request_id,
        conversation_id=said.conversation_id,
        hub_conversation_id=said.hub_conversation_id,
        hub_message_id=said.event_id,
        author=said.author,
        author_id=said.author_id,
        author_name=said.author_name,
        text=said.text,
        text_format=said.text_format,
    )


def _status(hub: str, tenant: str, told: HubStatus, now_ms: int) -> HubStatusReceived:
    return HubStatusReceived(
        tenant=tenant,
        occurred_at_ms=told.at_ms if told.at_ms is not None and told.at_ms >= 0 else now_ms,
        hub=hub,
        request_id=told.request_id,
        conversation_id=told.conversation_id,
        hub_conversation_id=told.hub_conversation_id,
        hub_event_id=told.event_id,
        state=told.state,
        message=told.message,
        representative_id=told.representative_id,
        representative_name=told.representative_name,
    )


def mount(app: FastAPI, webhooks: Webhooks) -> None:
    """Add the addresses to an application."""
    app.state.hub_webhooks = webhooks
    app.include_router(router)


@router.post(
    "/in/hubs/{hub}/{tenant}",
    tags=["hubs"],
    status_code=202,
    response_class=Response,
    responses={
        **problems(413, 422, 429),
        200: {"description": "Verified; nothing in it means anything to us."},
        202: {"description": "Taken: the broker has acknowledged it."},
        401: {"description": "It does not verify."},
    },
)
async def take_webhook(hub: Name, tenant: Name, request: Request) -> Response:
    """Take a webhook of an engagement hub."""
    webhooks: Webhooks = request.app.state.hub_webhooks
    return await webhooks.take(hub, tenant, request)


@router.get(
    PREFIX + "/{tenant}/{conversation_id:path}",
    tags=["hubs"],
    response_class=Response,
    responses={
        200: {"description": "The activities.", "content": {"application/json": {}}},
        **problems(404),
    },
)
async def give_transcript(
    tenant: Name,
    conversation_id: Annotated[str, Path(min_length=1, max_length=256)],
    request: Request,
    turns: Annotated[int, Query(ge=0, le=1_000_000)],
) -> Response:
    """Give a transcript to whoever has its address."""
    webhooks: Webhooks = request.app.state.hub_webhooks
    given = dict(request.query_params)
    if not webhooks.transcripts.links.holds(tenant, conversation_id, given):
        raise NotFoundError("There is no transcript at this address, or it holds no longer.")
    try:
        body = await webhooks.transcripts.answer(
            tenant, conversation_id, turns, given.get("form", "")
        )
    except TranscriptNotReadyError as fault:
        raise UnavailableError(f"{str(fault).capitalize()}; try again in a moment.") from fault
    return Response(body, media_type="application/json")
