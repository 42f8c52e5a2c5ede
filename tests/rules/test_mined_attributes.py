"""What representatives asked and answered, mined from conversations we wrote."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import count

import pytest

from processors.intents.recognise import answers
from processors.miner.attributes import attributes_of
from processors.miner.history import HistoryTurn, Role
from processors.miner.questions import asks_of
from processors.miner.replies import replies_of
from processors.miner.tagger import OUTSIDE, Tagger, train

ASKED_FOR_NUMBER = [
    "Sure, what is your order number?",
    "May I have your order number please?",
    "Could you give me the order number",
    "Please provide your order number.",
]
ASKED_FOR_DATE = [
    "When did you buy it?",
    "And when did you purchase it?",
    "On what date did you buy it?",
]
ASKED_FOR_COLOUR = ["Which colour is it?", "What colour do you have?"]
COLOURS = ["blue", "It's red.", "The red one", "blue please"]
ADDRESSED = ["Hello, how can I help you today?", "Hi there! How may I assist you?"]
CLOSED = ["Is there anything else I can help you with?", "Anything else?"]
STATED = [
    "I have sent the return label to ann{n}@shop.example, please print it out.",
    "I have sent a return label to bob{n}@shop.example, please print it.",
    "We will refund ${n}.50 to your card within five days.",
]


def dialogue(n, *, colour=True, date=True):
    """Return a conversation about a return with the place of the wish; n words it differently."""
    number = count(1)
    turns: list[HistoryTurn] = []

    def say(role, text):
        turn_id = f"c{n}-{next(number)}"
        turns.append(HistoryTurn(turn_id, text, role, f"c{n}", len(turns) + 1))

    say("representative", ADDRESSED[n % 2])
    say("customer", "I want to send my lamp back")
    say("representative", ASKED_FOR_NUMBER[n % 4])
    say("customer", f"it is AB-{70_000 + n}")
    if date:
        say("representative", ASKED_FOR_DATE[n % 3])
        say("customer", ["I bought it yesterday", "last monday", "on the 3rd of March"][n % 3])
    if colour:
        say("representative", ASKED_FOR_COLOUR[n % 2])
        say("customer", COLOURS[n % 4])
    say("representative", "Did you open the box?")
    say("customer", ["yes", "no", "Yes I did", "not yet"][n % 4])
    say("representative", "Is that correct?")
    say("customer", "yes")
    say("representative", STATED[n % 3].format(n=n + 10))
    say("representative", CLOSED[n % 2])
    say("customer", "no thanks")
    return turns, 1


def dialogues(many=24):
    return [dialogue(n, colour=n % 2 == 0, date=n % 12 != 5) for n in range(many)]


def mined(talks=None):
    return {one.attribute_id: one for one in attributes_of(talks or dialogues())}


@pytest.mark.rule("CI-04")
def test_what_representatives_ask_becomes_attributes_in_the_order_asked():
    assert [one.name for one in attributes_of(dialogues())] == [
        "order number", "purchase date", "colour", "box",
    ]  # fmt: skip


@pytest.mark.rule("CI-04", "CI-46")
def test_kinds_and_recognisers_follow_from_the_answers():
    found = mined()
    kinds = {name: (one.kind, one.recogniser) for name, one in found.items()}
    assert kinds == {
        "order_number": ("string", "reference"),
        "purchase_date": ("date", "date"),
        "colour": ("enum", ""),
        "box": ("boolean", ""),
    }
    assert sorted(found["colour"].values) == ["blue", "red"]


def asked(*asks, many=24):
    """Return conversations with a wish; an ask is questions and replies, all in turn.

    A reply may use `{n}`; a question of None: not asked in that conversation.
    """
    talks = []
    for n in range(many):
        said: list[tuple[Role, str]] = [("customer", "I want to send my lamp back")]
        for questions, replies in asks:
            question = questions[n % len(questions)]
            if question is not None:
                said.append(("representative", question))
                said.append(("customer", replies[n % len(replies)].format(n=10_000 + 37 * n)))
        turns = [
            HistoryTurn(f"{n}-{place}", text, role, f"{n}", place)
            for place, (role, text) in enumerate(said)
        ]
        talks.append((turns, 0))
    return talks


def names_of(*asks):
    return [one.name for one in attributes_of(asked(*asks))]


CODE_QUESTIONS = [
    "What is your order number?",
    "Which invoice number is it?",
    "Please give me the account number",
    "What is the policy number?",
    "May I have the claim number?",
    "What's your booking code?",
    "What is the number of your ticket?",
    "Please tell me the serial number on the label.",
    "What is the number on your invoice?",
]


@pytest.mark.rule("CI-04", "CI-05")
@pytest.mark.parametrize("replies", [["{n}"], ["it's {n}, I think"], ["AB-{n}", "{n}"], ["C{n}X"]])
@pytest.mark.parametrize("question", CODE_QUESTIONS)
def test_a_number_or_code_that_identifies_is_taken_with_digits_and_letters(question, replies):
    (found,) = attributes_of(asked(([question], replies)))
    assert (found.kind, found.recogniser) == ("string", "reference")
    for said in ("51877", "AB-51877"):
        assert answers([found], said, asked=found.attribute_id)[found.attribute_id].value == said
        name = found.name if " " in found.name else f"invoice {found.name}"
        told = answers([found], f"my {name.replace(' of', '')} is {said}")
        assert [one.value for one in told.values()] == [said]


def test_a_count_is_no_code():
    talks = asked((["How many orders did you place?"], ["{n}", "just 3", "two"]))
    (found,) = attributes_of(talks)
    assert (found.kind, found.recogniser) == ("number", "number")


DATES = ["on 3 May 2026", "that was 4 June", "last monday", "the 5th of July"]
WHYS = ["it is too bright", "I changed my mind", "the colour does not fit", "it came too late"]
STREETS = ["12 Harbour Road, Leeds", "7 Mill Lane, Porto", "it's 4 Orchard Street, Lyon"]
MAILS = ["a{n}@shop.example", "it's b{n}@shop.example"]


@pytest.mark.rule("CI-04")
@pytest.mark.parametrize(
    ("questions", "replies", "name"),
    [
        (["When did you buy it?", "What was the date of purchase?"], DATES, "purchase date"),
        (["May I ask why you return it?", "What is the reason for the return?"], WHYS, "reason"),
        (
            ["Which e-mail address shall I send it to?", "Where may I e-mail it?"],
            MAILS,
            "e-mail address",
        ),
        (["Which address shall it go to?", "Where should we deliver it?"], STREETS, "address"),
        (
            ["Which lamp is it?", "Which product is it about?", "Which of our lamps do you have?"],
            ["the garden lantern", "it's the table lamp"],
            "lamp",
        ),
    ],
)
def test_one_thing_asked_in_two_wordings_is_one_attribute(questions, replies, name):
    (found,) = attributes_of(asked((questions, replies)))
    assert found.name == name
    assert found.asked_share == 1.0


@pytest.mark.rule("CI-04")
@pytest.mark.parametrize(
    ("first", "second", "replies"),
    [
        ("What is your departure date?", "What is your return date?", DATES),
        ("When do you leave?", "When do you come back?", DATES),
        ("What is the billing address?", "What is the shipping address?", STREETS),
        ("What is the old address?", "What is the new address?", STREETS),
        ("Where do you leave from?", "Where do you want to go?", ["Leeds", "Porto", "Lyon"]),
        ("What is the order number?", "What is the invoice number?", ["{n}", "AB-{n}"]),
        ("What is your first name?", "What is your last name?", ["Ann", "Bo", "Noor"]),
        ("When does it start?", "When does it end?", DATES),
    ],
)
@pytest.mark.parametrize("is_either", [False, True])
def test_two_things_of_one_type_stay_two_asked_together_or_one_or_the_other(
    first, second, replies, is_either
):
    asks = (
        [([first, None], replies), ([None, second], replies)]
        if is_either
        else [([first], replies), ([second], replies[::-1])]
    )
    found = attributes_of(asked(*asks))
    assert len(found) == 2
    assert len({one.question for one in found}) == 2


def test_a_request_that_gets_yes_and_no_is_one_question_for_it():
    ways = ["Can you send me a photo of the damage?", "Could you attach a picture of it?"]
    (found,) = attributes_of(asked((ways, ["yes, here is a photo", "no, I have no photo"])))
    assert found.kind == "boolean"


def test_names_of_companies_are_no_choice_of_a_few():
    names = ["Oak & Ember", "Studio Faro", "Oak & Ember", "no company, just my name"]
    (found,) = attributes_of(asked((["Which company name shall be on it?"], names)))
    assert (found.kind, found.values) == ("string", ())


def test_the_question_of_an_attribute_is_one_that_was_asked_and_names_no_values():
    asked = [*ASKED_FOR_NUMBER, *ASKED_FOR_DATE, *ASKED_FOR_COLOUR, "Did you open the box?"]
    for one in attributes_of(dialogues()):
        assert any(text.lower().endswith(one.question.lower().rstrip("?.")) or
                   one.question.lower().rstrip("?") in text.lower() for text in asked)  # fmt: skip


def test_required_is_what_is_asked_in_fifteen_percent_of_the_conversations():
    talks = [dialogue(n, colour=n < 3, date=n >= 3) for n in range(24)]
    found = mined(talks)
    assert (found["colour"].asked_share, found["colour"].is_required) == (0.125, False)
    assert (found["purchase_date"].asked_share, found["purchase_date"].is_required) == (0.875, True)
    assert found["order_number"].asked_share == 1.0


def test_greetings_offers_of_help_and_confirmations_ask_for_nothing():
    said = [*ADDRESSED, *CLOSED, "Is that correct?", "Shall I book it for you?", "How are you?"]
    said += ["How about the red one?", "Would you like me to send it?", "So you want 2 lamps?"]
    assert [asks_of(text) for text in said] == [()] * len(said)


@pytest.mark.parametrize(
    ("said", "topics"),
    [
        ("ok, may I have your username, email address and order ID please?",
         ["username", "email address", "order id"]),
        ("I'd just need your phone number.", ["phone number"]),
        ("Can you tell me the date of purchase?", ["date of purchase"]),
        ("Kindly provide the policy number", ["policy number"]),
        ("What kind of printer do you have?", ["printer"]),
        ("Which error code do you see?", ["error code"]),
        ("What is the model of your printer?", ["model of printer"]),
        ("Please let me know the last four digits of your SSN", ["last four digits of ssn"]),
        ("I will look that up for you.", []),
    ],
)  # fmt: skip
def test_the_thing_asked_for_is_the_noun_phrase_of_the_question(said, topics):
    assert [" ".join(ask.topic) for ask in asks_of(said)] == topics


def test_of_several_things_asked_at_once_each_finds_its_own_recogniser():
    talks = []
    for n in range(8):
        said: list[tuple[Role, str]] = [
            ("customer", "I need to return a lamp"),
            ("representative", "May I have your username, email address and order ID please?"),
            ("customer", f"Username: ann{n}"),
            ("customer", f"ann{n}@shop.example"),
            ("customer", f"Order ID: 33489175{n}2"),
        ]
        turns = [HistoryTurn(f"{n}-{place}", text, role) for place, (role, text) in enumerate(said)]
        talks.append((turns, 0))
    assert [(one.name, one.recogniser) for one in attributes_of(talks)] == [
        ("username", "reference"), ("email address", "email"), ("order id", "reference"),
    ]  # fmt: skip


@pytest.mark.rule("CI-04", "CI-05")
def test_mined_attributes_are_filled_by_what_the_next_customer_says():
    attributes = attributes_of(dialogues())
    given = answers(attributes, "I bought it on 2026-02-20, the red one", asked="purchase_date")
    assert {name: one.value for name, one in given.items()} == {
        "purchase_date": "2026-02-20",
        "colour": "red",
    }


def test_replies_that_say_the_same_are_one_without_the_values_of_anybody():
    replies = replies_of(dialogues())
    assert [reply.count for reply in replies] == [16, 8]
    assert "return label" in replies[0].text
    assert "<email>" in replies[0].text
    assert "<amount>" in replies[1].text
    assert not any("@" in reply.text or "anything else" in reply.text for reply in replies)


def test_neither_order_nor_process_changes_a_thing():
    talks = dialogues()
    assert attributes_of(talks[::-1]) == attributes_of(talks)
    assert replies_of(talks[::-1]) == replies_of(talks)
    code = (
        "from tests.rules.test_mined_attributes import attributes_of, dialogues, replies_of\n"
        "print(attributes_of(dialogues()), replies_of(dialogues()))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "31337")
    ]
    assert said[0] == said[1] == f"{attributes_of(talks)} {replies_of(talks)}\n"


@pytest.mark.parametrize(
    "talks",
    [
        [],
        [([], 0)],
        [([HistoryTurn("t", "hello")], 0)],
        [([HistoryTurn("t", "hello")], 7)],
        [([HistoryTurn("t", "x " * 500_000), HistoryTurn("u", "what? " * 200_000, "bot")], 0)],
        [
            (
                [
                    HistoryTurn("t", "hola"),
                    HistoryTurn("u", "\u00bfcu\u00e1l es su n\u00famero?", "bot"),
                ],
                0,
            )
        ]
        * 2,
        [([HistoryTurn("t", "\ud800"), HistoryTurn("u", "\x00?", "representative")], 0)],
    ],
    ids=["nothing", "no turns", "greeting", "place beyond", "megabyte", "Spanish", "broken"],
)
def test_bad_conversations_give_few_attributes_and_no_fault(talks):
    assert len(attributes_of(talks)) <= 1
    assert len(replies_of(talks)) <= 1


def test_one_conversation_is_enough_for_what_was_asked_in_it():
    assert [one.name for one in attributes_of([dialogue(0)])] == [
        "order number", "purchase date", "colour", "box",
    ]  # fmt: skip


def curated(many):
    """Return turns with the label of each word, as a curator would leave them."""
    plants = ["fern", "cactus", "ivy", "palm"]
    turns = []
    for n in range(many):
        said = f"my {plants[n % 4]} came broken with order {70_000 + n}"
        turns.append((said.split(), ["O", "plant", "O", "O", "O", "O", "order_number"]))
        said = f"please change street to number {n} today"
        turns.append((said.split(), ["O"] * 7))
    return turns


def test_a_tagger_learns_from_curated_turns_what_no_recogniser_can_know():
    tagger = train(curated(40))
    said, other = "my bonsai came broken with order 81234", "please change street to number 7 today"
    assert tagger.tag(said.split()) == ("O", "plant", "O", "O", "O", "O", "order_number")
    assert set(tagger.tag(other.split())) == {OUTSIDE}


def test_a_tagger_is_whole_numbers_and_the_same_from_turns_in_any_order():
    turns = curated(20)
    tagger = train(turns)
    assert train(turns[::-1]) == tagger
    assert all(isinstance(one, int) for each in tagger.weights.values() for one in each)


@pytest.mark.parametrize("turns", [[], [([], [])], [(["a"], ["O"])]])
def test_a_tagger_of_nothing_tags_nothing(turns):
    assert train(turns).tag(["hello", "there"]) == (OUTSIDE, OUTSIDE)
    assert Tagger().tag([]) == ()
