"""GENERATED from schemas/avro/assist by `python -m ops generate`; change the contracts instead.

Records of the context "assist".
"""

from typing import ClassVar

import msgspec

__all__ = [
    "Candidate",
    "DismissRecommendation",
    "NothingFound",
    "RecommendationDismissed",
    "RecommendationIssued",
    "RecommendationRefreshed",
]


class Candidate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that was considered, with its score and what became of it.

    Attributes:
        item_id: What was considered, e.g. an article id. (no control characters, at most 256
            characters)
        title: Its title at that version.
        score: Confidence from 0 to 1. (unit ratio, at least 0, at most 1)
        key_phrases: Words of the conversation that matched it.
        verdict: 'shown', 'refreshed', or the reason it was refused: 'below_threshold',
            'beyond_limit', 'dismissed'.
    """

    FULL_NAME: ClassVar[str] = "cuestream.assist.Candidate"

    item_id: str
    title: str
    score: float
    key_phrases: tuple[str, ...]
    verdict: str


class DismissRecommendation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative finds a recommendation unfit; it leaves the list for good in this
    conversation.

    Command. Keyed by `{tenant}:{conversation_id}`.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens. (lower-case
            letters, digits and hyphens, beginning with a letter or digit, at most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        conversation_id: The conversation, unique within the tenant. (no control characters, at most
            256 characters)
        recommendation_id: The recommendation: the id of the event that issued it. (no control
            characters, at most 256 characters)
        command_id: Idempotency key of the command. (no control characters, at most 256 characters)
        representative_id: Who asks. (no control characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.assist.DismissRecommendation"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("a71f8e1b8422eb0c")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    recommendation_id: str
    command_id: str
    representative_id: str


class NothingFound(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A run ended without a recommendation of this kind: the explicit empty answer.

    Event. Keyed by `{tenant}:{conversation_id}`.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens. (lower-case
            letters, digits and hyphens, beginning with a letter or digit, at most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        conversation_id: The conversation, unique within the tenant. (no control characters, at most
            256 characters)
        kind: Kind of recommendation that was looked for.
        reason: Why there is none, as a sentence.
        trigger_turn_id: Customer turn that triggered the run. (no control characters, at most 256
            characters)
        reference_digest: Digest of the article base; null when there is none.
        settings_digest: Digest of the assist settings in force; null for the defaults.
        index_version: Retriever and its version.
        candidates: Everything the run considered.
    """

    FULL_NAME: ClassVar[str] = "cuestream.assist.NothingFound"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("650f7f61c777bd1c")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    kind: str
    reason: str
    trigger_turn_id: str
    reference_digest: str | None = None
    settings_digest: str | None = None
    index_version: str | None = None
    candidates: tuple[Candidate, ...]


class RecommendationDismissed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A recommendation left the list for good.

    Event. Keyed by `{tenant}:{conversation_id}`.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens. (lower-case
            letters, digits and hyphens, beginning with a letter or digit, at most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        conversation_id: The conversation, unique within the tenant. (no control characters, at most
            256 characters)
        recommendation_id: The recommendation: the id of the event that issued it. (no control
            characters, at most 256 characters)
        item_id: What it pointed at; never recommended again in this conversation. (no control
            characters, at most 256 characters)
        representative_id: Who dismissed it. (no control characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.assist.RecommendationDismissed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("b4785dd5675b37d5")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    recommendation_id: str
    item_id: str
    representative_id: str


class RecommendationIssued(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A recommendation for the representative who serves the conversation.

    Event. Keyed by `{tenant}:{conversation_id}`.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens. (lower-case
            letters, digits and hyphens, beginning with a letter or digit, at most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        conversation_id: The conversation, unique within the tenant. (no control characters, at most
            256 characters)
        recommendation_id: The recommendation: the id of the event that issued it. (no control
            characters, at most 256 characters)
        kind: What it recommends: knowledge_article.
        item_id: What it points at, e.g. an article id. (no control characters, at most 256
            characters)
        title: Title of the item.
        score: Confidence from 0 to 1. (unit ratio, at least 0, at most 1)
        is_highly_relevant: True above the 'highly relevant' threshold.
        key_phrases: Words of the conversation that matched: the why.
        reason: The why as a sentence.
        card: Adaptive Card, schema 1.5, as JSON text.
        trigger_turn_id: Customer turn that triggered the run. (no control characters, at most 256
            characters)
        reference_digest: Digest of the article base the run searched.
        settings_digest: Digest of the assist settings in force; null for the defaults.
        index_version: Retriever and its version, e.g. bm25s-0.3/1.
        candidates: Everything the run considered.
        probability: Probability with which this choice was made; 1 for a deterministic one. (unit
            ratio, at least 0, at most 1)
    """

    FULL_NAME: ClassVar[str] = "cuestream.assist.RecommendationIssued"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("4f4ea1eab0e5b6ed")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    recommendation_id: str
    kind: str
    item_id: str
    title: str
    score: float
    is_highly_relevant: bool
    key_phrases: tuple[str, ...]
    reason: str
    card: str
    trigger_turn_id: str
    reference_digest: str
    settings_digest: str | None = None
    index_version: str
    candidates: tuple[Candidate, ...]
    probability: float = 1.0


class RecommendationRefreshed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A recommendation on the list was found again; score and card are replaced in place.

    Event. Keyed by `{tenant}:{conversation_id}`.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens. (lower-case
            letters, digits and hyphens, beginning with a letter or digit, at most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        conversation_id: The conversation, unique within the tenant. (no control characters, at most
            256 characters)
        recommendation_id: The recommendation: the id of the event that issued it. (no control
            characters, at most 256 characters)
        kind: What it recommends: knowledge_article.
        item_id: What it points at, e.g. an article id. (no control characters, at most 256
            characters)
        title: Title of the item.
        score: Confidence from 0 to 1. (unit ratio, at least 0, at most 1)
        is_highly_relevant: True above the 'highly relevant' threshold.
        key_phrases: Words of the conversation that matched: the why.
        reason: The why as a sentence.
        card: Adaptive Card, schema 1.5, as JSON text.
        trigger_turn_id: Customer turn that triggered the run. (no control characters, at most 256
            characters)
        reference_digest: Digest of the article base the run searched.
        settings_digest: Digest of the assist settings in force; null for the defaults.
        index_version: Retriever and its version, e.g. bm25s-0.3/1.
        candidates: Everything the run considered.
        probability: Probability with which this choice was made; 1 for a deterministic one. (unit
            ratio, at least 0, at most 1)
    """

    FULL_NAME: ClassVar[str] = "cuestream.assist.RecommendationRefreshed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("d820f2611ee2b01b")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    recommendation_id: str
    kind: str
    item_id: str
    title: str
    score: float
    is_highly_relevant: bool
    key_phrases: tuple[str, ...]
    reason: str
    card: str
    trigger_turn_id: str
    reference_digest: str
    settings_digest: str | None = None
    index_version: str
    candidates: tuple[Candidate, ...]
    probability: float = 1.0
