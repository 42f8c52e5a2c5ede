"""The interview as a machine: what a customer wants, what is told, what is asked next."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from processors.conversation.transcript import Utterance
from processors.intents import interview
from processors.intents.interview import EarlierText, hear
from processors.intents.interview_state import NOTHING_KNOWN, Interview
from processors.intents.recognise import answers
from processors.intents.suggestions import (
    clarifying_question,
    next_step,
    ranked_replies,
    responses,
    solution_query,
    solve,
)
from tests.rules.bases import article, base
from tests.rules.shop_intents import (
    CONTENT,
    EXCHANGE,
    LATE,
    NO_WISH,
    PRINTER,
    REFUND,
    fits,
    library_of,
    message,
)

LIBRARY = library_of()
START = interview.settle(NOTHING_KNOWN, LIBRARY, 0).state
WANTS_REFUND = fits(("refund", 0.9), ("exchange", 0.3))


def heard(*said, state=START, library=LIBRARY):
    """Return the interview after messages: texts, or a text and what is detected in it."""
    for number, one in enumerate(said, 1):
        text, found = one if isinstance(one, tuple) else (one, NO_WISH)
        state = hear(state, library, found, message(text, number)).state
    return state


def told(state: Interview) -> dict[str, str]:
    return {one.attribute_id: one.value for one in state.answers}


def due(state: Interview) -> tuple[str, str | None]:
    step = next_step(state, LIBRARY)
    return step.kind, step.attribute_id


REFUNDED = heard(("I want my money back", WANTS_REFUND))


@pytest.mark.rule("CI-26")
@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (WANTS_REFUND, "intent"),
        (fits(("refund", 0.62), ("exchange", 0.6), outcome="group", group_id="returns"), "group"),
        (fits(("refund", 0.2)), "none"),
        (NO_WISH, "none"),
    ],
)
def test_a_message_maps_the_conversation_to_an_intent_or_only_a_group_or_nothing(found, outcome):
    state = heard(("I want to send it back", found))
    assert state.outcome == outcome
    assert (state.intent_id is not None) == (outcome == "intent")
    assert (state.group_id == "returns") == (outcome != "none")


@pytest.mark.rule("CI-27")
def test_an_intent_asks_its_questions_a_group_asks_which_and_nothing_asks_nothing():
    assert due(REFUNDED) == ("question", "order_number")
    both = fits(("refund", 0.62), ("exchange", 0.6), outcome="group", group_id="returns")
    group = heard(("I want to send it back", both))
    assert next_step(group, LIBRARY).kind == "clarify"
    assert next_step(group, LIBRARY).text == "Do you want your money back, or another one?"
    assert [one.kind for one in responses(group, LIBRARY, ())] == ["clarify"]
    nothing = heard(("I want the moon", fits(("refund", 0.2))))
    assert due(nothing) == ("none", None)
    assert responses(nothing, LIBRARY, ()) == ()
    assert nothing.is_unknown


def test_a_greeting_is_no_wish_and_a_wish_that_is_not_known_is_told_once():
    change = hear(START, LIBRARY, NO_WISH, message("hello there"))
    assert not change.state.is_heard
    assert change.detected is None
    unknown = fits(("refund", 0.2))
    first = hear(START, LIBRARY, unknown, message("can you sell me a boat please"))
    assert first.detected is not None
    again = hear(first.state, LIBRARY, unknown, message("can you sell me a boat please", 2))
    assert again.detected is None


@pytest.mark.rule("CI-07")
def test_the_intent_stays_until_another_beats_it_by_the_margin():
    near = fits(("exchange", 0.70), ("refund", 0.65))
    far = fits(("exchange", 0.80), ("refund", 0.65))
    assert heard(("can you swap it", near), state=REFUNDED).intent_id == "refund"
    assert heard(("can you swap it", far), state=REFUNDED).intent_id == "exchange"


def test_a_message_that_answers_the_question_has_to_beat_the_intent_by_twice_as_much():
    asked = interview.ask(REFUNDED, "order_number")
    found = fits(("exchange", 0.75), ("refund", 0.6))
    assert heard(("can you look at order 70441", found), state=asked).intent_id == "refund"
    clear = fits(("exchange", 0.85), ("refund", 0.6))
    assert heard(("can you swap order 70441", clear), state=asked).intent_id == "exchange"


@pytest.mark.parametrize(
    "text",
    [
        "actually I want to exchange it",
        "I no longer want that, can you swap it",
        "never mind the money, I want another size",
    ],
)
def test_a_customer_who_says_that_the_subject_changes_is_believed(text):
    close = fits(("exchange", 0.66), ("refund", 0.65))
    assert heard((text, close), state=REFUNDED).intent_id == "exchange"


def test_an_unknown_wish_or_a_bare_answer_does_not_take_the_intent_away():
    state = heard(
        ("where can I park my boat", fits(("late_delivery", 0.3))), "yes", "12", state=REFUNDED
    )
    assert state.intent_id == "refund"
    assert due(state) == ("question", "order_number")


@pytest.mark.rule("CI-29")
def test_what_is_told_before_it_is_asked_is_not_asked_and_the_answer_stands_with_the_question():
    state = heard(("I want my money back for order AB-70441, bought on 3 May 2026", WANTS_REFUND))
    assert told(state) == {"order_number": "AB-70441", "bought_on": "2026-05-03"}
    assert due(state) == ("question", "reason")


@pytest.mark.rule("CI-05")
def test_one_message_answers_several_questions_at_once():
    asked = interview.ask(REFUNDED, "order_number")
    change = hear(
        asked, LIBRARY, NO_WISH, message("order number AB-70441, I bought it on 2026-05-03", 2)
    )
    assert {one.answer.attribute_id: one.was_asked for one in change.told} == {
        "order_number": True,
        "bought_on": False,
    }
    assert change.state.asked is None


@pytest.mark.rule("CI-29")
def test_an_answered_question_is_never_asked_again():
    state = heard(
        ("I want my money back", WANTS_REFUND), "it is order AB-70441", "bought 3 May 2026"
    )
    seen = {due(state)[1]}
    for text in ("well", "I bought it on 3 May 2026", "order AB-70441", "it does not fit me"):
        state = interview.ask(state, due(state)[1])
        state = hear(state, LIBRARY, NO_WISH, message(text, 9)).state
        seen.add(due(state)[1])
    assert "order_number" not in seen
    assert "bought_on" not in seen
    assert due(state) == ("solution", None)


def test_a_correction_replaces_an_answer_without_the_question_being_asked_again():
    state = heard("order AB-70441", state=interview.ask(REFUNDED, "order_number"))
    change = hear(state, LIBRARY, NO_WISH, message("sorry, I meant AB-70442", 5))
    assert [one.is_correction for one in change.told] == [True]
    assert told(change.state)["order_number"] == "AB-70442"
    assert due(change.state) == ("question", "bought_on")


def test_what_was_told_before_the_wish_was_known_counts():
    before = (EarlierText("my order number is AB-70441"), EarlierText("bought on 3 May 2026"))
    text = message("I want my money back", 3, before=lambda: before)
    change = hear(START, LIBRARY, WANTS_REFUND, text)
    assert told(change.state) == {"order_number": "AB-70441", "bought_on": "2026-05-03"}
    assert {one.answer.number for one in change.told} == {0}


@pytest.mark.rule("CI-30")
def test_after_a_shift_the_earlier_intent_is_kept_with_its_questions_and_answers():
    state = heard("my order number is AB-70441", state=interview.ask(REFUNDED, "order_number"))
    change = hear(
        state, LIBRARY, fits(("printer_error", 0.9)), message("my printer shows an error", 7)
    )
    assert change.detected is not None
    assert change.detected.is_shift
    assert change.detected.before_intent_id == "refund"
    (earlier,) = change.state.earlier
    assert (earlier.intent_id, earlier.intent_name) == ("refund", "Refund")
    assert [(one.question, one.value) for one in earlier.attributes] == [
        ("What is your order number?", "AB-70441"),
        ("When did you buy it?", None),
        ("Why do you want to send it back?", None),
    ]
    assert due(change.state) == ("question", "error_code")


def test_the_same_attribute_of_the_next_intent_is_known_but_a_free_text_is_not():
    state = heard(
        "order number AB-70441", "it is torn", state=interview.ask(REFUNDED, "order_number")
    )
    state = heard(("I want another size instead", fits(("exchange", 0.9))), state=state)
    assert interview.known_of(state, EXCHANGE)["order_number"].value == "AB-70441"
    assert due(state) == ("question", "size")
    free = replace(EXCHANGE, attributes=(REFUND.attributes[2],))
    with_reason = heard("it is torn", state=interview.ask(REFUNDED, "reason"))
    assert told(with_reason)["reason"] == "it is torn"
    assert interview.known_of(with_reason, free) == {}


def test_an_intent_that_comes_back_brings_its_answers_and_stands_once():
    state = heard("order number AB-70441", state=interview.ask(REFUNDED, "order_number"))
    state = heard(("my printer shows an error", fits(("printer_error", 0.9))), state=state)
    state = heard(("I want my money back", fits(("refund", 0.9))), state=state)
    assert [one.intent_id for one in state.earlier] == ["printer_error"]
    assert due(state) == ("question", "bought_on")


@pytest.mark.rule("CI-32")
def test_a_dismissed_intent_never_comes_back_and_its_questions_are_gone():
    state = interview.dismiss(REFUNDED)
    assert due(state) == ("none", None)
    state = heard(("I want my money back, please refund me", WANTS_REFUND), state=state)
    assert (state.intent_id, state.dismissed) == (None, ("refund",))
    # Another one is allowed, also when the dismissed one fits better.
    state = heard(("can you swap it", fits(("refund", 0.9), ("exchange", 0.6))), state=state)
    assert state.intent_id == "exchange"


def test_a_dismissed_group_does_not_come_back_but_an_intent_of_it_may():
    both = fits(("refund", 0.62), ("exchange", 0.6), outcome="group", group_id="returns")
    state = interview.dismiss(heard(("I want to send it back", both)))
    assert state.outcome == "none"
    assert heard(("I want to send it back", both), state=state).outcome == "none"
    assert heard(("I want a refund", WANTS_REFUND), state=state).intent_id == "refund"


def test_a_group_whose_intents_are_only_together_sure_is_a_group():
    found = fits(
        ("refund", 0.42), ("exchange", 0.4), outcome="group", group_id="returns", score=0.5
    )
    state = heard(("I want to send it back", found))
    assert (state.outcome, state.group_id, state.score) == ("group", "returns", 0.5)
    # Of two that are near, the other one is meant where one was dismissed.
    near = fits(("refund", 0.62), ("exchange", 0.6), outcome="group", group_id="returns")
    left = heard(("I want to send it back", near), state=interview.dismiss(REFUNDED))
    assert left.intent_id == "exchange"


def test_what_the_customer_said_no_to_comes_back_only_by_choice():
    state = interview.reject(REFUNDED, "refund")
    assert heard(("I want my money back", WANTS_REFUND), state=state).intent_id is None
    chosen = interview.choose(state, LIBRARY, REFUND, message("", 4)).state
    assert chosen.intent_id == "refund"
    assert chosen.rejected == ()


def test_where_only_the_group_is_known_the_customer_may_name_the_one():
    both = fits(("refund", 0.62), ("exchange", 0.6), outcome="group", group_id="returns")
    state = heard(("I want to send it back", both))
    assert heard("the exchange", state=state).intent_id == "exchange"
    assert heard("both of them", state=state).outcome == "group"


@pytest.mark.rule("CI-28")
def test_questions_come_in_order_and_one_sent_by_hand_is_taken_as_asked():
    state = REFUNDED
    order = []
    for text in ("AB-70441", "3 May 2026", "it is torn"):
        kind, attribute_id = due(state)
        order.append(attribute_id)
        question = next_step(state, LIBRARY).text
        state = interview.heard_from_representative(state, LIBRARY, f"Thank you. {question}")
        assert (kind, state.asked) == ("question", attribute_id)
        state = hear(state, LIBRARY, NO_WISH, message(text, 9)).state
    assert order == ["order_number", "bought_on", "reason"]
    by_hand = "Could you tell me when you did buy it?"
    assert interview.heard_from_representative(REFUNDED, LIBRARY, by_hand).asked == "bought_on"
    assert interview.heard_from_representative(REFUNDED, LIBRARY, "One moment.") is REFUNDED


def test_optional_attributes_are_shown_but_not_asked():
    state = heard(("my printer shows error E-42", fits(("printer_error", 0.9))))
    assert told(state) == {"error_code": "E-42"}
    assert due(state) == ("solution", None)


@pytest.mark.rule("CI-06")
def test_the_knowledge_query_is_made_of_the_intent_and_the_answers():
    state = heard(("my printer shows error E-42", fits(("printer_error", 0.9))))
    known = list(interview.known_of(state, PRINTER).values())
    query = solution_query(PRINTER, known)
    assert query.startswith("Printer error")
    assert query.endswith("error code E-42")
    assert len(solution_query(replace(PRINTER, description="word " * 500), known)) <= 400


@pytest.mark.rule("CI-25")
def test_with_chosen_articles_only_these_are_offered_and_else_the_base_is_searched():
    articles = base(
        article("P-1", "Clear a paper jam"),
        article("P-2", "Printer error codes", "What every error code of the printer means: E-42."),
        article("R-1", "Refund a purchase", "How a refund is paid and the money comes back."),
    )
    state = heard(("my printer shows error E-42", fits(("printer_error", 0.9))))
    chosen = solve(state, PRINTER, articles, 5)
    assert [one.article_id for one in chosen.solution.articles] == ["P-1"]
    assert [(one.item_id, one.verdict) for one in chosen.considered] == [
        ("P-1", "chosen"),
        ("P-9", "not_published"),
    ]
    searched = solve(state, replace(PRINTER, solutions=()), articles, 5)
    assert [one.article_id for one in searched.solution.articles] == ["P-2"]
    assert {one.verdict for one in searched.considered} >= {"shown"}
    assert solve(state, replace(PRINTER, solutions=()), None, 5).solution.articles == ()


@pytest.mark.rule("CI-09")
def test_the_next_response_is_the_curated_question_or_solution_then_ranked_past_replies():
    window = (
        Utterance("customer", "I want my money back on my card"),
        Utterance("representative", "Let me look."),
    )
    first = responses(REFUNDED, LIBRARY, window)
    assert [one.kind for one in first] == ["question", "reply", "reply", "reply"]
    assert first[0].text == "What is your order number?"
    assert first[1].text == "Your money is back on your card within three days."
    assert '"money"' in first[1].why
    assert "40 times" in first[1].why
    late = heard(("my parcel is late, order AB-70441", fits(("late_delivery", 0.9))))
    assert [one.kind for one in responses(late, LIBRARY, ())] == ["solution"]
    assert responses(late, LIBRARY, ())[0].text == LATE.solutions[0].text


def test_a_reply_that_was_just_given_is_not_suggested_again():
    said = Utterance("representative", REFUND.replies[0].text)
    assert REFUND.replies[0].text not in [one.text for one in ranked_replies(REFUND, (said,))]


def test_a_question_that_nobody_wrote_is_asked_by_name_and_type():
    texts = [
        interview.question_of(replace(one, question=" "))
        for one in (*REFUND.attributes[:2], EXCHANGE.attributes[1])
    ]
    assert texts == [
        "What is the order number?",
        "On which date was this: purchase date?",
        "Which size is it: small, large?",
    ]
    unasked = replace(CONTENT.groups[2], clarifying_question="")
    library = library_of(replace(CONTENT, groups=(*CONTENT.groups[:2], unasked)))
    known = Interview(group_id="returns")
    assert clarifying_question(library, known) == "Is it about Exchange or Refund?"
    found_wrong = replace(known, dismissed=("refund",))
    assert (
        clarifying_question(library, found_wrong) == "What exactly can I do for you about Returns?"
    )


def test_a_new_library_renames_the_intent_or_takes_it_away():
    renamed = replace(REFUND, name="Money back")
    others = tuple(one for one in CONTENT.intents if one.intent_id != "refund")
    library = library_of(replace(CONTENT, intents=others))
    dropped = interview.settle(REFUNDED, library, 77)
    assert dropped.detected is not None
    assert "no longer has the intent Refund" in dropped.detected.because
    assert dropped.state.intent_id is None
    assert [(one.intent_id, one.until_ms) for one in dropped.state.earlier] == [("refund", 77)]
    other = library_of(replace(CONTENT, intents=(*others, renamed)), "another")
    kept = interview.settle(REFUNDED, other, 77)
    assert (kept.state.intent_name, kept.detected) == ("Money back", None)


def test_nothing_breaks_on_odd_messages():
    for text in ("", " ", "\ud800", "🛠" * 3_000, "x" * 1_000_000, "الطلب لم يصل"):
        for found in (NO_WISH, WANTS_REFUND, fits(("gone", 0.9))):
            state = hear(REFUNDED, LIBRARY, found, message(text)).state
            assert state.intent_id == "refund"


def test_nothing_but_values_is_no_wish_whatever_is_detected_in_them():
    surely = fits(("exchange", 0.95))
    for text in ("AB-10033", "12345", "03/05/2026", "E-42!"):
        assert heard((text, surely), state=REFUNDED).intent_id == "refund"
        assert heard((text, surely)).intent_id is None


@pytest.mark.rule("CI-07")
@pytest.mark.parametrize(
    "text",
    [
        "my order number is AB-70441",
        "AB-70441, that is the newer one",
        "I bought it on 3 May 2026 in your shop",
    ],
)
@pytest.mark.parametrize("asked", ["order_number", "bought_on", None])
def test_an_answer_with_little_besides_never_shifts_the_intent(text, asked):
    surely = fits(("exchange", 0.99), ("refund", 0.1))
    state = interview.ask(REFUNDED, asked)
    change = hear(state, LIBRARY, surely, message(text, 2))
    assert change.state.intent_id == "refund"
    assert change.detected is None
    assert len(change.told) == 1


def test_an_answer_in_free_words_does_not_shift_the_intent_however_it_is_put():
    surely = fits(("exchange", 0.99), ("refund", 0.1))
    asked = interview.ask(REFUNDED, "reason")
    for text in ("I changed my mind", "it does not fit me", "the blue is too bright for us"):
        state = heard((text, surely), state=asked)
        assert (state.intent_id, told(state)["reason"]) == ("refund", text)


@pytest.mark.parametrize(
    "text",
    [
        "my order number is AB-70441 but I want another size",
        "order AB-70441, can you swap it?",
        "AB-70441. how do I get a bigger size for it",
        "it is order AB-70441, the shoes are far too small for my feet",
        "AB-70441, actually another size",
    ],
)
def test_a_clear_new_wish_beside_an_answer_shifts_and_the_answer_is_kept(text):
    surely = fits(("exchange", 0.99), ("refund", 0.1))
    state = heard((text, surely), state=interview.ask(REFUNDED, "order_number"))
    assert state.intent_id == "exchange"
    assert told(state)["order_number"] == "AB-70441"


def test_the_repetition_of_what_is_known_answers_nothing_else():
    state = heard("AB-70441", state=interview.ask(REFUNDED, "order_number"))
    state = heard("3 May 2026", state=interview.ask(state, "bought_on"))
    state = heard("I bought it on 3 May 2026", state=interview.ask(state, "reason"))
    assert told(state) == {"order_number": "AB-70441", "bought_on": "2026-05-03"}
    assert due(state) == ("question", "reason")


@pytest.mark.parametrize(
    "text", ["my e-mail address is noor@example.com", "order AB-10033", "it's 12 Harbour Road"]
)
def test_values_and_the_words_that_carry_them_are_no_wish(text):
    surely = fits(("exchange", 0.95))
    assert heard((text, surely)).intent_id is None
    assert heard((text, surely), state=REFUNDED).intent_id == "refund"


@given(
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=40)
    | st.sampled_from(
        ("I bought it yesterday", "at noon", "last week", "mail me", "one two three", "in May")
    )
)
def test_what_is_passed_over_unasked_would_have_told_nothing(text):
    for intent in (REFUND, LATE, PRINTER):
        if not interview.may_tell(intent.attributes, text):
            assert answers(intent.attributes, text, now_ms=1_780_000_000_000) == {}
