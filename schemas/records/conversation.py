"""GENERATED from schemas/avro/conversation by `python -m ops generate`; change the contracts instead.

Records of the context "conversation".
"""

from typing import ClassVar, Literal

import msgspec

__all__ = [
    "Author",
    "ConversationEnded",
    "ConversationOpened",
    "Owner",
    "OwnershipMoved",
    "RepresentativeAccepted",
    "TextFormat",
    "TurnSaid",
    "Visibility",
]

Author = Literal["customer", "representative", "bot", "system"]

Owner = Literal["bot", "queue", "representative"]

TextFormat = Literal["plain", "markdown", "html"]

Visibility = Literal["public", "private"]


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
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.ConversationOpened"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("bebded909c1bc83d")

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
    """

    FULL_NAME: ClassVar[str] = "cuestream.conversation.TurnSaid"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("f5795b0d70871754")

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
