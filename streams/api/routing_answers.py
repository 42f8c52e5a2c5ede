"""What the reads of routing and hand-off give: every body as a struct, for the OpenAPI schemas."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from streams.tables import AsOf

Variables = dict[str, str | int | float]


class ProfileUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A capacity profile: how many items it takes, and has."""

    id: str
    limit: int
    used: int


class RepresentativeAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A representative: presence, load, queues.

    Attributes:
        is_set_up: Whether the routing setup in force knows them.
        presence: What is shown; may be one of the tenant's own.
        base_presence: What counts for routing; offline without a connection.
        presence_reason: Where it comes from: load, by_hand, sign_in, missed, declined, signed_out.
        is_automatic: Whether it follows the load.
        items: How many they are offered or have.
        queues: Queues they are a member of; the default queues are left out.
        last_assigned_at_ms: When they were last given something; null: never.
        skills: Skill to level.
    """

    id: str
    name: str
    is_bot: bool
    is_set_up: bool
    presence: str
    base_presence: str
    presence_reason: str
    is_automatic: bool
    since_ms: int
    is_connected: bool
    units_total: int
    units_used: int
    profiles: list[ProfileUse]
    items: int
    queues: list[str]
    last_assigned_at_ms: int | None
    skills: dict[str, int | float]


class RepresentativePage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Representatives by id: all that are set up or were ever here."""

    items: list[RepresentativeAnswer]
    as_of: list[AsOf]


class NeededSkill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A skill an item needs, and at which level."""

    id: str
    level: int | float


class OpenOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom an item is offered to, and until when."""

    offer_id: str
    representative_id: str
    deadline_ms: int


class ItemFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A work item.

    Attributes:
        state: open, offered, active, waiting, wrap_up or closed.
        owner_kind: bot, queue, representative or none.
        waited_ms: From its arrival until somebody accepted it, or until now.
        is_waiting: Whether its customer still waits for somebody.
        position: Its place among those that wait in its queue, where that was asked for.
        expected_wait_ms: How long customers wait in its queue of late; null: too few did.
        is_in: Whether the asker serves or supervises it; who does not gets no private message.
        message: The private message of the hand-off.
        variables: Context variables.
        cut_variables: Those of them that were too long and are cut.
        attributes: What classification set.
        because: Why it is in its queue.
        turns: How many turns its conversation had when it arrived.
        is_stuck: Nothing is automatic any more: it is picked, or assigned by a supervisor.
        consult: Who is asked about it.
        observers: Supervisors, with `monitor:` or `join:` before their id.
        decision_id: The newest decision about it.
        outcome: How it ended.
    """

    item_id: str
    kind: str
    channel: str
    customer_name: str | None
    customer_id: str | None
    locale: str | None
    linked_record: str | None
    workstream: str
    queue: str
    queue_name: str
    state: str
    owner_kind: str
    owner_id: str | None
    ownership_epoch: int
    representative_id: str | None
    arrived_at_ms: int
    queued_at_ms: int
    accepted_at_ms: int | None
    wrap_up_at_ms: int | None
    closes_at_ms: int | None
    closed_at_ms: int | None
    waited_ms: int
    is_waiting: bool
    position: int | None
    expected_wait_ms: int | None
    is_in: bool
    message: str | None
    reason: str | None
    variables: Variables
    cut_variables: list[str]
    attributes: dict[str, Any]
    because: str
    turns: int
    skills: list[NeededSkill]
    units: int
    profiles: list[str]
    declines: dict[str, int]
    is_stuck: bool
    consult: list[str]
    observers: list[str]
    session: int
    request_id: str | None
    bot_id: str | None
    decision_id: str | None
    offer: OpenOffer | None
    outcome: str


class ItemAnswer(ItemFields, frozen=True, kw_only=True):
    """One work item and how fresh the answer is."""

    as_of: list[AsOf]


class ItemPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Work items.

    Attributes:
        total: How many there are that the asker may see.
    """

    items: list[ItemFields]
    total: int
    as_of: list[AsOf]


class DeskItem(ItemFields, frozen=True, kw_only=True):
    """An item on a desk; `role` is `item`, or `consult` where one is only asked about it."""

    role: str


class OfferAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An item that waits for the asker's answer.

    Attributes:
        deadline_ms: Until when.
        is_automatic: At the deadline it is theirs; false: it goes back.
        can_decline: Whether a no is possible.
    """

    offer_id: str
    item_id: str
    item: ItemFields
    queue: str
    queue_name: str
    offered_at_ms: int
    deadline_ms: int
    is_automatic: bool
    can_decline: bool


class QueueName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A queue, to be chosen."""

    id: str
    name: str
    kind: str


class DeskAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The asker's desk: what they are offered, soonest deadline first, and what they have."""

    representative: RepresentativeAnswer
    offers: list[OfferAnswer]
    items: list[DeskItem]
    queues: list[QueueName]
    as_of: list[AsOf]


class QueueAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A queue: what is in it now, and its figures of the last 24 hours.

    Shares are between 0 and 1, and null where there is nothing to divide by; so are averages.

    Attributes:
        oldest_since_ms: Since when the customer waits who waits longest.
        oldest_wait_ms: How long that is, as of the answer.
        average_wait_ms: How long customers wait of late; null: too few did.
        available: Members whose presence is available.
        opens_at_ms: When a closed queue opens; null: it is open, or never will be.
        service_level: Share of answers within `service_level_ms`.
        levels: Seconds to the share of answers within them.
    """

    queue_id: str
    name: str
    kind: str
    priority: int | None
    method: str
    waiting: int
    offered: int
    active: int
    wrap_up: int
    paused: int
    oldest_since_ms: int | None
    oldest_wait_ms: int
    average_wait_ms: int | None
    members: int
    available: int
    is_open: bool
    opens_at_ms: int | None
    arrived: int
    answered: int
    abandoned: int
    abandoned_rate: float | None
    short_abandoned: int
    service_level: float | None
    levels: dict[str, float | None]
    speed_to_answer_ms: int | None
    longest_wait_ms: int
    handle_time_ms: int | None
    transfers: int
    transfer_rate: float | None
    declines: int
    decline_rate: float | None
    timeouts: int
    timeout_rate: float | None
    accept_ms: int | None
    first_response_ms: int | None
    response_ms: int | None
    quick_responses: float | None
    overflowed: int
    closed: int
    service_level_ms: int | None


class QueuePage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Queues by id: all that the asker may see."""

    items: list[QueueAnswer]
    as_of: list[AsOf]


class DecisionHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a decision is found, and what it was.

    Attributes:
        kind: queue, or by whose hand: pick, supervisor, transfer.
    """

    decision_id: str
    at_ms: int
    kind: str
    queue: str
    chosen: str | None
    because: str


class DecisionPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The decisions about an item, newest first."""

    items: list[DecisionHead]
    as_of: list[AsOf]


class VerdictAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of one candidate.

    Attributes:
        rank: 1 for the first; null: refused.
        score: The columns that put them there, by name, the most important first.
        refusal: Code of why not.
        refusal_words: The same, as the rest of a sentence that begins with their name.
    """

    representative_id: str
    name: str
    rank: int | None
    score: dict[str, Any] | None
    refusal: str | None
    refusal_words: str | None


class CandidateAnswer(VerdictAnswer, frozen=True):
    """What became of one candidate, and what was known of them; `what-if` takes the same facts."""

    facts: dict[str, Any]


class TraceLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule that was looked at on the way to the queue, and what came of it."""

    part: Literal["classification", "route"]
    line: str


class DecisionAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recorded decision: who was looked at, why each was or was not chosen, by which versions.

    Attributes:
        number: Decisions about an item are numbered from 1.
        probability: With which it was made; 1 where nothing was drawn.
        candidates: In the order of their rank, the refused last.
        question: Everything else it depended on: item, policy, queue.
        trace: How the item came to its queue, where that was the same input; for who serves it.
    """

    decision_id: str
    item_id: str
    number: int
    kind: str
    at_ms: int
    queue: str
    queue_name: str
    method: str
    skill_match: str
    chosen: str | None
    chosen_name: str | None
    because: str
    probability: float
    setup_digest: str | None
    versions: dict[str, str]
    candidates: list[CandidateAnswer]
    question: dict[str, Any]
    trace: list[TraceLine]


class WhatIfSide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer to a question."""

    chosen: str | None
    chosen_name: str | None
    because: str
    candidates: list[VerdictAnswer]


class WhatIfAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision as it was, and as it would be with something changed."""

    before: WhatIfSide
    after: WhatIfSide
    is_same: bool


class ConnectionPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bots' connections to their hubs: state, warnings, what is missing, the newest test."""

    items: list[dict[str, Any]]
    as_of: list[AsOf]


class DeliveryPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What outside hubs are owed, newest first; without what customers said."""

    items: list[dict[str, Any]]
    total: int
    as_of: list[AsOf]


class BotAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A built-in bot and the names of its topics."""

    bot_id: str
    name: str
    is_published: bool
    topics: list[str]


class BotPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The built-in bots in force."""

    items: list[BotAnswer]
