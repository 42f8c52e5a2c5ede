"""A chat that becomes a call (UR-28), and customers of live chats who come back (HO-48, HO-49)."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records.conversation import ConversationEnded
from schemas.records.routing import (
    AssignItem,
    CloseItem,
    EndEscalation,
    EndItem,
    EscalateToVoice,
    EscalationChanged,
    ForceCloseItem,
    OfferMade,
    PickItem,
    ReleaseItem,
)
from tests.rules.pools import MINUTE_MS, SECOND_MS, Told, chats, members, of, one_of
from tests.rules.setups import queue

ROOMY = [{"id": "ann", "units": 10}]


def calling() -> Told:
    """Return a pool in which ann, who has much room, serves c1 and has made a call of it."""
    told = Told(
        representatives=ROOMY,
        queues=[
            members("ann"),
            queue("calls", "voice", members=["ann"]),
            queue("cases", "record", members=["ann"]),
        ],
        workstreams=[
            chats(),
            {**chats("voice", fallback_queue="calls"), "id": "calls"},
            {**chats("record", fallback_queue="cases"), "id": "cases"},
        ],
    )
    told.connect("ann")
    told.served("c1", "ann")
    then = told.do(EscalateToVoice, "c1", "ann")
    assert one_of(then, EscalationChanged).is_begun
    return told


@pytest.mark.rule("UR-28")
def test_while_a_chat_is_a_call_no_new_chat_or_call_comes_but_a_record_does():
    told = calling()
    told.arrive("c2")
    told.arrive("v1", kind="voice", channel="voice")
    told.arrive("r1", kind="record", channel="record")
    assert told.state("c2") == ("open", None)
    assert told.state("v1") == ("open", None)
    assert told.state("r1") == ("offered", "ann")


@pytest.mark.rule("UR-28")
def test_when_the_call_is_over_the_chat_goes_on_and_what_waited_comes():
    told = calling()
    told.arrive("c2")
    told.arrive("v1", kind="voice", channel="voice")
    then = told.do(EndEscalation, "c1", "ann")
    assert not one_of(then, EscalationChanged).is_begun
    assert {one.item_id for one in of(then, OfferMade)} == {"c2", "v1"}
    assert told.state("c1") == ("active", "ann")


@pytest.mark.rule("UR-28")
@pytest.mark.parametrize("how", ["end", "release", "pass_on", "leave", "force"])
def test_the_call_is_over_with_the_chat_however_that_leaves_the_representative(how: str):
    told = calling()
    told.arrive("c2")
    if how == "end":
        told.do(EndItem, "c1", "ann")
    elif how == "release":
        told.do(ReleaseItem, "c1", "ann")
    elif how == "pass_on":
        told.transfer("c1", "ann", "queue", "default-messaging")
    elif how == "leave":
        told.activity("c1", "customer_left")
    else:
        told.supervise(ForceCloseItem, "c1")
    assert told.rep("ann").load.escalations == 0
    assert not told.item("c1").is_escalated
    assert told.state("c2") == ("offered", "ann")


@pytest.mark.rule("UR-28")
def test_by_hand_more_comes_all_the_same():
    told = calling()
    told.arrive("c2")
    told.arrive("c3")
    told.supervise(AssignItem, "c2", assigned_id="ann").refused("routing.no_room")
    told.supervise(AssignItem, "c2", assigned_id="ann", is_over_capacity=True)
    assert told.state("c2") == ("offered", "ann")
    told.do(PickItem, "c3", "ann")
    assert told.state("c3") == ("active", "ann")


def test_escalating_and_ending_it_twice_changes_nothing_more():
    told = calling()
    assert not told.do(EscalateToVoice, "c1", "ann").events
    assert told.rep("ann").load.escalations == 1
    told.do(EndEscalation, "c1", "ann")
    assert not told.do(EndEscalation, "c1", "ann").events
    assert told.rep("ann").load.escalations == 0


def test_only_a_chat_of_ones_own_becomes_a_call():
    told = calling()
    told.do(EscalateToVoice, "c1", "bob").refused("routing.not_yours")
    told.do(EndEscalation, "c1", "bob").refused("routing.not_yours")
    told.do(EscalateToVoice, "c9", "ann").refused("routing.unknown_item")
    told.do(EndEscalation, "c1", "ann")
    told.served("v1", "ann", kind="voice", channel="voice")
    told.do(EscalateToVoice, "v1", "ann").refused("routing.wrong_kind")


def away(**given: Any) -> Told:
    """Return a pool in which ann, who has room for one, serves c1; its customer is disconnected."""
    told = Told(
        representatives=[{"id": "ann", "units": 1}, {"id": "bob", "units": 1}],
        queues=[members("ann")],
        workstreams=[chats(wrap_up="always", **given)],
    )
    told.connect("ann")
    told.served("c1", "ann")
    told.activity("c1", "customer_disconnected")
    return told


@pytest.mark.rule("HO-49")
@pytest.mark.parametrize("sign", ["customer_returned", "customer_wrote"])
def test_back_in_time_is_back_at_the_same_representative_whose_capacity_was_kept(sign: str):
    told = away()
    told.arrive("c2")
    told.later(2 * MINUTE_MS)
    assert told.state("c2") == ("open", None)
    then = told.activity("c1", sign)
    assert not of(then, ConversationEnded)
    told.later(10 * MINUTE_MS)
    assert told.state("c1") == ("active", "ann")
    assert told.item("c1").session == 1
    assert told.state("c2") == ("open", None)


@pytest.mark.rule("HO-49")
def test_away_a_second_time_the_clock_starts_anew():
    told = away()
    told.later(2 * MINUTE_MS)
    told.activity("c1", "customer_returned")
    told.activity("c1", "customer_disconnected")
    told.later(2 * MINUTE_MS)
    assert told.state("c1") == ("active", "ann")
    told.later(MINUTE_MS)
    assert told.state("c1") == ("wrap_up", "ann")


@pytest.mark.rule("HO-49")
@pytest.mark.parametrize("by", ["representative", "customer"])
def test_what_either_side_ended_does_not_go_on(by: str):
    told = away()
    if by == "representative":
        told.do(EndItem, "c1", "ann")
    else:
        told.activity("c1", "customer_left")
    assert told.state("c1") == ("wrap_up", "ann")
    assert not told.activity("c1", "customer_returned").events
    assert told.state("c1") == ("wrap_up", "ann")
    told.do(CloseItem, "c1", "ann")
    assert not told.activity("c1", "customer_returned").events
    assert told.state("c1")[0] == "closed"


@pytest.mark.rule("HO-48", "HO-49")
def test_the_time_to_come_back_in_is_the_workstreams_and_later_it_is_over():
    told = away(reconnect_ms=30_000)
    told.later(29 * SECOND_MS)
    assert told.state("c1") == ("active", "ann")
    told.later(SECOND_MS)
    assert told.state("c1") == ("wrap_up", "ann")
    told.activity("c1", "customer_returned")
    assert told.state("c1") == ("wrap_up", "ann")
