"""The addresses of the intent library: what each takes, gives and refuses."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from streams.api.library_answers import (
    GroupPage,
    IntentAnswer,
    IntentPage,
    LibraryAnswer,
    LinePage,
    RunPage,
    RunResult,
    VersionPage,
)
from streams.api.library_bodies import (
    AddIntentCommand,
    BotsCommand,
    Command,
    EditCommand,
    ExamplesCommand,
    ForgetCommand,
    GroupIntentsCommand,
    LibrarySettingsCommand,
    MergeCommand,
    PublishLibraryCommand,
    RenameCommand,
    ReviewCommand,
    SaveGroupCommand,
    SaveLineCommand,
    SplitCommand,
    StartMiningCommand,
)
from streams.api.library_reads import IntentsWanted
from streams.api.openapi import gives, problems, takes
from streams.api.parts import Parts, json_answer, parts_dependency, principal_of, struct_of
from streams.api.visible import Principal

Asker = Annotated[Principal, Depends(principal_of)]
With = Annotated[Parts, Depends(parts_dependency)]
Limit = Annotated[int, Query(ge=1, le=1_000, description="Most items.")]
RunId = Annotated[str, Query(min_length=1, max_length=256, description="The mining run's id.")]
Only = Annotated[str | None, Query(max_length=256, description="Only of this one.")]

library = APIRouter(prefix="/v1", tags=["library"])

_TAKEN: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "On the log, and not refused.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LibraryDone"}}},
    },
    **problems(403, 404, 409, 413, 415, 422, 429),
}


def _takes(shape: type[Command]) -> dict[str, Any]:
    """Return what a command's route says of itself."""
    return {
        "status_code": 202,
        "response_class": Response,
        "responses": _TAKEN,
        "openapi_extra": takes(shape),
    }


async def _give(
    request: Request, asker: Principal, parts: Parts, name: str, shape: type[Command]
) -> Response:
    command = await struct_of(request, shape)
    return json_answer(await parts.library_commands.give(asker, name, command), 202)


# Reading


@library.get("/library", response_class=Response, responses=gives(LibraryAnswer, 403))
async def whole(request: Request, asker: Asker, parts: With) -> Response:
    """Give the library as a whole: settings, what is in force, what a publish would change."""
    return await parts.library.library(request, asker)


@library.get("/library/versions", response_class=Response, responses=gives(VersionPage, 403))
async def versions(request: Request, asker: Asker, parts: With) -> Response:
    """List the versions that were published, newest first."""
    return await parts.library.versions(request, asker)


async def intents_wanted(
    status: Annotated[
        Literal["pending", "approved", "discarded"] | None, Query(description="Only these.")
    ] = None,
    group_id: Only = None,
    line_of_business: Only = None,
    q: Annotated[str, Query(max_length=200, description="Words that name or examples have.")] = "",
    limit: Limit = 500,
) -> IntentsWanted:
    """Return which intents a list shall have."""
    return IntentsWanted(status, group_id, line_of_business, q, limit)


@library.get("/intents", response_class=Response, responses=gives(IntentPage, 403, 422))
async def intents(
    request: Request,
    asker: Asker,
    parts: With,
    wanted: Annotated[IntentsWanted, Depends(intents_wanted)],
) -> Response:
    """List intents, most frequent first."""
    return await parts.library.intents(request, asker, wanted)


@library.get("/intents/one", response_class=Response, responses=gives(IntentAnswer, 403, 404, 422))
async def intent(
    request: Request,
    asker: Asker,
    parts: With,
    intent_id: Annotated[str, Query(min_length=1, max_length=256, description="The intent.")],
) -> Response:
    """Give one intent with examples, attributes and history."""
    return await parts.library.intent(request, asker, intent_id)


@library.get("/groups", response_class=Response, responses=gives(GroupPage, 403))
async def groups(request: Request, asker: Asker, parts: With) -> Response:
    """List groups with how many intents each has."""
    return await parts.library.groups(request, asker)


@library.get("/lines-of-business", response_class=Response, responses=gives(LinePage, 403))
async def lines(request: Request, asker: Asker, parts: With) -> Response:
    """List lines of business."""
    return await parts.library.lines(request, asker)


@library.get("/mining/runs", response_class=Response, responses=gives(RunPage, 403))
async def runs(request: Request, asker: Asker, parts: With) -> Response:
    """List mining runs, newest first."""
    return await parts.library.runs(request, asker)


@library.get(
    "/mining/runs/one", response_class=Response, responses=gives(RunResult, 403, 404, 409, 422)
)
async def run(request: Request, asker: Asker, parts: With, run_id: RunId) -> Response:
    """Give a mining run with what it found; one that failed has nothing to look at."""
    return await parts.library.run(request, asker, run_id)


@library.get(
    "/mining/runs/export",
    response_class=Response,
    responses={
        200: {
            "description": "What the run found as a table; of a failed one, only the heading.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **problems(403, 404, 422),
    },
)
async def export(request: Request, asker: Asker, parts: With, run_id: RunId) -> Response:
    """Give what a run found as a table."""
    return await parts.library.export(request, asker, run_id)


# Changing


@library.post("/intents/add", **_takes(AddIntentCommand))
async def add(request: Request, asker: Asker, parts: With) -> Response:
    """Add an intent by hand."""
    return await _give(request, asker, parts, "AddIntent", AddIntentCommand)


@library.post("/intents/review", **_takes(ReviewCommand))
async def review(request: Request, asker: Asker, parts: With) -> Response:
    """Approve intents, set them back to pending, or discard them."""
    return await _give(request, asker, parts, "ReviewIntents", ReviewCommand)


@library.post("/intents/rename", **_takes(RenameCommand))
async def rename(request: Request, asker: Asker, parts: With) -> Response:
    """Give an intent another name."""
    return await _give(request, asker, parts, "RenameIntent", RenameCommand)


@library.post("/intents/edit", **_takes(EditCommand))
async def edit(request: Request, asker: Asker, parts: With) -> Response:
    """Change description, instructions, attributes, solutions, group or line of business."""
    return await _give(request, asker, parts, "EditIntent", EditCommand)


@library.post("/intents/bots", **_takes(BotsCommand))
async def bots(request: Request, asker: Asker, parts: With) -> Response:
    """Say whether bots may use intents."""
    return await _give(request, asker, parts, "UseInBots", BotsCommand)


@library.post("/intents/merge", **_takes(MergeCommand))
async def merge(request: Request, asker: Asker, parts: With) -> Response:
    """Make several intents one."""
    return await _give(request, asker, parts, "MergeIntents", MergeCommand)


@library.post("/intents/split", **_takes(SplitCommand))
async def split(request: Request, asker: Asker, parts: With) -> Response:
    """Make some examples of an intent one of their own."""
    return await _give(request, asker, parts, "SplitIntent", SplitCommand)


@library.post("/intents/examples", **_takes(ExamplesCommand))
async def examples(request: Request, asker: Asker, parts: With) -> Response:
    """Add and remove examples."""
    return await _give(request, asker, parts, "ChangeExamples", ExamplesCommand)


@library.post("/intents/forget", **_takes(ForgetCommand))
async def forget(request: Request, asker: Asker, parts: With) -> Response:
    """Erase what was said in certain turns."""
    return await _give(request, asker, parts, "ForgetExamples", ForgetCommand)


@library.post("/groups/save", **_takes(SaveGroupCommand))
async def save_group(request: Request, asker: Asker, parts: With) -> Response:
    """Make a group, or change one."""
    return await _give(request, asker, parts, "SaveGroup", SaveGroupCommand)


@library.post("/groups/{verb}", **_takes(GroupIntentsCommand))
async def group_intents(
    request: Request,
    asker: Asker,
    parts: With,
    verb: Annotated[Literal["add", "remove"], Path(description="What is done.")],
) -> Response:
    """Add intents to a group, or take them out."""
    name = "AddToGroup" if verb == "add" else "RemoveFromGroup"
    return await _give(request, asker, parts, name, GroupIntentsCommand)


@library.post("/lines-of-business/save", **_takes(SaveLineCommand))
async def save_line(request: Request, asker: Asker, parts: With) -> Response:
    """Make a line of business, or change one."""
    return await _give(request, asker, parts, "SaveLineOfBusiness", SaveLineCommand)


@library.post("/library/settings", **_takes(LibrarySettingsCommand))
async def settings(request: Request, asker: Asker, parts: With) -> Response:
    """Change how intents are discovered and told."""
    return await _give(request, asker, parts, "ChangeLibrarySettings", LibrarySettingsCommand)


@library.post("/library/publish", **_takes(PublishLibraryCommand))
async def publish(request: Request, asker: Asker, parts: With) -> Response:
    """Freeze what is approved as the next version; it is in force once it is trained."""
    return await _give(request, asker, parts, "PublishLibrary", PublishLibraryCommand)


@library.post("/mining/start", **_takes(StartMiningCommand))
async def start_mining(request: Request, asker: Asker, parts: With) -> Response:
    """Mine past conversations; a simulation changes nothing in the library."""
    return await _give(request, asker, parts, "StartMining", StartMiningCommand)
