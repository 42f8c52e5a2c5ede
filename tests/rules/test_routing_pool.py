"""Waiting, offering, taking back: what a pool does with work and people, told from outside."""

from __future__ import annotations

import pytest

from processors.routing import choose
from schemas.records.conversation import (
    HandoffStatusChanged,
    OwnershipMoved,
    RepresentativeAccepted,
)
from schemas.records.routing import (
    AcceptOffer,
    AssignmentDecided,
    CloseItem,
    EndItem,
    ItemMoved,
    ItemRouted,
    OfferClosed,
    OfferMade,
    PickItem,
    ReleaseItem,
    WaitItem,
)
from tests.rules.pools import (
    MINUTE_MS,
    OFFER_MS,
    SECOND_MS,
    Told,
    chats,
    members,
    of,
    one_of,
)
from tests.rules.setups import queue

# --- complaints this has to end


def test_a_customer_waits_in_a_queue_while_nobody_is_there():
    told = Told()
    told.arrive("c1")
    told.arrive("c2")
    assert told.waiting() == ["c1", "c2"]
    assert told.item("c1").owner == "queue"


def test_a_freed_representative_gets_the_oldest_waiting_item():
    told = Told(queues=[members("ann")], representatives=[{"id": "ann", "units": 1}])
    told.connect("ann")
    told.served("c1", "ann")
    for item_id in ("c2", "c3", "c4"):
        told.arrive(item_id)
    told.do(EndItem, "c1", "ann")
    assert told.state("c2") == ("offered", "ann")
    assert told.waiting() == ["c3", "c4"]


def test_after_everybody_was_offline_whoever_comes_back_gets_the_oldest():
    told = Told()
    told.connect("ann")
    told.sign_out("ann")
    told.arrive("c1")
    told.arrive("c2")
    told.later(3 * MINUTE_MS)
    told.connect("bob")
    assert told.state("c1") == ("offered", "bob")
    assert told.state("c2") == ("offered", "bob")


@pytest.mark.rule("UR-36")
def test_an_offer_nobody_answers_is_taken_back_after_120_seconds():
    told = Told()
    told.connect("ann", "bob")
    then = told.arrive("c1")
    made = one_of(then, OfferMade)
    assert made.deadline_at_ms - made.offered_at_ms == OFFER_MS
    first = made.representative_id
    told.later(OFFER_MS - 1)
    assert told.state("c1") == ("offered", first)
    told.later(1)
    state, second = told.state("c1")
    assert state == "offered"
    assert second not in {first, None}
    assert told.item("c1").declines == ((first, 1),)


@pytest.mark.rule("UR-49")
def test_a_customer_of_a_chat_does_not_wait_for_ever():
    told = Told()
    told.arrive("c1")
    told.later(19 * MINUTE_MS)
    assert told.state("c1") == ("open", None)
    told.later(6 * MINUTE_MS)
    assert told.state("c1") == ("closed", None)
    assert told.item("c1").outcome == "expired"


def test_the_wait_clock_survives_a_transfer_and_a_restart():
    told = Told(
        queues=[members("ann"), queue("other", members=["bob"])],
        representatives=[{"id": "ann", "units": 1}, {"id": "bob", "units": 1}],
    )
    told.connect("ann")
    told.served("c1", "ann")
    aged_from_ms = told.item("c1").aged_from_ms
    told.arrive("young", workstream="work")
    told.transfer("c1", "ann", "queue", "other")
    # Every input of a scenario finds the pool read back from its rows.
    assert told.item("c1").aged_from_ms == aged_from_ms
    told.later(5 * MINUTE_MS)
    assert told.item("c1").aged_from_ms == aged_from_ms
    assert told.item("c1").arrived_at_ms == aged_from_ms


def test_a_hand_off_that_is_delivered_twice_makes_one_item():
    told = Told()
    told.arrive("c1", request_id="c1/1", bot_id="bot")
    told.connect("ann")
    told.accept("c1")
    before = told.item("c1")
    told.arrive("c1", request_id="c1/1", bot_id="bot").nothing()
    assert told.item("c1") == before
    assert told.pool.state.arrived == 1


def test_load_never_exceeds_capacity():
    told = Told(queues=[members("ann")], representatives=[{"id": "ann", "units": 2}])
    told.connect("ann")
    for number in range(5):
        told.arrive(f"c{number}")
    assert told.rep("ann").load.units_used == 2
    assert len(told.waiting()) == 3


def test_the_bot_can_resume_and_hand_off_again():
    told = Told(workstreams=[chats(bot_id="helper")])
    told.connect("ann", "bob", "cay")
    told.served("c1", "ann", request_id="c1/1", bot_id="helper")
    then = told.transfer("c1", "ann", "bot", "helper")
    moved = one_of(then, OwnershipMoved)
    assert (moved.owner, moved.owner_id) == ("bot", "helper")
    epoch = told.item("c1").epoch
    told.arrive("c1", request_id="c1/2", bot_id="helper", ownership_epoch=epoch + 1)
    assert told.state("c1")[0] == "offered"
    assert told.item("c1").life == 2
    assert told.item("c1").epoch > epoch + 1


# --- the pipeline


@pytest.mark.rule("UR-01", "HO-03")
def test_an_item_is_classified_routed_queued_offered_and_accepted_in_this_order():
    told = Told()
    told.connect("ann")
    then = told.arrive("c1", request_id="c1/1", bot_id="helper", ownership_epoch=4)
    assert [type(one) for one in then.events] == [
        ItemRouted,
        ItemMoved,
        OwnershipMoved,
        AssignmentDecided,
        ItemMoved,
        OfferMade,
    ]
    assert one_of(then, ItemRouted).queue_id == "chats"
    accepted = told.accept("c1")
    taken = one_of(accepted, RepresentativeAccepted)
    assert taken.conversation_id == "c1"
    assert taken.ownership_epoch == 6
    status = one_of(accepted, HandoffStatusChanged)
    assert (status.state, status.request_id, status.ownership_epoch) == ("accepted", "c1/1", 6)


def test_each_owner_has_a_higher_epoch_than_the_one_before():
    told = Told()
    told.connect("ann")
    told.served("c1", "ann", ownership_epoch=7)
    told.do(ReleaseItem, "c1", "ann")
    epochs = [
        one.ownership_epoch
        for outcome in told.outcomes
        for one in outcome.events
        if type(one) in {OwnershipMoved, RepresentativeAccepted}
    ]
    assert epochs == [8, 9, 10]


def test_a_decision_holds_every_candidate_with_its_place_or_the_reason():
    told = Told()
    told.connect("ann", "bob")
    then = told.arrive("c1")
    made = one_of(then, AssignmentDecided)
    assert made.candidate_ids == ("ann", "bob", "cay")
    assert made.ranks == (1, 2, 0)
    assert made.refusals == (0, 0, 1)
    assert made.reasons == ("offline: is offline",)
    assert made.setup_digest == told.scenario.references["routing.setup"].digest
    assert made.because
    assert made.probability == 1


def test_a_decision_made_again_from_its_question_gives_the_same_bytes():
    told = Told()
    told.connect("ann", "bob")
    made = one_of(told.arrive("c1"), AssignmentDecided)
    question = choose.decode(made.question)
    assert choose.encode(question) == made.question
    again = choose.decide(question)
    assert again.chosen == made.chosen_id
    assert tuple(one.rank for one in again.verdicts) == made.ranks


def test_the_decision_is_found_by_its_item():
    told = Told()
    told.connect("ann")
    told.arrive("c1")
    (key,) = told.table("routing_decision")
    assert key == b"demo\x00c1\x00000001"
    assert told.item("c1").decision_id is not None


# --- orders


@pytest.mark.rule("UR-11")
def test_a_queue_is_first_in_first_out():
    told = Told()
    for item_id in ("z", "a", "m"):
        told.arrive(item_id)
    assert told.waiting() == ["z", "a", "m"]


@pytest.mark.rule("UR-11")
def test_of_asynchronous_items_the_age_counts_from_the_last_interaction():
    told = Told(workstreams=[chats(is_synchronous=False, keep_same_representative=False)])
    told.connect("ann")
    told.served("old", "ann", is_synchronous=False)
    told.do(WaitItem, "old", "ann")
    told.sign_out("ann")
    told.arrive("new", is_synchronous=False)
    told.activity("old", "customer_wrote")
    assert told.waiting() == ["new", "old"]


@pytest.mark.rule("UR-12")
def test_the_queue_with_the_smaller_number_comes_first():
    told = Told(
        queues=[
            queue("chats", priority=2, members=["ann"]),
            queue("vip", priority=1, members=["ann"]),
        ],
        workstreams=[
            chats(
                routes=[
                    {
                        "name": "vip",
                        "when": {"field": "context.vip", "value": 1},
                        "queue": "vip",
                    }
                ]
            )
        ],
        representatives=[{"id": "ann", "units": 1}],
    )
    told.arrive("old")
    told.arrive("vip", variables={"vip": 1})
    told.connect("ann")
    assert told.state("vip") == ("offered", "ann")
    assert told.waiting() == ["old"]


@pytest.mark.rule("UR-12")
def test_queues_of_one_number_are_served_by_the_oldest_item_before_those_with_priorities():
    routes = [
        {"name": name, "when": {"field": "context.to", "value": name}, "queue": name}
        for name in ("second", "beta", "alpha")
    ]
    bucket = [{"name": "all"}]
    told = Told(
        queues=[
            members("ann"),
            queue("second", members=["ann"]),
            queue("beta", members=["ann"], buckets=bucket),
            queue("alpha", members=["ann"], buckets=bucket),
        ],
        workstreams=[chats(routes=routes)],
        representatives=[{"id": "ann", "units": 1}],
    )
    told.arrive("in-beta", variables={"to": "beta"})
    told.arrive("in-alpha", variables={"to": "alpha"})
    told.arrive("in-second", variables={"to": "second"})
    told.arrive("in-chats")
    told.connect("ann")
    served = []
    for _ in range(4):
        (item_id,) = told.rep("ann").items
        served.append(item_id)
        told.accept(item_id)
        told.do(EndItem, item_id, "ann")
        told.do(CloseItem, item_id, "ann")
    assert served == ["in-second", "in-chats", "in-alpha", "in-beta"]


@pytest.mark.rule("UR-13")
def test_the_first_bucket_that_matches_counts_and_the_rest_is_first_in_first_out():
    buckets = [
        {"name": "gold", "when": {"field": "context.tier", "value": "gold"}},
        {
            "name": "scored",
            "when": {"field": "context.score", "is": "greater", "value": 0},
            "order_by": [{"field": "context.score", "is_descending": True}],
        },
    ]
    told = Told(queues=[members("ann", buckets=buckets)])
    told.arrive("plain")
    told.arrive("low", variables={"score": 2})
    told.arrive("high", variables={"score": 10})
    told.arrive("gold", variables={"tier": "gold", "score": 1})
    assert told.waiting() == ["gold", "high", "low", "plain"]


# --- offers


@pytest.mark.rule("UR-37")
def test_who_declined_is_asked_again_when_nobody_else_is_left_up_to_three_times():
    told = Told(queues=[members("ann")])
    told.connect("ann")
    told.arrive("c1")
    for count in (1, 2):
        told.decline("c1")
        assert told.state("c1") == ("offered", "ann")
        assert told.item("c1").declines == (("ann", count),)
    told.decline("c1")
    assert told.state("c1") == ("open", None)
    told.do(PickItem, "c1", "ann")
    assert told.state("c1") == ("active", "ann")


@pytest.mark.rule("UR-37")
def test_a_declined_item_goes_to_somebody_else_first():
    told = Told()
    told.connect("ann", "bob")
    told.arrive("c1")
    told.decline("c1", "ann")
    assert told.state("c1") == ("offered", "bob")
    told.decline("c1", "bob")
    assert told.state("c1") == ("offered", "ann")


@pytest.mark.rule("UR-37")
def test_after_one_hundred_decliners_nothing_is_automatic():
    names = [f"r{number:03}" for number in range(101)]
    told = Told(
        representatives=[{"id": name, "units": 1} for name in names],
        queues=[members(*names)],
    )
    told.arrive("c1")
    for name in names[:99]:
        told.connect(name)
        for _ in range(3):
            told.decline("c1", name)
        told.sign_out(name)
    told.connect(names[99])
    assert told.state("c1") == ("offered", names[99])
    told.decline("c1")
    told.connect(names[100])
    assert told.state("c1") == ("open", None)
    told.do(PickItem, "c1", names[100])
    assert told.state("c1") == ("active", names[100])


def test_a_newer_item_does_not_pass_one_that_was_declined_once():
    told = Told(queues=[members("ann")], representatives=[{"id": "ann", "units": 1}])
    told.connect("ann")
    told.arrive("old")
    told.arrive("new")
    told.decline("old")
    assert told.state("old") == ("offered", "ann")
    told.decline("old")
    told.decline("old")
    assert told.state("new") == ("offered", "ann")


@pytest.mark.rule("UR-38")
def test_automatic_offers_are_assigned_without_an_answer():
    told = Told(workstreams=[chats(offer="auto", can_decline=False)])
    told.connect("ann")
    told.arrive("c1")
    assert told.state("c1") == ("active", "ann")


@pytest.mark.rule("UR-38")
def test_automatic_at_the_deadline_is_assigned_then_and_cannot_be_declined():
    told = Told(workstreams=[chats(offer="auto", auto_accept="at_timeout", can_decline=False)])
    told.connect("ann")
    told.arrive("c1")
    told.decline("c1").refused("routing.must_accept", "cannot be declined")
    told.later(OFFER_MS)
    assert told.state("c1") == ("active", "ann")


@pytest.mark.rule("UR-36")
def test_an_unseen_offer_of_somebody_who_vanished_is_taken_back_eight_minutes_after_its_end():
    told = Told()
    told.connect("ann")
    told.arrive("c1")
    told.lose("ann")
    told.connect("bob")
    left_ms = told.item("c1").offer.deadline_at_ms - told.now_ms
    told.later(left_ms + 8 * MINUTE_MS - 1)
    assert told.state("c1") == ("offered", "ann")
    told.later(1)
    assert told.state("c1") == ("offered", "bob")


def test_the_same_answer_to_an_offer_again_changes_nothing():
    told = Told()
    told.connect("ann")
    told.arrive("c1")
    told.accept("c1", command_id="x")
    told.accept("c1", "ann", command_id="x").nothing()
    told.accept("c1", "ann").nothing()


def test_an_offer_of_the_past_cannot_be_accepted():
    told = Told()
    told.connect("ann", "bob")
    told.arrive("c1")
    old = told.item("c1").offer_id
    told.later(OFFER_MS)
    told.accept("c1", "ann", offer_id=old).refused("routing.no_offer", "over")


def test_an_item_nobody_knows_is_refused_in_words():
    told = Told()
    told.connect("ann")
    refused = told.take(AcceptOffer, item_id="x", representative_id="ann", offer_id="x/1.1")
    refused.refused("routing.unknown_item", "x")


def test_what_became_of_an_offer_is_told():
    told = Told()
    told.connect("ann", "bob")
    told.arrive("c1")
    closed = one_of(told.decline("c1", reason="lunch"), OfferClosed)
    assert (closed.outcome, closed.reason, closed.open_ms) == ("declined", "lunch", SECOND_MS)
    assert one_of(told.accept("c1"), OfferClosed).outcome == "accepted"


def test_the_queue_counts_what_is_in_it():
    told = Told(queues=[members("ann")], representatives=[{"id": "ann", "units": 1}])
    told.connect("ann")
    told.served("c1", "ann")
    told.arrive("c2")
    state = told.pool.queues["chats"]
    assert (state.waiting, state.offered, state.active) == (1, 0, 1)
    moved = of(told.do(EndItem, "c1", "ann"), ItemMoved)
    assert [(one.from_state, one.to_state) for one in moved] == [
        ("active", "wrap_up"),
        ("open", "offered"),
    ]
