"""Records for tests: builders that show only what matters."""

from __future__ import annotations

from typing import Any

from schemas.records.assist import RecommendationDismissed
from schemas.records.conversation import TurnSaid


def turn(**given: Any) -> TurnSaid:
    """Return a customer's turn."""
    fields: dict[str, Any] = {
        "tenant": "demo",
        "occurred_at_ms": 1_000,
        "conversation_id": "c-1",
        "turn_id": "t-1",
        "author": "customer",
        "text": "my lamp is broken",
    }
    return TurnSaid(**(fields | given))


def dismissed(**given: Any) -> RecommendationDismissed:
    """Return a derived event."""
    fields: dict[str, Any] = {
        "tenant": "demo",
        "occurred_at_ms": 1_000,
        "recorded_at_ms": 1_000,
        "conversation_id": "c-1",
        "recommendation_id": "conversation.turns.v1/0/1#0",
        "item_id": "KB-1",
        "representative_id": "ann",
    }
    return RecommendationDismissed(**(fields | given))
