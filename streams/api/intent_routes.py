"""The addresses of a conversation's intent: what the customer wants, and what to do about it."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from streams.api.intent_answers import (
    ChooseIntentCommand,
    ConversationIntentAnswer,
    DismissIntentCommand,
    IntentCommandTaken,
    RequestSolutionCommand,
)
from streams.api.openapi import gives, takes
from streams.api.parts import Parts, json_answer, parts_dependency, principal_of, struct_of
from streams.api.queries import require_conversation_id
from streams.api.visible import Principal

Asker = Annotated[Principal, Depends(principal_of)]
With = Annotated[Parts, Depends(parts_dependency)]
ConversationId = Annotated[
    str, Path(min_length=1, max_length=256, description="The conversation's id.")
]

intents = APIRouter(prefix="/v1")

_PATH = "/conversations/{conversation_id:path}/intent"
_TAKEN = gives(IntentCommandTaken, 403, 404, 413, 415, 422, 429, status=202)


@intents.get(
    _PATH,
    tags=["queries"],
    response_class=Response,
    responses=gives(ConversationIntentAnswer, 404, 422),
)
async def intent(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """Give what the customer wants: intent, known and missing attributes, what to say next."""
    wanted = require_conversation_id(conversation_id)
    return await parts.reads.intent(request, asker, wanted)


@intents.post(
    f"{_PATH}/dismiss",
    tags=["commands"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(DismissIntentCommand),
)
async def dismiss(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """Say that the intent is wrong; it is not shown again in the conversation."""
    command = await struct_of(request, DismissIntentCommand)
    given = {"intent_id": command.intent_id, "command_id": command.command_id}
    return await _append(request, asker, parts, conversation_id, "DismissIntent", given)


@intents.post(
    f"{_PATH}/choose",
    tags=["commands"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(ChooseIntentCommand),
)
async def choose(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """Say what the customer wants."""
    command = await struct_of(request, ChooseIntentCommand)
    given = {"intent_id": command.intent_id, "command_id": command.command_id}
    return await _append(request, asker, parts, conversation_id, "ChooseIntent", given)


@intents.post(
    f"{_PATH}/solution",
    tags=["commands"],
    status_code=202,
    response_class=Response,
    responses=_TAKEN,
    openapi_extra=takes(RequestSolutionCommand),
)
async def solution(
    request: Request, asker: Asker, parts: With, conversation_id: ConversationId
) -> Response:
    """Look for what solves the intent; the answer comes with the conversation's changes."""
    command = await struct_of(request, RequestSolutionCommand)
    given = {"command_id": command.command_id}
    return await _append(request, asker, parts, conversation_id, "RequestSolution", given)


async def _append(
    request: Request,
    asker: Principal,
    parts: Parts,
    conversation_id: str,
    record: str,
    given: dict[str, Any],
) -> Response:
    wanted = require_conversation_id(conversation_id)
    command_id = given["command_id"] or f"{record}-{uuid.uuid4().hex}"
    fields = given | {"command_id": command_id}
    taken = await parts.commands.about_intent(asker, request.headers, wanted, record, fields)
    return json_answer(IntentCommandTaken(taken.id, command_id), 202)
