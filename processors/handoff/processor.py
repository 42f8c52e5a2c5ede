"""The `handoff` processor: where each bot hands off to, and what hubs are owed for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from processors.handoff import connections, exchange, news, outbox, passing, refresh, requests
from processors.handoff.state import Handoffs, Making
from processors.machine import At, Outcome, RowReader, Traits
from processors.on_contracts import OnContracts
from schemas import catalogue, codec
from schemas.records import conversation, handoff as records, routing

LOG: Final = "handoff.connections.v1"
STATUS: Final = "handoff.status.v1"
DELIVERIES: Final = "handoff.deliveries.v1"
ROUTING: Final = "handoff.requests.v1"
CONVERSATIONS: Final = "conversation.turns.v1"

TOPIC_OF: Final[Mapping[type, str]] = {
    records.ConnectionChanged: STATUS,
    records.ConnectionInvalid: STATUS,
    records.TeamsChannelEnabled: STATUS,
    records.InstanceDetected: STATUS,
    records.ConnectionTested: STATUS,
    records.BotExported: STATUS,
    records.BotImported: STATUS,
    records.BotPublicationChanged: STATUS,
    records.HandoffProgressed: STATUS,
    records.DeliveryDue: DELIVERIES,
    records.DeliveryChanged: DELIVERIES,
    routing.WorkItemArrived: ROUTING,
    routing.WorkItemActivity: ROUTING,
    conversation.ConversationEnded: CONVERSATIONS,
    conversation.HandoffInitiated: CONVERSATIONS,
    conversation.HandoffStatusChanged: CONVERSATIONS,
    conversation.OwnershipMoved: CONVERSATIONS,
    conversation.RepresentativeAccepted: CONVERSATIONS,
    conversation.TurnSaid: CONVERSATIONS,
}
"""Derived record to the topic it is published on."""

_RULE_OF: Final[Mapping[type, Callable[[Making, Any], Outcome]]] = {
    records.EnableConnection: connections.enable,
    records.ChooseEnvironment: connections.choose_environment,
    records.GiveApplication: connections.give_application,
    records.AddBot: connections.add_bot,
    records.DisconnectBot: connections.disconnect,
    records.DisableConnection: connections.disable,
    records.SwitchVoice: connections.switch_voice,
    records.SwitchSingleSignOn: connections.switch_single_sign_on,
    records.RefreshConnection: refresh.refresh,
    records.ExportBot: exchange.export_bot,
    records.ImportBot: exchange.import_bot,
    records.RetryDelivery: outbox.retry,
    records.ConnectionAdopted: connections.adopt,
    records.BotPublished: connections.publish,
    records.BotUnpublished: connections.publish,
    records.BotConversationStarted: requests.start_bot,
    records.BotConversationEnded: requests.end_bot,
    records.HandoffRequested: requests.request,
    records.HandoffTurnSaid: requests.take_turn,
    records.HandoffWithdrawn: requests.withdraw,
    records.HubStatusReceived: news.take_status,
    records.HubMessageReceived: news.take_message,
    records.DeliveryAttempted: outbox.take_attempt,
}

_ADMINISTERED: Final = frozenset(
    {
        records.EnableConnection,
        records.ChooseEnvironment,
        records.GiveApplication,
        records.AddBot,
        records.DisconnectBot,
        records.DisableConnection,
        records.SwitchVoice,
        records.SwitchSingleSignOn,
        records.RefreshConnection,
        records.ExportBot,
        records.ImportBot,
    }
)
"""Commands that only an administrator may give (HO-04)."""


class HandoffProcessor(OnContracts):
    """Implements `processors.machine.WideProcessor` for a tenant's hand-offs."""

    name = "handoff"
    version = 1
    log = LOG
    derives: tuple[str, ...] = (STATUS, DELIVERIES)
    feeds: tuple[str, ...] = (ROUTING, CONVERSATIONS)
    traits = Traits(prepares=False, is_wide=True)

    def key(self, record: Any) -> bytes | None:
        """Return `{tenant}`, or None for inputs meant for the partition."""
        return catalogue.key_of(record)

    def handle(self, state: Handoffs | None, record: Any, at: At) -> Outcome:
        """Return what `record` makes true; records that no rule knows change nothing."""
        rule = _RULE_OF.get(type(record))
        if rule is None:
            return Outcome(state)
        making = Making(state or Handoffs(record.tenant.encode()), record.tenant, at)
        if type(record) in _ADMINISTERED and connections.ADMINISTRATOR not in record.roles:
            who = record.commanded_by or "whoever asked"
            because = f"{who} is no administrator; ask one to change the connection of a bot"
            return making.refused("handoff.not_administrator", because)
        return rule(making, record)

    def on_timer(self, state: Handoffs | None, key: bytes, name: str, at: At) -> Outcome:
        """Return what the timer `name` makes true."""
        making = Making(state or Handoffs(key), key.decode(), at)
        if name.startswith(passing.TIMER):
            return requests.on_timer(making, name.removeprefix(passing.TIMER))
        if name.startswith(refresh.TIMER):
            return refresh.overdue(making, name.removeprefix(refresh.TIMER))
        return Outcome(making.state)

    def open_state(self, key: bytes, read: RowReader) -> Handoffs:
        """Return the state that the tenant's rows give."""
        return Handoffs.opened(key, read)

    def encode_state(self, state: Handoffs) -> bytes:
        """Return nothing: the state is its rows."""
        return b""

    def decode_state(self, data: bytes) -> Handoffs:
        """Return an empty state: the real one is read from its rows."""
        return Handoffs(b"")

    def encode_event(self, event: Any) -> tuple[str, bytes, bytes | None, str, str]:
        """Return `(topic, value, key, type name, subject)` of a derived event."""
        key = catalogue.key_of(event)
        subject = key.decode() if key is not None else ""
        return TOPIC_OF[type(event)], codec.encode(event), key, event.FULL_NAME, subject
