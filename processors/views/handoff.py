"""The rows of the `handoff` processor: connections, hand-offs, deliveries.

They are its whole state and what screens and the outbox worker read. Row keys are `{tenant}`, NUL,
and the row's own key:

- `connection`: bot id
- `connection_test`: bot id; the newest test
- `bot`: bot id
- `application_user`: environment, NUL, application id
- `bot_conversation`: conversation id; what bots serve now
- `hub_handoff`: request id
- `delivery`: request id (`health` for tests), NUL, the order as six digits

A value is msgpack, the fields in their order and without their names, so a new field goes last and
has a default.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from processors.views import coding

CONNECTION = "connection"
CONNECTION_TEST = "connection_test"
BOT = "bot"
APPLICATION_USER = "application_user"
BOT_CONVERSATION = "bot_conversation"
HUB_HANDOFF = "hub_handoff"
DELIVERY = "delivery"


class ConnectionView(msgspec.Struct, frozen=True, array_like=True):
    """A bot's connection to its hub.

    Attributes:
        bot_id: The bot.
        hub: Hub of `handoff.settings`; `cuestream` is our own routing.
        hub_kind: What sort of hub that is.
        state: not_enabled, enabled, environment_chosen, application_given, connected, disconnected
            or disabled.
        shown_state: What a screen shows: an old connection looks as if it were not enabled.
        environment: The environment, once chosen.
        application_id: The application id, once given.
        is_voice: Whether voice is on.
        is_single_sign_on: Whether customers signed in on the page are signed in to the bot.
        is_detected: Whether it was found and connected by itself.
        warnings: What does not work as it could, as codes; `notes` says them.
        missing: What is still to be done, a sentence each.
        invalid: What cannot work at all, as codes, e.g. voice_region.
        notes: Advice and the warnings in words.
        connected_at_ms: When it was connected; None when it never was.
        changed_at_ms: When it changed last.
    """

    bot_id: str
    hub: str
    hub_kind: str
    state: str
    shown_state: str = ""
    environment: str | None = None
    application_id: str | None = None
    is_voice: bool = False
    is_single_sign_on: bool = False
    is_detected: bool = False
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    connected_at_ms: int | None = None
    changed_at_ms: int = 0


class ConnectionTestView(msgspec.Struct, frozen=True, array_like=True):
    """The newest test of a bot's connection.

    Attributes:
        bot_id: The bot.
        test_id: The test.
        is_transfer_test: Whether a transfer from end to end was tried.
        state: running, good or bad.
        findings: What was looked at and found, a sentence each.
        at_ms: When it began or, once over, ended.
    """

    bot_id: str
    test_id: str
    is_transfer_test: bool
    state: str
    findings: tuple[str, ...]
    at_ms: int


class BotView(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a bot besides its connection.

    Attributes:
        bot_id: The bot.
        is_published: As told to this log; None: nobody did, see `dialogue.bots`.
        is_teams_on: Whether its Teams channel is on, as far as we turned it on.
        exports: How often it was exported.
        is_export_stale: Whether its connection changed since the last export.
        imported_from: The bot it was imported from.
        import_number: Number of that export.
        import_message: What is shown about the import; None: nothing.
        import_advice: What to do about that.
    """

    bot_id: str
    is_published: bool | None = None
    is_teams_on: bool = False
    exports: int = 0
    is_export_stale: bool = True
    imported_from: str | None = None
    import_number: int = 0
    import_message: str | None = None
    import_advice: str | None = None


class ApplicationUserView(msgspec.Struct, frozen=True, array_like=True):
    """A bot as a user of an environment; it stays the bot's when it is disabled."""

    environment: str
    application_id: str
    bot_id: str
    is_enabled: bool


class BotConversationView(msgspec.Struct, frozen=True, array_like=True):
    """A conversation that a bot serves now; its epoch is 0 when nobody told it."""

    conversation_id: str
    bot_id: str
    ownership_epoch: int
    started_at_ms: int


class HubHandoffView(msgspec.Struct, frozen=True, array_like=True):
    """A hand-off and who has it.

    Attributes:
        request_id: The hand-off.
        conversation_id: The conversation.
        bot_id: Bot that handed off.
        hub: Hub that was asked; `cuestream` is our own routing.
        hub_kind: What sort of hub that is.
        model: proxy: turns are relayed; agent: the hub has the channel.
        state: open, accepted, routed, fell_back, failed, completed or withdrawn.
        epoch: Ownership epoch in force, as far as we know.
        attempt: Which attempt of the conversation it is.
        request: The request's facts, a JSON object, for a second look at where it goes.
        hub_ids: Ids the hub gave, a JSON object; `conversation` is its id of the conversation.
        representative_id: Who took over.
        order: Order of the newest delivery.
        relayed: Number of the newest turn that was relayed or stands in the transcript.
        seen: News of the hub that were taken in, newest last.
        news_at_ms: Time of the newest of them, by the hub's clock.
        because: How it came to this state, as a sentence.
        opened_at_ms: When it was opened.
        changed_at_ms: When its state changed last.
        due_ms: When its timer fires.
    """

    request_id: str
    conversation_id: str
    bot_id: str | None
    hub: str
    hub_kind: str
    model: str
    state: str
    epoch: int
    attempt: int
    request: str = "{}"
    hub_ids: str = "{}"
    representative_id: str | None = None
    order: int = 0
    relayed: int = 0
    seen: tuple[str, ...] = ()
    news_at_ms: int = 0
    because: str = ""
    opened_at_ms: int = 0
    changed_at_ms: int = 0
    due_ms: int = 0


class DeliveryView(msgspec.Struct, frozen=True, array_like=True):
    """Something a hub is owed. The outbox worker sends every row that is `due`.

    Attributes:
        delivery_id: `{request_id}/{order as six digits}`, or `health/{test_id}/000001`.
        hub: Hub of `handoff.settings`.
        hub_kind: What sort of hub that is, e.g. genesys.
        bot_id: Bot whose connection it takes.
        environment: The connection's environment.
        application_id: The connection's application id.
        kind: initiate, message, status (tells what became of it), end or health.
        conversation_id: The conversation; None for health.
        request_id: The hand-off; None for health.
        order: Place within the hand-off, from 1.
        state: due: send it at `next_at_ms` or later; waiting: for an earlier one; sent; dead: given
            up until retried; withdrawn: owed no longer.
        attempts: Attempts so far; the next one is this plus 1.
        next_at_ms: Not before, epoch ms.
        idempotency_key: The same for every attempt.
        body: Facts to send, a JSON object: for initiate those of HandoffRequested, for message
            those of HandoffTurnSaid, for status `state` and `message`, for end
            `reason`; empty once sent.
        hub_ids: Ids the hub gave for this hand-off, a JSON object.
        model: proxy or agent.
        attempts_base: Attempts before somebody last retried it by hand; they count on.
        is_maybe_there: Whether an attempt ended without an answer, so that the hub may have it.
        status_code: HTTP status of the last attempt.
        last_error: Why the last attempt failed.
        response: Beginning of the hub's last answer.
        made_at_ms: When it became owed.
        changed_at_ms: When it changed last.
    """

    delivery_id: str
    hub: str
    hub_kind: str
    bot_id: str | None
    environment: str | None
    application_id: str | None
    kind: str
    conversation_id: str | None
    request_id: str | None
    order: int
    state: str
    attempts: int
    next_at_ms: int
    idempotency_key: str
    body: str
    hub_ids: str = "{}"
    model: str = "proxy"
    attempts_base: int = 0
    is_maybe_there: bool = False
    status_code: int | None = None
    last_error: str | None = None
    response: str | None = None
    made_at_ms: int = 0
    changed_at_ms: int = 0


View = (
    ConnectionView
    | ConnectionTestView
    | BotView
    | ApplicationUserView
    | BotConversationView
    | HubHandoffView
    | DeliveryView
)

VIEWS: Final[dict[str, type[View]]] = {
    CONNECTION: ConnectionView,
    CONNECTION_TEST: ConnectionTestView,
    BOT: BotView,
    APPLICATION_USER: ApplicationUserView,
    BOT_CONVERSATION: BotConversationView,
    HUB_HANDOFF: HubHandoffView,
    DELIVERY: DeliveryView,
}
"""Table to the view its rows hold."""

_decode: Final = coding.decoder(VIEWS)


def encode(view: View) -> bytes:
    """Return a row's value."""
    return coding.encode(view)


def decode(table: str, value: bytes) -> Any:
    """Return the view behind a row of `table`, of the type that `VIEWS` says.

    Raises KeyError for a table that is not ours.
    """
    return _decode(table, value)


def row_key(tenant: str, own: str = "") -> bytes:
    """Return the row key of `own`; without it the prefix of all the tenant's rows."""
    return f"{tenant}\0{own}".encode()


def delivery_key(delivery_id: str) -> str:
    """Return the own key of a delivery's row."""
    group, _, order = delivery_id.rpartition("/")
    return f"{group}\0{order}"
