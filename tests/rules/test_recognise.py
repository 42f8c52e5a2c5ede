"""Typed values in what customers say, and which attributes a message fills."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from processors.intents.library import Attribute
from processors.intents.recognise import KINDS, Answer, answers, recognise, truth
from processors.intents.recognise_bare import identifies
from processors.intents.recognise_dates import DAY_MS, civil, days
from processors.intents.recognise_wishes import says_only_values, states_wish

SUNDAY_MS = days(2026, 3, 1) * DAY_MS + 15 * 3_600_000
"""1 March 2026, 15:00 UTC, a Sunday."""

ORDER = Attribute(
    "order_number",
    "order number",
    question="What is your order number?",
    recogniser="reference",
)
PRODUCT = Attribute("product", "product", question="Which product is it?")
BOUGHT = Attribute(
    "purchase_date",
    "purchase date",
    "date",
    question="When did you buy it?",
    cues=("bought", "purchased"),
)
COLOUR = Attribute(
    "colour", "colour", "enum", question="Which colour is it?", values=("blue", "red", "dark red")
)
OPENED = Attribute("is_opened", "opened", "boolean", question="Did you open the box?")
EMAIL = Attribute("email", "email", question="What is your e-mail?", recogniser="email")
NAME = Attribute("name", "name", question="May I have your name?", recogniser="name")
COUNT = Attribute("pieces", "number of pieces", "number", question="How many pieces?")
CODE = Attribute("error_code", "error code", question="Which code?", recogniser="error_code")
STORY = Attribute("problem", "problem", question="Please describe what happens.")
RETURN = (ORDER, PRODUCT, BOUGHT, COLOUR, OPENED, EMAIL, NAME, COUNT, CODE)


def found(text):
    return [
        (value.kind, value.text, value.canonical) for value in recognise(text, now_ms=SUNDAY_MS)
    ]


def filled(text, asked=None, attributes=RETURN, known=None):
    given = answers(attributes, text, asked=asked, now_ms=SUNDAY_MS, known=known)
    return {attribute_id: answer.value for attribute_id, answer in given.items()}


# ------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("text", "kind", "said", "canonical"),
    [
        ("write to Mia.K+shop@Mail.Example.co.uk.", "email", None, "mia.k+shop@mail.example.co.uk"),
        ("it is on https://shop.example/p?id=4.", "url", "https://shop.example/p?id=4", None),
        ("you took $1,204.50 twice", "money", "$1,204.50", "1204.5"),
        ("it was fifty dollars", "money", "fifty dollars", "50"),
        ("I was promised 15% off", "percent", "15%", "15"),
        ("it says error 404 again", "error_code", "404", "404"),
        ("code 0x80070057 comes up", "error_code", "0x80070057", "0x80070057"),
        ("the display shows E-1234", "error_code", "E-1234", "E-1234"),
        ("order #70441 is late", "reference", "70441", "70441"),
        ("my ticket abc-12345 is open", "reference", "abc-12345", "ABC-12345"),
        ("call me on (020) 555-0199", "phone", "(020) 555-0199", "0205550199"),
        ("or +49 170 1234567", "phone", "+49 170 1234567", "+491701234567"),
        ("card 4000 1234 5678 9010", "long_number", "4000 1234 5678 9010", "4000123456789010"),
        ("ssn 123-45-6789", "long_number", "123-45-6789", "123456789"),
        ("I live at 12 Mill Lane", "address", "12 Mill Lane", "12 Mill Lane"),
        ("my name is ada byron", "name", "ada byron", "ada byron"),
        ("this is Ada Byron speaking", "name", "Ada Byron", "Ada Byron"),
        ("for 2 people", "number", "2", "2"),
        ("twenty-two of them", "number", "twenty-two", "22"),
        ("one hundred and five", "number", "one hundred and five", "105"),
        ("five five zero one", "number", "five five zero one", "5501"),
        ("we meet in New York tomorrow", "proper_noun", "New York", "New York"),
    ],
)  # fmt: skip
def test_each_kind_of_value_is_found_and_put_into_one_form(text, kind, said, canonical):
    values = [one for one in found(text) if one[0] == kind]
    assert len(values) == 1, found(text)
    assert said is None or values[0][1] == said
    assert canonical is None or values[0][2] == canonical


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("yesterday", "2026-02-28"),
        ("today", "2026-03-01"),
        ("the day after tomorrow", "2026-03-03"),
        ("last monday", "2026-02-23"),
        ("next friday", "2026-03-06"),
        ("3rd of March", "2026-03-03"),
        ("March 3rd", "2026-03-03"),
        ("24 December", "2025-12-24"),
        ("December 24, 2024", "2024-12-24"),
        ("2025-11-05", "2025-11-05"),
        ("11/25/2025", "2025-11-25"),
        ("25/11/2025", "2025-11-25"),
        ("two weeks ago", "2026-02-15"),
        ("a month ago", "2026-02-01"),
        ("in 3 days", "2026-03-04"),
        ("last week", "2026-W08"),
        ("last month", "2026-02"),
        ("in May 2025", "2025-05"),
        ("29 February 2024", "2024-02-29"),
    ],
)
def test_a_date_becomes_iso_text_relative_to_the_moment_it_was_said(said, date):
    assert [(kind, canonical) for kind, _, canonical in found(f"it came {said}")] == [
        ("date", date)
    ]


@pytest.mark.parametrize("said", ["the 45th", "45th of March", "99/99", "2025-02-30", "24/7"])
def test_what_can_be_no_date_is_none(said):
    assert not [one for one in found(f"it came {said}") if one[0] == "date"]


@pytest.mark.parametrize(
    ("said", "time_of_day"),
    [
        ("5 pm", "17:00"),
        ("11:45 am", "11:45"),
        ("12 am", "00:00"),
        ("half past 3 in the afternoon", "15:30"),
        ("quarter to nine", "08:45"),
        ("noon", "12:00"),
        ("evening 6:30", "18:30"),
    ],
)
def test_a_time_becomes_hours_and_minutes(said, time_of_day):
    assert [one[2] for one in found(f"come at {said}") if one[0] == "time"] == [time_of_day]


def test_without_a_moment_a_relative_date_stays_as_it_was_said():
    assert [value.canonical for value in recognise("since Yesterday")] == ["yesterday"]


def test_the_calendar_goes_there_and_back_over_four_centuries():
    assert all(days(*civil(number)) == number for number in range(-73_000, 73_000, 97))


def test_values_do_not_overlap_and_come_in_the_order_said():
    text = "Order #70441 of 3rd of March 2025, $45.00, mail ann@x.example or (020) 555-0199 at 5 pm"
    values = recognise(text, now_ms=SUNDAY_MS)
    assert [value.kind for value in values] == [
        "reference", "date", "money", "email", "phone", "time",
    ]  # fmt: skip
    assert all(one.end <= other.start for one, other in pairwise(values))
    assert all(text[value.start : value.end] == value.text for value in values)


@pytest.mark.parametrize(
    "text", ["", "   ", "hello", "thanks a lot", "yes", "the blue one", "😀", "\x00\ud800"]
)
def test_small_talk_holds_no_values(text):
    assert recognise(text) == ()


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        "1 ",
        "A ",
        "a@",
        "a.",
        "(1)-",
        "five ",
        "my name is ",
        "-",
        "$1,111",
        "A1",
        "@",
        "in may ",
    ],
)
def test_a_megabyte_of_anything_is_read_in_bounded_time(piece):
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    recognise(text, now_ms=SUNDAY_MS)
    answers(RETURN, text, asked="product", now_ms=SUNDAY_MS)
    assert time.process_time() - began < 1.0


# ------------------------------------------------------------------ answers


@pytest.mark.rule("CI-05", "CI-29")
def test_one_message_fills_several_attributes_also_before_they_are_asked():
    said = "My order 70441 came broken, I purchased the dark red one on 3rd of March, ann@x.example"
    assert filled(said) == {
        "order_number": "70441",
        "purchase_date": "2026-03-03",
        "colour": "dark red",
        "email": "ann@x.example",
    }


@pytest.mark.rule("CI-05")
@pytest.mark.parametrize(
    ("asked", "said", "value"),
    [
        ("order_number", "70441", "70441"),
        ("order_number", "it's ab 12345", "AB12345"),
        ("purchase_date", "yesterday", "2026-02-28"),
        ("colour", "the blue one", "blue"),
        ("product", "it's a kettle, please", "kettle"),
        ("product", "the Blender X200", "Blender X200"),
        ("name", "ada byron", "ada byron"),
        ("name", "sure, it's Mary-Ann O'Neil.", "Mary-Ann O'Neil"),
        ("pieces", "just two", "2"),
        ("is_opened", "yes I did", "yes"),
        ("is_opened", "not really", "no"),
        ("is_opened", "nope", "no"),
    ],
)
def test_the_attribute_asked_for_takes_a_bare_answer(asked, said, value):
    assert filled(said, asked) == {asked: value}


@pytest.mark.rule("CI-05")
@pytest.mark.parametrize("asked", ["order_number", "product", "name", "is_opened", "purchase_date"])
@pytest.mark.parametrize(
    "said",
    [
        "I don't know",
        "I am not sure",
        "where do I find it?",
        "why do you need that?",
        "what do you mean",
        "hello",
        "thanks",
        "hold on",
        "let me check",
        "speak to a human please",
        "Actually I want a refund instead",
        "I want to cancel my subscription now",
        "",
        "   ",
    ],
)
def test_no_answer_is_taken_from_what_is_none(asked, said):
    assert filled(said, asked) == {}


def test_the_asked_one_and_others_are_filled_by_one_reply():
    assert filled("70441, bought yesterday", "order_number") == {
        "order_number": "70441",
        "purchase_date": "2026-02-28",
    }
    assert filled("I bought the kettle yesterday", "product") == {
        "product": "kettle",
        "purchase_date": "2026-02-28",
    }


def test_a_date_without_its_cue_fills_nothing_that_was_not_asked_for():
    assert filled("can you come tomorrow?") == {}
    assert filled("I bought it in March") == {"purchase_date": "2026-03"}


def test_cues_decide_among_attributes_of_one_type():
    pair = (
        BOUGHT,
        Attribute("delivery", "delivery date", "date", cues=("delivered", "arrived")),
    )
    said = "I bought it on 2 February and it arrived on 27 February"
    assert filled(said, attributes=pair) == {
        "purchase_date": "2026-02-02",
        "delivery": "2026-02-27",
    }


def test_a_number_counts_only_what_it_stands_beside():
    assert filled("I have three pieces") == {"pieces": "3"}
    assert filled("I waited for three hours") == {}


@pytest.mark.rule("CI-05")
@pytest.mark.parametrize(
    "said",
    ["no, it is 70442", "sorry, I meant 70442", "not 70441 but 70442", "Actually it's 70442"],
)
def test_a_correction_replaces_what_was_filled_whatever_is_asked_now(said):
    assert filled(said, "product", known={"order_number": "70441"}) == {"order_number": "70442"}


def test_without_a_correction_or_cue_what_is_known_stays():
    known = {"email": "ann@x.example"}
    assert filled("my neighbour bob@x.example saw it too", known=known) == {}


def test_of_a_value_and_its_correction_in_one_message_the_correction_counts():
    assert filled("ann@x.example, sorry, anna@x.example", "email") == {"email": "anna@x.example"}


def test_no_span_fills_two_attributes():
    twins = (ORDER, Attribute("ticket", "ticket number", recogniser="reference"))
    given = answers(twins, "70441", asked="ticket", now_ms=SUNDAY_MS)
    assert given == {"ticket": Answer("70441", "70441")}


def test_a_description_is_taken_whole_a_name_is_not():
    story = "it beeps, then the screen goes dark and after a minute it starts again by itself"
    assert filled(story, "problem", (STORY,)) == {"problem": story}
    assert filled(story, "product", (PRODUCT,)) == {}


def test_an_enum_takes_only_one_of_its_values():
    assert filled("none of them", "colour") == {}
    assert filled("green", "colour") == {}
    assert filled("not the blue, the red one", "colour") == {"colour": "red"}


@pytest.mark.rule("CI-46")
@pytest.mark.parametrize(
    ("kind", "attribute", "said", "value"),
    [
        ("string", PRODUCT, "a toaster", "toaster"),
        ("number", COUNT, "twenty", "20"),
        ("date", BOUGHT, "last monday", "2026-02-23"),
        ("boolean", OPENED, "yeah", "yes"),
        ("enum", COLOUR, "Dark red, please", "dark red"),
    ],
)
def test_every_data_type_of_an_attribute_takes_its_own_values(kind, attribute, said, value):
    assert attribute.kind == kind
    assert filled(said, attribute.attribute_id, (attribute,)) == {attribute.attribute_id: value}


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("yes", True), ("Yep!", True), ("of course", True), ("that's right", True),
        ("no", False), ("Nope.", False), ("I don't", False), ("not yet", False),
        ("no problem", None), ("I'm not sure", None), ("maybe later", None), ("", None),
    ],
)  # fmt: skip
def test_yes_and_no_are_told_apart_from_neither(said, says):
    assert truth(said) is says


def test_an_attribute_nobody_has_asked_and_an_unknown_one_change_nothing():
    assert answers((), "70441", asked="order_number") == {}
    assert answers(RETURN, "kettle", asked="no such attribute") == {}


def test_every_recogniser_is_named_once():
    assert len(KINDS) == len(set(KINDS)) == 14


# ------------------------------------------------------------------ codes, wishes, values alone


@pytest.mark.parametrize(
    "text",
    [
        "order number", "booking reference", "claim ID", "policy no", "serial number",
        "What is the number of your invoice?", "Which code is on the voucher? The promo code.",
        "customer order number", "ticket id", "the account's number", "username",
    ],
)  # fmt: skip
def test_numbers_and_codes_of_something_identify_it(text):
    assert identifies(text)


@pytest.mark.parametrize(
    "text",
    ["number of guests", "number of tickets", "number", "order", "How many orders?", "error code"],
)
def test_counts_and_plain_numbers_identify_nothing(text):
    assert not identifies(text)


@pytest.mark.parametrize("said", ["51877", "AB-51877", "051877"])
def test_an_order_number_of_digits_or_letters_is_taken_unasked_by_its_cue(said):
    assert filled(f"my order number is {said}") == {"order_number": said}
    assert filled(f"it's about my order {said}", attributes=(ORDER, BOUGHT))["order_number"] == said


def test_an_order_number_that_an_older_library_calls_a_number_is_taken_too():
    counted = Attribute("order_number", "order number", "number", recogniser="number")
    assert filled("my order number is 51877", attributes=(counted,)) == {"order_number": "51877"}


def test_the_zeros_in_front_of_a_code_stay_those_of_a_count_go():
    code = Attribute("postcode", "postcode", recogniser="long_number")
    assert filled("the postcode is 01234", attributes=(code,)) == {"postcode": "01234"}
    assert filled("03", asked="pieces") == {"pieces": "3"}


@pytest.mark.parametrize(
    "said",
    ["I bought it on 3 May 2026", "we purchased it on 3 May 2026", "I bought it, on 3 May 2026"],
)
@pytest.mark.parametrize("known", [{"purchase_date": "2026-05-03"}, {}])
@pytest.mark.parametrize("asked", [PRODUCT, STORY])
def test_a_value_said_again_leaves_no_answer_to_a_question_for_something_else(asked, known, said):
    given = filled(said, asked=asked.attribute_id, attributes=(BOUGHT, asked), known=known)
    assert asked.attribute_id not in given


def test_what_stands_beside_a_value_said_again_is_the_answer():
    known = {"purchase_date": "2026-05-03"}
    said = "I bought it on 3 May 2026 and it flickers"
    given = filled(said, asked="problem", attributes=(BOUGHT, STORY), known=known)
    assert given["problem"] == "it flickers"


@pytest.mark.parametrize(
    "text",
    [
        "I want to cancel", "also I need a refund", "where is my order?", "please send it again",
        "can you swap it", "yes, and change my address please", "how do I return it",
        "I\u2019d like a copy", "cancel my order", "ok. is there a warranty?",
    ],
)  # fmt: skip
def test_a_wish_is_one_in_so_many_words(text):
    assert states_wish(text)


@pytest.mark.parametrize(
    "text",
    [
        "I changed my mind", "it's too bright for the room", "I found it in a shop nearby",
        "the blue does not fit", "the old one", "I have a red one", "order number 51877", "",
        "\ud800", "it takes too long", "my name is Will Booker", "no",
    ],
)  # fmt: skip
def test_an_answer_is_no_wish_however_it_is_put(text):
    assert not states_wish(text)


@pytest.mark.parametrize(
    "text",
    [
        "AB-10033", "it's 51877, thanks", "my e-mail address is noor@example.com",
        "order number AB-10033", "12 Harbour Road, 20001 Hamburg", "this is Noor Haddad",
        "3 May 2026", "mia@shop.example, that is my work address",
    ],
)  # fmt: skip
def test_values_with_the_words_that_carry_them_are_only_values(text):
    assert says_only_values(text)


@pytest.mark.parametrize(
    "text",
    [
        "Refund", "", "   ", "hello", "where is AB-10033?", "order AB-10033 is broken",
        "51877 has not arrived", "refund 51877", "12345 " * 200, "\ud800", "x" * 1_000_000,
    ],
)  # fmt: skip
def test_a_message_with_more_than_values_is_not_only_values(text):
    assert not says_only_values(text)
