"""The conversation processor with a library in force: what is heard, shown, chosen and kept."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from processors.conversation.processor import ConversationProcessor
from processors.intents.library import LIBRARY
from processors.machine import At
from processors.testing import (
    CONVERSATION,
    TENANT,
    accepted,
    ended,
    event,
    given,
    moved,
    opened,
    said,
)
from processors.views import conversation as views
from schemas.records.conversation import HandoffInitiated, VariablesSet
from schemas.records.handoff import HandoffRequested
from schemas.records.intent import (
    AttributeAnswered,
    ChooseIntent,
    DismissIntent,
    IntentChosen,
    IntentDetected,
    IntentDismissed,
    RequestSolution,
    SolutionsSuggested,
)
from schemas.records.routing import ItemIntent, WorkItemArrived
from tests.rules.bases import article, references
from tests.rules.shop_intents import shop

PROCESSOR = ConversationProcessor()
ARTICLES = (
    article("P-1", "Clear a paper jam", "Open the printer and take the paper out."),
    article("R-1", "Refund a purchase", "How a refund is paid and your money comes back."),
)


def world(*left_out: str, articles: bool = True) -> dict[str, Any]:
    found = references(*ARTICLES) if articles else {}
    return {**found, LIBRARY: shop(*left_out)}


def served(*inputs: Any, channel: str = "live_chat", **fields: Any):
    return given(PROCESSOR, opened(channel, **fields), accepted("ann"), *inputs, references=world())


def command(record: Any, command_id: str = "k-1", by: str = "ann", **fields: Any) -> Any:
    return record(
        tenant=TENANT,
        occurred_at_ms=0,
        conversation_id=CONVERSATION,
        command_id=command_id,
        representative_id=by,
        **fields,
    )


def seen(scenario) -> Any:
    (row,) = scenario.seen(views.INTENT)
    return row


REFUND_PLEASE = "I want my money back for the lamp"


@pytest.mark.rule("CI-07", "CI-27")
def test_what_the_customer_wants_is_an_event_and_stands_on_the_screen_with_its_questions():
    scenario = served()
    assert seen(scenario).state == "looking"
    step = scenario.when(said(REFUND_PLEASE))
    step.then_some(event(IntentDetected, outcome="intent", intent_id="refund", is_shift=False))
    detected = next(one for one in step.events if isinstance(one, IntentDetected))
    assert detected.turn_id == "t-2"
    assert len(detected.top) == 3
    assert "fits Refund with" in detected.because
    view = seen(scenario)
    assert (view.state, view.intent.name, view.group.name) == ("intent", "Refund", "Returns")
    assert [one.attribute_id for one in view.attributes] == ["order_number", "bought_on", "reason"]
    assert [one.is_next for one in view.attributes] == [True, False, False]
    assert (view.next.kind, view.next.text) == ("question", "What is your order number?")
    (head,) = scenario.seen(views.CONVERSATION)
    assert head.intent_name == "Refund"


@pytest.mark.rule("CI-10")
def test_intent_questions_with_responses_and_solutions_stand_beside_each_other():
    scenario = served(said(REFUND_PLEASE))
    scenario.when(command(RequestSolution))
    view = seen(scenario)
    assert view.intent is not None
    assert [one.kind for one in view.responses][:2] == ["question", "solution"]
    assert {"reply"} < {one.kind for one in view.responses}
    assert [one.article_id for one in view.solution.results] == ["R-1"]


@pytest.mark.rule("CI-29")
def test_an_answer_is_an_event_and_stands_with_its_question():
    scenario = served(said(REFUND_PLEASE))
    scenario.when(said("What is your order number?", author="representative", author_id="ann"))
    step = scenario.when(said("it is AB-70441"))
    step.then_some(
        event(
            AttributeAnswered,
            attribute_id="order_number",
            value="AB-70441",
            was_asked=True,
            turn_number=3,
            is_from_bot=False,
        )
    )
    view = seen(scenario)
    assert (view.attributes[0].value, view.attributes[0].turn_number) == ("AB-70441", 3)
    assert view.next.attribute_id == "bought_on"


@pytest.mark.rule("CI-27")
def test_a_wish_the_library_does_not_know_shows_nothing():
    scenario = served(said("can you tell me the capital of France please"))
    view = seen(scenario)
    assert (view.state, view.is_unknown) == ("none", True)
    assert (view.intent, view.attributes, view.responses) == (None, (), ())


@pytest.mark.rule("CI-33")
def test_suggestions_come_with_acceptance_and_only_in_channels_of_messages():
    scenario = given(PROCESSOR, opened(), said(REFUND_PLEASE), references=world())
    waiting = seen(scenario)
    assert (waiting.state, waiting.next.kind, waiting.responses) == ("unavailable", "none", ())
    scenario.when(accepted("ann"))
    assert (seen(scenario).state, seen(scenario).next.kind) == ("intent", "question")
    call = served(said(REFUND_PLEASE), channel="voice", customer_phone="491701234567")
    assert (seen(call).state, seen(call).responses) == ("unavailable", ())
    assert served(said(REFUND_PLEASE), channel="record").seen(views.INTENT) == []
    scenario.when(ended())
    assert seen(scenario).state == "unavailable"


@pytest.mark.rule("CI-30")
def test_after_a_shift_and_a_transfer_the_earlier_intent_is_still_on_the_screen():
    scenario = served(said("I want my money back for order number AB-70441"))
    step = scenario.when(said("actually my printer shows an error"))
    step.then_some(
        event(IntentDetected, intent_id="printer_error", is_shift=True, before_intent_id="refund")
    )
    scenario.when(moved("queue", "q-2", epoch=2))
    scenario.when(accepted("bob", ownership_epoch=3))
    view = seen(scenario)
    assert view.intent.name == "Printer error"
    assert [(one.name, one.attributes[0].value) for one in view.earlier] == [("Refund", "AB-70441")]


@pytest.mark.rule("CI-32")
def test_a_thumbs_down_takes_intent_and_questions_away_for_the_conversation():
    scenario = served(said(REFUND_PLEASE))
    scenario.when(command(DismissIntent)).then(
        event(IntentDismissed, intent_id="refund", representative_id="ann")
    )
    view = seen(scenario)
    assert (view.state, view.intent, view.attributes, view.next.kind) == ("none", None, (), "none")
    scenario.when(said("I said that I want my money back"))
    assert (seen(scenario).intent, seen(scenario).dismissed) == (None, ("refund",))
    refused = command(ChooseIntent, "k-2", intent_id="refund")
    scenario.when(refused).refused("intent.dismissed", "stays away")
    scenario.when(said("I want to exchange the shoes for a bigger size"))
    assert seen(scenario).intent.intent_id == "exchange"


def test_a_command_delivered_twice_counts_once():
    scenario = served(said(REFUND_PLEASE))
    scenario.when(command(DismissIntent))
    scenario.when(said("I want to exchange the shoes for a bigger size"))
    scenario.when(command(DismissIntent)).nothing()
    scenario.when(command(ChooseIntent, "k-2", intent_id="password"))
    scenario.when(said("I want to exchange the shoes for a bigger size", turn_id="t-9"))
    scenario.when(command(ChooseIntent, "k-2", intent_id="password")).nothing()
    scenario.when(command(DismissIntent, "k-3", intent_id="refund")).nothing()


def test_the_representative_may_choose_the_intent_and_what_was_told_counts():
    scenario = served(said("hello, my order number is AB-70441"))
    step = scenario.when(command(ChooseIntent, intent_id="refund"))
    step.then(
        event(IntentChosen, intent_id="refund", before_intent_id=None),
        event(AttributeAnswered, attribute_id="order_number", turn_number=0, turn_id=None),
    )
    view = seen(scenario)
    assert (view.intent.name, view.intent.score) == ("Refund", 1.0)
    assert view.next.attribute_id == "bought_on"
    scenario.when(command(ChooseIntent, "k-2", intent_id="refund")).nothing()


@pytest.mark.rule("CI-31")
def test_a_solution_is_looked_for_on_demand_only_and_once_for_the_same_question():
    scenario = served(said("my printer shows error code E-42"))
    assert seen(scenario).solution is None
    assert seen(scenario).next.kind == "solution"
    step = scenario.when(command(RequestSolution))
    step.then(event(SolutionsSuggested, requested_by="ann", intent_id="printer_error"))
    assert {one.item_id: one.verdict for one in step.events[0].candidates} == {
        "P-1": "chosen",
        "P-9": "not_published",
    }
    view = seen(scenario)
    assert view.solution.query.endswith("error code E-42")
    assert view.next.kind == "none"
    scenario.when(command(RequestSolution, "k-2")).nothing()


@pytest.mark.parametrize(
    ("record", "fields", "code"),
    [
        (DismissIntent, {}, "intent.not_shown"),
        (DismissIntent, {"intent_id": "refund"}, "intent.not_shown"),
        (ChooseIntent, {"intent_id": "nowhere"}, "intent.unknown"),
        (RequestSolution, {}, "intent.not_shown"),
        (RequestSolution, {"by": "eve"}, "intent.not_a_participant"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(record, fields, code):
    served(said("hello")).when(command(record, **fields)).refused(code)


def test_commands_are_refused_where_nobody_serves_or_nothing_is_published_or_it_is_over():
    scenario = given(PROCESSOR, opened(), references=world())
    scenario.when(command(DismissIntent)).refused("intent.unavailable", "nobody serves")
    bare = given(PROCESSOR, opened(), accepted("ann"))
    bare.when(command(RequestSolution)).refused("intent.no_library", "publishes")
    assert bare.seen(views.INTENT) == []
    over = served(ended())
    over.when(command(RequestSolution)).refused("conversation.ended")


@pytest.mark.rule("CI-08", "CI-37")
def test_what_was_told_in_the_bot_phase_is_handed_over_and_not_asked_again():
    scenario = given(
        PROCESSOR,
        opened(bot_id="outside", is_routed=True),
        said("I want my money back"),
        said("my order number is AB-70441"),
        references=world(),
    )
    initiated = HandoffInitiated(
        tenant=TENANT, occurred_at_ms=0, conversation_id=CONVERSATION, reason="asked for a person"
    )
    step = scenario.when(initiated)
    request = next(one for one in step.events if isinstance(one, HandoffRequested))
    told = json.loads(request.variables)
    assert (told["intent_id"], told["intent_name"]) == ("refund", "Refund")
    assert (told["intent_group_id"], told["line_of_business"]) == ("returns", "shop")
    attributes = {one["attribute_id"]: one for one in json.loads(told["intent_attributes"])}
    assert (attributes["order_number"]["answered"], attributes["order_number"]["value"]) == (
        True,
        "AB-70441",
    )
    assert attributes["reason"]["answered"] is False
    scenario.when(accepted("ann", ownership_epoch=9))
    view = seen(scenario)
    first = view.attributes[0]
    assert (first.value, first.is_from_bot, first.turn_number) == ("AB-70441", True, 2)
    assert view.next.attribute_id == "bought_on"


def test_a_bot_outside_that_told_an_intent_of_its_own_is_believed():
    variables = json.dumps({"intent_id": "its-own"})
    scenario = given(
        PROCESSOR,
        opened(bot_id="outside", is_routed=True),
        said("I want my money back"),
        references=world(),
    )
    initiated = HandoffInitiated(
        tenant=TENANT, occurred_at_ms=0, conversation_id=CONVERSATION, variables=variables
    )
    request = next(
        one for one in scenario.when(initiated).events if isinstance(one, HandoffRequested)
    )
    told = json.loads(request.variables)
    assert told["intent_id"] == "its-own"
    assert "intent_group_id" not in told


@pytest.mark.rule("CI-39")
def test_routing_is_told_what_the_customer_wants_while_it_has_the_conversation():
    scenario = given(PROCESSOR, references=world())
    first = scenario.when(opened(is_routed=True))
    first.then_some(event(WorkItemArrived))
    scenario.when(said(REFUND_PLEASE)).then_some(
        event(
            ItemIntent,
            item_id=CONVERSATION,
            intent_id="refund",
            intent_group_id="returns",
            line_of_business="shop",
        )
    )
    again = scenario.when(said(REFUND_PLEASE))
    assert not [one for one in again.events if isinstance(one, ItemIntent)]


def test_a_library_that_no_longer_has_the_intent_takes_it_away_and_says_so():
    scenario = served(said(REFUND_PLEASE))
    scenario.references |= world("refund")
    step = scenario.when(said("One moment.", author="representative", author_id="ann"))
    step.then(event(IntentDetected, outcome="none", intent_id=None, before_intent_id="refund"))
    view = seen(scenario)
    assert (view.intent, [one.intent_id for one in view.earlier]) == (None, ["refund"])
    assert view.library_digest == shop("refund").digest


def test_without_a_library_nothing_is_detected_and_nothing_is_prepared():
    inputs: list[Any] = [(said(REFUND_PLEASE), {}), (opened(), {})]
    assert PROCESSOR.prepare(inputs) is None
    scenario = given(PROCESSOR, opened(), accepted("ann"))
    assert not [
        one for one in scenario.when(said(REFUND_PLEASE)).events if isinstance(one, IntentDetected)
    ]
    assert scenario.state.context.interview is None


def test_what_is_prepared_for_a_batch_is_what_is_found_alone():
    texts = [REFUND_PLEASE, "hello", "", "my printer shows an error", "\ud800", REFUND_PLEASE]
    inputs: list[Any] = [(said(text), world()) for text in texts]
    inputs.insert(2, (said("a private note", visibility="private"), world()))
    inputs.insert(4, (said(REFUND_PLEASE), world("refund")))
    together = PROCESSOR.prepare(inputs)
    assert sorted(together) == [0, 1, 3, 4, 5, 6, 7]
    for index, one in enumerate(inputs):
        alone = PROCESSOR.prepare([one])
        assert (alone or {}).get(0) == together.get(index)
    assert together[0].intent_id == "refund"
    assert together[4].intent_id != "refund"


def test_a_state_from_before_there_were_intents_is_read_as_one_without():
    scenario = given(PROCESSOR, opened(), accepted("ann"), said("hello"))
    data = PROCESSOR.encode_state(scenario.state)
    fields = msgspec.msgpack.decode(data[1:])
    assert fields[-1][-1] is None
    fields[-1].pop()
    old = data[:1] + msgspec.msgpack.encode(fields)
    assert PROCESSOR.decode_state(old) == scenario.state


def test_the_row_goes_when_the_conversation_is_forgotten():
    scenario = served(said(REFUND_PLEASE), ended())
    scenario.later(31 * 86_400_000)
    assert scenario.seen(views.INTENT) == []
    assert scenario.state is None


def test_of_a_turn_of_a_megabyte_the_beginning_is_heard():
    scenario = served()
    scenario.when(said(f"{REFUND_PLEASE} {' ' * 1_000_000} x"))
    assert seen(scenario).intent.intent_id == "refund"


def test_an_input_without_what_was_prepared_gives_the_same():
    at = At(now_ms=5, cause="conversation.turns.v1/0/3", references=world(), prepared=None, index=0)
    turn = said(REFUND_PLEASE, turn_id="t", recorded_at_ms=5, occurred_at_ms=5)
    state = served().state
    prepared = PROCESSOR.prepare([(turn, world())])
    with_it = At(at.now_ms, at.cause, 0, at.references, prepared, 0)
    assert PROCESSOR.handle(state, turn, at) == PROCESSOR.handle(state, turn, with_it)


@pytest.mark.rule("CI-08", "CI-29")
@pytest.mark.parametrize("name", ["order_number", "Order Number", "order-number"])
def test_what_a_variable_tells_already_is_answered_and_not_asked(name: str):
    variables = json.dumps({name: 70441, "tier": "gold"})
    scenario = served(variables=variables)
    then = scenario.when(said("I want my money back"))
    (answered,) = [one for one in then.events if isinstance(one, AttributeAnswered)]
    assert (answered.attribute_id, answered.value, answered.is_from_bot) == (
        "order_number",
        "70441",
        True,
    )
    ((_, value),) = scenario.rows(views.INTENT)
    shown = views.decode(views.INTENT, value)
    assert shown.attributes[0].value == "70441"
    assert shown.next.attribute_id != "order_number"


def test_a_variable_that_comes_later_answers_as_well_and_what_is_no_value_does_not():
    scenario = served(said("I want my money back"))
    given_later = VariablesSet(
        tenant=TENANT,
        conversation_id=CONVERSATION,
        occurred_at_ms=0,
        variables=json.dumps({"bought_on": "a while ago", "order_number": "AB-10033"}),
    )
    then = scenario.when(given_later)
    told = [one.attribute_id for one in then.events if isinstance(one, AttributeAnswered)]
    assert told == ["order_number"]
    assert [
        one for one in scenario.when(said("ok")).events if isinstance(one, AttributeAnswered)
    ] == []
