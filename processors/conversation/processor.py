"""The `conversation` processor: one log of turns in, recommendations and views out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from processors import reference as references
from processors.conversation import rules
from processors.conversation.state import SNAPSHOTS, Conversation
from processors.machine import At, Outcome, Traits
from schemas import catalogue, codec
from schemas.records.assist import (
    DismissRecommendation,
    NothingFound,
    RecommendationDismissed,
    RecommendationIssued,
    RecommendationRefreshed,
)
from schemas.records.conversation import (
    BotSessionEnded,
    CallDirected,
    ConversationEnded,
    ConversationOpened,
    HandoffInitiated,
    HandoffStatusChanged,
    OwnershipChanged,
    OwnershipMoved,
    RepresentativeAccepted,
    TurnReleased,
    TurnSaid,
    VariablesSet,
)
from schemas.records.handoff import (
    BotConversationEnded,
    BotConversationStarted,
    HandoffRequested,
    HandoffTurnSaid,
    HandoffWithdrawn,
)
from schemas.records.routing import WorkItemActivity, WorkItemArrived

LOG: Final = "conversation.turns.v1"
RECOMMENDATIONS: Final = "assist.recommendations.v1"
OUTBOUND: Final = "conversation.outbound.v1"
HANDOFFS: Final = "handoff.connections.v1"
REQUESTS: Final = "handoff.requests.v1"

TOPIC_OF: Final[Mapping[type, str]] = {
    RecommendationIssued: RECOMMENDATIONS,
    RecommendationRefreshed: RECOMMENDATIONS,
    RecommendationDismissed: RECOMMENDATIONS,
    NothingFound: RECOMMENDATIONS,
    TurnReleased: OUTBOUND,
    OwnershipChanged: OUTBOUND,
    BotSessionEnded: OUTBOUND,
    CallDirected: OUTBOUND,
    BotConversationStarted: HANDOFFS,
    BotConversationEnded: HANDOFFS,
    HandoffRequested: HANDOFFS,
    HandoffTurnSaid: HANDOFFS,
    HandoffWithdrawn: HANDOFFS,
    WorkItemArrived: REQUESTS,
    WorkItemActivity: REQUESTS,
}
"""Derived record to the topic it is published on."""

_RULE_OF: Final[Mapping[type, Callable[[Any, Any, At], Outcome]]] = {
    ConversationOpened: rules.open_conversation,
    TurnSaid: rules.take_turn,
    RepresentativeAccepted: rules.accept,
    OwnershipMoved: rules.move,
    ConversationEnded: rules.end,
    VariablesSet: rules.set_variables,
    HandoffInitiated: rules.initiate,
    HandoffStatusChanged: rules.take_status,
    DismissRecommendation: rules.dismiss,
}


class ConversationProcessor:
    """Implements `processors.machine.Processor` for conversations."""

    name = "conversation"
    version = 2
    log = LOG
    derives: tuple[str, ...] = (RECOMMENDATIONS, OUTBOUND)
    feeds: tuple[str, ...] = (HANDOFFS, REQUESTS)
    traits = Traits()

    def decode(self, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Any:
        """Return the typed input. Raises `schemas.errors.UndecodableError` for anything else."""
        return codec.decode(value)

    def key(self, record: Any) -> bytes | None:
        """Return `{tenant}:{conversation_id}`, or None for inputs meant for the partition."""
        return catalogue.key_of(record)

    def recorded_at_ms(self, record: Any) -> int:
        """Return when the input was let in, epoch ms; 0 when the record does not say."""
        recorded_at_ms: int = record.recorded_at_ms
        return recorded_at_ms

    def tenant(self, record: Any) -> str:
        """Return whose article base and settings count for this input."""
        tenant: str = record.tenant
        return tenant

    def prepare(self, inputs: Sequence[tuple[Any, Mapping[str, Any]]]) -> Any:
        """Return None: what a search needs is in the states, which a batch does not know yet."""
        return None

    def handle(self, state: Conversation | None, record: Any, at: At) -> Outcome:
        """Return what `record` makes true; records that no rule knows change nothing."""
        rule = _RULE_OF.get(type(record))
        return Outcome(state) if rule is None else rule(state, record, at)

    def on_timer(
        self,
        state: Conversation | None,
        key: bytes,
        name: str,
        at: At,
    ) -> Outcome:
        """Return what a timer makes true: a bot's idle clock, or forgetting what has ended."""
        if name == rules.FORGET:
            return rules.forget(state, key)
        return rules.close_idle(state, key, name, at)

    def encode_state(self, state: Conversation) -> bytes:
        """Return the state as bytes; equal states give equal bytes."""
        return SNAPSHOTS.encode(state)

    def decode_state(self, data: bytes) -> Conversation:
        """Return the state behind `data`. Raises `processors.errors.UnreadableStateError`."""
        return SNAPSHOTS.decode(data)

    def encode_event(self, event: Any) -> tuple[str, bytes, bytes | None, str, str]:
        """Return `(topic, value, key, type name, subject)` of a derived event."""
        key = catalogue.key_of(event)
        subject = key.decode() if key is not None else ""
        return TOPIC_OF[type(event)], codec.encode(event), key, event.FULL_NAME, subject

    def load_reference(self, reference: str, content: bytes) -> Any:
        """Return the loaded form of an artefact.

        Raises `processors.errors.InvalidReferenceError` or `UnknownReferenceError`.
        """
        return references.load(reference, content)
