"""Queues of a pool: overflow, wider circles, what customers are told, and the figures."""

from __future__ import annotations

from typing import Any

import pytest

from processors.views.routing import average_wait_ms, figures
from schemas.records.conversation import ConversationEnded, TurnSaid
from schemas.records.routing import (
    CallbackRequested,
    CloseItem,
    CustomerNotified,
    DirectedToNumber,
    EndItem,
    ItemClosed,
    ItemRouted,
    QueueOverflowed,
    VoicemailRequested,
)
from tests.rules.pools import MINUTE_MS, OFFER_MS, SECOND_MS, Told, chats, members, of, one_of
from tests.rules.setups import queue

# --- overflow


def limited(limit: int, **action: Any) -> dict[str, Any]:
    before = [{"when": "waiting_items", "limit": limit, "action": action}]
    return {"overflow": {"before": before}}


def to_chats(**given: Any) -> dict[str, Any]:
    """Return the workstream with a rule that names `chats`: fallback queues do not overflow."""
    routes = [{"name": "all", "queue": "chats"}]
    return chats(routes=routes, fallback_queue="other", **given)


@pytest.mark.rule("UR-42", "UR-43")
def test_the_third_arrival_overflows_a_queue_whose_limit_is_two_and_ends():
    told = Told(
        queues=[members("ann", **limited(2, do="end")), queue("other")], workstreams=[to_chats()]
    )
    told.arrive("c1")
    told.arrive("c2")
    then = told.arrive("c3")
    assert one_of(then, QueueOverflowed).action == "end"
    assert one_of(then, ItemClosed).outcome == "overflowed"
    assert of(then, ConversationEnded)
    assert one_of(then, CustomerNotified).kind == "ended_by_overflow"
    assert told.waiting() == ["c1", "c2"]


@pytest.mark.rule("UR-43")
def test_an_overflowing_item_goes_to_another_queue():
    told = Told(
        queues=[members("ann", **limited(1, do="queue", queue="other")), queue("other")],
        workstreams=[to_chats()],
    )
    told.arrive("c1")
    told.arrive("c2")
    assert told.waiting("other") == ["c2"]


@pytest.mark.rule("UR-41")
def test_pre_queue_overflow_is_looked_at_once_and_not_after_a_transfer():
    told = Told(
        queues=[members("ann"), queue("full", members=["bob"], **limited(1, do="end"))],
        representatives=[{"id": "ann", "units": 1}, {"id": "bob", "units": 1}],
    )
    told.connect("ann")
    for item_id in ("c1", "c2"):
        told.served(item_id, "ann")
        told.transfer(item_id, "ann", "queue", "full")
    assert told.waiting("full") == ["c1", "c2"]


@pytest.mark.rule("UR-07")
def test_without_a_matching_rule_the_fallback_queue_takes_it_and_does_not_overflow():
    told = Told(queues=[members("ann", **limited(1, do="end"))])
    told.arrive("c1")
    then = told.arrive("c2")
    assert one_of(then, ItemRouted).is_fallback
    assert told.waiting() == ["c1", "c2"]


@pytest.mark.rule("UR-44")
def test_an_item_that_waits_too_long_goes_to_another_queue_and_is_looked_at_there():
    waits = {"waiting": [{"exceeds_ms": MINUTE_MS, "action": {"do": "queue", "queue": "other"}}]}
    ends = {"waiting": [{"exceeds_ms": 2 * MINUTE_MS, "action": {"do": "end"}}]}
    told = Told(queues=[members("ann", overflow=waits), queue("other", overflow=ends)])
    told.arrive("c1")
    aged_from_ms = told.item("c1").aged_from_ms
    told.later(MINUTE_MS - 1)
    assert told.waiting() == ["c1"]
    told.later(1)
    assert told.waiting("other") == ["c1"]
    assert told.item("c1").aged_from_ms == aged_from_ms
    told.later(2 * MINUTE_MS)
    assert told.item("c1").outcome == "overflowed"


@pytest.mark.rule("UR-44")
def test_more_than_twenty_a_minute_overflow_in_batches():
    waits = {"waiting": [{"exceeds_ms": MINUTE_MS, "action": {"do": "queue", "queue": "other"}}]}
    told = Told(queues=[members("ann", overflow=waits), queue("other")])
    for number in range(25):
        told.arrive(f"c{number:02}", after_ms=1)
    told.later(MINUTE_MS + 30)
    assert len(told.waiting("other")) == 20
    assert told.waiting() == [f"c{number:02}" for number in range(20, 25)]
    told.later(MINUTE_MS)
    assert len(told.waiting("other")) == 25


@pytest.mark.rule("UR-43")
@pytest.mark.parametrize(
    ("action", "record"),
    [
        ({"do": "callback"}, CallbackRequested),
        ({"do": "voicemail"}, VoicemailRequested),
        ({"do": "external_number", "number": "4930123"}, DirectedToNumber),
    ],
)
def test_a_call_that_overflows_is_called_back_recorded_or_passed_on(action, record):
    told = Told(
        queues=[
            queue("chats", "voice", members=["ann"], **limited(1, **action)),
            queue("other", "voice"),
        ],
        workstreams=[
            chats("voice", routes=[{"name": "all", "queue": "chats"}], fallback_queue="other")
        ],
        callable_numbers=["4930123"],
    )
    told.arrive("c1", kind="voice", channel="voice")
    then = told.arrive("c2", kind="voice", channel="voice")
    assert one_of(then, record).item_id == "c2"
    assert told.item("c2").state == "closed"


def test_who_comes_when_it_is_closed_is_told_so():
    told = Told(
        hours=[
            {"id": "late", "time_zone": "UTC", "shifts": [{"opens": "20:00", "closes": "21:00"}]}
        ],
        queues=[members("ann", hours="late"), queue("other")],
        workstreams=[to_chats()],
    )
    then = told.arrive("c1")
    assert "out_of_hours" in [one.kind for one in of(then, CustomerNotified)]
    assert told.waiting() == ["c1"]


# --- bullseye


@pytest.mark.rule("UR-53")
def test_circles_widen_while_an_item_waits_and_begin_anew_in_another_queue():
    levels = [{"after_ms": 0, "teams": ["near"]}, {"after_ms": 30_000, "teams": ["far"]}]
    people = [
        {"id": "ann", "units": 1, "teams": ["near"]},
        {"id": "bob", "units": 1, "teams": ["far"]},
    ]
    ring = {"levels": levels, "fallback": "teams"}
    told = Told(
        representatives=people,
        queues=[
            members("ann", "bob", bullseye=ring),
            queue("other", members=["bob"], bullseye=ring),
        ],
    )
    told.connect("bob")
    told.arrive("c1")
    told.later(29_999)
    assert told.state("c1") == ("open", None)
    told.later(1)
    assert told.state("c1") == ("offered", "bob")
    told.accept("c1")
    told.transfer("c1", "bob", "queue", "other")
    assert told.state("c1") == ("open", None)
    told.later(30_000)
    assert told.state("c1") == ("offered", "bob")


# --- what customers are told


@pytest.mark.rule("UR-51", "HO-50")
def test_a_waiting_customer_is_told_the_position_every_30_seconds_while_it_changes():
    told = Told()
    told.arrive("c1")
    told.arrive("c2")
    told.later(30 * SECOND_MS)
    assert (told.item("c1").told, told.item("c2").told) == (1, 2)
    told.activity("c1", "customer_left")
    told.later(30 * SECOND_MS)
    assert told.item("c2").told == 1


@pytest.mark.rule("HO-50")
def test_a_notice_is_an_event_and_a_turn_of_the_system():
    told = Told(
        notices={
            "representative_assigned": {"": "{RepresentativeName} of {QueueName} is here, {$who$}!"}
        }
    )
    told.connect("ann")
    told.arrive("c1", variables={"who": "Kim"})
    then = told.accept("c1")
    text = "ann of chats is here, Kim!"
    assert one_of(then, CustomerNotified).text == text
    turn = one_of(then, TurnSaid)
    assert (turn.author, turn.text, turn.visibility) == ("system", text, "public")
    assert turn.ownership_epoch == told.item("c1").epoch


@pytest.mark.rule("HO-50")
def test_the_representative_is_told_in_private_that_the_customer_is_gone():
    told = Told()
    told.connect("ann")
    told.served("c1", "ann")
    then = told.activity("c1", "customer_disconnected")
    assert one_of(then, CustomerNotified).representative_id == "ann"
    assert one_of(then, TurnSaid).visibility == "private"


@pytest.mark.rule("UR-51")
def test_the_expected_wait_is_told_once_from_twenty_answers_on_and_above_a_minute():
    told = Told(representatives=[{"id": "ann", "units": 1}], queues=[members("ann")])
    told.connect("ann")
    told.presence("ann", "away")
    for number in range(20):
        told.arrive(f"c{number}")
        told.later(70 * SECOND_MS)
        told.presence("ann", "available")
        told.accept(f"c{number}")
        told.presence("ann", "away")
        told.do(EndItem, f"c{number}", "ann")
        told.do(CloseItem, f"c{number}", "ann")
    told.later(10 * MINUTE_MS)
    wait_ms = average_wait_ms(told.pool.queues["chats"], told.now_ms)
    assert wait_ms is not None
    assert 60_000 < wait_ms < 120_000
    kinds = [one.kind for one in of(told.arrive("c20"), CustomerNotified)]
    assert kinds.count("average_wait_minutes") == 1


# --- figures


def test_an_hour_has_one_row_and_rows_of_three_days_ago_go():
    told = Told()
    told.arrive("c1")
    told.later(60 * MINUTE_MS)
    told.arrive("c2")
    assert len(told.table("routing_measure")) == 2
    told.later(73 * 60 * MINUTE_MS)
    told.arrive("c3")
    assert len(told.table("routing_measure")) == 1


@pytest.mark.rule("QM-02", "QM-04")
def test_speed_to_answer_and_service_levels_count_from_the_request_to_the_acceptance():
    told = Told(
        queues=[members("ann", service_level_ms=15_000)],
        representatives=[{"id": "ann", "units": 9}],
    )
    told.connect("ann")
    for item_id, wait_ms in (("c1", 10_000), ("c2", 20_001), ("c3", 61_000)):
        told.arrive(item_id)
        told.accept(item_id, after_ms=wait_ms)
    found = figures(told.measure())
    assert found.answered == 3
    assert found.speed_to_answer_ms == (10_000 + 20_001 + 61_000) // 3
    assert found.levels == {
        "10": 1 / 3,
        "20": 1 / 3,
        "30": 2 / 3,
        "40": 2 / 3,
        "60": 2 / 3,
        "120": 1.0,
    }
    assert found.service_level == 1 / 3
    assert found.wait_ms_max == 61_000


@pytest.mark.rule("QM-02")
def test_the_first_wait_goes_on_over_declines_and_transfers():
    told = Told(queues=[members("ann", "bob")])
    told.connect("ann", "bob")
    told.arrive("c1")
    told.decline("c1", after_ms=10_000)
    told.accept("c1", after_ms=10_000)
    assert told.item("c1").first_wait_ms == 20_000


@pytest.mark.rule("QM-03")
def test_in_the_queue_are_those_that_wait_and_those_not_yet_accepted():
    told = Told(queues=[members("ann")], representatives=[{"id": "ann", "units": 1}])
    told.connect("ann")
    told.arrive("c1")
    told.arrive("c2")
    state = told.pool.queues["chats"]
    assert (state.waiting, state.offered) == (1, 1)
    assert told.pool.busy(told.now_ms)("chats").waiting == 2


@pytest.mark.rule("QM-05")
def test_who_leaves_before_the_short_threshold_is_not_counted_as_abandoned():
    told = Told(queues=[members("ann", short_abandon_ms=5_000)])
    told.arrive("c1")
    told.activity("c1", "customer_left", after_ms=4_999)
    told.arrive("c2")
    told.activity("c2", "customer_left", after_ms=5_000)
    found = figures(told.measure())
    assert (found.abandoned, found.short_abandoned) == (1, 1)
    assert found.abandoned_share == 1.0


@pytest.mark.rule("QM-01")
def test_a_new_session_begins_by_transfer_decline_and_timeout():
    told = Told(
        queues=[members("ann", "bob"), queue("other", members=["cay"])],
        presence={"missed_sets_inactive": False},
    )
    told.connect("ann", "bob")
    told.arrive("c1")
    assert told.item("c1").session == 1
    told.decline("c1")
    assert told.item("c1").session == 2
    told.later(OFFER_MS)
    assert told.item("c1").session == 3
    told.accept("c1")
    who = told.item("c1").representative_id
    told.transfer("c1", who, "queue", "other")
    assert told.item("c1").session == 4


@pytest.mark.rule("QM-07")
def test_transfer_decline_and_timeout_shares():
    told = Told(queues=[members("ann", "bob"), queue("other", members=["cay"])])
    told.connect("ann", "bob")
    told.arrive("c1")
    told.decline("c1", after_ms=4_000)
    told.later(OFFER_MS)
    told.accept("c1", after_ms=2_000)
    who = told.item("c1").representative_id
    told.transfer("c1", who, "queue", "other")
    found = figures(told.measure())
    assert told.measure().offered == 3
    assert (found.declines, found.decline_share) == (1, 1 / 3)
    assert (found.timeouts, found.timeout_share) == (1, 1 / 3)
    assert (found.transfers, found.transfer_share) == (1, 1.0)
    assert (found.accept_ms, found.decline_ms) == (2_000, 4_000)


@pytest.mark.rule("QM-08")
def test_first_response_and_answers_within_a_minute():
    told = Told()
    told.connect("ann")
    told.served("c1", "ann")
    told.activity("c1", "representative_wrote", "ann", after_ms=7_000)
    told.activity("c1", "customer_wrote")
    told.activity("c1", "representative_wrote", "ann", after_ms=60_000)
    told.activity("c1", "customer_wrote")
    told.activity("c1", "representative_wrote", "ann", after_ms=60_001)
    found = figures(told.measure())
    assert found.first_response_ms == 7_000
    assert found.response_ms == (60_000 + 60_001) // 2
    assert found.response_level == 1 / 2


def test_handle_time_is_service_and_wrap_up():
    told = Told(workstreams=[chats(wrap_up="always")])
    told.connect("ann")
    told.served("c1", "ann")
    told.do(EndItem, "c1", "ann", after_ms=50_000)
    then = told.do(CloseItem, "c1", "ann", after_ms=10_000)
    assert one_of(then, ItemClosed).handle_ms == 60_000
    assert figures(told.measure()).handle_time_ms == 60_000
