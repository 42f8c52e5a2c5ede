"""Presence: by hand, from the load, after missed and declined offers, with a lost connection."""

from __future__ import annotations

import pytest

from processors.routing import presence
from processors.routing.capacity import Load, ProfileLoad
from processors.routing.presence import Presence, automatic

AT_MS = 1_000_000
FREE, PARTLY, FULL = Load(10), Load(10, 5), Load(10, 10)


def _by_hand(base, presence_id=None):
    return Presence(presence_id or base, base, "by_hand", AT_MS)


def _from_load(base):
    return Presence(base, base, "load", AT_MS)


@pytest.mark.rule("UR-32")
@pytest.mark.parametrize(
    ("load", "sessions", "follows"),
    [
        (FREE, 0, "available"),
        (PARTLY, 1, "busy"),
        (FULL, 2, "do_not_disturb"),
        (Load(10, 15), 3, "do_not_disturb"),
        (PARTLY, 9, "busy"),
        (PARTLY, 10, "do_not_disturb"),
        (FREE, 10, "do_not_disturb"),
    ],
)
def test_presence_follows_from_the_units_and_the_open_sessions(load, sessions, follows):
    assert automatic(load, sessions) == follows


@pytest.mark.rule("UR-35")
def test_with_units_and_profiles_only_both_exhausted_mean_do_not_disturb():
    used, unused = ProfileLoad("chat", 1, used=1), ProfileLoad("chat", 1)
    assert automatic(Load(10, 10, (unused,))) == "busy"
    assert automatic(Load(10, 0, (used,))) == "busy"
    assert automatic(Load(10, 10, (used,))) == "do_not_disturb"


@pytest.mark.rule("UR-35")
def test_of_several_profiles_a_full_blocking_one_is_enough_or_else_all_must_be_full():
    full, free = ProfileLoad("chat", 1, used=1), ProfileLoad("mail", 1)
    blocking = ProfileLoad("call", 1, used=1, is_blocking=True)
    open_blocking = ProfileLoad("call", 2, used=1, is_blocking=True)
    assert automatic(Load(profiles=(blocking, free))) == "do_not_disturb"
    assert automatic(Load(profiles=(open_blocking, full))) == "busy"
    assert automatic(Load(profiles=(full, free))) == "busy"
    assert automatic(Load(profiles=(full, ProfileLoad("mail", 1, used=1)))) == "do_not_disturb"
    assert automatic(Load(profiles=(free, ProfileLoad("chat", 1)))) == "available"


def test_whoever_has_no_capacity_at_all_is_not_called_full():
    assert automatic(Load()) == "available"


@pytest.mark.rule("UR-31")
def test_without_a_default_presence_one_is_available_at_sign_in():
    signed = presence.signed_in("available", "available", "available", AT_MS)
    assert (signed.effective, signed.is_connected) == ("available", True)


@pytest.mark.rule("UR-31")
@pytest.mark.parametrize("base", ["offline", "away"])
def test_a_default_of_offline_or_away_is_kept_as_it_is(base):
    signed = presence.signed_in(base, base, "busy", AT_MS)
    assert signed.effective == base
    assert presence.recalculated(signed, "available", AT_MS + 1) == signed


@pytest.mark.rule("UR-31")
def test_a_custom_presence_is_shown_and_its_base_counts():
    held = presence.chosen(_from_load("available"), "lunch", "away", AT_MS)
    assert (held.shown, held.effective) == ("lunch", "away")


@pytest.mark.rule("UR-31")
def test_inactive_is_the_system_s_alone():
    assert sorted(presence.SELECTABLE) == ["available", "away", "busy", "do_not_disturb", "offline"]


@pytest.mark.rule("UR-33")
@pytest.mark.parametrize("base", ["available", "busy"])
def test_available_and_busy_chosen_by_hand_last_until_the_next_accept_or_close(base):
    held = presence.chosen(_from_load("do_not_disturb"), base, base, AT_MS)
    assert held.effective == base
    assert presence.recalculated(held, "do_not_disturb", AT_MS + 1).effective == "do_not_disturb"


@pytest.mark.rule("UR-33")
@pytest.mark.parametrize("base", ["offline", "away", "do_not_disturb"])
def test_offline_away_and_do_not_disturb_by_hand_last_until_changed(base):
    held = presence.chosen(_from_load("available"), base, base, AT_MS)
    assert presence.recalculated(held, "available", AT_MS + 1) == held
    changed = presence.chosen(held, "available", "available", AT_MS + 2)
    assert changed.effective == "available"


@pytest.mark.rule("UR-33")
def test_signing_out_ends_a_presence_chosen_by_hand():
    out = presence.signed_out(AT_MS)
    assert (out.effective, out.is_connected) == ("offline", False)
    again = presence.signed_in("available", "available", "available", AT_MS + 1)
    assert again.effective == "available"


def test_the_same_choice_again_changes_nothing():
    held = _by_hand("away")
    assert presence.chosen(held, "away", "away", AT_MS + 9) is held


@pytest.mark.rule("UR-32")
def test_a_missed_offer_makes_inactive_and_a_declined_one_sets_do_not_disturb():
    assert presence.missed(_from_load("available"), AT_MS).effective == "inactive"
    assert presence.declined(_from_load("busy"), AT_MS).effective == "do_not_disturb"


def test_inactivity_ends_with_the_next_accept_or_close_because_somebody_is_there():
    held = presence.missed(_from_load("available"), AT_MS)
    assert presence.recalculated(held, "busy", AT_MS + 1).effective == "busy"


def test_a_missed_offer_does_not_undo_what_was_chosen_to_last():
    held = _by_hand("away")
    assert presence.missed(held, AT_MS + 1) == held


@pytest.mark.rule("UR-34")
def test_a_lost_connection_makes_offline_at_once():
    lost = presence.disconnected(_by_hand("busy"), AT_MS)
    assert (lost.effective, lost.shown, lost.is_connected) == ("offline", "offline", False)


@pytest.mark.rule("UR-34")
@pytest.mark.parametrize("held", [_by_hand("busy"), _by_hand("away", "lunch")])
def test_back_within_two_and_a_half_minutes_the_presence_is_the_one_before(held):
    lost = presence.disconnected(held, AT_MS)
    assert presence.reconnected(lost, "available", AT_MS + 150_000) == held


@pytest.mark.rule("UR-34")
@pytest.mark.parametrize("held", [_by_hand("busy"), _by_hand("away"), _from_load("busy")])
def test_back_later_it_is_worked_out_anew(held):
    lost = presence.disconnected(held, AT_MS)
    assert presence.reconnected(lost, "available", AT_MS + 150_001).effective == "available"


def test_whoever_was_full_and_lost_everything_meanwhile_is_free_when_back():
    lost = presence.disconnected(_from_load("do_not_disturb"), AT_MS)
    assert presence.reconnected(lost, "available", AT_MS + 1_000).effective == "available"


def test_what_happens_without_a_connection_does_not_make_present():
    lost = presence.disconnected(_from_load("busy"), AT_MS)
    assert presence.recalculated(lost, "available", AT_MS + 1).effective == "offline"
