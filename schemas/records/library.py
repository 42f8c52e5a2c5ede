"""GENERATED from schemas/avro/library by `python -m ops generate`; change the contracts instead.

Records of the context "library".
"""

from typing import ClassVar, Literal

import msgspec

__all__ = [
    "AddIntent",
    "AddToGroup",
    "ChangeExamples",
    "ChangeLibrarySettings",
    "EditIntent",
    "ExampleSaid",
    "ForgetExamples",
    "Granularity",
    "GroupChanged",
    "IntentChanged",
    "IntentDiscovered",
    "IntentMined",
    "IntentRenamed",
    "IntentRetired",
    "IntentSplit",
    "IntentsMerged",
    "LibraryCommandAnswered",
    "LibraryPublished",
    "LibrarySettingsChanged",
    "LibraryTrained",
    "LineOfBusinessChanged",
    "MergeIntents",
    "MiningEnd",
    "MiningEnded",
    "MiningFailed",
    "MiningFinished",
    "MiningProgressed",
    "MiningRequested",
    "MiningStarted",
    "PublicationDue",
    "PublicationEnded",
    "PublicationFailed",
    "PublishLibrary",
    "RecordSource",
    "RefusedPart",
    "RemoveFromGroup",
    "RenameIntent",
    "ReviewIntents",
    "ReviewStatus",
    "SaveGroup",
    "SaveLineOfBusiness",
    "SplitIntent",
    "StartMining",
    "UseInBots",
]

Granularity = Literal["low", "medium", "high"]

MiningEnd = Literal["done", "failed"]

RecordSource = Literal["discovered", "edited"]

ReviewStatus = Literal["pending", "approved", "discarded"]


class ExampleSaid(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a customer said, redacted.

    Attributes:
        example_id: Unique in the library: follows from the text.
        text: The text.
        turn_id: The turn it comes from; empty when it was written by hand.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.ExampleSaid"

    example_id: str
    text: str
    turn_id: str = ""


class RefusedPart(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part of a command that was refused.

    Attributes:
        item_id: What it was about.
        code: What kind of refusal.
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.RefusedPart"

    item_id: str
    code: str
    because: str


class AddIntent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Add an intent by hand.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        intent_id: Its id; null: made of the command's id.
        name: Its name.
        description: What it is about.
        examples: What customers say.
        group_id: The group it belongs to.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.AddIntent"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("1c455b35a45eaf74")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    intent_id: str | None = None
    name: str
    description: str = ""
    examples: tuple[str, ...] = ()
    group_id: str | None = None


class AddToGroup(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Put intents into a group.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        group_id: The group. (no control characters, at most 256 characters)
        intent_ids: The intents.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.AddToGroup"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("85c9e5a222c4d31c")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    group_id: str
    intent_ids: tuple[str, ...]


class ChangeExamples(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Add and remove examples of an intent.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        intent_id: The intent. (no control characters, at most 256 characters)
        add: Texts to add.
        remove: Ids of examples to remove.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.ChangeExamples"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("2a34d98ee109c44a")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    intent_id: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class ChangeLibrarySettings(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Change how intents are discovered and told; null leaves a setting as it is.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        name: Name of the discovery.
        granularity: low, medium or high.
        status_for_new: Review status of newly discovered records: pending, approved or discarded.
        is_discovering: Whether history is mined every day.
        daily_at: When, as HH:MM on the wall.
        time_zone: Whose wall: an IANA time zone.
        rejected_share: Share of held-out examples that the threshold may reject. (unit ratio)
        group_margin: Closer than this, only the group is known. (unit ratio)
        shift_margin: By how much a new intent must beat the present one. (unit ratio)
        instructions: The organisation's, used where no line of business has any.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.ChangeLibrarySettings"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("94f6d2705201ec1a")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    name: str | None = None
    granularity: str | None = None
    status_for_new: str | None = None
    is_discovering: bool | None = None
    daily_at: str | None = None
    time_zone: str | None = None
    rejected_share: float | None = None
    group_margin: float | None = None
    shift_margin: float | None = None
    instructions: str | None = None


class EditIntent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Change what an intent says; null leaves a field as it is.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        intent_id: The intent. (no control characters, at most 256 characters)
        description: What it is about.
        instructions: For whoever writes questions and answers.
        attributes: What to know, a JSON array as processors.intents.library.Attribute, in the order
            to ask.
        solutions: What may solve it, a JSON array as processors.intents.library.Solution.
        group_id: The group it belongs to; empty: none.
        line_of_business: The line of business it belongs to; empty: all.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.EditIntent"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("b0da2f68cc672927")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    intent_id: str
    description: str | None = None
    instructions: str | None = None
    attributes: str | None = None
    solutions: str | None = None
    group_id: str | None = None
    line_of_business: str | None = None


class ForgetExamples(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Erase what was said in these turns from the library.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        turn_ids: The turns.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.ForgetExamples"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("858066f14f0d00ff")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    turn_ids: tuple[str, ...]


class GroupChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A group as it is now.

    Event. Keyed by `{tenant}/group/{group_id}`.

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
        group_id: The group. (no control characters, at most 256 characters)
        name: For people.
        status: pending, approved or discarded.
        source: discovered by mining, or edited by somebody.
        clarifying_question: Asked when only the group is known.
        instructions: For whoever writes questions and answers.
        line_of_business: The line of business it belongs to; null: all.
        intent_ids: Its intents.
        warnings: What to know about the consequences, a sentence each.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.GroupChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("23fc6d51b94714ef")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    group_id: str
    name: str
    status: ReviewStatus
    source: RecordSource
    clarifying_question: str = ""
    instructions: str = ""
    line_of_business: str | None = None
    intent_ids: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    because: str = ""
    actor_id: str | None = None


class IntentChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An intent as it is now: the whole record.

    Event. Keyed by `{tenant}/{intent_id}`.

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
        intent_id: The intent. (no control characters, at most 256 characters)
        name: For people.
        description: What it is about.
        status: pending, approved or discarded.
        source: discovered by mining, or edited by somebody.
        group_id: The group it belongs to.
        line_of_business: The line of business it belongs to; null: all.
        parent_id: The intent it was split from, or whose special case it is.
        merged_into: The intent it became part of; then it is no intent of its own any more.
        is_used_by_bots: Whether bots may use it.
        instructions: For whoever writes questions and answers.
        examples: Typical first.
        attributes: What to know, a JSON array.
        solutions: What may solve it, a JSON array.
        replies: What representatives answered, a JSON array.
        count: Utterances of it in the last mining. (unit count, at least 0)
        conversations: Conversations it occurred in. (unit count, at least 0)
        warnings: What to know about the consequences, a sentence each.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.IntentChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("c9a7d78bddb5e6ca")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    intent_id: str
    name: str
    description: str = ""
    status: ReviewStatus
    source: RecordSource
    group_id: str | None = None
    line_of_business: str | None = None
    parent_id: str | None = None
    merged_into: str | None = None
    is_used_by_bots: bool = False
    instructions: str = ""
    examples: tuple[ExampleSaid, ...] = ()
    attributes: str = "[]"
    solutions: str = "[]"
    replies: str = "[]"
    count: int = 0
    conversations: int = 0
    warnings: tuple[str, ...] = ()
    because: str = ""
    actor_id: str | None = None


class IntentDiscovered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """There is a new intent, mined or added by hand.

    Event. Keyed by `{tenant}/lineage/{intent_id}/{change_id}`.

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
        intent_id: The intent it is about. (no control characters, at most 256 characters)
        change_id: Number of the change in the library's history.
        name: Its name.
        status: pending, approved or discarded.
        run_id: The mining run that found it; null: added by hand.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.IntentDiscovered"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("882b6e839510d86d")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    intent_id: str
    change_id: str
    name: str
    status: ReviewStatus
    run_id: str | None = None
    because: str = ""
    actor_id: str | None = None


class IntentMined(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One intent that a mining run found.

    Observation. Keyed by `{tenant}`.

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
        run_id: The mining run. (no control characters, at most 256 characters)
        index: Its place in the result, from 0. (unit ordinal, at least 0)
        content: The mined intent, a JSON object as processors.miner.mined.MinedIntent.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.IntentMined"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("5d4ed9ebdddfd038")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    run_id: str
    index: int
    content: str


class IntentRenamed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An intent has another name and the same id.

    Event. Keyed by `{tenant}/lineage/{intent_id}/{change_id}`.

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
        intent_id: The intent it is about. (no control characters, at most 256 characters)
        change_id: Number of the change in the library's history.
        old_name: The name before.
        new_name: The name now.
        warnings: What to know about the consequences, a sentence each.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.IntentRenamed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("6c2e1280c6e33561")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    intent_id: str
    change_id: str
    old_name: str
    new_name: str
    warnings: tuple[str, ...] = ()
    because: str = ""
    actor_id: str | None = None


class IntentRetired(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An intent is discarded: nothing uses it, and mining does not bring it back.

    Event. Keyed by `{tenant}/lineage/{intent_id}/{change_id}`.

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
        intent_id: The intent it is about. (no control characters, at most 256 characters)
        change_id: Number of the change in the library's history.
        warnings: What to know about the consequences, a sentence each.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.IntentRetired"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("bafd8d6bf52e0798")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    intent_id: str
    change_id: str
    warnings: tuple[str, ...] = ()
    because: str = ""
    actor_id: str | None = None


class IntentSplit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Some examples of an intent became an intent of their own.

    Event. Keyed by `{tenant}/lineage/{intent_id}/{change_id}`.

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
        intent_id: The intent it is about. (no control characters, at most 256 characters)
        change_id: Number of the change in the library's history.
        new_intent_id: The new intent. (no control characters, at most 256 characters)
        example_ids: The examples that moved.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.IntentSplit"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("cd41b7bdf0d0575c")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    intent_id: str
    change_id: str
    new_intent_id: str
    example_ids: tuple[str, ...] = ()
    because: str = ""
    actor_id: str | None = None


class IntentsMerged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Intents became part of another; their ids point at it.

    Event. Keyed by `{tenant}/lineage/{intent_id}/{change_id}`.

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
        intent_id: The intent it is about. (no control characters, at most 256 characters)
        change_id: Number of the change in the library's history.
        from_ids: The intents that became part of it.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.IntentsMerged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("7512ac309ea5b2c7")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    intent_id: str
    change_id: str
    from_ids: tuple[str, ...] = ()
    because: str = ""
    actor_id: str | None = None


class LibraryCommandAnswered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A command was taken; what to know about it.

    Event. Keyed by `{tenant}/command/{command_id}`.

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
        command_id: The command. (no control characters, at most 256 characters)
        done_ids: What it changed.
        refused: What it could not change.
        warnings: What to know about the consequences, a sentence each.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.LibraryCommandAnswered"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("4d6b589ee776d77a")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    done_ids: tuple[str, ...] = ()
    refused: tuple[RefusedPart, ...] = ()
    warnings: tuple[str, ...] = ()
    because: str = ""
    actor_id: str | None = None


class LibraryPublished(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """This version of the library is in force.

    Event. Keyed by `{tenant}`.

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
        version: The version, from 1. (unit count, at least 1)
        digest: Digest of the artefact intent.library. (no control characters, at most 256
            characters)
        content_digest: Digest of what was frozen. (no control characters, at most 256 characters)
        intents: Intents in it. (unit count, at least 0)
        examples: Examples it was trained on. (unit count, at least 0)
        threshold: Score that a message must reach, as the model has it. (unit ratio)
        accuracy: Share of held-out examples told rightly. (unit ratio)
        note: What changed, for people.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.LibraryPublished"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("6b7b76e482ab714a")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    version: int
    digest: str
    content_digest: str
    intents: int
    examples: int
    threshold: float
    accuracy: float | None = None
    note: str = ""
    because: str = ""
    actor_id: str | None = None


class LibrarySettingsChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The library's settings as they are now.

    Event. Keyed by `{tenant}/settings`.

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
        settings: All of them, a JSON object.
        time_zone_data: Version of the time zone data.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.LibrarySettingsChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("faa31fbe1988c53e")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    settings: str
    time_zone_data: str = ""
    because: str = ""
    actor_id: str | None = None


class LibraryTrained(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A frozen version was trained and is in force.

    Observation. Keyed by `{tenant}`.

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
        version: The version, from 1. (unit count, at least 1)
        digest: Digest of the artefact. (no control characters, at most 256 characters)
        threshold: Score that a message must reach, as the model has it. (unit ratio)
        accuracy: Share of held-out examples told rightly. (unit ratio)
        examples: Examples it was trained on. (unit count, at least 0)
        encoder: Fingerprint of the encoder.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.LibraryTrained"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("265dc56fbe4c0740")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    version: int
    digest: str
    threshold: float = 0.0
    accuracy: float | None = None
    examples: int = 0
    encoder: str = ""


class LineOfBusinessChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line of business as it is now.

    Event. Keyed by `{tenant}/line/{line_id}`.

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
        line_id: The line. (no control characters, at most 256 characters)
        name: For people.
        instructions: For whoever writes questions and answers.
        workstreams: Its workstreams.
        queues: Its queues.
        rules: Which work belongs to it, a JSON array.
        warnings: What to know about the consequences, a sentence each.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.LineOfBusinessChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("edfde6188b198956")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    line_id: str
    name: str
    instructions: str = ""
    workstreams: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    rules: str = "[]"
    warnings: tuple[str, ...] = ()
    because: str = ""
    actor_id: str | None = None


class MergeIntents(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Make several intents one; the merged ids point at it from then on.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        into: The intent that stays. (no control characters, at most 256 characters)
        intent_ids: The intents that become part of it.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.MergeIntents"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("d4212cefcfa4fb9a")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    into: str
    intent_ids: tuple[str, ...]


class MiningEnded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A mining run is over.

    Event. Keyed by `{tenant}/run/{run_id}`.

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
        run_id: The mining run. (no control characters, at most 256 characters)
        state: done, or failed: then nothing of it counts.
        is_simulation: True: it changed nothing in the library.
        intents: How many intents it found. (unit count, at least 0)
        added: How many of them are new in the library. (unit count, at least 0)
        updated: How many were known. (unit count, at least 0)
        left_out: How many did not become part of the library. (unit count, at least 0)
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.MiningEnded"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("dd20a118449631b5")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    run_id: str
    state: MiningEnd
    is_simulation: bool = False
    intents: int = 0
    added: int = 0
    updated: int = 0
    left_out: int = 0
    because: str = ""
    actor_id: str | None = None


class MiningFailed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A mining run broke off.

    Observation. Keyed by `{tenant}`.

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
        run_id: The mining run. (no control characters, at most 256 characters)
        because: Why, as a sentence. (at most 4000 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.MiningFailed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("e7e7a2228eaecaaa")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    run_id: str
    because: str


class MiningFinished(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A mining run is over, and all it found has been told.

    Observation. Keyed by `{tenant}`.

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
        run_id: The mining run. (no control characters, at most 256 characters)
        intents: How many intents it found. (unit count, at least 0)
        figures: What it saw, a JSON object of counts.
        tree: The merge tree, a JSON object of leaves, merges, cut and cuts.
        encoder: Fingerprint of the encoder.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.MiningFinished"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("c118a58a8c09557b")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    run_id: str
    intents: int
    figures: str = "{}"
    tree: str = "{}"
    encoder: str = ""


class MiningProgressed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How far a mining run is.

    Observation. Keyed by `{tenant}`.

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
        run_id: The mining run. (no control characters, at most 256 characters)
        phase: What is being done. (at most 200 characters)
        done: How much of it is done. (unit count, at least 0)
        total: How much there is; 0 when not known. (unit count, at least 0)
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.MiningProgressed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("8557a29a570464d8")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    run_id: str
    phase: str
    done: int = 0
    total: int = 0


class MiningRequested(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Past conversations are to be mined.

    Event. Keyed by `{tenant}/run/{run_id}`.

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
        run_id: The mining run. (no control characters, at most 256 characters)
        is_simulation: True: a test that changes nothing in the library.
        granularity: low gives fewer and larger intents, high more and smaller ones.
        records_max: At most so many of the newest records. (unit count, at least 1)
        since_ms: Only conversations from then on; 0: all. (unit ms, at least 0)
        is_daily: True: the daily run.
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.MiningRequested"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("1af15f0469579f71")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    run_id: str
    is_simulation: bool = False
    granularity: Granularity
    records_max: int | None = None
    since_ms: int = 0
    is_daily: bool = False
    because: str = ""
    actor_id: str | None = None


class MiningStarted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A mining run is being worked on; told again, it begins anew.

    Observation. Keyed by `{tenant}`.

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
        run_id: The mining run. (no control characters, at most 256 characters)
        source: What is read, e.g. conversations.
        spans: What of the conversation log is read, a JSON object of partition to first and end
            offset: a run that begins anew reads the same. Empty: not from the log.
        attempt: How often it was begun. (unit count, at least 1)
        granularity: Of a run that nobody asked for before, such as an import: low, medium or high.
        is_simulation: Of a run that nobody asked for before: it changes nothing in the library.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.MiningStarted"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("bd478bc44366cc94")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    run_id: str
    source: str | None = None
    spans: str = ""
    attempt: int = 1
    granularity: str | None = None
    is_simulation: bool = False


class PublicationDue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A version is frozen and waits for its training.

    Event. Keyed by `{tenant}/publication/{version_id}`.

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
        version_id: The version as text.
        version: The version, from 1. (unit count, at least 1)
        content_digest: Digest of what was frozen. (no control characters, at most 256 characters)
        intents: Approved intents in it. (unit count, at least 0)
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.PublicationDue"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("2ecb7545f7b7c465")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    version_id: str
    version: int
    content_digest: str
    intents: int
    because: str = ""
    actor_id: str | None = None


class PublicationEnded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A frozen version could not be brought into force.

    Event. Keyed by `{tenant}/publication/{version_id}`.

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
        version_id: The version as text.
        version: The version, from 1. (unit count, at least 1)
        because: What happened, as a sentence.
        actor_id: Who asked; null: mining, or time.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.PublicationEnded"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("81124c1bc99c6545")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    version_id: str
    version: int
    because: str = ""
    actor_id: str | None = None


class PublicationFailed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A frozen version could not be trained or brought into force.

    Observation. Keyed by `{tenant}`.

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
        version: The version, from 1. (unit count, at least 1)
        because: Why, as a sentence. (at most 4000 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.PublicationFailed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("babed3bf6db22336")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    version: int
    because: str


class PublishLibrary(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Freeze the approved intents as a version and bring it into force.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        note: What changed, for people. (at most 2000 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.PublishLibrary"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("513dda3c12409dff")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    note: str = ""


class RemoveFromGroup(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Take intents out of a group.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        group_id: The group. (no control characters, at most 256 characters)
        intent_ids: The intents.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.RemoveFromGroup"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("8eb145b166bb5396")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    group_id: str
    intent_ids: tuple[str, ...]


class RenameIntent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Give an intent another name.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        intent_id: The intent. (no control characters, at most 256 characters)
        name: The new name.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.RenameIntent"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("721387a38137519f")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    intent_id: str
    name: str


class ReviewIntents(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Set the review status of intents; a discarded one comes back only by this.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        intent_ids: The intents.
        status: pending, approved or discarded.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.ReviewIntents"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("c2ce5d8b092d400e")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    intent_ids: tuple[str, ...]
    status: ReviewStatus


class SaveGroup(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Make a group, or change one; null leaves a field as it is.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        group_id: The group to change; null: a new one.
        name: Its name; a new one needs it.
        status: pending, approved or discarded.
        clarifying_question: Asked when only the group is known.
        instructions: For whoever writes questions and answers.
        line_of_business: The line of business it belongs to; empty: all.
        intent_ids: Intents to add.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.SaveGroup"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("8d9adfb1cc3a3c28")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    group_id: str | None = None
    name: str | None = None
    status: str | None = None
    clarifying_question: str | None = None
    instructions: str | None = None
    line_of_business: str | None = None
    intent_ids: tuple[str, ...] = ()


class SaveLineOfBusiness(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Make a line of business, or change one; null leaves a field as it is.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        line_id: The line to change; null: a new one.
        name: Its name; a new one needs it.
        instructions: For whoever writes questions and answers.
        workstreams: Its workstreams' ids, a JSON array of texts.
        queues: Its queues' ids, a JSON array of texts.
        rules: Which work belongs to it, a JSON array of objects with applies_to, workstream and
            conditions.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.SaveLineOfBusiness"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("1cd883c506a424e4")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    line_id: str | None = None
    name: str | None = None
    instructions: str | None = None
    workstreams: str | None = None
    queues: str | None = None
    rules: str | None = None


class SplitIntent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Make some examples of an intent an intent of their own.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        intent_id: The intent. (no control characters, at most 256 characters)
        new_intent_id: Id of the new intent; null: made of the command's id.
        name: Name of the new intent.
        example_ids: The examples that move.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.SplitIntent"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("1051272ea14d7560")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    intent_id: str
    new_intent_id: str | None = None
    name: str
    example_ids: tuple[str, ...]


class StartMining(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Mine past conversations for intents.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        run_id: Id of the run; null: made of the command's id.
        is_simulation: True: a test over the newest records that changes nothing in the library.
        granularity: low, medium or high; null: the library's setting.
        records_max: At most so many of the newest records; null: 1,000 for a simulation, all of
            them otherwise. (unit count, at least 1)
        since_ms: Only conversations from then on; null: two months back. (unit ms, at least 0)
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.StartMining"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("e8207b1db9471e24")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    run_id: str | None = None
    is_simulation: bool = False
    granularity: str | None = None
    records_max: int | None = None
    since_ms: int | None = None


class UseInBots(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Say whether bots may use intents; only approved ones can be.

    Command. Keyed by `{tenant}`.

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
        command_id: Unique id of this command; the same id is taken once. (no control characters, at
            most 256 characters)
        actor_id: Who asks; null: an operator with access to the log.
        intent_ids: The intents.
        is_used: Whether bots may use them.
    """

    FULL_NAME: ClassVar[str] = "cuestream.library.UseInBots"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("1c7a08a1a1d1f305")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    command_id: str
    actor_id: str | None = None
    intent_ids: tuple[str, ...]
    is_used: bool
