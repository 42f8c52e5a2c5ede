"""The addresses of the API: what each takes, gives and refuses."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from streams.api import console
from streams.api.answers import (
    AcceptConversation,
    Accepted,
    ConversationAnswer,
    ConversationPage,
    DismissCommand,
    EndConversation,
    Explanation,
    HandoffAnswer,
    HandOffConversation,
    Me,
    OpenConversation,
    Opened,
    RecommendationPage,
    Said,
    SayTurn,
    SystemStatus,
    Taken,
    TurnPage,
)
from streams.api.auth import COOKIE
from streams.api.errors import CursorError, InvalidInputError, NotFoundError
from streams.api.explain import cause_of, explain, place_of
from streams.api.live import Places, Reader
from streams.api.openapi import gives, problems, takes, takes_events
from streams.api.parts import Parts, body_of, json_answer, parts_dependency, principal_of, struct_of
from streams.api.problems import respond
from streams.api.queries import Phase, Scope, require_conversation_id, wanted_of
from streams.api.routing_live import RoutingReader, Screen
from streams.api.rows import conversation_key
from streams.api.sight import Sight
from streams.api.visible import Principal
from streams.telemetry.metrics import CONTENT_TYPE

Asker = Annotated[Principal, Depends(principal_of)]
With = Annotated[Parts, Depends(parts_dependency)]
ConversationId = Annotated[
    str, Path(min_length=1, max_length=256, description="The conversation's id.")
]

operations = APIRouter()
v1 = APIRouter(prefix="/v1")


# Operations


@operations.get(
    "/healthz",
    tags=["operations"],
    response_class=Response,
    responses={200: {"description": "The process answers.", "content": {"application/json": {}}}},
)
async def healthz() -> Response:
    """Say that the process answers; nothing about Kafka."""
    return Response(b'{"status":"alive"}', media_type="application/json")


@operations.get(
    "/readyz",
    tags=["operations"],
    response_class=Response,
    responses={
        200: {"description": "Ready.", "content": {"application/json": {}}},
        503: problems()[503],
    },
)
async def readyz(parts: With) -> Response:
    """Say whether partitions are assigned and recovered; 503 says what is waited for."""
    readiness = parts.readiness()
    if readiness.is_ready:
        return Response(b'{"status":"ready"}', media_type="application/json")
    return respond(
        status=503,
        code="not-ready",
        title="Not ready",
        detail=readiness.because or "The processors are starting.",
        headers={"Retry-After": "1"},
    )


@operations.get(
    "/metrics",
    tags=["operations"],
    response_class=Response,
    responses={200: {"description": "Prometheus text format.", "content": {"text/plain": {}}}},
)
async def metrics(parts: With) -> Response:
    """Give the worker's metrics."""
    return Response(parts.metrics.render(), headers={"Content-Type": CONTENT_TYPE})


@operations.get("/", include_in_schema=False)
async def page(request: Request, parts: With, token: str | None = None) -> Response:
    """Give the console's page; with the development token, set the cookie and come back without."""
    if token is not None and parts.authenticator.is_development:
        await parts.authenticator.authenticate(token)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", path="/")
        return answer
    return console.serve(request.app.state.dist, "", accept="text/html")


# Reads


@v1.get("/me", tags=["queries"], response_class=Response, responses=gives(Me))
async def me(asker: Asker) -> Response:
    """Say who the token belongs to."""
    return json_answer(
        Me(
            asker.tenant,
            asker.user,
            asker.name,
            sorted(asker.roles),
            sorted(asker.teams),
            sorted(asker.queues),
            asker.is_development,
        )
    )


@v1.get(
    "/conversations",
    tags=["queries"],
    response_class=Response,
    responses=gives(ConversationPage, 422),
)
async def conversations(
    request: Request,
    asker: Asker,
    parts: With,
    scope: Annotated[
        Scope, Query(description="Only the asker's own, or all visible ones.")
    ] = "mine",
    state: Annotated[Phase, Query(description="Which part of their life they are in.")] = "open",
    limit: Annotated[int, Query(ge=1, le=100, description="Most items.")] = 50,
    cursor: Annotated[str | None, Query(max_length=2_000, description="`next` of a page.")] = None,
) -> Response:
    """List conversations, newest activity first."""
    try:
        wanted = wanted_of(scope, state, cursor, limit)
    except CursorError as fault:
        raise InvalidInputError(f"cursor: {fault}.") from fault
    return await parts.reads.conversations(request, asker, wanted)


@v1.get(
    "/conversations/{conversation_id:path}/turns",
    tags=["queries"],
    response_class=Response,
    responses=gives(TurnPage, 404, 422),
)
async def turns(
    request: Request,
    asker: Asker,
    parts: With,
    conversation_id: ConversationId,
    after: Annotated[int, Query(ge=0, le=2**32 - 1, description="Number of the last turn.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500, description="Most items.")] = 200,
) -> Response:
    """List a conversation's turns in order."""
    wanted = require_conversation_id(conversation_id)
    return await parts.reads.turns(request, asker, wanted, after, limit)


@v1.get(
    "/conversations/{conversation_id:path}/recommendations",
    tags=["queries"],
    response_class=Response,
    responses=gives(RecommendationPage, 404, 422),
)
async def recommendations(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """List a conversation's recommendations, newest first, and what nothing was found for."""
    wanted = require_conversation_id(conversation_id)
    return await parts.reads.recommendations(request, asker, wanted)


@v1.get(
    "/conversations/{conversation_id:path}/handoff",
    tags=["queries"],
    response_class=Response,
    responses=gives(HandoffAnswer, 404, 422),
)
async def handoff(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """Give a conversation's newest hand-off: variables, private message, what became of it."""
    wanted = require_conversation_id(conversation_id)
    return await parts.reads.handoff(request, asker, wanted)


@v1.get(
    "/conversations/{conversation_id:path}",
    tags=["queries"],
    response_class=Response,
    responses=gives(ConversationAnswer, 404, 422),
)
async def conversation(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """Give one conversation."""
    wanted = require_conversation_id(conversation_id)
    return await parts.reads.conversation(request, asker, wanted)


@v1.get(
    "/explain",
    tags=["queries"],
    response_class=Response,
    responses=gives(Explanation, 404, 422),
)
async def why(
    request: Request,
    asker: Asker,
    parts: With,
    event_id: Annotated[
        str,
        Query(
            alias="id",
            min_length=1,
            max_length=300,
            description="Id of a recommendation, a derived event, or an input (without `#n`).",
        ),
    ],
) -> Response:
    """Tell why: the chain from the input, and everything that was considered."""
    place = place_of(event_id)
    sees = Sight(request, asker, parts.reads, parts.routing)
    async with parts.open_log() as reader:
        cause = await cause_of(reader, place, partitions=parts.partitions)
        if not await sees(cause):
            raise NotFoundError("There is no such record on the log, or it may not be seen.")
        told = await explain(reader, event_id, cause, partitions=parts.partitions, sees=sees)
        return json_answer(told)


class Wanted(msgspec.Struct, frozen=True):
    """What a stream is for: conversations, unless it says something else."""

    conversations: bool
    screens: frozenset[Screen]
    library: bool


async def wanted_of_stream(
    *,
    conversations: Annotated[
        bool, Query(description="Conversations, also beside a desk or board.")
    ] = False,
    desk: Annotated[bool, Query(description="The asker's desk.")] = False,
    board: Annotated[
        bool, Query(description="The supervisors' board; for them also deliveries to hubs.")
    ] = False,
    library: Annotated[bool, Query(description="The intent library.")] = False,
) -> Wanted:
    """Return what a stream is for."""
    asked: list[tuple[Screen, bool]] = [("desk", desk), ("board", board)]
    screens = frozenset(name for name, is_wanted in asked if is_wanted)
    is_else = bool(screens) or library
    return Wanted(conversations or not is_else, screens, library)


@v1.get(
    "/stream",
    tags=["queries"],
    response_class=Response,
    responses={
        200: {
            "description": "Events `hello`, `change` and `snapshot`; each id is a cursor.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **problems(404, 422, 429),
    },
)
async def stream(
    request: Request,
    asker: Asker,
    parts: With,
    wanted: Annotated[Wanted, Depends(wanted_of_stream)],
    conversation: Annotated[
        str | None, Query(min_length=1, max_length=256, description="Only this conversation.")
    ] = None,
    cursor: Annotated[
        str | None, Query(max_length=12_000, description="Resume here; so does Last-Event-ID.")
    ] = None,
) -> Response:
    """Follow row changes as they are committed."""
    strands = []
    if wanted.conversations or conversation is not None:
        key = None
        if conversation is not None:
            key = await _visible_key(request, asker, parts, conversation)
        strands.append(parts.live.strand(Reader(asker, request.headers, key)))
    if wanted.screens:
        reader = RoutingReader(asker, wanted.screens)
        strands.append(parts.routing_live.strand(reader))
        if reader.has_wires:
            strands.append(parts.handoff_live.strand(reader))
    if wanted.library:
        strands.append(parts.library_live.strand(asker))
    return await parts.streams.open(asker, strands, _since(request, cursor))


async def _visible_key(
    request: Request, asker: Principal, parts: Parts, conversation: str
) -> bytes:
    wanted = require_conversation_id(conversation)
    key = conversation_key(asker.tenant, wanted)
    if await parts.reads.access(request.headers, asker, key) is None:
        raise NotFoundError(f"There is no conversation {wanted!r} that you may see.")
    return key


def _since(request: Request, cursor: str | None) -> Places | None:
    """Return where a stream goes on. Raises InvalidInputError for a foreign cursor."""
    word = request.headers.get("last-event-id") or cursor
    try:
        return Places.decode(word) if word else None
    except CursorError as fault:
        raise InvalidInputError(f"cursor: {fault}.") from fault


@v1.get("/system", tags=["operations"], response_class=Response, responses=gives(SystemStatus))
async def system(request: Request, _asker: Asker, parts: With) -> Response:
    """Say where every processor stands and what waits in quarantine."""
    return json_answer(await parts.system.status(request))


# Commands


@v1.post(
    "/conversations",
    tags=["commands"],
    status_code=202,
    response_class=Response,
    responses=gives(Opened, 403, 413, 415, 422, 429, status=202),
    openapi_extra=takes(OpenConversation),
)
async def open_conversation(request: Request, asker: Asker, parts: With) -> Response:
    """Announce a conversation."""
    command = await struct_of(request, OpenConversation)
    if command.conversation_id is not None:
        require_conversation_id(command.conversation_id)
    return json_answer(await parts.commands.open(asker, command), 202)


@v1.post(
    "/conversations/{conversation_id:path}/turns",
    tags=["commands"],
    status_code=202,
    response_class=Response,
    responses=gives(Said, 403, 404, 413, 415, 422, 429, status=202),
    openapi_extra=takes(SayTurn),
)
async def say(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """Say something in a conversation."""
    wanted = require_conversation_id(conversation_id)
    command = await struct_of(request, SayTurn)
    return json_answer(await parts.commands.say(asker, request.headers, wanted, command), 202)


@v1.post(
    "/conversations/{conversation_id:path}/handoff",
    tags=["commands"],
    status_code=202,
    response_class=Response,
    responses=gives(Taken, 403, 404, 413, 415, 422, 429, status=202),
    openapi_extra=takes(HandOffConversation),
)
async def hand_off(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """Give a bot's conversation to a human."""
    wanted = require_conversation_id(conversation_id)
    command = await struct_of(request, HandOffConversation)
    return json_answer(await parts.commands.hand_off(asker, request.headers, wanted, command), 202)


@v1.post(
    "/conversations/{conversation_id:path}/accept",
    tags=["commands"],
    status_code=202,
    response_class=Response,
    responses=gives(Taken, 403, 404, 413, 415, 422, 429, status=202),
    openapi_extra=takes(AcceptConversation),
)
async def accept(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """Take a conversation on as its representative."""
    wanted = require_conversation_id(conversation_id)
    await struct_of(request, AcceptConversation)
    return json_answer(await parts.commands.accept(asker, request.headers, wanted), 202)


@v1.post(
    "/conversations/{conversation_id:path}/end",
    tags=["commands"],
    status_code=202,
    response_class=Response,
    responses=gives(Taken, 403, 404, 413, 415, 422, 429, status=202),
    openapi_extra=takes(EndConversation),
)
async def end(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """End a conversation."""
    wanted = require_conversation_id(conversation_id)
    command = await struct_of(request, EndConversation)
    return json_answer(await parts.commands.end(asker, request.headers, wanted, command), 202)


@v1.post(
    "/recommendations/dismiss",
    tags=["commands"],
    status_code=202,
    response_class=Response,
    responses=gives(Taken, 403, 404, 413, 415, 422, 429, status=202),
    openapi_extra=takes(DismissCommand),
)
async def dismiss(request: Request, asker: Asker, parts: With) -> Response:
    """Take a recommendation off the list for good."""
    command = await struct_of(request, DismissCommand)
    require_conversation_id(command.conversation_id)
    return json_answer(await parts.commands.dismiss(asker, request.headers, command), 202)


@v1.post(
    "/events",
    tags=["gateway"],
    status_code=202,
    response_class=Response,
    responses=gives(Accepted, 403, 413, 415, 422, 429, status=202),
    openapi_extra=takes_events(),
)
async def events(request: Request, asker: Asker, parts: With) -> Response:
    """Put records on the logs; answered after the broker's acknowledgement."""
    body = await body_of(request)
    media = request.headers.get("content-type", "")
    accepted = await parts.gateway.take(asker, media, request.headers, body)
    return Response(msgspec.json.encode(accepted), 202, media_type="application/json")
