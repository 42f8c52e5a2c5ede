"""GENERATED from schemas/avro/handoff by `python -m ops generate`; change the contracts instead.

Records of the context "handoff".
"""

from typing import ClassVar, Literal

import msgspec

__all__ = [
    "AddBot",
    "BotConversationEnded",
    "BotConversationStarted",
    "BotExported",
    "BotImported",
    "BotPublicationChanged",
    "BotPublished",
    "BotUnpublished",
    "ChooseEnvironment",
    "ConnectionAdopted",
    "ConnectionChanged",
    "ConnectionInvalid",
    "ConnectionTested",
    "DeliveryAttempted",
    "DeliveryChanged",
    "DeliveryDue",
    "DeliveryKind",
    "DeliveryOutcome",
    "DeliveryState",
    "DisableConnection",
    "DisconnectBot",
    "EnableConnection",
    "ExportBot",
    "GiveApplication",
    "HandoffProgressed",
    "HandoffRequested",
    "HandoffState",
    "HandoffTurnSaid",
    "HandoffWithdrawn",
    "HubAuthor",
    "HubMessageReceived",
    "HubState",
    "HubStatusReceived",
    "HubTextFormat",
    "ImportBot",
    "InstanceDetected",
    "RefreshConnection",
    "RetryDelivery",
    "SwitchSingleSignOn",
    "SwitchVoice",
    "TeamsChannelEnabled",
    "TurnAuthor",
    "TurnFormat",
]

DeliveryKind = Literal["initiate", "message", "status", "end", "health"]

DeliveryOutcome = Literal["delivered", "refused", "failed"]

DeliveryState = Literal["sent", "dead", "withdrawn"]

HandoffState = Literal[
    "opened",
    "routed",
    "accepted",
    "failed",
    "completed",
    "withdrawn",
    "fell_back",
]

HubAuthor = Literal["customer", "representative", "bot", "system"]

HubState = Literal["accepted", "failed", "completed"]

HubTextFormat = Literal["plain", "markdown", "html"]

TurnAuthor = Literal["customer", "representative", "bot", "system"]

TurnFormat = Literal["plain", "markdown", "html"]


class AddBot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Connect the bot: the last step.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.AddBot"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("f83378ff28cba495")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class BotConversationEnded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """No bot serves the conversation any longer.

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
        conversation_id: The conversation, unique within the tenant. (no control characters, at most
            256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.BotConversationEnded"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("a6a3463f156e0c17")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str


class BotConversationStarted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot serves a conversation from now on; ownership_epoch is its epoch.

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
        conversation_id: The conversation, unique within the tenant. (no control characters, at most
            256 characters)
        bot_id: The bot. (no control characters, at most 256 characters)
        workstream: Workstream of the conversation.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.BotConversationStarted"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("fc54efcc0a25d1bd")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    bot_id: str
    workstream: str | None = None


class BotExported(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot was exported with its connection's settings.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        number: Number of the export, from 1. (unit count, at least 0)
        had_capabilities: Whether hand-off was on.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.BotExported"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("88ba6d5078dd5864")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    number: int
    had_capabilities: bool = False


class BotImported(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot was imported as this one.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        source_bot_id: The bot it was exported from.
        number: Number of the export. (unit count, at least 0)
        message: What is shown about it.
        advice: What to do about that.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.BotImported"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("78924960440e9bb9")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    source_bot_id: str
    number: int
    message: str | None = None
    advice: str | None = None


class BotPublicationChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot was published, or is no longer.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        is_published: Which.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.BotPublicationChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("202fa1dad11a3aed")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    is_published: bool = False


class BotPublished(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot is published: it works from end to end.

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
        bot_id: The bot. (no control characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.BotPublished"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("7507fe49b8d777ed")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str


class BotUnpublished(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot is no longer published.

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
        bot_id: The bot. (no control characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.BotUnpublished"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("92caff881b26da10")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str


class ChooseEnvironment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Name the environment in which the hub has the bot's conversations.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        environment: An environment of handoff.settings. (no control characters, at most 256
            characters)
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.ChooseEnvironment"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("a9476ab0d621d3f3")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    environment: str
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class ConnectionAdopted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot was connected before this log began.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        hub: Hub of handoff.settings. (no control characters, at most 256 characters)
        environment: An environment of handoff.settings. (no control characters, at most 256
            characters)
        application_id: Its application id. (no control characters, at most 256 characters)
        connected_at_ms: When it was connected. (unit ms, at least 0)
        is_voice: Whether voice is on.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.ConnectionAdopted"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("c3ab3667f5827864")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    hub: str
    environment: str
    application_id: str
    connected_at_ms: int
    is_voice: bool = False


class ConnectionChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bot's connection is in another state or has other settings.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        hub: The hub.
        state: not_enabled, enabled, environment_chosen, application_given, connected, disconnected
            or disabled.
        environment: The environment.
        application_id: The application id.
        is_voice: Whether voice is on.
        is_single_sign_on: Whether single sign-on is on.
        warnings: What does not work as it could.
        missing: What is still to be done.
        because: What happened, as a sentence.
        commanded_by: Who asked.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.ConnectionChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("6f945bbf727e8e56")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    hub: str
    state: str
    environment: str | None = None
    application_id: str | None = None
    is_voice: bool = False
    is_single_sign_on: bool = False
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    because: str
    commanded_by: str | None = None


class ConnectionInvalid(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A connection cannot do what it is meant to.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        hub: The hub.
        reason: Which rule, e.g. voice_region.
        because: Why, as a sentence.
        conversation_id: Conversation that met it; null: found when connecting.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.ConnectionInvalid"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("086a176f039b38c9")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    hub: str
    reason: str
    because: str
    conversation_id: str | None = None


class ConnectionTested(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A test of a connection is over; it changed nothing.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        test_id: The test. (no control characters, at most 256 characters)
        is_transfer_test: Whether a transfer was tried.
        is_good: Whether all is well.
        findings: What was looked at and found, a sentence each.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.ConnectionTested"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("a39b5eaa966a8fa5")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    test_id: str
    is_transfer_test: bool = False
    is_good: bool = False
    findings: tuple[str, ...] = ()


class DeliveryAttempted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One attempt to deliver to a hub and what came of it. delivered: the hub has it; refused: it
    will never take it; failed: another attempt may heal it.

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
        delivery_id: The delivery. (no control characters, at most 256 characters)
        attempt: Number of the attempt, from 1: one more than the attempts the delivery showed.
            (unit count, at least 0)
        outcome: What came of it.
        status_code: HTTP status; null when no answer came. (unit count)
        because: Why, as a sentence.
        response: Beginning of the hub's answer.
        hub_ids: Ids the hub gave, a JSON object of name to text; `conversation` is the hub's id of
            the conversation.
        retry_after_ms: How long the hub asks to wait. (unit ms)
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.DeliveryAttempted"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("03ff560d563f8e67")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    delivery_id: str
    attempt: int
    outcome: DeliveryOutcome
    status_code: int | None = None
    because: str | None = None
    response: str | None = None
    hub_ids: str = "{}"
    retry_after_ms: int | None = None


class DeliveryChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A delivery came to rest.

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
        delivery_id: The delivery. (no control characters, at most 256 characters)
        hub: The hub.
        kind: What is owed.
        conversation_id: The conversation; null for health.
        request_id: The hand-off; null for health.
        state: sent: the hub has it; dead: given up, until somebody retries it; withdrawn: owed no
            longer.
        attempts: Attempts made. (unit count, at least 0)
        status_code: HTTP status of the last one. (unit count)
        because: Why, as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.DeliveryChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("cfc01210e18dd746")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    delivery_id: str
    hub: str
    kind: DeliveryKind
    conversation_id: str | None = None
    request_id: str | None = None
    state: DeliveryState
    attempts: int = 0
    status_code: int | None = None
    because: str | None = None


class DeliveryDue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A hub is owed a delivery, now or from next_at_ms on.

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
        delivery_id: The delivery. (no control characters, at most 256 characters)
        hub: The hub.
        bot_id: Bot whose connection it takes.
        kind: What is owed.
        conversation_id: The conversation; null for health.
        request_id: The hand-off; null for health.
        order: Place within the hand-off, from 1. (unit count, at least 0)
        attempts: Attempts so far. (unit count, at least 0)
        next_at_ms: Not before. (unit ms, at least 0)
        idempotency_key: The same for every attempt.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.DeliveryDue"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("13b7433734cb2ccc")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    delivery_id: str
    hub: str
    bot_id: str | None = None
    kind: DeliveryKind
    conversation_id: str | None = None
    request_id: str | None = None
    order: int = 0
    attempts: int = 0
    next_at_ms: int
    idempotency_key: str


class DisableConnection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Stop all traffic between the bot and its hub; environment and application stay known.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.DisableConnection"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("e9046f09ff86c5f9")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class DisconnectBot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Take the bot out of its environment: its application user is disabled.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.DisconnectBot"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("4817554193a566dc")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class EnableConnection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Open a bot's connection to an engagement hub, or show an old one as it is.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        hub: Hub of handoff.settings; null: the one of the bot's own environment, else cuestream.
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.EnableConnection"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("d3cb816cdf63f7bd")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    hub: str | None = None
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class ExportBot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Note that the bot, with its connection's settings, was exported from this environment.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.ExportBot"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("d1a4c9fee43e6925")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class GiveApplication(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Give the application id through which the bot is called; no other bot of the environment may
    have it.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        application_id: Id of a registered application. (no control characters, at most 256
            characters)
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.GiveApplication"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("ae033310e4974359")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    application_id: str
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class HandoffProgressed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of a hand-off; ownership_epoch is the epoch in force since.

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
        request_id: The hand-off. (no control characters, at most 256 characters)
        bot_id: Bot that handed off.
        hub: Hub that has it; cuestream: our own routing.
        state: opened: a hub is asked; routed: our routing has it; accepted, failed, completed: as
            the hub says; withdrawn: the conversation went on without it; fell_back: our routing has
            it after failures.
        because: Why, as a sentence.
        representative_id: Who took over.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.HandoffProgressed"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("3d4d876a69409fb9")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    conversation_id: str
    request_id: str
    bot_id: str | None = None
    hub: str
    state: HandoffState
    because: str
    representative_id: str | None = None


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


class HubMessageReceived(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody said something in a hub.

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
        hub: The hub. (no control characters, at most 256 characters)
        request_id: The hand-off, when the hub says it.
        conversation_id: Our conversation, when the hub says it.
        hub_conversation_id: The hub's id of the conversation, when it says no other.
        hub_message_id: The hub's id of the message, or of its delivery. (no control characters, at
            most 256 characters)
        author: Which side spoke.
        author_id: Who spoke.
        author_name: Name to show for the speaker.
        text: What was said.
        text_format: How to read the text.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.HubMessageReceived"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("3bd005f67adfd6ee")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    hub: str
    request_id: str | None = None
    conversation_id: str | None = None
    hub_conversation_id: str | None = None
    hub_message_id: str
    author: HubAuthor
    author_id: str | None = None
    author_name: str | None = None
    text: str
    text_format: HubTextFormat = "plain"


class HubStatusReceived(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A hub says what became of a hand-off.

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
        hub: The hub. (no control characters, at most 256 characters)
        request_id: The hand-off, when the hub says it.
        conversation_id: Our conversation, when the hub says it.
        hub_conversation_id: The hub's id of the conversation, when it says no other.
        hub_event_id: The hub's id of this news; the same one again is a repetition.
        state: accepted: a representative took over; failed: nobody will; completed: the human part
            is over.
        message: Why, in words.
        representative_id: Who took over.
        representative_name: Name to show for them.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.HubStatusReceived"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("13bb8e61534bfa30")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    hub: str
    request_id: str | None = None
    conversation_id: str | None = None
    hub_conversation_id: str | None = None
    hub_event_id: str | None = None
    state: HubState
    message: str | None = None
    representative_id: str | None = None
    representative_name: str | None = None


class ImportBot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Note that a bot was imported as this one.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        source_bot_id: The bot it was exported from. (no control characters, at most 256 characters)
        number: Number of the export. (unit count, at least 0)
        had_capabilities: Whether hand-off was on in the exported bot.
        is_newest: Whether the export holds the newest state of its source.
        has_unmanaged_layers: Whether changes lie over the managed solution.
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.ImportBot"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("8b5a2cfaf47ec400")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    source_bot_id: str
    number: int
    had_capabilities: bool = False
    is_newest: bool = False
    has_unmanaged_layers: bool = False
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class InstanceDetected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A hub was found in a bot's own environment.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        hub: The hub.
        environment: The environment.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.InstanceDetected"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("3909be48ecb68b77")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    hub: str
    environment: str


class RefreshConnection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Test a connection; nothing changes.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        test_id: Id of the test, to find its report by. (no control characters, at most 256
            characters)
        is_transfer_test: True: try a transfer from end to end, which only a published bot can.
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.RefreshConnection"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("02f7a9bd2fe2dd5d")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    test_id: str
    is_transfer_test: bool = False
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class RetryDelivery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Try a dead delivery again, with the same idempotency key.

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
        delivery_id: The delivery. (no control characters, at most 256 characters)
        commanded_by: Who asks.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.RetryDelivery"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("b25c55e2c4752bfb")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    delivery_id: str
    commanded_by: str | None = None


class SwitchSingleSignOn(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Turn single sign-on for the bot on or off: customers signed in on the page are signed in to
    it.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        is_on: On or off.
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.SwitchSingleSignOn"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("45aea27d007e8562")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    is_on: bool = False
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class SwitchVoice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Turn voice on or off for the whole bot.

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
        bot_id: The bot. (no control characters, at most 256 characters)
        is_on: On or off.
        commanded_by: Who asks.
        roles: Roles of who asks; setting up a connection needs administrator.
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.SwitchVoice"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("26a96e40d70bde27")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
    is_on: bool = False
    commanded_by: str | None = None
    roles: tuple[str, ...] = ()


class TeamsChannelEnabled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The Teams channel that carries a bot to its hub was turned on.

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
        bot_id: The bot. (no control characters, at most 256 characters)
    """

    FULL_NAME: ClassVar[str] = "cuestream.handoff.TeamsChannelEnabled"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("90e0701837c217ef")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    bot_id: str
