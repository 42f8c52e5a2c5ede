"""Questions of a bot: what counts as an answer, asking again, giving up, being interrupted."""

import pytest
from hypothesis import given, strategies as st

from processors.dialogue.recognise import (
    boolean_in,
    civil,
    date_in,
    days_of,
    number_in,
)
from tests.rules.talks import NOW_MS, talk


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("70441", 70441),
        ("it is 70441, thanks", 70441),
        ("70441.", 70441),
        ("#70441", 70441),
        ("-3", -3),
        ("1,250.50 dollars", 1250.5),
        ("1.250,50 Euro", 1250.5),
        ("1'000'000", 1_000_000),
        ("3,5", 3.5),
        ("two", 2),
        ("between 2 and 3", None),
        ("none", None),
        ("", None),
        ("9" * 40, None),
        ("1.2.3", None),
        ("R2D2", None),
        ("٣", None),
    ],
)
def test_a_number_is_the_only_one_in_the_text(text, number):
    assert number_in(text) == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", "true"),
        ("Yes please!", "true"),
        ("ja", "true"),
        ("ok", "true"),
        ("no", "false"),
        ("No, thanks", "false"),
        ("yes, no problem", "true"),
        ("nein danke", "false"),
        ("not sure", None),
        ("I don't know", None),
        ("that is not right", None),
        ("maybe", None),
        ("", None),
        ("well it depends on whether you are right about all of that", None),
    ],
)
def test_yes_and_no_are_told_apart_and_doubt_is_neither(text, said):
    assert boolean_in(text) == said


@pytest.mark.parametrize(
    ("text", "locale", "date"),
    [
        ("2026-03-05", None, "2026-03-05"),
        ("on 5.3.2026", None, "2026-03-05"),
        ("5/3/2026", "en-GB", "2026-03-05"),
        ("5/3/2026", "en-US", "2026-05-03"),
        ("3rd of May 2025", None, "2025-05-03"),
        ("May 3, 2025", None, "2025-05-03"),
        ("3 May", None, "2026-05-03"),
        ("december 30", None, "2025-12-30"),
        ("on the 2nd of november", None, "2026-11-02"),
        ("dec 1", None, "2025-12-01"),
        ("today", None, "2026-05-28"),
        ("since yesterday", None, "2026-05-27"),
        ("tomorrow", None, "2026-05-29"),
        ("2026-02-30", None, None),
        ("31.13.2026", None, None),
        ("some day", None, None),
    ],
)
def test_a_date_is_read_in_the_ways_people_write_it(text, locale, date):
    assert date_in(text, now_ms=NOW_MS, locale=locale) == date


@given(st.integers(min_value=-700_000, max_value=2_900_000))
def test_days_and_dates_are_two_names_of_the_same(days):
    assert days_of(*civil(days)) == days


CHOICE = """
    item:
      phrases: [send it back]
      nodes:
        - question: What?
          variable: item
          choices:
            lamp: [light]
            lamp shade: [glass]
            other thing: []
        - message: "{item} it is."
    """


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("lamp", "lamp"),
        ("Lamp Shade", "lamp shade"),
        ("2", "lamp shade"),
        ("the light please", "lamp"),
        ("my glass", "lamp shade"),
    ],
)
def test_a_choice_is_taken_by_name_number_or_other_word(text, value):
    conversation = talk(CHOICE)
    assert conversation.say("send it back") == ["What?\n1. lamp\n2. lamp shade\n3. other thing"]
    assert conversation.say(text) == [f"{value} it is."]


@pytest.mark.parametrize("text", ["4", "0", "the lamp and the glass", "sofa"])
def test_what_names_no_choice_or_several_is_asked_again(text):
    conversation = talk(CHOICE)
    conversation.say("send it back")
    assert conversation.say(text)[0].startswith("What?")
    assert "item" not in conversation.variables


ASK = """
    order:
      phrases: [where is my order]
      nodes:
        - question: Which number?
          variable: order_number
          type: number
          retries: {retries}
          retry: Five digits please.
          on_failure: {on_failure}
          {more}
        - message: "Number {{order_number}}."
    hours:
      phrases: [opening hours]
      nodes: [message: nine to five]
    rescue:
      nodes: [message: rescued]
    """


def asking(retries=2, on_failure="escalate", more="speak: number"):
    return talk(ASK.format(retries=retries, on_failure=on_failure, more=more))


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_a_question_is_asked_again_as_often_as_its_author_said(retries):
    conversation = asking(retries)
    conversation.say("where is my order")
    for _ in range(retries):
        assert conversation.say("dunno") == ["Five digits please."]
    assert "contact page" in conversation.say("dunno")[0]
    assert conversation.memory.stack == ()


def test_a_question_without_answer_may_go_on_with_a_default():
    conversation = asking(0, "continue", "default: unknown")
    conversation.say("where is my order")
    assert conversation.say("dunno") == ["Number unknown."]
    assert conversation.variables == {"order_number": "unknown"}


def test_a_question_without_answer_may_lead_to_any_topic():
    conversation = asking(0, "rescue")
    conversation.say("where is my order")
    assert conversation.say("dunno") == ["rescued"]


def test_a_known_answer_is_not_asked_for_again_if_the_author_said_so():
    text = ASK.format(retries=1, on_failure="escalate", more="skip_if_known: true")
    assert talk(text, variables={"order_number": 7}).say("where is my order") == ["Number 7."]
    assert talk(text).say("where is my order") == ["Which number?"]


def test_another_topic_interrupts_a_question_and_the_question_is_asked_afterwards():
    conversation = asking()
    conversation.say("where is my order")
    assert conversation.say("what are your opening hours?") == ["nine to five", "Which number?"]
    assert conversation.memory.topics == ("order", "hours")
    assert conversation.say("70441") == ["Number 70441."]


def test_an_answer_is_no_interruption_though_it_sounds_like_a_phrase():
    conversation = talk(
        """
        menu:
          phrases: [menu]
          nodes:
            - question: What?
              variable: what
              choices: [refund, repair]
            - message: "You chose {what}."
        refund: {phrases: [refund], nodes: [message: interrupted]}
        """
    )
    conversation.say("menu")
    assert conversation.say("refund") == ["You chose refund."]


def test_a_free_text_is_interrupted_only_by_a_phrase_that_stands_whole_in_it():
    topics = """
        name:
          phrases: [my name]
          nodes:
            - question: Your name?
              variable: name
              {more}
            - message: "Hello {{name}}."
        order: {{phrases: [where is my order], nodes: [message: on its way]}}
        """
    open_one = talk(topics.format(more="interruptible: true"))
    open_one.say("my name")
    assert open_one.say("ok, where is my order?") == ["on its way", "Your name?"]
    assert open_one.say("Order Where") == ["Hello Order Where."]
    closed = talk(topics.format(more="interruptible: false"))
    closed.say("my name")
    assert closed.say("where is my order") == ["Hello where is my order."]


@pytest.mark.rule("TR-05")
@pytest.mark.parametrize("kind", ["string", "number", "date", "boolean"])
def test_asking_for_a_person_interrupts_every_question(kind):
    conversation = talk(
        f"""
        q:
          phrases: [begin]
          nodes:
            - question: What?
              variable: v
              type: {kind}
              interruptible: false
        escalate:
          nodes: [message: One moment., transfer]
        """
    )
    conversation.say("begin")
    assert conversation.say("no, I want to speak to an agent") == ["One moment."]
    assert conversation.said.effect is not None


def test_a_long_answer_is_cut_at_four_thousand_characters():
    conversation = talk("n: {phrases: [begin], nodes: [{question: 'Your story?', variable: v}]}")
    conversation.say("begin")
    conversation.say("word " * 2_000)
    assert len(conversation.variables["v"]) == 4_000


def test_the_bots_language_counts_where_the_customers_is_not_known():
    topics = "d: {phrases: [begin], nodes: [{question: When, variable: d, type: date}]}"
    american = talk(topics, of_bot={"language": "en-US"})
    american.say("begin", "5/3/2026")
    assert american.variables == {"d": "2026-05-03"}
    british = talk(topics, of_bot={"language": "en-US"}, locale="en-GB")
    british.say("begin", "5/3/2026")
    assert british.variables == {"d": "2026-03-05"}
