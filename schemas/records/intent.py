"""GENERATED from schemas/avro/intent by `python -m ops generate`; change the contracts instead.

Records of the context "intent".
"""

from typing import ClassVar, Literal

import msgspec

__all__ = [
    "AttributeAnswered",
    "ChooseIntent",
    "DismissIntent",
    "IntentChosen",
    "IntentDetected",
    "IntentDismissed",
    "InterviewConcluded",
    "InterviewResult",
    "Outcome",
    "RequestSolution",
    "ScoredIntent",
    "SolutionCandidate",
    "SolutionsSuggested",
]

InterviewResult = Literal["complete", "incomplete", "undetected", "shifted", "error"]

Outcome = Literal["intent", "group", "none"]


class ScoredIntent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An intent and how well the message fits it.

    Attributes:
        intent_id: The intent. (no control characters, at most 256 characters)
        name: Its name.
        score: Fit from 0 to 1; 0.5 is the threshold. (unit ratio, at least 0, at most 1)
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.ScoredIntent"

    intent_id: str
    name: str
    score: float


class SolutionCandidate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An article that was considered.

    Attributes:
        item_id: The article. (no control characters, at most 256 characters)
        title: Its title.
        score: Confidence from 0 to 1; 1 for one that was chosen by hand. (unit ratio, at least 0,
            at most 1)
        key_phrases: Words of the query that speak for it.
        verdict: What became of it: shown, chosen, below_threshold, beyond_limit, not_published.
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.SolutionCandidate"

    item_id: str
    title: str
    score: float
    key_phrases: tuple[str, ...] = ()
    verdict: str


class AttributeAnswered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The customer told a value that the intent needs, asked or not.

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
        turn_id: Turn that brought it; null: none did, see because. (no control characters, at most
            256 characters)
        turn_number: Number of that turn in the transcript, from 1; 0: an earlier turn, its number
            is not kept. (unit count, at least 0)
        intent_id: The intent in question. (no control characters, at most 256 characters)
        attribute_id: The attribute. (no control characters, at most 256 characters)
        name: Its name.
        value: The value in its plain form, e.g. a date as YYYY-MM-DD.
        text: What the customer wrote.
        was_asked: Its question had just been asked.
        is_from_bot: It was told while a bot had the conversation.
        is_correction: It replaces a value told before.
        library_digest: Version of the library of intents it was judged by.
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.AttributeAnswered"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("e977ab1a4fb31fc8")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    turn_id: str | None = None
    turn_number: int
    intent_id: str
    attribute_id: str
    name: str
    value: str
    text: str
    was_asked: bool
    is_from_bot: bool
    is_correction: bool
    library_digest: str


class ChooseIntent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Take this for what the customer wants.

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
        command_id: Idempotency key of the command. (no control characters, at most 256 characters)
        representative_id: Who asks. (no control characters, at most 256 characters)
        intent_id: The intent. (no control characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.ChooseIntent"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("eae874c55c882f40")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    command_id: str
    representative_id: str
    intent_id: str


class DismissIntent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Do not show the intent again in this conversation: it is wrong.

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
        command_id: Idempotency key of the command. (no control characters, at most 256 characters)
        representative_id: Who asks. (no control characters, at most 256 characters)
        intent_id: The intent or group as the screen showed it; null: the present one. (no control
            characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.DismissIntent"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("c3b20083e14dda41")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    command_id: str
    representative_id: str
    intent_id: str | None = None


class IntentChosen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative says what the customer wants.

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
        intent_id: The intent. (no control characters, at most 256 characters)
        intent_name: Its name.
        group_id: Its group. (no control characters, at most 256 characters)
        before_intent_id: What was taken for the intent before. (no control characters, at most 256
            characters)
        representative_id: Who says so. (no control characters, at most 256 characters)
        library_digest: Version of the library of intents it was judged by.
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.IntentChosen"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("ac84f658ed98fee1")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    intent_id: str
    intent_name: str
    group_id: str | None = None
    before_intent_id: str | None = None
    representative_id: str
    library_digest: str


class IntentDetected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the customer of a conversation wants is seen otherwise than before: an intent, only a
    group, or nothing.

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
        turn_id: Turn that brought it; null: none did, see because. (no control characters, at most
            256 characters)
        outcome: What is known: a specific intent, only its group, or nothing.
        intent_id: The intent, of outcome intent. (no control characters, at most 256 characters)
        intent_name: Its name; empty without.
        group_id: Its group, or the only thing known. (no control characters, at most 256
            characters)
        group_name: Name of the group; empty without.
        score: Fit of the best intent, 0 to 1. (unit ratio, at least 0, at most 1)
        margin: How far the best is ahead of the second. (unit ratio, at least 0, at most 1)
        is_unknown: The message carries a wish that the library does not know.
        is_shift: The customer wanted something else before, which is kept.
        before_intent_id: The intent before. (no control characters, at most 256 characters)
        because: Why it is seen so, as a sentence.
        top: The best three of the message, best first.
        library_digest: Version of the library of intents it was judged by.
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.IntentDetected"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("52e893bcc2edad24")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    turn_id: str | None = None
    outcome: Outcome
    intent_id: str | None = None
    intent_name: str = ""
    group_id: str | None = None
    group_name: str = ""
    score: float
    margin: float
    is_unknown: bool
    is_shift: bool
    before_intent_id: str | None = None
    because: str
    top: tuple[ScoredIntent, ...] = ()
    library_digest: str


class IntentDismissed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative finds the intent wrong: it is not shown again in this conversation.

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
        intent_id: The intent. (no control characters, at most 256 characters)
        group_id: The group, where only that was known. (no control characters, at most 256
            characters)
        representative_id: Who says so. (no control characters, at most 256 characters)
        library_digest: Version of the library of intents it was judged by.
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.IntentDismissed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("5e8b74b6501eecab")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    intent_id: str | None = None
    group_id: str | None = None
    representative_id: str
    library_digest: str


class InterviewConcluded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot's interview about the customer's intent is over.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        result: complete: all that is required is answered; incomplete: not all; undetected: no
            intent was found, or the customer said no to it; shifted: the customer wants something
            else and the bot may not follow; error: it could not be held.
        intent_id: The intent it was about. (no control characters, at most 256 characters)
        because: Why it ended so, as a sentence.
        solution_query: What was looked for in the article base; empty when nothing was.
        unanswered: Ids of required attributes that were not answered.
        library_digest: Version of the library of intents; empty when none is in force.
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.InterviewConcluded"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("897117a3f05eb171")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    bot_id: str
    result: InterviewResult
    intent_id: str | None = None
    because: str
    solution_query: str = ""
    unanswered: tuple[str, ...] = ()
    library_digest: str = ""


class RequestSolution(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Look for what solves the customer's intent.

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
        command_id: Idempotency key of the command. (no control characters, at most 256 characters)
        representative_id: Who asks. (no control characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.RequestSolution"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("3a1f5f91a92a4daf")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    command_id: str
    representative_id: str


class SolutionsSuggested(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The article base was asked for what solves the customer's intent.

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
        intent_id: The intent. (no control characters, at most 256 characters)
        query: What was looked for: words of the intent and its answers.
        requested_by: Representative who asked for it; null: the bot at the end of its interview.
        articles_digest: Version of the article base; null when there is none.
        index_version: Retriever and its version; null when nothing was searched.
        candidates: Everything considered, best first.
        library_digest: Version of the library of intents it was judged by.
    """

    FULL_NAME: ClassVar[str] = "cuestream.intent.SolutionsSuggested"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("27f3f8939d5b53e4")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    intent_id: str
    query: str
    requested_by: str | None = None
    articles_digest: str | None = None
    index_version: str | None = None
    candidates: tuple[SolutionCandidate, ...] = ()
    library_digest: str
