"""What a tenant has set up for routing, as the rules use it: the loaded form of `routing.setup`.

Everything here is frozen and resolved: references name things that exist, members are tuples in
their order, defaults are filled in. `setup_loading.load_setup` makes it of an artefact, or says in
a sentence what is wrong with the artefact; `setup_file` has the artefact's own shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from processors.routing.conditions import Condition, Fact
from processors.routing.hours import Hours

SETUP: Final = "routing.setup"

Kind = Literal["messaging", "voice", "record"]
Mode = Literal["push", "pick"]
SkillMatch = Literal["exact", "closest", "none"]
Method = Literal["highest_capacity", "round_robin", "least_active", "longest_idle", "custom"]
OrderBy = Literal["capacity", "profile_capacity", "round_robin"]
BasePresence = Literal["available", "busy", "do_not_disturb", "away", "offline"]
RulesetKind = Literal["attributes", "skills", "capacity_profiles", "skill_finder"]
OverflowCondition = Literal["out_of_hours", "waiting_items", "average_wait"]
SentimentAlert = Literal["slightly_negative", "negative", "very_negative"]
OverflowDo = Literal["assign_anyway", "callback", "end", "queue", "external_number", "voicemail"]

DEFAULT_QUEUES: Final[Mapping[Kind, str]] = {
    "record": "default-entity",
    "messaging": "default-messaging",
    "voice": "default-voice",
}
"""Kind of work to the id of the default queue that always exists (UR-10)."""


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What becomes of an item that overflows.

    Attributes:
        do: `assign_anyway` queues it as if nothing were; `queue` moves it; `end` ends it with the
            notice `ended_by_overflow`; the others hand it to the telephony side.
        queue: Where `queue` moves it.
        number: Where `external_number` sends the call: digits only, no plus.
    """

    do: OverflowDo
    queue: str | None = None
    number: str | None = None


class PreOverflow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Looked at once, before an item enters a queue (UR-41 to UR-43).

    Attributes:
        when: Which condition.
        action: What becomes of the item when it holds.
        limit: For `waiting_items`, 1 to 100: so many waiting ones are let in.
        exceeds_ms: For `average_wait`, 30 s to 60 min: the longest expected wait.
    """

    when: OverflowCondition
    action: Action
    limit: int | None = None
    exceeds_ms: int | None = None


class InOverflow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Looked at while an item waits in a queue (UR-44): after so long, the action."""

    exceeds_ms: int
    action: Action


class Output(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a classification item writes: an attribute, a skill or a capacity profile.

    Attributes:
        name: Attribute, skill id or profile id.
        value: The attribute's value, or the skill's wanted level; None for a profile.
    """

    name: str
    value: Fact | None = None


class ClassificationItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a ruleset: if `when` holds (None: always), `outputs` are written."""

    name: str
    when: Condition | None
    outputs: tuple[Output, ...]


class Ruleset(msgspec.Struct, frozen=True, omit_defaults=True):
    """A decision list: the first item that matches writes, then the next ruleset has its turn.

    Attributes:
        name: What people call it.
        kind: What its items write. `skill_finder` has no items: it takes the skills that a model
            outside wrote into the fact `field`, as `skill` or `skill:level`, with commas between.
        items: Its lines, in order.
        field: For `skill_finder`, the fact to read.
    """

    name: str
    kind: RulesetKind
    items: tuple[ClassificationItem, ...] = ()
    field: str = ""


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A queue and how many of a hundred conversations it gets."""

    queue: str
    percent: int


class Route(msgspec.Struct, frozen=True, omit_defaults=True):
    """A route-to-queue rule.

    Attributes:
        name: What people call it.
        when: None: always.
        shares: One queue with 100, or two to five queues by percentage.
        overflow: Conditions of this rule in place of the queue's own; None: the queue's.
    """

    name: str
    when: Condition | None
    shares: tuple[Share, ...]
    overflow: tuple[PreOverflow, ...] | None = None


class CloseAfter(msgspec.Struct, frozen=True, omit_defaults=True):
    """After how long without a change a conversation leaves a state by itself; None: never."""

    open_ms: int | None = None
    active_ms: int | None = None
    waiting_ms: int | None = None
    wrap_up_ms: int | None = None


class Workstream(msgspec.Struct, frozen=True, kw_only=True):
    """Work of one kind that is classified, routed and offered alike (UR-02).

    Attributes:
        id: Its id.
        name: What people call it.
        kind: What sort of work; its queues are of the same kind.
        mode: `push` offers items to representatives, `pick` lets them take items. Voice is push.
        channels: Channels whose conversations belong here when they name no workstream.
        is_synchronous: Live chat and voice; False for channels where people answer later.
        is_persistent: A chat that goes on for days: its active state never closes by itself.
        fallback_queue: Where an item goes when no rule names a queue, or a rule is at fault.
        units: Units one item consumes.
        profiles: Capacity profiles one item consumes, beside those classification adds.
        allowed_presences: Base presences in which a representative is offered items.
        skill_match: Whether wanted skills filter (`exact`), order (`closest`) or do nothing.
        is_closest_by_round_robin: Equal closeness goes round; False: it stays with the first.
        keep_same_representative: A returning conversation goes to the one who had it.
        wrap_up: How long wrap-up keeps the capacity: `always`, `never` or so many ms.
        auto_close_ms: How long a waiting conversation stays (asynchronous channels); None: ever.
        close_after: After how long each state ends by itself.
        reconnect_ms: How long a customer of a live chat may be disconnected.
        offer_seconds: How long an offer stands.
        offer: `manual`: it must be accepted; `auto`: it is assigned without.
        auto_accept: When `auto` assigns: `at_once`, or `at_timeout` of the offer.
        can_decline: Whether an offer may be declined; never for `auto` and for records.
        declines_max: After so many declines nobody offers this item to the same one again.
        rulesets: Classification, in order.
        routes: Route-to-queue rules, in order.
        bot_id: The bot that gets incoming conversations first, if any.
    """

    id: str
    name: str
    kind: Kind
    mode: Mode
    fallback_queue: str
    channels: tuple[str, ...] = ()
    is_synchronous: bool = True
    is_persistent: bool = False
    units: int = 1
    profiles: tuple[str, ...] = ()
    allowed_presences: tuple[BasePresence, ...] = ("available",)
    skill_match: SkillMatch = "none"
    is_closest_by_round_robin: bool = False
    keep_same_representative: bool = False
    wrap_up: Literal["always", "never"] | int = "always"
    auto_close_ms: int | None = None
    close_after: CloseAfter = CloseAfter()
    reconnect_ms: int = 180_000
    offer_seconds: int = 120
    offer: Literal["manual", "auto"] = "manual"
    auto_accept: Literal["at_once", "at_timeout"] = "at_once"
    can_decline: bool = True
    declines_max: int = 3
    rulesets: tuple[Ruleset, ...] = ()
    routes: tuple[Route, ...] = ()
    bot_id: str | None = None


class BucketOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """By which fact the items of a bucket stand; a missing fact comes last."""

    field: str
    is_descending: bool = False


class Bucket(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A step of a queue's own priorities (UR-13): items that match, in this order."""

    name: str
    when: Condition | None = None
    order_by: tuple[BucketOrder, ...] = ()


class AssignmentOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """By what a custom rule puts representatives in order.

    Attributes:
        by: What is compared; `attribute` compares the attribute named by `attribute`.
        attribute: The representative's attribute.
        is_descending: From large to small; capacity, proficiency and skill counts start so anyway.
    """

    by: Literal[
        "least_active",
        "round_robin",
        "unit_capacity",
        "profile_capacity",
        "proficiency",
        "skill_count",
        "attribute",
    ]
    attribute: str | None = None
    is_descending: bool = False


class AssignmentRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule of custom assignment (UR-19): who may have the item, and in what order.

    Attributes:
        name: What people call it.
        when: Condition on the facts of item and candidate; the candidate's begin with
            `representative.`, and `value_of` compares them with the item's.
        order_by: Orders, the first the strongest.
    """

    name: str
    when: Condition | None = None
    order_by: tuple[AssignmentOrder, ...] = ()


class BullseyeLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `after_ms` of waiting on, members of these teams may have the item as well."""

    after_ms: int
    teams: tuple[str, ...]


class Bullseye(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Circles of representatives that widen while an item waits (UR-53).

    Attributes:
        levels: The circles, inner ones first; their members keep their precedence.
        fallback: After the last level: `any_member` of the queue, or `teams` of the levels only.
    """

    levels: tuple[BullseyeLevel, ...]
    fallback: Literal["any_member", "teams"] = "any_member"


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Where items of one kind wait (UR-09).

    Attributes:
        id: Its id.
        name: What people call it.
        kind: The only kind of work it takes.
        priority: The smaller, the earlier among a representative's queues.
        members: Representatives (and bots), in the order they were added.
        method: How one of them is chosen.
        order_by: How those who fit exactly are put in order.
        hours_id: Its operating hours; None: always open.
        pre_overflow: Looked at before an item enters; the hours' condition first.
        in_overflow: Looked at while items wait; the shortest first.
        service_level_ms: Within this time an item should be accepted.
        short_abandon_ms: Who leaves earlier is not counted as abandoned.
        buckets: Its own priorities; empty: first in, first out.
        bullseye: Circles of representatives, if any.
        assignment: Rules of the method `custom`.
        is_default: One of the three that always exist.
        sentiment_alert: At this sentiment of a customer and below it supervisors are told; None:
            never.
        base_id: The queue this is a part of, for one user group; None: a queue of its own.
        user_group: That user group.
    """

    id: str
    name: str
    kind: Kind
    priority: int = 100
    members: tuple[str, ...] = ()
    method: Method = "highest_capacity"
    order_by: OrderBy = "capacity"
    hours_id: str | None = None
    pre_overflow: tuple[PreOverflow, ...] = ()
    in_overflow: tuple[InOverflow, ...] = ()
    service_level_ms: int = 60_000
    short_abandon_ms: int = 5_000
    buckets: tuple[Bucket, ...] = ()
    bullseye: Bullseye | None = None
    assignment: tuple[AssignmentRule, ...] = ()
    is_default: bool = False
    sentiment_alert: SentimentAlert | None = None
    base_id: str | None = None
    user_group: str | None = None


class UserGroup(msgspec.Struct, frozen=True, kw_only=True):
    """People who serve work by what its customer wants, whatever queues they are members of.

    Attributes:
        id: Its id.
        name: What people call it.
        members: Representatives, in their order; one may be in several groups.
        languages: Languages it serves, e.g. `de`; none: all.
        regions: Regions it serves, e.g. `AT`; none: all.
    """

    id: str
    name: str
    members: tuple[str, ...] = ()
    languages: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


class MappedGroup(msgspec.Struct, frozen=True):
    """A line of the mapping: this user group, if `when` holds (None: always)."""

    user_group: str
    when: Condition | None = None


class IntentGroupMap(msgspec.Struct, frozen=True):
    """Which user group serves an intent group: the first of `lines` that fits, else the default."""

    lines: tuple[MappedGroup, ...]
    default: str


class BusinessLine(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the organisation whose work is routed by intent (CI-20, CI-22).

    Attributes:
        id: Its id.
        name: What people call it.
        workstreams: Whose work.
        queues: Where it may wait by intent.
        fallback: The user group for work whose intent nobody knows.
    """

    id: str
    name: str
    workstreams: tuple[str, ...]
    queues: tuple[str, ...]
    fallback: str


class IntentRouting(msgspec.Struct, frozen=True, kw_only=True):
    """Routing by what the customer wants: intent, its group, a user group, a representative.

    Attributes:
        lines: Lines of business; none: it holds for the whole organisation.
        user_groups: By id.
        groups: Intent group to its mapping.
        fallback: For the whole organisation: the user group for work of unknown intent; None: such
            work is routed as ever.
    """

    lines: tuple[BusinessLine, ...] = ()
    user_groups: Mapping[str, UserGroup] = {}
    groups: Mapping[str, IntentGroupMap] = {}
    fallback: str | None = None


class RatingModel(msgspec.Struct, frozen=True):
    """The levels of a skill: names to numbers, from the lowest to the highest."""

    id: str
    name: str
    levels: tuple[tuple[str, int], ...]

    @property
    def lowest(self) -> int:
        """Return the smallest level."""
        return self.levels[0][1]

    @property
    def highest(self) -> int:
        """Return the greatest level."""
        return self.levels[-1][1]


class Skill(msgspec.Struct, frozen=True):
    """Something a representative can do, rated by a model."""

    id: str
    name: str
    rating_model: str
    lowest: int
    highest: int

    def share(self, level: float) -> float:
        """Return `level` as a share of the highest, so that skills of other models compare."""
        return level / self.highest


class Profile(msgspec.Struct, frozen=True):
    """A capacity profile (UR-26): how many items at once, and when they stop counting.

    Attributes:
        id: Its id.
        name: What people call it.
        limit: Most items at once, unless the representative has another.
        reset: `immediate`, or `end_of_day`: what was consumed stays until the shift ends.
        is_blocking: A full profile blocks assignments of every other.
    """

    id: str
    name: str
    limit: int
    reset: Literal["immediate", "end_of_day"] = "immediate"
    is_blocking: bool = False


class Presence(msgspec.Struct, frozen=True):
    """A presence by its id; routing looks at `base` only."""

    id: str
    name: str
    base: BasePresence


class RepresentativeSetup(msgspec.Struct, frozen=True, kw_only=True):
    """A representative, or a bot that is a member of queues.

    Attributes:
        id: Its id.
        name: What people call the representative.
        units: Units of capacity.
        profiles: Capacity profile to the limit that counts for this one.
        skills: Skill to level; deactivated ones are not here.
        teams: Groups that bullseye levels name.
        attributes: What custom assignment rules may ask.
        hours_id: Working hours, for custom rules that ask `representative.is_working` and for the
            end of day of capacity profiles; None: always.
        default_presence: Presence at sign-in; None: available.
        is_bot: A bot: its work never reduces its capacity.
        is_supervisor: Is told of alerts in the queues they are a member of.
    """

    id: str
    name: str
    units: int = 100
    profiles: Mapping[str, int] = {}
    skills: Mapping[str, int] = {}
    teams: tuple[str, ...] = ()
    attributes: Mapping[str, Fact] = {}
    hours_id: str | None = None
    default_presence: str | None = None
    is_bot: bool = False
    is_supervisor: bool = False


class PresenceRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What presence does by itself.

    Attributes:
        missed_sets_inactive: An offer that ran out makes the representative inactive.
        declined_sets_do_not_disturb: A declined offer sets do-not-disturb.
        sessions_max: With so many open sessions the representative is not to be disturbed.
        grace_ms: Who is back within this time has the earlier presence again.
    """

    missed_sets_inactive: bool = True
    declined_sets_do_not_disturb: bool = False
    sessions_max: int = 10
    grace_ms: int = 150_000


class PreferredRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Preferred representatives (UR-40).

    Attributes:
        is_enabled: Whether they are looked at, in the whole organisation.
        representatives_max: How many of the item's are looked at.
        when_none_free: `next_best` of the queue's method, or `wait` in the queue.
    """

    is_enabled: bool = True
    representatives_max: int = 3
    when_none_free: Literal["next_best", "wait"] = "next_best"


class Quotas(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How much a pool is made for (UR-52).

    Attributes:
        waiting_max: Items that wait; beyond it somebody is told, and nothing is turned away.
        representatives_max: Representatives and bots; a setup with more is refused.
        members_max: Members of a queue; a setup with more is refused.
    """

    waiting_max: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = 50_000
    representatives_max: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 10_000
    members_max: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 5_000


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, by id.

    Attributes:
        digest: SHA-256 of the artefact; `""` for `EMPTY_SETUP`.
        workstreams: In the artefact's order.
        queues: The artefact's, then the three default queues.
        representatives: In the artefact's order.
        skills: By id.
        rating_models: By id.
        profiles: By id.
        presences: By id; the five base presences are always there under their own names.
        hours: By id.
        queues_of: Representative to queues, the smallest priority first, then by id.
        notices: Notice to text by locale; `""` is the locale of the text for everybody.
        presence: What presence does by itself.
        preferred: Preferred representatives.
        declines_max: As on every workstream.
        decliners_max: After so many different representatives declined, nothing is automatic.
        callable_numbers: Outside numbers that may be called; transfers to others fail.
        time_zone_data: Version of the time zone data the hours were made with.
        quotas: How much the pool is made for.
        intents: Routing by intent; None: there is none.
    """

    digest: str = ""
    workstreams: Mapping[str, Workstream] = {}
    queues: Mapping[str, Queue] = {}
    representatives: Mapping[str, RepresentativeSetup] = {}
    skills: Mapping[str, Skill] = {}
    rating_models: Mapping[str, RatingModel] = {}
    profiles: Mapping[str, Profile] = {}
    presences: Mapping[str, Presence] = {}
    hours: Mapping[str, Hours] = {}
    queues_of: Mapping[str, tuple[str, ...]] = {}
    notices: Mapping[str, Mapping[str, str]] = {}
    presence: PresenceRules = PresenceRules()
    preferred: PreferredRules = PreferredRules()
    declines_max: int = 3
    decliners_max: int = 100
    callable_numbers: tuple[str, ...] = ()
    time_zone_data: str = ""
    quotas: Quotas = Quotas()
    intents: IntentRouting | None = None

    def workstream_of(self, kind: str, channel: str, named: str | None) -> Workstream | None:
        """Return the workstream an item belongs to.

        The one it names, if it is of its kind; else the first of its kind that lists its channel;
        else the first of its kind that lists no channel at all; else None.
        """
        if named is not None:
            found = self.workstreams.get(named)
            if found is not None and found.kind == kind:
                return found
        alike = [one for one in self.workstreams.values() if one.kind == kind]
        wanted = channel.casefold()
        for one in alike:
            if wanted in one.channels:
                return one
        return next((one for one in alike if not one.channels), None)

    def default_queue(self, kind: Kind) -> Queue:
        """Return the queue that takes this kind of work when nothing else is said."""
        return self.queues[DEFAULT_QUEUES[kind]]

    def hours_of(self, queue_id: str) -> Hours | None:
        """Return a queue's operating hours; None: always open, or no such queue."""
        queue = self.queues.get(queue_id)
        if queue is None or queue.hours_id is None:
            return None
        return self.hours[queue.hours_id]

    def base_of(self, presence: str) -> BasePresence:
        """Return the base of a presence; one that nobody knows counts as offline."""
        found = self.presences.get(presence)
        return found.base if found is not None else "offline"


BASE_PRESENCES: Final[Mapping[str, Presence]] = {
    "available": Presence("available", "Available", "available"),
    "busy": Presence("busy", "Busy", "busy"),
    "do_not_disturb": Presence("do_not_disturb", "Do not disturb", "do_not_disturb"),
    "away": Presence("away", "Away", "away"),
    "offline": Presence("offline", "Offline", "offline"),
}

DEFAULT_PRIORITY: Final = 1_000

EMPTY_SETUP: Final = Setup(
    queues={
        queue_id: Queue(
            id=queue_id,
            name=f"Default {queue_id.removeprefix('default-')} queue",
            kind=kind,
            priority=DEFAULT_PRIORITY,
            is_default=True,
        )
        for kind, queue_id in DEFAULT_QUEUES.items()
    },
    presences=BASE_PRESENCES,
)
"""What holds for a tenant that has published nothing: three queues without members."""
