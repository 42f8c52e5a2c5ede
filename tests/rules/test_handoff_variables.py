"""What a bot knew, at work on the human side: for routing, for the representative, as identity."""

from __future__ import annotations

import json
from typing import Any

import pytest

from processors.conversation.processor import ConversationProcessor
from processors.handoff.processor import HandoffProcessor
from processors.routing import rows
from processors.routing.processor import RoutingProcessor
from processors.testing import opened
from processors.views import routing as views
from schemas.records.conversation import HandoffInitiated
from schemas.records.routing import ItemRouted
from streams.testing import TestCluster

SETUP: dict[str, Any] = {
    "representatives": [{"id": "ann", "name": "Ann"}],
    "queues": [
        {"id": name, "name": name, "kind": "messaging", "members": ["ann"]}
        for name in ("refunds", "french", "upset", "rest")
    ],
    "workstreams": [
        {
            "id": "chat",
            "name": "Chat",
            "kind": "messaging",
            "channels": ["live_chat"],
            "fallback_queue": "rest",
            "routes": [
                {"name": name, "queue": queue, "when": {"field": field, "is": how, "value": value}}
                for name, queue, field, how, value in (
                    ("topic", "refunds", "context.va_LastTopic", "equals", "Refund"),
                    ("language", "french", "context.va_Language", "equals", "fr-fr"),
                    ("words", "upset", "context.va_LastPhrases", "contains", "furious"),
                    ("scope", "rest", "context.va_Scope", "equals", "nobody"),
                )
            ],
        }
    ],
}


def cluster() -> TestCluster:
    made = TestCluster(ConversationProcessor(), HandoffProcessor(), RoutingProcessor())
    made.publish("routing.setup", json.dumps(SETUP).encode())
    return made


def hand_off(made: TestCluster, conversation_id: str, **variables: Any) -> None:
    about = {"tenant": "demo", "occurred_at_ms": 0, "conversation_id": conversation_id}
    made.send(opened("live_chat", bot_id="far-bot", conversation_id=conversation_id))
    made.send(
        HandoffInitiated(
            **about, bot_id="far-bot", message="please", variables=json.dumps(variables)
        )
    )


@pytest.mark.rule("TR-25")
@pytest.mark.parametrize(
    ("variables", "queue"),
    [
        ({"va_LastTopic": "Refund"}, "refunds"),
        ({"va_Language": "fr-fr"}, "french"),
        ({"va_LastPhrases": "I am furious about this"}, "upset"),
        ({"va_Scope": "nobody"}, "rest"),
    ],
)
def test_topic_language_last_words_and_scope_route(variables, queue):
    made = cluster()
    hand_off(made, "c-1", **variables)
    (routed,) = [one for one in made.outputs("routing.decisions.v1") if isinstance(one, ItemRouted)]
    assert routed.queue_id == queue
    assert (routed.queue_id == "rest") == (routed.is_fallback or "va_Scope" in variables)


@pytest.mark.rule("TR-25")
def test_what_the_bot_learnt_reaches_the_representative_and_says_whose_it_was():
    made = cluster()
    hand_off(
        made,
        "c-1",
        va_Topics=["Greeting", "Refund"],
        va_Phrases=["hello", "money back"],
        order=70441,
    )
    (row,) = made["routing"].rows(rows.FACTS, b"demo\0c-1")
    facts = views.decode(rows.FACTS, row[1])
    known = json.loads(facts.variables)
    assert (facts.message, known["va_AgentMessage"]) == ("please", "please")
    assert json.loads(known["va_Topics"]) == ["Greeting", "Refund"]
    assert json.loads(known["va_Phrases"]) == ["hello", "money back"]
    assert known["order"] == 70441
    assert (known["va_ConversationId"], known["va_BotId"]) == ("c-1", "far-bot")
