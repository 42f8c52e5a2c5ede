"""GENERATED from schemas/avro/handoff by `python -m ops generate`; change the contracts instead.

Records of the context "handoff".
"""

from typing import ClassVar, Literal

import msgspec

__all__ = [
    "HandoffRequested",
    "HandoffTurnSaid",
    "HandoffWithdrawn",
    "TurnAuthor",
    "TurnFormat",
]

TurnAuthor = Literal["customer", "representative", "bot", "system"]

TurnFormat = Literal["plain", "markdown", "html"]


class HandoffRequested(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A conversation is to be handed to a human; ownership_epoch is the epoch it waits under.

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
        conversation_id: The conversation, unique within the tenant. (no control characters, at most
            256 characters)
        request_id: The hand-off: `{conversation_id}/{n}`, n counting from 1. (no control
            characters, at most 256 characters)
        attempt: Which attempt this is, from 1; a second one follows a failure. (unit count, at
            least 0)
        bot_id: Bot that hands off.
        channel: Channel of the conversation.
        is_voice: True for a call.
        locale: BCP 47 tag the customer asked for, or the conversation's.
        customer_id: The customer as the channel knows them.
        customer_name: Name to show for the customer.
        workstream: Workstream the conversation belongs to.
        linked_record: CRM record it is about, as entity/id.
        variables: Context variables, a JSON object of name to text or number.
        cut_variables: Names of variables whose value was cut to 4,000 characters.
        message: Private message to the representative.
        reason: Why it is handed off.
        turns: How many turns the transcript has: the request stands for turns 1 to this one. (unit
            count, at least 0)
        opened_at_ms: When the conversation began. (unit ms, at least 0)
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.HandoffRequested"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("9312e3d4eb4f5038")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    request_id: str
    attempt: int = 1
    bot_id: str | None = None
    channel: str = ""
    is_voice: bool = False
    locale: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    workstream: str | None = None
    linked_record: str | None = None
    variables: str = "{}"
    cut_variables: tuple[str, ...] = ()
    message: str | None = None
    reason: str | None = None
    turns: int = 0
    opened_at_ms: int = 0


class HandoffTurnSaid(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A public turn in a conversation that an outside hub has; it is relayed there.

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
        conversation_id: The conversation, unique within the tenant. (no control characters, at most
            256 characters)
        turn_id: The turn. (no control characters, at most 256 characters)
        number: Its number in the transcript, from 1. (unit count, at least 0)
        author: Which side spoke.
        author_name: Name to show for the speaker.
        text: What was said.
        text_format: How to read the text.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.HandoffTurnSaid"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("49a3878144a0db8f")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    turn_id: str
    number: int
    author: TurnAuthor
    author_name: str | None = None
    text: str
    text_format: TurnFormat = "plain"


class HandoffWithdrawn(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The conversation ended, or its owner changed: the human side has it no longer.

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
        conversation_id: The conversation, unique within the tenant. (no control characters, at most
            256 characters)
        request_id: The hand-off.
        reason: Why.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.HandoffWithdrawn"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("f9086c64c6424983")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    request_id: str | None = None
    reason: str | None = None
