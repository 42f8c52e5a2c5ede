"""Bots as an artefact: what may be written, and how a fault is told."""

from pathlib import Path
from textwrap import dedent

import pytest

from processors import reference
from processors.dialogue.bots import BOTS, Bots, load_bots
from processors.dialogue.match import STANDS_WHOLE, Trigger, best, ranked
from processors.dialogue.topic import SYSTEM_TOPICS
from processors.errors import InvalidReferenceError
from tests.rules.talks import CALL, Talk, bot_of, bots_of

DEMO = Path(__file__).parents[2] / "streams" / "demo" / "bots.yaml"


def fault_of(text: str | bytes) -> str:
    """Return the sentence that refuses an artefact."""
    content = dedent(text).lstrip("\n").encode() if isinstance(text, str) else text
    with pytest.raises(InvalidReferenceError) as caught:
        reference.validate(BOTS, content)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_smallest_bot_has_every_system_topic():
    bots = load_bots(b"bots: {b: {}}")
    bot = bots.get("b")
    assert bot is not None
    assert sorted(bot.topics) == sorted(SYSTEM_TOPICS)
    assert (bot.name, bot.is_published, bot.channels) == ("b", True, ())
    assert bots.ids() == ("b",)
    assert bots.get("other") is None
    assert bots.get(None) is None


def test_the_digest_is_that_of_the_text():
    loaded: Bots = reference.load(BOTS, b"bots: {}")
    assert loaded.digest == "fe23d876b149ef45e910a4c5ef2b4677339c7446b999bb990dd46e20fddd688c"
    assert loaded.digest != load_bots(b"bots:  {}").digest


def test_words_that_other_yaml_readers_take_for_booleans_are_texts():
    bot = bot_of("answer: {phrases: [no, 'yes', on, null], nodes: [message: off]}")
    assert bot.topics["answer"].phrases == ("no", "yes", "on", "null")
    assert Talk(bot).say("no") == ["off"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it is empty"),
        ("bots: {}\n---\nbots: {}", "line 2, column 1: a second document begins"),
        ("- a", "line 1, column 1: the artefact is a mapping, not a list"),
        ("bot: {}", "line 1, column 1: the artefact has no field 'bot'; there are bots"),
        ("{}", "the artefact needs the field bots"),
        ("bots: [a", "line 1, column 9: it is no YAML"),
        ("bots:\n\t- a", "line 2, column 1: it is no YAML"),
        ("bots: &a {x: *a}", "line 1, column 7: anchors (&) and aliases (*) are not taken"),
        ("bots: *a", "anchors (&) and aliases (*) are not taken"),
        ("bots: !!python/object:os.system {}", "line 1, column 7: tags (!) are not taken"),
        (
            "bots: {a: {}, a: {}}",
            "column 15: 'a' stands here a second time; the first is on line 1",
        ),
        ("bots: {[a]: {}}", "a key must be a text"),
        ('bots: {b: {name: "\\UFFFFFFFF"}}', "it is no YAML"),
        ('bots: {b: {name: "\\uD800"}}', "half a surrogate pair is no text"),
        ("bots: {'a b': {}}", "the id of a bot 'a b' has signs that an id cannot have"),
        ("bots: {b: {published: maybe}}", "published is true or false, not 'maybe'"),
        ("bots: {b: {threshold: 0.2}}", "threshold is a number from 0.5 to 1, not '0.2'"),
        ("bots: {b: {threshold: nan}}", "threshold is a number from 0.5 to 1, not 'nan'"),
        ("bots: {b: {escalate_after: 0}}", "escalate_after is a whole number from 1 to 10"),
        ("bots: {b: {variables: {va_x: 1}}}", "names with va_ are the engine's own"),
        ("bots: {b: {variables: {bot.Name: 1}}}", "'bot.Name' is no name of a variable"),
        ("bots: {b: {callable_numbers: ['+49']}}", "no leading plus"),
        ("bots: {b: {topics: {'': {nodes: [hang_up]}}}}", "the id of a topic is empty"),
    ],
)
def test_what_an_artefact_cannot_say_is_refused_in_a_sentence(text, sentence):
    assert sentence in fault_of(text)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe\x00", "it is no UTF-8 text"),
        (b"bots: {}" + b" " * 256_000, "256,008 characters; 256,000 are taken"),
        (b"bots: " + b"[" * 60 + b"]" * 60, "nested deeper than 40 levels"),
        (b"bots: [" + b"a," * 40_001 + b"]", "more than 40,000 values"),
    ],
)
def test_a_text_beyond_the_bounds_is_refused(content, sentence):
    assert sentence in fault_of(content)


@pytest.mark.parametrize(
    ("nodes", "where", "because"),
    [
        ("- mesage: hi", "line 6, column 13 (bot b, topic t, node 1)", "exactly one of message,"),
        ("- message: hi\n- shout", "line 7, column 13 (bot b, topic t, node 2)", "'shout' is no"),
        ("- message: ''", "line 6, column 13", "the text of message is empty"),
        ("- {message: a, question: b}", "node 1)", "this one is message and question"),
        ("- {message: a, loud: yes}", "line 6, column 26", "the node message has no field 'loud'"),
        ("- {message: 'Hi {bot.Nme}'}", "node 1)", "nobody knows 'bot.Nme'"),
        ("- question: Who?", "node 1)", "needs a variable"),
        ("- {question: Who, variable: va_x}", "node 1)", "va_ are the engine's own"),
        ("- {question: Who, variable: 'a b'}", "node 1)", "no name of a variable"),
        ("- {question: W, variable: v, type: money}", "node 1)", "type is one of string, number"),
        ("- {question: W, variable: v, type: choice}", "node 1)", "needs choices"),
        ("- {question: W, variable: v, choices: []}", "node 1)", "1 to 20 choices, not 0"),
        ("- {question: W, variable: v, choices: [a, A]}", "node 1)", "does not tell one choice"),
        ("- {question: W, variable: v, retries: 6}", "node 1)", "a whole number from 0 to 5"),
        ("- {question: W, variable: v, default: 1}", "node 1)", "on_failure: continue"),
        ("- {question: W, variable: v, on_failure: nix}", "node 1)", "there is no topic 'nix'"),
        ("- go_to_topic: nix", "line 6, column 13", "there is no topic 'nix'; there are end_of"),
        ("- go_to_step: nix", "node 1)", "no node with the id 'nix'; its ids: none"),
        ("- {id: a, message: x}\n- {id: a, message: x}", "line 7", "has the id 'a' already"),
        ("- if: {variable: v, is: empty}", "node 1)", "needs a list of nodes under then"),
        ("- {if: {variable: v}, then: []}", "node 1)", "says variable and is"),
        ("- {if: {variable: v, is: big}, then: []}", "node 1)", "is is one of empty, not_empty"),
        ("- {if: {variable: v, is: equal}, then: []}", "node 1)", "needs a value"),
        ("- {if: {variable: v, is: empty, value: 1}, then: []}", "node 1)", "with no value"),
        ("- {if: {all: []}, then: []}", "node 1)", "all is empty"),
        ("- {if: {all: [], any: []}, then: []}", "node 1)", "beside all nothing else"),
        ("- {if: {variable: bot.X, is: empty}, then: []}", "node 1)", "nobody knows 'bot.X'"),
        (
            "- if: {variable: v, is: empty}\n  then:\n    - message: x\n    - hangup",
            "line 9, column 17 (bot b, topic t, node 1 then, node 2)",
            "'hangup' is no node by itself",
        ),
        ("- set: {}", "node 1)", "1 to 50 variables, not 0"),
        ("- set: {va_x: 1}", "node 1)", "va_ are the engine's own"),
        ("- hang_up: now", "node 1)", "hang_up stands alone"),
        ("- end_conversation: badly", "node 1)", "one of resolved, abandoned, none"),
        ("- survey_consent: perhaps", "node 1)", "survey_consent is true or false"),
    ],
)
def test_a_fault_says_line_column_topic_and_node(nodes, where, because):
    text = "bots:\n  b:\n    topics:\n      t:\n        nodes:\n"
    text += "".join(f"          {line}\n" for line in nodes.splitlines())
    sentence = fault_of(text)
    assert sentence.startswith("dialogue.bots: line ")
    assert where in sentence
    assert because in sentence
    assert sentence.endswith("correct the artefact and publish it again")


@pytest.mark.rule("HO-19")
def test_a_locale_that_nobody_serves_is_refused_when_it_is_written():
    sentence = fault_of("bots: {b: {topics: {t: {nodes: [{customer_locale: xx-YY}]}}}}")
    assert "'xx-YY' is no locale" in sentence


@pytest.mark.rule("HO-21")
@pytest.mark.parametrize(
    ("number", "because"),
    [("+18005550100", "no leading plus"), ("18005550199", "not one of callable_numbers")],
)
def test_a_number_that_cannot_be_called_is_refused_when_it_is_written(number, because):
    text = f"""
        bots:
          b:
            callable_numbers: ["18005550100"]
            topics:
              t: {{nodes: [transfer_to_phone_number: "{number}"]}}
        """
    sentence = fault_of(text)
    assert because in sentence
    assert "line 5" in sentence


def test_a_phrase_that_triggers_two_topics_is_refused_with_both_lines():
    sentence = fault_of(
        """
        bots:
          b:
            topics:
              one: {phrases: ['Where is it?'], nodes: [message: x]}
              two: {phrases: [where is IT], nodes: [message: x]}
        """
    )
    assert "line 5, column 23 (bot b, topic two)" in sentence
    assert "triggers topic one already (line 4)" in sentence


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("{id: a, message: x}, go_to_step: a", "message: x"),
        ("go_to_topic: two", "message: x, go_to_topic: one"),
        ("message: x, go_to_topic: one", "message: x"),
    ],
)
def test_a_circle_without_a_question_is_refused_with_its_line(one, two):
    text = f"""
        bots:
          b:
            topics:
              one: {{phrases: [begin], nodes: [{one}]}}
              two: {{nodes: [{two}]}}
        """
    assert "comes back to itself without ever asking a question" in fault_of(text)


def test_a_circle_with_a_question_is_a_menu_and_taken():
    bots_of(
        """
        one: {phrases: [begin], nodes: [{id: a, question: "More?", variable: v}, go_to_step: a]}
        """
    )


def test_fallback_and_hand_off_topics_have_no_phrases():
    assert "no phrase triggers fallback" in fault_of(
        "bots: {b: {topics: {fallback: {phrases: [x], nodes: [message: x]}}}}"
    )


def test_moving_a_topic_down_does_not_change_its_version():
    first = bot_of("a: {nodes: [message: x]}\nb: {nodes: [message: y]}")
    second = bot_of("b: {nodes: [message: y]}\n\n# later\na: {nodes: [message: x]}")
    assert first.topics["a"].version == second.topics["a"].version
    assert first.topics["a"].version != first.topics["b"].version


CONDITIONS = [
    ("{variable: v, is: empty}", "", True),
    ("{variable: v, is: empty}", " ", True),
    ("{variable: v, is: empty}", 0, False),
    ("{variable: v, is: not_empty}", "x", True),
    ("{variable: v, is: equal, value: 10}", 10, True),
    ("{variable: v, is: equal, value: '10.0'}", 10, True),
    ("{variable: v, is: equal, value: Yes}", "yes", True),
    ("{variable: v, is: not_equal, value: [a, b]}", "c", True),
    ("{variable: v, is: not_equal, value: [a, b]}", "B", False),
    ("{variable: v, is: one_of, value: [a, b]}", "B", True),
    ("{variable: v, is: greater, value: 9}", 10, True),
    ("{variable: v, is: greater, value: 9}", "", False),
    ("{variable: v, is: at_least, value: 10}", 10, True),
    ("{variable: v, is: less, value: 9}", 10, False),
    ("{variable: v, is: at_most, value: '{limit}'}", 10, True),
    ("{variable: v, is: contains, value: lamp}", "My LAMP", True),
    ("{variable: v, is: not_contains, value: lamp}", "My LAMP", False),
    ("{variable: v, is: starts_with, value: my}", "My LAMP", True),
    ("{not: {variable: v, is: empty}}", "x", True),
    ("{all: [{variable: v, is: equal, value: 1}, {variable: w, is: empty}]}", 1, True),
    ("{any: [{variable: v, is: equal, value: 2}, {variable: w, is: not_empty}]}", 1, False),
]


@pytest.mark.parametrize(("condition", "value", "is_true"), CONDITIONS)
def test_a_condition_compares_numbers_as_numbers_and_texts_without_case(condition, value, is_true):
    bot = bot_of(
        f"""
        t:
          phrases: [begin]
          nodes:
            - if: {condition}
              then: [message: "yes"]
              else: [message: "no"]
        """
    )
    conversation = Talk(bot, variables={"v": value, "limit": 10})
    assert conversation.say("begin") == ["yes" if is_true else "no"]


TRIGGERS = [
    Trigger("hours", ("opening hours", "when are you open")),
    Trigger("order", ("where is my order", "order status")),
    Trigger("refund", ("refund", "money back")),
]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Where is my order?", "order"),
        ("WHERE IS MY ORDER", "order"),
        ("hi, where is my order please", "order"),
        ("what's the status of my order", "order"),
        ("refunds", "refund"),
        ("I need my money back now", "refund"),
        ("are you open on sunday", "hours"),
        ("I want to order a new lamp", None),
        ("the lamp is broken", None),
        ("", None),
        ("?!", None),
    ],
)
def test_a_text_triggers_the_topic_whose_phrase_it_fits(text, topic):
    match = best(text, TRIGGERS, 0.65)
    assert (match and match.topic_id) == topic


def test_a_phrase_that_stands_whole_beats_one_that_only_shares_words():
    scores = {
        match.topic_id: match.score for match in ranked("order status of my refund", TRIGGERS)
    }
    assert scores["order"] >= STANDS_WHOLE
    assert scores["refund"] >= STANDS_WHOLE
    assert ranked("where is my order", TRIGGERS)[0].score == 1
    assert all(match.score < STANDS_WHOLE for match in ranked("my order where", TRIGGERS))


def test_of_topics_that_fit_equally_the_first_by_id_is_taken():
    triggers = [Trigger("b", ("lamp broken",)), Trigger("a", ("broken lamp",))]
    match = best("the lamp that is broken", triggers, 0.5)
    assert match is not None
    assert match.topic_id == "a"


def test_the_demos_bot_goes_from_the_first_word_to_a_human():
    bot = load_bots(DEMO.read_bytes()).get("shop-bot")
    assert bot is not None
    conversation = Talk(bot, channel="live_chat", customer_name="Mia")
    assert "Hello Mia!" in conversation.begin()[0]
    conversation.say("i want a refund", "the lamp", "70441", "yesterday")
    assert "A colleague" in conversation.say("yes, it is broken")[0]
    effect = conversation.said.effect
    assert effect is not None
    assert getattr(effect, "message", None) == (
        "Damaged lamp of order 70441, arrived 2026-05-27. The customer wants a refund."
    )
    calling = Talk(bot, **CALL)
    assert "answered by a bot" in calling.begin()[0]
    assert calling.said.replies[0].is_uninterruptible
