"""Laws of reading messages: values stay inside the text, never overlap, and fill one thing only."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings, strategies as st

from processors.intents.bearing import bearing
from processors.intents.library import Attribute
from processors.intents.recognise import answers, recognise
from processors.intents.recognise_dates import DAY_MS, iso_of

ATTRIBUTES = (
    Attribute("order", "order number", recogniser="reference"),
    Attribute("ticket", "ticket number", recogniser="reference"),
    Attribute("bought", "purchase date", "date", cues=("bought",)),
    Attribute("sent", "shipping date", "date", cues=("sent",)),
    Attribute("pieces", "pieces", "number"),
    Attribute("colour", "colour", "enum", values=("blue", "red")),
    Attribute("opened", "opened", "boolean"),
    Attribute("product", "product"),
    Attribute("name", "name", recogniser="name"),
)
SAID = """
70441 AB-12345 order ticket #5551 bought sent yesterday on the 3rd of March 2 pieces blue red not
no, yes sorry it is my name Ada Byron kettle I want ? . , and ann@shop.example $5 5 pm what
"""
WORDS = SAID.split()
TEXTS = st.one_of(st.lists(st.sampled_from(WORDS), max_size=16).map(" ".join), st.text(max_size=80))
MOMENTS = st.integers(min_value=0, max_value=4_000_000_000_000)
ASKED = st.sampled_from([None, *(one.attribute_id for one in ATTRIBUTES)])


@settings(max_examples=200, deadline=None)
@given(TEXTS, MOMENTS)
def test_values_are_pieces_of_the_text_apart_from_each_other(text, now_ms):
    values = recognise(text, now_ms=now_ms)
    assert all(text[value.start : value.end] == value.text != "" for value in values)
    assert all(one.end <= other.start for one, other in pairwise(values))
    assert all(value.canonical for value in values)


@settings(max_examples=200, deadline=None)
@given(TEXTS, ASKED, MOMENTS)
def test_no_answer_is_invented_and_no_two_are_the_same_piece(text, asked, now_ms):
    given_answers = answers(ATTRIBUTES, text, asked=asked, now_ms=now_ms)
    typed = [
        one for name, one in given_answers.items() if name not in {"opened", "product", "name"}
    ]
    assert all("".join(one.text.split()) in "".join(text.split()) for one in typed)
    pieces = [one.text for one in typed]
    assert all(text.count(piece) >= pieces.count(piece) for piece in pieces)
    assert "colour" not in given_answers or given_answers["colour"].value in {"blue", "red"}
    assert "opened" not in given_answers or asked == "opened"


@settings(max_examples=100, deadline=None)
@given(TEXTS, ASKED, st.permutations(ATTRIBUTES))
def test_the_order_of_attributes_changes_no_answer_of_one_of_its_type(text, asked, shuffled):
    alone = {"pieces", "colour", "opened", "name"}
    straight = answers(ATTRIBUTES, text, asked=asked)
    turned = answers(shuffled, text, asked=asked)
    assert {k: v for k, v in straight.items() if k in alone} == {
        k: v for k, v in turned.items() if k in alone
    }


@settings(max_examples=200, deadline=None)
@given(st.integers(min_value=0, max_value=60_000))
def test_every_day_written_in_iso_form_is_read_as_itself(number):
    written = iso_of(number)
    values = recognise(f"it was {written}", now_ms=DAY_MS)
    assert [(value.kind, value.canonical) for value in values] == [("date", written)]


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(min_value=0, max_value=50), st.booleans())
def test_bearing_is_a_share(text, number, after_question):
    assert 0.0 <= bearing(text, number=number, after_question=after_question) <= 1.0
