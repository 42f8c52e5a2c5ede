"""Representatives of a pool: presence, connection, capacity, and whom work comes back to."""

from __future__ import annotations

import pytest

from processors.testing import NINE_MS
from schemas.records.routing import (
    AssignmentDecided,
    CapacityReset,
    CloseItem,
    EndItem,
    PresenceChanged,
    ReviewPool,
    SetPresence,
    WaitItem,
)
from tests.rules.pools import MINUTE_MS, OFFER_MS, SECOND_MS, Told, chats, members, of, one_of
from tests.rules.setups import HOUR_MS

GRACE_MS = 150_000


@pytest.mark.rule("UR-31")
def test_without_a_default_presence_one_is_available_at_sign_in():
    told = Told()
    changed = one_of(told.connect("ann"), PresenceChanged)
    assert (changed.presence, changed.before, changed.is_connected) == (
        "available",
        "offline",
        True,
    )


@pytest.mark.rule("UR-31")
def test_a_default_presence_of_away_is_kept_as_it_is():
    told = Told(
        representatives=[{"id": "ann", "units": 1, "default_presence": "away"}],
        queues=[members("ann")],
    )
    told.arrive("c1")
    told.connect("ann")
    assert told.rep("ann").presence.effective == "away"
    assert told.waiting() == ["c1"]


@pytest.mark.rule("UR-14")
def test_choosing_available_again_looks_at_what_waits():
    told = Told(queues=[members("ann")])
    told.connect("ann")
    told.presence("ann", "away")
    told.arrive("c1")
    assert told.state("c1") == ("open", None)
    told.presence("ann", "available")
    assert told.state("c1") == ("offered", "ann")


@pytest.mark.rule("UR-32")
def test_presence_follows_the_load():
    told = Told(queues=[members("ann")])
    told.connect("ann")
    told.served("c1", "ann")
    assert told.rep("ann").presence.effective == "busy"
    told.served("c2", "ann")
    assert told.rep("ann").presence.effective == "do_not_disturb"
    told.do(EndItem, "c1", "ann")
    told.do(EndItem, "c2", "ann")
    assert told.rep("ann").presence.effective == "available"


@pytest.mark.rule("UR-32")
def test_a_missed_offer_makes_inactive_where_the_setup_says_so():
    told = Told(queues=[members("ann")])
    told.connect("ann")
    told.arrive("c1")
    told.later(OFFER_MS)
    assert told.rep("ann").presence.effective == "inactive"
    assert told.state("c1") == ("open", None)
    told.presence("ann", "available")
    assert told.state("c1") == ("offered", "ann")


@pytest.mark.rule("UR-32")
def test_a_missed_offer_changes_no_presence_where_the_setup_does_not():
    told = Told(queues=[members("ann")], presence={"missed_sets_inactive": False})
    told.connect("ann")
    told.arrive("c1")
    told.later(OFFER_MS)
    assert told.rep("ann").presence.effective == "available"


@pytest.mark.rule("UR-32")
def test_a_declined_offer_makes_undisturbed_where_the_setup_says_so():
    told = Told(queues=[members("ann")], presence={"declined_sets_do_not_disturb": True})
    told.connect("ann")
    told.arrive("c1")
    told.decline("c1")
    assert told.rep("ann").presence.effective == "do_not_disturb"
    assert told.state("c1") == ("open", None)


@pytest.mark.rule("UR-32")
def test_ten_open_sessions_make_undisturbed():
    told = Told(queues=[members("ann")], representatives=[{"id": "ann", "units": 99}])
    told.connect("ann")
    for number in range(9):
        told.served(f"c{number}", "ann")
    assert told.rep("ann").presence.effective == "busy"
    told.served("c9", "ann")
    assert told.rep("ann").presence.effective == "do_not_disturb"
    told.arrive("c10")
    assert told.state("c10") == ("open", None)


@pytest.mark.rule("UR-33")
def test_chosen_busy_lasts_until_the_next_accept_and_chosen_away_does_not_end():
    told = Told(queues=[members("ann")], representatives=[{"id": "ann", "units": 9}])
    told.connect("ann")
    told.presence("ann", "busy")
    told.served("c1", "ann")
    told.do(EndItem, "c1", "ann")
    assert told.rep("ann").presence.effective == "available"
    told.served("c2", "ann")
    told.presence("ann", "away")
    told.do(EndItem, "c2", "ann")
    told.do(CloseItem, "c2", "ann")
    assert told.rep("ann").presence.effective == "away"


@pytest.mark.rule("UR-34")
@pytest.mark.parametrize(("away_ms", "after"), [(GRACE_MS, "away"), (GRACE_MS + 1, "available")])
def test_who_is_back_within_two_and_a_half_minutes_has_the_presence_from_before(away_ms, after):
    told = Told()
    told.connect("ann")
    told.presence("ann", "away")
    lost = told.lose("ann")
    assert one_of(lost, PresenceChanged).presence == "offline"
    told.later(away_ms - SECOND_MS)
    told.connect("ann")
    assert told.rep("ann").presence.effective == after


def test_connecting_and_disconnecting_twice_changes_nothing():
    told = Told()
    told.connect("ann")
    told.connect("ann").nothing()
    told.sign_out("ann")
    told.sign_out("ann").nothing()


def test_somebody_nobody_knows_cannot_connect_or_choose():
    told = Told()
    told.connect("eve").refused("routing.unknown_representative", "eve")
    told.presence("eve", "away").refused("routing.unknown_representative", "eve")
    told.presence("ann", "away").refused("routing.not_connected", "ann")


def test_a_supervisor_chooses_for_somebody():
    told = Told()
    told.connect("ann")
    changed = one_of(told.presence("ann", "away", set_by="sue"), PresenceChanged)
    assert "sue" in changed.because


@pytest.mark.rule("UR-26")
def test_all_profiles_of_an_item_need_room_and_all_are_taken():
    told = Told(
        profiles=[{"id": "chat", "limit": 2}, {"id": "vip", "limit": 1}],
        representatives=[{"id": "ann", "units": 0, "profiles": {"chat": None, "vip": None}}],
        queues=[members("ann")],
        workstreams=[chats(profiles=["chat", "vip"])],
    )
    told.connect("ann")
    told.served("c1", "ann")
    used = {held.profile_id: held.used for held in told.rep("ann").load.profiles}
    assert used == {"chat": 1, "vip": 1}
    decided = one_of(told.arrive("c2"), AssignmentDecided)
    assert decided.chosen_id is None
    told.do(EndItem, "c1", "ann")
    assert told.state("c2") == ("offered", "ann")


@pytest.mark.rule("UR-27")
def test_a_profile_until_the_end_of_the_day_stays_taken_until_the_shift_ends():
    told = Told(
        hours=[{"id": "day", "time_zone": "UTC"}],
        profiles=[{"id": "cases", "limit": 1, "reset": "end_of_day"}],
        representatives=[{"id": "ann", "units": 0, "profiles": {"cases": None}, "hours": "day"}],
        queues=[members("ann")],
        workstreams=[chats(profiles=["cases"])],
    )
    told.connect("ann")
    told.served("c1", "ann")
    told.do(EndItem, "c1", "ann")
    told.do(CloseItem, "c1", "ann")
    told.arrive("c2")
    assert told.state("c2") == ("open", None)
    # It is nine in the morning; the shift ends at five.
    told.later(8 * HOUR_MS - 10 * MINUTE_MS)
    told.arrive("c3")
    assert told.state("c3") == ("open", None)
    told.later(10 * MINUTE_MS)
    assert told.state("c3") == ("offered", "ann")


def test_profiles_given_back_at_the_end_of_the_shift_are_told():
    told = Told(
        hours=[{"id": "day", "time_zone": "UTC"}],
        profiles=[{"id": "cases", "limit": 2, "reset": "end_of_day"}],
        representatives=[{"id": "ann", "units": 0, "profiles": {"cases": None}, "hours": "day"}],
        queues=[members("ann")],
        workstreams=[chats(profiles=["cases"])],
    )
    told.connect("ann")
    told.served("c1", "ann")
    ends_ms = told.rep("ann").shift_ends_at_ms
    assert ends_ms == NINE_MS + 8 * HOUR_MS
    at = told.scenario._at(ends_ms, index=-1)
    outcome = told.scenario.processor.on_timer(told.pool, b"demo", "shift/ann", at)
    assert [one.profiles for one in outcome.events if type(one) is CapacityReset] == [("cases",)]


@pytest.mark.rule("UR-39")
def test_a_returning_conversation_goes_to_whoever_had_it_whatever_they_carry_and_are():
    told = Told(
        workstreams=[chats(is_synchronous=False, channels=["sms"], keep_same_representative=True)],
        representatives=[{"id": "ann", "units": 1}, {"id": "bob", "units": 9}],
        queues=[members("ann", "bob")],
    )
    told.connect("ann")
    told.served("c1", "ann", channel="sms", is_synchronous=False)
    told.do(WaitItem, "c1", "ann")
    told.served("c2", "ann", channel="sms", is_synchronous=False)
    told.connect("bob")
    told.presence("ann", "away")
    decided = one_of(told.activity("c1", "customer_wrote"), AssignmentDecided)
    assert decided.chosen_id == "ann"
    assert told.state("c1") == ("offered", "ann")
    assert told.rep("ann").load.units_free == -1


@pytest.mark.rule("UR-40")
def test_a_preferred_representative_is_tried_first_without_regard_to_capacity():
    told = Told(
        representatives=[{"id": "ann", "units": 9}, {"id": "bob", "units": 0}],
        queues=[members("ann", "bob")],
    )
    told.connect("ann", "bob")
    told.arrive("c1", preferred_representatives=("eve", "bob"))
    assert told.state("c1") == ("offered", "bob")


@pytest.mark.rule("UR-40")
def test_when_no_preferred_one_is_free_the_next_best_gets_it():
    told = Told()
    told.connect("ann")
    told.arrive("c1", preferred_representatives=("bob",))
    assert told.state("c1") == ("offered", "ann")


@pytest.mark.rule("UR-40")
def test_when_no_preferred_one_is_free_it_waits_where_the_setup_says_so():
    told = Told(preferred={"when_none_free": "wait"})
    told.connect("ann")
    told.arrive("c1", preferred_representatives=("bob",))
    assert told.state("c1") == ("open", None)
    told.connect("cay")
    assert told.state("c1") == ("open", None)
    told.connect("bob")
    assert told.state("c1") == ("offered", "bob")


def test_affinity_and_preference_need_push():
    told = Told(workstreams=[chats(mode="pick")])
    told.connect("ann")
    told.arrive("c1", preferred_representatives=("ann",))
    assert told.state("c1") == ("open", None)


@pytest.mark.rule("UR-02")
def test_what_is_picked_is_never_offered():
    told = Told(workstreams=[chats(mode="pick")])
    told.connect("ann", "bob")
    told.arrive("c1")
    told.later(4 * MINUTE_MS)
    assert told.state("c1") == ("open", None)


@pytest.mark.rule("UR-14")
def test_somebody_added_to_a_queue_gets_what_waits_there():
    told = Told(queues=[members("bob")])
    told.connect("ann")
    told.arrive("c1")
    assert told.state("c1") == ("open", None)
    told.set_up(queues=[members("bob", "ann")])
    told.take(ReviewPool)
    assert told.state("c1") == ("offered", "ann")


def test_a_setup_that_was_published_counts_from_the_next_input_on_without_being_asked():
    told = Told(queues=[members("bob")])
    told.connect("ann")
    told.arrive("c1")
    told.set_up(queues=[members("ann")])
    told.connect("cay")
    assert told.state("c1") == ("offered", "ann")


def test_what_waits_in_a_queue_that_is_gone_is_routed_again():
    told = Told()
    told.arrive("c1")
    told.set_up(
        queues=[{"id": "new", "kind": "messaging", "members": ["ann"]}],
        workstreams=[chats(fallback_queue="new")],
    )
    told.take(ReviewPool)
    assert told.waiting("new") == ["c1"]


def test_a_presence_given_twice_by_one_command_is_set_once():
    told = Told()
    told.connect("ann")
    told.presence("ann", "away", command_id="p")
    told.presence("ann", "available")
    told.take(SetPresence, representative_id="ann", presence="away", command_id="p").nothing()
    assert not of(told.presence("ann", "available"), PresenceChanged)
