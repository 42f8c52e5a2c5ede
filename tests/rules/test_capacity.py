"""How much a representative has room for: units, profiles, and when capacity comes back."""

from __future__ import annotations

import pytest

from processors.routing.capacity import (
    NOTHING,
    Load,
    Needs,
    ProfileLoad,
    de_escalated,
    end_of_day,
    escalated,
    has_room,
    limited,
    release_at_ms,
    released,
    shortage,
    taken,
)

MINUTE_MS = 60_000


def _profiles(*held):
    return Load(profiles=held)


def _takes(*profiles):
    return Needs(profiles=profiles)


@pytest.mark.rule("UR-25")
def test_a_capacity_of_15_units_takes_three_conversations_of_5_and_no_fourth():
    load, chat = Load(units_total=15), Needs(units=5)
    for _ in range(3):
        assert has_room(load, chat)
        load = taken(load, chat)
    assert shortage(load, chat) == ("units", 0, 5)
    assert has_room(released(load, chat), chat)


@pytest.mark.rule("UR-25")
def test_a_forced_assignment_may_make_the_free_units_negative():
    load = taken(Load(units_total=15, units_used=15), Needs(units=5))
    assert load.units_free == -5
    assert shortage(load, Needs(units=1)) == ("units", -5, 1)


def test_units_that_are_not_taken_are_not_asked_for():
    assert has_room(Load(units_total=5, units_used=9), NOTHING)
    assert has_room(_profiles(ProfileLoad("chat", 2)), _takes("chat"))


@pytest.mark.rule("UR-26")
def test_a_profile_takes_items_up_to_its_limit_and_gives_back_at_once():
    load = _profiles(ProfileLoad("chat", 2))
    load = taken(taken(load, _takes("chat")), _takes("chat"))
    assert shortage(load, _takes("chat")) == ("profile", "chat", 2, 2)
    assert has_room(released(load, _takes("chat")), _takes("chat"))


@pytest.mark.rule("UR-26")
def test_an_item_of_several_profiles_needs_room_in_all_and_consumes_all():
    both = _takes("chat", "premium")
    load = taken(_profiles(ProfileLoad("chat", 3), ProfileLoad("premium", 1)), both)
    assert [(held.profile_id, held.used) for held in load.profiles] == [("chat", 1), ("premium", 1)]
    assert shortage(load, both) == ("profile", "premium", 1, 1)
    assert has_room(load, _takes("chat"))
    assert [held.used for held in released(load, both).profiles] == [0, 0]


@pytest.mark.rule("UR-26")
def test_a_full_blocking_profile_refuses_whatever_an_item_takes():
    full = ProfileLoad("call", 1, used=1, is_blocking=True)
    load = Load(units_total=10, profiles=(ProfileLoad("chat", 5), full))
    for needs in (_takes("chat"), Needs(units=1)):
        assert shortage(load, needs) == ("blocked_by_profile", "call", 1, 1)
    not_blocking = ProfileLoad("call", 1, used=1)
    assert has_room(Load(profiles=(ProfileLoad("chat", 5), not_blocking)), _takes("chat"))


@pytest.mark.rule("UR-26")
def test_a_smaller_limit_of_ones_own_counts_for_new_assignments_and_takes_nothing_away():
    load = _profiles(ProfileLoad("chat", 3, used=3))
    smaller = limited(load, 0, {"chat": ProfileLoad("chat", 2)})
    assert smaller.profile("chat") == ProfileLoad("chat", 2, used=3)
    assert not has_room(released(smaller, _takes("chat")), _takes("chat"))
    twice = released(released(smaller, _takes("chat")), _takes("chat"))
    assert has_room(twice, _takes("chat"))


def test_who_does_not_have_the_profile_is_not_assigned_to_by_it():
    assert shortage(_profiles(), _takes("chat")) == ("no_profile", "chat")


def test_a_profile_taken_away_goes_when_its_last_item_is_released():
    load = limited(_profiles(ProfileLoad("chat", 3, used=1, is_blocking=True)), 10, {})
    assert load == Load(10, profiles=(ProfileLoad("chat", 0, used=1),))
    assert has_room(load, Needs(units=10))
    assert shortage(load, _takes("chat")) == ("no_profile", "chat")
    assert released(load, _takes("chat")) == Load(10)


def test_a_forced_assignment_by_a_profile_one_does_not_have_is_released_again():
    load = taken(Load(10), _takes("chat"))
    given_later = limited(load, 10, {"chat": ProfileLoad("chat", 1)})
    assert given_later.profile("chat") == ProfileLoad("chat", 1, used=1)
    assert released(load, _takes("chat")) == Load(10)


@pytest.mark.rule("UR-27")
def test_a_daily_profile_is_not_given_back_when_the_conversation_ends_but_at_the_shift_s_end():
    daily = ProfileLoad("complaint", 1, is_end_of_day=True)
    load = taken(_profiles(daily), _takes("complaint"))
    after = released(load, _takes("complaint"))
    assert not has_room(after, _takes("complaint"))
    assert has_room(end_of_day(after), _takes("complaint"))


@pytest.mark.rule("UR-27")
def test_a_daily_profile_is_free_again_even_while_its_conversation_is_open():
    at_once, daily = ProfileLoad("chat", 2), ProfileLoad("complaint", 1, is_end_of_day=True)
    load = end_of_day(taken(_profiles(at_once, daily), _takes("chat", "complaint")))
    assert [held.used for held in load.profiles] == [1, 0]
    late = released(load, _takes("chat", "complaint"))
    assert [held.used for held in late.profiles] == [0, 0]


@pytest.mark.rule("UR-28")
def test_consulting_and_monitoring_take_nothing():
    load = Load(10, 10, (ProfileLoad("chat", 1, used=1),))
    assert taken(load, NOTHING) == load
    assert released(load, NOTHING) == load


@pytest.mark.rule("UR-28")
def test_a_chat_that_became_a_call_leaves_no_room_for_chats_and_calls_until_it_ends():
    load = escalated(Load(10))
    for kind in ("messaging", "voice"):
        assert shortage(load, Needs(1, kind=kind)) == ("escalated",)
    assert has_room(load, Needs(1, kind="record"))
    assert has_room(de_escalated(load), Needs(1, kind="voice"))


@pytest.mark.rule("UR-29")
@pytest.mark.parametrize("ending", ["transferred", "resolved", "unassigned", "session_closed"])
@pytest.mark.parametrize("wrap_up", ["always", "never", 30_000])
def test_what_is_passed_on_resolved_or_taken_away_gives_its_capacity_back_at_once(ending, wrap_up):
    assert release_at_ms(ending, wrap_up, 1_000) == 1_000


@pytest.mark.rule("UR-30")
@pytest.mark.parametrize(
    ("wrap_up", "released_ms"),
    [("always", None), ("never", 1_000), (30_000, 31_000), (60 * MINUTE_MS, 3_601_000)],
)
def test_wrap_up_keeps_capacity_until_it_is_closed_not_at_all_or_for_a_time(wrap_up, released_ms):
    assert release_at_ms("wrap_up", wrap_up, 1_000) == released_ms
