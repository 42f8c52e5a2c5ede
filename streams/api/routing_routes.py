"""The addresses of hand-off and routing: what each takes, gives and refuses."""

from __future__ import annotations

import asyncio
import functools
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from streams.api import decisions
from streams.api.openapi import gives, problems, takes
from streams.api.parts import Parts, json_answer, parts_dependency, principal_of, struct_of
from streams.api.routing_answers import (
    BotPage,
    ConnectionPage,
    DecisionAnswer,
    DecisionPage,
    DeliveryPage,
    DeskAnswer,
    ItemAnswer,
    ItemPage,
    QueuePage,
    RepresentativePage,
    WhatIfAnswer,
)
from streams.api.routing_bodies import (
    AssignCommand,
    ConnectCommand,
    ConnectionCommand,
    DeliveryCommand,
    DisconnectCommand,
    Done,
    ItemCommand,
    OfferCommand,
    PresenceCommand,
    TransferCommand,
    WhatIfCommand,
)
from streams.api.visible import Principal

Asker = Annotated[Principal, Depends(principal_of)]
With = Annotated[Parts, Depends(parts_dependency)]
Verb = Annotated[str, Path(min_length=1, max_length=40, description="What is done.")]
ItemId = Annotated[str, Query(min_length=1, max_length=256, description="The work item's id.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Most items.")]

routing = APIRouter(prefix="/v1")

_TAKEN: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "On the log, and not refused.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Done"}}},
    },
    **problems(403, 404, 409, 413, 415, 422, 429),
}


def _gives(shape: type[msgspec.Struct], *more: int) -> dict[int | str, dict[str, Any]]:
    return gives(shape, 403, 404, 422, *more)


# Desk


@routing.get("/desk", tags=["desk"], response_class=Response, responses=_gives(DeskAnswer))
async def desk(request: Request, asker: Asker, parts: With) -> Response:
    """Give the asker's desk: presence, capacity, offers and items."""
    return await parts.routing.desk(request, asker)


@routing.post(
    "/desk/presence",
    tags=["desk"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(PresenceCommand),
)
async def presence(request: Request, asker: Asker, parts: With) -> Response:
    """Choose a presence."""
    command = await struct_of(request, PresenceCommand)
    return _done(await parts.routing_commands.presence(asker, command))


@routing.post(
    "/desk/connect",
    tags=["desk"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(ConnectCommand),
)
async def connect(request: Request, asker: Asker, parts: With) -> Response:
    """Say that the asker's desk is there."""
    await struct_of(request, ConnectCommand)
    return _done(await parts.routing_commands.connect(asker))


@routing.post(
    "/desk/disconnect",
    tags=["desk"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(DisconnectCommand),
)
async def disconnect(request: Request, asker: Asker, parts: With) -> Response:
    """Say that the asker's desk goes away."""
    command = await struct_of(request, DisconnectCommand)
    is_sign_out = command.is_sign_out
    return _done(await parts.routing_commands.disconnect(asker, is_sign_out=is_sign_out))


@routing.post(
    "/offers/{verb}",
    tags=["desk"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(OfferCommand),
)
async def offers(
    request: Request, asker: Asker, parts: With, verb: Literal["accept", "decline"]
) -> Response:
    """Accept or decline an offer."""
    command = await struct_of(request, OfferCommand)
    accepts = verb == "accept"
    return _done(await parts.routing_commands.offer(asker, command, accepts=accepts))


@routing.post(
    "/items/transfer",
    tags=["desk"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(TransferCommand),
)
async def transfer(request: Request, asker: Asker, parts: With) -> Response:
    """Pass an item to a queue, a representative, a bot or a number."""
    command = await struct_of(request, TransferCommand)
    return _done(await parts.routing_commands.transfer(asker, command))


@routing.post(
    "/items/{verb}",
    tags=["desk"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(ItemCommand),
)
async def item_command(request: Request, asker: Asker, parts: With, verb: Verb) -> Response:
    """Pick, release, consult, end_consult, end, close, wait or resume."""
    command = await struct_of(request, ItemCommand)
    return _done(await parts.routing_commands.item(asker, verb, command))


# Supervision


@routing.post(
    "/supervise/assign",
    tags=["board"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(AssignCommand),
)
async def assign(request: Request, asker: Asker, parts: With) -> Response:
    """Give an item to a representative or a queue."""
    command = await struct_of(request, AssignCommand)
    is_in = functools.partial(parts.routing.is_in, request, asker)
    return _done(await parts.routing_commands.assign(asker, command, is_in))


@routing.post(
    "/supervise/presence",
    tags=["board"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(PresenceCommand),
)
async def supervise_presence(request: Request, asker: Asker, parts: With) -> Response:
    """Choose somebody else's presence."""
    command = await struct_of(request, PresenceCommand)
    return _done(await parts.routing_commands.presence(asker, command))


@routing.post(
    "/supervise/{verb}",
    tags=["board"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(ItemCommand),
)
async def supervise(request: Request, asker: Asker, parts: With, verb: Verb) -> Response:
    """Force an item's close, monitor it, join it or leave it."""
    command = await struct_of(request, ItemCommand)
    is_in = functools.partial(parts.routing.is_in, request, asker)
    return _done(await parts.routing_commands.supervise(asker, verb, command, is_in))


@routing.get("/queues", tags=["board"], response_class=Response, responses=_gives(QueuePage))
async def queues(request: Request, asker: Asker, parts: With) -> Response:
    """List queues with what is in them and their figures of the last 24 hours."""
    return await parts.routing.queues(request, asker)


@routing.get("/queues/items", tags=["board"], response_class=Response, responses=_gives(ItemPage))
async def queue_items(
    request: Request,
    asker: Asker,
    parts: With,
    queue: Annotated[str, Query(min_length=1, max_length=256, description="The queue's id.")],
    limit: Limit = 100,
) -> Response:
    """List what waits in a queue, in order."""
    return await parts.routing.waiting(request, asker, queue, limit)


@routing.get("/items", tags=["board"], response_class=Response, responses=_gives(ItemPage))
async def items(
    request: Request,
    asker: Asker,
    parts: With,
    state: Annotated[str | None, Query(max_length=40, description="Only in this state.")] = None,
    representative: Annotated[
        str | None, Query(max_length=256, description="Only this representative's.")
    ] = None,
    queue: Annotated[str | None, Query(max_length=256, description="Only of this queue.")] = None,
    limit: Limit = 100,
) -> Response:
    """List work items, those that changed last first."""
    return await parts.routing.items(
        request, asker, state=state, representative=representative, queue=queue, limit=limit
    )


@routing.get("/items/one", tags=["board"], response_class=Response, responses=_gives(ItemAnswer))
async def item(request: Request, asker: Asker, parts: With, item_id: ItemId) -> Response:
    """Give one work item."""
    return await parts.routing.item(request, asker, item_id)


@routing.get(
    "/representatives",
    tags=["board"],
    response_class=Response,
    responses=_gives(RepresentativePage),
)
async def representatives(request: Request, asker: Asker, parts: With) -> Response:
    """List representatives with presence and load."""
    return await parts.routing.representatives(request, asker)


# Decisions


@routing.get("/decisions", tags=["board"], response_class=Response, responses=_gives(DecisionPage))
async def decision_list(request: Request, asker: Asker, parts: With, item_id: ItemId) -> Response:
    """List the decisions about an item, newest first."""
    return await parts.routing.decisions(request, asker, item_id)


@routing.get(
    "/decisions/one", tags=["board"], response_class=Response, responses=_gives(DecisionAnswer)
)
async def decision(
    request: Request,
    asker: Asker,
    parts: With,
    decision_id: Annotated[
        str, Query(alias="id", min_length=1, max_length=300, description="Id of its event.")
    ],
) -> Response:
    """Tell why: every candidate with rank and score, or why not."""
    async with parts.open_log() as reader:
        record = await decisions.decision_of(
            reader, decision_id, tenant=asker.tenant, partitions=parts.partitions
        )
        # A trace quotes what the rules looked at, the private message among it.
        is_in = await parts.routing.is_in(request, asker, record.item_id)
        trace = await decisions.trace_of(reader, decision_id, record) if is_in else []
    setup = parts.routing.setup(asker.tenant)
    # Thousands of candidates take a while, off the event loop.
    told = functools.partial(decisions.told, decision_id, record, setup, trace)
    return await asyncio.to_thread(lambda: json_answer(told()))


@routing.post(
    "/decisions/what-if",
    tags=["board"],
    response_class=Response,
    responses=_gives(WhatIfAnswer, 413, 415),
    openapi_extra=takes(WhatIfCommand),
)
async def what_if(request: Request, asker: Asker, parts: With) -> Response:
    """Decide a recorded question again, with something changed; nothing is written."""
    command = await struct_of(request, WhatIfCommand)
    async with parts.open_log() as reader:
        record = await decisions.decision_of(
            reader, command.decision_id, tenant=asker.tenant, partitions=parts.partitions
        )
    await parts.routing.is_in(request, asker, record.item_id)
    setup = parts.routing.setup(asker.tenant)
    asked = functools.partial(decisions.what_if, record, command.changes, setup)
    return await asyncio.to_thread(lambda: json_answer(asked()))


# Hand-off


@routing.get(
    "/connections", tags=["handoff"], response_class=Response, responses=_gives(ConnectionPage)
)
async def connections(request: Request, asker: Asker, parts: With) -> Response:
    """List bots' connections to their hubs."""
    return await parts.routing.connections(request, asker)


@routing.post(
    "/connections/{verb}",
    tags=["handoff"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(ConnectionCommand),
)
async def connection(request: Request, asker: Asker, parts: With, verb: Verb) -> Response:
    """Enable, choose environment or application, add, disconnect, disable, refresh, and more."""
    command = await struct_of(request, ConnectionCommand)
    return _done(await parts.routing_commands.connection(asker, verb, command))


@routing.get(
    "/deliveries", tags=["handoff"], response_class=Response, responses=_gives(DeliveryPage)
)
async def deliveries(
    request: Request,
    asker: Asker,
    parts: With,
    state: Annotated[
        Literal["pending", "sent", "dead", "all"], Query(description="Only these.")
    ] = "all",
    limit: Limit = 100,
) -> Response:
    """List what outside hubs are owed."""
    return await parts.routing.deliveries(request, asker, state, limit)


@routing.post(
    "/deliveries/retry",
    tags=["handoff"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(DeliveryCommand),
)
async def retry(request: Request, asker: Asker, parts: With) -> Response:
    """Try a dead delivery again."""
    command = await struct_of(request, DeliveryCommand)
    return _done(await parts.routing_commands.retry(asker, command))


@routing.get("/bots", tags=["handoff"], response_class=Response, responses=_gives(BotPage))
async def bots(asker: Asker, parts: With) -> Response:
    """List the built-in bots."""
    return json_answer(parts.routing.bots(asker))


def _done(done: Done) -> Response:
    return json_answer(done, 202)
