"""The way in for payloads of other systems: `POST /in/{adapter}/{tenant}`.

The sender is verified on the bytes as they came, then the adapter reads them. 202 means that the
broker has acknowledged every record, that they were written before, or that the payload says
nothing to a log; only then may the sender forget it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Request
from msgspec.structs import replace
from starlette.responses import Response

from streams.adapters import bot_framework, verification
from streams.adapters.errors import KeysUnavailableError, UnverifiedError
from streams.adapters.outcome import Adapter, Ignored, Outcome, Recorded, Rejected
from streams.api.appending import Entry
from streams.api.errors import InvalidInputError, NotFoundError, RequestError, UnavailableError
from streams.api.gateway import now_ms
from streams.api.openapi import problems
from streams.api.parts import Parts, body_of, json_answer, parts_dependency
from streams.api.problems import respond
from streams.api.visible import ADAPTER, Principal
from streams.settings import BotFramework, Inbound
from streams.telemetry.logs import logger

RETRY_AFTER_S: Final = 5

KeysOf = Callable[[str], verification.Keys]
"""From an issuer's metadata URL to its keys: one set each, however many bots trust it."""

_log = logger(__name__)


class Received(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a payload.

    Attributes:
        accepted: Ids of the records written now.
        duplicates: Ids of those that were written before.
        ignored: Why it says nothing to a log.
        notes: What was left out of its records and why.
    """

    accepted: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    ignored: str | None = None
    notes: tuple[str, ...] = ()


class BotFrameworkAdapter:
    """Activities of a tenant's bots: implements `streams.adapters.outcome.Adapter`."""

    def __init__(self, bots: Sequence[BotFramework], keys_of: KeysOf) -> None:
        self._bots = {
            bot.app_id: (
                verification.TokenVerifier(
                    keys_of(bot.metadata_url), audience=bot.app_id, issuers=bot.issuers
                ),
                _account(bot),
            )
            for bot in bots
        }

    async def take(self, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Return what an activity says: its token is true and speaks for its service.

        Raises:
            UnverifiedError: The token is not true, is for none of these bots, or for another
                service or channel than the activity's.
            KeysUnavailableError: What verifies it cannot be had just now.
        """
        wanted = verification.audience_of(headers)
        if wanted not in self._bots:
            raise UnverifiedError(because="the token is for no bot of this tenant")
        verifier, account = self._bots[wanted]
        claims, key = await verifier.claims(headers)
        place = bot_framework.service_of(body)
        if place is not None:
            # What is no activity is rejected with a sentence: its sender is known by now.
            verification.require_place(claims, key, service_url=place[0], channel_id=place[1])
        return bot_framework.read(body, account)


class Adapters:
    """The adapters that the settings name, by adapter and tenant."""

    def __init__(self, settings: Inbound) -> None:
        """Make them; nothing is fetched before it is needed."""
        keys: dict[str, verification.Keys] = {}
        bots: dict[str, list[BotFramework]] = {}
        for bot in settings.bot_framework:
            bots.setdefault(bot.tenant, []).append(bot)

        def keys_of(url: str) -> verification.Keys:
            return keys.setdefault(url, verification.Keys(url))

        self._by_address: dict[tuple[str, str], Adapter] = {
            ("bot_framework", tenant): BotFrameworkAdapter(theirs, keys_of)
            for tenant, theirs in bots.items()
        }

    def find(self, adapter: str, tenant: str) -> Adapter | None:
        """Return the adapter at an address, if there is one."""
        return self._by_address.get((adapter, tenant))


ADAPTERS: Final = frozenset({"bot_framework"})
"""Every adapter there is code for."""

Name = Annotated[str, Path(max_length=64, description="The adapter, e.g. bot_framework.")]
Tenant = Annotated[str, Path(max_length=63, description="Whose data it becomes.")]


def routes(settings: Inbound) -> APIRouter:
    """Return the router to be mounted beside the API's own."""
    adapters = Adapters(settings)
    router = APIRouter()

    @router.post(
        "/in/{adapter}/{tenant}",
        tags=["inbound"],
        status_code=202,
        response_class=Response,
        responses={
            202: {
                "description": "Acknowledged by the broker, or nothing that a log wants to know.",
                "content": {"application/json": {}},
            },
            **problems(404, 413, 422, 429),
        },
        openapi_extra={
            "requestBody": {"required": True, "content": {"application/json": {}}},
            "security": [],
        },
    )
    async def receive(
        request: Request,
        adapter: Name,
        tenant: Tenant,
        parts: Annotated[Parts, Depends(parts_dependency)],
    ) -> Response:
        """Take what another system sends: verified, read by its adapter, put on the log."""
        if adapter not in ADAPTERS:
            raise NotFoundError(
                f"There is no adapter of that name; there is {', '.join(sorted(ADAPTERS))}."
            )
        counted = parts.metrics.inbound_payloads
        try:
            answer = await _taken(request, adapters.find(adapter, tenant), adapter, tenant, parts)
        except UnverifiedError as fault:
            counted.labels(adapter, "unverified").inc()
            _log.warning("payload not verified", adapter=adapter, because=fault.because)
            return respond(
                status=401,
                code="unauthenticated",
                title="Not verified",
                detail="The sender cannot be verified.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        except RequestError as refusal:
            outcome = {429: "limited", 503: "unavailable"}.get(refusal.status, "rejected")
            counted.labels(adapter, outcome).inc()
            raise
        counted.labels(adapter, "accepted" if answer.ignored is None else "ignored").inc()
        return json_answer(answer, 202)

    return router


async def _taken(
    request: Request, adapter: Adapter | None, name: str, tenant: str, parts: Parts
) -> Received:
    body = await body_of(request)
    if adapter is None:
        raise UnverifiedError(because=f"nobody sends to {name} for this tenant")
    try:
        outcome = await adapter.take(request.headers, body)
    except KeysUnavailableError as fault:
        _log.warning("keys unavailable", adapter=name, because=str(fault))
        raise UnavailableError(
            "The keys that verify the sender cannot be had just now; send it again.",
            retry_after_s=RETRY_AFTER_S,
        ) from fault
    match outcome:
        case Ignored(reason=reason):
            return Received(ignored=reason)
        case Rejected(reason=reason):
            raise InvalidInputError(reason if reason.endswith(".") else f"{reason}.")
        case Recorded() as recorded:
            return await _appended(recorded, name, tenant, parts)


async def _appended(recorded: Recorded, name: str, tenant: str, parts: Parts) -> Received:
    principal = Principal(
        tenant=tenant, user=f"{name}:{tenant}", name=name, roles=frozenset({ADAPTER})
    )
    entries = [Entry(_timed(item.record), item.id, recorded.source) for item in recorded.items]
    parts.gateway.admit(principal, len(entries))
    accepted = await parts.gateway.append(principal, entries)
    if recorded.notes:
        _log.warning("payload taken in part", adapter=name, notes=len(recorded.notes))
    return Received(tuple(accepted.accepted), tuple(accepted.duplicates), notes=recorded.notes)


def _timed(record: Any) -> Any:
    """Return a record with a time: its own, or now when its source says none."""
    return record if record.occurred_at_ms else replace(record, occurred_at_ms=now_ms())


def _account(bot: BotFramework) -> bot_framework.Account:
    bot_id = bot.bot_id or bot.app_id
    return bot_framework.Account(
        tenant=bot.tenant,
        bot_id=bot_id,
        # Channels put a number and a colon before an application's id.
        bot_ids=frozenset({bot.app_id, f"28:{bot.app_id}", bot_id, *bot.bot_ids}),
        workstream=bot.workstream,
        is_routed=bot.is_routed,
        is_bridged_only=bot.is_bridged_only,
        needs_delivery=bot.needs_delivery,
        has_live_turns=bot.has_live_turns,
    )
