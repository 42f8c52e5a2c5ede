"""GENERATED from schemas/avro/routing by `python -m ops generate`; change the contracts instead.

Records of the context "routing".
"""

from typing import ClassVar, Literal

import msgspec

__all__ = [
    "Activity",
    "ReviewPool",
    "WorkItemActivity",
    "WorkItemArrived",
    "WorkItemKind",
]

Activity = Literal[
    "customer_wrote",
    "customer_left",
    "customer_disconnected",
    "customer_returned",
    "representative_wrote",
    "ended",
]

WorkItemKind = Literal["messaging", "voice", "record"]


class ReviewPool(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Look at everything that waits again: configuration changed, or somebody asked.

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
        because: Why.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ReviewPool"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("e433ad2e1dbd0186")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    because: str | None = None


class WorkItemActivity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something happened in a conversation that routing has.

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
        item_id: The work item. (no control characters, at most 256 characters)
        activity: What happened.
        representative_id: Who, for representative_wrote.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.WorkItemActivity"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("580e062a0d836232")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    activity: Activity
    representative_id: str | None = None


class WorkItemArrived(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Work for representatives: a conversation handed off, opened for routing, or a record;
    ownership_epoch is the epoch it waits under.

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
        item_id: The work item: the conversation id, or the record as entity/id. (no control
            characters, at most 256 characters)
        kind: What sort of work it is; queues and workstreams take one sort.
        request_id: The hand-off it comes from; null when no bot was there.
        bot_id: Bot that had it before.
        is_synchronous: True for live chat and voice; False for channels where people answer later.
        channel: Channel of the conversation.
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
        preferred_representatives: Representatives to try first, at most three, in order.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.WorkItemArrived"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("a37ed442eddcf2f5")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    kind: WorkItemKind = "messaging"
    request_id: str | None = None
    bot_id: str | None = None
    is_synchronous: bool = True
    channel: str = ""
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
    preferred_representatives: tuple[str, ...] = ()
