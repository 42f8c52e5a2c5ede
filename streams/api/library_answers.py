"""What the addresses of the intent library give: every answer as a struct."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from processors.intents.library import Attribute, PastReply, Solution
from processors.miner.mined import Granularity, MinedIntent
from processors.views.library import (
    LineRule,
    PublicationState,
    RunState,
    Source,
    Status,
)
from streams.tables import AsOf


class LibrarySettings(msgspec.Struct, frozen=True):
    """How intents are discovered and told; `daily_at` as HH:MM on the wall of `time_zone`."""

    name: str
    granularity: Granularity
    status_for_new: Status
    is_discovering: bool
    daily_at: str
    time_zone: str
    rejected_share: float
    group_margin: float
    shift_margin: float
    instructions: str


class PublishedVersion(msgspec.Struct, frozen=True):
    """The version in force."""

    version: int
    digest: str
    at_ms: int
    by: str | None
    note: str
    intents: int


class PublicationAnswer(msgspec.Struct, frozen=True):
    """What became of the newest publish."""

    version: int
    state: PublicationState
    because: str | None


class IntentCounts(msgspec.Struct, frozen=True):
    """Intents by status; those that became part of another are in none."""

    pending: int
    approved: int
    discarded: int
    used_by_bots: int


class LibraryAnswer(msgspec.Struct, frozen=True):
    """The library as a whole.

    Attributes:
        settings: How intents are discovered and told.
        published: The version in force; null: none.
        publication: The newest publish; null: there was none.
        changes_since_publish: Intents, groups, lines and settings that a publish would change.
        changed: Their names, e.g. `intent/i-1`; the first hundred.
        counts: Intents by status.
        next_daily_ms: When history is next mined by itself; null: never.
        as_of: How fresh the answer is.
    """

    settings: LibrarySettings
    published: PublishedVersion | None
    publication: PublicationAnswer | None
    changes_since_publish: int
    changed: list[str]
    counts: IntentCounts
    next_daily_ms: int | None
    as_of: list[AsOf]


class IntentSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One intent as lists show it.

    Attributes:
        is_changed: A publish would change it.
        merged_into: What it became part of; then it is no intent of its own any more.
    """

    intent_id: str
    name: str
    description: str
    status: Status
    source: Source
    group_id: str | None
    group_name: str | None
    line_of_business: str | None
    parent_id: str | None
    is_used_by_bots: bool
    count: int
    conversations: int
    examples: int
    attributes: int
    solutions: int
    is_changed: bool
    merged_into: str | None
    updated_at_ms: int


class IntentPage(msgspec.Struct, frozen=True):
    """Intents, most frequent first."""

    items: list[IntentSummary]
    total: int
    as_of: list[AsOf]


class ExampleAnswer(msgspec.Struct, frozen=True):
    """What a customer said, redacted."""

    example_id: str
    text: str
    turn_id: str


class SubIntentAnswer(msgspec.Struct, frozen=True):
    """A finer cluster of the newest mining; with its place on the map and its words."""

    sub_id: str
    name: str
    count: int
    examples: list[str]
    x: float
    y: float
    words: list[str]


class LineageAnswer(msgspec.Struct, frozen=True, rename={"from_ids": "from"}):
    """One change in an intent's history."""

    at_ms: int
    change: str
    by: str | None
    from_ids: list[str]
    because: str


class IntentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One intent with everything."""

    intent_id: str
    name: str
    description: str
    status: Status
    source: Source
    group_id: str | None
    group_name: str | None
    line_of_business: str | None
    parent_id: str | None
    is_used_by_bots: bool
    count: int
    conversations: int
    is_changed: bool
    merged_into: str | None
    updated_at_ms: int
    instructions: str
    edited: list[str]
    examples: list[ExampleAnswer]
    attributes: list[Attribute]
    solutions: list[Solution]
    replies: list[PastReply]
    sub_intents: list[SubIntentAnswer]
    lineage: list[LineageAnswer]
    as_of: list[AsOf]


class GroupAnswer(msgspec.Struct, frozen=True):
    """A group and how many intents it has."""

    group_id: str
    name: str
    status: Status
    source: Source
    intents: int
    clarifying_question: str
    instructions: str
    line_of_business: str | None


class GroupPage(msgspec.Struct, frozen=True):
    """Groups by name."""

    items: list[GroupAnswer]
    as_of: list[AsOf]


class LineAnswer(msgspec.Struct, frozen=True):
    """A line of business."""

    line_id: str
    name: str
    instructions: str
    workstreams: list[str]
    queues: list[str]
    rules: list[LineRule]


class LinePage(msgspec.Struct, frozen=True):
    """Lines of business by name."""

    items: list[LineAnswer]
    as_of: list[AsOf]


class VersionAnswer(msgspec.Struct, frozen=True):
    """A version of the library."""

    version: int
    digest: str
    at_ms: int
    by: str | None
    note: str
    intents: int
    examples: int
    threshold: float | None
    accuracy: float | None
    state: PublicationState
    because: str | None
    is_in_force: bool


class VersionPage(msgspec.Struct, frozen=True):
    """Versions, newest first."""

    items: list[VersionAnswer]
    as_of: list[AsOf]


class RunAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A mining run.

    Attributes:
        figures: What it saw, counts by name.
        because: Why it failed; null when it did not.
        added: Intents that are new in the library since.
        left_out: Intents that did not become part of the library.
    """

    run_id: str
    state: RunState
    is_simulation: bool
    is_daily: bool
    granularity: Granularity
    source: str
    requested_by: str | None
    requested_at_ms: int
    started_at_ms: int | None
    finished_at_ms: int | None
    phase: str
    done: int
    total: int
    figures: dict[str, Any]
    because: str | None
    intents: int
    added: int
    updated: int
    left_out: int


class RunPage(msgspec.Struct, frozen=True):
    """Mining runs, newest first."""

    items: list[RunAnswer]
    as_of: list[AsOf]


class TreeMerge(msgspec.Struct, frozen=True):
    """One step of the merge tree: nodes below the leaves' number are leaves."""

    left: int
    right: int
    distance: float


class MergeTree(msgspec.Struct, frozen=True):
    """How sub-intents join, and where each granularity cuts."""

    leaves: list[str] = []
    merges: list[TreeMerge] = []
    cut: float = 0.0
    cuts: dict[str, float] = {}


class RunResult(RunAnswer, frozen=True, kw_only=True):
    """A mining run with what it found.

    Attributes:
        is_kept: What it found is still here; of older runs only that they were.
        mined: What it found, most frequent first.
        tree: How sub-intents join.
    """

    is_kept: bool
    mined: list[MinedIntent]
    tree: MergeTree
    as_of: list[AsOf]


class LibraryChange(msgspec.Struct, frozen=True):
    """A row of the library changed, as a live stream tells it.

    Attributes:
        processor: `library`.
        table: intent, intent_group, line_of_business, library, mining_run or publication.
        key: Its own key: an intent, a group, a run.
        value: Where it stands now, for a run or publication in full; null: removed, or fetch it.
        partition: Where it was written.
        next: Log offset up to which the change counts.
    """

    processor: Literal["library"]
    table: str
    key: str
    value: dict[str, Any] | None
    partition: int
    next: int


class ArticleFound(msgspec.Struct, frozen=True):
    """An article as a list shows it.

    Attributes:
        article_id: Its id.
        title: Its title.
        summary: What it says, in short.
        url: Where it is read in full; null: nowhere that can be linked to.
    """

    article_id: str
    title: str
    summary: str
    url: str | None


class ArticlePage(msgspec.Struct, frozen=True, kw_only=True):
    """Articles by title.

    Attributes:
        items: As many as were asked for.
        total: How many there are.
        digest: Version of the article base; empty: there is none.
        as_of: How fresh the answer is.
    """

    items: list[ArticleFound]
    total: int
    digest: str
    as_of: list[AsOf]
