"""The `conversation` processor: one log of turns in; intents, recommendations and views out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from processors.conversation import intents, rules
from processors.conversation.state import SNAPSHOTS, Conversation
from processors.machine import At, Outcome, Traits
from processors.on_contracts import OnContracts
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
from schemas.records.intent import (
    AttributeAnswered,
    ChooseIntent,
    DismissIntent,
    IntentChosen,
    IntentDetected,
    IntentDismissed,
    InterviewConcluded,
    RequestSolution,
    SolutionsSuggested,
)
from schemas.records.routing import (
    ItemIntent,
    ItemSentiment,
    WorkItemActivity,
    WorkItemArrived,
)

LOG: Final = "conversation.turns.v1"
RECOMMENDATIONS: Final = "assist.recommendations.v1"
INTENTS: Final = "conversation.intents.v1"
OUTBOUND: Final = "conversation.outbound.v1"
HANDOFFS: Final = "handoff.connections.v1"
REQUESTS: Final = "handoff.requests.v1"

TOPIC_OF: Final[Mapping[type, str]] = {
    RecommendationIssued: RECOMMENDATIONS,
    RecommendationRefreshed: RECOMMENDATIONS,
    RecommendationDismissed: RECOMMENDATIONS,
    NothingFound: RECOMMENDATIONS,
    IntentDetected: INTENTS,
    AttributeAnswered: INTENTS,
    InterviewConcluded: INTENTS,
    IntentDismissed: INTENTS,
    IntentChosen: INTENTS,
    SolutionsSuggested: INTENTS,
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
    ItemSentiment: REQUESTS,
    ItemIntent: REQUESTS,
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
    DismissIntent: intents.dismiss,
    ChooseIntent: intents.choose,
    RequestSolution: intents.request_solution,
}


class ConversationProcessor(OnContracts):
    """Implements `processors.machine.Processor` for conversations."""

    name = "conversation"
    version = 3
    log = LOG
    derives: tuple[str, ...] = (RECOMMENDATIONS, OUTBOUND, INTENTS)
    feeds: tuple[str, ...] = (HANDOFFS, REQUESTS)
    traits = Traits(prepares=True)

    def key(self, record: Any) -> bytes | None:
        """Return `{tenant}:{conversation_id}`, or None for inputs meant for the partition."""
        return catalogue.key_of(record)

    def prepare(self, inputs: Sequence[tuple[Any, Mapping[str, Any]]]) -> Any:
        """Return what the library of intents says of the customers' messages, all at once."""
        return intents.prepare(inputs)

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
