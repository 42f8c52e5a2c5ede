"""What the API takes and gives: every body as a struct, the source of the OpenAPI schemas."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from processors.views.conversation import (
    ConversationView,
    HandoffView,
    NothingFoundView,
    TurnView,
)
from streams.api.rows import RecommendationAnswer
from streams.tables import AsOf

Name = Annotated[str, Meta(min_length=1, max_length=256)]
Text = Annotated[str, Meta(min_length=1, max_length=100_000)]


class Me(msgspec.Struct, frozen=True):
    """Who the token belongs to."""

    tenant: str
    user: str
    name: str
    roles: list[str]
    teams: list[str]
    queues: list[str]
    is_development: bool


class ConversationAnswer(ConversationView, frozen=True, kw_only=True):
    """One conversation and how fresh the answer is."""

    as_of: list[AsOf]


class ConversationPage(msgspec.Struct, frozen=True):
    """Conversations, newest activity first.

    Attributes:
        items: This page.
        next: Cursor of the next page; null at the end.
        total: How many the asker may see that match, on all pages.
        is_complete: False when a part of the conversations could not be asked just now.
        as_of: How fresh each partition's part is.
    """

    items: list[ConversationView]
    next: str | None
    total: int
    is_complete: bool
    as_of: list[AsOf]


class TurnPage(msgspec.Struct, frozen=True):
    """Turns in order of their number."""

    items: list[TurnView]
    as_of: list[AsOf]


class RecommendationPage(msgspec.Struct, frozen=True):
    """Recommendations, newest first, and the kinds nothing was found for."""

    items: list[RecommendationAnswer]
    nothing_found: list[NothingFoundView]
    as_of: list[AsOf]


class OpenConversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A conversation begins."""

    channel: Name = "live_chat"
    conversation_id: Name | None = None
    customer_id: Name | None = None
    customer_name: Name | None = None
    locale: Name | None = None
    queue: Name | None = None
    linked_record: Name | None = None
    workstream: Name | None = None
    bot_id: Name | None = None
    is_routed: bool = False
    customer_phone: Name | None = None
    organization_phone: Name | None = None
    variables: dict[str, str | int | float] = {}


class SayTurn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody says something; the same turn_id is taken once.

    Attributes:
        ownership_epoch: Epoch of the owner as the screen knew it; without, the newest known here.
    """

    text: Text
    author: Literal["customer", "representative", "bot"] = "representative"
    turn_id: Name | None = None
    visibility: Literal["public", "private"] = "public"
    author_name: Name | None = None
    ownership_epoch: Annotated[int, Meta(ge=0)] | None = None


class HandOffConversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bot gives the conversation to a human; the same request_id is taken once."""

    request_id: Name | None = None
    bot_id: Name | None = None
    message: Annotated[str, Meta(max_length=4_000)] | None = None
    reason: Annotated[str, Meta(max_length=1_000)] | None = None
    variables: dict[str, str | int | float] = {}
    transcript_url: Annotated[str, Meta(max_length=2_000)] | None = None


class HandoffAnswer(HandoffView, frozen=True, kw_only=True):
    """The newest hand-off of a conversation, and what became of it."""

    state: str
    hub: str | None
    said: str | None
    as_of: list[AsOf]


class AcceptConversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The asker takes the conversation on."""


class EndConversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The conversation is over."""

    reason: Annotated[str, Meta(max_length=1_000)] | None = None


class DismissCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recommendation does not fit; the same command_id is taken once."""

    conversation_id: Name
    recommendation_id: Name
    command_id: Name | None = None


class Opened(msgspec.Struct, frozen=True):
    """The conversation's id and the id of the record that says so."""

    conversation_id: str
    id: str


class Said(msgspec.Struct, frozen=True):
    """The turn's id and the id of the record that says so."""

    id: str
    turn_id: str


class Taken(msgspec.Struct, frozen=True):
    """The id of the record on the log."""

    id: str


class Accepted(msgspec.Struct, frozen=True):
    """What the gateway took: acknowledged by the broker, or known from before."""

    accepted: list[str]
    duplicates: list[str]


class GatewayEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record for the log.

    Attributes:
        type: Full name of the contract, e.g. `cuestream.conversation.TurnSaid`.
        data: The record's fields.
        id: Unique within the source; by default derived from turn_id or command_id, else random.
        source: URI reference that names the adapter.
    """

    type: str
    data: dict[str, Any]
    id: str | None = None
    source: str | None = None


class ChainLink(msgspec.Struct, frozen=True):
    """One record in the chain from input to outcome.

    Attributes:
        kind: input, event, rejection or quarantine.
        id: Its CloudEvents id.
        topic: Where it stands.
        partition: Which partition.
        offset: Which record.
        type: Full name of its contract; empty when it cannot be decoded.
        at_ms: When it happened, epoch ms.
        summary: What it says, as a sentence.
        record: All its fields.
    """

    kind: Literal["input", "event", "rejection", "quarantine"]
    id: str
    topic: str
    partition: int
    offset: int
    type: str
    at_ms: int
    summary: str
    record: Any


class CandidateLine(msgspec.Struct, frozen=True):
    """One thing a run considered, with its score and what became of it."""

    item_id: str
    title: str
    score: float
    key_phrases: list[str]
    verdict: str


class Explanation(msgspec.Struct, frozen=True):
    """Why something happened: the chain of records, and everything that was considered."""

    id: str
    chain: list[ChainLink]
    candidates: list[CandidateLine]


class PartitionStatus(msgspec.Struct, frozen=True):
    """Where a processor's partition stands.

    Attributes:
        partition: Which one.
        next: Log offset of the first record not yet taken in.
        lag: Records on the log from there on; null when not known.
        stream_time_ms: Running maximum of the records' time, epoch ms.
        epoch: Epoch of its owner.
    """

    partition: int
    next: int
    lag: int | None
    stream_time_ms: int
    epoch: int


class ProcessorStatus(msgspec.Struct, frozen=True):
    """A processor and where its partitions stand."""

    name: str
    version: int
    partitions: list[PartitionStatus]


class QuarantineStatus(msgspec.Struct, frozen=True):
    """How many inputs are in quarantine, unresolved; null when that cannot be read just now."""

    count: int | None


class SystemStatus(msgspec.Struct, frozen=True):
    """The whole installation as this worker sees it."""

    processors: list[ProcessorStatus]
    quarantine: QuarantineStatus
    version: str


class Readiness(msgspec.Struct, frozen=True):
    """Whether partitions are assigned and recovered, and if not, what is waited for."""

    is_ready: bool
    because: str = ""


class HelloEvent(msgspec.Struct, frozen=True):
    """First event of a stream: resume from `cursor`."""

    cursor: str


class ChangeEvent(msgspec.Struct, frozen=True):
    """A row changed.

    Attributes:
        table: conversation, turn, recommendation or nothing_found.
        conversation_id: Whose row.
        key: Base64 of the row's key.
        value: The whole new row; null when it was removed or may no longer be seen.
        partition: Partition of the log.
        next: Log offset up to which this change counts.
    """

    table: str
    conversation_id: str
    key: str
    value: Any
    partition: int
    next: int


class SnapshotEvent(msgspec.Struct, frozen=True):
    """Changes of a processor were left out: fetch everything of it anew."""

    reason: str
    processor: str
