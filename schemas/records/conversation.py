"""GENERATED from schemas/avro/conversation by `python -m ops generate`; change the contracts instead.

Records of the context "conversation".
"""

from typing import ClassVar, Literal

import msgspec

__all__ = [
    "Author",
    "BotOutcome",
    "BotReason",
    "BotSessionEnded",
    "CallAction",
    "CallDirected",
    "ConversationEnded",
    "ConversationOpened",
    "HandoffInitiated",
    "HandoffState",
    "HandoffStatusChanged",
    "Owner",
    "OwnerKind",
    "OwnershipChanged",
    "OwnershipMoved",
    "ReleasedFormat",
    "RepresentativeAccepted",
    "Speaker",
    "TextFormat",
    "TurnReleased",
    "TurnSaid",
    "VariablesSet",
    "Visibility",
]

Author = Literal["customer", "representative", "bot", "system"]

BotOutcome = Literal["resolved", "abandoned", "handed_off", "none"]

BotReason = Literal[
    "no_error",
    "resolved",
    "user_exit",
    "user_error",
    "system_error",
    "transfer_requested_by_user",
    "transfer_from_question_attempts",
    "transfer_configured_by_author",
]

CallAction = Literal["transfer", "hang_up"]

HandoffState = Literal["accepted", "failed", "completed"]

Owner = Literal["bot", "queue", "representative"]

OwnerKind = Literal["bot", "queue", "representative", "none"]

ReleasedFormat = Literal["plain", "markdown", "html"]

Speaker = Literal["representative", "bot", "system"]

TextFormat = Literal["plain", "markdown", "html"]

Visibility = Literal["public", "private"]


class BotSessionEnded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot's part in a conversation is over, with its outcome.

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
        bot_id: The bot.
        outcome: resolved: the bot ended it; abandoned: the customer went silent or left;
            handed_off: a human was asked for; none: the customer never said anything.
        reason: Why it ended.
        started_at_ms: When the bot's part began. (unit ms, at least 0)
        turns: Turns in it, of both sides. (unit count, at least 0)
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.BotSessionEnded"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("40af28761da9fd78")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    bot_id: str | None = None
    outcome: BotOutcome
    reason: BotReason = "no_error"
    started_at_ms: int
    turns: int


class CallDirected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The telephony side is told what to do with a call.

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
        action: transfer: to the number; hang_up: end the call.
        number: Number to transfer to, without a plus sign.
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.CallDirected"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("22ff8231d465872d")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    action: CallAction
    number: str | None = None


class ConversationEnded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The conversation is over; nothing may follow.

    Observation. Keyed by `{tenant}:{conversation_id}`.

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
        reason: Why it ended, in the source's words.
        ended_by: Who ended it.
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.ConversationEnded"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("a533ba11e2903333")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    reason: str | None = None
    ended_by: str | None = None


class ConversationOpened(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A conversation began on some channel.

    Observation. Keyed by `{tenant}:{conversation_id}`.

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
        channel: Where it takes place: live_chat, sms, facebook, whatsapp, voice, email, record or
            another word of the adapter's. On 'record' nothing is ever recommended.
        customer_id: The customer as the channel knows them.
        customer_name: Name to show for the customer.
        locale: BCP 47 tag of the customer's language.
        workstream: Workstream the conversation belongs to.
        queue: Queue that serves the conversation.
        linked_record: CRM record the conversation is about, as entity/id.
        bot_id: Bot that serves the conversation first; null when no bot does.
        is_routed: True: routing finds a representative, at once or after the bot. False: somebody
            takes it by RepresentativeAccepted.
        customer_phone: Caller's number; set for calls and empty for messaging, which tells voice
            from text.
        organization_phone: Number the caller dialled.
        variables: Context variables known at the start, a JSON object of name to text or number.
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.ConversationOpened"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("83670f794ef1dd3f")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    channel: str
    customer_id: str | None = None
    customer_name: str | None = None
    locale: str | None = None
    workstream: str | None = None
    queue: str | None = None
    linked_record: str | None = None
    bot_id: str | None = None
    is_routed: bool = False
    customer_phone: str | None = None
    organization_phone: str | None = None
    variables: str = "{}"


class HandoffInitiated(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot gives the conversation to a human; ownership_epoch is the epoch the bot held, 0 when it
    knows none.

    Observation. Keyed by `{tenant}:{conversation_id}`.

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
        request_id: The bot's own id of this hand-off; a second one with the same id is the same
            hand-off delivered again.
        bot_id: Bot that hands off; null: whoever owns the conversation.
        message: Private message to the representative; the customer never sees it.
        reason: Why, e.g. requested_by_customer, configured_by_author, unrecognized.
        variables: Context variables, a JSON object of name to text or number.
        transcript_url: Where the source keeps its transcript, when it is not on this log.
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.HandoffInitiated"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("b4546b706771e64d")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    request_id: str | None = None
    bot_id: str | None = None
    message: str | None = None
    reason: str | None = None
    variables: str = "{}"
    transcript_url: str | None = None


class HandoffStatusChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of a hand-off, told by routing or by the hub that has it; ownership_epoch is the
    epoch the new ownership begins with.

    Observation. Keyed by `{tenant}:{conversation_id}`.

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
        request_id: The hand-off. (no control characters, at most 256 characters)
        state: accepted: a representative took over; failed: nobody will, the bot has it again;
            completed: the human part is over.
        message: Why, in words; shown to the bot, and to the customer when the bot says so.
        representative_id: Who took over.
        representative_name: Name to show for them.
        hub: Hub that told.
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.HandoffStatusChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("9b3dd55c0635ecb9")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    request_id: str
    state: HandoffState
    message: str | None = None
    representative_id: str | None = None
    representative_name: str | None = None
    hub: str | None = None


class OwnershipChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The conversation has another owner; ownership_epoch is the epoch of the new ownership.

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
        owner: The side that owns it from now on.
        owner_id: Bot, queue or representative id.
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.OwnershipChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("b0438d521b24f265")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    owner: OwnerKind
    owner_id: str | None = None
    because: str


class OwnershipMoved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The conversation passed to another owner; ownership_epoch is the epoch the new ownership
    begins with.

    Observation. Keyed by `{tenant}:{conversation_id}`.

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
        owner: The side that owns it from now on.
        owner_id: Bot, queue or representative id.
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.OwnershipMoved"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("4f759cdfeb9bed40")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    owner: Owner
    owner_id: str | None = None


class RepresentativeAccepted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative took the conversation; ownership_epoch is the epoch their ownership begins
    with.

    Observation. Keyed by `{tenant}:{conversation_id}`.

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
        representative_id: The representative who accepted. (no control characters, at most 256
            characters)
        representative_name: Name to show for the representative.
        team: Team the representative serves it for.
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.RepresentativeAccepted"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("23eb12a984d30c7f")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    representative_id: str
    representative_name: str | None = None
    team: str | None = None


class TurnReleased(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A turn of the serving side that may be delivered to the customer: it was said under the
    ownership in force. Channel adapters deliver these and nothing else.

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
        turn_id: The turn; deliver each once. (no control characters, at most 256 characters)
        author: Which side spoke.
        author_id: Who spoke.
        author_name: Name to show for the speaker.
        text: What was said.
        text_format: How to read the text.
        speak: What is spoken on voice: Markdown stripped; null on text channels.
        is_uninterruptible: Voice: barge-in is off while it plays.
        channel: Channel of the conversation.
        locale: BCP 47 tag of the conversation's language.
        number: Number of the turn in the transcript, from 1. (unit count, at least 0)
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.TurnReleased"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("77b8e5fff61a3d6b")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    turn_id: str
    author: Speaker
    author_id: str | None = None
    author_name: str | None = None
    text: str
    text_format: ReleasedFormat = "plain"
    speak: str | None = None
    is_uninterruptible: bool = False
    channel: str = ""
    locale: str | None = None
    number: int


class TurnSaid(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One utterance in a conversation.

    Observation. Keyed by `{tenant}:{conversation_id}`.

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
        turn_id: Unique within the conversation; a second turn with this id is the same turn
            delivered again. (no control characters, at most 256 characters)
        author: Which side spoke.
        author_id: Who spoke, as the channel knows them.
        author_name: Name to show for the speaker.
        text: What was said.
        text_format: How to read the text.
        visibility: private: an internal note that the customer never sees.
        channel: Channel of the turn, for sources that never announce the conversation itself.
        locale: BCP 47 tag of the text's language.
        reply_to: turn_id this one answers.
        speak: What is spoken instead of text on voice channels.
        is_uninterruptible: Voice: the caller cannot interrupt it.
        needs_delivery: True: said through Cuestream, so a channel adapter must still deliver it to
            the customer. False: observed, the channel has it already.
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.TurnSaid"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("2647da2222711e38")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    turn_id: str
    author: Author
    author_id: str | None = None
    author_name: str | None = None
    text: str
    text_format: TextFormat = "plain"
    visibility: Visibility = "public"
    channel: str | None = None
    locale: str | None = None
    reply_to: str | None = None
    speak: str | None = None
    is_uninterruptible: bool = False
    needs_delivery: bool = False


class VariablesSet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Context variables of a conversation were set; the newest value of a name counts.

    Observation. Keyed by `{tenant}:{conversation_id}`.

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
        variables: Context variables, a JSON object of name to text or number.
        set_by: Who set them.
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.VariablesSet"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("c160afa2b9a855f0")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    variables: str
    set_by: str | None = None
