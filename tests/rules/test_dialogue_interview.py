"""A bot that interviews about the customer's intent: five switches, five results."""

from __future__ import annotations

import json
from typing import Any

import pytest

from processors.conversation.processor import ConversationProcessor
from processors.dialogue.bots import BOTS, load_bots
from processors.errors import InvalidReferenceError
from processors.intents.library import LIBRARY
from processors.testing import given, opened, said
from processors.views import conversation as views
from schemas.records.conversation import TurnReleased
from schemas.records.handoff import HandoffRequested
from schemas.records.intent import IntentDetected, InterviewConcluded, SolutionsSuggested
from tests.rules.bases import article, references
from tests.rules.shop_intents import shop

PROCESSOR = ConversationProcessor()
ARTICLES = (
    article("P-1", "Clear a paper jam", "Open the printer and take the paper out."),
    article("R-1", "Refund a purchase", "How a refund is paid and your money comes back."),
)
FLAGS = (
    "IntentInterviewComplete",
    "IntentInterviewIncomplete",
    "IntentUndetected",
    "IntentShifted",
    "IntentError",
)
TOPICS = """
      greeting:
        nodes: [{message: Hello.}]
      hours:
        phrases: [when are you open]
        nodes: [{message: From eight to five.}]
      escalate:
        nodes: [{transfer: please help}]
      interview:
        nodes:
          - interview
          - message: "{IntentInterviewComplete} {IntentInterviewIncomplete} {IntentUndetected}
              {IntentShifted} {IntentError} / {intent_id} / {intent.order_number}"
"""


def bots(switches: str = "{}", topics: str = TOPICS):
    text = f"bots:\n  b:\n    intents: {switches}\n    topics:\n{topics}"
    return load_bots(text.encode())


class Talk:
    """A customer's talk with the bot through the conversation processor."""

    def __init__(self, switches: str = "{}", *left_out: str, topics: str = TOPICS, **world: Any):
        in_force: dict[str, Any] = {BOTS: bots(switches, topics), **references(*ARTICLES)}
        in_force[LIBRARY] = shop(*left_out)
        self.scenario = given(PROCESSOR, references={**in_force, **world})
        self.events: list[Any] = []
        self._take(self.scenario.when(opened(bot_id="b", is_routed=True)).events)

    def say(self, *texts: str) -> list[str]:
        """Say something; return what the bot says to the last of it."""
        answered: list[str] = []
        for text in texts:
            answered = self._take(self.scenario.when(said(text)).events)
        return answered

    def _take(self, events: tuple[Any, ...]) -> list[str]:
        self.events += events
        return [one.text for one in events if isinstance(one, TurnReleased)]

    @property
    def concluded(self) -> InterviewConcluded:
        return [one for one in self.events if isinstance(one, InterviewConcluded)][-1]

    @property
    def variables(self) -> dict[str, Any]:
        found: dict[str, Any] = self.scenario.state.context.variables
        return found

    @property
    def interview(self):
        return self.scenario.state.context.interview


REFUND_PLEASE = "I want my money back for the lamp"
ORDER = "What is your order number?"
BOUGHT = "When did you buy it?"
REASON = "Why do you want to send it back?"
CONFIRM = "Is it about this: Refund?"
REPHRASE = "I did not find what you need. Could you say it in other words?"


@pytest.mark.rule("CI-03", "CI-04", "CI-05", "CI-06")
def test_the_bot_finds_the_intent_asks_reads_the_answers_and_looks_for_a_solution():
    talk = Talk()
    assert talk.say(REFUND_PLEASE) == [ORDER]
    # One message answers two questions: the second is not asked.
    assert talk.say("order number AB-70441, I bought it on 2026-05-03") == [REASON]
    shown = talk.say("it is torn")
    assert shown[0].startswith(
        "This may help you:\n- [Refund a purchase](https://kb.example.com/R-1)"
    )
    assert talk.concluded.result == "complete"
    assert talk.concluded.solution_query == talk.variables["SolutionQuery"]
    assert "AB-70441" in talk.variables["SolutionQuery"]
    searched = [one for one in talk.events if isinstance(one, SolutionsSuggested)]
    assert [one.requested_by for one in searched] == [None]


@pytest.mark.rule("CI-34")
def test_all_switches_are_off_and_the_count_is_one_unless_somebody_says_otherwise():
    switches = bots().bots["b"].intents
    assert switches is not None
    assert (
        switches.confirm,
        switches.rephrase,
        switches.rephrase_count,
        switches.allow_shift,
        switches.ask_all_questions,
    ) == (False, False, 1, False, False)
    assert load_bots(b"bots: {b: {topics: {}}}").bots["b"].intents is None


@pytest.mark.parametrize(
    ("switches", "because"),
    [
        ("{confirm: perhaps}", "confirm is true or false"),
        ("{rephrase_count: 9}", "from 0 to 5"),
        ("{shift: true}", "has no field 'shift'"),
        ("{texts: {bye: x}}", "has no field 'bye'"),
        ("[confirm]", "is a mapping"),
    ],
)
def test_a_switch_that_cannot_be_is_refused_with_its_place(switches, because):
    with pytest.raises(InvalidReferenceError, match=because):
        bots(switches)


@pytest.mark.rule("CI-36")
def test_the_nodes_that_follow_read_the_result_and_the_answers():
    talk = Talk()
    talk.say(REFUND_PLEASE, "AB-70441", "2026-05-03")
    last = talk.say("it is torn")[-1]
    assert last == "true false false false false / refund / AB-70441"
    assert {name: talk.variables[name] for name in FLAGS} == {
        "IntentInterviewComplete": "true",
        "IntentInterviewIncomplete": "false",
        "IntentUndetected": "false",
        "IntentShifted": "false",
        "IntentError": "false",
    }
    assert (talk.variables["intent_id"], talk.variables["intent_group_id"]) == ("refund", "returns")


@pytest.mark.rule("CI-35", "CI-36")
def test_the_first_question_that_is_not_answered_ends_the_interview_but_a_solution_is_looked_for():
    talk = Talk()
    talk.say(REFUND_PLEASE)
    shown = talk.say("hm, I do not know")
    assert shown[0].startswith("This may help you:")
    assert (talk.concluded.result, talk.concluded.unanswered) == (
        "incomplete",
        ("order_number", "bought_on", "reason"),
    )
    assert talk.variables["IntentInterviewIncomplete"] == "true"
    assert talk.concluded.solution_query


@pytest.mark.rule("CI-35")
def test_with_ask_all_questions_each_is_put_once_whatever_is_answered():
    talk = Talk("{ask_all_questions: true}")
    assert talk.say(REFUND_PLEASE) == [ORDER]
    assert talk.say("hm, I do not know") == [BOUGHT]
    assert talk.say("hm, no idea") == [REASON]
    assert talk.say("it is torn")[0].startswith("This may help you:")
    assert (talk.concluded.result, talk.concluded.unanswered) == (
        "incomplete",
        ("order_number", "bought_on"),
    )


@pytest.mark.rule("CI-34")
def test_with_confirm_the_customer_is_asked_whether_the_intent_is_right():
    talk = Talk("{confirm: true}")
    assert talk.say(REFUND_PLEASE) == [CONFIRM]
    assert talk.say("yes, order number AB-70441") == [BOUGHT]


@pytest.mark.rule("CI-36")
def test_an_intent_the_customer_says_no_to_is_undetected_and_stays_away():
    talk = Talk("{confirm: true}")
    talk.say(REFUND_PLEASE)
    assert talk.say("no")[-1].startswith("false false true false false")
    assert talk.concluded.result == "undetected"
    assert "said no to Refund" in talk.concluded.because
    assert (talk.interview.intent_id, talk.interview.rejected) == (None, ("refund",))
    said_no = [one for one in talk.events if isinstance(one, IntentDetected)][-1]
    assert (said_no.outcome, said_no.before_intent_id) == ("none", "refund")


def test_a_confirmation_that_is_neither_yes_nor_no_is_asked_twice_at_most():
    talk = Talk("{confirm: true}")
    talk.say(REFUND_PLEASE)
    assert talk.say("what a day") == [CONFIRM]
    assert talk.say("what a day")[-1].startswith("false false true")


@pytest.mark.rule("CI-34", "CI-36")
def test_with_rephrase_the_customer_is_asked_for_other_words_as_often_as_said():
    talk = Talk("{rephrase: true, rephrase_count: 2}")
    assert talk.say("can you sing me a song") == [REPHRASE]
    assert talk.say("can you sing for me please") == [REPHRASE]
    assert talk.say("a song, please sing")[-1].startswith("false false true")
    again = Talk("{rephrase: true}")
    assert again.say("can you sing me a song") == [REPHRASE]
    assert again.say(REFUND_PLEASE) == [ORDER]


@pytest.mark.rule("CI-35", "CI-36")
def test_a_shift_ends_the_loop_unless_it_is_allowed():
    talk = Talk()
    talk.say(REFUND_PLEASE)
    assert talk.say("actually my printer shows an error")[-1].startswith("false false false true")
    assert talk.concluded.result == "shifted"
    assert talk.concluded.intent_id == "refund"
    # What the customer wants now is known all the same.
    assert talk.interview.intent_id == "printer_error"
    assert [one.intent_id for one in talk.interview.earlier] == ["refund"]


@pytest.mark.rule("CI-35")
def test_an_allowed_shift_confirms_and_asks_anew_for_the_new_intent():
    talk = Talk("{allow_shift: true, confirm: true}")
    talk.say(REFUND_PLEASE, "yes")
    assert talk.say("actually my printer shows an error") == ["Is it about this: Printer error?"]
    assert talk.say("yes") == ["Which error code do you see?"]
    assert talk.say("E-42")[0].startswith("This may help you:\n- [Clear a paper jam]")
    assert (talk.concluded.result, talk.concluded.intent_id) == ("complete", "printer_error")


@pytest.mark.rule("CI-16")
def test_a_bot_uses_only_intents_that_are_marked_for_it():
    talk = Talk()
    assert talk.say("where is my parcel, it has not arrived") == [
        "I did not understand that. Could you say it in other words?"
    ]
    # The representative will see it: it was detected.
    assert talk.interview.intent_id == "late_delivery"
    shifting = Talk("{allow_shift: true}")
    shifting.say(REFUND_PLEASE)
    shifting.say("actually where is my parcel, it has not arrived")
    assert shifting.concluded.result == "shifted"


@pytest.mark.rule("CI-36")
def test_an_interview_without_a_library_ends_in_an_error_and_the_topic_goes_on():
    topics = """
      sell:
        phrases: [sell me something]
        nodes:
          - interview
          - if: {variable: IntentError, is: equal, value: "true"}
            then: [{message: Let us talk about the weather.}]
"""
    world: dict[str, Any] = {BOTS: bots(topics=topics)}
    scenario = given(PROCESSOR, opened(bot_id="b"), references=world)
    events = scenario.when(said("sell me something")).events
    texts = [one.text for one in events if isinstance(one, TurnReleased)]
    assert texts == ["Let us talk about the weather."]
    (concluded,) = [one for one in events if isinstance(one, InterviewConcluded)]
    assert (concluded.result, concluded.library_digest) == ("error", "")


def test_an_intent_that_a_new_library_does_not_have_ends_the_interview_in_an_error():
    talk = Talk()
    talk.say(REFUND_PLEASE)
    talk.scenario.references[LIBRARY] = shop("refund")
    assert talk.say("AB-70441")[-1].startswith("false false false false true")


def test_without_a_library_a_text_no_phrase_fits_is_answered_as_before():
    scenario = given(PROCESSOR, opened(bot_id="b"), references={BOTS: bots()})
    events = scenario.when(said(REFUND_PLEASE)).events
    assert [one.text for one in events if isinstance(one, TurnReleased)] == [
        "I did not understand that. Could you say it in other words?"
    ]


def test_a_topic_interrupts_the_interview_which_then_goes_on():
    talk = Talk()
    talk.say(REFUND_PLEASE)
    assert talk.say("when are you open") == ["From eight to five.", ORDER]
    assert talk.say("AB-70441") == [BOUGHT]


@pytest.mark.rule("CI-37", "CI-08")
def test_asking_for_a_person_hands_over_everything_and_nothing_is_asked_twice():
    talk = Talk()
    talk.say(REFUND_PLEASE, "AB-70441")
    talk.say("talk to a person")
    request = [one for one in talk.events if isinstance(one, HandoffRequested)][-1]
    told = json.loads(request.variables)
    assert (told["intent_id"], told["line_of_business"]) == ("refund", "shop")
    answered = {
        one["attribute_id"]: one["answered"] for one in json.loads(told["intent_attributes"])
    }
    assert answered == {"order_number": True, "bought_on": False, "reason": False}
    (head,) = talk.scenario.seen(views.INTENT)
    assert (head.attributes[0].value, head.attributes[0].is_from_bot) == ("AB-70441", True)


@pytest.mark.rule("CI-36")
def test_the_result_travels_with_the_hand_off():
    talk = Talk("{allow_shift: false}")
    talk.say(REFUND_PLEASE, "hm, I do not know")
    talk.say("talk to a person")
    request = [one for one in talk.events if isinstance(one, HandoffRequested)][-1]
    told = json.loads(request.variables)
    assert {name for name in FLAGS if told[name] == "true"} == {"IntentInterviewIncomplete"}
    assert told["SolutionQuery"].startswith("Refund")
    (row,) = talk.scenario.seen(views.INTENT)
    assert row.result == "IntentInterviewIncomplete"


def test_only_a_group_is_cleared_up_by_its_question():
    talk = Talk()
    either = "I would like a refund or to swap it for a different one"
    assert talk.say(either) == ["Do you want your money back, or another one?"]
    assert talk.say("the exchange") == [ORDER]
    assert talk.interview.intent_id == "exchange"


def test_the_bots_own_words_are_said_where_its_author_wrote_any():
    texts = "{confirm: true, texts: {confirm: 'A {intent_name}, right?', found: Look here}}"
    talk = Talk(texts)
    assert talk.say(REFUND_PLEASE) == ["A Refund, right?"]
    assert talk.say("yes", "I do not know")[0].startswith("Look here\n- [Refund a purchase]")


def test_an_interview_that_opens_a_conversation_asks_what_it_is_about():
    topics = """
      greeting:
        nodes: [{interview: "Welcome to {bot.Name}. What is it about?"}]
"""
    talk = Talk(topics=topics)
    begun = [one.text for one in talk.events if isinstance(one, TurnReleased)]
    assert begun == ["Welcome to b. What is it about?"]
    assert talk.say(REFUND_PLEASE) == [ORDER]


def test_without_anything_found_the_bot_says_so():
    talk = Talk()
    answered = talk.say("I forgot my password")
    assert answered[0] == "I found nothing that solves this."
    assert talk.concluded.result == "complete"


def test_a_concluded_interview_is_not_begun_again_by_a_text_that_means_nothing():
    talk = Talk()
    talk.say(REFUND_PLEASE, "hm, I do not know")
    again = talk.say("blue is a fine colour")
    assert again == ["I did not understand that. Could you say it in other words?"]
    assert talk.say("I really want my money back, refund me please") == [ORDER]
