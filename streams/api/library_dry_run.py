"""The dry run of the intent library: what a publish would change in the last conversations."""

from __future__ import annotations

from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from streams.api.dry_run_answers import DryRunAnswer, DryRunCommand
from streams.api.errors import ForbiddenError, RefusedError, TooManyError, UnavailableError
from streams.api.library_routes import Asker, With
from streams.api.openapi import gives, takes
from streams.api.parts import struct_of
from streams.api.peers import is_forwarded
from streams.api.visible import ADMIN, INTENT_MANAGER, SUPERVISOR, Principal
from streams.library.errors import ChildFailedError, DryRunBusyError, OverTimeError
from streams.library.service import LibraryService
from streams.tables import NotOwnedError

BUSY_S: Final = 5
FORWARDED_S: Final = 300.0
"""How long another worker may take: longer than its own limit."""

dry_run = APIRouter(prefix="/v1", tags=["library"])


@dry_run.post(
    "/library/dry-run",
    response_class=Response,
    responses=gives(DryRunAnswer, 403, 409, 413, 415, 422, 429),
    openapi_extra=takes(DryRunCommand),
)
async def compare(request: Request, asker: Asker, parts: With) -> Response:
    """Tell what a publish would change in the last conversations; nothing is published."""
    command = await struct_of(request, DryRunCommand)
    _require(asker)
    if not is_forwarded(request):
        parts.gateway.admit(asker, 1)
    service: LibraryService = request.app.state.library
    try:
        answer = await _compared(service, asker, command)
    except NotOwnedError as elsewhere:
        body = msgspec.json.encode(command)
        return await parts.peers.pass_on(request, elsewhere.url, body, timeout_s=FORWARDED_S)
    return Response(answer, media_type="application/json")


async def _compared(service: LibraryService, asker: Principal, command: DryRunCommand) -> str:
    draft, digest = service.draft(asker.tenant)
    if not any(intent.examples for intent in draft.intents):
        raise RefusedError(
            rule="library.nothing_approved",
            because="no approved intent has an example; approve some and try again",
        )
    try:
        return await service.dry_runs.run(asker.tenant, command.conversations, draft, digest)
    except DryRunBusyError as busy:
        raise TooManyError(str(busy), retry_after_s=BUSY_S) from busy
    except OverTimeError as fault:
        raise RefusedError(rule="library.over_time", because=str(fault)) from fault
    except ChildFailedError as fault:
        if fault.is_final:
            raise RefusedError(rule="library.dry_run_failed", because=fault.because) from fault
        raise UnavailableError(f"The dry run failed: {fault.because}.", retry_after_s=2) from fault


def _require(asker: Principal) -> None:
    if asker.roles.isdisjoint({INTENT_MANAGER, SUPERVISOR, ADMIN}):
        raise ForbiddenError(
            "A dry run shows what customers said: it takes the role"
            f" {INTENT_MANAGER} or {SUPERVISOR}."
        )
