"""States of a work item and how it passes between them, owners, wrap-up, and time that ends it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records.conversation import (
    ConversationEnded,
    HandoffStatusChanged,
    OwnershipMoved,
    RepresentativeAccepted,
)
from schemas.records.routing import (
    AssignItem,
    CloseItem,
    ConsultChanged,
    CustomerNotified,
    DirectedToNumber,
    EndConsult,
    EndItem,
    ForceCloseItem,
    ItemClosed,
    JoinItem,
    LeaveItem,
    MonitorItem,
    PickItem,
    ReleaseItem,
    ResumeItem,
    StartConsult,
    SupervisorActed,
    WaitItem,
)
from tests.rules.pools import MINUTE_MS, SECOND_MS, Told, chats, members, of, one_of
from tests.rules.setups import DAY_MS, HOUR_MS, queue

CALLS = {
    "queues": [
        queue("chats", "voice", members=["ann", "bob"]),
        queue("other", "voice", members=["bob"]),
        queue("texts", "messaging", members=["bob"]),
    ],
    "workstreams": [chats("voice", allowed_presences=["available", "busy"])],
    "callable_numbers": ["4930123"],
}


def serving(*names: str, **parts: Any) -> Told:
    """Return a pool in which ann has c1."""
    told = Told(**parts)
    told.connect(*(names or ("ann",)))
    told.served("c1", "ann")
    return told


def texting(**given: Any) -> Told:
    """Return a pool in which ann has the SMS conversation c1."""
    told = Told(workstreams=[chats(is_synchronous=False, channels=["sms"], **given)])
    told.connect("ann")
    told.served("c1", "ann", channel="sms", is_synchronous=False)
    return told


def calling(**given: Any) -> Told:
    """Return a pool in which ann has the call c1."""
    told = Told(**{**CALLS, **given})
    told.connect("ann")
    told.served("c1", "ann", kind="voice", channel="voice")
    return told


@pytest.mark.rule("UR-47", "UR-48")
def test_open_becomes_active_by_assignment_and_by_picking():
    told = Told()
    told.arrive("c1")
    told.arrive("c2")
    assert told.state("c1") == ("open", None)
    told.connect("ann")
    told.accept("c1")
    assert told.state("c1") == ("active", "ann")
    told.presence("ann", "away")
    told.decline("c2")
    told.do(PickItem, "c2", "ann")
    assert told.state("c2") == ("active", "ann")


@pytest.mark.rule("UR-47")
def test_active_takes_capacity_and_waiting_takes_none():
    told = texting()
    assert told.rep("ann").load.units_used == 1
    told.do(WaitItem, "c1", "ann")
    assert told.state("c1") == ("waiting", "ann")
    assert told.rep("ann").load.units_used == 0


@pytest.mark.rule("UR-47")
def test_closed_is_final():
    told = serving()
    told.do(EndItem, "c1", "ann")
    told.do(CloseItem, "c1", "ann")
    assert told.item("c1").state == "closed"
    told.do(PickItem, "c1", "ann").refused("routing.wrong_state", "closed")
    told.do(ReleaseItem, "c1", "ann").refused("routing.not_yours")
    told.activity("c1", "customer_wrote").nothing()


@pytest.mark.rule("UR-47")
def test_only_asynchronous_items_can_wait():
    told = serving()
    told.do(WaitItem, "c1", "ann").refused("routing.not_asynchronous", "end the conversation")


@pytest.mark.rule("UR-48")
def test_an_open_item_is_closed_when_its_customer_leaves():
    told = Told()
    told.arrive("c1")
    then = told.activity("c1", "customer_left", after_ms=6 * SECOND_MS)
    assert told.state("c1")[0] == "closed"
    assert one_of(then, ItemClosed).outcome == "abandoned"
    assert one_of(then, ConversationEnded).conversation_id == "c1"


@pytest.mark.rule("UR-48")
def test_an_offered_item_is_closed_when_its_customer_leaves_before_it_is_accepted():
    told = Told()
    told.connect("ann")
    told.arrive("c1")
    told.activity("c1", "customer_left")
    assert told.state("c1")[0] == "closed"
    assert told.rep("ann").load.units_used == 0


@pytest.mark.rule("UR-48")
@pytest.mark.parametrize("by", ["ann", "customer"])
def test_an_active_item_is_wrapped_up_when_either_side_ends_it(by):
    told = serving()
    if by == "ann":
        told.do(EndItem, "c1", "ann")
    else:
        told.activity("c1", "customer_left")
    assert told.state("c1") == ("wrap_up", "ann")
    told.do(CloseItem, "c1", "ann")
    assert told.state("c1")[0] == "closed"


@pytest.mark.rule("UR-48")
def test_an_active_item_is_open_again_by_release_and_by_transfer_to_a_queue():
    told = serving(queues=[members("ann"), queue("other", members=["bob"])])
    told.do(ReleaseItem, "c1", "ann")
    told.accept("c1", "ann")
    told.transfer("c1", "ann", "queue", "other")
    assert told.state("c1") == ("open", None)
    assert told.item("c1").queue_id == "other"


@pytest.mark.rule("UR-48")
def test_what_a_vanished_representative_had_is_open_again():
    told = serving()
    told.lose("ann")
    told.later(8 * MINUTE_MS - 1)
    assert told.state("c1") == ("active", "ann")
    told.later(1)
    assert told.state("c1") == ("open", None)
    told.connect("bob")
    assert told.state("c1") == ("offered", "bob")


def test_who_comes_back_in_time_keeps_what_they_had():
    told = serving()
    told.lose("ann")
    told.later(7 * MINUTE_MS)
    told.connect("ann")
    told.later(20 * MINUTE_MS)
    assert told.state("c1") == ("active", "ann")


def test_an_asynchronous_item_stays_with_its_representative_until_its_customer_waits():
    told = texting()
    told.lose("ann")
    told.later(20 * MINUTE_MS)
    assert told.state("c1") == ("active", "ann")
    told.activity("c1", "customer_wrote")
    assert told.state("c1") == ("open", None)


@pytest.mark.rule("UR-48")
def test_a_waiting_item_is_active_when_resumed_and_open_when_its_customer_writes():
    told = texting(keep_same_representative=False)
    told.do(WaitItem, "c1", "ann")
    told.do(ResumeItem, "c1", "ann")
    assert told.state("c1") == ("active", "ann")
    told.do(WaitItem, "c1", "ann")
    told.presence("ann", "away")
    told.activity("c1", "customer_wrote")
    assert told.state("c1") == ("open", None)


@pytest.mark.rule("UR-30")
def test_wrap_up_blocks_capacity_always():
    told = serving(workstreams=[chats(wrap_up="always")])
    told.do(EndItem, "c1", "ann")
    assert told.rep("ann").load.units_used == 1
    told.do(CloseItem, "c1", "ann")
    assert told.rep("ann").load.units_used == 0


@pytest.mark.rule("UR-30")
def test_wrap_up_that_does_not_block_gives_capacity_back_at_once():
    told = serving(workstreams=[chats(wrap_up="never")])
    told.do(EndItem, "c1", "ann")
    assert told.state("c1") == ("wrap_up", "ann")
    assert told.rep("ann").load.units_used == 0


@pytest.mark.rule("UR-30")
def test_wrap_up_that_blocks_for_a_time_gives_capacity_back_then():
    told = serving(workstreams=[chats(wrap_up=30_000)])
    told.do(EndItem, "c1", "ann")
    told.later(29_999)
    assert told.rep("ann").load.units_used == 1
    told.later(1)
    assert told.rep("ann").load.units_used == 0
    assert told.state("c1") == ("wrap_up", "ann")


@pytest.mark.rule("UR-49")
def test_wrap_up_of_a_chat_is_closed_after_15_minutes_at_a_mark_of_five():
    told = serving()
    told.do(EndItem, "c1", "ann")
    due_ms = told.item("c1").closes_at_ms
    assert due_ms % (5 * MINUTE_MS) == 0
    assert 0 <= due_ms - told.now_ms - 15 * MINUTE_MS < 5 * MINUTE_MS
    told.later(due_ms - told.now_ms - 1)
    assert told.state("c1")[0] == "wrap_up"
    told.later(1)
    assert told.state("c1")[0] == "closed"


@pytest.mark.rule("UR-49")
def test_an_active_chat_is_never_closed_by_itself():
    told = serving()
    assert told.item("c1").closes_at_ms is None


@pytest.mark.rule("UR-49")
def test_an_active_call_is_wrapped_up_after_two_hours_and_closed_a_day_later():
    told = calling()
    told.later(2 * HOUR_MS - 1)
    assert told.state("c1") == ("active", "ann")
    told.later(5 * MINUTE_MS)
    assert told.state("c1") == ("wrap_up", "ann")
    told.later(DAY_MS + 5 * MINUTE_MS)
    assert told.pool.items.get("c1") is None or told.item("c1").state == "closed"


@pytest.mark.rule("UR-49")
def test_monitoring_a_conversation_restarts_the_clock():
    told = calling()
    before_ms = told.item("c1").closes_at_ms
    told.later(HOUR_MS)
    told.supervise(MonitorItem, "c1")
    assert told.item("c1").closes_at_ms >= before_ms + HOUR_MS


@pytest.mark.rule("UR-50")
def test_a_call_passed_to_somebody_stays_active_and_frees_the_first_at_once():
    told = calling()
    told.connect("bob")
    then = told.transfer("c1", "ann", "representative", "bob")
    assert told.state("c1") == ("active", "bob")
    assert told.rep("ann").load.units_used == 0
    assert told.rep("bob").load.units_used == 1
    assert one_of(then, RepresentativeAccepted).representative_id == "bob"


@pytest.mark.rule("UR-50")
def test_a_call_passed_to_a_queue_is_open_and_frees_the_first_at_once():
    told = calling()
    told.transfer("c1", "ann", "queue", "other")
    assert told.state("c1") == ("open", None)
    assert told.rep("ann").load.units_used == 0


@pytest.mark.rule("UR-50", "HO-21")
def test_a_call_passed_to_a_number_leaves_and_a_plus_is_refused():
    told = calling()
    told.transfer("c1", "ann", "number", "+4930123").refused("routing.bad_number", "plus")
    told.transfer("c1", "ann", "number", "4930999").refused("routing.bad_number", "may not")
    then = told.transfer("c1", "ann", "number", "4930123")
    assert one_of(then, DirectedToNumber).number == "4930123"
    assert told.rep("ann").load.units_used == 0


@pytest.mark.rule("UR-09")
def test_nothing_passes_to_a_queue_of_another_kind():
    told = calling()
    told.transfer("c1", "ann", "queue", "texts").refused("routing.wrong_kind", "voice")
    told.transfer("c1", "ann", "queue", "nowhere").refused("routing.unknown_queue", "nowhere")


def test_a_chat_passed_to_somebody_is_offered_and_waits_again_when_declined():
    told = serving("ann", "bob")
    told.transfer("c1", "ann", "representative", "bob")
    assert told.state("c1") == ("offered", "bob")
    assert told.item("c1").owner == "queue"
    told.decline("c1", "bob")
    assert told.item("c1").session == 3


def test_nothing_passes_to_somebody_without_room_or_connection():
    told = serving(
        representatives=[{"id": "ann", "units": 9}, {"id": "bob", "units": 0}],
        queues=[members("ann", "bob")],
    )
    told.transfer("c1", "ann", "representative", "bob").refused("routing.not_connected", "bob")
    told.connect("bob")
    told.transfer("c1", "ann", "representative", "bob").refused("routing.no_room", "bob")
    told.transfer("c1", "ann", "representative", "ann").refused("routing.not_oneself")


@pytest.mark.rule("HO-45")
def test_a_representative_passes_a_conversation_back_to_a_bot():
    told = Told(workstreams=[chats(bot_id="helper")])
    told.connect("ann")
    told.served("c1", "ann", bot_id="helper", request_id="c1/1")
    moved = one_of(told.transfer("c1", "ann", "bot", "helper"), OwnershipMoved)
    assert (moved.owner, moved.owner_id) == ("bot", "helper")
    assert told.item("c1").owner == "bot"
    assert told.rep("ann").load.units_used == 0


@pytest.mark.rule("HO-38")
def test_a_workstreams_bot_gets_what_arrives_before_anybody_else():
    told = Told(workstreams=[chats(bot_id="helper")])
    told.connect("ann")
    then = told.arrive("c1")
    assert one_of(then, OwnershipMoved).owner_id == "helper"
    assert told.rep("ann").items == ()
    told.arrive("c1", bot_id="helper", request_id="c1/1", ownership_epoch=9)
    assert told.state("c1") == ("offered", "ann")


@pytest.mark.rule("HO-39")
def test_a_bot_never_gets_back_what_it_gave_up_and_its_capacity_is_not_reduced():
    people = [{"id": "ann", "units": 1}, {"id": "robo", "units": 99, "is_bot": True}]
    told = Told(representatives=people, queues=[members("ann", "robo")])
    moved = of(told.arrive("c1"), OwnershipMoved)
    assert [one.owner_id for one in moved] == ["chats", "robo"]
    told.arrive("c2", bot_id="robo", request_id="c2/1")
    assert told.state("c2") == ("open", None)
    assert told.item("c1").owner_id == "robo"
    robo = told.pool.representatives.get("robo")
    assert robo is None or robo.load.units_used == 0


@pytest.mark.rule("HO-36")
def test_what_a_bot_gives_up_again_is_classified_again_and_skills_are_added():
    def needs(skill: str) -> dict[str, Any]:
        when = {"field": f"context.{skill}", "value": 1}
        return {"name": skill, "when": when, "skills": {skill: 1}}

    rated = {
        "rating_models": [{"id": "stars", "levels": [{"name": "one", "value": 1}]}],
        "skills": [{"id": one, "rating_model": "stars"} for one in ("german", "refunds")],
    }
    rulesets = [{"name": "skills", "kind": "skills", "items": [needs("refunds"), needs("german")]}]
    told = Told(workstreams=[chats(bot_id="helper", rulesets=rulesets)], **rated)
    told.connect("ann")
    told.served("c1", "ann", bot_id="helper", request_id="c1/1", variables={"german": 1})
    assert told.item("c1").demand.skills == (("german", 1),)
    told.transfer("c1", "ann", "bot", "helper")
    told.arrive(
        "c1", bot_id="helper", request_id="c1/2", ownership_epoch=9, variables={"refunds": 1}
    )
    assert told.item("c1").demand.skills == (("german", 1), ("refunds", 1))


def test_without_a_setup_the_first_hand_off_fails_and_the_second_waits_in_the_default_queue():
    told = Told()
    told.scenario.references.clear()
    then = told.arrive("c1", bot_id="helper", request_id="c1/1")
    status = one_of(then, HandoffStatusChanged)
    assert (status.state, status.request_id) == ("failed", "c1/1")
    assert status.ownership_epoch == 2
    assert "setup" in status.message
    assert not of(then, OwnershipMoved)
    told.arrive("c1", bot_id="helper", request_id="c1/2", ownership_epoch=3)
    assert told.waiting("default-messaging") == ["c1"]


@pytest.mark.rule("HO-48")
def test_a_chat_whose_customer_is_away_longer_than_three_minutes_ends():
    told = serving()
    told.arrive("c2")
    told.activity("c1", "customer_disconnected")
    told.activity("c2", "customer_disconnected")
    told.later(3 * MINUTE_MS - 2 * SECOND_MS)
    assert told.state("c1") == ("active", "ann")
    told.later(2 * SECOND_MS)
    assert told.state("c1") == ("wrap_up", "ann")
    assert told.state("c2")[0] == "closed"


@pytest.mark.rule("HO-48", "HO-49")
def test_who_is_back_in_time_goes_on_with_the_same_representative_whose_capacity_was_kept():
    told = serving()
    told.activity("c1", "customer_disconnected")
    assert told.rep("ann").load.units_used == 1
    told.later(2 * MINUTE_MS)
    told.activity("c1", "customer_returned")
    told.later(10 * MINUTE_MS)
    assert told.state("c1") == ("active", "ann")


@pytest.mark.rule("UR-28")
def test_consulting_and_watching_take_no_capacity():
    told = serving("ann", "bob")
    begun = told.do(StartConsult, "c1", "ann", consulted_id="bob")
    assert one_of(begun, ConsultChanged).is_begun
    told.supervise(MonitorItem, "c1")
    assert told.rep("bob").load.units_used == 0
    assert b"demo\x00bob\x00c1" in told.table("routing_desk")
    ended = told.do(EndConsult, "c1", "ann", consulted_id="bob")
    assert not one_of(ended, ConsultChanged).is_begun
    assert b"demo\x00bob\x00c1" not in told.table("routing_desk")


def test_a_bot_is_not_consulted_and_nobody_consults_themselves():
    people = [{"id": "ann", "units": 1}, {"id": "robo", "is_bot": True}]
    told = serving(representatives=people, queues=[members("ann")])
    told.do(StartConsult, "c1", "ann", consulted_id="robo").refused("routing.not_connected")
    told.do(StartConsult, "c1", "ann", consulted_id="ann").refused("routing.not_oneself")


@pytest.mark.rule("QM-11")
def test_a_supervisor_gives_a_waiting_item_to_somebody_beyond_their_capacity():
    told = Told(representatives=[{"id": "ann", "units": 0}], queues=[members("ann")])
    told.connect("ann")
    told.arrive("c1")
    refused = told.supervise(AssignItem, "c1", assigned_id="ann")
    refused.refused("routing.no_room", "ann")
    then = told.supervise(AssignItem, "c1", assigned_id="ann", is_over_capacity=True)
    assert one_of(then, SupervisorActed).action == "assign"
    assert told.state("c1") == ("offered", "ann")
    assert told.rep("ann").load.units_free == -1


@pytest.mark.rule("QM-11")
def test_a_supervisor_moves_a_waiting_item_to_another_queue():
    told = Told(queues=[members("ann"), queue("other", members=["bob"])])
    told.arrive("c1")
    told.supervise(AssignItem, "c1", queue_id="other")
    assert told.waiting("other") == ["c1"]
    told.supervise(AssignItem, "c1").refused("routing.no_target")


@pytest.mark.rule("QM-11")
def test_a_supervisor_passes_a_served_item_to_a_member_of_its_queue_only():
    told = serving(
        "ann", "bob", "cay", queues=[members("ann", "bob"), queue("other", members=["cay"])]
    )
    told.supervise(AssignItem, "c1", assigned_id="cay").refused("routing.not_a_member", "cay")
    told.supervise(AssignItem, "c1", assigned_id="bob")
    assert told.state("c1") == ("offered", "bob")


@pytest.mark.rule("QM-11")
def test_a_supervisor_closes_an_item_and_the_customer_is_told():
    told = serving()
    then = told.supervise(ForceCloseItem, "c1", reason="abuse")
    assert told.state("c1")[0] == "closed"
    assert one_of(then, ItemClosed).outcome == "force_closed"
    assert of(then, ConversationEnded)
    assert any(one.kind == "session_ended" for one in of(then, CustomerNotified))
    assert told.rep("ann").items == ()
    told.supervise(ForceCloseItem, "c1").nothing()


@pytest.mark.rule("QM-11")
def test_a_supervisor_watches_and_joins_what_others_serve():
    told = serving()
    told.arrive("c2")
    told.decline("c2")
    told.supervise(MonitorItem, "c1")
    assert told.item("c1").observers == ("monitor:sue",)
    told.supervise(JoinItem, "c1")
    assert told.item("c1").observers == ("join:sue",)
    told.take(JoinItem, item_id="c1", supervisor_id="ann").refused("routing.own_item")
    told.supervise(LeaveItem, "c1")
    assert told.item("c1").observers == ()
    told.sign_out("ann")
    told.arrive("c3")
    told.supervise(MonitorItem, "c3").refused("routing.wrong_state", "open")


def test_nobody_acts_on_what_somebody_else_has():
    told = serving("ann", "bob")
    for verb in (ReleaseItem, EndItem, CloseItem, WaitItem):
        told.do(verb, "c1", "bob").refused("routing.not_yours", "bob")
    told.transfer("c1", "bob", "queue", "chats").refused("routing.not_yours")
    told.do(PickItem, "c1", "bob").refused("routing.wrong_state", "active")


def test_somebody_who_is_no_member_cannot_pick():
    told = Told(queues=[members("ann")])
    told.arrive("c1")
    told.connect("bob")
    told.do(PickItem, "c1", "bob").refused("routing.not_a_member", "bob")


@pytest.mark.rule("UR-25")
def test_picking_may_make_capacity_negative():
    told = Told(
        queues=[members("ann")],
        representatives=[{"id": "ann", "units": 5}],
        workstreams=[chats(units=5)],
    )
    told.connect("ann")
    told.served("c1", "ann")
    told.arrive("c2")
    assert told.state("c2") == ("open", None)
    told.do(PickItem, "c2", "ann")
    assert told.rep("ann").load.units_free == -5


def test_the_same_command_given_twice_takes_effect_once():
    told = serving(queues=[members("ann"), queue("other", members=["bob"])])
    told.transfer("c1", "ann", "queue", "other", command_id="t1")
    told.transfer("c1", "ann", "queue", "other", command_id="t1").nothing()
    assert told.item("c1").session == 2


def test_a_closed_item_leaves_memory_after_an_hour_and_is_found_for_thirty_days():
    told = serving()
    told.do(EndItem, "c1", "ann")
    told.do(CloseItem, "c1", "ann")
    told.later(HOUR_MS)
    assert told.pool.items.get("c1") is None
    assert told.table("routing_past") == [b"demo\x00c1"]
    told.later(30 * DAY_MS)
    assert told.table("routing_past") == []
    assert told.table("routing_decision") == []
