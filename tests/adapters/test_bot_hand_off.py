"""From activities to the conversation: a bot hands off, and what others see of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from processors.conversation.processor import ConversationProcessor
from processors.testing import Scenario, given
from processors.views import conversation as views
from schemas.records.conversation import OwnershipChanged, TurnReleased
from schemas.records.handoff import HandoffRequested
from streams.adapters import bot_framework
from streams.adapters.bot_framework import Account
from streams.adapters.outcome import Recorded
from tests.adapters.activities import activity, payload

ACCOUNT = Account(tenant="demo", bot_id="shop-bot", is_routed=True)
BOT = {"id": "shop-bot", "role": "bot"}


def records(body: bytes, account: Account = ACCOUNT) -> tuple[Any, ...]:
    outcome = bot_framework.read(body, account)
    assert isinstance(outcome, Recorded), outcome
    return tuple(item.record for item in outcome.items)


def lived(*names: str, account: Account = ACCOUNT) -> Scenario:
    inputs = [record for name in names for record in records(payload(name), account)]
    return given(ConversationProcessor(), *inputs)


def requests(scenario: Scenario, body: bytes, account: Account = ACCOUNT) -> list[Any]:
    """Return the events of an activity's records."""
    return [event for record in records(body, account) for event in scenario.when(record).events]


def owner(scenario: Scenario) -> tuple[str, str | None, int]:
    (row,) = scenario.seen(views.CONVERSATION)
    return row.owner_kind, row.owner_id, row.ownership_epoch


@pytest.mark.rule("HO-34", "HO-35")
def test_an_escalating_bot_is_silent_at_once_and_its_summary_is_no_turn():
    scenario = lived("conversation_update", "customer_message", "bot_message_bridged")
    assert owner(scenario) == ("bot", "shop-bot", 1)
    (request,) = [e for e in requests(scenario, payload("escalate")) if type(e) is HandoffRequested]
    assert request.message == "Wants 129 back, lamp arrived broken."
    assert json.loads(request.variables)["BotHandoffTopic"] == "CreditCard"
    assert request.turns == 2
    kind, _, epoch = owner(scenario)
    assert (kind, epoch) == ("queue", 2)
    assert all(request.message not in turn.text for turn in scenario.seen(views.TURN))


def test_a_bot_that_talks_on_after_its_hand_off_is_refused_and_not_delivered():
    carried = Account(tenant="demo", bot_id="shop-bot", is_routed=True, needs_delivery=True)
    scenario = lived("conversation_update", "customer_message", "escalate", account=carried)
    before = len(scenario.seen(views.TURN))
    late = activity(
        id="late", text="still me", channelData={"deliveryMode": "bridged"}, **{"from": BOT}
    )
    (record,) = records(late, carried)
    outcome = scenario.when(record).outcome
    assert outcome.rejection is not None
    assert not any(type(event) is TurnReleased for event in outcome.events)
    assert len(scenario.seen(views.TURN)) == before


def test_an_escalation_that_comes_again_opens_no_second_hand_off():
    scenario = lived("conversation_update", "customer_message", "escalate")
    again = requests(scenario, payload("escalate"))
    other = json.loads(payload("escalate")) | {"id": "a-170"}
    assert again == []
    assert requests(scenario, json.dumps(other).encode()) == []
    assert owner(scenario)[2] == 2


@pytest.mark.rule("HO-02", "TR-06")
def test_a_conversation_first_heard_of_at_its_hand_off_arrives_with_history_and_variables():
    account = Account(tenant="demo", bot_id="shop-bot", is_routed=True, has_live_turns=False)
    scenario = given(ConversationProcessor())
    events = requests(scenario, payload("handoff_initiate"), account)
    (request,) = [event for event in events if type(event) is HandoffRequested]
    assert request.turns == 3
    assert [turn.text for turn in scenario.seen(views.TURN)] == [
        "my lamp is broken",
        "**Sorry**",
        "a human please",
    ]
    variables = json.loads(request.variables)
    assert json.loads(variables["va_Topics"]) == ["Greeting", "Refund"]
    assert (variables["order"], variables["amount"]) == ("7", 129)
    assert any(type(event) is OwnershipChanged for event in events)


@pytest.mark.rule("HO-33")
def test_a_value_that_is_too_long_is_cut_by_the_conversation_which_says_so():
    scenario = lived("conversation_update", "customer_message")
    value = {"long": "x" * 4_001, "short": "y"}
    sent = activity(
        id="h", type="event", name="handoff.initiate", value=value, recipient=None, **{"from": BOT}
    )
    (request,) = [e for e in requests(scenario, sent) if type(e) is HandoffRequested]
    assert len(json.loads(request.variables)["long"]) == 4_000
    assert request.cut_variables == ("long",)
