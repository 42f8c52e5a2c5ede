"""The conversation itself: turns, duplicates, order, the end, forgetting."""

from __future__ import annotations

import pytest

from processors.conversation.processor import ConversationProcessor
from processors.conversation.rules import FORGET, FORGET_AFTER_MS
from processors.conversation.state import Ended, Served, Waiting
from processors.conversation.transcript import (
    SEEN_TURNS_MAX,
    UTTERANCE_CHARS_MAX,
    WINDOW_MESSAGES,
    digest_of,
    heard,
    was_heard,
)
from processors.machine import At, Outcome
from processors.testing import (
    NINE_MS,
    accepted,
    dismissal,
    ended,
    given,
    moved,
    opened,
    said,
)
from processors.views import conversation as views
from schemas.records.control import Tick

PROCESSOR = ConversationProcessor()


def test_a_turn_opens_the_conversation_when_nothing_announced_it():
    scenario = given(PROCESSOR, said("hello", channel="sms", locale="de"))
    (row,) = scenario.seen(views.CONVERSATION)
    assert (row.channel, row.locale, row.state, row.turns) == ("sms", "de", "open", 1)
    assert row.opened_at_ms == scenario.now_ms


def test_an_opening_after_the_first_turn_completes_what_is_known():
    scenario = given(PROCESSOR, said("hello"), opened("whatsapp", customer_name="Mia"))
    (row,) = scenario.seen(views.CONVERSATION)
    assert (row.channel, row.customer_name, row.turns) == ("whatsapp", "Mia", 1)


def test_a_second_opening_keeps_what_it_leaves_out():
    scenario = given(PROCESSOR, opened(customer_name="Mia", queue="orders"))
    scenario.when(opened(locale="en"))
    (row,) = scenario.seen(views.CONVERSATION)
    assert (row.customer_name, row.locale, row.access.queue) == ("Mia", "en", "orders")


def test_the_same_opening_again_changes_nothing():
    announced = opened(customer_name="Mia", occurred_at_ms=NINE_MS)
    given(PROCESSOR, announced).when(announced).nothing()


def test_the_same_turn_again_changes_nothing_and_keeps_the_state_object():
    scenario = given(PROCESSOR, opened(), said("hello", turn_id="a"))
    scenario.when(said("hello", turn_id="a")).nothing()
    scenario.when(said("another text under a known id", turn_id="a")).nothing()
    assert len(scenario.seen(views.TURN)) == 1


def test_the_same_turn_after_the_end_is_a_repetition_and_no_refusal():
    scenario = given(PROCESSOR, said("hello", turn_id="a"), ended())
    scenario.when(said("hello", turn_id="a")).nothing()


def test_turns_that_come_out_of_order_are_numbered_by_the_log_and_keep_their_time():
    scenario = given(
        PROCESSOR,
        said("second", occurred_at_ms=NINE_MS + 2_000),
        said("first", occurred_at_ms=NINE_MS + 1_000),
    )
    turns = scenario.seen(views.TURN)
    assert [(turn.number, turn.text, turn.occurred_at_ms - NINE_MS) for turn in turns] == [
        (1, "second", 2_000),
        (2, "first", 1_000),
    ]
    (row,) = scenario.seen(views.CONVERSATION)
    assert row.last_turn_at_ms == NINE_MS + 2_000


def test_a_turn_row_names_the_log_record_it_came_from():
    scenario = given(PROCESSOR, opened(), said("hello"))
    (turn,) = scenario.seen(views.TURN)
    assert turn.source == "conversation.turns.v1/0/1"


def test_a_turn_for_an_ended_conversation_is_refused():
    scenario = given(PROCESSOR, said("hello"), ended())
    scenario.when(said("one more thing")).refused("conversation.ended", "c-1", "has ended")


@pytest.mark.parametrize("late", [opened("sms"), accepted(), moved("queue", "q", epoch=9)])
def test_nothing_may_follow_the_end(late):
    given(PROCESSOR, said("hello"), ended()).when(late).refused("conversation.ended")


def test_the_end_twice_is_one_end():
    scenario = given(PROCESSOR, said("hello"), ended())
    scenario.when(ended()).nothing()


def test_an_end_keeps_the_head_of_the_conversation_and_drops_its_messages():
    scenario = given(PROCESSOR, opened(), accepted("ann"), said("where is it"), ended())
    assert isinstance(scenario.state, Ended)
    assert scenario.state.transcript.window == ()
    (row,) = scenario.seen(views.CONVERSATION)
    assert (row.state, row.preview, row.turns, row.owner_id) == ("ended", "where is it", 1, "ann")
    assert row.ended_at_ms == scenario.now_ms
    assert row.accepted_at_ms is not None


def test_thirty_days_after_its_end_a_conversation_and_all_its_rows_are_forgotten():
    scenario = given(PROCESSOR, opened(), accepted("ann"), said("my router is slow"), said("hm"))
    scenario.when(ended())
    assert scenario.seen(views.NOTHING_FOUND)
    scenario.later(FORGET_AFTER_MS - 1)
    assert scenario.seen(views.TURN)
    scenario.later(1)
    assert scenario.state is None
    for table in views.VIEWS:
        assert scenario.rows(table) == []


def test_a_forget_timer_of_a_conversation_that_is_not_over_does_nothing():
    scenario = given(PROCESSOR, said("hello"))
    state = scenario.state
    at = At(now_ms=NINE_MS, cause="conversation.turns.v1/0/7")
    assert PROCESSOR.on_timer(state, b"demo:c-1", FORGET, at) == Outcome(state)
    assert PROCESSOR.on_timer(None, b"demo:c-1", FORGET, at) == Outcome(None)
    assert PROCESSOR.on_timer(state, b"demo:c-1", "another", at) == Outcome(state)


def test_a_private_note_is_in_the_transcript_and_not_in_the_window():
    scenario = given(
        PROCESSOR, said("hello"), said("rude", author="representative", visibility="private")
    )
    assert [turn.text for turn in scenario.seen(views.TURN)] == ["hello", "rude"]
    assert [one.text for one in scenario.state.transcript.window] == ["hello"]
    (row,) = scenario.seen(views.CONVERSATION)
    assert (row.preview, row.turns) == ("hello", 2)


def test_a_system_message_is_in_the_transcript_and_not_in_the_window():
    scenario = given(PROCESSOR, said("joined", author="system"))
    assert scenario.state.transcript.window == ()
    assert len(scenario.seen(views.TURN)) == 1


@pytest.mark.rule("SA-27")
def test_the_window_holds_the_last_eighteen_messages_of_both_sides():
    scenario = given(PROCESSOR, accepted())
    for number in range(25):
        scenario.when(said(f"m{number}", author=("customer", "representative", "bot")[number % 3]))
    window = [one.text for one in scenario.state.transcript.window]
    assert WINDOW_MESSAGES == 18
    assert window == [f"m{number}" for number in range(7, 25)]


def test_html_is_read_without_its_tags_and_shown_with_them():
    scenario = given(PROCESSOR, said("<p>a &amp; b</p>", text_format="html"))
    assert scenario.state.transcript.window[0].text.strip() == "a & b"
    assert scenario.seen(views.TURN)[0].text == "<p>a &amp; b</p>"


def test_a_very_long_message_is_cut_in_the_window_and_whole_in_its_row():
    scenario = given(PROCESSOR, said("x" * 50_000))
    assert len(scenario.state.transcript.window[0].text) == UTTERANCE_CHARS_MAX
    assert len(scenario.seen(views.TURN)[0].text) == 50_000


def test_turn_ids_are_told_apart_at_digest_borders_only():
    first, second = digest_of("a"), digest_of("b")
    seen = heard(heard(b"", first), second)
    assert was_heard(seen, first)
    assert was_heard(seen, second)
    assert not was_heard(seen, seen[4:12])
    assert was_heard(seen + seen[4:12], seen[4:12])


def test_the_memory_of_turn_ids_is_bounded_and_the_oldest_goes_first():
    seen = b""
    for number in range(SEEN_TURNS_MAX + 1):
        seen = heard(seen, digest_of(str(number)))
    assert len(seen) == 8 * SEEN_TURNS_MAX
    assert not was_heard(seen, digest_of("0"))
    assert was_heard(seen, digest_of("1"))


def test_inputs_meant_for_the_whole_partition_change_no_conversation():
    scenario = given(PROCESSOR, said("hello"))
    tick = Tick(tenant="demo", occurred_at_ms=NINE_MS)
    assert PROCESSOR.key(tick) is None
    outcome = PROCESSOR.handle(scenario.state, tick, At(now_ms=NINE_MS, cause="x/0/1"))
    assert outcome == Outcome(scenario.state)


def test_a_command_for_a_conversation_nobody_opened_opens_none():
    scenario = given(PROCESSOR)
    scenario.when(dismissal("x#0")).refused("assist.unknown_recommendation", "c-1", "x#0")
    assert scenario.state is None


def test_a_conversation_waits_is_served_and_ends():
    scenario = given(PROCESSOR, opened())
    assert isinstance(scenario.state, Waiting)
    scenario.when(accepted())
    assert isinstance(scenario.state, Served)
    scenario.when(ended())
    assert isinstance(scenario.state, Ended)
