"""What the addresses of the intent library take: every command as a struct."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from processors.intents.library import Attribute, Solution
from processors.miner.mined import Granularity
from processors.views.library import LineRule, Status

Id = Annotated[str, Meta(min_length=1, max_length=256)]
Ids = Annotated[list[Id], Meta(min_length=1, max_length=1_000)]
Named = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=2_000)]
Texts = Annotated[list[Text], Meta(max_length=200)]
Question = Annotated[str, Meta(max_length=1_000)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every command may carry: the same command_id is taken once."""

    command_id: Id | None = None


class AddIntentCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An intent by hand."""

    name: Named
    description: Text = ""
    examples: Texts = []
    group_id: Id | None = None


class ReviewCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The review status of intents."""

    intent_ids: Ids
    status: Status


class RenameCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another name for an intent."""

    intent_id: Id
    name: Named


class EditCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an intent says; what is left out stays, null takes group and line away."""

    intent_id: Id
    description: Text | UnsetType = UNSET
    instructions: str | UnsetType = UNSET
    attributes: list[Attribute] | UnsetType = UNSET
    solutions: list[Solution] | UnsetType = UNSET
    group_id: Id | UnsetType | None = UNSET
    line_of_business: Id | UnsetType | None = UNSET


class BotsCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether bots may use intents."""

    intent_ids: Ids
    is_used: bool


class MergeCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Intents become part of another."""

    into: Id
    intent_ids: Ids


class SplitCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Examples of an intent become one of their own."""

    intent_id: Id
    name: Named
    example_ids: Ids


class ExamplesCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Examples to add, as text, and to remove, by id."""

    intent_id: Id
    add: Texts = []
    remove: Annotated[list[Id], Meta(max_length=200)] = []


class SaveGroupCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A group to make (without group_id) or to change; what is left out stays."""

    group_id: Id | None = None
    name: Named | None = None
    status: Status | None = None
    clarifying_question: Question | None = None
    instructions: str | None = None
    line_of_business: Id | UnsetType | None = UNSET
    intent_ids: Annotated[list[Id], Meta(max_length=1_000)] = []


class GroupIntentsCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Intents for a group, or away from it."""

    group_id: Id
    intent_ids: Ids


class SaveLineCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line of business to make (without line_id) or to change; what is left out stays."""

    line_id: Id | None = None
    name: Named | None = None
    instructions: str | None = None
    workstreams: Annotated[list[Id], Meta(max_length=1_000)] | None = None
    queues: Annotated[list[Id], Meta(max_length=1_000)] | None = None
    rules: Annotated[list[LineRule], Meta(max_length=20)] | None = None


class LibrarySettingsCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings; what is left out stays."""

    name: Named | None = None
    granularity: Granularity | None = None
    status_for_new: Status | None = None
    is_discovering: bool | None = None
    daily_at: Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    time_zone: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    rejected_share: Annotated[float, Meta(ge=0, le=0.5)] | None = None
    group_margin: Share | None = None
    shift_margin: Share | None = None
    instructions: str | None = None


class PublishLibraryCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The approved intents become the next version."""

    note: Text = ""


class StartMiningCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Past conversations are mined; a simulation changes nothing in the library."""

    is_simulation: bool = False
    granularity: Granularity | None = None
    records_max: Annotated[int, Meta(ge=1, le=10_000_000)] | None = None
    since_ms: Annotated[int, Meta(ge=0)] | None = None


class ForgetCommand(Command, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was said in these turns leaves the library."""

    turn_ids: Annotated[list[Id], Meta(min_length=1, max_length=10_000)]


class RefusedPart(msgspec.Struct, frozen=True):
    """A part of a command that was refused, while others were done."""

    item_id: str
    code: str
    because: str


class LibraryDone(msgspec.Struct, frozen=True):
    """The command is on the log, and nothing has refused it.

    Attributes:
        id: Id of the record.
        cause: Where it stands: `{log}/{partition}/{offset}`; `/v1/explain` tells what followed.
        state: `done`: the library took it; `under_way`: it has not got there yet.
        command_id: The command; giving it again changes nothing.
        intent_id: The intent it made.
        group_id: The group it made or changed.
        line_id: The line of business it made or changed.
        run_id: The mining run it asked for.
        warnings: What to know about the consequences, a sentence each; of `done` only.
        refused: Parts that were refused, while others were done; of `done` only.
    """

    id: str
    cause: str
    state: Literal["done", "under_way"]
    command_id: str
    intent_id: str | None = None
    group_id: str | None = None
    line_id: str | None = None
    run_id: str | None = None
    warnings: list[str] = []
    refused: list[RefusedPart] = []
