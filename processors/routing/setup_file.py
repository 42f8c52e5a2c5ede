"""The shape of the artefact `routing.setup`: JSON as people write it, before it is resolved.

Fields left out get the defaults of the rules; durations are milliseconds; a field that does not
exist is refused. What the fields mean is said at their loaded forms in `setup`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from processors.routing.conditions import Condition, Fact
from processors.routing.setup import (
    AssignmentRule,
    BasePresence,
    Bucket,
    Bullseye,
    InOverflow,
    Kind,
    Method,
    Mode,
    OrderBy,
    PreferredRules,
    PreOverflow,
    PresenceRules,
    Quotas,
    RulesetKind,
    SentimentAlert,
    Share,
    SkillMatch,
)

Id = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x20\x7f]+\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Clock = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")]
Date = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Span = Annotated[int, Meta(ge=0, le=10 * 365 * 86_400_000)]


class FileShift(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A span of the day: by default every day from 08:00 to 17:00 (UR-46)."""

    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    opens: Clock = "08:00"
    closes: Clock = "17:00"
    every_weeks: Annotated[int, Meta(ge=1, le=52)] = 1
    since: Date | None = None
    until: Date | None = None


class FileHoliday(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A closed day, or all days from `date` to `until`."""

    name: Name
    date: Date
    until: Date | None = None


class FileHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Operating hours."""

    id: Id
    name: Name | None = None
    time_zone: str
    shifts: tuple[FileShift, ...] = (FileShift(),)
    holidays: tuple[FileHoliday, ...] = ()


class FileLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A level of a rating model."""

    name: Name
    value: Annotated[int, Meta(ge=1, le=1_000)]


class FileRatingModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rating model."""

    id: Id
    name: Name | None = None
    levels: Annotated[tuple[FileLevel, ...], Meta(min_length=1, max_length=100)]


class FileSkill(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A skill."""

    id: Id
    name: Name | None = None
    rating_model: Id


class FileProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A capacity profile."""

    id: Id
    name: Name | None = None
    limit: Annotated[int, Meta(ge=1, le=100_000)]
    reset: Literal["immediate", "end_of_day"] = "immediate"
    is_blocking: bool = False


class FilePresence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A presence of the tenant's own."""

    id: Id
    name: Name
    base: BasePresence


class FileRepresentative(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A representative, or a bot that is a member of queues.

    `skills` rate by number or by the level's name; a skill in `inactive_skills` does not count.
    `profiles` give a limit, or null for the profile's own.
    """

    id: Id
    name: Name | None = None
    units: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    profiles: dict[str, Annotated[int, Meta(ge=0, le=100_000)] | None] = {}
    skills: dict[str, int | str] = {}
    inactive_skills: tuple[str, ...] = ()
    teams: tuple[Id, ...] = ()
    attributes: dict[str, Fact] = {}
    hours: Id | None = None
    default_presence: Id | None = None
    is_bot: bool = False
    is_supervisor: bool = False


class FileOverflow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What happens when a queue is too full: before an item enters, and while it waits."""

    before: tuple[PreOverflow, ...] = ()
    waiting: tuple[InOverflow, ...] = ()


class FileQueue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A queue; `method` left out is least_active for voice, else highest_capacity."""

    id: Id
    name: Name | None = None
    kind: Kind
    priority: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    members: tuple[Id, ...] = ()
    method: Method | None = None
    order_by: OrderBy = "capacity"
    hours: Id | None = None
    overflow: FileOverflow = FileOverflow()
    service_level_ms: Span = 60_000
    short_abandon_ms: Span = 5_000
    buckets: Annotated[tuple[Bucket, ...], Meta(max_length=100)] = ()
    bullseye: Bullseye | None = None
    assignment: Annotated[tuple[AssignmentRule, ...], Meta(max_length=100)] = ()
    sentiment_alert: SentimentAlert | None = None


class FileDefaultQueue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may be said of a default queue (UR-10): its method and nothing else."""

    method: Literal["highest_capacity", "round_robin", "least_active", "longest_idle"] = (
        "highest_capacity"
    )


class FileDefaultQueues(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The three queues that always exist."""

    entity: FileDefaultQueue = FileDefaultQueue()
    messaging: FileDefaultQueue = FileDefaultQueue()
    voice: FileDefaultQueue = FileDefaultQueue()


class FileItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line of a ruleset; it writes what its ruleset's kind says, at most five (UR-03)."""

    name: Name
    when: Condition | None = None
    attributes: dict[str, Fact] = {}
    skills: dict[str, int | str] = {}
    capacity_profiles: tuple[str, ...] = ()


class FileRuleset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A classification ruleset."""

    name: Name
    kind: RulesetKind = "attributes"
    items: tuple[FileItem, ...] = ()
    field: str | None = None


class FileRoute(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A route-to-queue rule: one `queue`, or two to five `shares` by percentage."""

    name: Name
    when: Condition | None = None
    queue: Id | None = None
    shares: tuple[Share, ...] | None = None
    overflow: tuple[PreOverflow, ...] | None = None


class FileCloseAfter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """After how long a state ends by itself; null: never, left out: as the rules say (UR-49)."""

    open_ms: Span | msgspec.UnsetType | None = msgspec.UNSET
    active_ms: Span | msgspec.UnsetType | None = msgspec.UNSET
    wrap_up_ms: Span | msgspec.UnsetType | None = msgspec.UNSET


class FileWorkstream(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A workstream."""

    id: Id
    name: Name | None = None
    kind: Kind
    mode: Mode = "push"
    channels: tuple[str, ...] = ()
    is_synchronous: bool | None = None
    is_persistent: bool = False
    fallback_queue: Id | None = None
    units: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    profiles: tuple[str, ...] = ()
    allowed_presences: tuple[BasePresence, ...] | None = None
    skill_match: SkillMatch = "none"
    is_closest_by_round_robin: bool = False
    keep_same_representative: bool | None = None
    wrap_up: Literal["always", "never"] | int = "always"
    auto_close_ms: Span | None = None
    close_after: FileCloseAfter = FileCloseAfter()
    reconnect_ms: Span = 180_000
    offer_seconds: Annotated[int, Meta(ge=5, le=3_600)] = 120
    offer: Literal["manual", "auto"] = "manual"
    auto_accept: Literal["at_once", "at_timeout"] = "at_once"
    can_decline: bool | None = None
    rulesets: tuple[FileRuleset, ...] = ()
    routes: tuple[FileRoute, ...] = ()
    bot_id: Id | None = None


class FileUserGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """People who serve work by intent."""

    id: Id
    name: Name | None = None
    members: tuple[Id, ...] = ()
    languages: tuple[Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}\Z")], ...] = ()
    regions: tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{2,3}\Z")], ...] = ()


class FileMappedGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line of the mapping from an intent group to user groups."""

    user_group: Id
    when: Condition | None = None


class FileIntentGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which user groups serve an intent group of the library, by its id."""

    group: Id
    user_groups: Annotated[tuple[FileMappedGroup, ...], Meta(max_length=100)] = ()
    default: Id


class FileBusinessLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line of business."""

    id: Id
    name: Name | None = None
    workstreams: tuple[Id, ...]
    queues: tuple[Id, ...]
    fallback: Id


class FileIntentRouting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Routing by intent."""

    user_groups: Annotated[tuple[FileUserGroup, ...], Meta(min_length=1, max_length=500)]
    groups: tuple[FileIntentGroup, ...] = ()
    lines: tuple[FileBusinessLine, ...] = ()
    fallback: Id | None = None


class FileSetup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole artefact."""

    workstreams: tuple[FileWorkstream, ...] = ()
    queues: tuple[FileQueue, ...] = ()
    default_queues: FileDefaultQueues = FileDefaultQueues()
    representatives: tuple[FileRepresentative, ...] = ()
    rating_models: tuple[FileRatingModel, ...] = ()
    skills: tuple[FileSkill, ...] = ()
    profiles: tuple[FileProfile, ...] = ()
    presences: tuple[FilePresence, ...] = ()
    hours: tuple[FileHours, ...] = ()
    notices: dict[str, str | dict[str, str]] = {}
    presence: PresenceRules = PresenceRules()
    preferred: PreferredRules = PreferredRules()
    declines_max: Annotated[int, Meta(ge=1, le=5)] = 3
    decliners_max: Annotated[int, Meta(ge=1, le=100)] = 100
    callable_numbers: tuple[str, ...] = ()
    quotas: Quotas = Quotas()
    intents: FileIntentRouting | None = None
