"""A conversation between bot, queue and representative: who owns it, who may speak, who is told."""

from __future__ import annotations

import json

import pytest

from processors.conversation.processor import ConversationProcessor
from processors.dialogue.bots import BOTS, load_bots
from processors.testing import accepted, ended, event, given, moved, opened, said
from processors.views import conversation as views
from schemas.records.conversation import (
    BotSessionEnded,
    CallDirected,
    HandoffInitiated,
    HandoffStatusChanged,
    OwnershipChanged,
    TurnReleased,
    VariablesSet,
)
from schemas.records.handoff import (
    BotConversationEnded,
    BotConversationStarted,
    HandoffRequested,
    HandoffTurnSaid,
    HandoffWithdrawn,
)
from schemas.records.routing import ItemSentiment, WorkItemActivity, WorkItemArrived

PROCESSOR = ConversationProcessor()
MINUTE_MS = 60_000

BOT = b"""
bots:
  shop-bot:
    name: Shop bot
    published: true
    topics:
      order:
        name: Order
        phrases: [where is my order]
        nodes:
          - question: What is your order number?
            variable: order_number
            type: number
          - message: Thank you, I look for {order_number}.
      till:
        name: Till down
        phrases: [the till is down]
        nodes:
          - message: That is urgent.
          - transfer: point of sale down
      bye:
        name: Goodbye
        phrases: [that is all]
        nodes:
          - message: Goodbye!
          - end_conversation: resolved
      escalate:
        name: Escalate
        phrases: [speak to agent]
        nodes:
          - message: I get you a colleague.
          - transfer
"""


def _references(text: bytes = BOT) -> dict[str, object]:
    return {BOTS: load_bots(text)}


def handed_off(**fields):
    return HandoffInitiated(
        **({"tenant": "demo", "occurred_at_ms": 0, "conversation_id": "c-1"} | fields)
    )


def told(state, *, request="c-1/1", **fields):
    return HandoffStatusChanged(
        tenant="demo",
        occurred_at_ms=0,
        conversation_id="c-1",
        request_id=request,
        state=state,
        **fields,
    )


def of(then, kind):
    return [one for one in then.outcome.events if isinstance(one, kind)]


@pytest.mark.rule("TR-04", "TR-06", "HO-02")
def test_a_transfer_inside_a_topic_carries_every_variable_and_the_whole_history():
    scenario = given(
        PROCESSOR,
        opened("live_chat", bot_id="shop-bot", customer_name="Mia", variables='{"tier":"gold"}'),
        said("where is my order"),
        said("70441"),
        references=_references(),
    )
    request = of(scenario.when(said("the till is down")), HandoffRequested)[0]
    variables = json.loads(request.variables)
    assert variables["order_number"] == 70441
    assert variables["tier"] == "gold"
    assert variables["va_AgentMessage"] == request.message == "point of sale down"
    assert variables["va_LastTopic"] == "Till down"
    assert json.loads(variables["va_Topics"]) == ["Order", "Till down"]
    assert variables["va_LastPhrases"] == "the till is down"
    assert json.loads(variables["va_Phrases"])[0] == "where is my order"
    assert request.turns == len(scenario.rows(views.TURN))
    assert (request.request_id, request.bot_id) == ("c-1/1", "shop-bot")
    row = scenario.seen(views.HANDOFF)[0]
    assert row.variables == variables
    assert row.message == "point of sale down"


def test_a_bot_that_hands_off_owns_nothing_from_that_very_input_on():
    scenario = given(PROCESSOR, opened(bot_id="shop-bot"), references=_references())
    assert scenario.state.ownership.kind == "bot"
    then = scenario.when(said("speak to agent"))
    released = of(then, TurnReleased)
    assert [one.text for one in released] == ["I get you a colleague."]
    assert {one.ownership_epoch for one in released} == {1}
    assert (scenario.state.ownership.kind, scenario.state.ownership.epoch) == ("queue", 2)
    then.then_some(event(OwnershipChanged, owner="queue", ownership_epoch=2))
    # What the customer says now, the bot does not answer.
    later = scenario.when(said("hello?"))
    assert of(later, TurnReleased) == []
    assert [one.text for one in of(later, HandoffTurnSaid)] == ["hello?"]


def test_a_late_turn_of_the_bot_is_refused_recorded_and_never_delivered():
    scenario = given(PROCESSOR, opened(bot_id="outside"), handed_off(bot_id="outside"))
    for epoch in (0, 1):
        then = scenario.when(
            said("still me", author="bot", ownership_epoch=epoch, needs_delivery=True)
        )
        assert then.outcome.rejection.code in {
            "conversation.stale_epoch",
            "conversation.not_the_owner",
        }
        assert then.outcome.events == ()
    assert len(scenario.rows(views.TURN)) == 0


def test_a_representative_who_lost_the_conversation_speaks_to_nobody():
    scenario = given(
        PROCESSOR,
        opened(is_routed=True),
        accepted("ann", ownership_epoch=2),
        moved("queue", "billing", epoch=3),
        accepted("bob", ownership_epoch=4),
    )
    late = said("one more thing", "representative", ownership_epoch=2, needs_delivery=True)
    then = scenario.when(late)
    then.refused("conversation.stale_epoch", "bob")
    assert then.outcome.events == ()
    good = said("hello", "representative", ownership_epoch=4, needs_delivery=True)
    assert [one.text for one in of(scenario.when(good), TurnReleased)] == ["hello"]


def test_what_a_channel_has_already_is_not_delivered_again():
    scenario = given(PROCESSOR, opened(), accepted())
    then = scenario.when(said("seen elsewhere", "representative"))
    assert of(then, TurnReleased) == []


def test_a_second_hand_off_while_one_is_open_is_the_first_one():
    scenario = given(PROCESSOR, opened(bot_id="outside"), handed_off(request_id="r-1"))
    for again in (handed_off(request_id="r-1"), handed_off(request_id="r-2"), handed_off()):
        then = scenario.when(again)
        assert (then.outcome.events, then.outcome.rows, then.outcome.rejection) == ((), (), None)
    scenario.when(moved("bot", "outside", epoch=3))
    # The first one's delivery is late: still the same hand-off.
    assert scenario.when(handed_off(request_id="r-1")).outcome.events == ()
    second = of(scenario.when(handed_off(request_id="r-3")), HandoffRequested)[0]
    assert second.request_id == "c-1/2"


def test_no_bot_hands_off_what_a_representative_has():
    scenario = given(PROCESSOR, opened(), accepted("ann"))
    scenario.when(handed_off(bot_id="outside")).refused("handoff.not_a_bots", "ann")


@pytest.mark.rule("TR-29")
def test_a_failed_hand_off_gives_the_conversation_back_and_may_be_tried_again():
    scenario = given(
        PROCESSOR, opened(bot_id="shop-bot"), said("speak to agent"), references=_references()
    )
    then = scenario.when(told("failed", message="nobody is there", ownership_epoch=3))
    assert (scenario.state.ownership.kind, scenario.state.ownership.owner_id) == ("bot", "shop-bot")
    assert of(then, TurnReleased), "the bot says that it goes on"
    again = of(scenario.when(said("speak to agent")), HandoffRequested)[0]
    assert (again.request_id, again.attempt) == ("c-1/2", 2)
    # A late word on the first one changes nothing.
    scenario.when(told("accepted", representative_id="eve", ownership_epoch=9))
    assert scenario.state.ownership.kind == "queue"


@pytest.mark.rule("TR-29")
def test_the_human_side_accepts_and_completes():
    scenario = given(PROCESSOR, opened(bot_id="outside"), handed_off())
    scenario.when(told("accepted", representative_id="eve", hub="genesys", ownership_epoch=3))
    assert (scenario.state.ownership.kind, scenario.state.ownership.owner_id) == (
        "representative",
        "eve",
    )
    scenario.when(told("completed", ownership_epoch=4))
    assert (scenario.state.ownership.kind, scenario.state.ownership.owner_id) == ("bot", "outside")
    head = scenario.seen(views.CONVERSATION)[0]
    assert (head.handoff_state, head.handoff_hub) == ("completed", "genesys")


@pytest.mark.rule("HO-45")
def test_a_bot_that_gets_the_conversation_back_goes_on_and_knows_what_it_knew():
    scenario = given(
        PROCESSOR,
        opened(bot_id="shop-bot"),
        said("where is my order"),
        said("70441"),
        said("speak to agent"),
        moved("queue", "billing", epoch=3),
        accepted("ann", ownership_epoch=4),
        references=_references(),
    )
    then = scenario.when(moved("bot", "shop-bot", epoch=5))
    assert of(then, TurnReleased)
    assert of(then, BotConversationStarted)
    assert scenario.state.context.variables["order_number"] == 70441
    assert [one.text for one in of(scenario.when(said("that is all")), TurnReleased)] == [
        "Goodbye!"
    ]


def test_a_routed_conversation_without_a_bot_asks_routing_at_once():
    then = given(PROCESSOR).when(opened("live_chat", is_routed=True, workstream="chat"))
    arrived = of(then, WorkItemArrived)[0]
    assert (arrived.item_id, arrived.request_id, arrived.workstream) == ("c-1", "c-1/1", "chat")
    assert arrived.ownership_epoch == 1
    assert arrived.is_synchronous
    assert not of(given(PROCESSOR).when(opened("sms", is_routed=True)), WorkItemArrived)[
        0
    ].is_synchronous


def test_routing_hears_of_every_message_and_of_the_end():
    scenario = given(
        PROCESSOR, opened(is_routed=True), moved("queue", "q", epoch=2), accepted(ownership_epoch=3)
    )
    scenario.when(said("hi")).then_some(event(WorkItemActivity, activity="customer_wrote"))
    scenario.when(said("hello", "representative", author_id="ann")).then_some(
        event(WorkItemActivity, activity="representative_wrote", representative_id="ann")
    )
    scenario.when(ended(reason="customer_left")).then_some(
        event(WorkItemActivity, activity="customer_left")
    )


@pytest.mark.rule("QM-12")
def test_a_sentiment_that_a_model_outside_tells_reaches_routing_when_it_changes():
    scenario = given(
        PROCESSOR, opened(is_routed=True), moved("queue", "q", epoch=2), accepted(ownership_epoch=3)
    )

    def felt(value: str) -> VariablesSet:
        variables = json.dumps({"sentiment": value})
        return VariablesSet(
            tenant="demo", occurred_at_ms=0, conversation_id="c-1", variables=variables
        )

    scenario.when(felt("negative")).then_some(event(ItemSentiment, sentiment="negative"))
    assert scenario.when(felt("negative")).outcome.events == ()
    scenario.when(felt("very negative")).then_some(event(ItemSentiment, sentiment="very negative"))


def test_before_anybody_knows_who_has_it_the_news_go_the_way_of_the_request():
    scenario = given(PROCESSOR, opened(bot_id="outside"), handed_off())
    scenario.when(said("are you there?")).then_some(event(HandoffTurnSaid, text="are you there?"))
    scenario.when(ended(reason="customer_left")).then_some(
        event(HandoffWithdrawn, request_id="c-1/1", reason="customer_left")
    )


def test_nobody_takes_a_routed_conversation_past_routing():
    scenario = given(PROCESSOR, opened(is_routed=True))
    scenario.when(accepted("ann")).refused("conversation.routed", "queue")


@pytest.mark.rule("HO-41")
def test_what_a_bot_has_closes_after_thirty_minutes_of_silence():
    scenario = given(
        PROCESSOR, opened(bot_id="shop-bot"), said("where is my order"), references=_references()
    )
    scenario.later(29 * MINUTE_MS)
    scenario.when(said("70441"))
    scenario.later(29 * MINUTE_MS)
    assert scenario.seen(views.CONVERSATION)[0].state == "open"
    scenario.later(MINUTE_MS)
    assert scenario.seen(views.CONVERSATION)[0].state == "ended"


@pytest.mark.rule("HO-41")
def test_a_conversation_with_a_representative_does_not_close_by_the_bots_clock():
    scenario = given(PROCESSOR, opened(bot_id="outside"), handed_off())
    scenario.later(24 * 60 * MINUTE_MS)
    assert scenario.seen(views.CONVERSATION)[0].state == "open"


@pytest.mark.rule("HO-43")
def test_a_call_with_a_bot_lasts_an_hour_and_not_longer_unless_it_is_handed_off():
    bot = given(PROCESSOR, opened("voice", bot_id="outside", customer_phone="4420"))
    human = given(PROCESSOR, opened("voice", bot_id="outside", customer_phone="4420"), handed_off())
    for scenario in (bot, human):
        for _ in range(5):
            scenario.when(said("go on", "customer"), after_ms=11 * MINUTE_MS)
        scenario.later(6 * MINUTE_MS)
    assert bot.seen(views.CONVERSATION)[0].state == "ended"
    assert human.seen(views.CONVERSATION)[0].state == "open"


@pytest.mark.rule("HO-23")
def test_the_callers_number_tells_a_call_from_a_message():
    call = given(PROCESSOR).when(opened("voice", is_routed=True, customer_phone="4420"))
    chat = given(PROCESSOR).when(opened("voice", is_routed=True))
    assert of(call, WorkItemArrived)[0].kind == "voice"
    assert of(chat, WorkItemArrived)[0].kind == "messaging"


@pytest.mark.rule("HO-25")
def test_a_call_carries_no_sign_in():
    variables = '{"User.IsLoggedIn":"true","bot.AuthToken":"secret","order":7}'
    call = given(
        PROCESSOR,
        opened("voice", bot_id="outside", customer_phone="4420", variables=variables),
    )
    kept = json.loads(of(call.when(handed_off()), HandoffRequested)[0].variables)
    assert "order" in kept
    assert not {"User.IsLoggedIn", "bot.AuthToken"} & kept.keys()
    chat = given(PROCESSOR, opened("live_chat", bot_id="outside", variables=variables))
    kept = json.loads(of(chat.when(handed_off()), HandoffRequested)[0].variables)
    assert kept["User.IsLoggedIn"] == "true"


@pytest.mark.rule("HO-26")
def test_on_a_call_markdown_is_not_read_aloud_and_a_text_for_speaking_wins():
    scenario = given(
        PROCESSOR,
        opened("voice", is_routed=True, customer_phone="4420"),
        accepted(ownership_epoch=2),
    )
    turn = said(
        "**very** [good](https://x.example)",
        "representative",
        text_format="markdown",
        needs_delivery=True,
    )
    assert of(scenario.when(turn), TurnReleased)[0].speak == "very good"
    turn = said("**x**", "representative", speak="say this", needs_delivery=True)
    assert of(scenario.when(turn), TurnReleased)[0].speak == "say this"


@pytest.mark.rule("HO-31")
def test_the_locale_the_customer_asked_for_travels_for_routing():
    scenario = given(PROCESSOR, opened(bot_id="outside", locale="en-US"))
    request = of(
        scenario.when(handed_off(variables='{"va_CustomerLocale":"FR-fr"}')), HandoffRequested
    )[0]
    assert request.locale == "fr-FR"


def test_a_locale_nobody_knows_is_said_and_does_not_stop_the_hand_off():
    scenario = given(PROCESSOR, opened(bot_id="outside", locale="en-US"))
    then = scenario.when(handed_off(variables='{"va_CustomerLocale":"xx-YY"}'))
    assert of(then, HandoffRequested)[0].locale == "en-US"
    assert then.outcome.rejection.code == "context.refused"


@pytest.mark.rule("HO-33")
def test_variables_that_do_not_fit_are_cut_with_their_name_or_refused_with_the_reason():
    scenario = given(PROCESSOR, opened(bot_id="outside"))
    long = json.dumps({"story": "x" * 5_000, "y" * 101: "no"})
    then = scenario.when(
        VariablesSet(tenant="demo", occurred_at_ms=0, conversation_id="c-1", variables=long)
    )
    assert then.outcome.rejection.code == "context.refused"
    request = of(scenario.when(handed_off()), HandoffRequested)[0]
    assert len(json.loads(request.variables)["story"]) == 4_000
    assert request.cut_variables == ("story",)


@pytest.mark.rule("TR-24")
def test_of_two_values_of_a_name_the_newest_counts():
    scenario = given(PROCESSOR, opened(bot_id="outside", variables='{"a":1,"b":2}'))
    request = of(scenario.when(handed_off(variables='{"a":3}')), HandoffRequested)[0]
    kept = json.loads(request.variables)
    assert (kept["a"], kept["b"]) == (3, 2)


@pytest.mark.rule("HO-42")
def test_a_bot_may_end_the_conversation_by_a_variable_but_not_on_a_call():
    text = BOT.replace(b"point of sale down", b"bye")
    variables = '{"CloseOmnichannelConversation":"true"}'
    chat = given(
        PROCESSOR, opened(bot_id="shop-bot", variables=variables), references=_references(text)
    )
    then = chat.when(said("the till is down"))
    assert of(then, HandoffRequested) == []
    assert chat.seen(views.CONVERSATION)[0].state == "ended"
    call = given(
        PROCESSOR,
        opened("voice", bot_id="shop-bot", customer_phone="4420", variables=variables),
        references=_references(text),
    )
    assert of(call.when(said("the till is down")), HandoffRequested)


@pytest.mark.rule("TR-08")
def test_a_bot_that_is_not_published_says_nothing_and_a_human_gets_the_customer():
    text = BOT.replace(b"published: true", b"published: false")
    then = given(PROCESSOR, references=_references(text)).when(opened(bot_id="shop-bot"))
    assert of(then, TurnReleased) == []
    assert of(then, HandoffRequested)[0].reason == "dialogue.not_published"


@pytest.mark.rule("QM-13")
def test_a_bots_part_ends_with_an_outcome():
    resolved = given(PROCESSOR, opened(bot_id="shop-bot"), references=_references())
    resolved.when(said("that is all")).then_some(
        event(BotSessionEnded, outcome="resolved", bot_id="shop-bot")
    )
    asked = given(PROCESSOR, opened(bot_id="shop-bot"), references=_references())
    asked.when(said("speak to agent")).then_some(
        event(BotSessionEnded, outcome="handed_off", reason="transfer_requested_by_user")
    )
    left = given(PROCESSOR, opened(bot_id="shop-bot"), said("hm"), references=_references())
    left.when(ended(reason="customer_left")).then_some(
        event(BotSessionEnded, outcome="abandoned"), event(BotConversationEnded)
    )
    silent = given(PROCESSOR, opened(bot_id="shop-bot"), references=_references())
    silent.when(ended()).then_some(event(BotSessionEnded, outcome="none"))


@pytest.mark.rule("QM-13")
def test_a_session_of_a_bot_ends_after_an_hour_or_a_hundred_turns_and_another_begins():
    scenario = given(PROCESSOR, opened(bot_id="outside"))
    ends = []
    for number in range(101):
        author = "customer" if number % 2 else "bot"
        ends += of(scenario.when(said(f"m{number}", author)), BotSessionEnded)
    assert [one.turns for one in ends] == [100]
    old = given(PROCESSOR, opened(bot_id="outside"))
    for _ in range(3):
        then = old.when(said("hm"), after_ms=20 * MINUTE_MS + 1)
    assert [one.outcome for one in of(then, BotSessionEnded)] == ["resolved"]
    assert old.seen(views.CONVERSATION)[0].state == "open"


@pytest.mark.rule("HO-22")
def test_a_bot_hangs_up():
    text = BOT.replace(b"end_conversation: resolved", b"hang_up")
    scenario = given(
        PROCESSOR,
        opened("voice", bot_id="shop-bot", customer_phone="4420"),
        references=_references(text),
    )
    scenario.when(said("that is all")).then_some(event(CallDirected, action="hang_up"))
    assert scenario.seen(views.CONVERSATION)[0].state == "ended"
