"""GENERATED from schemas/avro/routing by `python -m ops generate`; change the contracts instead.

Records of the context "routing".
"""

from typing import ClassVar, Literal

import msgspec

__all__ = [
    "AcceptOffer",
    "Activity",
    "AssignItem",
    "AssignmentDecided",
    "CallbackRequested",
    "CapacityReset",
    "ChosenPresence",
    "CloseItem",
    "ConsultChanged",
    "CustomerNotified",
    "DecisionKind",
    "DeclineOffer",
    "DirectedToNumber",
    "EndConsult",
    "EndEscalation",
    "EndItem",
    "EscalateToVoice",
    "EscalationChanged",
    "ForceCloseItem",
    "ItemClosed",
    "ItemFocused",
    "ItemIntent",
    "ItemMoved",
    "ItemOutcome",
    "ItemOwner",
    "ItemRouted",
    "ItemSentiment",
    "ItemState",
    "ItemUnfocused",
    "JoinItem",
    "LeaveItem",
    "MonitorItem",
    "OfferClosed",
    "OfferMade",
    "OfferOutcome",
    "PickItem",
    "PoolReviewed",
    "Presence",
    "PresenceChanged",
    "QueueOverflowed",
    "QuotaPassed",
    "ReleaseItem",
    "RepresentativeConnected",
    "RepresentativeDisconnected",
    "ResumeItem",
    "ReviewPool",
    "SentimentAlerted",
    "SetPresence",
    "StartConsult",
    "SupervisorActed",
    "SupervisorAction",
    "TransferItem",
    "TransferTarget",
    "VoicemailRequested",
    "WaitItem",
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

ChosenPresence = Literal["available", "busy", "do_not_disturb", "away", "offline"]

DecisionKind = Literal["queue", "pick", "supervisor", "transfer"]

ItemOutcome = Literal[
    "handled",
    "abandoned",
    "short_abandoned",
    "overflowed",
    "returned_to_bot",
    "transferred_out",
    "force_closed",
    "expired",
]

ItemOwner = Literal["bot", "queue", "representative", "none"]

ItemState = Literal["none", "open", "offered", "active", "waiting", "wrap_up", "closed"]

OfferOutcome = Literal["accepted", "declined", "timed_out", "withdrawn"]

Presence = Literal["available", "busy", "do_not_disturb", "away", "offline", "inactive"]

SupervisorAction = Literal["assign", "close", "monitor", "join", "leave"]

TransferTarget = Literal["queue", "representative", "bot", "number"]

WorkItemKind = Literal["messaging", "voice", "record"]


class AcceptOffer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative takes what was offered.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        offer_id: The offer, as OfferMade named it. (no control characters, at most 256 characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.AcceptOffer"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("c4edac22a4479245")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    offer_id: str
    command_id: str | None = None


class AssignItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A supervisor gives a waiting item to a representative or a queue, or passes a served one on.

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
        supervisor_id: The supervisor who acts. (no control characters, at most 256 characters)
        item_id: The work item. (no control characters, at most 256 characters)
        assigned_id: Representative who gets it; null: a queue does.
        queue_id: Queue that gets it; null: a representative does.
        is_over_capacity: True: also beyond the representative's capacity.
        reason: Why, in words.
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.AssignItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("3ce0b6e81c04f175")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    supervisor_id: str
    item_id: str
    assigned_id: str | None = None
    queue_id: str | None = None
    is_over_capacity: bool = False
    reason: str | None = None
    command_id: str | None = None


class AssignmentDecided(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who gets a work item was decided; parallel lists say of each candidate what was found.

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
        item_id: The work item. (no control characters, at most 256 characters)
        number: The item's decisions are numbered from 1. (unit count, at least 0)
        kind: What sort of choice it was.
        queue_id: Queue; empty: none.
        method: Assignment method.
        skill_match: Skill algorithm: exact, closest or none.
        chosen_id: The representative; null: nobody can have it, it waits.
        because: Why, as a sentence.
        probability: Probability with which this was chosen; 1 where no share was drawn. (unit
            ratio)
        candidate_ids: Every representative that was looked at.
        ranks: Place of each candidate from 1; 0: refused.
        components: Names of the columns candidates were ordered by; after a leading minus the
            number is negated.
        scores: Columns of the ranked candidates, by rank: JSON arrays.
        refusals: For each candidate the number of the reason it was refused for, from 1; 0: not
            refused.
        reasons: The reasons: a code, a colon, and words that continue a sentence about the
            candidate.
        setup_digest: Digest of the routing setup that counted.
        versions: Names and versions of the rules that decided.
        question: Everything the decision depended on; decided again it gives the same.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.AssignmentDecided"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("d4160e8eb24ba6bd")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    number: int
    kind: DecisionKind = "queue"
    queue_id: str = ""
    method: str = ""
    skill_match: str = ""
    chosen_id: str | None = None
    because: str
    probability: float = 1.0
    candidate_ids: tuple[str, ...] = ()
    ranks: tuple[int, ...] = ()
    components: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    setup_digest: str | None = None
    versions: tuple[str, ...] = ()
    question: bytes


class CallbackRequested(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The customer is to be called back.

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
        item_id: The work item. (no control characters, at most 256 characters)
        queue_id: Queue; empty: none.
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.CallbackRequested"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("c8b90b143430db6b")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    queue_id: str = ""
    because: str


class CapacityReset(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Profiles that are consumed until the end of the day were given back.

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
        representative_id: The representative. (no control characters, at most 256 characters)
        profiles: The profiles.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.CapacityReset"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("b50173626d62c5df")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    profiles: tuple[str, ...] = ()


class CloseItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative has wrapped up.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.CloseItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("84940d47445361a7")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    command_id: str | None = None


class ConsultChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A consultation began or ended.

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
        item_id: The work item. (no control characters, at most 256 characters)
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        consulted_id: The representative who is asked. (no control characters, at most 256
            characters)
        is_begun: True: it begins; False: it is over.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ConsultChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("419e48f1abbf8bb9")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    representative_id: str
    consulted_id: str
    is_begun: bool = False


class CustomerNotified(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An automated message about a work item.

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
        item_id: The work item. (no control characters, at most 256 characters)
        kind: Which message, e.g. queue_position.
        text: The message.
        representative_id: Whom it is for, where it is not the customer.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.CustomerNotified"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("528ec94b0f41fcde")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    kind: str
    text: str
    representative_id: str | None = None


class DeclineOffer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative does not take what was offered.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        offer_id: The offer, as OfferMade named it. (no control characters, at most 256 characters)
        reason: Why, in words.
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.DeclineOffer"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("296d7c9543f9ffb4")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    offer_id: str
    reason: str | None = None
    command_id: str | None = None


class DirectedToNumber(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call is passed on to an outside number; the call platform does it.

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
        item_id: The work item. (no control characters, at most 256 characters)
        number: Phone number without a leading plus. (no control characters, at most 256 characters)
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.DirectedToNumber"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("f7a0ae4c4bd76d22")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    number: str
    because: str


class EndConsult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A consultation is over.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        consulted_id: The representative who was asked. (no control characters, at most 256
            characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.EndConsult"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("36d1897c3aeb9854")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    consulted_id: str
    command_id: str | None = None


class EndEscalation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call that a chat became is over; the chat goes on.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.EndEscalation"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("c2df814b8c9b3c8c")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    command_id: str | None = None


class EndItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative ends the conversation: wrap-up begins.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        reason: Why, in words.
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.EndItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("77bb082afc8f45e4")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    reason: str | None = None
    command_id: str | None = None


class EscalateToVoice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative turns a chat of theirs into a call; the chat goes on beside it.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.EscalateToVoice"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("2ed232b65799edb7")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    command_id: str | None = None


class EscalationChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A chat became a call, or that call is over; meanwhile its representative gets no other chat
    or call.

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
        item_id: The work item. (no control characters, at most 256 characters)
        representative_id: Whose chat it is. (no control characters, at most 256 characters)
        is_begun: True: the call begins; False: it is over.
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.EscalationChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("72e54bf9f51e8871")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    representative_id: str
    is_begun: bool = False
    because: str


class ForceCloseItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A supervisor closes an item; the customer is told.

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
        supervisor_id: The supervisor who acts. (no control characters, at most 256 characters)
        item_id: The work item. (no control characters, at most 256 characters)
        reason: Why, in words.
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ForceCloseItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("e2f8e3094f97ab62")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    supervisor_id: str
    item_id: str
    reason: str | None = None
    command_id: str | None = None


class ItemClosed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A work item is closed; what its figures were.

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
        item_id: The work item. (no control characters, at most 256 characters)
        queue_id: Queue; empty: none.
        outcome: How it ended.
        representative_id: Who served it last.
        first_wait_ms: From the request until it was accepted, or until it ended. (unit ms, at least
            0)
        handle_ms: How long representatives worked on it. (unit ms, at least 0)
        sessions: How many sessions it had. (unit count, at least 0)
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ItemClosed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("66e696ab1ed71412")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    queue_id: str = ""
    outcome: ItemOutcome
    representative_id: str | None = None
    first_wait_ms: int = 0
    handle_ms: int = 0
    sessions: int = 1
    because: str


class ItemFocused(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative turned to an item on their desk, and away from any other.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ItemFocused"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("be104ec78e488f9c")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str


class ItemIntent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the customer of a work item wants now, as detection in the conversation says.

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
        intent_id: The intent; null: none is known. (at most 256 characters)
        intent_group_id: The group of intents; null: none is known. (at most 256 characters)
        line_of_business: The line of business the intent belongs to; null: any. (at most 256
            characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ItemIntent"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("c7d1d7c0203fda56")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    intent_id: str | None = None
    intent_group_id: str | None = None
    line_of_business: str | None = None


class ItemMoved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A work item is in another state, or has another owner; ownership_epoch is the epoch that
    counts from now on.

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
        item_id: The work item. (no control characters, at most 256 characters)
        from_state: State before; none: it just arrived.
        to_state: State from now on.
        owner: Which side has it from now on.
        owner_id: Bot, queue or representative.
        queue_id: Queue; empty: none.
        session: Sessions are numbered from 1. (unit count, at least 0)
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ItemMoved"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("582e89e65a6e7eac")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    from_state: ItemState
    to_state: ItemState
    owner: ItemOwner
    owner_id: str | None = None
    queue_id: str = ""
    session: int = 1
    because: str


class ItemRouted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A work item was classified and given to a queue.

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
        item_id: The work item. (no control characters, at most 256 characters)
        workstream_id: Workstream; empty: none is known.
        queue_id: Queue; empty: none.
        is_fallback: True: no rule said where, so the workstream's fallback queue got it.
        because: Why, as a sentence.
        probability: Probability with which this was chosen; 1 where no share was drawn. (unit
            ratio)
        classification_trace: What each classification ruleset found, in order.
        route_trace: What each route-to-queue rule found, in order.
        attributes: Attributes that classification set, a JSON object.
        skills: Skills it needs, a JSON object of skill to level.
        profiles: Capacity profiles it takes room in.
        units: Capacity units it takes. (unit count, at least 0)
        setup_digest: Digest of the routing setup that counted.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ItemRouted"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("264d04c568f8c5ad")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    workstream_id: str = ""
    queue_id: str = ""
    is_fallback: bool = False
    because: str
    probability: float = 1.0
    classification_trace: tuple[str, ...] = ()
    route_trace: tuple[str, ...] = ()
    attributes: str = "{}"
    skills: str = "{}"
    profiles: tuple[str, ...] = ()
    units: int = 0
    setup_digest: str | None = None


class ItemSentiment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How the customer of a work item feels, as a model outside read it.

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
        sentiment: From -3 to 3 as a whole number, or very negative, negative, slightly negative,
            neutral, slightly positive, positive, very positive. (at most 32 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ItemSentiment"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("e89e542adce110a7")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    sentiment: str


class ItemUnfocused(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative turned away from an item on their desk.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ItemUnfocused"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("396ad404033156aa")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str


class JoinItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A supervisor takes part in a conversation.

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
        supervisor_id: The supervisor who acts. (no control characters, at most 256 characters)
        item_id: The work item. (no control characters, at most 256 characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.JoinItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("304653d1edb68033")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    supervisor_id: str
    item_id: str
    command_id: str | None = None


class LeaveItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A supervisor watches, or takes part in, a conversation no longer.

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
        supervisor_id: The supervisor who acts. (no control characters, at most 256 characters)
        item_id: The work item. (no control characters, at most 256 characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.LeaveItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("99b3fe2c9edf383f")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    supervisor_id: str
    item_id: str
    command_id: str | None = None


class MonitorItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A supervisor watches a conversation.

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
        supervisor_id: The supervisor who acts. (no control characters, at most 256 characters)
        item_id: The work item. (no control characters, at most 256 characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.MonitorItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("9815e5b36a10bb3f")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    supervisor_id: str
    item_id: str
    command_id: str | None = None


class OfferClosed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An offer is over.

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
        item_id: The work item. (no control characters, at most 256 characters)
        offer_id: The offer, as OfferMade named it. (no control characters, at most 256 characters)
        representative_id: The representative. (no control characters, at most 256 characters)
        queue_id: Queue; empty: none.
        outcome: What became of it.
        open_ms: How long it was open. (unit ms, at least 0)
        reason: Why, in the representative's words or ours.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.OfferClosed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("6210a9c5fe40b647")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    offer_id: str
    representative_id: str
    queue_id: str = ""
    outcome: OfferOutcome
    open_ms: int
    reason: str | None = None


class OfferMade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A work item is offered to a representative.

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
        item_id: The work item. (no control characters, at most 256 characters)
        offer_id: The offer, as OfferMade named it. (no control characters, at most 256 characters)
        representative_id: The representative. (no control characters, at most 256 characters)
        queue_id: Queue; empty: none.
        offered_at_ms: When. (unit ms, at least 0)
        deadline_at_ms: Until when they may answer. (unit ms, at least 0)
        is_automatic: True: it is theirs without an answer, at the latest at the deadline.
        decision_id: The decision it follows from.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.OfferMade"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("335e39aa62fbb924")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    offer_id: str
    representative_id: str
    queue_id: str = ""
    offered_at_ms: int
    deadline_at_ms: int
    is_automatic: bool = False
    decision_id: str | None = None


class PickItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative takes a waiting item without an offer.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.PickItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("44ee353fb24c07f5")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    command_id: str | None = None


class PoolReviewed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything that waits was looked at again.

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
        because: Why, as a sentence.
        waiting: Items that waited. (unit count, at least 0)
        setup_digest: Digest of the routing setup that counts from now on.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.PoolReviewed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("8f511fac813b13a4")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    because: str
    waiting: int
    setup_digest: str | None = None


class PresenceChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative's presence changed.

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
        representative_id: The representative. (no control characters, at most 256 characters)
        presence: Presence from now on.
        before: Presence before.
        is_automatic: True: it follows from work; False: somebody chose it.
        is_connected: True: they are signed in.
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.PresenceChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("eded126c99885302")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    presence: Presence
    before: Presence
    is_automatic: bool = False
    is_connected: bool = False
    because: str


class QueueOverflowed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A queue was full, closed or too slow for a work item.

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
        item_id: The work item. (no control characters, at most 256 characters)
        queue_id: The queue. (no control characters, at most 256 characters)
        condition: What was true: out_of_hours, work_item_limit, average_wait, waiting_time.
        action: What is done about it.
        target_id: Queue or number it goes to.
        is_in_queue: True: it waited there already; False: on its way in.
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.QueueOverflowed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("92be3bf2a3d8c1d1")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    queue_id: str
    condition: str
    action: str
    target_id: str | None = None
    is_in_queue: bool = False
    because: str


class QuotaPassed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """More waits than the pool is made for; nothing is turned away.

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
        quota: Name of the quota.
        limit: How many it allows. (unit count, at least 0)
        found: How many there are. (unit count, at least 0)
        because: What to do, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.QuotaPassed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("3b25d1369ce722f6")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    quota: str
    limit: int
    found: int
    because: str


class ReleaseItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative gives an item back to its queue.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        reason: Why, in words.
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ReleaseItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("3c8f12f56e5b805e")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    reason: str | None = None
    command_id: str | None = None


class RepresentativeConnected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative signed in, or came back.

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
        representative_id: The representative. (no control characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.RepresentativeConnected"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("631e210ddc26c24a")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str


class RepresentativeDisconnected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative signed out, or their screen went away.

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
        representative_id: The representative. (no control characters, at most 256 characters)
        is_sign_out: True: they left on purpose; False: the connection was lost.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.RepresentativeDisconnected"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("e09a91be1373444c")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    is_sign_out: bool = False


class ResumeItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative takes up an item that waits for its customer.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.ResumeItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("59d12373ebcc1a96")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    command_id: str | None = None


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


class SentimentAlerted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The sentiment of a work item's customer fell to or below what its queue watches for.

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
        item_id: The work item. (no control characters, at most 256 characters)
        queue_id: Queue whose threshold it is.
        sentiment: From -3, very negative, to 3, very positive. (unit ordinal, at least -3)
        threshold: The queue's threshold on the same scale. (unit ordinal, at least -3)
        representative_id: Who serves the item.
        told_ids: Supervisors to tell: members of the queue who are available or busy.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.SentimentAlerted"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("ea10b6ebd9e9df3f")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    queue_id: str
    sentiment: int
    threshold: int
    representative_id: str | None = None
    told_ids: tuple[str, ...] = ()


class SetPresence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative, or a supervisor for them, chooses a presence.

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
        representative_id: The representative. (no control characters, at most 256 characters)
        presence: The base presence.
        set_by: Supervisor who sets it; null: the representative.
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.SetPresence"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("7b5b32c437dae07c")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    presence: ChosenPresence
    set_by: str | None = None
    command_id: str | None = None


class StartConsult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative asks another one about an item and keeps it.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        consulted_id: The representative who is asked. (no control characters, at most 256
            characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.StartConsult"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("1000a2de73b9c6dd")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    consulted_id: str
    command_id: str | None = None


class SupervisorActed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A supervisor did something to a work item.

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
        item_id: The work item. (no control characters, at most 256 characters)
        supervisor_id: The supervisor who acts. (no control characters, at most 256 characters)
        action: What.
        target_id: Representative or queue.
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.SupervisorActed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("0d0607c70c4c03cc")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    supervisor_id: str
    action: SupervisorAction
    target_id: str | None = None
    because: str


class TransferItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative passes an item on.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        target: What it goes to.
        target_id: The queue, representative or bot, or the phone number without a leading plus. (no
            control characters, at most 256 characters)
        reason: Why, in words.
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.TransferItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("154b24fcd73dde3b")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    target: TransferTarget
    target_id: str
    reason: str | None = None
    command_id: str | None = None


class VoicemailRequested(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The customer leaves a message.

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
        item_id: The work item. (no control characters, at most 256 characters)
        queue_id: Queue; empty: none.
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.VoicemailRequested"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("b0ae1c50720b4425")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    item_id: str
    queue_id: str = ""
    because: str


class WaitItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A representative closes the session of an item whose customer answers later.

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
        representative_id: The representative who acts. (no control characters, at most 256
            characters)
        item_id: The work item. (no control characters, at most 256 characters)
        command_id: Id of the command; a second one with the same id from the same person is the
            same command delivered again.
    """

    FULL_NAME: ClassVar[str] = "cuestream.routing.WaitItem"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("0679013df15c7a50")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    representative_id: str
    item_id: str
    command_id: str | None = None


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
